"""The outermost ASGI layer of every service: request id, admission, access log, metrics.

Plain ASGI, because a middleware class of the framework would copy each body through a queue.
"""

import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import metrics
from shared.asked import Asked
from shared.errors import PROBLEM_JSON, Problem, Unavailable
from shared.log import log
from shared.tracing import Spans

REQUEST_ID = re.compile(rb"^[A-Za-z0-9._-]{8,128}$")
TRACEPARENT = re.compile(rb"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")
BACKGROUND = (b"x-background", b"1")  # the gateway's word for what a page asks by itself
BROKEN = "Something broke on our side; the log knows it by this request_id."


@dataclass
class Frame:
    """Wraps an application. `in_flight_max` is about twice its connection pool: beyond that an instant 503 keeps
    88-96 % of the peak's goodput at ten times saturation, where a queue kept 6 %.

    `lanes` gives single operations (method, path) a limit of their own, apart from all others: a flood of them takes
    nobody else's place, and streams that stay open are not counted among the requests being served.
    """

    app: ASGIApp
    service: str
    in_flight_max: int
    lanes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    spans: Spans | None = None
    asked: Asked | None = None  # told of each request that somebody waits for
    in_flight: int = 0
    in_lane: dict[tuple[str, str], int] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, traceparent = identifiers(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        answer = _Answer(send, request_id, traceparent)
        structlog.contextvars.bind_contextvars(service=self.service, request_id=request_id)
        started = time.monotonic()
        metrics.IN_FLIGHT.labels(self.service).set(self.in_flight)
        try:
            lane = (scope["method"], scope["path"])
            if lane in self.lanes:
                await self._serve_in_lane(lane, scope, receive, answer)
            elif self.in_flight >= self.in_flight_max and not scope["path"].startswith("/health/"):
                await self._shed(scope, answer)
            else:
                await self._serve_among_all(scope, receive, answer)
        finally:
            elapsed_s = time.monotonic() - started
            self._note(scope, answer.status, elapsed_s)
            if self.spans is not None and not scope["path"].startswith("/health/"):
                self.spans.note(
                    traceparent=traceparent,
                    method=scope["method"],
                    route=route_of(scope),
                    status=answer.status,
                    request_id=request_id,
                    elapsed_s=elapsed_s,
                )
            structlog.contextvars.unbind_contextvars("request_id")

    async def _serve_among_all(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        asked = self.asked if somebody_waits(scope) else None
        self.in_flight += 1
        if asked is not None:
            asked.begin()
        try:
            await self._serve(scope, receive, answer)
        finally:
            self.in_flight -= 1
            if asked is not None:
                asked.end()

    async def _serve_in_lane(self, lane: tuple[str, str], scope: Scope, receive: Receive, answer: "_Answer") -> None:
        if self.in_lane.get(lane, 0) >= self.lanes[lane]:
            await self._shed(scope, answer)
            return
        self.in_lane[lane] = self.in_lane.get(lane, 0) + 1
        try:
            await self._serve(scope, receive, answer)
        finally:
            self.in_lane[lane] -= 1

    async def _serve(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            await self.app(scope, receive, answer)
        except Exception:
            # The last resort (ASVS 16.5.4): the caller gets a sentence, the log gets the trace, the process lives.
            log.exception("a request broke", method=scope["method"], path=scope["path"])
            if answer.status:
                raise
            await _refuse(scope, answer, Problem(BROKEN))

    async def _shed(self, scope: Scope, answer: "_Answer") -> None:
        metrics.SHED.labels(self.service).inc()
        full = Unavailable(f"{self.service} is serving as many requests as it can.", retry_after_s=1)
        await _refuse(scope, answer, full)

    def _note(self, scope: Scope, status: int, elapsed_s: float) -> None:
        route = route_of(scope)
        metrics.REQUESTS.labels(self.service, route, str(status)).inc()
        metrics.REQUEST_SECONDS.labels(self.service, route).observe(elapsed_s)
        if route.startswith("/health"):
            return
        # The path template and never the query: values may be a person's.
        log.info("request", method=scope["method"], route=route, status=status, elapsed_s=round(elapsed_s, 5))


def somebody_waits(scope: Scope) -> bool:
    """Whether a person or a script asks: no look at the health, and no poll of a page that is merely open."""
    return not scope["path"].startswith("/health/") and BACKGROUND not in scope["headers"]


def route_of(scope: Scope) -> str:
    """The template of the path that was asked for: never a person's values."""
    return getattr(scope.get("route"), "path", "unmatched")


async def _refuse(scope: Scope, send: Send, problem: Problem) -> None:
    body = json.dumps(problem.body(instance=scope["path"], request_id=scope["state"]["request_id"])).encode()
    headers = [(b"content-type", PROBLEM_JSON.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Answer:
    """Adds the ids to the answer and remembers its status."""

    def __init__(self, send: Send, request_id: str, traceparent: str) -> None:
        self._send = send
        self._ids = [(b"x-request-id", request_id.encode()), (b"traceparent", traceparent.encode())]
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": [*message["headers"], *self._ids]}
        await self._send(message)


def identifiers(scope: Scope) -> tuple[str, str]:
    """The request id and the trace context: the caller's where well formed, else new ones."""
    headers = dict(scope["headers"])
    request_id = headers.get(b"x-request-id", b"")
    traceparent = headers.get(b"traceparent", b"")
    if not REQUEST_ID.match(request_id):
        request_id = secrets.token_hex(8).encode()
    if not TRACEPARENT.match(traceparent):
        drawn = secrets.token_hex(24)
        traceparent = f"00-{drawn[:32]}-{drawn[32:]}-01".encode()
    return request_id.decode(), traceparent.decode()
