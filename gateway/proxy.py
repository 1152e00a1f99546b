"""`/api/v1/*`: who is it, may the request pass, on to its service, and the answer back."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from gateway import credentials
from gateway.auth import Authenticator, Caller
from gateway.browser import DATA, HSTS
from gateway.connection import AnswerTooSlow, ClientGone, NotHttp, UpstreamFailure
from gateway.credentials import NOBODY, Carrier, Credential
from gateway.exchange import Exchange
from gateway.incoming import Headers, Incoming
from gateway.limits import URL_BYTES_MAX
from gateway.peer import Peer
from gateway.problems import (
    RETRY_AFTER_S,
    AddressTooLong,
    BadGateway,
    GatewayTimeout,
    NotSignedIn,
    ServiceDown,
    ServiceFull,
)
from gateway.routing import SAFE_METHODS, Access, Route
from gateway.upstream import Upstream
from shared.errors import Problem
from shared.identity import ANONYMOUS, Identity
from shared.log import log

REASON_BYTES_MAX = 64  # a word like SUPERSEDED


class Proxy:
    """The forwarded half of the gateway. Plain ASGI: a framework between would cost more than the forwarding."""

    def __init__(
        self, upstreams: Mapping[str, Upstream], authenticator: Authenticator, *, public_origins: frozenset[str]
    ) -> None:
        self._upstreams = upstreams
        self._authenticator = authenticator
        self._public_origins = public_origins

    async def forward(
        self, scope: Scope, receive: Receive, send: Send, *, route: Route, incoming: Incoming, peer: Peer
    ) -> int:
        """Forward one request; the status that the client was told, 0 when the answer broke off. Problem when it
        failed before an answer began.
        """
        if len(scope["raw_path"]) + len(scope["query_string"]) > URL_BYTES_MAX:
            raise AddressTooLong
        credential = self._admit(scope["method"], route, incoming, peer)
        identity = await self._identity(credential, incoming, peer)
        upstream = self._upstreams[route.service]
        if not upstream.gate.enter():
            raise ServiceFull(f"{route.service} is serving as many requests as it can.", retry_after_s=RETRY_AFTER_S)
        exchange = Exchange(scope, receive, send, upstream=upstream, route=route, incoming=incoming)
        if route.signs_out:
            self._authenticator.forget(credential)
        try:
            headers = self._request_headers(route, incoming, peer, identity)
            await exchange.run(headers, answer_headers(incoming, peer))
        except UpstreamFailure as error:
            return _failed(error, route, exchange.status)
        finally:
            upstream.gate.leave()
            self._learn(scope["method"], route, credential, exchange.status)
        return exchange.status

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
        caller = Caller(
            background=incoming.found.get(b"x-background") == b"1",
            address=peer.address,
            user_agent=incoming.text(b"user-agent") or "",
            request_id=incoming.request_id,
            traceparent=incoming.traceparent,
        )
        answer = await self._authenticator.identify(credential, caller)
        if answer.identity is None:
            reason = f" ({answer.reason[:REASON_BYTES_MAX]})" if answer.reason else ""
            raise NotSignedIn(
                f"The session or token is not valid (any more){reason}; sign in again.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return answer.identity

    def _request_headers(self, route: Route, incoming: Incoming, peer: Peer, identity: Identity) -> Headers:
        found = incoming.found
        headers = [
            (b"host", self._upstreams[route.service].authority),
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


def answer_headers(incoming: Incoming, peer: Peer) -> Headers:
    """What the gateway adds to every answer with data in it."""
    own = [*DATA, (b"x-request-id", incoming.request_id), (b"traceparent", incoming.traceparent)]
    return [*own, HSTS] if peer.scheme == "https" else own


def _failed(error: UpstreamFailure, route: Route, status: int) -> int:
    """Turn a failure into the problem that the client is told, or into a broken-off answer when it began."""
    if isinstance(error, ClientGone):
        return status
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
