"""cdr and cel of the same calls: a record a dial attempt, and the life of every channel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from iact.simulate import asterisk_day as ad
from iact.simulate import asterisk_events as ae
from iact.simulate.asterisk_rows import agent_cells, channel_cells
from iact.simulate.callers import Callers
from iact.simulate.tables import Column, Table
from iact.simulate.text import Cells, Dates, Dialect, Ints, integers, joined, rows
from iact.simulate.zones import WallClock

CDR = Table(
    "cdr",
    (
        Column("accountcode", "VARCHAR(80)"),
        Column("src", "VARCHAR(80)"),
        Column("dst", "VARCHAR(80)"),
        Column("dcontext", "VARCHAR(80)"),
        Column("clid", "VARCHAR(80)"),
        Column("channel", "VARCHAR(80)"),
        Column("dstchannel", "VARCHAR(80)"),
        Column("lastapp", "VARCHAR(80)"),
        Column("lastdata", "VARCHAR(80)"),
        Column("start", "DATETIME"),
        Column("answer", "DATETIME"),
        Column("end", "DATETIME"),
        Column("duration", "INT"),
        Column("billsec", "INT"),
        Column("disposition", "VARCHAR(45)"),
        Column("amaflags", "VARCHAR(45)"),
        Column("userfield", "VARCHAR(256)"),
        Column("uniqueid", "VARCHAR(150) NOT NULL"),
        Column("linkedid", "VARCHAR(150) NOT NULL"),
        Column("peeraccount", "VARCHAR(80)"),
        Column("sequence", "INT NOT NULL"),
    ),
    keys=("PRIMARY KEY (linkedid, uniqueid, sequence)",),
)
CEL_COLUMNS = (
    "eventtype", "eventtime", "userdeftype", "cid_name", "cid_num", "cid_ani", "cid_rdnis", "cid_dnid", "exten",
    "context", "channame", "appname", "appdata", "amaflags", "accountcode", "peeraccount", "uniqueid", "linkedid",
    "userfield", "peer", "extra",
)  # fmt: skip
CEL = Table(
    "cel",
    (
        Column("id", "BIGINT NOT NULL"),
        Column("eventtype", "VARCHAR(30)"),
        Column("eventtime", "DATETIME"),
        *(Column(name, "VARCHAR(150)") for name in CEL_COLUMNS[2:-1]),
        Column("extra", "VARCHAR(512)"),
    ),
    keys=("PRIMARY KEY (id)",),
)
DISPOSITIONS = ("NO ANSWER", "ANSWERED")
NO_ANSWER, HANDLED = range(2)
IVR_MENUS = ("menu_principal", "menu_ventas", "menu_soporte", "menu_saldos")

CEL_TYPES = (
    "CHAN_START", "ANSWER", "USER_DEFINED", "APP_START", "BRIDGE_ENTER", "BRIDGE_EXIT", "HANGUP", "CHAN_END",
    "LINKEDID_END",
)  # fmt: skip
CHAN_START, ANSWER, USER_DEFINED, APP_START, BRIDGE_ENTER, BRIDGE_EXIT, HANGUP, CHAN_END, LINKEDID_END = range(9)
HANGUP_EXTRA = '{"hangupcause":16,"hangupsource":"","dialstatus":""}'
BRIDGE_EXTRA = '{"bridge_id":"","bridge_technology":"simple_bridge"}'
AMA_FLAGS = "DOCUMENTATION"
TRUNK = b"PJSIP/trunk-"


@dataclass(frozen=True, slots=True)
class Legs:
    """Rows of cdr in the order of their end."""

    time: Ints  # the end
    entry: Ints
    start: Ints
    answer: Ints  # NOTHING when nobody did
    channel: Ints
    caller: Ints
    queue: Ints
    agent: Ints
    disposition: Ints

    def __len__(self) -> int:
        return len(self.time)

    def take(self, places: Ints | slice) -> "Legs":
        return Legs(*(getattr(self, field.name)[places] for field in fields(self)))

    @staticmethod
    def together(parts: Sequence["Legs"]) -> "Legs":
        return Legs(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Legs)))

    def in_order(self) -> "Legs":
        return self.take(np.lexsort((self.channel, self.time)))


@dataclass(frozen=True, slots=True)
class Steps:
    """Rows of cel in the order they happened."""

    time: Ints
    kind: Ints
    entry: Ints
    channel: Ints  # the channel the row is about
    linked: Ints  # the caller's channel
    caller: Ints
    queue: Ints
    agent: Ints  # whose channel it is, NOTHING for the caller's
    choice: Ints  # which IVR menu, for USER_DEFINED

    def __len__(self) -> int:
        return len(self.time)

    def take(self, places: Ints | slice) -> "Steps":
        return Steps(*(getattr(self, field.name)[places] for field in fields(self)))

    @staticmethod
    def together(parts: Sequence["Steps"]) -> "Steps":
        return Steps(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Steps)))

    def in_order(self) -> "Steps":
        return self.take(np.lexsort((self.kind, self.time)))


def legs(day: ad.Day, channel: Ints, restarts: Ints) -> Legs:
    """One record for the caller's own leg and one for every agent that rang in vain."""
    end = day.entry + day.wait + day.talk
    begin = day.entry - day.ivr
    own = Legs(
        time=end,
        entry=day.entry,
        start=begin,
        answer=begin + 1,  # the IVR picks up: billsec says nothing about the wait
        channel=channel,
        caller=day.caller,
        queue=day.queue,
        agent=np.where(day.exit == ad.ANSWERED, day.agent, ae.NOTHING),
        disposition=np.full(len(end), HANDLED),
    )
    rings = np.array([*day.happened.rings, *day.happened.cancelled], dtype=np.int64).reshape(-1, 4)
    call, agent, start, milliseconds = rings.T
    missed = Legs(
        time=start + milliseconds // 1000,
        entry=day.entry[call],
        start=start,
        answer=np.full(len(call), ae.NOTHING),
        channel=channel[call],
        caller=day.caller[call],
        queue=day.queue[call],
        agent=agent,
        disposition=np.full(len(call), NO_ANSWER),
    )
    found = Legs.together([own, missed])
    return found.take(_survived(found.entry, found.time, restarts)).in_order()


