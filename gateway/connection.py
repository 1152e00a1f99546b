"""One kept connection to a service: HTTP/1.1 over asyncio with httptools, streaming both ways with back-pressure.

Why not a client library: aborting has to close the socket at once (so that a query nobody waits for stops), an error
has to say whether anything was sent (so that only harmless retries happen), and bytes have to go on unchanged.
"""

import asyncio
from collections import deque
from collections.abc import Callable

import httptools
from typing_extensions import override

from gateway.limits import ANSWER_BUFFER_BYTES, ANSWER_HEADER_BYTES_MAX, WHOLE_ANSWER_BYTES_MAX

Headers = list[tuple[bytes, bytes]]


class UpstreamFailure(Exception):  # noqa: N818 - its kinds say what happened, not that it is an error
    """A service gave no complete answer."""


class ConnectFailed(UpstreamFailure):
    """No connection could be made; nothing was sent."""


class ConnectionLost(UpstreamFailure):
    """The connection ended before the answer was complete."""


class StaleConnection(UpstreamFailure):
    """A kept connection turned out to be closed before a byte of the answer came."""


class AnswerTooSlow(UpstreamFailure):
    """The answer did not come in time."""


class NotHttp(UpstreamFailure):
    """What came is not an HTTP answer that may be passed on."""


class ClientGone(UpstreamFailure):
    """The client has closed its connection: nobody waits for this answer."""


class Connection(asyncio.Protocol):
    """A connection and the one exchange that it is serving. `closed` is called once, when the socket is gone."""

    def __init__(self, loop: asyncio.AbstractEventLoop, closed: Callable[["Connection"], None]) -> None:
        self._loop = loop
        self._closed = closed
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.listener: Callable[[Connection], None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._chunks: deque[bytes] = deque()
        self._buffered = 0
        self._paused = False
        self.idle_since = 0.0
        self.due = 0.0  # when an answer that a listener waits for has to begin; the one who set it looks
        self.exchanges = 0
        self._reset(head_only=False)

    def begin(self, *, head_only: bool) -> bool:
        """Start an exchange; whether the connection was used before, and may thus have been closed unnoticed."""
        self._reset(head_only=head_only)
        self.exchanges += 1
        return self.exchanges > 1

    def _reset(self, *, head_only: bool) -> None:
        self._head_only = head_only
        self._for_head = True
        self.status = 0
        self.headers: Headers = []
        self._header_bytes = 0
        self.begun = False  # the status line and all headers are here
        self.complete = False
        self.heard = False  # at least one byte of an answer came
        self._reusable = True
        self._self_delimiting = False
        self._has_length = False
        self._short = False
        self.error: UpstreamFailure | None = None

    # The client's side.

    def send(self, data: bytes) -> None:
        """Write without waiting; for the head and a body that is already here."""
        if self._transport is not None:
            self._transport.write(data)

    async def write(self, data: bytes) -> None:
        """Write a piece of a body and wait while the service reads slower than the client sends."""
        self.send(data)
        if self._drained is not None:
            await asyncio.shield(self._drained)
        if self.error is not None:
            raise self.error

    async def answer(self, timeout_s: float) -> None:
        """Wait for status and headers (and whatever of the body came with them)."""
        if not self.begun or self.error is not None:
            await self._wait(timeout_s, for_head=True)

    async def chunk(self, timeout_s: float) -> bytes:
        """The next bytes of the body; b"" at its end."""
        if not self._chunks and not self.complete:
            await self._wait(timeout_s, for_head=False)
        return self.take()

    def take(self) -> bytes:
        """What of the body is here, without waiting."""
        chunks = self._chunks
        if not chunks:
            return b""
        data = chunks.popleft() if len(chunks) == 1 else b"".join(chunks)
        chunks.clear()
        self._buffered = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data

    def fail(self, error: UpstreamFailure) -> None:
        """End the exchange with `error` and close the socket at once: the service notices."""
        if self.error is None and not self.complete:
            self.error = error
        self._reusable = False
        if self._transport is not None:
            self._transport.abort()
        self._wake()

    def close(self) -> None:
        """Close the socket without an error."""
        if self._transport is not None:
            self._transport.abort()

    def now(self) -> float:
        return self._loop.time()

    @property
    def length_known(self) -> bool:
        """Whether the answer says how long its body is."""
        return self._has_length

    @property
    def reusable(self) -> bool:
        return self.complete and self._reusable and self.usable

    @property
    def went_stale(self) -> bool:
        """Whether the connection ended before a byte of the answer came."""
        return isinstance(self.error, ConnectionLost) and not self.heard

    @property
    def usable(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    async def _wait(self, timeout_s: float, *, for_head: bool) -> None:
        if self.error is not None:
            raise self.error
        self._for_head = for_head
        self._waiter = self._loop.create_future()
        deadline = self._loop.call_later(timeout_s, self.fail, AnswerTooSlow(f"no answer within {timeout_s:g} s"))
        try:
            await self._waiter
        finally:
            deadline.cancel()
            self._waiter = None

    def _wake(self) -> None:
        listener = self.listener
        if listener is not None:
            # Told once: when the answer is whole, when it is known to be long, or when there is none.
            if self.complete or self.error is not None or (self.begun and not self._short):
                self.listener = None
                listener(self)
            return
        waiter = self._waiter
        if waiter is None or waiter.done():
            return
        if self.error is not None:
            waiter.set_exception(self.error)
        elif self.begun and (self._for_head or self._chunks or self.complete):
            waiter.set_result(None)

    # The socket's side (asyncio.Protocol).

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment] # a stream socket's transport reads and writes

    @override
    def data_received(self, data: bytes) -> None:
        if self.complete or self.exchanges == 0:
            self.fail(NotHttp("bytes that nobody asked for"))
            return
        self.heard = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.fail(NotHttp(f"not an HTTP answer ({type(error).__name__})"))
            return
        if self._buffered > ANSWER_BUFFER_BYTES and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if not self.complete and self.exchanges:
            if self.begun and not self._self_delimiting and exc is None and self.error is None:
                self.complete = True  # the end of the connection is the end of such a body
                self._reusable = False
            elif self.error is None:
                self.error = ConnectionLost("the connection ended before the answer was complete")
        self.resume_writing()
        self._wake()
        self._closed(self)

    @override
    def pause_writing(self) -> None:
        if self._drained is None:
            self._drained = self._loop.create_future()

    @override
    def resume_writing(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)

    # The parser's side (httptools).

    def on_message_begin(self) -> None:
        if self.complete:
            self._reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > ANSWER_HEADER_BYTES_MAX:
            raise ValueError("headers without end")
        name = name.lower()
        if name == b"content-length":
            self._self_delimiting = self._has_length = True
            # The parser checks the number itself, after this.
            self._short = value.isdigit() and int(value) <= WHOLE_ANSWER_BYTES_MAX
        elif name == b"transfer-encoding":
            self._self_delimiting = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        if self.status < 200:  # noqa: PLR2004 - 100 Continue and 103 Early Hints announce the real answer
            return
        self.begun = True
        if self._head_only:
            self.complete = True
            self._reusable = False  # the parser now waits for a body that an answer to HEAD never has

    def on_body(self, body: bytes) -> None:
        if not self.complete:
            self._chunks.append(body)
            self._buffered += len(body)

    def on_message_complete(self) -> None:
        if not self.begun:
            self.headers.clear()
            self._self_delimiting = self._has_length = self._short = False
        elif not self.complete:
            self.complete = True
            self._reusable = self._parser.should_keep_alive()
