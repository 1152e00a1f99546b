"""A thousand falsifications by command (`python -m tests.benchmarks.sessions --only tampering`); here some of each."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from services.sessions import proof
from services.sessions.anchors import AnchorFile
from services.sessions.audit_chain import BREAKS_MAX
from services.sessions.store import trail
from shared.settings import DatabaseSettings
from tests.sessions.tampering import ANCHORED, EVENTS, FILL, WAYS, make_trail, proof_after

pytestmark = pytest.mark.integration

TAMPERINGS = 60
WRITERS = 16
EACH = 25


async def test_an_untouched_trail_is_intact(conn: asyncpg.Connection, tmp_path: Path) -> None:
    file = await make_trail(conn, tmp_path)
    found = await proof.verify(conn, file)
    assert (found.breaks, found.intact, found.complete) == ((), True, True)
    assert (found.head, found.anchors, found.anchored_position, found.waiting) == (EVENTS, 2, ANCHORED[-1], 0)
    part = await proof.verify(conn, file, first=50, last=60)
    assert (part.intact, part.complete, part.first, part.last) == (True, False, 50, 60)


@pytest.mark.requirement("RF-028")
async def test_every_falsification_is_found(conn: asyncpg.Connection, tmp_path: Path) -> None:
    file = await make_trail(conn, tmp_path)
    seen = set()
    for seed in range(TAMPERINGS):
        name, found = await proof_after(conn, file, seed)
        assert not found.intact, (seed, name)
        assert 0 < len(found.breaks) <= BREAKS_MAX
        seen.add(name)
    assert seen == set(WAYS)
    assert (await proof.verify(conn, file)).intact


async def test_the_place_is_named(conn: asyncpg.Connection, tmp_path: Path) -> None:
    file = await make_trail(conn, tmp_path)
    await conn.execute("SET session_replication_role = replica")
    event_id = await conn.fetchval("SELECT event_id FROM audit.seals WHERE position = 77")
    await conn.execute("UPDATE audit.events SET actor_id = 5 WHERE event_id = $1", event_id)
    await conn.execute("UPDATE audit.events SET actor_id = 5 WHERE event_id = $1", event_id)
    found = await proof.verify(conn, file)
    assert [(each.kind, each.position, each.event_id) for each in found.breaks] == [("CHANGED", 77, event_id)]
    assert (await proof.verify(conn, file, first=78)).intact
    assert not (await proof.verify(conn, file, first=70, last=77)).intact


async def test_a_trail_without_anchors_is_not_believed(conn: asyncpg.Connection, tmp_path: Path) -> None:
    file = await make_trail(conn, tmp_path)
    file.path.unlink()
    assert (await proof.verify(conn, file)).intact, "the first anchor is still to come"
    await conn.execute("SET session_replication_role = replica")
    await conn.execute("TRUNCATE audit.events, audit.seals, audit.unsealed")
    await conn.execute(FILL, 1, 5)
    await conn.execute("UPDATE audit.events SET at = at - interval '1 hour'")
    await conn.execute("UPDATE audit.unsealed SET at = at - interval '1 hour'")
    await trail.seal(conn, 10)
    assert [each.kind for each in (await proof.verify(conn, file)).breaks] == ["ANCHORS_MISSING"]
    file.path.write_text("nonsense\n")
    assert [each.kind for each in (await proof.verify(conn, file)).breaks] == ["ANCHOR_FORGED"]


async def test_sixteen_writers_and_three_sealers_make_one_chain(
    database_settings: DatabaseSettings, conn: asyncpg.Connection, tmp_path: Path
) -> None:
    """Writers of all four services; some hold their transactions open, some roll back."""
    roles = ("iact_sessions", "iact_ivr", "iact_analytics", "iact_dora")

    async def write(number: int) -> None:
        own = await asyncpg.connect(**database_settings.as_role(roles[number % 4]).connect_arguments())
        for n in range(EACH):
            change = own.transaction()
            await change.start()
            await own.execute("SELECT audit.record_event('PROBE_EVENT', NULL, 'x', $1, NULL, NULL, NULL)", str(n))
            if n % 5 == 0:
                await asyncio.sleep(0.005)
            await (change.rollback() if n % 10 == 9 else change.commit())
        await own.close()

    writing = True

    async def seal() -> None:
        own = await asyncpg.connect(**database_settings.as_role("iact_sessions").connect_arguments())
        while writing:
            await trail.seal(own, 20)
            await asyncio.sleep(0)
        await own.close()

    sealers = [asyncio.create_task(seal()) for _ in range(3)]
    await asyncio.gather(*(write(number) for number in range(WRITERS)))
    writing = False
    await asyncio.gather(*sealers)
    while await trail.seal(conn, 1_000):
        pass
    kept = WRITERS * sum(1 for n in range(EACH) if n % 10 != 9)
    rows = await conn.fetch("SELECT position FROM audit.seals ORDER BY position")
    assert [row["position"] for row in rows] == list(range(1, kept + 1))
    assert await conn.fetchval("SELECT count(*) FROM audit.events") == kept
    assert (await proof.verify(conn, AnchorFile(tmp_path / "none.jsonl", b"k" * 32))).intact


async def test_a_writer_never_waits_for_the_sealer(
    database_settings: DatabaseSettings, conn: asyncpg.Connection
) -> None:
    await conn.execute(FILL, 1, 10)
    other = await asyncpg.connect(**database_settings.connect_arguments())
    try:
        async with conn.transaction():
            assert await trail.seal(conn, 100) == 10
            async with asyncio.timeout(60):
                await other.execute(FILL, 11, 12)
                assert await trail.seal(other, 100) is None, "one at a time"
    finally:
        await other.close()
    assert await trail.seal(conn, 100) == 2


@pytest.mark.parametrize("role", ["iact_sessions", "iact_ivr", "iact_analytics", "iact_dora"])
async def test_no_role_changes_any_table_of_the_trail(
    role: str, database_settings: DatabaseSettings, conn: asyncpg.Connection
) -> None:
    await trail.make_partitions(conn, 2)
    await conn.execute(FILL, 1, 3)
    await trail.seal(conn, 2)
    tables = [
        row["name"]
        for row in await conn.fetch(
            """SELECT format('audit.%I', relname) AS name FROM pg_class
               WHERE relnamespace = 'audit'::regnamespace AND relkind IN ('r', 'p')"""
        )
    ]
    assert len(tables) == 9
    own = await asyncpg.connect(**database_settings.as_role(role).connect_arguments())
    try:
        for table in tables:
            for statement in (
                f"DELETE FROM {table}",
                f"TRUNCATE {table}",
                f"INSERT INTO {table} DEFAULT VALUES",
                f"ALTER TABLE {table} DISABLE TRIGGER ALL",
                f"DROP TABLE {table}",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await own.execute(statement)
        for table in ("audit.events", "audit.seals"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await own.execute(f"UPDATE {table} SET at = now()")
    finally:
        await own.close()


async def test_the_owner_is_stopped_by_triggers(conn: asyncpg.Connection) -> None:
    await trail.make_partitions(conn, 2)
    await conn.execute(FILL, 1, 3)
    await trail.seal(conn, 2)
    month = await conn.fetchval("SELECT tableoid::regclass::text FROM audit.events LIMIT 1")
    assert month.startswith("audit.events_20")
    for statement in (
        "UPDATE audit.events SET event = 'OTHER'",
        "DELETE FROM audit.events",
        "TRUNCATE audit.events",
        f"TRUNCATE {month}",
        f"DELETE FROM {month}",
        "TRUNCATE audit.events_rest",
        "UPDATE audit.seals SET hash = sha256(hash)",
        "DELETE FROM audit.seals",
        "TRUNCATE audit.seals",
        "DELETE FROM audit.chain",
        "INSERT INTO audit.chain DEFAULT VALUES",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await conn.execute(statement)


async def test_months_are_made_ahead_once(conn: asyncpg.Connection) -> None:
    assert await trail.make_partitions(conn, 3) == 0, "the migration made them"
    assert await trail.make_partitions(conn, 4) == 1
    # A month whose events lie in the rest already stays there; nobody moves an event.
    await conn.execute(
        "INSERT INTO audit.events (at, service, event) VALUES (now() + interval '7 months', 'sessions', 'LOGIN')"
    )
    assert await trail.make_partitions(conn, 8) == 3


async def test_tokens_and_telephones_are_masked_by_the_database(conn: asyncpg.Connection) -> None:
    details = '{"a": "call 5512345678 now", "b": ["iact_pat_abc-DEF_1", 7], "c": {"d": "5512345678901"}, "n": 12}'
    await conn.execute("SELECT audit.record_event('PROBE_EVENT', NULL, NULL, NULL, NULL, NULL, $1::jsonb)", details)
    kept = await conn.fetchval("SELECT details::text FROM audit.events")
    assert kept == '{"a": "call [number] now", "b": ["[token]", 7], "c": {"d": "[number]"}, "n": 12}'
