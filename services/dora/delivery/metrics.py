"""The five delivery metrics with their evidence. Pure: the same events, commits and rules give the same answer."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from operator import attrgetter
from typing import Any, Literal
from zoneinfo import ZoneInfo

from services.dora.delivery.failures import Evidence, Judged, judge
from services.dora.delivery.figures import band, percentile, share, spread, survival_median
from services.dora.delivery.lead import Change, Lead, lead_times
from services.dora.delivery.model import DAY_S, Deployment, History, Incident, Rules, Window, in_order
from services.dora.delivery.shipping import Shipped, ship

CLOCK_SKEW_S = 300  # a sender's clock may be this far ahead

DEFINITIONS: Mapping[str, str] = {
    "change_lead_time": "From the author date of a commit to the first production deployment that contains it.",
    "deployment_frequency": "Deployments that changed the environment, over all calendar days of the window.",
    "failed_deployment_recovery_time": "From a deployment that failed to the moment the service had recovered.",
    "change_fail_rate": "Deployments that needed immediate intervention, divided by deployments.",
    "deployment_rework_rate": "Unplanned deployments that repaired an earlier one, divided by deployments.",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that stands behind one answer; `report()` is its JSON."""

    window: Window
    rules: Rules
    deployments: Sequence[Deployment]
    counted: Sequence[Deployment]
    redeployments: frozenset[str]
    left_out: Sequence[tuple[Deployment, str]]
    shipped: Shipped
    judged: Judged
    lead: Lead
    incidents: Sequence[Incident]

    @property
    def excluded(self) -> Mapping[str, int]:
        """Deployments left out, by reason."""
        return dict(sorted(Counter(reason for _, reason in self.left_out).items()))


def measure(
    history: History,
    deployments: Sequence[Deployment],
    incidents: Sequence[Incident] = (),
    *,
    window: Window,
    rules: Rules | None = None,
) -> Measured:
    """Judge everything known, then take the window out: a failure after the window still tells about it."""
    chosen = rules or Rules()
    ordered = in_order(deployments)
    known = [each for each in ordered if each.at <= window.as_of + CLOCK_SKEW_S]
    shipped = ship(history, known)
    judged = judge(Evidence(known, incidents, history, shipped, chosen))
    again = redeployments(known)
    within = [each for each in known if window.since <= each.at < window.until]
    skipped = frozenset() if chosen.count_redeployments else again
    future = [(each, "in_the_future") for each in ordered if each.at > window.as_of + CLOCK_SKEW_S]
    return Measured(
        window,
        chosen,
        known,
        [each for each in within if each.id not in skipped],
        again,
        [*((each, "redeployment") for each in within if each.id in skipped), *future],
        shipped,
        judged,
        lead_times(history, known, shipped, window=window, rules=chosen),
        incidents,
    )


def redeployments(known: Sequence[Deployment]) -> frozenset[str]:
    """Deployments, in order of time, of what already ran in their service and environment."""
    running: dict[tuple[str, str], tuple[str, ...] | None] = {}
    found = []
    for each in known:
        stream = (each.service, each.environment)
        if each.artefact is not None and running.get(stream) == each.artefact:
            found.append(each.id)
        running[stream] = each.artefact
    return frozenset(found)


def split(measured: Measured, windows: Sequence[Window]) -> list[Measured]:
    """The same judgement over parts of the window, which come in order of time and do not overlap: one series."""
    starts = [window.since for window in windows]
    places = {each.id: bisect_right(starts, each.at) - 1 for each in measured.counted}
    counted: defaultdict[int, list[Deployment]] = defaultdict(list)
    changes: defaultdict[int, list[Change]] = defaultdict(list)
    for each in measured.counted:
        counted[places[each.id]].append(each)
    for change in measured.lead.changes:
        if change.deployment in places:
            changes[places[change.deployment]].append(change)
    return [
        replace(
            measured,
            window=window,
            counted=[each for each in counted[place] if each.at < window.until],
            lead=replace(measured.lead, changes=tuple(changes[place])),
        )
        for place, window in enumerate(windows)
    ]