def steps(day: ad.Day, caller_channel: Ints, agent_channel: Ints, restarts: Ints) -> Steps:
    """The caller's channel through the IVR and the queue, and the answering agent's channel."""
    every = np.arange(len(day.entry))
    answered = every[day.exit == ad.ANSWERED]
    begin, connect = day.entry - day.ivr, day.entry + day.wait
    end = connect + day.talk

    def of(chosen: Ints, kind: int, time: Ints, channel: Ints, *, agents: bool = False) -> Steps:
        return Steps(
            time=time[chosen],
            kind=np.full(len(chosen), kind),
            entry=day.entry[chosen],
            channel=channel[chosen],
            linked=caller_channel[chosen],
            caller=day.caller[chosen],
            queue=day.queue[chosen],
            agent=day.agent[chosen] if agents else np.full(len(chosen), ae.NOTHING),
            choice=(day.bits[chosen] >> 3) % len(IVR_MENUS),
        )

    found = Steps.together(
        [
            of(every, CHAN_START, begin, caller_channel),
            of(every, ANSWER, begin + 1, caller_channel),
            of(every, USER_DEFINED, begin + 2, caller_channel),
            of(every, APP_START, day.entry, caller_channel),
            of(answered, CHAN_START, connect - day.ring, agent_channel, agents=True),
            of(answered, ANSWER, connect, agent_channel, agents=True),
            of(answered, BRIDGE_ENTER, connect, agent_channel, agents=True),
            of(answered, BRIDGE_ENTER, connect, caller_channel),
            of(answered, BRIDGE_EXIT, end, agent_channel, agents=True),
            of(answered, BRIDGE_EXIT, end, caller_channel),
            of(answered, HANGUP, end, agent_channel, agents=True),
            of(answered, CHAN_END, end, agent_channel, agents=True),
            of(every, HANGUP, end, caller_channel),
            of(every, CHAN_END, end, caller_channel),
            of(every, LINKEDID_END, end, caller_channel),
        ]
    )
    return found.take(_survived(found.entry, found.time, restarts)).in_order()


def _survived(entry: Ints, time: Ints, restarts: Ints) -> Ints:
    """Places of what happened before a restart ended the call."""
    # What precedes the queue counts as before the restart too.
    began = np.searchsorted(restarts, np.minimum(entry, time), side="right")
    return np.flatnonzero(began == np.searchsorted(restarts, time, side="right"))


