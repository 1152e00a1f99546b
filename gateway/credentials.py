"""What a request shows to prove who sends it, and whether it may change anything. Pure."""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from typing_extensions import override

from gateway.incoming import Incoming
from gateway.problems import AmbiguousHeader, CsrfMismatch, ForeignOrigin
from shared.identity import csrf_token

COOKIE = "__Host-iact_session"
SECRET = re.compile(r"^[A-Za-z0-9._~+/=-]{16,512}$")
BEARER = re.compile(r"^bearer +(.*)$", re.IGNORECASE)


class Carrier(Enum):
    """How a credential came: browsers add a cookie by themselves, nobody adds a bearer token unasked."""

    NONE = "none"
    COOKIE = "cookie"
    BEARER = "bearer"


@dataclass(frozen=True, slots=True)
class Credential:
    """A session's or token's secret; never logged."""

    carrier: Carrier
    secret: str = ""

    @override
    def __repr__(self) -> str:
        return f"Credential({self.carrier.value})"

    @override
    def __hash__(self) -> int:
        # Looked up with each request; a string remembers its hash, a pair does not.
        return hash(self.secret)

    @property
    def well_formed(self) -> bool:
        return SECRET.match(self.secret) is not None


NOBODY = Credential(Carrier.NONE)


def credential_of(incoming: Incoming) -> Credential:
    """The bearer token when there is one, else the session cookie, else nobody. AmbiguousHeader for two sessions."""
    authorization = incoming.text(b"authorization")
    if authorization is not None and (match := BEARER.match(authorization)):
        return Credential(Carrier.BEARER, match[1].strip())
    sessions = set(session_cookies(incoming.text(b"cookie") or ""))
    if len(sessions) > 1:
        raise AmbiguousHeader("The request carries two different sessions.")
    return Credential(Carrier.COOKIE, sessions.pop()) if sessions else NOBODY


def session_cookies(header: str) -> list[str]:
    """The values of every session cookie in a Cookie header; empty ones are no session."""
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    return [value.strip('"') for name, _, value in pairs if name == COOKIE and value.strip('"')]


def check_origin(incoming: Incoming, *, scheme: str, allowed: Iterable[str]) -> None:
    """ForeignOrigin when a page of another origin made this request; programs send no Origin."""
    origin = incoming.text(b"origin")
    if origin is None:
        return
    own = f"{scheme}://{incoming.text(b'host')}".lower()
    if origin.lower() not in {own, *allowed}:
        raise ForeignOrigin


def check_csrf(incoming: Incoming, session_secret: str) -> None:
    """CsrfMismatch unless X-CSRF-Token belongs to this session; compared in constant time."""
    given = incoming.found.get(b"x-csrf-token", b"")
    if not hmac.compare_digest(given, csrf_token(session_secret).encode()):
        raise CsrfMismatch
