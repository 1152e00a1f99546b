"""GitLab: deployment hooks, incidents, merge requests. Pure."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.dora.events import Incident, IncidentStatus, PullRequest
from services.dora.models import Environment, Status
from services.dora.webhooks.fields import (
    NotUnderstoodError,
    clean,
    commit,
    dig,
    items,
    long_text,
    names,
    need,
    sha,
    text,
    time,
)
from services.dora.webhooks.forges import deployment
from services.dora.webhooks.told import Delivery, Fact, IrrelevantError, cause_in, environment_of, is_like, service_of

STATUSES: Final[Mapping[str, Status]] = {
    "success": "success",
    "failed": "failed",
    "canceled": "canceled",
    "running": "in_progress",
    "created": "in_progress",
    "blocked": "in_progress",
}
TIERS: Final[Mapping[str, Environment]] = {
    "production": "production",
    "staging": "staging",
    "testing": "testing",
    "development": "development",
}
ACTIONS: Final[Mapping[str, IncidentStatus]] = {
    "open": "open",
    "reopen": "open",
    "update": "open",
    "close": "resolved",
}


def understand(delivery: Delivery) -> list[Fact]:
    """What a delivery of GitLab tells; IrrelevantError or NotUnderstoodError with the reason."""
    kind = text(delivery.body, "object_kind") or delivery.kind
    reader = READERS.get(kind)
    if reader is None:
        raise IrrelevantError(f"{kind[:60]} says nothing about deployments or incidents")
    return [reader(delivery)]


def _project(body: Any) -> str:
    return need(body, "project.path_with_namespace")


def _deployment(delivery: Delivery) -> Fact:
    body = delivery.body
    told = need(body, "status")
    if told == "skipped":
        raise IrrelevantError("the deployment was skipped")
    status = STATUSES.get(told)
    if status is None:
        raise NotUnderstoodError(f"status has the unknown value {told[:40]!r}")
    tier = TIERS.get(text(body, "environment_tier") or "")
    project = _project(body)
    return deployment(
        source="gitlab",
        service=service_of(project),
        environment=tier or environment_of(text(body, "environment")),
        external_id=need(body, "deployment_id"),
        version=text(body, "ref"),
        # The whole name of the commit stands only at the end of its address.
        commit_sha=commit(clean((text(body, "commit_url") or "").rpartition("/")[2], 64)) or sha(body, "short_sha"),
        repository=project,
        status=status,
        at=time(body, "status_changed_at"),
        started_at=None,
        received_at=delivery.received_at,
    )


def _issue(delivery: Delivery) -> Fact:
    body = delivery.body
    if not _is_incident(body, delivery):
        raise IrrelevantError("the issue is not of the type incident and has no label that makes it one")
    action = text(body, "object_attributes.action") or ""
    closed = text(body, "object_attributes.state") == "closed"
    status: IncidentStatus = "resolved" if closed else ACTIONS.get(action, "open")
    detected_at = time(body, "object_attributes.created_at")
    updated_at = time(body, "object_attributes.updated_at")
    closed_at = time(body, "object_attributes.closed_at")
    project = _project(body)
    resolved_at = (closed_at or updated_at or delivery.received_at) if status == "resolved" else None
    return Incident(
        source="gitlab",
        service=service_of(project),
        environment="production",
        external_id=f"{project}#{need(body, 'object_attributes.iid')}",
        title=text(body, "object_attributes.title"),
        status=status,
        detected_at=detected_at,
        resolved_at=resolved_at,
        caused_by=cause_in(long_text(body, "object_attributes.description")),
        occurred_at=resolved_at or updated_at or detected_at or delivery.received_at,
    )


def _is_incident(body: Any, delivery: Delivery) -> bool:
    kind = (text(body, "object_attributes.type") or text(body, "object_attributes.issue_type") or "").lower()
    labels = [*items(body, "object_attributes.labels"), *items(body, "labels")]
    marked = (is_like(text(each, "title") or "", delivery.reading.incident_labels) for each in labels)
    return kind == "incident" or any(marked)


def _merge_request(delivery: Delivery) -> Fact:
    body = delivery.body
    if text(body, "object_attributes.state") != "merged":
        raise IrrelevantError("only a merged merge request tells about commits")
    number = dig(body, "object_attributes.iid")
    head = sha(body, "object_attributes.last_commit.id")
    if head is None or isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 10**9:
        raise NotUnderstoodError("object_attributes.iid or object_attributes.last_commit.id is missing")
    project = _project(body)
    merged_at = time(body, "object_attributes.merged_at") or time(body, "object_attributes.updated_at")
    return PullRequest(
        source="gitlab",
        repository=project,
        external_id=f"{project}!{number}",
        number=number,
        head_sha=head,
        merge_sha=sha(body, "object_attributes.squash_commit_sha") or sha(body, "object_attributes.merge_commit_sha"),
        merged_at=merged_at,
        occurred_at=merged_at or delivery.received_at,
        labels=names(body, "labels", "title"),
        branch=text(body, "object_attributes.source_branch"),
    )


def _pipeline(_: Delivery) -> Fact:
    raise IrrelevantError("a finished pipeline is not a deployment; deployments have a hook of their own")


def _push(_: Delivery) -> Fact:
    raise IrrelevantError("a push ships nothing by itself; commits and tags are read from the repository")


READERS: Final[Mapping[str, Callable[[Delivery], Fact]]] = {
    "deployment": _deployment,
    "issue": _issue,
    "incident": _issue,
    "work_item": _issue,
    "merge_request": _merge_request,
    "pipeline": _pipeline,
    "build": _pipeline,
    "push": _push,
    "tag_push": _push,
}
