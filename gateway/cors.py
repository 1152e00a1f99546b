"""Pages of other origins that may read our answers: none, unless the operator lists them. Pure.

Cookies are never shared with them (no Access-Control-Allow-Credentials): such a page shows a token of its own.
"""

from gateway.incoming import Headers, Incoming
from gateway.routing import METHODS

REMEMBERED_S = 600  # a browser asks again after ten minutes; more would outlive a change of the list
HEADERS_ALLOWED = b"authorization, content-type, if-none-match, idempotency-key, x-request-id, traceparent"
HEADERS_SHOWN = b"etag, location, ratelimit, ratelimit-policy, retry-after, traceparent, x-request-id"


def listed_origin(incoming: Incoming, allowed: frozenset[str]) -> bytes | None:
    """The origin that asks, when it is listed."""
    origin = incoming.text(b"origin")
    return origin.encode("latin-1") if origin is not None and origin.lower() in allowed else None


def answer_headers(origin: bytes | None, *, any_listed: bool) -> Headers:
    """What an answer says to the browser of another origin; it depends on the origin once one is listed."""
    if not any_listed:
        return []
    varies = (b"vary", b"origin")
    if origin is None:
        return [varies]
    return [varies, (b"access-control-allow-origin", origin), (b"access-control-expose-headers", HEADERS_SHOWN)]


def preflight_headers(origin: bytes) -> Headers:
    """The answer to the question that a browser asks before it sends anything."""
    return [
        *answer_headers(origin, any_listed=True),
        (b"access-control-allow-methods", ", ".join(sorted(METHODS)).encode()),
        (b"access-control-allow-headers", HEADERS_ALLOWED),
        (b"access-control-max-age", b"%d" % REMEMBERED_S),
    ]
