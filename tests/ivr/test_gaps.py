"""Ids that were missing, and what is left of them when some come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ivr.gaps import Gap, filled, gaps_between

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("next_position", "positions", "gaps"),
    [
        (0, [500, 501], []),  # nothing is missing before the first id ever read
        (0, [1, 2, 5, 9], [(3, 4), (6, 8)]),
        (10, [10, 11], []),
        (10, [13], [(10, 12)]),
        (10, [], []),
    ],
)
def test_ids_that_are_missing(next_position: int, positions: list[int], gaps: list[Gap]) -> None:
    assert gaps_between(next_position, positions) == gaps


@pytest.mark.parametrize(
    ("come", "left"),
    [
        ([], {}),
        ([3], {(3, 7): [(4, 7)]}),
        ([7], {(3, 7): [(3, 6)]}),
        ([5], {(3, 7): [(3, 4), (6, 7)]}),
        ([3, 4, 5, 6, 7], {(3, 7): []}),
        ([2, 8, 20], {(20, 20): []}),
    ],
)
def test_what_is_left_of_a_gap(come: list[int], left: dict[Gap, list[Gap]]) -> None:
    assert filled([(3, 7), (20, 20)], come) == left


@given(st.sets(st.integers(1, 60)), st.sets(st.integers(1, 60)))
def test_every_id_is_read_or_missing_in_whatever_order_they_come(first: set[int], later: set[int]) -> None:
    gaps = gaps_between(1, sorted(first))
    missing = {each for low, high in gaps for each in range(low, high + 1)}
    assert missing | first == set(range(1, max(first, default=0) + 1))
    changed = filled(gaps, later & missing)
    left = [gap for gap in gaps if gap not in changed] + [gap for parts in changed.values() for gap in parts]
    assert {each for low, high in left for each in range(low, high + 1)} == missing - later
