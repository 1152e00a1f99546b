"""Puts the answer about the metrics together: the figures of keys.py, their definitions, and what to be careful about.

Pure; the words that a person reads stand here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from services.dora import keys
from services.dora.benchmarks import ANSWERS_YEAR, CLUSTERS, band_of, slower_share
from services.dora.models import (
    Benchmark,
    DeploymentFrequency,
    Exclusion,
    Granularity,
    Metrics,
    MetricsAnswer,
    MetricsMeta,
    QuickCheck,
    Scope,
    SeriesPoint,
    UnknownMetric,
    Window,
)

FREQUENCY: Final = (
    "Deployments that changed the environment, divided by all calendar days of the window, days without one included."
)
NEEDS_GIT = "This metric needs the commits of a git repository, and none is connected."
NEEDS_INCIDENTS = "This metric needs incidents, or links between failed deployments and their repairs; none are known."
ALL_SERVICES = "All services are taken together; DORA measures one service at a time, a mixture hides each of them."


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was asked, with every default filled in; `until` is never beyond the present."""

    service: str | None
    environment: str
    since: datetime
    until: datetime
    granularity: Granularity
    zone: ZoneInfo
    count_redeployments: bool
    benchmark_year: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the database holds about the question."""

    rows: Sequence[keys.Row]
    ran_before: Mapping[str, str | None]
    observed_since: datetime | None
    data_as_of: datetime | None


def answer(question: Question, known: Known) -> MetricsAnswer:
    """The five metrics, the series, what was left out and what to be careful about."""
    counted = keys.part(known.rows, known.ran_before, count_redeployments=question.count_redeployments)
    reason = _why_unknown(question, known)
    return MetricsAnswer(
        scope=Scope(service=question.service, environment=question.environment),
        window=Window(
            since=question.since,
            until=question.until,
            zone=question.zone.key,
            granularity=question.granularity,
            days=keys.calendar_days(question.since, question.until, question.zone),
        ),
        metrics=_metrics(_frequency(question, counted, reason)),
        series=_series(question, counted, known=reason is None),
        exclusions=[
            Exclusion.model_validate({"reason": why, "count": n}) for why, n in sorted(counted.excluded.items())
        ],
        warnings=_warnings(question, known),
        meta=MetricsMeta(data_as_of=known.data_as_of, observed_since=known.observed_since),
    )


def _why_unknown(question: Question, known: Known) -> str | None:
    if question.since >= question.until:
        return "The window has not begun."
    whose = f"the service {question.service}" if question.service else "any service"
    if known.observed_since is None:
        return f"No deployment of {whose} to {question.environment} was ever reported."
    if known.observed_since >= question.until:
        return f"The first deployment reported of {whose} is later than this window."
    return None


def _frequency(question: Question, counted: keys.Counted, reason: str | None) -> DeploymentFrequency:
    found = keys.frequency(counted.rows, question.since, question.until, question.zone)
    per_day = found.per_day
    if reason is not None or per_day is None:
        return DeploymentFrequency(
            value=None,
            n=None,
            per_week=None,
            active_days=None,
            redeployments=None,
            interval_s_mean=None,
            interval_s_median=None,
            interval_s_p75=None,
            interval_s_p90=None,
            quick_check=None,
            benchmark=None,
            reason=reason,
            definition=FREQUENCY,
        )
    mean_s = found.interval_s_mean
    return DeploymentFrequency(
        value=per_day,
        n=found.n,
        per_week=7 * per_day,
        active_days=found.active_days,
        redeployments=counted.redeployments,
        interval_s_mean=mean_s,
        interval_s_median=keys.percentile(found.interval_s, 0.5),
        interval_s_p75=keys.percentile(found.interval_s, 0.75),
        interval_s_p90=keys.percentile(found.interval_s, 0.9),
        quick_check=None if mean_s is None else quick_check(mean_s),
        benchmark=None if question.benchmark_year is None else benchmark(mean_s, question.benchmark_year),
        reason=None,
        definition=FREQUENCY,
    )


def quick_check(interval_s_mean: float) -> QuickCheck:
    """The band of a mean interval and where it stands among the published answers."""
    found = band_of(interval_s_mean)
    return QuickCheck(
        band=found.band,
        year=ANSWERS_YEAR,
        share_of_answers=found.answers_2025,
        share_slower=slower_share(found.band),
    )


def benchmark(interval_s_mean: float | None, year: int) -> Benchmark:
    """The clusters of the named year; with the reason where there is not exactly one."""
    if interval_s_mean is None:
        return Benchmark(year=year, clusters=[], reason="There was no deployment to compare.")
    clusters = CLUSTERS[year].get(band_of(interval_s_mean).band, ())
    reason = None
    if not clusters:
        reason = f"The clusters published for {year} leave a gap here."
    elif len(clusters) > 1:
        reason = f"The clusters published for {year} have the same range here."
    return Benchmark(year=year, clusters=list(clusters), reason=reason)


def _metrics(frequency: DeploymentFrequency) -> Metrics:
    return Metrics(
        change_lead_time=UnknownMetric(
            metric="change_lead_time",
            unit="s",
            reason=NEEDS_GIT,
            definition="From the author date of a commit to the first production deployment that contains it.",
        ),
        deployment_frequency=frequency,
        failed_deployment_recovery_time=UnknownMetric(
            metric="failed_deployment_recovery_time",
            unit="s",
            reason=NEEDS_INCIDENTS,
            definition="From a deployment that failed to the moment at which the service had recovered.",
        ),
        change_fail_rate=UnknownMetric(
            metric="change_fail_rate",
            unit="ratio",
            reason=NEEDS_INCIDENTS,
            definition="Deployments that needed immediate intervention, divided by deployments.",
        ),
        deployment_rework_rate=UnknownMetric(
            metric="deployment_rework_rate",
            unit="ratio",
            reason=NEEDS_INCIDENTS,
            definition="Unplanned deployments that repair something in production, divided by deployments.",
        ),
    )


def _series(question: Question, counted: keys.Counted, *, known: bool) -> list[SeriesPoint]:
    cut = keys.buckets(question.since, question.until, question.granularity, question.zone)
    points = []
    for bucket in cut:
        found = keys.frequency(counted.rows, bucket.since, bucket.until, question.zone)
        points.append(
            SeriesPoint(
                since=bucket.since,
                until=bucket.until,
                days=found.days,
                partial=bucket.partial,
                deployments=found.n if known else None,
                deployments_per_day=found.per_day if known else None,
                active_days=found.active_days if known else None,
            )
        )
    return points


def _warnings(question: Question, known: Known) -> list[str]:
    found = []
    if question.service is None:
        found.append(ALL_SERVICES)
    first = known.observed_since
    if first is not None and question.since < first < question.until:
        day = first.astimezone(question.zone).date()
        found.append(f"Nothing is known from before {day}; the days before it count as days without a deployment.")
    return found
