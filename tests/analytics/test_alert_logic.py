from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.analytics.alert_logic import Comparison, Standing, age_s, holds, step

pytestmark = pytest.mark.unit
NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "comparison", "expected"),
    [
        (0.31, "gt", True),
        (0.3, "gt", False),
        (0.3, "gte", True),
        (0.29, "lt", True),
        (0.3, "lt", False),
        (0.3, "lte", True),
        (None, "gt", None),
    ],
)
def test_a_limit(value: float | None, comparison: Comparison, expected: bool | None) -> None:
    assert holds(value, comparison, 0.3) is expected


def test_no_value_changes_nothing() -> None:
    for firing in (True, False):
        assert step(Standing(firing, NOON, timedelta()), None, NOON) == "keep"


def test_data_of_the_future_is_not_old() -> None:
    assert age_s(NOON, NOON + timedelta(hours=1)) == 0.0
    assert age_s(NOON, None) is None


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(1, 600), st.sampled_from([True, False, None])), max_size=60), st.integers(0, 1_000)
)
def test_alerts_keep_their_distance_and_never_overlap(evaluations: list[tuple[int, bool | None]], cool_s: int) -> None:
    cooldown, now = timedelta(seconds=cool_s), NOON
    firing, opened = False, list[datetime]()
    for wait_s, breached in evaluations:
        now += timedelta(seconds=wait_s)
        found = step(Standing(firing, opened[-1] if opened else None, cooldown), breached, now)
        if found == "open":
            assert breached
            assert not firing
            opened.append(now)
            firing = True
        elif found == "resolve":
            assert firing
            assert breached is False
            firing = False
    assert all(later - earlier >= cooldown for earlier, later in pairwise(opened))