def report(measured: Measured) -> dict[str, Any]:
    """The answer as JSON: every number with n, its interval, what it leaves out, and the links behind it."""
    ids = {each.id for each in measured.counted}
    return {
        "window": {
            "from": iso(measured.window.since),
            "to": iso(measured.window.until),
            "as_of": iso(measured.window.as_of),
            "zone": measured.window.zone,
            "days": _days(measured.window),
        },
        "metrics": figures(measured),
        "exclusions": {
            "deployments": dict(measured.excluded),
            "commits": dict(measured.lead.excluded),
            "links": {reason: count for reason, count in sorted(measured.judged.unlinked.items()) if count},
        },
        "failures": [_link(link) for link in measured.judged.links if link.failed in ids],
        "rules": asdict(measured.rules),
        "percentiles": "linear interpolation",
    }


def figures(measured: Measured) -> dict[str, Any]:
    """The five metrics by name."""
    return {
        "change_lead_time": _named("change_lead_time", _lead(measured.lead)),
        "deployment_frequency": _named("deployment_frequency", _frequency(measured)),
        "failed_deployment_recovery_time": _named("failed_deployment_recovery_time", _recovery(measured)),
        "change_fail_rate": _named("change_fail_rate", _fail_rate(measured)),
        "deployment_rework_rate": _named("deployment_rework_rate", _rework(measured)),
    }


def _named(metric: str, figures: Mapping[str, Any]) -> dict[str, Any]:
    return {**figures, "definition": DEFINITIONS[metric]}


def _link(link: Any) -> dict[str, Any]:
    recovered = None if link.recovered_at is None else iso(link.recovered_at)
    return {**asdict(link), "recovered_at": recovered}


def durations(values: Sequence[float]) -> dict[str, Any]:
    """n, median, p75, p90, the interval of the median and the Quick Check band; null of nothing."""
    found = spread(values)
    return {
        "unit": "s",
        "n": found.n,
        "value": found.median,
        "median_s": found.median,
        "p75_s": found.p75,
        "p90_s": found.p90,
        "median_s_ci95": None if found.ci95 is None else list(found.ci95),
        "quick_check": band(found.median),
        "reason": None if found.n else "no data in this window",
    }


def _lead(lead: Lead) -> dict[str, Any]:
    pulls = sorted(_medians([each for each in lead.changes if each.pull is not None], "pull"))
    return {
        **durations([each.lead_s for each in lead.changes]),
        "by_committer_date": durations([each.committer_lead_s for each in lead.changes]),
        "per_deployment_median_s": percentile(sorted(_medians(lead.changes, "deployment")), 0.5),
        "per_pull_request_median_s": percentile(pulls, 0.5),
        "pull_requests": len(pulls),
        "squash": {"commits": lead.squash_commits, "recovered": lead.squash_recovered},
        "waiting": {"commits": lead.waiting, "oldest_s": lead.waiting_oldest_s},
    }


def _medians(changes: Sequence[Change], group: Literal["deployment", "pull"]) -> list[float]:
    by: dict[Any, list[float]] = {}
    of = attrgetter(group)
    for each in changes:
        by.setdefault(of(each), []).append(each.lead_s)
    return [median for values in by.values() if (median := percentile(sorted(values), 0.5)) is not None]


def _frequency(measured: Measured) -> dict[str, Any]:
    times = sorted(each.at for each in measured.counted)
    days = _days(measured.window)
    observed = any(each.at < measured.window.until for each in measured.deployments)
    gaps = sorted(later - earlier for earlier, later in pairwise(times))
    return {
        "unit": "deployments_per_day",
        "n": len(times) if observed else None,
        "value": len(times) / days if observed and days > 0 else None,
        "active_days": len({_day(time, measured.window.zone) for time in times}) if observed else None,
        "redeployments": sum(each.id in measured.redeployments for each in measured.counted) if observed else None,
        # The window over the count, not the mean of the gaps: five in one afternoon do not make a busy month.
        "interval_s_mean": days * DAY_S / len(times) if times else None,
        "interval_s_median": percentile(gaps, 0.5),
        "interval_s_p75": percentile(gaps, 0.75),
        "interval_s_p90": percentile(gaps, 0.9),
        "quick_check": _frequency_band(days * DAY_S / len(times)) if times else None,
        "reason": None if observed else "no deployment is known up to the end of this window",
    }


