"""What is not forwarded: the gateway's own addresses, the files of the page, and the page for every other address."""

from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from gateway.browser import ALWAYS, ASSET, HSTS, new_nonce, page_policy
from gateway.incoming import Headers, Incoming
from gateway.page import INDEX, Page
from gateway.peer import Peer
from gateway.problems import MethodNotAllowed, NoSuchRoute
from gateway.routing import SAFE_METHODS
from shared.log import log

# Below these a missing address is an error for a program, never the page.
NOT_THE_PAGE = frozenset({"api", "internal", "health", "metrics", "assets"})
NOT_BUILT = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>IACT: the page is not built</title>
<h1>The page is not built yet</h1>
<p>The gateway runs, and its API answers (<a href="/api/docs">/api/docs</a>). To build the page, run
<code>./scripts/start.sh</code>, or <code>npm ci &amp;&amp; npm run build</code> in <code>ui/</code>.</p>
"""
HTML = (b"content-type", b"text/html; charset=utf-8")


class Web:
    """Serves GET and HEAD; nothing here changes anything."""

    def __init__(self, page: Page, own: FastAPI, own_paths: frozenset[str]) -> None:
        self._page = page
        self._own = own
        self._own_paths = own_paths

    async def serve(
        self, scope: Scope, receive: Receive, send: Send, *, incoming: Incoming, peer: Peer
    ) -> tuple[str, int]:
        """Answer one request; its label for the log and its status. NoSuchRoute or MethodNotAllowed otherwise."""
        path: str = scope["path"]
        if path in self._own_paths:
            _only_reads(scope["method"])
            return path, await self._answer_own(scope, receive, send, incoming=incoming, peer=peer)
        asset = await self._page.asset(path)
        if asset is None and path.lstrip("/").split("/", 1)[0] in NOT_THE_PAGE:
            raise NoSuchRoute
        _only_reads(scope["method"])
        if asset is not None:
            status, headers, body = asset.answer(
                accept_encoding=_header(scope, b"accept-encoding") or "",
                if_none_match=_header(scope, b"if-none-match"),
            )
            return "asset", await _send(send, status, [*headers, *_ids(incoming, peer), *ASSET], body)
        if "." in path.rsplit("/", 1)[-1] and path != INDEX:
            raise NoSuchRoute("The page has no such file.")
        return "page", await self._answer_page(send, incoming=incoming, peer=peer)

    async def _answer_page(self, send: Send, *, incoming: Incoming, peer: Peer) -> int:
        nonce = new_nonce()
        html = await self._page.index(nonce)
        own: Headers = [HTML, (b"cache-control", b"no-store"), *page_policy(nonce), *_ids(incoming, peer)]
        if html is None:
            return await _send(send, 503, [*own, (b"retry-after", b"60")], NOT_BUILT)
        return await _send(send, 200, own, html)

    async def _answer_own(self, scope: Scope, receive: Receive, send: Send, *, incoming: Incoming, peer: Peer) -> int:
        status = 0
        added = [*_ids(incoming, peer), *(page_policy(new_nonce()) if scope["path"] == "/api/docs" else ALWAYS)]

        async def outwards(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        # The server leaves the body of a HEAD away by itself.
        inner = {**scope, "method": "GET", "state": {"request_id": incoming.request_id.decode("ascii")}}
        try:
            await self._own(inner, receive, outwards)
        except Exception:
            if status == 0:
                raise
            # The framework has answered 500 and raises again for a server to log.
            log.exception("an own endpoint failed", route=scope["path"], request_id=inner["state"]["request_id"])
        return status


def _only_reads(method: str) -> None:
    if method not in SAFE_METHODS:
        raise MethodNotAllowed(headers={"Allow": "GET, HEAD"})


def _ids(incoming: Incoming, peer: Peer) -> Headers:
    ids = [(b"x-request-id", incoming.request_id), (b"traceparent", incoming.traceparent)]
    return [*ids, HSTS] if peer.scheme == "https" else ids


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for each, value in scope["headers"] if each == name), None)


async def _send(send: Send, status: int, headers: Headers, body: bytes) -> int:
    if not any(name == b"content-length" for name, _ in headers) and status != 304:  # noqa: PLR2004 - Not Modified
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
    return status
