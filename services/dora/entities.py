"""What a fact is about and how it is kept: a name for the thing, and a JSON that comes back as the same fact. Pure."""

from collections.abc import Sequence
from typing import Any, Final, Literal, TypeAlias

from pydantic import TypeAdapter

from services.dora.events import Deployment, Incident, PullRequest, merge, merge_incident, read_incident, read_report
from services.dora.models import DeploymentReport, IncidentReport
from services.dora.webhooks.senders import PROVIDERS
from services.dora.webhooks.told import Fact, Reading
from services.dora.webhooks.understand import Understood, understand

Kind: TypeAlias = Literal["deployment", "incident", "pull_request"]
SEPARATOR: Final = "\x1f"

DEPLOYMENTS: Final = TypeAdapter(Deployment)
INCIDENTS: Final = TypeAdapter(Incident)
PULL_REQUESTS: Final = TypeAdapter(PullRequest)


def read_event(event: Any, reading: Reading) -> Understood:
    """What one stored event (`source`, `kind`, `received_at`, `headers`, `body`) tells, whoever sent it."""
    source, received_at = event["source"], event["received_at"]
    if source in PROVIDERS:
        return understand(source, event["headers"], event["body"], received_at, reading)
    if event["kind"] == "incident":
        return Understood("recorded", (read_incident(IncidentReport.model_validate_json(event["body"]), received_at),))
    report = DeploymentReport.model_validate_json(event["body"])
    return Understood("recorded", (read_report(report, received_at),))


def kind_of(fact: Fact) -> Kind:
    match fact:
        case Deployment():
            return "deployment"
        case Incident():
            return "incident"
        case PullRequest():
            return "pull_request"


def key_of(fact: Fact, event_id: int) -> str:
    """The name of what a fact is about; a deployment that its sender gave no name is one of its own."""
    parts: tuple[str, ...]
    match fact:
        case Deployment():
            parts = (fact.source, fact.service, fact.environment, fact.external_id or f"#{event_id}")
        case Incident() | PullRequest():
            parts = (fact.source, fact.external_id)
    return SEPARATOR.join(part.replace(SEPARATOR, " ") for part in parts)


def as_json(fact: Fact) -> str:
    match fact:
        case Deployment():
            return DEPLOYMENTS.dump_json(fact).decode()
        case Incident():
            return INCIDENTS.dump_json(fact).decode()
        case PullRequest():
            return PULL_REQUESTS.dump_json(fact).decode()


def from_json(kind: Kind, told: str) -> Fact:
    match kind:
        case "deployment":
            return DEPLOYMENTS.validate_json(told)
        case "incident":
            return INCIDENTS.validate_json(told)
        case "pull_request":
            return PULL_REQUESTS.validate_json(told)


def merged(told: Sequence[Fact]) -> Fact:
    """The state after everything told about one thing: facts of one kind, at least one."""
    match told[0]:
        case Deployment():
            return merge(each for each in told if isinstance(each, Deployment))
        case Incident():
            return merge_incident(each for each in told if isinstance(each, Incident))
        case PullRequest():
            return max(
                (each for each in told if isinstance(each, PullRequest)),
                # Of two tellings of one moment the one that knows more, for the other was read without looking.
                key=lambda each: (each.occurred_at, bool(each.labels), each.branch is not None, repr(each)),
            )
