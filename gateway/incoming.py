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
NAME_REMEMBERED_BYTES_MAX = 64  # longer ones are invented, and would fill 32 MiB
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


def may_pass(name: bytes) -> bool:
    """Whether a header that the gateway does not act on may reach a service."""
    return (_remembered if len(name) <= NAME_REMEMBERED_BYTES_MAX else _may_pass)(name)


def _may_pass(name: bytes) -> bool:
    if name in HOP_BY_HOP or not TOKEN.match(name):
        return False
    return not CLAIMS.match(re.sub(r"[^a-z0-9]", "", name.decode("ascii")))


_remembered = lru_cache(maxsize=NAMES_REMEMBERED)(_may_pass)


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
    return given if given is not None and REQUEST_ID.match(given) else new_request_id()


def new_request_id() -> bytes:
    return _RANDOM.hex(16)


def new_traceparent() -> bytes:
    return b"00-%b-%b-01" % (_RANDOM.hex(32), _RANDOM.hex(16))


def new_ids() -> tuple[bytes, bytes]:
    """A request id and a traceparent at once."""
    digits = _RANDOM.hex(64)
    return digits[:16], b"00-%b-%b-01" % (digits[16:48], digits[48:])


class _Random:
    """Random hexadecimal digits from the system's source, fetched a page at a time: each fetch is a system call."""

    PAGE_BYTES = 4096

    def __init__(self) -> None:
        self._page = b""
        self._used = 0

    def hex(self, digits: int) -> bytes:
        end = self._used + digits
        if end > len(self._page):
            self._page = secrets.token_hex(self.PAGE_BYTES).encode()
            self._used, end = 0, digits
        found = self._page[self._used : end]
        self._used = end
        return found


_RANDOM = _Random()


def _trace(given: bytes | None) -> tuple[bytes, bool]:
    """The trace context to pass on (same trace, our own span) and whether it continues the caller's."""
    match = TRACEPARENT.match(given) if given is not None else None
    if match is None or match[1] == ZERO_TRACE or match[2] == ZERO_TRACE[:16]:
        return new_traceparent(), False
    return b"00-%b-%b-%b" % (match[1], _RANDOM.hex(16), match[3]), True
