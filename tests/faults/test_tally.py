"""The tally of seeded differences fails when one is missed, unnamed, or when another day is told."""

from collections.abc import Collection
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ivr.reconcile import Cell, HashedCall, RowDifference, compare
from services.ivr.reconcile import Tally as CellTally
from services.ivr.store_reconcile import Findings, FoundRow
from tests.faults.differences import Difference, Statements
from tests.faults.tally import Tally

pytestmark = pytest.mark.unit

FIRST = date(2025, 7, 1)
NOTHING = Statements()


def _day(number: int) -> date:
    return FIRST + timedelta(days=number)


def _difference(*numbers: int, near: Collection[int] = (), counted: bool = False) -> Difference:
    days = frozenset(_day(number) for number in numbers)
    words = f"a row of days {sorted(numbers)} changed"
    return Difference(words, days, NOTHING, NOTHING, frozenset(map(_day, near)), counted=counted)


def _findings(told: Collection[int], named: Collection[int] | None = None) -> Findings:
    """What the product says of ten days of which those `told` have other rows at the source."""
    source = {Cell("unit", "t", _day(n)): CellTally(7, 1 if n in told else 0) for n in range(10)}
    warehouse = {cell: CellTally(7) for cell in source}
    rows = [
        FoundRow("t", _day(n), RowDifference("changed", HashedCall(n, n, 0.0, "a call")))
        for n in (told if named is None else named)
    ]
    return Findings(compare(source, warehouse), rows, len(rows), [])


def test_differences_that_are_told_and_named_are_found() -> None:
    tally = Tally(rows=10)
    assert tally.judge([_difference(1), _difference(3, 4)], _findings({1, 3, 4}))
    assert (tally.seeds, tally.found, tally.named, tally.alarms, tally.right) == (2, 2, 2, 0, True)


def test_a_difference_whose_day_is_not_told_is_missed_by_its_words() -> None:
    tally = Tally(rows=10)
    assert not tally.judge([_difference(1), _difference(2)], _findings({1}))
    assert (tally.found, tally.missed, tally.right) == (1, ["a row of days [2] changed"], False)


def test_a_difference_of_two_days_is_missed_when_one_of_them_is_not_told() -> None:
    tally = Tally(rows=10)
    assert not tally.judge([_difference(1, 2)], _findings({1}))
    assert (tally.found, tally.right) == (0, False)


def test_another_day_that_is_told_is_a_false_alarm() -> None:
    tally = Tally(rows=10)
    assert not tally.judge([_difference(1)], _findings({1, 5, 6}))
    assert (tally.found, tally.alarms, tally.right) == (1, 2, False)


def test_a_day_that_the_same_call_reaches_may_be_told_and_need_not_be() -> None:
    tally = Tally(rows=10)
    assert tally.judge([_difference(1, near={2})], _findings({1}))
    assert tally.judge([_difference(1, near={2})], _findings({1, 2}))
    assert tally.right


def test_a_difference_without_a_row_named_on_each_of_its_days_is_not_right() -> None:
    tally = Tally(rows=10)
    assert not tally.judge([_difference(1, 2)], _findings({1, 2}, named={1}))
    assert (tally.found, tally.named, tally.unnamed, tally.right) == (1, 0, ["a row of days [1, 2] changed"], False)


def test_an_event_that_is_only_counted_needs_no_row() -> None:
    tally = Tally(rows=10)
    assert tally.judge([_difference(1, counted=True)], _findings({1}, named=()))
    assert (tally.found, tally.named, tally.right) == (1, 0, True)


def test_equal_sides_that_are_told_different_are_false_alarms() -> None:
    tally = Tally(rows=10)
    tally.judge_equal(_findings({3}), seconds=1.0, cpu_s=1.0)
    assert (tally.clean, tally.alarms, tally.right) == (1, 1, False)


DAYS = st.sets(st.integers(0, 9))


@given(DAYS, DAYS)
def test_a_batch_is_judged_as_its_differences_are_one_by_one(made: set[int], told: set[int]) -> None:
    batch, single = Tally(rows=10), Tally(rows=10)
    batch.judge([_difference(number) for number in made], _findings(told))
    for number in made:
        single.judge([_difference(number)], _findings(told & {number}))
    assert (batch.seeds, batch.found, batch.missed) == (single.seeds, single.found, single.missed)
    assert batch.alarms == len(told - made)
    assert batch.right == (made == told)