class LegText:
    """Rows of cdr and cel."""

    def __init__(self, dialect: Dialect, callers: Callers, dates: Dates, clock: WallClock) -> None:
        self._dialect, self._callers, self._dates, self._clock = dialect, callers, dates, clock
        self._queues = dialect.cells(ad.QUEUES)
        self._agents = agent_cells("")
        self._dispositions = dialect.cells(DISPOSITIONS)
        self._kinds = dialect.cells(CEL_TYPES)
        extras = {HANGUP: HANGUP_EXTRA, BRIDGE_ENTER: BRIDGE_EXTRA, BRIDGE_EXIT: BRIDGE_EXTRA}
        self._extras = dialect.cells([extras.get(kind, "") for kind in range(len(CEL_TYPES))])

    def cdr(self, found: Legs, first_sequence: int) -> bytes:
        size, number = len(found), self._callers.numbers(found.caller)
        answered = found.answer != ae.NOTHING
        billed = np.where(answered, found.time - found.answer, 0)
        constant = self._constant(size)
        unique = channel_cells(found.channel)
        columns = [
            constant(""), number, _extension(found.queue), constant("from-trunk"), self._clid(number),
            _channel_names(found.channel), self._member(found.agent, found.channel), constant("Queue"),
            self._queues[found.queue], self._moment(found.start), self._moment(found.answer, answered),
            self._moment(found.time), integers(found.time - found.start), integers(billed),
            self._dispositions[found.disposition], constant(AMA_FLAGS), constant(""), unique, unique, constant(""),
            integers(np.arange(first_sequence, first_sequence + size)),
        ]  # fmt: skip
        return rows(self._dialect, [(column,) for column in columns]).encode()

    def cel(self, found: Steps, first_id: int) -> bytes:
        size, number = len(found), self._callers.numbers(found.caller)
        constant = self._constant(size)
        is_agent = found.agent != ae.NOTHING
        name = np.where(is_agent, self._member(found.agent, found.channel), _channel_names(found.channel))
        in_queue, in_menu = found.kind == APP_START, found.kind == USER_DEFINED
        menus = self._dialect.cells(IVR_MENUS)[found.choice]
        columns = [
            integers(np.arange(first_id, first_id + size)), self._kinds[found.kind], self._moment(found.time),
            np.where(in_menu, b"IVR_MENU", b""), constant(""), number, number, constant(""), constant(""),
            _extension(found.queue), constant("from-trunk"), name, np.where(in_queue, b"Queue", b""),
            np.where(in_queue, self._queues[found.queue], np.where(in_menu, menus, b"")), constant(AMA_FLAGS),
            constant(""), constant(""), channel_cells(found.channel), channel_cells(found.linked), constant(""),
            constant(""), self._extras[found.kind],
        ]  # fmt: skip
        return rows(self._dialect, [(column,) for column in columns]).encode()

    def _constant(self, size: int) -> Callable[[str], Cells]:
        def cells(text: str) -> Cells:
            raw = text.encode()
            return np.full(size, raw, dtype=f"S{max(1, len(raw))}")

        return cells

    def _clid(self, number: Cells) -> Cells:
        """`"number" <number>`: the quotes that break careless readers."""
        quote = b'""' if self._dialect.quoted else b'"'
        guard = b'"' if self._dialect.quoted else b""
        return joined([guard + quote, number, quote + b" <", number, b">" + guard])

    def _moment(self, utc: Ints, known: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]] | None" = None) -> Cells:
        if known is None:
            return self._dates.moments(self._clock.to_wall(utc))
        cells = self._dates.moments(self._clock.to_wall(np.where(known, utc, utc.max(initial=0))))
        cells[~known] = self._dialect.null
        return cells

    def _member(self, agent: Ints, channel: Ints) -> Cells:
        names = joined([self._agents[agent], b"-", integers(channel % ae.CHANNEL_BASE)])
        names[agent == ae.NOTHING] = b""
        return names


def _extension(queue: Ints) -> Cells:
    return integers(8000 + queue)


def _channel_names(channel: Ints) -> Cells:
    return joined([TRUNK, integers(channel % ae.CHANNEL_BASE)])
