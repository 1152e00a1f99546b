"""The gateway: one origin for browsers and scripts. `uvicorn gateway.main:app`, or `python -m gateway`.

Plain ASGI on the outside: `/api/v1/*` is forwarded, a handful of own addresses goes to a small FastAPI application,
everything else is the page. Importing this module connects to nothing and reads no secret.
"""

import os
import sys
import time
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from pydantic import ValidationError
from starlette.types import Receive, Scope, Send

from gateway import binding, figures, liveness, openapi
from gateway.answers import answer_headers
from gateway.auth import Authenticator
from gateway.health import Prober
from gateway.incoming import Incoming, read
from gateway.lane import Crossing, Lane
from gateway.limiter import Limiter
from gateway.observe import Observer
from gateway.own import create_own, own_paths
from gateway.page import Page
from gateway.peer import Peer, peer_of
from gateway.problems import BROKEN, InsecureAddress, send_problem
from gateway.proxy import ClientLeft, Proxy
from gateway.revocations import Revocations
from gateway.routing import Routing, Templates
from gateway.settings import Network, Settings
from gateway.signing import Signing
from gateway.upstream import Upstream
from gateway.web import Web
from shared import log, metrics
from shared.errors import Problem
from shared.settings import MissingSetting
from shared.tasks import lasting_beside
from shared.tracing import Spans, sending

FORWARDED = "/api/v1/"
UNREAD = [(b"host", b"unread")]  # stands for headers that could not be taken apart


@dataclass
class Parts:
    """What the gateway is made of while it runs."""

    settings: Settings
    trusted: tuple[Network, ...]
    proxy: Proxy
    routing: Routing
    web: Web
    observer: Observer
    lane: Lane


