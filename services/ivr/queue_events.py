"""Lines of a queue_log become events with named numbers: upstream's data1..data5 and PBXware's own columns. Pure.

The surprise of this log: CONNECT tells its ring in seconds, RINGNOANSWER in milliseconds.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from services.ivr.charset import readable
from services.ivr.clock import LocalClock
from services.ivr.keys import Keys, mask

NAME_CHARS_MAX = 256  # the widest name column of upstream's table
TEXT_FIELDS_MIN = 5  # time, callid, queue, agent, verb
NUMBER_MAX = 10_000_000.0  # seconds or positions; more is damage (115 days in a queue)
NOBODY: Final = frozenset({"", "NONE"})

Exit = Literal["answered", "abandoned", "timeout", "key_exit", "empty", "withdrawn", "flow_out", "open"]

ENTRY: Final = "ENTERQUEUE"
TRANSFERS: Final = frozenset({"BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER"})
COMPLETIONS: Final = frozenset({"COMPLETEAGENT", "COMPLETECALLER"})
EXITS: Final[Mapping[str, Exit]] = {
    "ABANDON": "abandoned",
    "EXITEMPTY": "empty",
    "EXITWITHTIMEOUT": "timeout",
    "EXITWITHKEY": "key_exit",
    "WITHDRAW": "withdrawn",
}
CALL_VERBS: Final = frozenset({ENTRY, "CONNECT", "RINGNOANSWER", *TRANSFERS, *COMPLETIONS, *EXITS})
RESTART: Final = "QUEUESTART"
AGENT_VERBS: Final = frozenset(
    {"ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL", "AGENTLOGIN", "AGENTLOGOFF"}
    | {"AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF", RESTART}
)

_EPOCH = re.compile(r"[0-9]{9,10}(\.[0-9]*)?")
# Calls name the agent, queues the way to reach it: both are the same person.
_CALLBACK_INTERFACE = re.compile(r"^Local/([0-9]+)@callback-agent(?:/n)?$")
_UNIQUEID = re.compile(r"[A-Za-z0-9_.-]*?[0-9]{9,10}\.[0-9]+")


class QueueEvent(NamedTuple):
    """One line. Numbers that its verb does not carry are None; no telephone is in it, only a caller's id."""

    stream: str
    position: int
    at: float
    callid: str
    queue: str
    agent: str | None
    verb: str
    caller_id: int = 0
    wait_s: float | None = None
    talk_s: float | None = None
    ring_s: float | None = None
    entry_position: int | None = None


class AgentEvent(NamedTuple):
    """One line about an agent, or about all of them: a restart has the agent ''. queue '': all queues."""

    stream: str
    position: int
    at: float
    agent: str
    verb: str
    queue: str = ""
    reason: str = ""
    signed_in_s: float | None = None


class BadEvent(ValueError):  # noqa: N818 - reads as what it is
    """The line is no event; the text is the reason of its reject."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where a verb keeps its numbers: names of columns, None where it has none."""

    caller: str | None = None
    entry: str | None = None
    wait: str | None = None
    talk: str | None = None
    ring: str | None = None
    ring_ms: str | None = None
    reason: str | None = None
    signed_in: str | None = None


