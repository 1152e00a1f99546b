"""One request to a service and its answer: bodies stream both ways, and either end hanging up ends the other."""

import asyncio

from starlette.types import Receive, Scope, Send

from gateway.connection import ClientGone, ConnectFailed, Connection, ConnectionLost, Headers, UpstreamFailure
from gateway.incoming import Incoming, of_a_service
from gateway.limits import (
    ANSWER_PAUSE_S,
    BODY_BYTES_MAX,
    BODY_RECEIVE_S,
    CONNECT_RETRY_AFTER_S,
    DISCONNECT_WATCH_AFTER_S,
)
from gateway.problems import BodyTooLarge, RequestTimeout
from gateway.requests import head
from gateway.routing import SAFE_METHODS, Route
from gateway.upstream import Upstream
from shared.errors import Problem

CHUNK = b"%x\r\n%b\r\n"


class Body:
    """A request's body as the client sends it, counted against the limit."""

    def __init__(self, receive: Receive, *, expected: bool) -> None:
        self._receive = receive
        self.complete = not expected
        self.refused: Problem | None = None
        self._bytes = 0

    async def next(self) -> bytes:
        """The next piece; ClientGone when the client left, BodyTooLarge beyond the limit."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGone("the client left while sending")
        piece: bytes = message.get("body", b"")
        self._bytes += len(piece)
        if self._bytes > BODY_BYTES_MAX:
            raise BodyTooLarge
        self.complete = not message.get("more_body", False)
        return piece


class Exchange:
    """A request on its way through. `status` is what the client was told, 0 while it was told nothing."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, *, upstream: Upstream, route: Route, incoming: Incoming
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._upstream = upstream
        self._route = route
        self._incoming = incoming
        self._body = Body(receive, expected=incoming.has_body)
        self._method: str = scope["method"]
        self._tasks: list[asyncio.Task[None]] = []
        self._watch_timer: asyncio.TimerHandle | None = None
        self.status = 0

    async def run(self, headers: Headers, own: Headers) -> None:
        """Send `headers` and the body, pass the answer on with `own` added. UpstreamFailure or Problem when it fails
        before an answer began; a failure after that closes the client's connection, because nothing else is honest.
        """
        first = await self._first_piece()
        target = self._scope["raw_path"]
        if self._scope["query_string"]:
            target += b"?" + self._scope["query_string"]
        message = head(self._method, target, [*headers, *self._framing()])
        if first:
            message += first if self._has_length() else CHUNK % (len(first), first)
        if self._body.complete and self._incoming.has_body and not self._has_length():
            message += b"0\r\n\r\n"
        connection = await self._answered(message)
        try:
            await self._pass_on(connection, own)
        finally:
            await self._finish(connection)

    async def _first_piece(self) -> bytes:
        if self._body.complete:
            return b""
        try:
            async with asyncio.timeout(BODY_RECEIVE_S):
                return await self._body.next()
        except TimeoutError as error:
            raise RequestTimeout from error

    def _has_length(self) -> bool:
        return b"content-length" in self._incoming.found

    def _framing(self) -> Headers:
        length = self._incoming.content_length
        if length is not None:
            return [(b"content-length", str(length).encode())]
        if self._incoming.has_body:
            return [(b"transfer-encoding", b"chunked")]
        return [(b"content-length", b"0")] if self._method in {"POST", "PUT", "PATCH"} else []

    async def _answered(self, message: bytes) -> Connection:
        """A connection on which the answer has begun. Only what changes nothing and was not answered is sent twice."""
        may_repeat = self._method in SAFE_METHODS and not self._incoming.has_body
        try:
            return await self._attempt(message, fresh=False)
        except ConnectFailed:
            if not may_repeat:
                raise
            await asyncio.sleep(CONNECT_RETRY_AFTER_S)
        except _Stale as error:
            if not may_repeat:
                raise ConnectionLost("the connection ended before an answer came") from error
        return await self._attempt(message, fresh=True)

    async def _attempt(self, message: bytes, *, fresh: bool) -> Connection:
        connection = await self._upstream.acquire(fresh=fresh)
        kept = connection.begin(head_only=self._method == "HEAD")
        try:
            connection.send(message)
            self._accompany(connection)
            await connection.answer(self._route.answer_s)
        except BaseException as error:
            await self._finish(connection)
            if kept and connection.went_stale and isinstance(error, UpstreamFailure):
                raise _Stale from error
            if self._body.refused is not None:
                raise self._body.refused from error
            raise
        return connection

    def _accompany(self, connection: Connection) -> None:
        """Keep sending the body beside the answer, then watch whether the client is still there."""
        if not self._body.complete:
            self._tasks.append(asyncio.create_task(self._upload(connection)))
            return
        loop = asyncio.get_running_loop()
        self._watch_timer = loop.call_later(DISCONNECT_WATCH_AFTER_S, self._watch, connection)

    def _watch(self, connection: Connection) -> None:
        self._tasks.append(asyncio.create_task(self._until_gone(connection)))

    async def _until_gone(self, connection: Connection) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        connection.fail(ClientGone("the client left before the answer was complete"))

    async def _upload(self, connection: Connection) -> None:
        try:
            async with asyncio.timeout(BODY_RECEIVE_S):
                while not self._body.complete:
                    piece = await self._body.next()
                    if piece:
                        await connection.write(piece if self._has_length() else CHUNK % (len(piece), piece))
            if not self._has_length():
                await connection.write(b"0\r\n\r\n")
        except UpstreamFailure as error:
            connection.fail(error)
        except TimeoutError:
            self._refuse(connection, RequestTimeout())
        except BodyTooLarge as problem:
            self._refuse(connection, problem)
        else:
            await self._until_gone(connection)

    def _refuse(self, connection: Connection, problem: Problem) -> None:
        self._body.refused = problem
        connection.fail(UpstreamFailure(problem.detail))

    async def _pass_on(self, connection: Connection, own: Headers) -> None:
        headers, says_caching = of_a_service(
            connection.headers,
            status=connection.status,
            keep_cookies=self._upstream.name == "sessions",
            origin=self._upstream.origin,
        )
        if not says_caching:
            # A browser may keep an answer with an ETag but must ask each time; anything else is not for keeping.
            tagged = any(name == b"etag" for name, _ in headers)
            headers.append((b"cache-control", b"private, no-cache" if tagged else b"no-store"))
        self.status = connection.status
        await self._send({"type": "http.response.start", "status": connection.status, "headers": [*headers, *own]})
        more = True
        while more:
            piece = await connection.chunk(ANSWER_PAUSE_S)
            more = not connection.complete
            await self._send({"type": "http.response.body", "body": piece, "more_body": more})

    async def _finish(self, connection: Connection) -> None:
        if self._watch_timer is not None:
            self._watch_timer.cancel()
            self._watch_timer = None
        if not self._body.complete:
            connection.close()
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)
        self._upstream.release(connection)


class _Stale(UpstreamFailure):
    """A kept connection had been closed by the service before it heard us."""
