"""A service's answer as a client may see it, and what the gateway adds to it. Pure."""

from gateway.browser import DATA, HSTS
from gateway.connection import Connection
from gateway.incoming import HOP_BY_HOP, Headers, Incoming
from gateway.peer import Peer

# uvicorn writes date and server itself; the ids and the protections of the browser are the gateway's to write.
DROPPED = HOP_BY_HOP | {
    b"alt-svc",
    b"date",
    b"ratelimit",
    b"ratelimit-policy",
    b"server",
    b"traceparent",
    b"x-powered-by",
    b"x-request-id",
}
BODILESS = frozenset({204, 304})


def passed_on(connection: Connection, *, keep_cookies: bool, origin: bytes) -> Headers:
    """The headers of an answer that has begun, as they may reach a client."""
    headers, says_caching = of_a_service(
        connection.headers, status=connection.status, keep_cookies=keep_cookies, origin=origin
    )
    if not says_caching:
        # A browser may keep an answer with an ETag but must ask each time; anything else is not for keeping.
        tagged = any(name == b"etag" for name, _ in headers)
        headers.append((b"cache-control", b"private, no-cache" if tagged else b"no-store"))
    return headers


def of_a_service(headers: Headers, *, status: int, keep_cookies: bool, origin: bytes) -> tuple[Headers, bool]:
    """A service's answer headers that may reach a client, and whether they say how the answer may be cached."""
    named: set[bytes] = set()
    cached = False
    passed: Headers = []
    for pair in headers:
        name, value = pair
        if name == b"connection":
            named.update(token.strip().lower() for token in value.split(b","))
        if name in DROPPED or name.startswith(b"x-iact-") or (name == b"set-cookie" and not keep_cookies):
            continue
        if name == b"content-length" and status in BODILESS:
            continue
        if name == b"location":
            passed += _location(value, origin)
            continue
        cached = cached or name == b"cache-control"
        passed.append(pair)
    if named:
        passed = [(name, value) for name, value in passed if name not in named or name == b"content-length"]
    return passed, cached


def _location(value: bytes, origin: bytes) -> Headers:
    """Where a client is sent: a path of ours, or nowhere. A service knows its own address only, and what it was told
    to redirect to by a caller must not lead a browser elsewhere.
    """
    path = value[len(origin) :] or b"/" if value.startswith(origin) else value
    ours = path.startswith(b"/") and path[1:2] not in {b"/", b"\\"}
    return [(b"location", path)] if ours else []


def answer_headers(incoming: Incoming, peer: Peer) -> Headers:
    """What the gateway adds to every answer with data in it."""
    own = [*DATA, (b"x-request-id", incoming.request_id), (b"traceparent", incoming.traceparent)]
    return [*own, HSTS] if peer.scheme == "https" else own
