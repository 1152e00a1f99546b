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
def test_freshness_of_a_source_that_has_new_calls(
    as_of: bool, success_h: float | None, last: str | None, held: int, state: str, code: str
) -> None:
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


@pytest.mark.parametrize(
    ("success_h", "newest_h", "last", "held", "state", "code"),
    [
        (0.1, 1, "succeeded", 0, "fresh", "by_hand"),
        (13, 14, "succeeded", 0, "fresh", "by_hand"),
        (25, 26, "succeeded", 0, "fresh", "by_hand"),
        (24 * 90, 24 * 200, "cancelled", 0, "fresh", "by_hand"),
        (24 * 90, 24 * 200, "succeeded", 3, "degraded", "units_held"),
        (24 * 90, 24 * 200, "failed", 3, "degraded", "last_run_failed"),
        (None, 3, "failed", 0, "degraded", "last_run_failed"),
        (None, 3, "cancelled", 0, "stale", "too_late"),
        (None, None, None, 0, "no_data", "nothing_published"),
    ],
)
def test_what_only_a_person_reads_is_never_late(
    success_h: float | None, newest_h: float | None, last: str | None, held: int, state: str, code: str
) -> None:
    judged = judge(
        now=NOW,
        data_as_of=None if newest_h is None else NOW - timedelta(hours=newest_h),
        last_success_at=None if success_h is None else NOW - timedelta(hours=success_h),
        last_state=last,
        last_error="No disk." if last == "failed" else None,
        held_units=held,
        by_hand=True,
    )
    assert (judged.state, judged.reason_code) == (state, code)
    if code == "by_hand":
        assert judged.reason.startswith("Only a person has this source read; it was read ")
        assert judged.reason.endswith(" ago.")


@pytest.mark.parametrize(
    ("read_min", "newest_h", "held", "code", "reason"),
    [
        (5, 48, 0, "up_to_date", "The source was read 5 minutes ago."),
        (60, 49, 0, "up_to_date", "The source was read 1 hour ago."),
        (5, 49, 0, "source_quiet", "The source was read 5 minutes ago; its newest call is 2 days old."),
        (
            0,
            326 * 24,
            0,
            "source_quiet",
            "The source was read less than a minute ago; its newest call is 326 days old.",
        ),
        (5, 326 * 24, 1, "units_held", "1 units are held: the source now has fewer rows than are published."),
        (13 * 60, 326 * 24, 0, "late", "The source was read 13 hours ago."),
        (25 * 60, 326 * 24, 0, "too_late", "The source was read 1 day ago."),
    ],
)
def test_a_source_without_new_calls_is_not_called_fresh(
    read_min: int, newest_h: int, held: int, code: str, reason: str
) -> None:
    judged = judge(
        now=NOW,
        data_as_of=NOW - timedelta(hours=newest_h),
        last_success_at=NOW - timedelta(minutes=read_min),
        last_state="succeeded",
        last_error=None,
        held_units=held,
    )
    assert (judged.reason_code, judged.reason) == (code, reason)
    assert (judged.state == "fresh") == (code == "up_to_date")
