"""The common case without a task: a read by a caller who is known, on a kept connection, answered in one piece.

Everything is done in two callbacks of the event loop, one when the request is there and one when its answer is. What
does not fit (a body, an unknown caller, a busy or failing service, a long answer) takes the general path in
gateway/proxy.py, before anything was sent or from the point reached here. Both paths use the same rules and writers.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from gateway import binding, cors, credentials
from gateway.answers import BODILESS, answer_headers, passed_on
from gateway.auth import Answer, Authenticator
from gateway.connection import Connection
from gateway.credentials import Carrier, Credential
from gateway.incoming import Headers, Incoming, new_ids, read
from gateway.limiter import Limiter
from gateway.limits import URL_BYTES_MAX
from gateway.observe import Observer
from gateway.peer import Peer, peer_of
from gateway.problems import full, rendered
from gateway.proxy import Begun, Proxy, caller_of, in_background
from gateway.requests import lines
from gateway.routing import SHARE_OF_BACKGROUND, Access, Route, Routing
from gateway.settings import Settings
from gateway.upstream import Instance, Upstream
from shared.errors import Problem
from shared.identity import ANONYMOUS, Identity
from shared.log import log

NEVER = float("inf")
FORWARDED = b"/api/v1/"
STATUS_LINES = {each.value: f"HTTP/1.1 {each.value} {each.phrase}\r\n".encode() for each in HTTPStatus}


class Edge(Protocol):
    """The client's connection as this module needs it (gateway/server.py)."""

    headers: Headers
    client: tuple[str, int] | None
    server: tuple[str, int | None] | None
    memo: "Memo | None"
    transport: asyncio.Transport
    server_state: ServerState

    @property
    def scheme(self) -> str | None: ...

    def answer(self, crossing: "Crossing", head: bytes, body: bytes) -> None: ...

    def hand_over(self, crossing: "Crossing") -> None: ...


@dataclass(slots=True)
class Memo:
    """What the headers of one connection mean. A client sends the same ones again with each request."""

    headers: Headers
    incoming: Incoming
    peer: Peer
    credential: Credential
    background: bool
    answer: Answer | None = None
    stale_at: float = NEVER
    signed: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)  # by service: identity header, all lines
    protections: bytes = b""


class Crossing:
    """One request on the lane: what uvicorn keeps of a request in work, and what the general path needs to go on."""

    __slots__ = (
        "connection",
        "disconnected",
        "edge",
        "identity",
        "instance",
        "keep_alive",
        "lane",
        "limits",
        "memo",
        "path",
        "query",
        "request_id",
        "response_complete",
        "route",
        "started",
        "traceparent",
        "upstream",
    )

    def __init__(self, lane: "Lane", edge: Edge, memo: Memo, identity: Identity, route: Route) -> None:
        self.lane = lane
        self.edge = edge
        self.memo = memo
        self.identity = identity
        self.route = route
        self.started = time.perf_counter()
        self.request_id, self.traceparent = new_ids()
        self.limits: Headers = []
        self.response_complete = False
        self.disconnected = False
        self.keep_alive = True
        self.path = self.query = b""
        self.upstream: Upstream
        self.instance: Instance
        self.connection: Connection

    def __call__(self, connection: Connection) -> None:
        """The answer has begun, or there is none."""
        self.instance.in_flight -= 1
        if connection.error is not None or not connection.complete:
            self.edge.hand_over(self)
            return
        self.instance.breaker.succeeded()
        try:
            self.lane.finish(self, connection)
        except Exception:  # noqa: BLE001 - called by a socket: nobody else would close the client's connection
            log.exception("the lane failed", route=self.route.label)
            connection.close()
            self.edge.transport.close()

    def client_left(self) -> None:
        """Nobody waits any more: closing the socket makes the service stop, too."""
        self.connection.listener = None
        self.connection.close()
        self.instance.in_flight -= 1
        self.instance.breaker.abandoned()
        self.upstream.gate.leave()
        self.lane.note(self, 0, client_left=True)

    def begun(self) -> Begun:
        memo = self.memo
        incoming = Incoming(
            found=memo.incoming.found,
            passed=memo.incoming.passed,
            request_id=self.request_id,
            traceparent=self.traceparent,
            tracestate=None,
        )
        return Begun(
            route=self.route,
            incoming=incoming,
            peer=memo.peer,
            credential=memo.credential,
            identity=self.identity,
            limits=self.limits,
            instance=self.instance,
            connection=self.connection,
        )


