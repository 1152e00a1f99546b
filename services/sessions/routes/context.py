"""What the routes share: the service's parts, the caller, cookies, pages."""

import asyncio
import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Annotated, TypeVar

from fastapi import Depends, Query, Request, Response

from services.sessions.audit import Origin
from services.sessions.hashing import Hasher
from services.sessions.revocations import Hub
from services.sessions.settings import Settings
from services.sessions.store import sessions
from shared.errors import Forbidden, Unprocessable, unprocessable
from shared.identity import Identity, any_identity, signed_in, signed_in_unrestricted
from shared.postgres import Database, database

COOKIE = "__Host-iact_session"
USER_AGENT_LENGTH_MAX = 256  # longer ones are noise, and rows are kept for years
PAGE_ROWS = 50
PAGE_ROWS_MAX = 1_000
NOWHERE = "0.0.0.0"  # noqa: S104 - not bound to: stands for a caller without an address
BIGINT_MAX = 2**63 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROS_MAX = 10**16  # the year 2286
ROW_ID = re.compile(r"[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Parts:
    """What the lifespan made."""

    settings: Settings
    hasher: Hasher
    key: bytes
    anchor_key: bytes
    hub: Hub
    long_reads: asyncio.Semaphore  # of the audit trail


async def parts(request: Request) -> Parts:
    found: Parts = request.app.state.parts
    return found


async def origin(request: Request, identity: Annotated[Identity, Depends(any_identity)]) -> Origin:
    """Where the request came from, for sessions and audit events."""
    return Origin(
        actor_id=None if identity.user_id is None else int(identity.user_id),
        request_id=request.state.request_id,
        address=_address(request),
        user_agent=request.headers.get("user-agent", "")[:USER_AGENT_LENGTH_MAX],
        operator=identity.kind == "operator",
    )


def _address(request: Request) -> str:
    # The gateway replaces what a client claims; whoever reaches this route carries the gateway's signature.
    forwarded = request.headers.get("x-forwarded-for", "").split(",")[-1].strip()
    candidates = (forwarded, request.client.host if request.client else "")
    for candidate in candidates:
        try:
            return str(ip_address(candidate))
        except ValueError:
            continue
    return NOWHERE


async def person(identity: Annotated[Identity, Depends(signed_in_unrestricted)]) -> Identity:
    """A person with a session of their own, whatever they must do first: no token, no operator."""
    if identity.kind != "user" or identity.session_id is None:
        raise Forbidden("This needs a person who is signed in with a password; a token cannot do it.")
    return identity


async def reader(identity: Annotated[Identity, Depends(signed_in)]) -> Identity:
    """Somebody with an account, by session or token, for their own things."""
    if identity.user_id is None:
        raise Forbidden("This belongs to a person; the operator's command line has no account.")
    return identity


class ReauthenticationRequired(Forbidden):
    """This needs your password afresh: POST /api/v1/sessions/current/reauthentication, then try again."""


async def recently_proven(
    identity: Annotated[Identity, Depends(signed_in)],
    db: Annotated[Database, Depends(database)],
    with_parts: Annotated[Parts, Depends(parts)],
) -> None:
    """For what harms most in the wrong hands: a session left open must not be enough.

    A token was made on purpose, by somebody who had just proven the password; the operator sits at the machine.
    """
    if identity.kind != "user":
        return
    async with db.connection() as conn:
        recent = await sessions.recently_proven(
            conn, int(identity.session_id or 0), with_parts.settings.reauthentication
        )
    if not recent:
        raise ReauthenticationRequired


def own_id(identity: Identity) -> int:
    assert identity.user_id is not None  # noqa: S101 - `person` and `reader` have checked it
    return int(identity.user_id)


async def no_store(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"


def set_cookie(response: Response, token: str) -> None:
    response.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="lax")


def drop_cookie(response: Response) -> None:
    response.set_cookie(COOKIE, "", max_age=0, path="/", secure=True, httponly=True, samesite="lax")


def row_id(text: str) -> int | None:
    """The 64-bit id in a path, in its one spelling ("07" is nobody's); None is the same as: there is no such thing."""
    if not ROW_ID.fullmatch(text):
        return None
    number = int(text)
    return number if number <= BIGINT_MAX else None


Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a list that was asked for: `limit` rows beyond the id `after` (None: from the start)."""

    after: int | None
    limit: int

    def split(self, rows: Sequence[Row], key: Callable[[Row], int]) -> tuple[Sequence[Row], str | None]:
        """The rows to show and the cursor to the rest, of a list read one row too far."""
        if len(rows) <= self.limit:
            return rows, None
        shown = rows[: self.limit]
        return shown, _cursor(str(key(shown[-1])))


@dataclass(frozen=True, slots=True)
class TimeSlice:
    """The part of a list in the order of time that was asked for: `limit` rows older than `before`."""

    before: tuple[datetime, int] | None
    limit: int

    def split(
        self, rows: Sequence[Row], key: Callable[[Row], tuple[datetime, int]]
    ) -> tuple[Sequence[Row], str | None]:
        """The rows to show and the cursor to the rest, of a list read one row too far."""
        if len(rows) <= self.limit:
            return rows, None
        shown = rows[: self.limit]
        at, number = key(shown[-1])
        return shown, _cursor(f"{(at - EPOCH) // timedelta(microseconds=1)}.{number}")


async def page(
    limit: Annotated[int, Query(ge=1, le=PAGE_ROWS_MAX)] = PAGE_ROWS,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Slice:
    if cursor is None:
        return Slice(None, limit)
    after = row_id(_cursor_text(cursor))
    if after is None:
        raise _not_a_cursor()
    return Slice(after, limit)


async def time_page(
    limit: Annotated[int, Query(ge=1, le=PAGE_ROWS_MAX)] = PAGE_ROWS,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> TimeSlice:
    if cursor is None:
        return TimeSlice(None, limit)
    moment, _, number = _cursor_text(cursor).partition(".")
    micros, after = row_id(moment), row_id(number)
    if micros is None or micros > MICROS_MAX or after is None:
        raise _not_a_cursor()
    return TimeSlice((EPOCH + timedelta(microseconds=micros), after), limit)


def _not_a_cursor() -> Unprocessable:
    return unprocessable("cursor", "not a cursor of this list", "take next_cursor of the page before")


def _cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _cursor_text(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return ""


InDatabase = Annotated[Database, Depends(database)]
WithParts = Annotated[Parts, Depends(parts)]
From = Annotated[Origin, Depends(origin)]
Person = Annotated[Identity, Depends(person)]
Reader = Annotated[Identity, Depends(reader)]
Sliced = Annotated[Slice, Depends(page)]
TimeSliced = Annotated[TimeSlice, Depends(time_page)]
Recent = Annotated[None, Depends(recently_proven)]
