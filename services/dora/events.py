"""From reports to what they are about: reads one report, merges all reports about one deployment or incident.

Pure. The order in which reports arrive does not matter, and neither does a report that arrives twice: the state is
a function of the set of reports.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, TypeAlias, TypeVar

from services.dora.models import DeploymentReport, IncidentReport, Status

TimeQuality: TypeAlias = Literal["exact", "started", "received"]
IncidentStatus: TypeAlias = Literal["open", "resolved", "dismissed"]

Value = TypeVar("Value")

SHIPPED: frozenset[Status] = frozenset({"success", "rolled_back"})
INCIDENT_LIFE: tuple[IncidentStatus, ...] = ("open", "resolved", "dismissed")
# Where two reports carry the same time, the one further along a deployment's life is the newer one.
LIFE: tuple[Status, ...] = ("in_progress", "canceled", "failed", "success", "rolled_back")


@dataclass(frozen=True, slots=True)
class Component:
    """What a deployment shipped of one more repository."""

    repository: str
    commit_sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One deployment: what a single report says, or what several say together."""

    source: str
    service: str
    environment: str
    external_id: str | None
    version: str | None
    commit_sha: str | None
    repository: str | None
    status: Status
    started_at: datetime | None
    finished_at: datetime | None
    deployed_at: datetime | None
    time_quality: TimeQuality
    occurred_at: datetime
    planned: bool | None = None
    fixes: str | None = None
    team: str | None = None
    rolled_back_at: datetime | None = None
    components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One disturbance: what a single report says, or what several say together. A service of None is any of them."""

    source: str
    service: str | None
    environment: str
    external_id: str
    title: str | None
    status: IncidentStatus
    detected_at: datetime | None
    resolved_at: datetime | None
    caused_by: str | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A merged pull or merge request: the head behind a squash commit."""

    source: str
    repository: str
    external_id: str
    number: int
    head_sha: str
    merge_sha: str | None
    merged_at: datetime | None
    occurred_at: datetime
    labels: tuple[str, ...] = ()
    branch: str | None = None


def read_report(report: DeploymentReport, received_at: datetime) -> Deployment:
    """What one report of our own format says; a report without any time happened when it arrived."""
    finished_at = report.finished_at
    if finished_at is None and report.started_at is not None and report.duration_s is not None:
        finished_at = report.started_at + timedelta(seconds=report.duration_s)
    occurred_at, quality = _time(report, finished_at, received_at)
    return Deployment(
        source="own",
        service=report.service,
        environment=report.environment,
        external_id=report.deployment_id,
        version=report.version,
        commit_sha=report.commit_sha,
        repository=report.repository,
        status=report.status,
        started_at=report.started_at,
        finished_at=finished_at,
        deployed_at=occurred_at if report.status in SHIPPED else None,
        time_quality=quality,
        occurred_at=occurred_at,
        planned=report.planned,
        fixes=report.fixes,
        team=report.team,
        rolled_back_at=occurred_at if report.status == "rolled_back" else None,
        components=tuple(Component(each.repository, each.commit_sha) for each in report.components),
    )


def read_incident(report: IncidentReport, received_at: datetime) -> Incident:
    """What one report of an incident in our own format says; without a time it was detected when it arrived."""
    detected_at = report.detected_at or (None if report.resolved_at else received_at)
    return Incident(
        source="own",
        service=report.service,
        environment=report.environment,
        external_id=report.incident_id,
        title=report.title,
        status="open" if report.resolved_at is None else "resolved",
        detected_at=detected_at,
        resolved_at=report.resolved_at,
        caused_by=report.caused_by,
        occurred_at=report.resolved_at or detected_at or received_at,
    )


def _time(
    report: DeploymentReport, finished_at: datetime | None, received_at: datetime
) -> tuple[datetime, TimeQuality]:
    if (exact := report.deployed_at or finished_at) is not None:
        return exact, "exact"
    if report.started_at is not None:
        return report.started_at, "started"
    return received_at, "received"


def merge(reports: Iterable[Deployment]) -> Deployment:
    """The state after all reports about one deployment: the newest status, every field as last told.

    The environment changed when the *first* report of success says so: a roll-back told an hour later does not
    move the deployment an hour.
    """
    told = _by_age(reports)
    newest = told[-1]
    shipped = [each for each in told if each.deployed_at is not None]
    ran = newest.status in SHIPPED and bool(shipped)
    placed = shipped[0] if ran else newest
    return Deployment(
        source=newest.source,
        service=newest.service,
        environment=newest.environment,
        external_id=newest.external_id,
        version=_last(each.version for each in told),
        commit_sha=_last(each.commit_sha for each in told),
        repository=_last(each.repository for each in told),
        status=newest.status,
        started_at=_last(each.started_at for each in told),
        finished_at=_last(each.finished_at for each in told),
        deployed_at=placed.occurred_at if ran else None,
        time_quality=placed.time_quality,
        occurred_at=placed.occurred_at,
        planned=_last(each.planned for each in told),
        fixes=_last(each.fixes for each in told),
        team=_last(each.team for each in told),
        rolled_back_at=_last(each.rolled_back_at for each in told) if newest.status == "rolled_back" else None,
        components=_last(each.components or None for each in told) or (),
    )


def merge_incident(reports: Iterable[Incident]) -> Incident:
    """The state after all reports about one incident: detected when the first says, resolved since the last opening.

    A report that only resolves does not move the detection; one that opens again takes the resolution back.
    """
    told = sorted(reports, key=lambda each: (each.occurred_at, INCIDENT_LIFE.index(each.status), repr(each)))
    newest = told[-1]
    closing: list[Incident] = []
    for each in told:
        closing = [*closing, each] if each.status == "resolved" else []
    detected = [each.detected_at for each in told if each.detected_at is not None]
    return replace(
        newest,
        title=_last(each.title for each in told),
        detected_at=min(detected, default=None) or told[0].occurred_at,
        resolved_at=closing[0].resolved_at if closing else None,
        caused_by=_last(each.caused_by for each in told),
    )


def _by_age(reports: Iterable[Deployment]) -> list[Deployment]:
    """Oldest first, in an order that is total: whatever order they come in, it is the same."""
    told = sorted(reports, key=_age)
    if any(_age(one) == _age(other) for one, other in pairwise(told)):
        # Equal texts are duplicates, and any order of duplicates is the same. A text costs more than all the rest.
        told.sort(key=lambda each: (*_age(each), repr(each)))
    return told


def _age(report: Deployment) -> tuple[datetime, int]:
    return report.occurred_at, LIFE.index(report.status)


def _last(values: Iterable[Value | None]) -> Value | None:
    found = [value for value in values if value is not None]
    return found[-1] if found else None
