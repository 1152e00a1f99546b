"""The answer about the metrics, from deployments told as a table."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.dora import answers, evidence, keys, measuring
from services.dora.answer_models import MetricsAnswer
from services.dora.benchmarks import (
    ANSWERS,
    CLUSTERS,
    RATED,
    RATES,
    TIMED,
    Rated,
    answers_about,
    bands,
    clusters,
    share_of_answers,
    share_slower,
)
from services.dora.delivery.model import Commit, Deployment, History, Incident
from services.dora.measuring import Known, Question
from services.dora.models import Granularity
from tests.dora.tables import moment, shipped

pytestmark = pytest.mark.unit

UTC_ZONE = ZoneInfo("UTC")
MEXICO = ZoneInfo("America/Mexico_City")
HOUR_S, DAY_S = 3_600, 86_400


def question(**fields: Any) -> Question:
    """March 2nd to 16th, by week, compared with 2024, judged at the end of the month."""
    asked: dict[str, Any] = {
        "service": "gateway",
        "environment": "production",
        "since": moment("02T00:00"),
        "until": moment("16T00:00"),
        "as_of": moment("31T00:00"),
        "granularity": "week",
        "zone": UTC_ZONE,
        "benchmark_year": 2024,
    }
    return Question(**asked | fields)


def known(deployments: list[Deployment], **fields: Any) -> Known:
    told: dict[str, Any] = {
        "deployments": deployments,
        "incidents": [],
        "history": History({}),
        "attempts": {},
        "observed_since": moment("01T00:00"),
        "data_as_of": None,
    }
    return Known(**told | fields)


def ask(text: str, *, asked: Question | None = None, **fields: Any) -> MetricsAnswer:
    asked, found = asked or question(), known(shipped(text), **fields)
    return answers.answer(asked, found, measuring.judged(asked, found))


def test_frequency_with_everything_beside_it() -> None:
    got = ask(
        """
        at        artefact
        03T10:00  a
        05T10:00  b
        11T10:00  c
        12T10:00  d
        """,
        attempts={"failed_before_reaching_the_environment": 1},
    )
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
    assert [each.model_dump() for each in got.exclusions] == [
        {"of": "deployments", "reason": "failed_before_reaching_the_environment", "count": 1}
    ]
    assert got.warnings == []


def test_redeployment_brings_what_already_runs_in_the_same_service() -> None:
    text = """
        at        artefact  service
        01T10:00  a         gateway
        02T10:00  a         gateway
        02T11:00  a         ui
        02T12:00  b         gateway
        02T13:00  b         gateway
        02T14:00  a         gateway
        02T15:00  .         gateway
        02T16:00  .         gateway
    """
    everything = ask(text, asked=question(service=None)).metrics.deployment_frequency
    assert (everything.n, everything.redeployments) == (7, 2)
    without = ask(text, asked=question(service=None, count_redeployments=False))
    assert without.metrics.deployment_frequency.n == 5
    assert [(each.reason, each.count) for each in without.exclusions] == [("redeployment", 2)]


def test_known_service_without_deployments_is_zero() -> None:
    got = ask("at artefact")
    found = got.metrics.deployment_frequency
    assert (found.value, found.n, found.quick_check, found.interval_s_mean) == (0.0, 0, None, None)
    assert got.series[0].deployments == 0


@pytest.mark.parametrize("first", [None, "20T00:00"])
def test_what_nobody_observed_is_null_and_not_zero(first: str | None) -> None:
    got = ask("at artefact", observed_since=None if first is None else moment(first))
    values = {name: getattr(got.metrics, name).value for name in answers.METRICS}
    assert values == dict.fromkeys(answers.METRICS)
    assert all(getattr(got.metrics, name).reason for name in answers.METRICS)
    assert got.series[0].deployments is None


def test_failures_are_unknown_where_nothing_could_tell_of_them() -> None:
    got = ask("""
        at        artefact
        03T10:00  a
        05T10:00  b
    """)
    assert (got.metrics.change_fail_rate.value, got.metrics.deployment_rework_rate.n) == (None, None)
    assert got.metrics.change_fail_rate.reason == answers.NEEDS_INCIDENTS
    assert got.series[0].change_fail_rate is None


@pytest.mark.requirement("RF-031")
def test_rollback_is_seen_in_all_three_and_in_its_week() -> None:
    got = ask("""
        at        artefact
        03T10:00  a
        05T10:00  b
        05T12:00  a
        11T10:00  c
    """)
    fail, recovery, rework = (
        got.metrics.change_fail_rate,
        got.metrics.failed_deployment_recovery_time,
        got.metrics.deployment_rework_rate,
    )
    assert (fail.numerator, fail.denominator, fail.inferred, fail.by_grade) == (1, 4, 1, {"rollback": 1})
    assert fail.ci95 is not None
    assert fail.ci95[0] < 0.25 < fail.ci95[1]
    assert (recovery.median, recovery.n, recovery.open) == (2 * HOUR_S, 1, 0)
    assert recovery.benchmark is not None
    assert recovery.benchmark.clusters == ["high", "medium"]
    assert rework.numerator == 1
    assert [(point.failed, point.judgeable, point.rework) for point in got.series] == [(1, 3, 1), (0, 1, 0)]


@pytest.mark.requirement("RF-031")
def test_incident_that_lasts_is_censored_and_not_left_out() -> None:
    down = Incident(id="i", detected_at=moment("05T11:00").timestamp(), service="gateway", caused_by="1")
    got = ask(
        """
        at        artefact
        03T10:00  a
        05T10:00  b
        """,
        incidents=[down],
    )
    found = got.metrics.failed_deployment_recovery_time
    assert (found.value, found.n, found.open, found.open_oldest_s) == (None, 0, 1, 25 * DAY_S + 14 * HOUR_S)
    assert found.reason == "Every failure is still open."
    assert got.metrics.change_fail_rate.value == 0.5


def history() -> History:
    """Three commits in a row, an hour apart."""
    shas = ["a" * 40, "b" * 40, "c" * 40]
    times = [int(moment(f"03T0{n}:00").timestamp()) for n in range(3)]
    return History(
        {
            sha: Commit(sha, tuple(shas[max(0, n - 1) : n]), times[n], times[n], "eva@example.org", f"change {n}")
            for n, sha in enumerate(shas)
        }
    )


def rows(*shas: str) -> list[dict[str, Any]]:
    return [
        {
            "deployment_id": number,
            "external_id": f"build-{number}",
            "service": "gateway",
            "environment": "production",
            "version": None,
            "commit_sha": sha,
            "deployed_at": moment(f"0{number + 3}T10:00"),
            "time_quality": "exact",
            "planned": None,
            "fixes": None,
            "rolled_back_at": None,
            "components": "[]",
        }
        for number, sha in enumerate(shas)
    ]


@pytest.mark.requirement("RF-031")
def test_lead_time_needs_commits_and_says_what_it_leaves_out() -> None:
    made = [measuring.deployment(row, history()) for row in rows("aaaaaaaa", "c" * 40)]
    asked, found = question(), known(made, history=history(), repositories=["shop"])
    measured = measuring.judged(asked, found)
    got = answers.answer(asked, found, measured)
    lead = got.metrics.change_lead_time
    assert (lead.n, lead.median, lead.per_deployment_median) == (2, 32.5 * HOUR_S, 32.5 * HOUR_S)
    assert [(each.of, each.reason, each.count) for each in got.exclusions] == [("commits", "seed_deployment", 1)]
    assert got.series[0].lead_time_s_median == 32.5 * HOUR_S
    lines = evidence.lines("change_lead_time", measured)
    items = [evidence.item(line, measured, found.history) for line in lines]
    assert [(item.counted, item.reason, item.value_s) for item in items] == [
        (True, None, 33 * HOUR_S),
        (True, None, 32 * HOUR_S),
        (False, "seed_deployment", None),
    ]
    first = items[0]
    assert first.commit is not None
    assert first.deployment is not None
    assert (first.commit.subject, first.deployment.name) == ("change 1", "build-1")


def test_evidence_of_failures_shows_every_link_and_which_decides() -> None:
    told = shipped("""
        at        artefact  fixes
        03T10:00  a         .
        05T10:00  b         .
        05T12:00  a         b
    """)
    asked = question()
    found = known(told)
    measured = measuring.judged(asked, found)
    items = [evidence.item(line, measured, found.history) for line in evidence.lines("change_fail_rate", measured)]
    assert [(item.numerator, [(link.grade, link.deciding) for link in item.links]) for item in items] == [
        (False, []),
        (True, [("explicit", True), ("rollback", False)]),
        (False, []),
    ]
    recovery = evidence.lines("failed_deployment_recovery_time", measured)
    assert [(line.value_s, line.why) for line in recovery] == [(2 * HOUR_S, None)]
    rework = evidence.lines("deployment_rework_rate", measured)
    assert [line.numerator for line in rework] == [True, False, False]


@pytest.mark.requirement("RF-049")
def test_several_repositories_keep_their_pull_requests_apart() -> None:
    one = History({"a" * 40: Commit("a" * 40, (), 0, 0, "", "x (#3)", pull=3)}, pulls={3: "a" * 40})
    two = History({"b" * 40: Commit("b" * 40, (), 0, 0, "", "y (#3)", pull=3)}, pulls={3: "b" * 40})
    whole = measuring.together([one, two])
    assert {whole.pulls[commit.pull or 0] for commit in whole.commits.values()} == {"a" * 40, "b" * 40}
    assert measuring.together([one], [{3: "f" * 40, 4: "a" * 40, 5: "e" * 40}]).pulls == {3: "a" * 40, 4: "a" * 40}


artefacts = st.sampled_from(["a", "b", "c", None])
times = st.integers(0, 30 * 24 * 60).map(lambda minutes: moment("01T00:00").timestamp() + 60 * minutes)
events = st.builds(
    lambda number, at, version, service: Deployment(id=str(number), at=at, version=version, service=service),
    st.integers(0, 30),
    times,
    artefacts,
    st.sampled_from(["gateway", "ui"]),
)


@settings(deadline=None)  # fifteen judgements an example: a busy machine takes its time for them
@given(st.lists(events, max_size=25), st.randoms(use_true_random=False), st.sampled_from(["day", "week", "month"]))
def test_neither_order_nor_duplicates_matter_and_the_series_adds_up(
    told: list[Deployment], random: Any, granularity: Granularity
) -> None:
    asked = question(service=None, granularity=granularity, zone=MEXICO)
    mixed = [*told, *told[::2]]
    random.shuffle(mixed)
    first, second = known(told), known(mixed)
    got = answers.answer(asked, first, measuring.judged(asked, first), measuring.judged(measuring.before(asked), first))
    again = answers.answer(
        asked, second, measuring.judged(asked, second), measuring.judged(measuring.before(asked), second)
    )
    assert got == again
    frequency, fail = got.metrics.deployment_frequency, got.metrics.change_fail_rate
    assert sum(point.deployments or 0 for point in got.series) == (frequency.n or 0)
    assert sum(point.failed or 0 for point in got.series) == (fail.numerator or 0)
    assert sum(point.judgeable or 0 for point in got.series) in (0, fail.denominator)
    for metric in answers.METRICS:
        lines = evidence.lines(metric, measuring.judged(asked, first))
        assert sum(line.why is None for line in lines) <= len(lines)
    counted = evidence.lines("deployment_frequency", measuring.judged(asked, first))
    assert sum(line.why is None for line in counted) == (frequency.n or 0)


def test_comparison_with_the_window_before() -> None:
    told = shipped("""
        at        artefact
        01T10:00  z
        03T10:00  a
        05T10:00  b
    """)
    asked = question(since=moment("04T00:00"), until=moment("06T00:00"))
    found = known(told)
    earlier = measuring.judged(measuring.before(asked), found)
    got = answers.answer(asked, found, measuring.judged(asked, found), earlier)
    frequency = next(each for each in got.comparison if each.metric == "deployment_frequency")
    assert (frequency.before, frequency.now, frequency.change) == (0.5, 0.5, 0.0)
    unknown = known(told, observed_since=moment("04T00:00"))
    got = answers.answer(asked, unknown, measuring.judged(asked, unknown), earlier)
    assert {each.before for each in got.comparison} == {None}


def test_failures_of_the_window_before_are_unknown_where_nothing_could_tell_of_them() -> None:
    told = shipped("""
        at        artefact
        01T10:00  z
        03T10:00  a
        05T10:00  b
    """)
    asked = question(since=moment("04T00:00"), until=moment("06T00:00"))

    def compared(**fields: Any) -> dict[str, tuple[float | None, float | None]]:
        found = known(told, **fields)
        earlier = measuring.judged(measuring.before(asked), found)
        got = answers.answer(asked, found, measuring.judged(asked, found), earlier)
        return {each.metric: (each.before, each.now) for each in got.comparison}

    blind = compared()
    assert (blind["change_fail_rate"], blind["deployment_rework_rate"]) == ((None, None), (None, None))
    assert blind["deployment_frequency"] == (0.5, 0.5)
    down = Incident(id="i", detected_at=moment("05T11:00").timestamp(), service="gateway", caused_by="2")
    seen = compared(incidents=[down])
    assert (seen["change_fail_rate"], seen["deployment_rework_rate"]) == ((0.0, 1.0), (0.0, 0.0))


@pytest.mark.parametrize("metric", TIMED)
def test_shares_of_answers_are_those_of_one_hundred(metric: Any) -> None:
    assert sum(ANSWERS[metric]) == pytest.approx(1, abs=0.005)
    names = bands(metric)
    assert share_slower(metric, names[-1]) == 0
    assert share_slower(metric, names[0]) == pytest.approx(1 - share_of_answers(metric, names[0]), abs=0.005)


@pytest.mark.parametrize("metric", RATED)
def test_rates_stand_among_the_answers_of_one_hundred(metric: Rated) -> None:
    """8.5 % of 2025 said a fail rate below 2 %, and 19.6 % one from 4 to 8."""
    assert sum(RATES[metric]) == pytest.approx(1, abs=0.005)
    expected = {"change_fail_rate": (0.085, 0.196, 0.059), "deployment_rework_rate": (0.073, 0.265, 0.05)}[metric]
    assert answers_about(metric, 0.0)[:3] == (0.0, 0.02, expected[0])
    assert answers_about(metric, 0.04)[:3] == (0.04, 0.08, expected[1])
    assert answers_about(metric, 1.0) == (0.64, 1.0, expected[2], 0)
    lower, upper, same, higher = answers_about(metric, 0.0199)
    assert (lower, upper) == (0.0, 0.02)
    assert same + higher == pytest.approx(1, abs=0.005)
    got = ask("at artefact\n02T10:00 1\n03T10:00 2\n04T10:00 1").metrics
    told = getattr(got, metric)
    assert told.value == pytest.approx(1 / 3)
    assert (told.answers.year, told.answers.lower, told.answers.upper) == (2025, 0.32, 0.64)
    nothing = getattr(ask("at artefact\n02T10:00 1").metrics, metric)
    assert (nothing.value, nothing.answers) == (None, None)


def test_every_year_speaks_of_every_band_and_2025_has_no_clusters() -> None:
    assert 2025 not in CLUSTERS
    for year, metrics in CLUSTERS.items():
        for metric in TIMED:
            assert len(metrics[metric]) == len(bands(metric)) == 6
            named = [each for band in bands(metric) for each in clusters(year, metric, band)]
            assert set(named) == {"elite", "high", "medium", "low"}


def test_calendar_days_are_those_of_the_zone() -> None:
    text = """
        at
        02T05:59
        02T06:01
    """
    window = {"since": moment("01T00:00"), "until": moment("04T00:00")}
    assert ask(text, asked=question(**window)).metrics.deployment_frequency.active_days == 1
    assert ask(text, asked=question(**window, zone=MEXICO)).metrics.deployment_frequency.active_days == 2
    assert keys.calendar_days(window["since"], window["until"], UTC_ZONE) == 3
