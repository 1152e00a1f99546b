"""Records of a PBX's cdr become legs of calls: one for each dial attempt and pairing. Pure.

No telephone leaves this module: the caller becomes a keyed id, every other number as long as a telephone a keyed word.
A record is known by linkedid, uniqueid and sequence; an old one without them by its uniqueid and where it stands.
"""

import hashlib
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, NamedTuple

from services.ivr.clock import LocalClock, moment
from services.ivr.keys import Keys
from services.ivr.names import NULL_WORDS, BadRow, Names, epoch_of

Disposition = Literal["answered", "no_answer", "busy", "failed", "congestion", "unknown"]

SECONDS_MAX: Final = 10_000_000  # 115 days on the line; more is damage
SEQUENCE_MAX: Final = 2**63 - 1  # what PostgreSQL's bigint holds
DIGITS_MAX: Final = 1_000  # a bigint has 19 and perhaps zeros before them; Python reads no number of more than 4 300
QUEUE_APP: Final = "queue"
DISPOSITIONS: Final[Mapping[str, Disposition]] = {
    "ANSWERED": "answered",
    "ANSWER": "answered",
    "NOANSWER": "no_answer",
    "BUSY": "busy",
    "FAILED": "failed",
    "CONGESTION": "congestion",
}

_NOT_LETTERS: Final = re.compile("[^A-Z]")
_EPOCH: Final = re.compile(r"[0-9]{9,10}(?:\.[0-9]*)?")
_CLOCK: Final = re.compile(r"([0-9]{1,5}):([0-5][0-9]):([0-5][0-9])")
_HEAD: Final = struct.Struct(">qqq")
_NULL: Final = b"\xff"
_NO_TEXT: Final = "\x1e"
_EPOCH_2000: Final = moment(946_684_800)
_MICROSECOND: Final = timedelta(microseconds=1)


class Leg(NamedTuple):
    """One record. Moments are seconds since 1970; `position` says where it stands in its table or file."""

    leg_id: int
    caller_id: int
    linked_id: str
    unique_id: str
    sequence: int | None
    started_at: float
    answered_at: float | None
    ended_at: float | None
    duration_s: int | None
    billsec: int | None
    disposition: Disposition
    context: str | None
    channel: str | None
    dst_channel: str | None
    dst: str | None
    last_app: str | None
    queue: str | None
    agent: str | None
    position: int


class Record(NamedTuple):
    """A leg that still wants its id: `key` is what it is known by, None where nothing but its content tells it."""

    leg: Leg
    key: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Times:
    """When a record began, was answered, ended; and how long it says it took."""

    started: float
    answered: float | None
    ended: float | None
    duration_s: int | None
    billsec: int | None


