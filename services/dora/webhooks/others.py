"""Jenkins (Notification plugin), CDEvents over CloudEvents, Alertmanager. Pure."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote

from services.dora.events import Incident, IncidentStatus
from services.dora.models import Status
from services.dora.webhooks.fields import NotUnderstoodError, commit, dig, items, long_text, need, sha, text, time
from services.dora.webhooks.forges import deployment
from services.dora.webhooks.told import Delivery, Fact, IrrelevantError, cause_in, environment_of, is_like, service_of

BUILDS: Final[Mapping[str, Status]] = {
    "SUCCESS": "success",
    "FAILURE": "failed",
    "UNSTABLE": "failed",
    "ABORTED": "canceled",
    "NOT_BUILT": "canceled",
}
ENVIRONMENT_PARAMETERS: Final = ("ENVIRONMENT", "DEPLOY_ENV", "TARGET_ENV", "ENV", "environment", "AMBIENTE", "ENTORNO")
SERVICE_PARAMETERS: Final = ("SERVICE", "SERVICE_NAME", "service", "SERVICIO")
VERSION_PARAMETERS: Final = ("VERSION", "TAG", "version", "RELEASE")
DURATION_MS_MAX: Final = 30 * 86_400_000  # a build of a month is a forgotten one
ALERTS_MAX: Final = 1_000  # of one group; Alertmanager itself cuts far lower where asked to

CD_TYPE: Final = re.compile(r"^dev\.cdevents\.([a-z]+)\.([a-z]+)\.(\d+)\.(\d+)\.")
CD_SERVICES: Final[Mapping[str, Status]] = {"deployed": "success", "upgraded": "success", "rolledback": "success"}
CD_INCIDENTS: Final[Mapping[str, IncidentStatus]] = {"detected": "open", "reported": "open", "resolved": "resolved"}
ENDLESS_YEAR: Final = "0001-01-01"


def jenkins(delivery: Delivery) -> list[Fact]:
    """A finished build of a job that deploys."""
    body = delivery.body
    phase = need(body, "build.phase")
    if phase != "COMPLETED":
        raise IrrelevantError(f"the phase {phase[:20]} is told again as COMPLETED, with the end of the build")
    job = need(body, "name")
    where = _parameter(body, ENVIRONMENT_PARAMETERS)
    if where is None and not is_like(job, delivery.reading.deploy_jobs):
        raise IrrelevantError(
            f"the job {job[:80]!r} neither has a parameter ENVIRONMENT nor is named like a deployment"
        )
    told = need(body, "build.status")
    status = BUILDS.get(told)
    if status is None:
        raise NotUnderstoodError(f"build.status has the unknown value {told[:40]!r}")
    end = time(body, "build.timestamp")
    return [
        deployment(
            source="jenkins",
            service=service_of(_parameter(body, SERVICE_PARAMETERS) or job),
            environment="production" if where is None else environment_of(where),
            external_id=f"{job}#{need(body, 'build.number')}",
            version=_parameter(body, VERSION_PARAMETERS),
            commit_sha=sha(body, "build.scm.commit"),
            repository=text(body, "build.scm.url"),
            status=status,
            at=end,
            started_at=_before(end, dig(body, "build.duration")),
            received_at=delivery.received_at,
        )
    ]


def _parameter(body: Any, names: tuple[str, ...]) -> str | None:
    return next((found for name in names if (found := text(body, f"build.parameters.{name}")) is not None), None)


def _before(end: datetime | None, duration_ms: Any) -> datetime | None:
    if end is None or isinstance(duration_ms, bool) or not isinstance(duration_ms, int):
        return None
    return end - timedelta(milliseconds=duration_ms) if 0 < duration_ms <= DURATION_MS_MAX else None


def cdevents(delivery: Delivery) -> list[Fact]:
    """A CDEvent as CloudEvents carry it: in the body with its envelope in headers, or both in the body."""
    event = _event(delivery.body)
    name = text(event, "context.type") or delivery.headers.get("ce-type") or text(delivery.body, "type") or ""
    found = CD_TYPE.match(name)
    if found is None:
        raise IrrelevantError(f"{name[:80]!r} is not an event of CDEvents")
    subject, predicate = found[1], found[2]
    if subject == "service" and predicate in CD_SERVICES:
        return [_service(event, delivery, CD_SERVICES[predicate])]
    if subject == "incident" and predicate in CD_INCIDENTS:
        return [_incident(event, delivery, CD_INCIDENTS[predicate])]
    raise IrrelevantError(f"{subject}.{predicate} neither changes an environment nor tells of an incident")


def _event(body: Any) -> Any:
    """The CDEvent itself: the body, its `data`, or its `data_base64`."""
    if isinstance(dig(body, "context"), dict):
        return body
    data = dig(body, "data")
    encoded = dig(body, "data_base64")
    if data is None and isinstance(encoded, str):
        try:
            data = json.loads(base64.b64decode(encoded, validate=True))
        except (binascii.Error, ValueError, RecursionError) as error:
            raise NotUnderstoodError("data_base64 does not hold JSON") from error
    if not isinstance(data, dict):
        raise NotUnderstoodError("neither the body nor its data holds `context` and `subject`")
    return data


def _told_at(event: Any, delivery: Delivery) -> datetime | None:
    envelope = time(delivery.headers, "ce-time") or time(delivery.body, "time")
    return time(event, "context.timestamp") or envelope


def _service(event: Any, delivery: Delivery, status: Status) -> Fact:
    artefact = text(event, "subject.content.artifactId")
    name, version = _purl(artefact)
    return deployment(
        source="cdevents",
        service=service_of(need(event, "subject.id")),
        environment=environment_of(text(event, "subject.content.environment.id")),
        external_id=text(event, "context.id") or text(delivery.headers, "ce-id") or need(delivery.body, "id"),
        version=version or name,
        commit_sha=sha(event, "customData.commit") or sha(event, "customData.commit_sha") or commit(version),
        repository=text(event, "customData.repository"),
        status=status,
        at=_told_at(event, delivery),
        started_at=None,
        received_at=delivery.received_at,
    )


def _purl(artefact: str | None) -> tuple[str | None, str | None]:
    """Name and version of `pkg:oci/name@version?qualifiers`."""
    if artefact is None:
        return None, None
    name, _, version = artefact.partition("?")[0].partition("@")
    return name or None, unquote(version) or None


def _incident(event: Any, delivery: Delivery, status: IncidentStatus) -> Fact:
    at = _told_at(event, delivery)
    occurred_at = at or delivery.received_at
    service = text(event, "subject.content.service.id")
    where = text(event, "subject.content.environment.id")
    whence = text(event, "subject.source") or text(event, "context.source") or ""
    return Incident(
        source="cdevents",
        service=None if service is None else service_of(service),
        environment="production" if where is None else environment_of(where),
        external_id=f"{whence} {need(event, 'subject.id')}",
        title=text(event, "subject.content.description"),
        status=status,
        detected_at=occurred_at if status == "open" else None,
        resolved_at=occurred_at if status == "resolved" else None,
        caused_by=_purl(text(event, "subject.content.artifactId"))[1],
        occurred_at=occurred_at,
    )


def alertmanager(delivery: Delivery) -> list[Fact]:
    """Each alert of a group is an incident of its own, from its start to its end."""
    alerts = items(delivery.body, "alerts")[:ALERTS_MAX]
    if not alerts:
        raise NotUnderstoodError("alerts is missing or empty")
    found: dict[str, Fact] = {}
    why: IrrelevantError | NotUnderstoodError | None = None
    for each in alerts:
        try:
            incident = _alert(each, delivery)
            found[incident.external_id] = incident
        except (IrrelevantError, NotUnderstoodError) as reason:  # one strange alert must not take its group along
            why = why or reason
    if not found and why is not None:
        raise why
    return list(found.values())


def _alert(alert: Any, delivery: Delivery) -> Incident:
    started = time(alert, "startsAt")
    if started is None:
        raise NotUnderstoodError("alerts[].startsAt is missing or is not a time")
    end = None if (text(alert, "endsAt") or ENDLESS_YEAR).startswith(ENDLESS_YEAR) else time(alert, "endsAt")
    resolved = (text(alert, "status") or text(delivery.body, "status")) == "resolved"
    labels = dig(alert, "labels")
    print_of = (
        text(alert, "fingerprint") or hashlib.sha256(repr(_pairs(labels)).encode("utf-8", "replace")).hexdigest()[:16]
    )
    service = text(labels, "service") or text(labels, "job")
    where = text(labels, "environment") or text(labels, "env")
    resolved_at = (end or delivery.received_at) if resolved else None
    return Incident(
        source="alertmanager",
        service=None if service is None else service_of(service),
        environment="production" if where is None else environment_of(where),
        external_id=f"{print_of} {started.isoformat()}",
        title=text(labels, "alertname") or text(alert, "annotations.summary"),
        status="resolved" if resolved else "open",
        detected_at=started,
        resolved_at=resolved_at,
        caused_by=cause_in(long_text(alert, "annotations.description")),
        occurred_at=resolved_at or started,
    )


def _pairs(labels: Any) -> list[tuple[str, str]]:
    if not isinstance(labels, dict):
        return []
    return sorted((str(name)[:200], str(value)[:200]) for name, value in labels.items())
