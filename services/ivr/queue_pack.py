"""Queue calls and what is kept of them as PostgreSQL's binary COPY, and facts back from it: arrays in and out. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.ivr.copy_fields import EPOCH_2000, INFINITY, Field, fixed, micros, named, pack
from services.ivr.event_columns import MICRO, Bools, Callids, EventColumns, Ints, Names
from services.ivr.queue_events import CALL_VERBS
from services.ivr.queue_telling import EXIT_NAMES, CallColumns

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


def pack_calls(calls: CallColumns, source_id: int, names: Names, callids: Callids) -> bytes:
    entered, ended = micros(calls.entered_at), micros(calls.ended_at)
    return pack(
        [
            fixed(calls.call_id, ">i8"),
            fixed(calls.caller_id, ">i8"),
            fixed(np.full(len(calls), source_id), ">i2"),
            named(callids.texts, calls.callid),
            named(names.texts, calls.queue),
            named(names.texts, calls.agent, calls.agent != 0),
            fixed(entered, ">i8"),
            fixed(ended, ">i8", ended != INFINITY),
            named(EXIT_NAMES, calls.exit),
            *(fixed(values, ">f8", ~np.isnan(values)) for values in (calls.wait_s, calls.ring_s, calls.talk_s)),
            fixed(np.nan_to_num(calls.entry_position), ">i4", ~np.isnan(calls.entry_position)),
            fixed(calls.transfers, ">i4"),
            fixed(calls.ring_no_answer, ">i4"),
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
        fixed(np.full(len(starts), source_id), ">i2"),
        named(callids.texts, events.callid[starts]),
        fixed(last_at, ">i8"),
        fixed(open_[starts], ">i1"),
        Field(stored.view(np.uint8).reshape(-1), starts * KEPT_EVENT.itemsize, counts * KEPT_EVENT.itemsize),
    ]
    return pack(columns, len(starts)), len(starts)


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
    return _in_order(events, names)


def as_kept(events: EventColumns, names: Names) -> EventColumns:
    """Events as `unpack_kept` gives them back, once they are written."""
    at = (micros(events.at) + EPOCH_2000 * MICRO) / MICRO
    return _in_order(replace(events, at=at), names)


def _in_order(events: EventColumns, names: Names) -> EventColumns:
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
