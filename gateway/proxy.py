"""`/api/v1/*`: who is it, may the request pass, on to its service, and the answer back."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from gateway import cors, credentials
from gateway.answers import answer_headers
from gateway.auth import Authenticator, Caller
from gateway.connection import AnswerTooSlow, ClientGone, Connection, NotHttp, UpstreamFailure
from gateway.credentials import NOBODY, Carrier, Credential
from gateway.exchange import Exchange
from gateway.incoming import Headers, Incoming
from gateway.limiter import Limiter
from gateway.limits import URL_BYTES_MAX
from gateway.peer import Peer
from gateway.problems import (
    RETRY_AFTER_S,
    AddressTooLong,
    BadGateway,
    GatewayTimeout,
    NotSignedIn,
    ServiceDown,
    full,
)
from gateway.routing import SAFE_METHODS, SHARE_OF_BACKGROUND, SHARE_OF_UPLOADS, Access, Route
from gateway.upstream import Instance, Upstream
from shared.errors import Problem
from shared.identity import ANONYMOUS, Identity
from shared.log import log

REASON_BYTES_MAX = 64  # a word like SUPERSEDED


class ClientLeft(Exception):  # noqa: N818 - reads as what happened
    """The client left before its answer was complete; `status` is what it was told until then, 0 for nothing."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Proxy:
    """The forwarded half of the gateway. Plain ASGI: a framework between would cost more than the forwarding."""

    def __init__(
        self,
        upstreams: Mapping[str, Upstream],
        authenticator: Authenticator,
        limiter: Limiter,
        *,
        public_origins: frozenset[str],
        cors_origins: frozenset[str] = frozenset(),
    ) -> None:
        self._cors_origins = cors_origins
        self._upstreams = upstreams
        self._authenticator = authenticator
        self._limiter = limiter
        self._public_origins = public_origins

    async def forward(
        self, scope: Scope, receive: Receive, send: Send, *, route: Route, incoming: Incoming, peer: Peer
    ) -> int:
        """Forward one request; the status that the client was told, 0 when the answer broke off. Problem when it
        failed before an answer began, ClientLeft when nobody waits for it any more.
        """
        other = cors.listed_origin(incoming, self._cors_origins)
        if len(scope["raw_path"]) + len(scope["query_string"]) > URL_BYTES_MAX:
            raise AddressTooLong
        credential = self._admit(scope["method"], route, incoming, peer)
        identity = await self._identity(credential, incoming, peer)
        limits = self._limiter.charge(credential, peer.address)
        upstream = self._upstreams[route.service]
        share = min(route.share, SHARE_OF_BACKGROUND) if in_background(incoming) else route.share
        exchange = Exchange(scope, receive, send, upstream=upstream, route=route, incoming=incoming)
        try:
            if not await self._has_place(upstream, share, exchange):
                raise full(route.service)
        except ClientGone as gone:
            raise ClientLeft(exchange.status) from gone
        if route.signs_out:
            self._authenticator.forget(credential)
        try:
            headers = self.request_headers(route, incoming, peer, identity)
            own = [*answer_headers(incoming, peer), *limits]
            own += cors.answer_headers(other, any_listed=bool(self._cors_origins))
            await exchange.run(headers, own)
        except UpstreamFailure as error:
            return _failed(error, route, exchange.status)
        finally:
            upstream.gate.leave()
            if exchange.status and route.access is Access.CALLER:
                # Sign-ins have places of their own in sessions: a flood of them says nothing about the others.
                upstream.gate.told(full=exchange.status == HTTPStatus.SERVICE_UNAVAILABLE)
            self._learn(scope["method"], route, credential, exchange.status)
        return exchange.status

    async def _has_place(self, upstream: Upstream, share: float, exchange: Exchange) -> bool:
        """Take a place at the service, once it can be put to use: not while the body is on its way."""
        if not upstream.gate.has_room(share):
            return False
        await exchange.gather()
        return upstream.gate.enter(share if exchange.whole else min(share, SHARE_OF_UPLOADS))

    async def resume(self, scope: Scope, receive: Receive, send: Send, begun: "Begun") -> int:
        """Go on with a request that gateway/lane.py began: its answer comes in pieces, or did not come."""
        route, incoming, peer = begun.route, begun.incoming, begun.peer
        upstream = self._upstreams[route.service]
        exchange = Exchange(scope, receive, send, upstream=upstream, route=route, incoming=incoming)
        try:
            headers = self.request_headers(route, incoming, peer, begun.identity)
            own = [*answer_headers(incoming, peer), *begun.limits]
            await exchange.resume(begun.instance, begun.connection, headers, own)
        except UpstreamFailure as error:
            return _failed(error, route, exchange.status)
        finally:
            upstream.gate.leave()
            self._learn(scope["method"], route, begun.credential, exchange.status)
        return exchange.status

    async def preflight(self, send: Send, incoming: Incoming, peer: Peer) -> int | None:
        """Answer a browser that asks whether a page of another origin may ask; None when its origin is not listed."""
        origin = cors.listed_origin(incoming, self._cors_origins)
        if origin is None:
            return None
        headers = [*cors.preflight_headers(origin), *answer_headers(incoming, peer)]
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return 204

    def _admit(self, method: str, route: Route, incoming: Incoming, peer: Peer) -> Credential:
        """The credential that counts for this route, after the checks against forged changes."""
        if route.access is Access.WEBHOOK:
            return NOBODY
        if route.access is Access.SIGN_IN:
            credentials.check_origin(incoming, scheme=peer.scheme, allowed=self._public_origins)
            return NOBODY
        credential = credentials.credential_of(incoming)
        if method not in SAFE_METHODS and credential.carrier is Carrier.COOKIE:
            credentials.check_origin(incoming, scheme=peer.scheme, allowed=self._public_origins)
            credentials.check_csrf(incoming, credential.secret)
        return credential

    async def _identity(self, credential: Credential, incoming: Incoming, peer: Peer) -> Identity:
        if credential.carrier is Carrier.NONE:
            return ANONYMOUS
        background = in_background(incoming)
        answer = self._authenticator.known((credential, background), time.monotonic())
        if answer is None:
            self._limiter.check_address(peer.address)
            answer = await self._authenticator.identify(credential, caller_of(incoming, peer))
        if answer.identity is None:
            self._limiter.charge_address(peer.address)
            reason = f" ({answer.reason[:REASON_BYTES_MAX]})" if answer.reason else ""
            raise NotSignedIn(
                f"The session or token is not valid (any more){reason}; sign in again.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return answer.identity

    def request_headers(self, route: Route, incoming: Incoming, peer: Peer, identity: Identity) -> Headers:
        """What a service is told besides its own host and the framing of the body."""
        found = incoming.found
        headers = [
            *incoming.passed,
            self._authenticator.header(identity, route.service),
            (b"x-forwarded-for", peer.address.encode("latin-1")),
            (b"x-forwarded-proto", peer.scheme.encode("latin-1")),
            (b"x-forwarded-host", found[b"host"]),
            (b"x-request-id", incoming.request_id),
            (b"traceparent", incoming.traceparent),
        ]
        if incoming.tracestate is not None:
            headers.append((b"tracestate", incoming.tracestate))
        if in_background(incoming):
            headers.append((b"x-background", b"1"))
        if b"user-agent" in found:
            headers.append((b"user-agent", found[b"user-agent"]))
        if route.service == "sessions" and b"cookie" in found:
            headers.append((b"cookie", found[b"cookie"]))
        if route.access is Access.WEBHOOK and b"authorization" in found:
            # Senders that cannot sign show a secret, which is for dora to check.
            headers.append((b"authorization", found[b"authorization"]))
        return headers

    def _learn(self, method: str, route: Route, credential: Credential, status: int) -> None:
        """Forget what this exchange may have changed."""
        if status == HTTPStatus.UNAUTHORIZED or route.signs_out:
            self._authenticator.forget(credential)
        changed = method not in SAFE_METHODS and (status == 0 or status < HTTPStatus.BAD_REQUEST)
        if changed and route.service == "sessions":
            # A sign-in ends an older session, a changed group changes many people: whose answers is unknown here.
            self._authenticator.forget_all()


@dataclass(frozen=True, slots=True)
class Begun:
    """A request that was sent already, and all that is known of it."""

    route: Route
    incoming: Incoming
    peer: Peer
    credential: Credential
    identity: Identity
    limits: Headers
    instance: Instance
    connection: Connection


def caller_of(incoming: Incoming, peer: Peer) -> Caller:
    """What `sessions` is told of a request."""
    return Caller(
        background=in_background(incoming),
        address=peer.address,
        user_agent=incoming.text(b"user-agent") or "",
        request_id=incoming.request_id,
        traceparent=incoming.traceparent,
    )


def in_background(incoming: Incoming) -> bool:
    """Whether nobody waits for this: a poll of a page that is open."""
    return incoming.found.get(b"x-background") == b"1"


def _failed(error: UpstreamFailure, route: Route, status: int) -> int:
    """Turn a failure into the problem that the client is told, or into a broken-off answer when it began."""
    if isinstance(error, ClientGone):
        raise ClientLeft(status) from error
    log.warning("a service gave no complete answer", upstream=route.service, route=route.label, reason=str(error))
    if status:
        return 0
    raise problem_of(error, route) from error


def problem_of(error: UpstreamFailure, route: Route) -> Problem:
    if isinstance(error, AnswerTooSlow):
        return GatewayTimeout(f"{route.service} did not answer within {route.answer_s:g} s.")
    if isinstance(error, NotHttp):
        return BadGateway(f"{route.service} gave an answer that is not HTTP.")
    return ServiceDown(f"{route.service} does not answer.", retry_after_s=RETRY_AFTER_S)
