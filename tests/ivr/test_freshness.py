"""Freshness as a table: what happened, the word and the reason."""

from datetime import UTC, datetime, timedelta

import pytest

from services.ivr.freshness import judge

pytestmark = pytest.mark.unit

NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("as_of", "success_h", "last", "held", "state", "code"),
    [
        (False, None, None, 0, "no_data", "nothing_published"),
        (False, None, "failed", 0, "no_data", "nothing_published"),
        (True, 0.1, "succeeded", 0, "fresh", "up_to_date"),
        (True, 11.9, "succeeded", 0, "fresh", "up_to_date"),
        (True, 12, "succeeded", 0, "degraded", "late"),
        (True, 1, "failed", 0, "degraded", "last_run_failed"),
        (True, 1, "succeeded", 2, "degraded", "units_held"),
        (True, 24, "succeeded", 0, "stale", "too_late"),
        (True, 24, "failed", 0, "stale", "too_late"),
        (True, None, "failed", 0, "stale", "too_late"),
    ],
)
def test_freshness(as_of: bool, success_h: float | None, last: str | None, held: int, state: str, code: str) -> None:
    judged = judge(
        now=NOW,
        data_as_of=NOW if as_of else None,
        last_success_at=None if success_h is None else NOW - timedelta(hours=success_h),
        last_state=last,
        last_error="No disk." if last == "failed" else None,
        held_units=held,
    )
    assert (judged.state, judged.reason_code) == (state, code)
    assert judged.reason.endswith(".")
    assert ("No disk." in judged.reason) == (last == "failed")
