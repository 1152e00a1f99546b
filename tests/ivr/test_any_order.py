"""Rows in any order and in any chunks are the same facts, as far as their logs promise an order.

Legacy rows promise none (test_legacy), nor do those of a cdr without an id. With an id the record with the highest one
counts. Events of queue_log and cel have a place, and come late by no more than their calls are kept.
"""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ivr.call_steps import CLOSED_KEPT_S
from services.ivr.cdr import CdrReader, Leg, leg_hash
from services.ivr.cel import CALL_OVER, CelEvent
from services.ivr.clock import LocalClock, moment
from services.ivr.detail_batches import KnownLeg, LegRows, Order, Rows, Settled, settle_legs
from services.ivr.queue_events import QueueEvent
from services.ivr.zone_check import ZoneTally
from tests.ivr.test_call_steps import LINES, in_batches, log
from tests.ivr.test_queue_telling import EVENTS, KEYS, together

pytestmark = pytest.mark.unit

CDR_COLUMNS = ("id", "start", "src", "uniqueid", "linkedid", "sequence", "duration", "disposition")
Row = tuple[str, ...]
SIZES = st.lists(st.integers(1, 5), max_size=8)

# Few keys and few contents: keys with several contents, rows without a key that are there twice, rows that are none.
RECORDS = st.lists(
    st.tuples(
        st.sampled_from(["2025-07-01 09:00:00", "2025-07-01 09:00:07", "2025-07-02 10:00:00", "never"]),
        st.sampled_from(["5512345678", "5512345679"]),
        st.sampled_from(["1.1", "1.2", ""]),
        st.sampled_from(["1.0", "1.0", ""]),
        st.sampled_from(["1", "2", ""]),
        st.sampled_from(["10", "11", ""]),
        st.sampled_from(["ANSWERED", "BUSY"]),
    ),
    max_size=30,
)


class Table:
    """What is published of one cdr table; each pass is a run that reads some rows of it in chunks."""

    def __init__(self, *, by_id: bool) -> None:
        self._by_id = by_id
        self.legs: dict[int, Leg] = {}
        self.rows_read = self.rows_told = self.written = 0

    def read(self, rows: Sequence[Row], sizes: Sequence[int]) -> None:
        places = {name: at for at, name in enumerate(CDR_COLUMNS) if name != "id" or self._by_id}
        clock = LocalClock("UTC")
        reader = CdrReader(keys=KEYS, clock=clock, source="pbx", stream="t", places=places, positioned=self._by_id)
        legs = LegRows(reader, Rows(KEYS, clock, positioned=self._by_id, places=places), ZoneTally())
        order: Order = "place" if self._by_id else "content"
        at = 0
        for size in [*sizes, len(rows)]:
            batch = [(int(row[0]) if self._by_id else 0, list(row)) for row in rows[at : at + size]]
            at += size
            found = legs.read(batch, known_below=0, latest=2e9)
            settled = Settled()
            settle_legs(found, settled, self._known(), order=order, table="cdr")
            self.rows_read += len(batch) - len(found.bad)
            self.rows_told += sum(day.published + day.duplicate for day in settled.days.values())
            self.written += len(settled.legs)
            self.legs |= settled.legs

    def _known(self) -> dict[int, KnownLeg]:
        return {
            leg.leg_id: KnownLeg(
                leg.caller_id,
                moment(leg.started_at),
                None if leg.ended_at is None else moment(leg.ended_at),
                leg_hash(leg),
                "cdr",
                leg.position,
            )
            for leg in self.legs.values()
        }


@settings(deadline=None)
@given(RECORDS, SIZES, st.randoms(use_true_random=False))
def test_records_without_a_place_are_the_same_legs_in_any_order(
    records: list[Row], sizes: list[int], mixer: random.Random
) -> None:
    rows = [("", *record) for record in records]
    shuffled = list(rows)
    mixer.shuffle(shuffled)
    plain, mixed = Table(by_id=False), Table(by_id=False)
    plain.read(rows, [])
    mixed.read(shuffled, sizes)
    assert mixed.legs == plain.legs
    assert mixed.rows_read == mixed.rows_told
    # A second look, in yet another order: whatever is written meanwhile, it ends as it was.
    mixer.shuffle(shuffled)
    mixed.read(shuffled, sizes)
    assert mixed.legs == plain.legs
    assert mixed.rows_read == mixed.rows_told
    written = mixed.written
    mixed.read(shuffled, [])
    assert mixed.written == written


@settings(deadline=None)
@given(RECORDS, SIZES, st.lists(st.booleans(), max_size=30), st.randoms(use_true_random=False))
def test_records_with_an_id_are_the_same_legs_however_late_they_come(
    records: list[Row], sizes: list[int], late: list[bool], mixer: random.Random
) -> None:
    rows = [(str(number), *record) for number, record in enumerate(records, 1)]
    plain, mixed = Table(by_id=True), Table(by_id=True)
    plain.read(rows, [])
    is_late = dict(zip(rows, late, strict=False))
    mixed.read([row for row in rows if not is_late.get(row)], sizes)
    behind = [row for row in rows if is_late.get(row)]
    mixer.shuffle(behind)
    mixed.read(behind, sizes)
    assert mixed.legs == plain.legs
    written = mixed.written
    mixed.read(rows, sizes)  # a sweep: nothing has changed
    assert (mixed.legs, mixed.written) == (plain.legs, written)


@given(LINES, SIZES, st.lists(st.integers(0, CLOSED_KEPT_S), min_size=1, max_size=9))
@settings(max_examples=200, deadline=None)
def test_events_of_cel_that_come_within_minutes_are_the_same_steps(
    lines: list[tuple[int, int, int, str, str]], sizes: list[int], delays: list[int]
) -> None:
    events = sorted(closed([event for event in log(lines) if event.kind != CALL_OVER]), key=lambda each: each.at)
    events = [event._replace(position=n) for n, event in enumerate(events)]
    arrived = sorted(events, key=lambda each: each.at + delays[each.position % len(delays)])
    assert in_batches(arrived, sizes) == in_batches(events, [])


def closed(events: list[CelEvent]) -> list[CelEvent]:
    """Each call with the event that really is its last one."""
    last = {event.linked_id: event for event in sorted(events, key=lambda each: each.at)}
    return events + [
        event._replace(kind=CALL_OVER, context="", exten="", app="", menu="", digit=None) for event in last.values()
    ]


@given(st.lists(EVENTS, max_size=30), SIZES, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_events_of_a_queue_log_that_come_within_a_day_are_the_same_calls(
    events: list[QueueEvent], sizes: list[int], mixer: random.Random
) -> None:
    """The caller of a call is one: Asterisk takes it from the channel whenever the call enters a queue."""
    day = sorted((event for event in events if event.at < EVENTS_OF_A_DAY), key=lambda each: each.at)
    ordered = [event._replace(position=n, caller_id=len(event.callid)) for n, event in enumerate(day)]
    arrived = list(ordered)
    mixer.shuffle(arrived)
    assert together(arrived, sizes) == together(ordered, [])


EVENTS_OF_A_DAY = 1_751_371_200 + 86_400
