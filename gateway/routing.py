"""Which service a path belongs to. Pure; what is unclear is refused rather than forwarded.

The path goes on exactly as it came, so anything that another program could normalise into something else
(dot segments, encoded slashes, backslashes) stops here: `/internal/*` cannot be reached by writing it oddly.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from gateway.limits import BODY_BYTES_MAX, BODY_BYTES_OF_DOCUMENTS_MAX
from gateway.problems import BadPath, MethodNotAllowed, NoSuchRoute

PREFIX = b"/api/v1/"
SERVICE_OF = {
    "sessions": "sessions",
    "users": "sessions",
    "groups": "sessions",
    "functions": "sessions",
    "separation-rules": "sessions",
    "tokens": "sessions",
    "audit-events": "sessions",
    "ivr": "ivr",
    "analytics": "analytics",
    "dora": "dora",
}
SAFE_METHODS = frozenset({"GET", "HEAD"})
METHODS = SAFE_METHODS | {"POST", "PUT", "PATCH", "DELETE"}

# Seconds until an answer must begin. Sign-in hashes a password behind a queue; reports and files are computed.
ANSWER_S = {"sessions": 10.0, "ivr": 20.0, "analytics": 35.0, "dora": 35.0}
LONG_ANSWER_S = 120.0
LONG = re.compile(rb"^/api/v1/(analytics/(reports|exports|forecasts|flows)|ivr/sources/[^/]+/check|audit-events/)")

# Reads that are written as POST because their question does not fit into an address: they may be asked twice.
READS_BY_POST = re.compile(r"^/api/v1/analytics/(query|calls|flows|forecasts|staffing)$")
# How full a service may be for a request to be let in: exports give way first, background polls next.
SHARE_OF_LONG = 0.5
SHARE_OF_BACKGROUND = 0.8
SHARE_OF_UPLOADS = 0.5  # bodies that are passed on while they come: who sends them slowly keeps nobody else out
# Bodies larger than a document: what webhooks send of a big push, and the maps and calendars that are put as a whole.
LARGE_BODY = re.compile(r"^/api/v1/(dora/webhooks|ivr)/")

# Unreserved and sub-delims of RFC 3986 in well-formed segments; nothing empty, nothing encoded that splits a path.
PLAIN_PATH = re.compile(rb"^(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)+/?$")
CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
ROUTES_REMEMBERED = 4096  # distinct paths; ids make many
ROUTE_REMEMBERED_BYTES_MAX = 256  # longer ones are nobody's everyday question, and would fill 32 MiB


class Access(Enum):
    """Whose identity a request carries: the caller's, or nobody's because it is how one becomes somebody."""

    CALLER = "caller"
    SIGN_IN = "sign-in"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes. `label` is a path template, never a path: it is a metric's label and a log field."""

    service: str
    access: Access
    answer_s: float
    label: str
    signs_out: bool = False
    repeatable: bool = False  # asking twice changes nothing
    share: float = 1.0
    body_bytes_max: int = BODY_BYTES_MAX


@dataclass(frozen=True, slots=True)
class Templates:
    """The documented path templates, so that a label never comes out of a caller's hand."""

    by_length: dict[int, tuple[str, ...]]

    @classmethod
    def of(cls, paths: Iterable[str]) -> "Templates":
        found: dict[int, list[str]] = {}
        for path in sorted(paths, key=lambda each: (each.count("{"), each)):
            found.setdefault(path.count("/"), []).append(path)
        return cls({length: tuple(each) for length, each in found.items()})

    def match(self, path: str) -> str | None:
        """The most literal template that fits."""
        parts = path.split("/")
        for template in self.by_length.get(len(parts) - 1, ()):
            pairs = zip(template.split("/"), parts, strict=True)
            if all(want == have or want.startswith("{") for want, have in pairs):
                return template
        return None


class Routing:
    """Path and method to route, remembered per path."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self.remembered = lru_cache(maxsize=ROUTES_REMEMBERED)(self._find)

    def find(self, method: str, raw_path: bytes) -> Route:
        """The route; BadPath, NoSuchRoute or MethodNotAllowed otherwise."""
        return (self.remembered if len(raw_path) <= ROUTE_REMEMBERED_BYTES_MAX else self._find)(method, raw_path)

    def _find(self, method: str, raw_path: bytes) -> Route:
        path = check_path(raw_path)
        first = path[len(PREFIX) :].split("/", 1)[0]
        service = SERVICE_OF.get(first)
        if service is None:
            raise NoSuchRoute
        if method not in METHODS:
            raise MethodNotAllowed(headers={"Allow": ", ".join(sorted(METHODS))})
        long = LONG.match(raw_path) is not None
        return Route(
            service=service,
            access=access_of(method, path),
            answer_s=LONG_ANSWER_S if long else ANSWER_S[service],
            repeatable=method in SAFE_METHODS or (method == "POST" and READS_BY_POST.match(path) is not None),
            share=SHARE_OF_LONG if long else 1.0,
            body_bytes_max=BODY_BYTES_MAX if LARGE_BODY.match(path) else BODY_BYTES_OF_DOCUMENTS_MAX,
            label=self._templates.match(path) or f"/api/v1/{first}/*",
            signs_out=(method, path) == ("DELETE", "/api/v1/sessions/current"),
        )


def check_path(raw_path: bytes) -> str:
    """The decoded path of a request; BadPath when another reader could see another path in it."""
    if not PLAIN_PATH.match(raw_path):
        raise BadPath
    decoded = unquote_to_bytes(raw_path)
    segments = decoded.split(b"/")
    if len(segments) != raw_path.count(b"/") + 1 or b"\\" in decoded:
        raise BadPath
    # A second decoding somewhere behind us must not find dots, slashes or control characters either.
    twice = unquote_to_bytes(decoded)
    if CONTROL.search(twice) or any(segment in {b".", b".."} for segment in twice.split(b"/")):
        raise BadPath
    try:
        return decoded.decode()
    except UnicodeDecodeError as error:
        raise BadPath from error


def access_of(method: str, path: str) -> Access:
    if method == "POST" and path in {"/api/v1/sessions", "/api/v1/sessions/redeem"}:
        return Access.SIGN_IN
    if method == "POST" and path.startswith("/api/v1/dora/webhooks/"):
        return Access.WEBHOOK
    return Access.CALLER
