"""GitHub, Gitea and Forgejo: deployment statuses, releases, workflow runs, issues, pull requests. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from services.dora.events import Deployment, Incident, IncidentStatus, PullRequest
from services.dora.models import Status
from services.dora.webhooks.fields import NotUnderstoodError, dig, flag, items, long_text, names, need, sha, text, time
from services.dora.webhooks.told import Delivery, Fact, IrrelevantError, cause_in, environment_of, is_like, service_of

STATES: Final[Mapping[str, Status]] = {
    "success": "success",
    "failure": "failed",
    "error": "failed",
    "in_progress": "in_progress",
    "queued": "in_progress",
    "pending": "in_progress",
    "waiting": "in_progress",
}
CONCLUSIONS: Final[Mapping[str, Status]] = {
    "success": "success",
    "failure": "failed",
    "timed_out": "failed",
    "startup_failure": "failed",
    "cancelled": "canceled",
    "skipped": "canceled",
}
ACTION_RUNS: Final[Mapping[str, Status]] = {
    "action_run_success": "success",
    "action_run_recover": "success",
    "action_run_failure": "failed",
}
ISSUES: Final[Mapping[str, IncidentStatus]] = {
    "opened": "open",
    "reopened": "open",
    "labeled": "open",
    "label_updated": "open",
    "closed": "resolved",
    "unlabeled": "dismissed",
    "label_cleared": "dismissed",
    "deleted": "dismissed",
    "transferred": "dismissed",
}


def understand(delivery: Delivery, source: str) -> list[Fact]:
    """What a delivery of one of the three tells; IrrelevantError or NotUnderstoodError with the reason."""
    if delivery.kind in ACTION_RUNS:
        return [_action_run(delivery, source)]
    reader = READERS.get(delivery.kind)
    if reader is None:
        raise IrrelevantError(f"{delivery.kind} says nothing about deployments or incidents")
    return [reader(delivery, source)]


def _repository(body: Any) -> str:
    return need(body, "repository.full_name")


def _deployment_status(delivery: Delivery, source: str) -> Fact:
    body = delivery.body
    state = need(body, "deployment_status.state")
    if state == "inactive":
        raise IrrelevantError("a deployment became inactive because a newer one took its place")
    status = STATES.get(state)
    if status is None:
        raise NotUnderstoodError(f"deployment_status.state has the unknown value {state[:40]!r}")
    named = text(body, "deployment_status.environment") or text(body, "deployment.environment")
    repository = _repository(body)
    return _deployment(
        source=source,
        service=service_of(text(body, "deployment.payload.service") or repository),
        environment="production" if flag(body, "deployment.production_environment") else environment_of(named),
        external_id=need(body, "deployment.id"),
        version=text(body, "deployment.ref"),
        commit_sha=sha(body, "deployment.sha"),
        repository=repository,
        status=status,
        # The status's own time: the deployment's updated_at moves with every later status.
        at=time(body, "deployment_status.created_at"),
        started_at=time(body, "deployment.created_at"),
        received_at=delivery.received_at,
    )


def _release(delivery: Delivery, source: str) -> Fact:
    """Gitea and Forgejo have no event for deployments: a published release is the nearest thing."""
    body = delivery.body
    if source == "github":
        raise IrrelevantError("a release is not a deployment; report it with deployment_status")
    if text(body, "action") != "published" or flag(body, "release.draft") or flag(body, "release.prerelease"):
        raise IrrelevantError("only a published release that is neither a draft nor a pre-release is a deployment")
    repository = _repository(body)
    tag = need(body, "release.tag_name")
    return _deployment(
        source=source,
        service=service_of(repository),
        environment="production",
        external_id=f"release:{tag}",
        version=tag,
        commit_sha=sha(body, "release.sha") or sha(body, "release.target_commitish"),
        repository=repository,
        status="success",
        at=time(body, "release.published_at") or time(body, "release.created_at"),
        started_at=None,
        received_at=delivery.received_at,
    )


def _workflow_run(delivery: Delivery, source: str) -> Fact:
    body = delivery.body
    name = text(body, "workflow_run.name") or text(body, "workflow.name") or text(body, "workflow_run.path") or ""
    if source == "github":
        raise IrrelevantError("a finished workflow is not a deployment; let it report a deployment_status")
    if not is_like(name, delivery.reading.deploy_jobs):
        raise IrrelevantError(f"the workflow {name[:80]!r} is not named like a deployment")
    status = CONCLUSIONS.get(text(body, "workflow_run.conclusion") or "")
    if status is None:
        raise IrrelevantError("the workflow is not finished")
    repository = _repository(body)
    return _deployment(
        source=source,
        service=service_of(repository),
        environment="production",
        external_id=f"run:{need(body, 'workflow_run.id')}",
        version=None,
        commit_sha=sha(body, "workflow_run.head_sha"),
        repository=repository,
        status=status,
        at=time(body, "workflow_run.completed_at") or time(body, "workflow_run.updated_at"),
        started_at=time(body, "workflow_run.run_started_at") or time(body, "workflow_run.started_at"),
        received_at=delivery.received_at,
    )


def _action_run(delivery: Delivery, source: str) -> Fact:
    """Forgejo: a run failed, succeeded, or succeeded after one that failed."""
    body = delivery.body
    name = text(body, "run.workflow_id") or text(body, "run.title") or ""
    if not is_like(name, delivery.reading.deploy_jobs):
        raise IrrelevantError(f"the workflow {name[:80]!r} is not named like a deployment")
    repository = text(body, "run.repository.full_name") or _repository(body)
    return _deployment(
        source=source,
        service=service_of(repository),
        environment="production",
        external_id=f"run:{need(body, 'run.id')}",
        version=None,
        commit_sha=sha(body, "run.commit_sha"),
        repository=repository,
        status=ACTION_RUNS[delivery.kind],
        at=time(body, "run.stopped") or time(body, "run.updated"),
        started_at=time(body, "run.started"),
        received_at=delivery.received_at,
    )


def _issue(delivery: Delivery, source: str) -> Fact:
    body = delivery.body
    action = need(body, "action")
    status = ISSUES.get(action)
    if status is None:
        raise IrrelevantError(f"the action {action[:40]!r} does not change an incident")
    labels = [name for each in items(body, "issue.labels") if (name := text(each, "name"))]
    marked = any(is_like(name, delivery.reading.incident_labels) for name in labels)
    taken = is_like(text(body, "label.name") or "", delivery.reading.incident_labels)
    if not marked and not (status == "dismissed" and taken):
        raise IrrelevantError("the issue has no label that makes it an incident")
    if marked and action in {"unlabeled", "label_cleared"}:
        raise IrrelevantError("the issue stays an incident")
    if text(body, "issue.state") == "closed" and status == "open":
        status = "resolved"
    detected_at = time(body, "issue.created_at")
    closed_at = time(body, "issue.closed_at")
    repository = _repository(body)
    return Incident(
        source=source,
        service=service_of(repository),
        environment="production",
        external_id=f"{repository}#{need(body, 'issue.number')}",
        title=text(body, "issue.title"),
        status=status,
        detected_at=detected_at,
        resolved_at=(closed_at or delivery.received_at) if status == "resolved" else None,
        caused_by=cause_in(long_text(body, "issue.body")),
        occurred_at=(closed_at if status == "resolved" else None)
        or time(body, "issue.updated_at")
        or detected_at
        or delivery.received_at,
    )


def _pull_request(delivery: Delivery, source: str) -> Fact:
    """Where a squash commit came from. `merge_commit_sha` is there before the merge too and says nothing by itself."""
    body = delivery.body
    if text(body, "action") != "closed" or not flag(body, "pull_request.merged"):
        raise IrrelevantError("only a merged pull request tells about commits")
    number = dig(body, "pull_request.number")
    head = sha(body, "pull_request.head.sha")
    if head is None or isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 10**9:
        raise NotUnderstoodError("pull_request.number or pull_request.head.sha is missing")
    repository = _repository(body)
    return PullRequest(
        source=source,
        repository=repository,
        external_id=f"{repository}!{number}",
        number=number,
        head_sha=head,
        merge_sha=sha(body, "pull_request.merge_commit_sha"),
        merged_at=time(body, "pull_request.merged_at"),
        occurred_at=time(body, "pull_request.merged_at") or delivery.received_at,
        labels=names(body, "pull_request.labels", "name"),
        branch=text(body, "pull_request.head.ref"),
    )


def _ping(_: Delivery, __: str) -> Fact:
    raise IrrelevantError("a ping: the secret is right")


def _push(_: Delivery, __: str) -> Fact:
    raise IrrelevantError("a push ships nothing by itself; commits are read from the repository")


def _deployment(
    *, at: datetime | None, received_at: datetime, status: Status, started_at: datetime | None, **fields: Any
) -> Deployment:
    occurred_at = at or received_at
    shipped = status == "success"
    return Deployment(
        **fields,
        status=status,
        started_at=started_at if started_at is None or started_at <= occurred_at else None,
        finished_at=None if status == "in_progress" else at,
        deployed_at=occurred_at if shipped else None,
        time_quality="received" if at is None else "exact",
        occurred_at=occurred_at,
    )


deployment = _deployment

READERS: Final[Mapping[str, Callable[[Delivery, str], Fact]]] = {
    "deployment_status": _deployment_status,
    "release": _release,
    "workflow_run": _workflow_run,
    "issues": _issue,
    "pull_request": _pull_request,
    "ping": _ping,
    "push": _push,
}
