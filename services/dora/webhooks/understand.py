"""From a stored delivery to what it tells: one pure function, so that a replay reads what the first reading read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from services.dora.webhooks import forges, gitlab, others
from services.dora.webhooks.fields import NotUnderstoodError, read_object
from services.dora.webhooks.senders import Provider, kind_of
from services.dora.webhooks.told import Delivery, Fact, IrrelevantError, Reading

Outcome: TypeAlias = Literal["recorded", "irrelevant", "not_understood"]


@dataclass(frozen=True, slots=True)
class Understood:
    """What a delivery tells, or why it tells nothing."""

    outcome: Outcome
    facts: tuple[Fact, ...] = ()
    reason: str | None = None


def understand(
    provider: Provider, headers: Mapping[str, str], body: bytes, received_at: datetime, reading: Reading | None = None
) -> Understood:
    """Never raises for anything that was sent: what is not understood says so."""
    try:
        found = read_object(body)
        delivery = Delivery(
            headers=dict(headers),
            body=found,
            kind=kind_of(provider, headers, found),
            received_at=received_at,
            reading=reading or Reading(),
        )
        return Understood("recorded", tuple(_facts(provider, delivery)))
    except IrrelevantError as reason:
        return Understood("irrelevant", reason=str(reason))
    except NotUnderstoodError as reason:
        return Understood("not_understood", reason=str(reason))


def _facts(provider: Provider, delivery: Delivery) -> list[Fact]:
    match provider:
        case "github" | "gitea" | "forgejo":
            return forges.understand(delivery, provider)
        case "gitlab":
            return gitlab.understand(delivery)
        case "jenkins":
            return others.jenkins(delivery)
        case "cdevents":
            return others.cdevents(delivery)
        case "alertmanager":
            return others.alertmanager(delivery)
