"""Queue calls and what is kept of them as PostgreSQL's binary COPY, and facts back from it: arrays in and out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.ivr.event_columns import MICRO, Bools, Callids, EventColumns, Floats, Ints, Names
from services.ivr.queue_events import CALL_VERBS
from services.ivr.queue_telling import EXIT_NAMES, CallColumns

HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER: Final = b"\xff\xff"
EPOCH_2000: Final = 946_684_800
INFINITY: Final = np.iinfo(np.int64).max  # a moment that is not there

CALL_COLUMNS: Final = (
    *("call_id", "caller_id", "source_id", "callid", "queue", "agent", "entered_at", "ended_at", "exit", "wait_s"),
    *("ring_s", "talk_s", "entry_position", "transfers", "ring_no_answer"),
)
KEPT_COLUMNS: Final = ("source_id", "callid", "last_at", "open", "events")
# Kept events are stored with the verb's place here: new verbs are added at the end.
KEPT_VERBS: Final = tuple(sorted(CALL_VERBS))
KEPT_EVENT: Final = np.dtype(
    [
        *(("stream", ">i4"), ("position", ">i8"), ("at", ">i8"), ("queue", ">i4"), ("agent", ">i4"), ("verb", ">i2")),
        *(("caller", ">i8"), ("wait", ">f8"), ("talk", ">f8"), ("ring", ">f8"), ("entry", ">f8")),
    ]
)
# As services/ivr/sql/queue_facts.sql and queue_repeat_facts.sql write them.
FACT: Final = np.dtype(
    [
        *(("entered_at", ">i8"), ("call_id", ">i8"), ("caller_id", ">i8"), ("exit", ">i2"), ("wait_s", ">f8")),
        *(("talk_s", ">f8"), ("duration_s", ">f8"), ("transfers", ">i4"), ("ring_no_answer", ">i4")),
        *(("cell_id", ">i4"), ("agent_cell_id", ">i4")),
    ]
)
REPEAT_FACT: Final = np.dtype([("entered_at", ">i8"), ("call_id", ">i8"), ("caller_id", ">i8"), ("cell_id", ">i4")])

Facts = NDArray[Any]


@dataclass(frozen=True, slots=True)
class _Column:
    """Bytes end to end, and of each row where its own begin and how many they are; below 0 is null."""

    values: NDArray[np.uint8]
    starts: Ints
    lengths: Ints


def pack_calls(calls: CallColumns, source_id: int, names: Names, callids: Callids) -> bytes:
    entered, ended = micros(calls.entered_at), micros(calls.ended_at)
    return _pack(
        [
            _fixed(calls.call_id, ">i8"),
            _fixed(calls.caller_id, ">i8"),
            _fixed(np.full(len(calls), source_id), ">i2"),
            _named(callids.texts, calls.callid),
            _named(names.texts, calls.queue),
            _named(names.texts, calls.agent, calls.agent != 0),
            _fixed(entered, ">i8"),
            _fixed(ended, ">i8", ended != INFINITY),
            _named(EXIT_NAMES, calls.exit),
            *(_fixed(values, ">f8", ~np.isnan(values)) for values in (calls.wait_s, calls.ring_s, calls.talk_s)),
            _fixed(np.nan_to_num(calls.entry_position), ">i4", ~np.isnan(calls.entry_position)),
            _fixed(calls.transfers, ">i4"),
            _fixed(calls.ring_no_answer, ">i4"),
        ],
        len(calls),
    )


def pack_kept(
    events: EventColumns, open_: Bools, source_id: int, numbers: Ints, names: Names, callids: Callids
) -> tuple[bytes, int]:
    """Events that stand call by call, as rows of KEPT_COLUMNS. `numbers` are the database's numbers of the names."""
    verbs = {names.number(verb): place for place, verb in enumerate(KEPT_VERBS)}
    stored = np.empty(len(events), dtype=KEPT_EVENT)
    place_of = np.full(len(names.texts), -1, dtype=np.int64)
    place_of[list(verbs)] = list(verbs.values())
    for name in ("stream", "queue", "agent"):
        stored[name] = numbers[getattr(events, name)]
    stored["verb"] = place_of[events.verb]
    stored["at"] = micros(events.at)
    for name in ("position", "caller", "wait", "talk", "ring", "entry"):
        stored[name] = getattr(events, name)
    first = np.ones(len(events), dtype=np.bool_)
    first[1:] = events.callid[1:] != events.callid[:-1]
    starts = np.flatnonzero(first)
    counts = np.diff(np.append(starts, len(events)))
    last_at = np.maximum.reduceat(micros(events.at), starts) if len(starts) else np.zeros(0, dtype=np.int64)
    columns = [
        _fixed(np.full(len(starts), source_id), ">i2"),
        _named(callids.texts, events.callid[starts]),
        _fixed(last_at, ">i8"),
        _fixed(open_[starts], ">i1"),
        _Column(stored.view(np.uint8).reshape(-1), starts * KEPT_EVENT.itemsize, counts * KEPT_EVENT.itemsize),
    ]
    return _pack(columns, len(starts)), len(starts)


