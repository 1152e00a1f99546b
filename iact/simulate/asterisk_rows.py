"""queue_log as text: the upstream table, and the pipe file that Asterisk itself writes."""

import re

import numpy as np

from iact.simulate import asterisk_day as ad
from iact.simulate import asterisk_events as ae
from iact.simulate.callers import Callers
from iact.simulate.tables import Column, Table
from iact.simulate.text import PIPES, Cells, Dates, Dialect, Ints, integers, joined, rows, ten_digits
from iact.simulate.zones import WallClock

COLUMNS = (
    Column("id", "BIGINT NOT NULL"),
    Column("time", "DATETIME"),
    Column("callid", "VARCHAR(80)"),
    Column("queuename", "VARCHAR(256)"),
    Column("agent", "VARCHAR(80)"),
    Column("event", "VARCHAR(32)"),
    *(Column(f"data{number}", "VARCHAR(100)") for number in range(1, 6)),
)
QUEUE_LOG = Table("queue_log", COLUMNS, keys=("PRIMARY KEY (id)",))
QUEUE_LOG_PIPES = Table("queue_log", COLUMNS, pipes=True)

# What a data column holds where it is not a number.
PHONES = {(ae.ENTERQUEUE, 1)}
CHANNELS = {(ae.CONNECT, 1)}
AGENTS = {(ae.AGENTLOGIN, 0), (ae.AGENTLOGOFF, 0)}
WORDS = {
    (ae.BLINDTRANSFER, 0),
    (ae.BLINDTRANSFER, 1),
    (ae.ATTENDEDTRANSFER, 0),
    (ae.WITHDRAW, 3),
    (ae.PAUSE, 0),
    (ae.UNPAUSE, 0),
}
TRAILING = re.compile(rb"\|+\n")


class QueueLogText:
    def __init__(self, dialect: Dialect, callers: Callers, dates: Dates, clock: WallClock) -> None:
        self._dialect, self._callers, self._dates, self._clock = dialect, callers, dates, clock
        self._words = dialect.cells(ae.WORDS)
        self._queues = dialect.cells([*ad.QUEUES, "NONE"])
        self._agents = agent_cells("NONE")
        self._verbs = dialect.cells(ae.VERBS)

    def table(self, found: ae.Events, first_id: int) -> bytes:
        """Rows of the table, numbered from an id on."""
        columns = [
            (integers(np.arange(first_id, first_id + len(found))),),
            (self._dates.moments(self._clock.to_wall(found.time)),),
            *self._columns(found),
        ]
        return rows(self._dialect, columns).encode()

    def pipes(self, found: ae.Events) -> bytes:
        """Lines of the file; Asterisk writes as many cells as an event has."""
        text = rows(PIPES, [(ten_digits(found.time),), *self._columns(found)]).encode()
        return TRAILING.sub(b"\n", text)

    def _columns(self, found: ae.Events) -> list[tuple[Cells]]:
        return [
            (channel_cells(found.channel, b"NONE"),),
            (self._queues[found.queue],),
            (self._agents[found.agent],),
            (self._verbs[found.verb],),
            *((self._data(found, number),) for number in range(5)),
        ]

    def _data(self, found: ae.Events, column: int) -> Cells:
        values = found.data[:, column]
        cells = np.zeros(len(found), dtype="S24")
        given = np.flatnonzero(values != ae.NOTHING)
        special = np.zeros(len(ae.VERBS), dtype=np.int64)
        renderers = (integers, self._callers.numbers, channel_cells, self._words.__getitem__, self._agents.__getitem__)
        for code, places in enumerate((PHONES, CHANNELS, WORDS, AGENTS), start=1):
            special[[verb for verb, place in places if place == column]] = code
        kind = special[found.verb[given]]
        for code, renderer in enumerate(renderers):
            chosen = given[kind == code]
            if len(chosen):
                cells[chosen] = renderer(values[chosen])
        return cells


def agent_cells(nobody: str) -> Cells:
    """Every agent's name; the last entry, which -1 finds, is nobody's."""
    names = [f"PJSIP/{2001 + number}" for number in range(len(ad.QUEUES) * ad.AGENTS_MAX)]
    return np.array([*names, nobody], dtype=np.bytes_)


def channel_cells(channels: Ints, nothing: bytes = b"") -> Cells:
    """Unique ids: the epoch of the channel's start, a point, its number."""
    epoch, number = np.divmod(channels, ae.CHANNEL_BASE)
    missing = channels == ae.NOTHING
    cells = joined([ten_digits(np.where(missing, 0, epoch)), b".", integers(np.where(missing, 0, number))])
    if missing.any():
        cells[missing] = nothing
    return cells
