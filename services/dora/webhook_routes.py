"""POST /api/v1/dora/webhooks/{provider}: deliveries of other programs, shown by their own secret, not by a session."""

import contextlib
import time
from collections.abc import Sequence
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from services.dora.keeping import Delivery, Keeper, Kept
from services.dora.webhooks.fields import NotUnderstoodError, read_object
from services.dora.webhooks.senders import Headers, Provider, kept, key_of, kind_of, named_by_headers, sender_of
from services.dora.webhooks.signatures import verify
from services.dora.webhooks.understand import Outcome
from shared.errors import TooLarge, Unprocessable
from shared.identity import any_identity
from shared.log import log

PREFIX = "/api/v1/dora/webhooks"
BODY_BYTES_MAX = 10 * 1024 * 1024  # what the gateway lets through; a push of thousands of commits has under 5 MiB

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
    """What became of a delivery. `waiting`: it is kept and will be read soon. `reason`: why it tells nothing."""

    outcome: Outcome | Literal["duplicate", "waiting"]
    kind: str
    reason: str | None = None
    about: list[About] = []


@router.post("/webhooks/{provider}", status_code=202, dependencies=[Depends(any_identity)])
async def receive_delivery(provider: Provider, request: Request) -> DeliveryAnswer:
    """Take a delivery of another program. It is on disk when this answers; sending it again changes nothing."""
    # services.dora.intake answers in front of this; here is the description of it, for requests with parameters too.
    state = request.app.state
    known = state.webhook_secrets.of(provider)
    return await accept(state.keeper, provider, dict(request.headers.items()), await request.body(), known)


async def accept(
    keeper: Keeper, provider: Provider, headers: Headers, body: bytes, secrets: Sequence[bytes]
) -> DeliveryAnswer:
    """Keep a delivery that shows one of the secrets; returns when it is on disk. A Problem when it is not kept."""
    other = sender_of(headers)
    if other not in (None, provider):
        raise OtherSender(f"The headers of this delivery are those of {other}; send it to {PREFIX}/{other}.")
    verify(provider, headers, body, secrets, now_s=time.time())
    found: dict[str, Any] = {}
    if not named_by_headers(provider, headers):
        with contextlib.suppress(NotUnderstoodError):
            found = read_object(body)
    kind = kind_of(provider, headers, found)
    what = Delivery(provider, kind, key_of(provider, headers, found, body), kept(headers), body)
    answer = _answer(await keeper.keep(what), kind)
    if answer.outcome in {"not_understood", "waiting"}:
        log.warning("a delivery was kept and not read", source=provider, kind=kind, outcome=answer.outcome)
    return answer


def _answer(what: Kept, kind: str) -> DeliveryAnswer:
    if what.event_id is None:
        return DeliveryAnswer(outcome="duplicate", kind=kind, reason="this delivery came before and was kept then")
    if what.read is None:
        return DeliveryAnswer(outcome="waiting", kind=kind)
    understood = what.read.understood
    about = [
        About(
            kind=name,
            service=getattr(fact, "service", None),
            environment=getattr(fact, "environment", None),
            status=getattr(fact, "status", None),
        )
        for (name, _), fact in zip(what.read.about, understood.facts, strict=True)
    ]
    return DeliveryAnswer(outcome=understood.outcome, kind=kind, reason=understood.reason, about=about)
