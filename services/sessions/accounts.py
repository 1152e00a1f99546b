"""Accounts made from the operator's command line, without the service: the first administrator, the auditor, tokens."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.sessions import audit, credentials, hashing, passwords
from services.sessions.audit import Origin
from services.sessions.settings import Settings
from services.sessions.store import holdings, people, tokens
from shared.postgres import Connection

ADMINISTRATOR_GROUPS = ("AGR-004", "AGR-005", "AGR-006", "AGR-007", "AGR-009", "AGR-010")
AUDITOR_GROUPS = ("AGR-008",)
USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{2,63}")
OPERATOR = Origin(operator=True)


class AccountRefused(Exception):  # noqa: N818 - reads as what it is
    """The account or token cannot be made; the message says why in one sentence."""


@dataclass(frozen=True, slots=True)
class CreatedAccount:
    """A new account. `code` opens it once, until `code_expires_at`; None: it has a password already."""

    user_id: int
    username: str
    code: str | None
    code_expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class CreatedToken:
    token: str
    functions: list[str]
    expires_at: datetime


async def create_superuser(
    conn: Connection, settings: Settings, *, username: str, password: str | None, auditor: bool = False
) -> CreatedAccount:
    """Make an administrator (or, apart from them, the auditor) in the caller's transaction.

    With a password the account is ready; without one it is opened by a one-time code. Asked again for an account that
    nobody has opened yet, it issues a fresh code in place of the lost one. AccountRefused says what stands against it.
    """
    name = _checked_name(username)
    if password is not None:
        reason = passwords.refusal(password, username=name)
        if reason is not None:
            raise AccountRefused(reason)
    groups = AUDITOR_GROUPS if auditor else ADMINISTRATOR_GROUPS
    user_id = await people.insert(conn, username=name, display_name="", segment=None)
    if user_id is None:
        user_id = await _unopened(conn, name, groups)
    else:
        for group in groups:
            await holdings.give_group(conn, user_id=user_id, group=group, granted_by=None, expires_at=None)
        await audit.record(
            conn, "SUPERUSER_CREATED", OPERATOR, target_kind="user", target_id=user_id, groups=list(groups)
        )
    if password is not None:
        await people.set_password(conn, user_id, _hash(settings, password))
        return CreatedAccount(user_id, name, None, None)
    code = credentials.new_code()
    life = settings.first_sign_in_code_life
    expires_at = await people.issue_code(
        conn,
        code_hash=credentials.code_digest(code),
        user_id=user_id,
        purpose="first_sign_in",
        created_by=None,
        life=life,
    )
    await audit.record(conn, "SIGN_IN_LINK_ISSUED", OPERATOR, target_kind="user", target_id=user_id)
    return CreatedAccount(user_id, name, code, expires_at)


async def create_token(
    conn: Connection, *, username: str, functions: list[str] | None, days: int, name: str = "command line"
) -> CreatedToken:
    """Make a personal token for an existing person; without `functions` it carries what they hold now."""
    person = await people.by_name(conn, username.strip().lower())
    if person is None:
        raise AccountRefused(f"Nobody has the user name {username!r}; make the account with: iact createsuperuser")
    held = await holdings.effective(conn, person.user_id)
    wanted = held if functions is None else functions
    missing = sorted(set(wanted) - set(held))
    if missing:
        raise AccountRefused(f"{person.username} does not hold {', '.join(missing)}; a token cannot carry more.")
    if not wanted:
        raise AccountRefused(f"{person.username} holds no function; a token would open nothing.")
    token = credentials.new_personal_token()
    row = await tokens.insert(
        conn,
        token_hash=credentials.digest(token),
        user_id=person.user_id,
        name=name,
        kind="personal",
        functions=sorted(set(wanted)),
        life=timedelta(days=days),
    )
    await audit.record(conn, "TOKEN_CREATED", OPERATOR, target_kind="token", target_id=row.token_id, functions=wanted)
    return CreatedToken(token, row.functions, row.expires_at)


def _checked_name(username: str) -> str:
    name = username.strip().lower()
    if not USERNAME.fullmatch(name):
        raise AccountRefused(
            f"The user name {username!r} needs 3 to 64 letters, digits or . _ @ - and starts with a letter or digit."
        )
    return name


async def _unopened(conn: Connection, username: str, groups: tuple[str, ...]) -> int:
    """The account of this name that was made for the same purpose and that nobody has opened yet."""
    person = await people.by_name(conn, username)
    if person is not None and person.state == "active" and not person.has_password:
        held = {group.group_code for group in await holdings.groups(conn, person.user_id)}
        if held == set(groups):
            return person.user_id
    raise AccountRefused(f"The user name {username!r} is taken; choose another one.")


def _hash(settings: Settings, password: str) -> str:
    return hashing.argon2(settings.iact_argon2_memory_mib, settings.iact_argon2_iterations).hash(
        passwords.normal(password)
    )
