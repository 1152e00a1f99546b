"""Ways in which somebody with every right in the database could falsify the audit trail, drawn at random."""

import hashlib
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg

from services.sessions import proof
from services.sessions.anchors import AnchorFile
from services.sessions.audit_chain import Anchor
from services.sessions.proof import Proof
from services.sessions.store import trail

EVENTS = 160
ANCHORED = (100, 140)  # the twenty after the last anchor are what the anchors do not cover yet
FILL = """
    SELECT audit.record_event(
        (ARRAY['LOGIN', 'LOGOUT', 'TOKEN_CREATED'])[1 + n % 3], 1 + n % 7, 'user', (n % 11)::text, 'request-' || n,
        ('192.0.2.' || n % 200)::inet, jsonb_build_object('n', n)
    ) FROM generate_series($1::integer, $2::integer) AS n"""
COLUMNS = {
    "event": "'OTHER_EVENT'",
    "actor_id": "coalesce(actor_id, 0) + 1",
    "service": "'dora'",
    "target_id": "target_id || 'x'",
    "target_kind": "NULL",
    "request_id": "NULL",
    "address": "'198.51.100.1'",
    "details": "details || '{\"added\": true}'",
    "at": "at + interval '1 microsecond'",
}

Tampering = Callable[[asyncpg.Connection, random.Random], Awaitable[None]]


async def make_trail(conn: asyncpg.Connection, folder: Path) -> AnchorFile:
    """A trail of EVENTS events, sealed, and anchored as far as ANCHORED says."""
    file = AnchorFile(folder / "anchors.jsonl", b"k" * 32)
    await trail.make_partitions(conn, 1)
    done = await conn.fetchval("SELECT coalesce(max(position), 0) FROM audit.seals")
    assert done == 0
    for last in (*ANCHORED, EVENTS):
        await conn.execute(FILL, done + 1, last)
        assert await trail.seal(conn, EVENTS) == last - done
        done = last
        head = await trail.head(conn)
        assert head is not None
        assert head.hash is not None
        if last in ANCHORED:
            file.append(Anchor(head.chain, head.position, head.hash.hex(), f"anchor at {last}"))
    return file


async def proof_after(conn: asyncpg.Connection, file: AnchorFile, seed: int) -> tuple[str, Proof]:
    """Falsify the trail in one way, verify it, and take the falsification back."""
    chosen = random.Random(seed)
    name = chosen.choice(sorted(WAYS))
    undone = conn.transaction()
    await undone.start()
    try:
        # What a superuser can do: no trigger fires any more.
        await conn.execute("SET LOCAL session_replication_role = replica")
        await WAYS[name](conn, chosen)
        return name, await proof.verify(conn, file)
    finally:
        await undone.rollback()


def anywhere(chosen: random.Random) -> int:
    return chosen.randint(1, EVENTS)


def anchored(chosen: random.Random) -> int:
    return chosen.randint(1, ANCHORED[-1])


async def event_at(conn: asyncpg.Connection, position: int) -> int:
    event_id: int = await conn.fetchval("SELECT event_id FROM audit.seals WHERE position = $1", position)
    return event_id


async def change_a_field(conn: asyncpg.Connection, chosen: random.Random) -> None:
    column = chosen.choice(sorted(COLUMNS))
    event_id = await event_at(conn, anywhere(chosen))
    await conn.execute(f"UPDATE audit.events SET {column} = {COLUMNS[column]} WHERE event_id = $1", event_id)


async def delete_an_event(conn: asyncpg.Connection, chosen: random.Random) -> None:
    await conn.execute("DELETE FROM audit.events WHERE event_id = $1", await event_at(conn, anywhere(chosen)))


async def delete_an_event_and_its_seal(conn: asyncpg.Connection, chosen: random.Random) -> None:
    position = anchored(chosen)
    await conn.execute("DELETE FROM audit.events WHERE event_id = $1", await event_at(conn, position))
    await conn.execute("DELETE FROM audit.seals WHERE position = $1", position)


async def delete_a_seal(conn: asyncpg.Connection, chosen: random.Random) -> None:
    await conn.execute("DELETE FROM audit.seals WHERE position = $1", anywhere(chosen))


