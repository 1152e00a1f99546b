"""POST /api/v1/dora/webhooks/{provider}: deliveries of other programs, shown by their own secret, not by a session."""

import contextlib
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from services.dora.following import Follower
from services.dora.keeping import Delivery, Keeper, Kept
from services.dora.reading import Read, read_one
from services.dora.rulebook import RuleBook, RulesUnreadable
from services.dora.webhooks.fields import NotUnderstoodError, read_object
from services.dora.webhooks.senders import Headers, Provider, kept_of, key_of, kind_of, named_by_headers, sender_of
from services.dora.webhooks.signatures import Secrets, verify
from services.dora.webhooks.told import Fact
from services.dora.webhooks.understand import Outcome
from shared.errors import TooLarge, Unprocessable
from shared.identity import any_identity
from shared.log import log

PREFIX = "/api/v1/dora/webhooks"
BODY_BYTES_MAX = 10 * 1024 * 1024  # what the gateway lets through; a push of thousands of commits has under 5 MiB

ANSWERS_MAX = 1_000  # of less than a kilobyte each

router = APIRouter(prefix="/api/v1/dora", tags=["dora"])


class DeliveryTooLarge(TooLarge):
    """A delivery has at most 10 MiB."""


class OtherSender(Unprocessable):
    """The headers of this delivery are those of another program; every program has an address of its own."""


class About(BaseModel):
    """One thing that a delivery tells about."""

    kind: Literal["deployment", "incident", "pull_request"]
    service: str | None = None
    environment: str | None = None
    status: str | None = None


class DeliveryAnswer(BaseModel):
    """What became of a delivery. `waiting`: it is kept and will be read later. `reason`: why it tells nothing."""

    outcome: Outcome | Literal["duplicate", "waiting"]
    kind: str
    reason: str | None = None
    about: list[About] = []


@dataclass(frozen=True, slots=True)
class Desk:
    """Where deliveries are taken: what keeps them, and what writes down afterwards what they tell."""

    keeper: Keeper
    follower: Follower
    secrets: Secrets
    rules: RuleBook


class Taken(NamedTuple):
    """What became of a delivery; each of `about` is kind, service, environment and status."""

    outcome: Outcome | Literal["duplicate", "waiting"]
    kind: str
    reason: str | None = None
    about: tuple[tuple[str | None, ...], ...] = ()


@router.post("/webhooks/{provider}", status_code=202, dependencies=[Depends(any_identity)])
async def receive_delivery(provider: Provider, request: Request) -> DeliveryAnswer:
    """Take a delivery of another program. It is on disk when this answers; sending it again changes nothing.

    What it tells shows in deployments, incidents and metrics a moment later.
    """
    # services.dora.intake answers in front of this; here is the description of it, for requests with parameters too.
    desk: Desk = request.app.state.desk
    headers = dict(request.headers.items())
    return as_answer(await accept(desk, provider, headers, await request.body()))


async def accept(desk: Desk, provider: Provider, headers: Headers, body: bytes) -> Taken:
    """Keep a delivery that shows one of the secrets; returns when it is on disk. A Problem when it is not kept.

    `headers` have names in lower case.
    """
    other = sender_of(headers)
    if other not in (None, provider):
        raise OtherSender(f"The headers of this delivery are those of {other}; send it to {PREFIX}/{other}.")
    verify(provider, headers, body, desk.secrets.of(provider), now_s=time.time())
    found: dict[str, Any] = {}
    if not named_by_headers(provider, headers):
        with contextlib.suppress(NotUnderstoodError):
            found = read_object(body)
    kind = kind_of(provider, headers, found)
    what = Delivery(provider, kind, key_of(provider, headers, found, body), kept_of(headers), body)
    kept = await desk.keeper.keep(what)
    if kept is None:
        return Taken("duplicate", kind, "this delivery came before and was kept then")
    read = _read(desk, what, kept)
    if read is None:
        return Taken("waiting", kind)
    facts = read.understood.facts
    about = tuple((name, *_named(fact)) for (name, _), fact in zip(read.about, facts, strict=True))
    return Taken(read.understood.outcome, kind, read.understood.reason, about)


def _named(fact: Fact) -> tuple[str | None, ...]:
    return tuple(getattr(fact, name, None) for name in ("service", "environment", "status"))


def _read(desk: Desk, what: Delivery, kept: Kept) -> Read | None:
    """What a delivery tells, on its way to be recorded; None when reading it broke, and it waits for another try."""
    event = {
        "event_id": kept.event_id,
        "source": what.source,
        "kind": what.kind,
        "received_at": kept.received_at,
        "headers": what.headers,
        "body": what.body,
    }
    try:
        read = read_one(event, desk.rules.reading())
    except RulesUnreadable as error:
        log.warning("a delivery waits for rules that can be read", source=what.source, error=str(error))
        return None
    except Exception:  # noqa: BLE001 - it is kept: whatever broke is ours, and the sender shall not send again
        log.exception("a delivery could not be read", source=what.source, kind=what.kind, event_id=kept.event_id)
        return None
    desk.follower.hand_over(kept.event_id, read)
    if read.understood.outcome == "not_understood":
        log.warning("a delivery was kept and not understood", source=what.source, kind=what.kind)
    return read


def as_answer(taken: Taken) -> DeliveryAnswer:
    """As the route's description has it."""
    about = [About.model_validate(dict(zip(About.model_fields, each, strict=True))) for each in taken.about]
    return DeliveryAnswer(outcome=taken.outcome, kind=taken.kind, reason=taken.reason, about=about)


@lru_cache(maxsize=ANSWERS_MAX)
def written(taken: Taken) -> bytes:
    """As JSON. Most answers of a sender are those that it got before: its services, and what became of them."""
    return as_answer(taken).model_dump_json().encode()
