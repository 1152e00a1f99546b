"""Who somebody is at this moment, for work that has no signed identity: it runs hours after it was asked for."""

from dataclasses import dataclass

from shared.errors import Forbidden
from shared.identity import Identity
from shared.postgres import Connection
from shared.sql import folder

load = folder(__file__)


class NoPerson(Forbidden):
    """This belongs to a person; the operator's command line and displays have no account."""


@dataclass(frozen=True, slots=True)
class Person:
    """An active account: what it may do, its data segment (None is all data) and its groups."""

    user_id: int
    username: str
    segment: str | None
    functions: frozenset[str]
    groups: frozenset[str] = frozenset()

    def identity(self) -> Identity:
        """As a request of theirs would carry it."""
        return Identity(
            kind="user",
            user_id=str(self.user_id),
            username=self.username,
            functions=self.functions,
            segment=self.segment,
        )


async def person(conn: Connection, user_id: int) -> Person | None:
    """The person as they are now; None when the account is blocked, inactive or unknown."""
    row = await conn.fetchrow(load("person"), user_id)
    if row is None:
        return None
    return Person(
        user_id=row["user_id"],
        username=row["username"],
        segment=row["segment"],
        functions=frozenset(row["functions"]),
        groups=frozenset(row["groups"]),
    )


def person_id(identity: Identity) -> int:
    """Whose things these are. Raises NoPerson for a caller without an account."""
    if identity.kind not in ("user", "token") or not (identity.user_id or "").isdigit():
        raise NoPerson
    return int(str(identity.user_id))
