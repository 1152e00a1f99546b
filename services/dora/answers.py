"""Puts the answer about the metrics together: the engine's figures, their bands, and what to be careful about.

Pure; the words that a person reads stand here.
"""

from collections.abc import Mapping
from typing import Any, Final

from services.dora import keys
from services.dora.answer_models import (
    Benchmark,
    ChangeFailRate,
    ChangeLeadTime,
    Comparison,
    DeploymentFrequency,
    Durations,
    Exclusion,
    Metrics,
    MetricsAnswer,
    MetricsMeta,
    QuickCheck,
    RateAnswers,
    RecoveryTime,
    ReworkRate,
    Scope,
    SeriesPoint,
    Share,
    Window,
)
from services.dora.benchmarks import (
    ANSWERS_YEAR,
    RATED,
    Band,
    Rated,
    Timed,
    answers_about,
    clusters,
    share_of_answers,
    share_slower,
)
from services.dora.delivery.metrics import Measured, figures, report, split
from services.dora.delivery.model import Window as CoreWindow
from services.dora.measuring import Known, Question
from services.dora.models import MetricName

NEEDS_GIT: Final = "This metric needs the commits of a git repository, and none is connected."
NEEDS_COMMITS: Final = "No deployment of this window could be traced to commits of a connected repository."
NEEDS_INCIDENTS: Final = (
    "This metric needs incidents, or links between failed deployments and their repairs; none are known."
)
NO_FAILURE: Final = "No deployment of this window is known to have failed."
ALL_SERVICES: Final = (
    "All services are taken together; DORA measures one service at a time, a mixture hides each of them."
)
ONLY_INFERRED: Final = "No incident was ever reported here: failures are seen only where a deployment repaired another."
METRICS: Final[tuple[MetricName, ...]] = (
    "change_lead_time",
    "deployment_frequency",
    "failed_deployment_recovery_time",
    "change_fail_rate",
    "deployment_rework_rate",
)


def answer(question: Question, known: Known, measured: Measured, earlier: Measured | None = None) -> MetricsAnswer:
    """The five metrics, the series, what was left out and what to be careful about."""
    found = report(measured)
    why = _why_unknown(question, known)
    metrics = _metrics(question, known, found["metrics"], why, measured)
    return MetricsAnswer(
        scope=scope(question),
        window=asked_window(question),
        metrics=metrics,
        series=_series(question, measured, known=why is None, fails=_failures_are_seen(known, measured)),
        comparison=[] if earlier is None else _comparison(metrics, question, known, earlier),
        exclusions=_exclusions(found["exclusions"], known),
        warnings=_warnings(question, known),
        meta=MetricsMeta(
            data_as_of=known.data_as_of,
            observed_since=known.observed_since,
            rules_version=measured.rules.version,
            repositories=list(known.repositories),
        ),
    )


def scope(question: Question) -> Scope:
    return Scope(
        service=question.service,
        environment=question.environment,
        team=question.team,
        repository=question.repository,
    )