class Gateway:
    """The ASGI application. Its parts exist between start-up and shutdown."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._given = settings
        self._parts: Parts | None = None
        self.lane: Lane | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await self._serve(scope, receive, send)
            case "lifespan":
                await self._live(receive, send)
            case _:
                # Nothing here speaks WebSocket; closing before accepting answers 403.
                await send({"type": "websocket.close", "code": 1000})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as stack:
            try:
                self._parts = await self._start(stack)
            except (MissingSetting, ValidationError, OSError) as error:
                await send({"type": "lifespan.startup.failed", "message": f"The gateway does not start: {error}"})
                return
            self.lane = self._parts.lane
            await send({"type": "lifespan.startup.complete"})
            await receive()
            self._parts = self.lane = None
        await send({"type": "lifespan.shutdown.complete"})

    async def _start(self, stack: AsyncExitStack) -> Parts:
        settings = self._given or Settings()
        log.configure(service="gateway", form=settings.iact_log_format)
        binding.check_start(settings, arguments=sys.argv, environment=os.environ)
        signing = Signing(settings.secrets_dir)
        stack.enter_context(metrics.serve(settings.iact_metrics_port))
        upstreams = self._upstreams(settings, stack)
        # Recognising callers and asking for health must not queue behind the sign-ins that sessions is busy with.
        asking = self._upstreams(settings, stack)
        revocations = Revocations(asking["sessions"])
        authenticator = Authenticator(
            asking["sessions"], signing, cache_s=settings.iact_identity_cache_s, up_to_date=revocations.heard_lately
        )
        spans = Spans(settings.iact_otlp_endpoint, settings.service) if settings.iact_otlp_endpoint else None
        await stack.enter_async_context(sending(spans))
        observer = Observer(upstreams, access_log=settings.iact_access_log, spans=spans)
        stack.callback(observer.flush)
        figures.observe(upstreams, revocations)
        pairs = [(asking[name], upstreams[name]) for name in upstreams]
        jobs = (partial(revocations.follow, authenticator), partial(liveness.watch, pairs), figures.watch_lag)
        await stack.enter_async_context(lasting_beside(*jobs))
        limiter = Limiter(**settings.rates())
        routing = Routing(Templates.of(openapi.path_templates()))
        proxy = Proxy(
            upstreams,
            authenticator,
            limiter,
            public_origins=settings.public_origins(),
            cors_origins=settings.cors_origins(),
        )
        return Parts(
            settings=settings,
            trusted=settings.trusted_networks(),
            proxy=proxy,
            routing=routing,
            web=Web(Page(settings.iact_ui_dir), create_own(Prober(asking)), own_paths()),
            observer=observer,
            lane=Lane(
                settings=settings,
                upstreams=upstreams,
                authenticator=authenticator,
                limiter=limiter,
                routing=routing,
                proxy=proxy,
                observer=observer,
                resumed=self.resume,
            ),
        )

    def _upstreams(self, settings: Settings, stack: AsyncExitStack) -> dict[str, Upstream]:
        made = {
            name: Upstream(name, urls, in_flight_max=settings.iact_gateway_in_flight)
            for name, urls in settings.upstream_urls().items()
        }
        for upstream in made.values():
            stack.callback(upstream.close)
        return made

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts = self._parts
        if parts is None:
            raise RuntimeError("the gateway's application needs its lifespan (uvicorn --lifespan on)")
        seen = _Seen()
        await self._attend(scope, send, parts, seen, self._answer(parts, scope, receive, send, seen))

    async def resume(self, scope: Scope, receive: Receive, send: Send, crossing: Crossing) -> None:
        """Go on with a request that the lane began."""
        parts = self._parts
        if parts is None:
            return  # shut down meanwhile: the connection closes
        seen = _Seen()
        begun = crossing.begun()
        seen.started, seen.label, seen.service = crossing.started, begun.route.label, begun.route.service
        seen.incoming, seen.peer = begun.incoming, begun.peer
        await self._attend(scope, send, parts, seen, parts.proxy.resume(scope, receive, send, begun))

    async def _attend(self, scope: Scope, send: Send, parts: Parts, seen: "_Seen", work: Awaitable[int]) -> None:
        """Do the work; whatever goes wrong is told as a problem document, and the request is noted once."""
        try:
            seen.status = await work
        except ClientLeft as left:
            seen.status, seen.client_left = left.status, True
        except Problem as problem:
            seen.status = await _send(scope, send, problem, seen)
        except Exception:  # noqa: BLE001 - whatever broke, the caller gets a problem document and the log the cause
            log.log.exception("the gateway failed", route=seen.label, request_id=seen.request_id)
            seen.status = await _send(scope, send, Problem(BROKEN), seen)
        finally:
            parts.observer.note(
                method=scope["method"],
                label=seen.label,
                status=seen.status,
                started=seen.started,
                request_id=seen.request_id,
                traceparent=seen.understood().traceparent,
                caller=seen.understood().found.get(b"traceparent"),
                service=seen.service,
                client_left=seen.client_left,
            )

    async def _answer(self, parts: Parts, scope: Scope, receive: Receive, send: Send, seen: "_Seen") -> int:
        incoming = seen.incoming = read(scope["headers"])
        peer = seen.peer = peer_of(
            client=scope["client"][0] if scope.get("client") else None,
            scheme=scope["scheme"],
            forwarded_for=incoming.text(b"x-forwarded-for"),
            forwarded_proto=incoming.text(b"x-forwarded-proto"),
            trusted=parts.trusted,
        )
        server = scope["server"][0] if scope.get("server") else None
        if not binding.is_private(server=server, scheme=peer.scheme, allowed=parts.settings.iact_public_bind):
            raise InsecureAddress
        if not scope["path"].startswith(FORWARDED):
            seen.label, status = await parts.web.serve(scope, receive, send, incoming=incoming, peer=peer)
            return status
        seen.label = f"{FORWARDED}*"
        if scope["method"] == "OPTIONS":
            answered = await parts.proxy.preflight(send, incoming, peer)
            if answered is not None:
                return answered
        route = parts.routing.find(scope["method"], scope["raw_path"])
        seen.label, seen.service = route.label, route.service
        return await parts.proxy.forward(scope, receive, send, route=route, incoming=incoming, peer=peer)


class _Seen:
    """What is known of a request so far, for its problem and its log line."""

    __slots__ = ("client_left", "incoming", "label", "peer", "service", "started", "status")

    def __init__(self) -> None:
        self.incoming: Incoming | None = None
        self.peer = Peer("unknown", "http")
        self.label = "unmatched"
        self.service = ""
        self.started = time.perf_counter()
        self.status = 0
        self.client_left = False

    def understood(self) -> Incoming:
        """The request's headers, or empty ones with new ids where they could not be taken apart."""
        if self.incoming is None:
            self.incoming = read(UNREAD)
        return self.incoming

    @property
    def request_id(self) -> str:
        return self.understood().request_id.decode("ascii")


async def _send(scope: Scope, send: Send, problem: Problem, seen: _Seen) -> int:
    return await send_problem(
        send,
        problem,
        path=scope["path"],
        request_id=seen.request_id,
        headers=[*answer_headers(seen.understood(), seen.peer), (b"cache-control", b"no-store")],
    )


def create_gateway(settings: Settings | None = None) -> Gateway:
    """The application; settings are read from the environment at start-up when not given."""
    return Gateway(settings)


app = create_gateway()
