"""The judge itself: what it calls lost, doubled and changed."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults.ledger import Row, judge

pytestmark = pytest.mark.unit

ROWS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), max_size=30).map(Counter)


@pytest.mark.parametrize(
    ("expected", "found", "counts"),
    [
        ("a1 b1", "a1 b1", (0, 0, 0)),
        ("a1 b1", "a1", (1, 0, 0)),
        ("a1", "a1 a1", (0, 1, 0)),
        ("a1", "a2", (0, 0, 1)),
        ("a1 a1", "a1 a2 a2", (0, 1, 1)),
        ("a1 b1", "a2 c1", (1, 1, 1)),
    ],
)
def test_a_verdict(expected: str, found: str, counts: tuple[int, int, int]) -> None:
    ledger, warehouse = (Counter[Row](tuple(word) for word in text.split()) for text in (expected, found))
    verdict = judge(ledger, warehouse, 1)
    assert (verdict.lost, verdict.duplicated, verdict.changed) == counts


@given(ROWS, ROWS)
def test_it_is_clean_for_equal_sides_only(expected: Counter[Row], found: Counter[Row]) -> None:
    assert judge(expected, found, 1).clean == (expected == found)
    back = judge(found, expected, 1)
    there = judge(expected, found, 1)
    assert (there.lost, there.duplicated, there.changed) == (back.duplicated, back.lost, back.changed)