_LEFT = Places(entry="data2", wait="data3")
_DONE = Places(wait="data1", talk="data2", entry="data3")
_MOVED = Places(wait="data3", talk="data4", entry="data5")
UPSTREAM: Final[Mapping[str, Places]] = {
    ENTRY: Places(caller="data2", entry="data3"),
    "CONNECT": Places(wait="data1", ring="data3"),
    "COMPLETEAGENT": _DONE,
    "COMPLETECALLER": _DONE,
    "ABANDON": _LEFT,
    "EXITEMPTY": _LEFT,
    "EXITWITHTIMEOUT": _LEFT,
    "WITHDRAW": _LEFT,
    "EXITWITHKEY": Places(entry="data3", wait="data4"),
    "BLINDTRANSFER": _MOVED,
    "ATTENDEDTRANSFER": _MOVED,
    "TRANSFER": _MOVED,
    "RINGNOANSWER": Places(ring_ms="data1"),
    "ADDMEMBER": Places(reason="data1"),
    "PAUSE": Places(reason="data1"),
    "PAUSEALL": Places(reason="data1"),
    "AGENTLOGOFF": Places(signed_in="data2"),
    "AGENTCALLBACKLOGOFF": Places(signed_in="data2", reason="data3"),
}
_ENDED = Places(wait="htime", entry="entpos")
_TALKED = Places(wait="htime", talk="ttime", entry="entpos")
PBXWARE: Final[Mapping[str, Places]] = {
    ENTRY: Places(caller="param1", entry="entpos"),
    "CONNECT": Places(wait="htime", ring="param3"),
    "COMPLETEAGENT": _TALKED,
    "COMPLETECALLER": _TALKED,
    "ABANDON": _ENDED,
    "EXITEMPTY": _ENDED,
    "EXITWITHTIMEOUT": _ENDED,
    "WITHDRAW": _ENDED,
    "EXITWITHKEY": _ENDED,
    "BLINDTRANSFER": _TALKED,
    "ATTENDEDTRANSFER": _TALKED,
    "TRANSFER": _TALKED,
    "RINGNOANSWER": Places(ring_ms="htime"),
    "ADDMEMBER": Places(reason="param1"),
    "PAUSE": Places(reason="param1"),
    "PAUSEALL": Places(reason="param1"),
    "AGENTLOGOFF": Places(signed_in="param2"),
    "AGENTCALLBACKLOGOFF": Places(signed_in="param2", reason="param3"),
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a product names its columns. `required` tells dialects apart by their header."""

    name: str
    time: str
    queue: str
    agent: str
    required: tuple[str, ...]
    places: Mapping[str, Places]
    id: str


UPSTREAM_DIALECT: Final = Dialect(
    "upstream", "time", "queuename", "agent", ("time", "callid", "queuename", "agent", "event"), UPSTREAM, "id"
)
PBXWARE_DIALECT: Final = Dialect(
    "pbxware",
    "date_time",
    "queue_name",
    "type",
    ("date_time", "callid", "queue_name", "type", "event", "param1", "entpos", "htime", "ttime"),
    PBXWARE,
    "uid",
)
DIALECTS: Final = (UPSTREAM_DIALECT, PBXWARE_DIALECT)
TEXT_COLUMNS: Final = ("time", "callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5")


def dialect_of(columns: Sequence[str], wanted: str = "auto") -> Dialect | None:
    """The dialect whose columns are all there; None when there is none."""
    present = {column.casefold() for column in columns}
    for dialect in DIALECTS:
        if wanted in {"auto", dialect.name} and present.issuperset(dialect.required):
            return dialect
    return None


def nearest_dialect(columns: Sequence[str], wanted: str = "auto") -> Dialect:
    """The dialect that a header without one was meant to be: its missing columns are the ones to name."""
    present = {column.casefold() for column in columns}
    asked_for = [dialect for dialect in DIALECTS if wanted == dialect.name]
    return max(asked_for or DIALECTS, key=lambda dialect: len(present.intersection(dialect.required)))


class EventReader:
    """Makes events of one stream's rows."""

    def __init__(self, *, keys: Keys, clock: LocalClock, dialect: Dialect, stream: str) -> None:
        self.keys = keys
        self.clock = clock
        self.dialect = dialect
        self.stream = stream
        self._names: dict[str, str] = {}
        needed = [
            (dialect.places[verb].reason, dialect.places[verb].signed_in)
            for verb in AGENT_VERBS & dialect.places.keys()
        ]
        # The columns that `read_agent` looks at.
        self.agent_columns = sorted({name for two in needed for name in two if name is not None})

    def read(self, position: int, row: Mapping[str, str]) -> QueueEvent:
        """The event of one row, by column names. BadEvent when it has no time or no verb, or a NUL in it."""
        dialect = self.dialect
        if "\x00" in "".join(row.values()):
            raise BadEvent("the row contains a NUL byte")
        verb = row.get("event", "").strip().upper()
        if not verb:
            raise BadEvent("the row has no verb")
        at = self.time(row.get(dialect.time, ""))
        if at is None:
            raise BadEvent("the time of the row cannot be read")
        places = dialect.places.get(verb, _NO_PLACES)
        ring = _number(row, places.ring)
        if places.ring_ms is not None and (ring_ms := _number(row, places.ring_ms)) is not None:
            ring = ring_ms / 1000
        entry = _number(row, places.entry)
        return QueueEvent(
            self.stream,
            position,
            at,
            self.name(row.get("callid", "")),
            self.name(row.get(dialect.queue, "")),
            self.agent_name(row.get(dialect.agent, "")),
            self.name(verb),
            self.keys.caller_id(row.get(places.caller, "").encode("utf-8", "surrogateescape")) if places.caller else 0,
            _number(row, places.wait),
            _number(row, places.talk),
            ring,
            None if entry is None else int(entry),
        )

    def read_agent(self, event: QueueEvent, row: Mapping[str, str]) -> AgentEvent | None:
        """What a row that `read` took says about an agent; None when it names none."""
        places = self.dialect.places.get(event.verb, _NO_PLACES)
        if event.verb not in AGENT_VERBS or (event.agent is None and event.verb != RESTART):
            return None
        agent = "" if event.verb == RESTART else _CALLBACK_INTERFACE.sub(r"Agent/\1", event.agent or "")
        queue = "" if event.queue in NOBODY else event.queue
        reason = row.get(places.reason, "").strip()[:NAME_CHARS_MAX] if places.reason else ""
        return AgentEvent(
            *(event.stream, event.position, event.at, agent, event.verb, queue),
            reason=self.keys.text_without_numbers(self.name(reason)),  # typed by people
            signed_in_s=_number(row, places.signed_in),
        )

    def time(self, text: str) -> float | None:
        """An epoch, or a local time of the source's zone with or without a fraction."""
        text = text.strip()
        if _EPOCH.fullmatch(text):
            return float(text)
        raw = text.encode("ascii", "replace")
        epoch = self.clock.epoch(raw)
        return (
            None if epoch is None else epoch + float(f"0{text[19:]}" if len(text) > len("2025-07-01 09:00:00.") else 0)
        )

    def agent_name(self, raw: str) -> str | None:
        agent = raw.strip()
        return None if agent in NOBODY else self.name(agent)

    def number(self, text: str) -> float | None:
        """A number that is not negative. Some writers leave a trailing | on the last field."""
        return _number({"": text}, "")

    def name(self, raw: str) -> str:
        """The name without spaces around it and without a telephone in it. BadEvent when it is too long."""
        name = self._names.get(raw)
        if name is None:
            text = raw.strip()
            if len(text) > NAME_CHARS_MAX:
                raise BadEvent(f"a name is longer than {NAME_CHARS_MAX} characters")
            text = readable(text.encode("utf-8", "surrogateescape"))
            name = text if _UNIQUEID.fullmatch(text) else self.keys.name_without_telephone(text)
            if len(self._names) >= _NAMES_REMEMBERED_MAX:
                self._names.clear()
            self._names[raw] = name
        return name


def text_row(line: str) -> dict[str, str]:
    """A line of the text form. BadEvent when it has fewer than five fields."""
    fields = line.rstrip("\r\n").split("|")
    if len(fields) < TEXT_FIELDS_MIN:
        raise BadEvent(f"the line has {len(fields)} fields, at least {TEXT_FIELDS_MIN} are needed")
    return dict(zip(TEXT_COLUMNS, fields, strict=False))


def masked_event(row: Mapping[str, str] | str) -> str:
    """The line as a person may see it; the position in the file finds the original."""
    text = row if isinstance(row, str) else "; ".join(f"{name}={value}" for name, value in row.items())
    return mask(readable(text.encode("utf-8", "surrogateescape")).rstrip())


_NO_PLACES: Final = Places()
_NAMES_REMEMBERED_MAX = 100_000  # callids come and go; queues and agents are few


def _number(row: Mapping[str, str], place: str | None) -> float | None:
    """A number that is not negative. Some writers leave a trailing | on the last field."""
    if place is None:
        return None
    try:
        number = float(row.get(place, "").strip().rstrip("|"))
    except ValueError:
        return None
    return number if 0 <= number <= NUMBER_MAX else None
