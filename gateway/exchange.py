"""One request to a service and its answer: bodies stream both ways, and either end hanging up ends the other."""

import asyncio

from starlette.types import Receive, Scope, Send

from gateway import figures
from gateway.answers import passed_on
from gateway.connection import ClientGone, ConnectFailed, Connection, Headers, StaleConnection, UpstreamFailure
from gateway.incoming import Incoming
from gateway.limits import (
    ANSWER_PAUSE_S,
    BODY_AHEAD_BYTES,
    BODY_RECEIVE_S,
    CONNECT_RETRY_AFTER_S,
    DISCONNECT_WATCH_AFTER_S,
)
from gateway.problems import BodyTooLarge, RequestTimeout
from gateway.requests import first_line, lines
from gateway.routing import Route
from gateway.upstream import Instance, Upstream
from shared.errors import Problem

CHUNK = b"%x\r\n%b\r\n"
LAST_CHUNK = b"0\r\n\r\n"


class Body:
    """A request's body as the client sends it, counted against the limit."""

    def __init__(self, receive: Receive, *, expected: bool, bytes_max: int) -> None:
        self._receive = receive
        self.complete = not expected
        self.refused: Problem | None = None
        self._bytes = 0
        self._bytes_max = bytes_max

    async def next(self) -> bytes:
        """The next piece; ClientGone when the client left, BodyTooLarge beyond the limit."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGone("the client left while sending")
        piece: bytes = message.get("body", b"")
        self._bytes += len(piece)
        if self._bytes > self._bytes_max:
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
        self._body = Body(receive, expected=incoming.has_body, bytes_max=route.body_bytes_max)
        self._ahead = b""
        self._due = asyncio.get_running_loop().time() + BODY_RECEIVE_S
        self._method: str = scope["method"]
        self._tasks: list[asyncio.Task[None]] = []
        self._watch_timer: asyncio.TimerHandle | None = None
        self.status = 0

    async def gather(self) -> None:
        """Take in the body, or as much of it as may lie here, before a place at the service is taken: whoever sends
        slowly must not hold one. BodyTooLarge, RequestTimeout, or ClientGone.
        """
        if not self._incoming.has_body:
            return
        length = self._incoming.content_length
        if length is not None and length > self._route.body_bytes_max:
            raise BodyTooLarge
        ahead = bytearray()
        try:
            async with asyncio.timeout_at(self._due):
                while not self._body.complete and len(ahead) < BODY_AHEAD_BYTES:
                    ahead += await self._body.next()
        except TimeoutError as error:
            raise RequestTimeout from error
        self._ahead = bytes(ahead)

    @property
    def whole(self) -> bool:
        """Whether all of the request is here."""
        return self._body.complete

    async def run(self, headers: Headers, own: Headers) -> None:
        """Send `headers` and the body, from what was gathered on, pass the answer on with `own` added. UpstreamFailure
        or Problem when it fails before an answer began; a failure after that closes the client's connection, because
        nothing else is honest.
        """
        first, self._ahead = self._ahead, b""
        rest = lines([*headers, *self._framing()]) + b"\r\n"
        if first:
            rest += first if self._has_length() else CHUNK % (len(first), first)
        if self._body.complete and self._incoming.has_body and not self._has_length():
            rest += LAST_CHUNK
        instance, connection = await self._answered(rest)
        await self._conclude(instance, connection, own)

    async def resume(self, instance: Instance, connection: Connection, headers: Headers, own: Headers) -> None:
        """Go on with a request without a body that was already sent, and was answered in part or not at all."""
        rest = lines([*headers, *self._framing()]) + b"\r\n"
        instance, connection = await self._answered(rest, sent=(instance, connection))
        await self._conclude(instance, connection, own)

    async def _conclude(self, instance: Instance, connection: Connection, own: Headers) -> None:
        instance.in_flight += 1
        try:
            await self._pass_on(instance, connection, own)
        finally:
            instance.in_flight -= 1
            await self._finish(instance, connection)

    def _has_length(self) -> bool:
        return b"content-length" in self._incoming.found

    def _framing(self) -> Headers:
        length = self._incoming.content_length
        if length is not None:
            return [(b"content-length", str(length).encode())]
        if self._incoming.has_body:
            return [(b"transfer-encoding", b"chunked")]
        return [(b"content-length", b"0")] if self._method in {"POST", "PUT", "PATCH"} else []

    async def _answered(
        self, rest: bytes, sent: tuple[Instance, Connection] | None = None
    ) -> tuple[Instance, Connection]:
        """A connection on which the answer has begun. What was never sent may go to another process; only what
        changes nothing and was not answered is sent twice, and only as often as the budget allows.
        """
        self._upstream.retries.earn()
        instance = sent[0] if sent else self._upstream.choose()
        whole = self._body.complete  # else a part of the body is gone with the first attempt
        try:
            return instance, await self._attempt(instance, rest, sent[1] if sent else None)
        except ConnectFailed:
            if not whole or (self._upstream.alone and not self._may_repeat()):
                raise
            if self._upstream.alone:
                await asyncio.sleep(CONNECT_RETRY_AFTER_S)
        except StaleConnection:
            if not whole or not self._may_repeat():
                raise
        again = instance if self._upstream.alone else self._upstream.choose(but=[instance])
        return again, await self._attempt(again, rest, fresh=True)

    def _may_repeat(self) -> bool:
        if not (self._route.repeatable and self._upstream.retries.spend()):
            return False
        figures.RETRIES.labels(self._upstream.name).inc()
        return True

    async def _attempt(
        self, instance: Instance, rest: bytes, sent: Connection | None = None, *, fresh: bool = False
    ) -> Connection:
        instance.in_flight += 1
        try:
            with self._upstream.judging(instance):
                return await self._ask(instance, rest, sent, fresh=fresh)
        finally:
            instance.in_flight -= 1

    async def _ask(self, instance: Instance, rest: bytes, sent: Connection | None, *, fresh: bool) -> Connection:
        connection = sent or await instance.acquire(fresh=fresh)
        try:
            if sent is None:
                connection.begin(head_only=self._method == "HEAD")
                connection.send(first_line(self._method, self._target(), instance) + rest)
            self._accompany(connection)
            await connection.answer(self._route.answer_s)
        except BaseException as error:
            await self._finish(instance, connection)
            if isinstance(error, UpstreamFailure) and connection.exchanges > 1 and connection.went_stale:
                raise StaleConnection("the connection ended before an answer came") from error
            if self._body.refused is not None:
                raise self._body.refused from error
            raise
        return connection

    def _target(self) -> bytes:
        target: bytes = self._scope["raw_path"]
        return target + b"?" + self._scope["query_string"] if self._scope["query_string"] else target

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
            async with asyncio.timeout_at(self._due):
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

    async def _pass_on(self, instance: Instance, connection: Connection, own: Headers) -> None:
        headers = passed_on(connection, keep_cookies=self._upstream.name == "sessions", origin=instance.origin)
        self.status = connection.status
        await self._send({"type": "http.response.start", "status": connection.status, "headers": [*headers, *own]})
        more = True
        while more:
            piece = await connection.chunk(ANSWER_PAUSE_S)
            more = not connection.complete
            await self._send({"type": "http.response.body", "body": piece, "more_body": more})

    async def _finish(self, instance: Instance, connection: Connection) -> None:
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
        instance.release(connection)
