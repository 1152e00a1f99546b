"""Comparing two sides: verdicts as a table, and any single difference is found, whatever it is."""

from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.ivr.reconcile import (
    Cell,
    HashedCall,
    HashedUnit,
    Tally,
    compare,
    differing_buckets,
    fold,
    row_differences,
    wrap64,
)

pytestmark = pytest.mark.unit

DAY = date(2025, 7, 1)
INT64 = st.integers(-(2**63), 2**63 - 1)
CALLS = st.lists(st.builds(HashedCall, INT64, INT64, st.floats(0, 2e9), st.just("x")), max_size=60)


@pytest.mark.parametrize(
    ("source", "warehouse", "verdict"),
    [
        (Tally(3, 7), Tally(3, 7), "equal"),
        (Tally(3, 7), Tally(3, 8), "changed"),
        (Tally(4, 7), Tally(3, 7), "missing"),
        (Tally(3, 7), Tally(4, 7), "extra"),
        (Tally(3, 7), None, "missing"),
        (None, Tally(3, 7), "gone"),
    ],
)
def test_the_verdict_of_a_cell(source: Tally | None, warehouse: Tally | None, verdict: str) -> None:
    cell = Cell("segment", "t", DAY, "puebla")
    found = compare({cell: source} if source else {}, {cell: warehouse} if warehouse else {})
    assert [each.verdict for each in found] == [verdict]


def test_a_segment_without_source_rows_is_extra_while_its_day_has_others() -> None:
    one, other = Cell("segment", "t", DAY, "puebla"), Cell("segment", "t", DAY, "norte")
    found = compare({one: Tally(1, 5)}, {one: Tally(1, 5), other: Tally(1, 6)})
    assert {each.cell.name: each.verdict for each in found} == {"puebla": "equal", "norte": "extra"}


def test_dids_of_one_segment_are_added_up() -> None:
    tallies = {Cell("segment", "t", DAY, did): Tally(1, 2**64 - 1) for did in ("1", "2", "3")}
    folded = fold(tallies, {"1": "a", "2": "a", "3": "b"}.__getitem__)
    assert folded == {
        Cell("segment", "t", DAY, "a"): Tally(2, 2**64 - 2),
        Cell("segment", "t", DAY, "b"): Tally(1, 2**64 - 1),
    }


def test_a_call_with_two_contents_is_changed_and_a_double_is_extra() -> None:
    same, before, after = HashedCall(1, 5, 0, ""), HashedCall(2, 6, 0, "before"), HashedCall(2, 7, 0, "after")
    found = row_differences([same, before], [after, same, same])
    assert [(each.verdict, each.call) for each in found] == [("extra", same), ("changed", before)]


def unit(calls: list[HashedCall]) -> HashedUnit:
    return HashedUnit.of([call.call_id for call in calls], [call.hash for call in calls])


def whole(calls: list[HashedCall]) -> Tally:
    return Tally(len(calls), wrap64(sum(call.hash for call in calls)))


def bisect(source: list[HashedCall], warehouse: list[HashedCall]) -> list[tuple[str, HashedCall]]:
    """What the two sides exchange: tallies of buckets, then the calls of those that differ."""
    ours, theirs = unit(source), unit(warehouse)
    numbers = differing_buckets(ours.buckets(), theirs.buckets())
    found = row_differences(
        [source[at] for at in ours.within(numbers).tolist()], [warehouse[at] for at in theirs.within(numbers).tolist()]
    )
    return [(each.verdict, each.call) for each in found]


@settings(deadline=None)  # numpy's first call on a busy machine
@given(CALLS, st.randoms())
def test_no_false_alarm_in_any_order(calls: list[HashedCall], chance: st.DataObject) -> None:
    shuffled = list(calls)
    chance.shuffle(shuffled)  # type: ignore[attr-defined] # st.randoms() gives a random.Random
    assert whole(calls) == whole(shuffled)
    assert unit(calls).buckets() == unit(shuffled).buckets()
    assert bisect(calls, shuffled) == []


@settings(deadline=None)  # numpy's first call on a busy machine
@given(CALLS, st.builds(HashedCall, INT64, INT64, st.just(1.0), st.just("new")), st.integers(0, 60), INT64)
def test_any_single_difference_is_found(calls: list[HashedCall], new: HashedCall, at: int, other: int) -> None:
    longer = [*calls[:at], new, *calls[at:]]
    assert whole(calls) != whole(longer)
    assert [verdict for verdict, _ in bisect(longer, calls)] == ["missing"]
    assert [verdict for verdict, _ in bisect(calls, longer)] == ["extra"]
    assume(other != new.hash)
    changed = [*calls[:at], new._replace(hash=other), *calls[at:]]
    assert whole(changed) != whole(longer)
    found = bisect(longer, changed)
    assert [verdict for verdict, _ in found] == ["changed"]
    assert found[0][1].call_id == new.call_id


@settings(deadline=None)  # numpy's first call on a busy machine
@given(CALLS, CALLS)
def test_buckets_add_up_to_the_whole(calls: list[HashedCall], others: list[HashedCall]) -> None:
    tallies = unit(calls + others).buckets().values()
    assert Tally(sum(each.rows for each in tallies), wrap64(sum(each.hash for each in tallies))) == whole(
        calls + others
    )