def asked_window(question: Question) -> Window:
    return Window(
        since=question.since,
        until=question.until,
        as_of=question.as_of,
        zone=question.zone.key,
        granularity=question.granularity,
        days=keys.calendar_days(question.since, question.until, question.zone),
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


def _failures_are_seen(known: Known, measured: Measured) -> bool:
    """Whether anything could have told of a failure: incidents, commits with reverts, words or rollbacks."""
    told = any(each.fixes is not None or each.rolled_back_at is not None for each in known.deployments)
    return bool(known.incidents) or told or bool(known.history.commits) or bool(measured.judged.links)


def _metrics(
    question: Question, known: Known, found: Mapping[str, Any], why: str | None, measured: Measured
) -> Metrics:
    year = question.benchmark_year
    seen = _failures_are_seen(known, measured)
    unjudged = why or (None if seen else NEEDS_INCIDENTS)
    return Metrics(
        change_lead_time=_lead(found["change_lead_time"], year, why, has_commits=bool(known.history.commits)),
        deployment_frequency=_frequency(found["deployment_frequency"], year, why),
        failed_deployment_recovery_time=_recovery(found["failed_deployment_recovery_time"], year, unjudged),
        change_fail_rate=_fail_rate(found["change_fail_rate"], unjudged),
        deployment_rework_rate=_rework(found["deployment_rework_rate"], unjudged),
    )


def _lead(found: Mapping[str, Any], year: int | None, why: str | None, *, has_commits: bool) -> ChangeLeadTime:
    empty = NEEDS_COMMITS if has_commits else NEEDS_GIT
    return ChangeLeadTime(
        **_durations(found),
        per_deployment_median=found["per_deployment_median_s"],
        per_pull_request_median=found["per_pull_request_median_s"],
        pull_requests=found["pull_requests"],
        by_committer_date=Durations(**_durations(found["by_committer_date"])),
        squash=found["squash"],
        waiting=found["waiting"],
        quick_check=_quick_check("change_lead_time", found["quick_check"]),
        benchmark=_benchmark("change_lead_time", found["quick_check"], year),
        reason=None if found["n"] else (why or empty),
        definition=found["definition"],
    )


def _frequency(found: Mapping[str, Any], year: int | None, why: str | None) -> DeploymentFrequency:
    known = why is None
    per_day = found["value"] or 0.0  # observed, if only by attempts that failed: none is none
    plain = ("n", "active_days", "redeployments")
    intervals = ("interval_s_mean", "interval_s_median", "interval_s_p75", "interval_s_p90")
    return DeploymentFrequency(
        value=per_day if known else None,
        per_week=7 * per_day if known else None,
        **{name: (found[name] or 0) if known else None for name in plain},
        **{name: found[name] if known else None for name in intervals},
        quick_check=_quick_check("deployment_frequency", found["quick_check"]) if known else None,
        benchmark=_benchmark("deployment_frequency", found["quick_check"], year) if known else None,
        reason=why,
        definition=found["definition"],
    )


def _recovery(found: Mapping[str, Any], year: int | None, why: str | None) -> RecoveryTime:
    return RecoveryTime(
        **_durations(found),
        open=found["open"],
        open_oldest_s=found["open_oldest_s"],
        median_with_open=found["median_s_with_open"],
        negative=found["negative"],
        incidents=Durations(**_durations(found["incidents"])),
        quick_check=_quick_check("failed_deployment_recovery_time", found["quick_check"]),
        benchmark=_benchmark("failed_deployment_recovery_time", found["quick_check"], year),
        reason=None if found["n"] else why or ("Every failure is still open." if found["open"] else NO_FAILURE),
        definition=found["definition"],
    )


def _fail_rate(found: Mapping[str, Any], why: str | None) -> ChangeFailRate:
    return ChangeFailRate(
        **_share(found, why),
        n=found["n"] if why is None else None,
        without_remediations=Share(**_share(found["without_remediations"], why)),
        explicit=found["explicit"],
        inferred=found["inferred"],
        by_grade=found["by_grade"],
        not_yet_judgeable=found["not_yet_judgeable"],
        answers=_answers("change_fail_rate", found["value"]) if why is None else None,
        reason=why or found["reason"],
        definition=found["definition"],
    )


def _rework(found: Mapping[str, Any], why: str | None) -> ReworkRate:
    return ReworkRate(
        **_share(found, why),
        n=found["n"] if why is None else None,
        told_unplanned=found["told_unplanned"],
        planned_remediations=found["planned_remediations"],
        answers=_answers("deployment_rework_rate", found["value"]) if why is None else None,
        reason=why or found["reason"],
        definition=found["definition"],
    )


def _durations(found: Mapping[str, Any]) -> dict[str, Any]:
    names = {"median": "median_s", "p75": "p75_s", "p90": "p90_s", "ci95": "median_s_ci95"}
    plain = {"n": found["n"], "value": found["value"]}
    return plain | {name: found[inner] for name, inner in names.items()}


def _share(found: Mapping[str, Any], why: str | None) -> dict[str, Any]:
    return {name: found[name] if why is None else None for name in ("value", "numerator", "denominator", "ci95")}


def _quick_check(metric: Timed, band: Band | None) -> QuickCheck | None:
    if band is None:
        return None
    return QuickCheck(
        band=band,
        year=ANSWERS_YEAR,
        share_of_answers=share_of_answers(metric, band),
        share_slower=share_slower(metric, band),
    )


def _answers(metric: Rated, value: float | None) -> RateAnswers | None:
    if value is None:
        return None
    lower, upper, same, higher = answers_about(metric, value)
    return RateAnswers(year=ANSWERS_YEAR, lower=lower, upper=upper, share_of_answers=same, share_higher=higher)


def _benchmark(metric: Timed, band: Band | None, year: int | None) -> Benchmark | None:
    """The clusters of the named year; with the reason where there is not exactly one."""
    if year is None:
        return None
    if band is None:
        return Benchmark(year=year, clusters=[], reason="There was nothing to compare.")
    found = clusters(year, metric, band)
    reason = None
    if not found:
        reason = f"The clusters published for {year} leave a gap here."
    elif len(found) > 1:
        reason = f"The clusters published for {year} have the same range here."
    return Benchmark(year=year, clusters=list(found), reason=reason)


def _series(question: Question, measured: Measured, *, known: bool, fails: bool) -> list[SeriesPoint]:
    cut = keys.buckets(question.since, question.until, question.granularity, question.zone)
    parts = [
        CoreWindow(
            since=bucket.since.timestamp(),
            until=bucket.until.timestamp(),
            as_of=measured.window.as_of,
            zone=measured.window.zone,
        )
        for bucket in cut
    ]
    return [
        _point(question, part, bucket, known=known, fails=known and fails)
        for part, bucket in zip(split(measured, parts), cut, strict=True)
    ]


def _point(question: Question, part: Measured, bucket: keys.Bucket, *, known: bool, fails: bool) -> SeriesPoint:
    found = figures(part)
    frequency, lead = found["deployment_frequency"], found["change_lead_time"]
    fail, rework = found["change_fail_rate"], found["deployment_rework_rate"]
    return SeriesPoint(
        since=bucket.since,
        until=bucket.until,
        days=keys.calendar_days(bucket.since, bucket.until, question.zone),
        partial=bucket.partial,
        deployments=len(part.counted) if known else None,
        deployments_per_day=(frequency["value"] or 0.0) if known else None,
        active_days=(frequency["active_days"] or 0) if known else None,
        commits=lead["n"] if known and part.shipped.by else None,
        lead_time_s_median=lead["value"],
        failed=fail["numerator"] if fails else None,
        judgeable=fail["denominator"] if fails else None,
        change_fail_rate=fail["value"] if fails else None,
        recovery_s_median=found["failed_deployment_recovery_time"]["value"],
        rework=rework["numerator"] if fails else None,
        rework_rate=rework["value"] if fails else None,
    )


def _comparison(now: Metrics, question: Question, known: Known, earlier: Measured) -> list[Comparison]:
    """Beside the window before; null where either is unknown: a window that began before anything was known says 0.

    So does one in which nothing could tell of a failure, for it is judged like the window that is asked about.
    """
    observed = known.observed_since
    before = dict(figures(earlier)) if observed is not None and observed < question.since else {}
    if not _failures_are_seen(known, earlier):
        before = {name: each for name, each in before.items() if name not in RATED}
    found = []
    for name in METRICS:
        value = getattr(now, name).value
        was = before.get(name, {}).get("value") if value is not None or name != "deployment_frequency" else None
        change = None if value is None or was is None else value - was
        found.append(Comparison(metric=name, before=was, now=value, change=change))
    return found


def _exclusions(found: Mapping[str, Mapping[str, int]], known: Known) -> list[Exclusion]:
    parts = {**found, "deployments": {**found["deployments"], **known.attempts}}
    if not known.history.commits:  # no repository is connected: that every commit is missing says nothing more
        parts["commits"] = {}
    return [
        Exclusion.model_validate({"of": of, "reason": reason, "count": count})
        for of in ("deployments", "commits", "links")
        for reason, count in sorted(parts[of].items())
    ]


def _warnings(question: Question, known: Known) -> list[str]:
    found = []
    if question.service is None:
        found.append(ALL_SERVICES)
    first = known.observed_since
    if first is not None and question.since < first < question.until:
        day = first.astimezone(question.zone).date()
        found.append(f"Nothing is known from before {day}; the days before it count as days without a deployment.")
    if first is not None and not known.incidents and known.history.commits:
        found.append(ONLY_INFERRED)
    return found
