"""From rows of the database to the engine's judgement. Pure: the same rows, commits and rules, the same numbers."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.dora.delivery.metrics import Measured, measure
from services.dora.delivery.model import Commit, Deployment, History, Incident, Rules, Window
from services.dora.delivery.shipping import resolve
from services.dora.delivery.tags import select
from services.dora.models import Granularity, Status

REASONS: Mapping[Status, str] = {
    "in_progress": "in_progress",
    "failed": "failed_before_reaching_the_environment",
    "canceled": "canceled",
}
PULLS_OF_ONE = 10**9  # numbers of pull requests are moved apart by repository; no host has counted so far


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was asked, with every default filled in; `until` and `as_of` are never beyond the present."""

    service: str | None
    environment: str
    team: str | None = None
    repository: str | None = None
    since: datetime
    until: datetime
    as_of: datetime
    judged_now: bool = True
    granularity: Granularity
    zone: ZoneInfo
    count_redeployments: bool = True
    benchmark_year: int | None = None
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known about the question. `attempts`: reports of the window that never reached the environment."""

    deployments: Sequence[Deployment]
    incidents: Sequence[Incident]
    history: History
    attempts: Mapping[str, int]
    observed_since: datetime | None
    data_as_of: datetime | None
    repositories: Sequence[str] = ()


def judged(question: Question, known: Known) -> Measured:
    """The engine's judgement of the window."""
    return measure(
        known.history,
        known.deployments,
        known.incidents,
        window=window(question),
        rules=replace(question.rules, count_redeployments=question.count_redeployments),
    )


def before(question: Question) -> Question:
    """The same question about the window of the same length that ends where this one begins."""
    return replace(question, since=question.since - (question.until - question.since), until=question.since)


def window(question: Question) -> Window:
    return Window(
        since=question.since.timestamp(),
        until=question.until.timestamp(),
        as_of=question.as_of.timestamp(),
        zone=question.zone.key,
    )


def deployment(row: Any, history: History) -> Deployment:
    """A row of dora.deployments that reached its environment; its commits by their whole names where they are known."""
    told = [row["commit_sha"], *(each["commit_sha"] for each in json.loads(row["components"]))]
    back = row["rolled_back_at"]
    return Deployment(
        id=str(row["deployment_id"]),
        name=row["external_id"],
        at=row["deployed_at"].timestamp(),
        service=row["service"],
        environment=row["environment"],
        shas=tuple(dict.fromkeys(resolve(history, sha) or sha for sha in told if sha is not None)),
        version=row["version"],
        time_quality=row["time_quality"],
        planned=row["planned"],
        fixes=row["fixes"],
        rolled_back_at=None if back is None else back.timestamp(),
    )


def incident(row: Any) -> Incident:
    """A row of dora.incidents that was not dismissed."""
    resolved_at = row["resolved_at"]
    return Incident(
        id=str(row["incident_id"]),
        detected_at=row["detected_at"].timestamp(),
        service=row["service"],
        environment=row["environment"],
        resolved_at=None if resolved_at is None else resolved_at.timestamp(),
        caused_by=row["caused_by"],
    )


def attempts(rows: Sequence[Any]) -> Mapping[str, int]:
    """Reports that never reached the environment, by reason, from counts by status."""
    found: Counter[str] = Counter()
    for row in rows:
        if row["status"] in REASONS:
            found[REASONS[row["status"]]] += row["reported"]
    return dict(found)


def concerns(row: Any, question: Question) -> bool:
    """Whether a repository may hold commits of what was asked."""
    of_service = None in (row["service"], question.service) or row["service"] == question.service
    return of_service and question.repository in (None, row["name"])


def with_tags(question: Question, known: Known, repositories: Sequence[tuple[Any, History]]) -> Known:
    """Add the deployments that tags tell of, where a repository says so, and the names of all repositories."""
    made = [
        each
        for row, history in repositories
        if row["tags"] and question.environment == "production" and question.team is None
        for each in select(history, row["tags"], service=row["service"])
        if question.judged_now or each.at <= question.as_of.timestamp()
    ]
    first = min(
        [moment(each.at) for each in made] + ([known.observed_since] if known.observed_since else []), default=None
    )
    return replace(
        known,
        deployments=[*known.deployments, *made],
        observed_since=first,
        repositories=[row["name"] for row, _ in repositories],
    )


def together(histories: Sequence[History], merged: Sequence[Mapping[int, str]] = ()) -> History:
    """Several repositories as one: commits have names of their own, numbers of pull requests are moved apart.

    `merged`: per repository the heads of pull requests that events told about, where its refs do not.
    """
    if not histories:
        return History({})
    whole = [_with_pulls(each, merged[place] if merged else {}) for place, each in enumerate(histories)]
    if len(whole) == 1:
        return whole[0]
    commits: dict[str, Commit] = {}
    pulls: dict[int, str] = {}
    for place, each in enumerate(whole):
        apart = place * PULLS_OF_ONE
        for sha, commit in each.commits.items():
            commits[sha] = commit if commit.pull is None else commit._replace(pull=commit.pull + apart)
        pulls |= {number + apart: sha for number, sha in each.pulls.items()}
    tags = tuple(tag for each in whole for tag in each.tags)
    return History(commits, tags, pulls, None)


def told_of_merges(history: History, merged: Sequence[Any]) -> History:
    """Add labels and branches of merged pull requests to the commits that merged them (`merge_sha`)."""
    known = [each for each in merged if each["merge_sha"] in history.commits]
    labels = {each["merge_sha"]: tuple(each["labels"]) for each in known if each["labels"]}
    branches = {each["merge_sha"]: each["branch"] for each in known if each["branch"]}
    return replace(history, labels=labels, branches=branches) if labels or branches else history


def _with_pulls(history: History, told: Mapping[int, str]) -> History:
    more = {number: sha for number, sha in told.items() if number not in history.pulls and sha in history.commits}
    return replace(history, pulls={**history.pulls, **more}) if more else history


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
