"""A person's own preferences and tokens."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from services.sessions import audit, credentials, models
from services.sessions.routes.context import (
    From,
    InDatabase,
    Reader,
    Recent,
    no_store,
    own_id,
    row_id,
)
from services.sessions.store import holdings, people, tokens
from services.sessions.store.tokens import ListedToken
from shared.errors import Conflict, Forbidden, NotFound
from shared.identity import Identity, require

router = APIRouter(prefix="/api/v1", tags=["sessions"], dependencies=[Depends(no_store)])

TOKENS_MAX = 20  # live ones a person; whoever needs more has lost count of them
# What a screen on a wall may carry: looking at numbers, never changing or exporting anything.
DISPLAY_FUNCTIONS = frozenset({"RPT-001", "RPT-002", "RPT-003", "RPT-007", "RPT-008", "ALR-001", "PIP-001", "PIP-003"})

TokenOwner = Annotated[Identity, Depends(require("AUTH-005"))]


class UnknownToken(NotFound):
    """There is no such live token of yours."""


class TooManyTokens(Conflict):
    """You have as many tokens as a person may have; revoke one first."""


@router.get("/users/me/preferences")
async def read_preferences(db: InDatabase, identity: Reader) -> models.Preferences:
    """Language, locale, time zone, theme and first view of the person who asks; a language of null: none chosen yet."""
    async with db.connection() as conn:
        stored = await people.preferences(conn, own_id(identity))
    return models.Preferences.model_validate(stored or {})


@router.put("/users/me/preferences")
async def write_preferences(body: models.Preferences, db: InDatabase, identity: Reader) -> models.Preferences:
    """Replace them all; what is left out goes back to its default."""
    if identity.kind == "display":
        raise Forbidden("A display token only reads.")
    async with db.transaction() as conn:
        # A language that nobody chose is not stored, not even as null: a release of before could not read that.
        await people.store_preferences(conn, own_id(identity), body.model_dump(mode="json", exclude_none=True))
    return body


@router.get("/tokens")
async def list_tokens(db: InDatabase, identity: TokenOwner) -> models.Page[models.Token]:
    """One's own live tokens, newest first."""
    async with db.connection() as conn:
        rows = await tokens.listed(conn, _owner(identity))
    return models.Page[models.Token](items=[_shown(row) for row in rows], next_cursor=None)


@router.post("/tokens", status_code=201)
async def create_token(
    body: models.NewToken, db: InDatabase, identity: TokenOwner, _recent: Recent, origin: From
) -> models.IssuedToken:
    """Make a token; it is told this once, and carries no more than its owner holds at each use."""
    if identity.kind != "user":
        raise Forbidden("A token cannot make tokens; sign in with a password.")
    functions = sorted(set(body.functions))
    personal = body.kind == "personal"
    token = credentials.new_personal_token() if personal else credentials.new_display_token()
    async with db.transaction() as conn:
        await people.lock(conn, _owner(identity))
        _check_functions(functions, held=await holdings.effective(conn, _owner(identity)), kind=body.kind)
        if await tokens.live_count(conn, _owner(identity)) >= TOKENS_MAX:
            raise TooManyTokens
        row = await tokens.insert(
            conn,
            token_hash=credentials.digest(token),
            user_id=_owner(identity),
            name=body.name,
            kind=body.kind,
            functions=functions,
            life=timedelta(days=body.days),
        )
        await audit.record(
            conn, "TOKEN_CREATED", origin, target_kind="token", target_id=row.token_id, functions=functions
        )
    return models.IssuedToken(**_shown(row).model_dump(), token=token)


@router.delete("/tokens/{token_id}", status_code=204)
async def revoke_token(token_id: str, db: InDatabase, identity: TokenOwner, origin: From) -> Response:
    """End one of one's own tokens, at once."""
    number = row_id(token_id)
    async with db.transaction() as conn:
        if number is None or not await tokens.revoke(conn, number, _owner(identity)):
            raise UnknownToken
        await audit.record(conn, "TOKEN_REVOKED", origin, target_kind="token", target_id=number)
    return Response(status_code=204)


def _owner(identity: Identity) -> int:
    if identity.user_id is None:
        raise Forbidden("Tokens belong to people; use: iact token create --username NAME")
    return own_id(identity)


def _check_functions(functions: list[str], *, held: list[str], kind: str) -> None:
    missing = sorted(set(functions) - set(held))
    if missing:
        raise Forbidden(
            f"You do not hold {', '.join(missing)}, and a token cannot carry more than its owner;"
            " whoever administers permissions can give it to you."
        )
    writing = sorted(set(functions) - DISPLAY_FUNCTIONS)
    if kind == "display" and writing:
        raise Forbidden(f"A display token only reads; leave out {', '.join(writing)}.")


def _shown(row: ListedToken) -> models.Token:
    return models.Token(
        id=str(row.token_id),
        name=row.name,
        kind=row.kind,
        functions=row.functions,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )
