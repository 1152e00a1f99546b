"""ETag and If-None-Match for every JSON read of a service that does not set its own, and HEAD for every GET.

The tag is a hash of the body: the answer is made all the same, but a page that polls transfers nothing that it has.
"""

import hashlib
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BYTES_MAX = 1024 * 1024  # larger answers are streamed on untouched: holding them back would cost memory


@dataclass
class Revalidation:
    """Wraps an application."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self.app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        wanted = next((value for name, value in scope["headers"] if name == b"if-none-match"), b"")
        # A HEAD is a GET whose body stays here. The scope itself is changed: the router notes the route in it.
        scope["method"] = "GET"
        try:
            await self.app(scope, receive, _Answer(send, wanted, head=head))
        finally:
            scope["method"] = "HEAD" if head else "GET"


@dataclass
class _Answer:
    send: Send
    wanted: bytes
    head: bool
    start: Message | None = None
    body: bytearray = field(default_factory=bytearray)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if _taggable(message):
                self.start = message
                return
            await self.send(message)
        elif self.start is not None:
            await self._hold(message)
        else:
            await self._pass(message)

    async def _hold(self, message: Message) -> None:
        self.body += message.get("body", b"")
        if message.get("more_body", False):
            return
        start, self.start = self.start, None
        assert start is not None  # noqa: S101 - for the type checker: _hold is called with a held start only
        tag = f'W/"{hashlib.sha256(self.body).hexdigest()[:32]}"'.encode()
        headers = [*start["headers"], (b"etag", tag)]
        if tag in {part.strip() for part in self.wanted.split(b",")}:
            kept = [(name, value) for name, value in headers if name not in {b"content-length", b"content-type"}]
            await self.send({**start, "status": 304, "headers": kept})
            await self.send({"type": "http.response.body", "body": b""})
            return
        await self.send({**start, "headers": headers})
        await self._pass({"type": "http.response.body", "body": bytes(self.body)})

    async def _pass(self, message: Message) -> None:
        await self.send({**message, "body": b""} if self.head and message["type"] == "http.response.body" else message)


def _taggable(start: Message) -> bool:
    headers = dict(start["headers"])
    length = headers.get(b"content-length", b"")
    return (
        start["status"] == 200  # noqa: PLR2004 - the one status that a client may keep
        and headers.get(b"content-type", b"").startswith(b"application/json")
        and b"etag" not in headers
        and length.isdigit()
        and int(length) <= BODY_BYTES_MAX
    )
