"""Takes deliveries in front of the framework, whose work on a request costs ten times that of keeping a delivery.

Everything else passes through. What a caller sees is what the route in webhook_routes describes: ids, problems, limits
and spans are those of every other operation.
"""

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import jwt
from starlette.types import ASGIApp, Receive, Scope, Send

from services.dora.webhook_routes import BODY_BYTES_MAX, PREFIX, DeliveryTooLarge, accept, written
from services.dora.webhooks.senders import PROVIDERS, Provider
from shared import metrics
from shared.errors import PROBLEM_JSON, Problem, Unavailable
from shared.identity import HEADER, InvalidIdentity, LazyVerifier
from shared.log import log
from shared.middleware import BROKEN, identifiers
from shared.tracing import Spans

IN_FLIGHT_MAX = 256  # of one sender: deliveries wait together for one commit, so many cost as much as few
REMEMBERED_S = 5.0  # so long a statement of the gateway is not checked again: a key taken out counts by then
STATEMENTS_MAX = 64  # the gateway makes one a minute for all that are anonymous
ACCEPTED = 202

ADDRESSES: Final[dict[str, Provider]] = {f"{PREFIX}/{provider}": provider for provider in PROVIDERS}
ROUTE: Final = f"{PREFIX}/{{provider}}"
IDENTITY: Final = HEADER.lower()


class _Answer(NamedTuple):
    status: int
    media_type: bytes
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


class _GoneError(Exception):
    """The sender hung up before its delivery was whole."""


class Gate:
    """Whether a request came through the gateway; a statement that was good is remembered for seconds."""

    def __init__(self, verifier: LazyVerifier) -> None:
        self._verifier = verifier
        self._good_until: dict[str, float] = {}

    def check(self, statement: str | None, now_s: float) -> None:
        """InvalidIdentity unless the gateway signed `statement` for this service; `now_s` since 1970."""
        if statement is None:
            raise InvalidIdentity
        if now_s < self._good_until.get(statement, 0.0):
            return
        self._verifier.verify(statement)
        expires_s = float(jwt.decode(statement, options={"verify_signature": False})["exp"])
        if len(self._good_until) >= STATEMENTS_MAX:
            self._good_until.clear()
        self._good_until[statement] = min(now_s + REMEMBERED_S, expires_s)


@dataclass
class Intake:
    """Wraps an application; its `state` has a `verifier` and a `desk`."""

    app: ASGIApp
    service: str
    state: Any
    spans: Spans | None = None
    in_flight: Counter[Provider] = field(default_factory=Counter)
    gate: Gate | None = None

    def __post_init__(self) -> None:
        # Looking a time series up by its labels costs more than counting in it.
        self.accepted = metrics.REQUESTS.labels(self.service, ROUTE, str(ACCEPTED))
        self.seconds = metrics.REQUEST_SECONDS.labels(self.service, ROUTE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        provider = None
        if scope["type"] == "http" and scope["method"] == "POST" and not scope["query_string"]:
            provider = ADDRESSES.get(scope["path"])
        if provider is None:
            await self.app(scope, receive, send)
            return
        began = time.monotonic()
        request_id, traceparent = identifiers(scope)
        try:
            answer = await self._answer(provider, scope, receive, request_id)
        except _GoneError:
            return
        ids = ((b"x-request-id", request_id.encode()), (b"traceparent", traceparent.encode()))
        length = str(len(answer.body)).encode()
        headers = [(b"content-type", answer.media_type), (b"content-length", length), *answer.headers, *ids]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})
        elapsed_s = time.monotonic() - began
        self._note(provider, answer.status, elapsed_s, request_id)
        if self.spans is not None:
            self.spans.note(
                traceparent=traceparent,
                method="POST",
                route=ROUTE,
                status=answer.status,
                request_id=request_id,
                elapsed_s=elapsed_s,
            )

    async def _answer(self, provider: Provider, scope: Scope, receive: Receive, request_id: str) -> _Answer:
        self.in_flight[provider] += 1
        try:
            return await self._take(provider, scope, receive)
        except Problem as problem:
            return _refusal(problem, scope["path"], request_id)
        except _GoneError:
            raise
        except Exception:  # noqa: BLE001 - recorded in the log
            # The last resort (ASVS 16.5.4): the caller gets a sentence, the log gets the trace, the process lives.
            log.exception("a delivery broke", source=provider, request_id=request_id)
            return _refusal(Problem(BROKEN), scope["path"], request_id)
        finally:
            self.in_flight[provider] -= 1

    async def _take(self, provider: Provider, scope: Scope, receive: Receive) -> _Answer:
        if self.in_flight[provider] > IN_FLIGHT_MAX:
            metrics.SHED.labels(self.service).inc()
            raise Unavailable(f"As many deliveries of {provider} are under way as may be.", retry_after_s=1)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if self.gate is None:
            self.gate = Gate(self.state.verifier)
        self.gate.check(headers.get(IDENTITY), time.time())
        taken = await accept(self.state.desk, provider, headers, await _body(receive))
        return _Answer(ACCEPTED, b"application/json", written(taken))

    def _note(self, provider: Provider, status: int, elapsed_s: float, request_id: str) -> None:
        """Counted like any request; logged only when it was not accepted: the rest stands in the database."""
        self.seconds.observe(elapsed_s)
        if status == ACCEPTED:
            self.accepted.inc()
        else:
            metrics.REQUESTS.labels(self.service, ROUTE, str(status)).inc()
            log.info(
                "request",
                method="POST",
                route=ROUTE,
                source=provider,
                status=status,
                elapsed_s=round(elapsed_s, 5),
                request_id=request_id,
            )


async def _body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _GoneError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > BODY_BYTES_MAX:
            raise DeliveryTooLarge
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _refusal(problem: Problem, path: str, request_id: str) -> _Answer:
    body = json.dumps(problem.body(instance=path, request_id=request_id)).encode()
    headers = tuple((name.lower().encode(), value.encode()) for name, value in problem.headers.items())
    return _Answer(problem.status, PROBLEM_JSON.encode(), body, headers)