def _frequency_band(interval_s: float) -> str:
    named = band(interval_s - 1e-6) or ""
    return {"less_than_hour": "on_demand", "more_than_half_year": "less_than_half_yearly"}.get(named, named)


def _fail_rate(measured: Measured) -> dict[str, Any]:
    judgeable = [each for each in measured.counted if each.at <= measured.window.as_of - measured.rules.judge_after_s]
    failed = [link for each in judgeable if (link := measured.judged.failed.get(each.id)) is not None]
    repairs = measured.judged.remediations
    planned = [each for each in judgeable if each.id not in repairs]
    explicit = sum(link.grade == "explicit" for link in failed)
    return {
        "unit": "ratio",
        "n": len(judgeable),
        **share(len(failed), len(judgeable)).as_dict(),
        "without_remediations": share(
            sum(each.id in measured.judged.failed for each in planned), len(planned)
        ).as_dict(),
        "explicit": explicit,
        "inferred": len(failed) - explicit,
        "by_grade": dict(sorted(Counter(link.grade for link in failed).items())),
        "not_yet_judgeable": len(measured.counted) - len(judgeable),
        "reason": None if judgeable else "no deployment of this window can be judged yet",
    }


def _recovery(measured: Measured) -> dict[str, Any]:
    ended: list[float] = []
    still: list[float] = []
    negative = 0
    for each in measured.counted:
        link = measured.judged.failed.get(each.id)
        if link is None:
            continue
        if link.recovered_at is None or link.recovered_at > measured.window.as_of:
            still.append(max(0.0, measured.window.as_of - each.at))
        elif link.recovered_at < each.at:
            negative += 1
        else:
            ended.append(link.recovered_at - each.at)
    return {
        **durations(ended),
        "open": len(still),
        "open_oldest_s": max(still, default=None),
        "median_s_with_open": survival_median(ended, still),
        "negative": negative,
        "incidents": durations(_incident_s(measured)),
    }


def _incident_s(measured: Measured) -> list[float]:
    """Detected to resolved, whatever the cause: another number, kept apart."""
    return [
        each.resolved_at - each.detected_at
        for each in measured.incidents
        if each.resolved_at is not None
        and each.resolved_at >= each.detected_at
        and measured.window.since <= each.detected_at < measured.window.until
    ]


def _rework(measured: Measured) -> dict[str, Any]:
    repairs = measured.judged.remediations
    rework = [each for each in measured.counted if each.id in repairs and each.planned is not True]
    return {
        "unit": "ratio",
        "n": len(measured.counted),
        **share(len(rework), len(measured.counted)).as_dict(),
        "told_unplanned": sum(each.planned is False for each in rework),
        "planned_remediations": sum(each.id in repairs and each.planned is True for each in measured.counted),
        "reason": None if measured.counted else "no deployment in this window",
    }


def _days(window: Window) -> float:
    """Days on the wall: a day of 23 or 25 hours is one day."""
    since, until = (_wall(at, window.zone).replace(tzinfo=None) for at in (window.since, window.until))
    return max(0.0, (until - since).total_seconds() / DAY_S)


def _day(at: float, zone: str) -> date:
    return _wall(at, zone).date()


def _wall(at: float, zone: str) -> datetime:
    return datetime.fromtimestamp(at, UTC if zone == "UTC" else ZoneInfo(zone))


def iso(at: float) -> str:
    """A time as RFC 3339 in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
