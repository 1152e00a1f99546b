"""How the gateway listens: uvicorn on httptools with what it lacks at an edge — deadlines and limits while receiving.

`uvicorn --http gateway.server:StrictProtocol gateway.main:app` gives the same; `python -m gateway` sets it all.
"""

import asyncio
import json
import secrets
from typing import Any

import uvicorn
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.limits import BODY_RECEIVE_S, HEADER_BYTES_MAX, HEADER_RECEIVE_S, HEADERS_MAX, URL_BYTES_MAX
from gateway.problems import NotHttpRequest
from gateway.settings import Settings
from shared.errors import PROBLEM_JSON

IDLE_S = 30  # between requests of one connection; browsers open a new one without asking anybody
DRAIN_S = 10  # after that a shutdown ends what still runs
CONNECTIONS_WAITING_MAX = 1024  # accepted by the kernel, not yet by us


class StrictProtocol(HttpToolsProtocol):
    """Cuts what uvicorn would wait for or store without end: silent connections, dripping or endless headers, bodies
    that nobody reads. Counting starts before parsing ends, so a flood is stopped while it arrives.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._deadline: asyncio.TimerHandle | None = None
        self._header_bytes = 0
        self._receiving_header = True

    @override
    def connection_made(  # type: ignore[override] # as in uvicorn: a stream socket is an asyncio.Transport
        self, transport: asyncio.Transport
    ) -> None:
        super().connection_made(transport)
        self._set_deadline(HEADER_RECEIVE_S)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        super().connection_lost(exc)

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._header_bytes = 0
        self._receiving_header = True
        self._set_deadline(HEADER_RECEIVE_S)

    @override
    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > URL_BYTES_MAX + HEADER_BYTES_MAX:
            raise ValueError("an address without end")

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
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
        self._set_deadline(BODY_RECEIVE_S)
        super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        self._cancel_deadline()
        super().on_message_complete()

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

    def _set_deadline(self, seconds: float) -> None:
        self._cancel_deadline()
        self._deadline = self.loop.call_later(seconds, self._too_late)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        # A body that comes too slowly is the application's to refuse while it reads; nobody reads it after an answer.
        if self._receiving_header or self.cycle.response_complete:
            self.transport.close()
        else:
            self._set_deadline(BODY_RECEIVE_S)


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
