"""Who tries to sign in, and how often they have failed."""

from dataclasses import dataclass
from datetime import datetime

from services.sessions.statements import load
from services.sessions.throttle import EVERYWHERE, Counter, Network
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class Subject:
    """The person whose name was typed; `user_id` None: nobody has that name."""

    at: datetime
    user_id: int | None
    password_hash: str | None
    state: str | None
    known: bool
    network_known: bool


async def subject(conn: Connection, username: str, network: Network) -> Subject:
    row = await conn.fetchrow(load("sign_in_subject"), username, network)
    assert row is not None  # noqa: S101 - the statement's outer join always gives one row
    return Subject(**row)


async def lock_counters(conn: Connection, account_key: bytes, network: Network) -> tuple[Counter, Counter]:
    """The counters of (name, network) and (name, unknown networks), locked until the transaction ends."""
    await conn.execute(load("claim_counters"), account_key, network, EVERYWHERE)
    rows = await conn.fetch(load("lock_counters"), account_key, network, EVERYWHERE)
    found = {row["network"]: Counter(**{k: v for k, v in row.items() if k != "network"}) for row in rows}
    return found[network], found[EVERYWHERE]


async def store_counter(conn: Connection, account_key: bytes, network: Network, counter: Counter) -> None:
    await conn.execute(
        load("store_counter"),
        account_key,
        network,
        counter.failures,
        counter.streak,
        counter.window_since,
        counter.locked_until,
        counter.lockouts,
    )


async def clear_counter(conn: Connection, account_key: bytes, network: Network) -> None:
    await conn.execute(load("clear_counter"), account_key, network)


async def clear_counters(conn: Connection, account_key: bytes) -> None:
    await conn.execute(load("clear_counters"), account_key)


async def remember_network(conn: Connection, user_id: int, network: Network) -> None:
    await conn.execute(load("remember_network"), user_id, network)
