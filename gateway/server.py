"""How the gateway listens: uvicorn on httptools with what it lacks at an edge — deadlines and limits while receiving.

`uvicorn --http gateway.server:StrictProtocol gateway.main:app` gives the same; `python -m gateway` sets it all.
Requests that fit go to gateway/lane.py without an ASGI call; all others take uvicorn's usual way.
"""

import asyncio
import json
import secrets
from typing import Any

import uvicorn
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gateway.connection import AnswerTooSlow
from gateway.lane import Crossing, Lane, Memo
from gateway.limits import BODY_RECEIVE_S, HEADER_BYTES_MAX, HEADER_RECEIVE_S, HEADERS_MAX, SWEEP_S, URL_BYTES_MAX
from gateway.problems import NotHttpRequest
from gateway.settings import Settings
from shared.errors import PROBLEM_JSON

IDLE_S = 30  # between requests of one connection; browsers open a new one without asking anybody
DRAIN_S = 10  # after that a shutdown ends what still runs
CONNECTIONS_WAITING_MAX = 1024  # accepted by the kernel, not yet by us
NEVER = float("inf")
NO_BODY = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade"})


class StrictProtocol(HttpToolsProtocol):
    """Cuts what uvicorn would wait for or store without end: silent connections, dripping or endless headers, bodies
    that nobody reads. Counting starts before parsing ends, so a flood is stopped while it arrives.
    """

    # uvicorn's record of a request, or a Crossing, which has what uvicorn asks of one: complete, kept alive, left.
    cycle: Any

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._due = NEVER  # when this connection has been waited for long enough
        self._header_bytes = 0
        self._receiving_header = True
        self._crossing: Crossing | None = None
        self._handed_over: RequestResponseCycle | None = None
        self.memo: Memo | None = None

    @override
    def connection_made(  # type: ignore[override] # as in uvicorn: a stream socket is an asyncio.Transport
        self, transport: asyncio.Transport
    ) -> None:
        super().connection_made(transport)
        self._due = self.loop.time() + HEADER_RECEIVE_S
        Sweeper.of(self)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._due = NEVER
        crossing, self._crossing = self._crossing, None
        if isinstance(self.cycle, Crossing):
            self.cycle = None  # nothing that uvicorn could tell it, answered or not
        if crossing is not None:
            crossing.client_left()
        if self._handed_over is not None:
            self._handed_over.disconnected = not self._handed_over.response_complete
            self._handed_over.message_event.set()
        super().connection_lost(exc)

    @override
    def on_message_begin(self) -> None:
        # The scope is made when the request goes the usual way (`_begin_scope`).
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._header_bytes = 0
        self._receiving_header = True
        self._due = self.loop.time() + HEADER_RECEIVE_S

    @override
    def on_url(self, url: bytes) -> None:
        self.url += url
        if len(self.url) > URL_BYTES_MAX + HEADER_BYTES_MAX:
            raise ValueError("an address without end")

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))
        self._header_bytes += len(name) + len(value)
        # Twice the limit: just above it the application still answers with a problem document.
        if self._header_bytes > 2 * HEADER_BYTES_MAX or len(self.headers) > 2 * HEADERS_MAX:
            raise ValueError("headers without end")

    @override
    def on_headers_complete(self) -> None:
        self._receiving_header = False
        version = self.parser.get_http_version()
        if version != "1.1" and (version != "1.0" or any(name == b"transfer-encoding" for name, _ in self.headers)):
            raise ValueError("HTTP/0.9, or a transfer encoding before HTTP/1.1")
        if version == "1.1" and self._takes_the_lane():
            self._due = NEVER
            return
        self._due = self.loop.time() + BODY_RECEIVE_S
        self._begin_scope()
        super().on_headers_complete()

    def _takes_the_lane(self) -> bool:
        if self.parser.get_method() != b"GET" or not (self.cycle is None or self.cycle.response_complete):
            return False
        lane: Lane | None = getattr(self.app, "lane", None)
        if lane is None:
            return False
        crossing = lane.enter(self, self.url, keep_alive=self.parser.should_keep_alive())
        if crossing is None:
            return False
        self.cycle = crossing
        if not crossing.response_complete:
            self._crossing = crossing
        return True

    def _begin_scope(self) -> None:
        url, headers, expect = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expect
        self.headers.extend(headers)

    @override
    def on_body(self, body: bytes) -> None:
        if not isinstance(self.cycle, Crossing):
            super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        # An answer that came before the end of its request: the connection is idle from now on.
        idle = self.cycle is not None and self.cycle.response_complete
        self._due = self.loop.time() + self.timeout_keep_alive if idle else NEVER
        if not isinstance(self.cycle, Crossing):
            super().on_message_complete()

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.timeout_keep_alive_task is not None:
            # One sweep for all connections instead of a timer for each request.
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None
            self._due = self.loop.time() + self.timeout_keep_alive

    # What the lane asks for.

    def answer(self, crossing: Crossing, head: bytes, body: bytes) -> None:
        """Write a whole answer."""
        self._crossing = None
        crossing.response_complete = True
        if crossing.keep_alive:
            self.transport.write(b"%b\r\n%b" % (head, body))
        else:
            self.transport.write(b"%bconnection: close\r\n\r\n%b" % (head, body))
            self.transport.close()
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.pipeline:
            self.flow.resume_reading()
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        else:
            self._due = self.loop.time() + self.timeout_keep_alive

    def hand_over(self, crossing: Crossing) -> None:
        """Go on as an ASGI application."""
        self._crossing = None
        scope = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": self.root_path,
            "path": crossing.path.decode("ascii"),
            "raw_path": crossing.path,
            "query_string": crossing.query,
            "headers": crossing.memo.headers,
            "state": {},
        }
        cycle = RequestResponseCycle(
            scope=scope,  # type: ignore[arg-type] # a scope is a dictionary
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=crossing.keep_alive,
            on_response=self.on_response_complete,
        )
        cycle.more_body = False
        self._handed_over = cycle
        if self.cycle is crossing:
            self.cycle = cycle
        app: Any = crossing.lane.resumption(crossing)  # typed by starlette there, by uvicorn here
        self._start_asgi_task(cycle, app)

    @override
    def send_400_response(self, msg: str) -> None:
        """What is not HTTP gets a problem document too, and the connection ends: where it resumes is unknown."""
        request_id = secrets.token_hex(8)
        body = json.dumps(NotHttpRequest().body(instance="", request_id=request_id)).encode()
        head = (
            f"HTTP/1.1 400 Bad Request\r\ncontent-type: {PROBLEM_JSON}\r\ncontent-length: {len(body)}\r\n"
            f"x-request-id: {request_id}\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()

    def look(self, now: float) -> None:
        """Close what has been waited for long enough."""
        crossing = self._crossing
        if crossing is not None and now > crossing.connection.due:
            crossing.connection.fail(AnswerTooSlow(f"no answer within {crossing.route.answer_s:g} s"))
        if now <= self._due:
            return
        # A body that comes too slowly is the application's to refuse while it reads; nobody reads it after an answer.
        if self._receiving_header or self.cycle is None or self.cycle.response_complete:
            self.transport.close()
        else:
            self._due = now + BODY_RECEIVE_S


class Sweeper:
    """Looks at every connection of a server a few times a second: deadlines without a timer for each request."""

    def __init__(self, first: StrictProtocol) -> None:
        self._loop = first.loop
        self._connections = first.connections
        first.server_state.sweeper = self  # type: ignore[attr-defined] # lives as long as the server does
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def of(cls, protocol: StrictProtocol) -> None:
        """Make sure that this protocol's server is looked after."""
        sweeper: Sweeper = getattr(protocol.server_state, "sweeper", None) or cls(protocol)
        sweeper.watch()

    def watch(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(SWEEP_S, self._sweep)

    def _sweep(self) -> None:
        self._timer = None
        now = self._loop.time()
        for connection in list(self._connections):
            if isinstance(connection, StrictProtocol):
                connection.look(now)
        if self._connections:
            self.watch()


def configuration(settings: Settings, **options: Any) -> uvicorn.Config:
    """Uvicorn with everything set that an edge needs."""
    return uvicorn.Config(
        "gateway.main:app",
        host=settings.iact_gateway_host,
        port=settings.iact_gateway_port,
        http=StrictProtocol,
        loop="uvloop",
        ws="none",
        lifespan="on",
        # Its own reading of X-Forwarded-* believes loopback; ours believes who was named.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=DRAIN_S,
        backlog=CONNECTIONS_WAITING_MAX,
        log_config=None,
        **options,
    )
