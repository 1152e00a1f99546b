"""What no change of permissions may do: break a separation rule, serve its maker, or let one person be two."""

from collections.abc import Iterable

from services.sessions import permissions
from services.sessions.permissions import SeparationRule
from services.sessions.store import holdings, people
from shared.errors import Conflict, FieldError, Forbidden
from shared.postgres import Connection

NAMED_MAX = 10  # people named in one refusal


class OwnPermissions(Forbidden):
    """Nobody changes their own permissions; ask another administrator."""


class SeparationOfDuties(Conflict):
    """Together with what the person holds this breaks a separation rule; nothing was changed."""


class FourEyes(Conflict):
    """You have issued a sign-in code of this account and could use it: another administrator must give the audit."""


class LastHolder(Conflict):
    """Nobody would be left who can give rights; nothing was changed."""


async def check_duties(conn: Connection, user_id: int, *, before: frozenset[str], actor_id: int | None) -> None:
    """Raise when what the person can reach now breaks a rule, or the audit was given by who could sign in as them."""
    held = await holdings.reachable(conn, user_id)
    check_rules(held, await active_rules(conn))
    if any(map(permissions.is_audit, held - before)):
        await check_four_eyes(conn, user_id, actor_id)


async def check_four_eyes(conn: Connection, user_id: int, actor_id: int | None) -> None:
    if actor_id is not None and await people.has_issued_code(conn, user_id=user_id, issuer=actor_id):
        raise FourEyes


async def active_rules(conn: Connection) -> list[SeparationRule]:
    return [rule.as_rule() for rule in await holdings.all_rules(conn) if rule.active]


def check_rules(functions: frozenset[str], rules: Iterable[SeparationRule]) -> None:
    broken = permissions.clashes(functions, rules)
    if broken:
        _refuse([FieldError(clash.rule, f"{' and '.join(clash.pair)}: {clash.name}") for clash in broken])


async def check_everybody(conn: Connection, *, group: str | None = None) -> None:
    """Raise when somebody (with `group`: somebody who holds it) breaks an active rule; the refusal names them."""
    rules = await active_rules(conn)
    errors = [
        FieldError(clash.rule, f"{each.username} holds {' and '.join(clash.pair)}: {clash.name}")
        for each in await holdings.reachable_by_person(conn, group)
        for clash in permissions.clashes(frozenset(each.functions), rules)
    ]
    if errors:
        _refuse(errors[:NAMED_MAX])


def _refuse(errors: list[FieldError]) -> None:
    told = "; ".join(f"{error.param}: {error.detail}" for error in errors)
    raise SeparationOfDuties(f"{SeparationOfDuties.__doc__} {told}", errors=errors)