class Lane:
    """Takes what fits. The rest of the gateway does not know whether a request came this way."""

    def __init__(
        self,
        *,
        settings: Settings,
        upstreams: Mapping[str, Upstream],
        authenticator: Authenticator,
        limiter: Limiter,
        routing: Routing,
        proxy: Proxy,
        observer: Observer,
        resumed: Callable[[Scope, Receive, Send, "Crossing"], Awaitable[None]],
    ) -> None:
        self._resumed = resumed
        self._dated: Headers = []
        self._date = b""
        self._trusted = settings.trusted_networks()
        self._public_bind = settings.iact_public_bind
        self._varies = cors.answer_headers(None, any_listed=bool(settings.cors_origins()))
        self._upstreams = upstreams
        self._authenticator = authenticator
        self._limiter = limiter
        self._routing = routing
        self._proxy = proxy
        self._observer = observer

    def enter(self, edge: Edge, url: bytes, *, keep_alive: bool) -> Crossing | None:
        """Send a GET without a body on its way; None when it needs the general path (nothing was done then). Where
        its service is full it is refused here: refusing has to cost least when there is most of it.
        """
        if not url.startswith(FORWARDED) or len(url) > URL_BYTES_MAX or b"#" in url:
            return None
        try:
            return self._enter(edge, url, keep_alive=keep_alive)
        except Exception:  # noqa: BLE001 - called by a parser: the general path meets the same, and tells the caller
            log.exception("the lane failed")
            return None

    def _enter(self, edge: Edge, url: bytes, *, keep_alive: bool) -> Crossing | None:
        memo = edge.memo
        if memo is None or memo.headers != edge.headers:
            memo = edge.memo = self._study(edge)
            if memo is None:
                return None
        identity = self._identity(memo)
        if identity is None:
            return None
        path, _, query = url.partition(b"?")
        try:
            route = self._routing.find("GET", path)
        except Problem:
            return None
        if route.access is not Access.CALLER:
            return None
        crossing = Crossing(self, edge, memo, identity, route)
        crossing.path, crossing.query, crossing.keep_alive = path, query, keep_alive
        return crossing if self._send(crossing, url) else None

    def _study(self, edge: Edge) -> Memo | None:
        """Understand headers; None where they are wrong, or say something that differs from request to request."""
        try:
            incoming = read(edge.headers)
            credential = credentials.credential_of(incoming)
        except Problem:
            return None
        found = incoming.found
        if b"content-length" in found or incoming.has_body or not WITHOUT.isdisjoint(found):
            return None
        peer = peer_of(
            client=edge.client[0] if edge.client else None,
            scheme=edge.scheme or "http",
            forwarded_for=incoming.text(b"x-forwarded-for"),
            forwarded_proto=incoming.text(b"x-forwarded-proto"),
            trusted=self._trusted,
        )
        server = edge.server[0] if edge.server else None
        if not binding.is_private(server=server, scheme=peer.scheme, allowed=self._public_bind):
            return None
        if credential.carrier is not Carrier.NONE and not credential.well_formed:
            return None
        own = [*answer_headers(incoming, peer), *self._varies]
        protections = lines([pair for pair in own if pair[0] not in IDS])
        memo = Memo(edge.headers, incoming, peer, credential, in_background(incoming))
        memo.protections = protections
        return memo

    def _identity(self, memo: Memo) -> Identity | None:
        if memo.credential.carrier is Carrier.NONE:
            return ANONYMOUS
        key, now = (memo.credential, memo.background), time.monotonic()
        answer = self._authenticator.known(key, now)
        if answer is None:
            return None
        if answer is not memo.answer:
            memo.answer = answer
            memo.stale_at = self._authenticator.stale_at(key)
        if now > memo.stale_at:
            memo.stale_at = NEVER
            self._authenticator.ask(key, caller_of(memo.incoming, memo.peer))
        return answer.identity

    def _send(self, crossing: Crossing, url: bytes) -> bool:
        memo, route = crossing.memo, crossing.route
        upstream = self._upstreams[route.service]
        instance = upstream.steady()
        if instance is None:
            return False
        if not upstream.gate.enter(min(route.share, SHARE_OF_BACKGROUND) if memo.background else route.share):
            self._refuse(crossing)
            return True
        connection = instance.kept()
        if connection is None or not self._charged(crossing):
            if connection is not None:
                instance.release(connection)
            upstream.gate.leave()
            return False
        crossing.upstream, crossing.instance, crossing.connection = upstream, instance, connection
        instance.in_flight += 1
        connection.begin(head_only=False)
        connection.listener = crossing
        connection.due = connection.now() + route.answer_s
        connection.send(
            b"GET %b%bx-request-id: %b\r\ntraceparent: %b\r\n%b\r\n"
            % (url, instance.host_line, crossing.request_id, crossing.traceparent, self._lines(crossing))
        )
        return True

    def _refuse(self, crossing: Crossing) -> None:
        problem = full(crossing.route.service)
        headers, body = rendered(
            problem, path=crossing.path.decode("ascii"), request_id=crossing.request_id.decode("ascii")
        )
        head = b"%b%bcache-control: no-store\r\nx-request-id: %b\r\ntraceparent: %b\r\n%b" % (
            STATUS_LINES[problem.status],
            lines(headers),
            crossing.request_id,
            crossing.traceparent,
            crossing.memo.protections,
        )
        crossing.edge.answer(crossing, head, body)
        self.note(crossing, problem.status)

    def _charged(self, crossing: Crossing) -> bool:
        try:
            crossing.limits = self._limiter.charge(crossing.memo.credential, crossing.memo.peer.address)
        except Problem:
            return False
        return True

    def _lines(self, crossing: Crossing) -> bytes:
        """The header lines that do not change from request to request, written once for each signed identity."""
        memo, route = crossing.memo, crossing.route
        signed = self._authenticator.header(crossing.identity, route.service)[1]
        known = memo.signed.get(route.service)
        if known is not None and known[0] is signed:
            return known[1]
        headers = self._proxy.request_headers(route, memo.incoming, memo.peer, crossing.identity)
        written = lines([pair for pair in headers if pair[0] not in IDS])
        memo.signed[route.service] = (signed, written)
        return written

    def finish(self, crossing: Crossing, connection: Connection) -> None:
        """Write the answer, which is here as a whole."""
        status = connection.status
        headers = passed_on(
            connection, keep_cookies=crossing.upstream.name == "sessions", origin=crossing.instance.origin
        )
        body = connection.take()
        if status not in BODILESS and not connection.length_known:
            headers.append((b"content-length", b"%d" % len(body)))
        headers += crossing.limits
        # The date of uvicorn's own headers; it makes a new list each second.
        if crossing.edge.server_state.default_headers is not self._dated:
            self._dated = crossing.edge.server_state.default_headers
            self._date = lines(self._dated)
        head = b"%b%bx-request-id: %b\r\ntraceparent: %b\r\n%b%b" % (
            STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status,
            b"".join([b"%b: %b\r\n" % pair for pair in headers]),
            crossing.request_id,
            crossing.traceparent,
            crossing.memo.protections,
            self._date,
        )
        crossing.instance.release(connection)
        crossing.upstream.gate.leave()
        crossing.upstream.retries.earn()
        crossing.upstream.gate.told(full=status == HTTPStatus.SERVICE_UNAVAILABLE)
        if status == HTTPStatus.UNAUTHORIZED:
            self._authenticator.forget(crossing.memo.credential)
        crossing.edge.answer(crossing, head, body)
        self.note(crossing, status)

    def resumption(self, crossing: Crossing) -> ASGIApp:
        """The ASGI application that goes on from here."""

        async def run(scope: Scope, receive: Receive, send: Send) -> None:
            await self._resumed(scope, receive, send, crossing)

        return run

    def note(self, crossing: Crossing, status: int, *, client_left: bool = False) -> None:
        self._observer.note(
            method="GET",
            label=crossing.route.label,
            status=status,
            started=crossing.started,
            request_id=crossing.request_id.decode("ascii"),
            traceparent=crossing.traceparent,
            service=crossing.route.service,
            client_left=client_left,
        )


# Ids of the caller's own differ from request to request; another origin's page is answered with headers of its own.
WITHOUT = frozenset({b"origin", b"traceparent", b"x-request-id"})
IDS = frozenset({b"x-request-id", b"traceparent"})
