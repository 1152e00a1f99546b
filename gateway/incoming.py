"""What a client sent, read in one pass: the headers that the gateway acts on, and those that may go on.

Pure. Deny by meaning, not by spelling: a name counts as what it becomes when case, dashes, underscores and dots are
taken away, because some program behind us could read it so.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from gateway.limits import BODY_BYTES_MAX, HEADER_BYTES_MAX, HEADERS_MAX
from gateway.problems import AmbiguousHeader, BodyTooLarge, HeadersTooLarge
from shared.errors import BadRequest

Headers = list[tuple[bytes, bytes]]

HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"expect",  # answered by our own server
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# Acted on here; what a service needs of them is written anew.
READ = frozenset(
    {
        b"authorization",
        b"connection",
        b"content-length",
        b"cookie",
        b"host",
        b"origin",
        b"traceparent",
        b"tracestate",
        b"transfer-encoding",
        b"user-agent",
        b"x-background",
        b"x-csrf-token",
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"x-request-id",
    }
)
ONCE = READ - {b"connection", b"cookie", b"tracestate", b"user-agent", b"x-forwarded-for", b"x-forwarded-proto"}
LISTS = {b"cookie": b"; "}

# Names as they are without punctuation. Who somebody is and where a request comes from is for the gateway to say.
CLAIMS = re.compile(
    r"^(xforwarded.*|forwarded.*|xoriginal.*|xrewrite.*|xrealip|xrealhost|xhost|xhttphost|xproxyuser.*|xclientip"
    r"|clientip|trueclientip|xclusterclientip|xenvoy.*|cfconnectingip|fastlyclientip|xiact.*|iact.*|xinternal.*"
    r"|xuser.*|xauth.*|xremote.*|remoteuser|remoteaddr|xidentity.*|xaccountid|xssl.*|sslclient.*|xclientcert.*"
    r"|xcsrftoken|xrequestid|traceparent|tracestate|xhttpmethod.*|xmethodoverride|host|contentlength|cookie2?"
    r"|transferencoding|connection|authorization|proxy.*)$"
)
TOKEN = re.compile(rb"^[!#$%&'*+.^`|~0-9a-z-]+$")
NAMES_REMEMBERED = 1024  # distinct header names; a client that invents more only makes itself slower

REQUEST_ID = re.compile(rb"^[A-Za-z0-9._-]{8,128}$")
TRACEPARENT = re.compile(rb"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")
ZERO_TRACE = b"0" * 32
TRACESTATE_BYTES_MAX = 512  # W3C Trace Context: a vendor must keep at least this much
DIGITS = re.compile(rb"^[0-9]{1,15}$")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request's headers, understood. `passed` may go on to a service as it is."""

    found: dict[bytes, bytes]
    passed: Headers
    request_id: bytes
    traceparent: bytes
    tracestate: bytes | None

    def text(self, name: bytes) -> str | None:
        value = self.found.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def content_length(self) -> int | None:
        value = self.found.get(b"content-length")
        return None if value is None else int(value)

    @property
    def has_body(self) -> bool:
        return b"transfer-encoding" in self.found or bool(self.content_length)


def read(headers: Iterable[tuple[bytes, bytes]]) -> Incoming:
    """Take a request's headers apart; HeadersTooLarge, AmbiguousHeader, BadRequest or BodyTooLarge otherwise."""
    found: dict[bytes, bytes] = {}
    passed: Headers = []
    size = count = 0
    for name, value in headers:
        size += len(name) + len(value) + 4
        count += 1
        if name in READ:
            _collect(found, name, value)
        elif may_pass(name):
            passed.append((name, value))
    if size > HEADER_BYTES_MAX or count > HEADERS_MAX:
        raise HeadersTooLarge
    if b"connection" in found:
        named = {token.strip().lower() for token in found[b"connection"].split(b",")}
        passed = [(name, value) for name, value in passed if name not in named]
    _check_framing(found)
    traceparent, known = _trace(found.get(b"traceparent"))
    state = found.get(b"tracestate")
    return Incoming(
        found=found,
        passed=passed,
        request_id=_request_id(found.get(b"x-request-id")),
        traceparent=traceparent,
        tracestate=state if known and state and len(state) <= TRACESTATE_BYTES_MAX else None,
    )


def _collect(found: dict[bytes, bytes], name: bytes, value: bytes) -> None:
    if name not in found:
        found[name] = value
    elif name in ONCE:
        raise AmbiguousHeader(f"The header {name.decode()} occurs more than once.")
    else:
        found[name] += LISTS.get(name, b", ") + value


@lru_cache(maxsize=NAMES_REMEMBERED)
def may_pass(name: bytes) -> bool:
    """Whether a header that the gateway does not act on may reach a service."""
    if name in HOP_BY_HOP or not TOKEN.match(name):
        return False
    return not CLAIMS.match(re.sub(r"[^a-z0-9]", "", name.decode("ascii")))


def _check_framing(found: dict[bytes, bytes]) -> None:
    if not found.get(b"host"):
        raise BadRequest("A request names its host once.")
    length = found.get(b"content-length")
    coding = found.get(b"transfer-encoding")
    if length is not None and (coding is not None or not DIGITS.match(length)):
        raise BadRequest("The length of the body is stated in two ways, or not as a number.")
    if coding is not None and coding.lower() != b"chunked":
        raise BadRequest("The only transfer encoding understood here is chunked.")
    if length is not None and int(length) > BODY_BYTES_MAX:
        raise BodyTooLarge


def _request_id(given: bytes | None) -> bytes:
    return given if given is not None and REQUEST_ID.match(given) else secrets.token_hex(8).encode()


def _trace(given: bytes | None) -> tuple[bytes, bool]:
    """The trace context to pass on (same trace, our own span) and whether it continues the caller's."""
    span = secrets.token_hex(8).encode()
    match = TRACEPARENT.match(given) if given is not None else None
    if match is None or match[1] == ZERO_TRACE or match[2] == ZERO_TRACE[:16]:
        return b"00-" + secrets.token_hex(16).encode() + b"-" + span + b"-01", False
    return b"00-" + match[1] + b"-" + span + b"-" + match[3], True


def of_a_service(headers: Headers, *, status: int, keep_cookies: bool, origin: bytes) -> tuple[Headers, bool]:
    """A service's answer headers that may reach a client, and whether they say how the answer may be cached."""
    drop = ANSWER_DROPPED
    named: set[bytes] = set()
    cached = False
    passed: Headers = []
    bodiless = status in {204, 304}
    for name, value in headers:
        if name == b"connection":
            named.update(token.strip().lower() for token in value.split(b","))
        if name in drop or name.startswith(b"x-iact-") or (name == b"set-cookie" and not keep_cookies):
            continue
        if name == b"content-length" and bodiless:
            continue
        if name == b"location" and value.startswith(origin):
            # A service knows its own address only; a client gets the same path on ours.
            passed.append((name, value[len(origin) :] or b"/"))
            continue
        cached = cached or name == b"cache-control"
        passed.append((name, value))
    if named:
        passed = [(name, value) for name, value in passed if name not in named or name == b"content-length"]
    return passed, cached


# uvicorn writes date and server itself; the ids and the protections of the browser are the gateway's to write.
ANSWER_DROPPED = HOP_BY_HOP | {b"date", b"server", b"x-request-id", b"traceparent", b"alt-svc", b"x-powered-by"}