async def change_a_seal(conn: asyncpg.Connection, chosen: random.Random) -> None:
    change = chosen.choice(["hash = sha256(hash)", "sealed_at = sealed_at - interval '1 hour'"])
    await conn.execute(f"UPDATE audit.seals SET {change} WHERE position = $1", anywhere(chosen))


async def swap_two_events(conn: asyncpg.Connection, chosen: random.Random) -> None:
    """Each seal now speaks of the other's event."""
    one, other = chosen.sample(range(1, EVENTS + 1), 2)
    await conn.execute(
        """UPDATE audit.seals AS s SET event_id = -o.event_id, at = o.at FROM audit.seals AS o
           WHERE (s.position, o.position) IN (($1, $2), ($2, $1))""",
        one,
        other,
    )
    await conn.execute("UPDATE audit.seals SET event_id = -event_id WHERE event_id < 0")


async def slip_an_event_in(conn: asyncpg.Connection, chosen: random.Random) -> None:
    await conn.execute(
        "INSERT INTO audit.events (at, service, event) VALUES (now() - $1 * interval '1 second', 'sessions', 'LOGIN')",
        chosen.randint(0, 3_600),
    )


async def rewrite(conn: asyncpg.Connection, since: int) -> None:
    """Recompute the chain from `since` on, as whoever knows how it is made would: it holds together again."""
    before = await conn.fetchval("SELECT hash FROM audit.seals WHERE position = $1", since - 1)
    if before is None:
        chain = await conn.fetchval("SELECT chain_id::text FROM audit.chain")
        before = hashlib.sha256(f"iact audit chain {chain}".encode()).digest()
    for link in await trail.links(conn, after=since - 1, last=EVENTS, limit=EVENTS):
        assert link.canonical is not None
        before = hashlib.sha256(before + link.canonical.encode()).digest()
        await conn.execute("UPDATE audit.seals SET hash = $2 WHERE position = $1", link.position, before)


async def change_and_rewrite(conn: asyncpg.Connection, chosen: random.Random) -> None:
    position = anchored(chosen)
    event_id = await event_at(conn, position)
    await conn.execute("UPDATE audit.events SET actor_id = 999 WHERE event_id = $1", event_id)
    await rewrite(conn, position)


async def delete_and_rewrite(conn: asyncpg.Connection, chosen: random.Random) -> None:
    position = anchored(chosen)
    await delete_at(conn, position)
    for later in range(position + 1, EVENTS + 1):
        await conn.execute("UPDATE audit.seals SET position = position - 1 WHERE position = $1", later)
    await rewrite(conn, position)


async def delete_at(conn: asyncpg.Connection, position: int) -> None:
    await conn.execute("DELETE FROM audit.events WHERE event_id = $1", await event_at(conn, position))
    await conn.execute("DELETE FROM audit.seals WHERE position = $1", position)


async def cut_the_tail(conn: asyncpg.Connection, chosen: random.Random) -> None:
    position = anchored(chosen)
    await conn.execute(
        "DELETE FROM audit.events WHERE event_id IN (SELECT event_id FROM audit.seals WHERE position >= $1)", position
    )
    await conn.execute("DELETE FROM audit.seals WHERE position >= $1", position)


async def begin_anew(conn: asyncpg.Connection, chosen: random.Random) -> None:
    await conn.execute("TRUNCATE audit.events, audit.seals, audit.unsealed")
    if chosen.random() < 0.5:
        await conn.execute("UPDATE audit.chain SET chain_id = gen_random_uuid()")
    if chosen.random() < 0.5:
        await conn.execute(FILL, 1, EVENTS)
        await trail.seal(conn, EVENTS)


async def forget_the_chain(conn: asyncpg.Connection, chosen: random.Random) -> None:
    await conn.execute("DELETE FROM audit.chain")


WAYS: dict[str, Tampering] = {
    way.__name__: way
    for way in (
        change_a_field,
        delete_an_event,
        delete_an_event_and_its_seal,
        delete_a_seal,
        change_a_seal,
        swap_two_events,
        slip_an_event_in,
        change_and_rewrite,
        delete_and_rewrite,
        cut_the_tail,
        begin_anew,
        forget_the_chain,
    )
}
