import math
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dora import answers
from services.dora.answers import Known, Question, benchmark, quick_check
from services.dora.benchmarks import BANDS, CLUSTERS, band_of, slower_share
from services.dora.models import MetricsAnswer
from tests.dora.tables import moment, rows

pytestmark = pytest.mark.unit

UTC_ZONE = ZoneInfo("UTC")
HOUR_S, DAY_S = 3_600, 86_400


def ask(text: str, *, observed_since: str | None = "01T00:00", service: str | None = "gateway") -> MetricsAnswer:
    """March 2nd to 16th, by week, compared with 2024."""
    question = Question(
        service=service,
        environment="production",
        since=moment("02T00:00"),
        until=moment("16T00:00"),
        granularity="week",
        zone=UTC_ZONE,
        count_redeployments=True,
        benchmark_year=2024,
    )
    first = None if observed_since is None else moment(observed_since)
    return answers.answer(question, Known(rows=rows(text), ran_before={}, observed_since=first, data_as_of=None))


def test_frequency_with_everything_beside_it() -> None:
    got = ask("""
        at        status
        03T10:00  success
        05T10:00  success
        05T12:00  failed
        11T10:00  rolled_back
        12T10:00  success
    """)
    found = got.metrics.deployment_frequency
    assert (found.n, found.active_days, found.interval_s_mean) == (4, 4, 3.5 * DAY_S)
    assert found.value == pytest.approx(4 / 14)
    assert found.per_week == pytest.approx(2)
    assert (found.interval_s_median, found.interval_s_p75) == (2 * DAY_S, 4 * DAY_S)
    assert found.quick_check is not None
    assert (found.quick_check.band, found.quick_check.year) == ("day_to_week", 2025)
    assert found.benchmark is not None
    assert (found.benchmark.year, found.benchmark.clusters, found.benchmark.reason) == (2024, ["high"], None)
    assert [(point.deployments, point.partial) for point in got.series] == [(2, False), (2, False)]
    assert [(each.reason, each.count) for each in got.exclusions] == [("failed_before_reaching_the_environment", 1)]
    assert got.warnings == []


def test_known_service_without_deployments_is_zero() -> None:
    found = ask("at").metrics.deployment_frequency
    assert (found.value, found.n, found.reason) == (0.0, 0, None)
    assert (found.quick_check, found.interval_s_median) == (None, None)
    assert found.benchmark is not None
    assert (found.benchmark.clusters, found.benchmark.reason) == ([], "There was no deployment to compare.")


@pytest.mark.parametrize(
    ("observed_since", "reason"),
    [(None, "No deployment of the service gateway"), ("20T00:00", "The first deployment reported of the service")],
)
def test_unknown_service_is_null_with_the_reason_and_never_zero(observed_since: str | None, reason: str) -> None:
    got = ask("at", observed_since=observed_since)
    found = got.metrics.deployment_frequency
    assert (found.value, found.n, found.per_week) == (None, None, None)
    assert found.reason is not None
    assert found.reason.startswith(reason)
    assert {point.deployments for point in got.series} == {None}


def test_the_other_four_are_null_with_a_reason() -> None:
    got = ask("at").metrics
    for metric in (
        got.change_lead_time,
        got.failed_deployment_recovery_time,
        got.change_fail_rate,
        got.deployment_rework_rate,
    ):
        assert (metric.value, metric.n) == (None, None)
        assert metric.reason.endswith(".")


def test_partly_observed_window_and_mixed_services_are_said_aloud() -> None:
    late, mixed = ask("at", observed_since="05T00:00"), ask("at", service=None)
    assert late.warnings == [
        "Nothing is known from before 2026-03-05; the days before it count as days without a deployment."
    ]
    assert len(mixed.warnings) == 1
    assert "one service at a time" in mixed.warnings[0]


@pytest.mark.parametrize(
    ("interval_s", "band"),
    [
        (60, "on_demand"),
        (2 * HOUR_S, "hour_to_day"),
        (DAY_S, "hour_to_day"),
        (DAY_S + 1, "day_to_week"),
        (8 * DAY_S, "week_to_month"),
        (40 * DAY_S, "month_to_half_year"),
        (200 * DAY_S, "less_than_half_yearly"),
    ],
)
def test_bands_of_the_quick_check(interval_s: float, band: str) -> None:
    assert quick_check(interval_s).band == band


def test_clusters_have_gaps_and_overlaps_and_say_so() -> None:
    assert benchmark(60, 2021).clusters == ["elite"]
    gap = benchmark(2 * DAY_S, 2021)
    assert (gap.clusters, gap.reason) == ([], "The clusters published for 2021 leave a gap here.")
    overlap = benchmark(10 * DAY_S, 2023)
    assert overlap.clusters == ["medium", "low"]
    assert overlap.reason is not None


def test_2022_and_2025_have_no_clusters_to_compare_with() -> None:
    assert 2022 not in CLUSTERS
    assert 2025 not in CLUSTERS


def test_published_answers_add_up() -> None:
    assert math.isclose(sum(each.answers_2025 for each in BANDS), 1.0, abs_tol=0.005)
    assert slower_share("less_than_half_yearly") == 0


@given(st.floats(0, 1e10), st.floats(0, 1e10))
def test_deploying_more_often_is_never_a_slower_band(one: float, other: float) -> None:
    faster, slower = sorted((one, other))
    assert BANDS.index(band_of(faster)) <= BANDS.index(band_of(slower))


def test_window_that_has_not_begun_is_unknown() -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC_ZONE)
    question = Question(
        service="gateway",
        environment="production",
        since=start,
        until=start,
        granularity="day",
        zone=UTC_ZONE,
        count_redeployments=True,
        benchmark_year=None,
    )
    got = answers.answer(question, Known(rows=[], ran_before={}, observed_since=start, data_as_of=None))
    assert got.metrics.deployment_frequency.reason == "The window has not begun."
    assert got.series == []