def unpack_kept(
    rows: Sequence[tuple[str, bytes]], by_number: dict[int, int], names: Names, callids: Callids
) -> EventColumns:
    """The kept events of some callids, in the order in which they happened; `by_number` gives our number of a name."""
    stored = np.frombuffer(b"".join(events for _, events in rows), dtype=KEPT_EVENT)
    counts = [len(events) // KEPT_EVENT.itemsize for _, events in rows]
    callid = np.repeat(np.array([callids.number(text) for text, _ in rows], dtype=np.int64), counts)
    ours = np.zeros(1 + max(by_number, default=0), dtype=np.int64)
    ours[list(by_number)] = list(by_number.values())
    verbs = np.array([names.number(verb) for verb in KEPT_VERBS], dtype=np.int64)
    events = EventColumns(
        position=stored["position"].astype(np.int64),
        at=(stored["at"].astype(np.int64) + EPOCH_2000 * MICRO) / MICRO,
        callid=callid,
        queue=ours[stored["queue"]],
        agent=ours[stored["agent"]],
        verb=verbs[stored["verb"]],
        caller=stored["caller"].astype(np.int64),
        wait=stored["wait"].astype(np.float64),
        talk=stored["talk"].astype(np.float64),
        ring=stored["ring"].astype(np.float64),
        entry=stored["entry"].astype(np.float64),
        stream=ours[stored["stream"]],
    )
    ranks = np.argsort(np.argsort(np.array(names.texts)))  # streams of one moment are told apart by name
    return events.take(np.lexsort((events.position, ranks[events.stream], events.at)))


def facts_of(calls: CallColumns, cells: Ints, agent_cells: Ints) -> Facts:
    """The facts that PostgreSQL has of these calls, once they are written."""
    facts = np.empty(len(calls), dtype=FACT)
    facts["entered_at"] = entered = micros(calls.entered_at)
    ended = micros(calls.ended_at)
    facts["duration_s"] = np.where(ended == INFINITY, np.nan, (ended - entered) / MICRO)
    for name in ("call_id", "caller_id", "exit", "wait_s", "talk_s", "transfers", "ring_no_answer"):
        facts[name] = getattr(calls, name)
    facts["cell_id"], facts["agent_cell_id"] = cells, agent_cells
    return facts


def micros(moments: Floats) -> Ints:
    """Microseconds since 2000, rounded as `datetime` does; INFINITY where there is no moment."""
    known = ~np.isnan(moments)
    whole = np.floor(np.where(known, moments, 0.0))
    parts = np.rint((np.where(known, moments, 0.0) - whole) * MICRO)
    return np.where(known, (whole.astype(np.int64) - EPOCH_2000) * MICRO + parts.astype(np.int64), INFINITY)


def _fixed(values: NDArray[Any], form: str, known: Bools | None = None) -> _Column:
    stored = np.ascontiguousarray(values.astype(form))
    width = stored.dtype.itemsize
    lengths = np.full(len(values), width, dtype=np.int64)
    if known is not None:
        lengths[~known] = -1
    return _Column(stored.view(np.uint8).reshape(-1), np.arange(len(values)) * width, lengths)


def _named(texts: Sequence[str], numbers: Ints, known: Bools | None = None) -> _Column:
    """The text of each number, encoded once however often it occurs."""
    joined = "".join(texts).encode()
    sizes = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    if len(joined) != int(sizes.sum()):  # some have characters of more than one byte
        sizes = np.array([len(text.encode()) for text in texts], dtype=np.int64)
    starts = np.cumsum(sizes) - sizes
    lengths = sizes[numbers]
    if known is not None:
        lengths[~known] = -1
    return _Column(np.frombuffer(joined, dtype=np.uint8), starts[numbers], lengths)


def _pack(columns: Sequence[_Column], rows: int) -> bytes:
    """Rows of any widths in one go: where each field comes to stand is counted, then all of a column is laid there."""
    width = np.full(rows, 2, dtype=np.int64)
    for column in columns:
        width += 4 + np.maximum(column.lengths, 0)
    at = np.cumsum(width) - width
    out = np.empty(int(width.sum()), dtype=np.uint8)
    out[at], out[at + 1] = 0, len(columns)
    at += 2
    for column in columns:
        for length in np.unique(column.lengths).tolist():
            which = np.flatnonzero(column.lengths == length)
            size = max(length, 0)
            records = np.empty(
                len(which), dtype=[("length", ">i4"), ("value", f"V{size}")] if size else [("length", ">i4")]
            )
            records["length"] = length
            if size:
                records["value"] = _anywhere(column.values, size)[column.starts[which]]
            _anywhere(out, 4 + size)[at[which]] = records.view(f"V{4 + size}")
        at += 4 + np.maximum(column.lengths, 0)
    return b"".join([HEADER, out.tobytes(), TRAILER])


def _anywhere(text: NDArray[np.uint8], width: int) -> NDArray[Any]:
    """A piece of that width from every place of a text on; what is laid there lies in the text."""
    return np.ndarray((max(len(text) - width + 1, 0),), f"V{width}", text.data, 0, (1,))