class CdrReader:
    """Makes records of one stream's rows. `places` says which of our columns stands where in a row."""

    def __init__(
        self, *, keys: Keys, clock: LocalClock, source: str, stream: str, places: Mapping[str, int], positioned: bool
    ) -> None:
        self.keys = keys
        self.clock = clock
        self.source = source
        self.stream = stream
        self.places = places
        self.positioned = positioned
        self.names = Names(keys)

    def read(self, position: int, row: Sequence[str]) -> Record:
        """BadRow when it has no start or no uniqueid, a NUL in it, or a name that is none."""
        values = {name: value_of(row[at]) for name, at in self.places.items()}
        if any("\x00" in value for value in values.values()):
            raise BadRow("the row contains a NUL byte")
        unique_id = self.names.unique_id(values.get("uniqueid", ""))
        if not unique_id:
            raise BadRow("the record has no uniqueid")
        linked_id = self.names.unique_id(values.get("linkedid", ""))
        sequence = _sequence(values.get("sequence", ""))
        times = self._times(values, epoch_of(unique_id))
        return Record(
            self._leg(position, values, linked_id or unique_id, unique_id, sequence, times),
            self._key(position, linked_id, unique_id, sequence, values.get("id", "")),
        )

    def with_id(self, record: Record, occurrence: int = 1) -> Leg:
        """The leg of a record; of identical ones without any key the n-th is another than the first."""
        if record.key is not None:
            return record.leg._replace(leg_id=self.keys.text_id("leg", self.source, *record.key))
        return record.leg._replace(leg_id=self.keys.call_id(self.content_id(record), occurrence))

    def content_id(self, record: Record) -> int:
        """The same for records that say the same, wherever they stand."""
        return self.keys.text_id("leg content", self.source, f"{leg_hash(record.leg._replace(position=0))}")

    def _key(
        self, position: int, linked_id: str, unique_id: str, sequence: int | None, number: str
    ) -> tuple[str, ...] | None:
        if linked_id and sequence is not None:
            return ("linked", linked_id, unique_id, str(sequence))
        if number:
            return ("number", unique_id, number)
        return ("position", unique_id, self.stream, str(position)) if self.positioned else None

    def _times(self, values: Mapping[str, str], made: int | None) -> Times:
        started = self.not_before(made, values.get("start", ""))
        if started is None:
            raise BadRow("the start of the record cannot be read")
        duration, billsec = seconds_of(values.get("duration", "")), seconds_of(values.get("billsec", ""))
        expected = None if duration is None else started + duration
        ended = self.near(expected, values.get("end", ""))
        if ended is None or ended < started:
            ended = expected
        if "answer" in values:
            answered = self.not_before(started, values["answer"])
        else:  # a product that keeps no answer: what was billed ended with the record
            talked = billsec is not None and disposition_of(values.get("disposition", "")) == "answered"
            answered = ended - billsec if talked and ended is not None and billsec is not None else None
        if answered is not None and not started <= answered <= (ended if ended is not None else answered):
            answered = None
        return Times(started, answered, ended, duration, billsec)

    def _leg(
        self,
        position: int,
        values: Mapping[str, str],
        linked_id: str,
        unique_id: str,
        sequence: int | None,
        times: Times,
    ) -> Leg:
        names = self.names
        app = names.name(values.get("lastapp", ""))
        queued = app.casefold() == QUEUE_APP
        dst_channel = values.get("dstchannel", "")
        return Leg(
            leg_id=0,
            caller_id=self.keys.caller_id(values.get("src", "").encode("utf-8", "surrogateescape")),
            linked_id=linked_id,
            unique_id=unique_id,
            sequence=sequence,
            started_at=times.started,
            answered_at=times.answered,
            ended_at=times.ended,
            duration_s=times.duration_s,
            billsec=times.billsec,
            disposition=disposition_of(values.get("disposition", "")),
            context=names.name(values.get("dcontext", "")) or None,
            channel=names.channel(values.get("channel", "")) or None,
            dst_channel=names.channel(dst_channel) or None,
            dst=names.name(values.get("dst", "")) or None,
            last_app=app or None,
            queue=names.name(first_argument(values.get("lastdata", ""))) or None if queued else None,
            agent=names.interface(dst_channel) or None if queued else None,
            position=position,
        )

    def near(self, expected: float | None, text: str) -> float | None:
        """A moment, nearest to another one when its hour happens twice."""
        return _moment(text, lambda raw: self.clock.epoch_near(raw, expected))

    def not_before(self, earliest: float | None, text: str) -> float | None:
        """A moment, not before another one when its hour happens twice."""
        return _moment(text, lambda raw: self.clock.epoch_after(raw, earliest))


def leg_hash(leg: Leg) -> int:
    """Everything a leg says, as 64 bits: the bytes that ivr.call_leg_hashes makes in PostgreSQL."""
    moments = (leg.answered_at, leg.ended_at)
    numbers = (leg.duration_s, leg.billsec)
    texts = (leg.context, leg.channel, leg.dst_channel, leg.dst, leg.last_app, leg.queue, leg.agent)
    words = (leg.linked_id, leg.unique_id, leg.disposition, *(_NO_TEXT if each is None else each for each in texts))
    parts = (
        _HEAD.pack(leg.leg_id, leg.caller_id, micros(leg.started_at)),
        *(_NULL if each is None else struct.pack(">q", micros(each)) for each in moments),
        *(_NULL if each is None else struct.pack(">i", each) for each in numbers),
        _NULL if leg.sequence is None else struct.pack(">q", leg.sequence),
        "\x1f".join(words).encode(),
    )
    return hash64(b"".join(parts))


def micros(epoch: float) -> int:
    """A moment as PostgreSQL sends it."""
    return (moment(epoch) - _EPOCH_2000) // _MICROSECOND


def hash64(data: bytes) -> int:
    return int.from_bytes(hashlib.md5(data, usedforsecurity=False).digest()[:8], "big", signed=True)


def _moment(text: str, read: Callable[[bytes], int | None]) -> float | None:
    """An epoch, or a local time of the source's zone with or without a fraction."""
    text = text.strip()
    if _EPOCH.fullmatch(text):
        return float(text)
    at = read(text.encode("ascii", "replace"))
    fraction = text[len("2025-07-01 09:00:00") :]
    return None if at is None else at + float(f"0{fraction}" if len(fraction) > 1 else 0)


def value_of(text: str) -> str:
    return "" if text in NULL_WORDS else text


def disposition_of(text: str) -> Disposition:
    return DISPOSITIONS.get(_NOT_LETTERS.sub("", text.upper()), "unknown")


def _sequence(text: str) -> int | None:
    text = text.strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX else None
    return number if number is not None and number <= SEQUENCE_MAX else None


def seconds_of(text: str) -> int | None:
    """Seconds, or hours, minutes and seconds as a page shows them. None when they are no duration."""
    text = text.strip()
    if found := _CLOCK.fullmatch(text):
        seconds = float(int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3]))
    else:
        try:
            seconds = float(text)
        except ValueError:
            return None
    return int(seconds) if 0 <= seconds <= SECONDS_MAX else None


def first_argument(data: str) -> str:
    """Of an application's arguments, which old versions part with pipes."""
    return re.split("[,|]", data, maxsplit=1)[0]
