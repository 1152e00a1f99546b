"""Each thing that `iact doctor` looks at is broken on purpose and has to be found; whole, it is said to be good."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from iact.backups import SLOT
from iact.cli import build
from iact.doctor import ages, grants, keeping, postgres
from iact.doctor.examine import look
from iact.doctor.finding import Finding, Severity, sentences
from iact.doctor.freshness import look_at_freshness
from iact.doctor.target import Target
from iact.partitions import make_ahead
from iact.retention import drop as drop_months
from iact.run_file import write_private
from services.sessions import audit
from services.sessions.accounts import OPERATOR
from services.sessions.anchors import AnchorFile
from services.sessions.audit_chain import Anchor
from services.sessions.local_files import ANCHOR_KEY_FILE
from services.sessions.store import trail
from shared.ports import free_port
from shared.settings import DatabaseSettings

NOW = datetime(2026, 3, 15, 12, 0, tzinfo=UTC)
GOOD, NOTE, WARNING, CRITICAL = Severity


def only(findings: list[Finding], severity: Severity) -> Finding:
    """The single finding, of this severity; one that needs hands says what it means and the way out."""
    assert [found.severity for found in findings] == [severity], sentences(findings)
    if findings[0].needs_hands:
        assert findings[0].meaning
        assert findings[0].way_out
    return findings[0]


def utc_now() -> datetime:
    return datetime.now(UTC)


# --- clocks ---


@pytest.mark.unit
@given(st.floats(-500, 500), st.floats(0, 10))
def test_a_clock_is_never_blamed_for_the_way(apart_s: float, way_s: float) -> None:
    after = NOW + timedelta(seconds=way_s)
    found = postgres.judge_clock("it", NOW, NOW + timedelta(seconds=apart_s), after)
    if 0 <= apart_s <= way_s:
        assert found.severity is GOOD
    if apart_s <= -30 or apart_s >= way_s + 30.001:
        assert found.severity is CRITICAL


@pytest.mark.integration
@pytest.mark.parametrize(("behind_s", "severity"), [(0, GOOD), (-10, WARNING), (90, CRITICAL)])
async def test_the_clock_of_the_database(conn: asyncpg.Connection, behind_s: float, severity: Severity) -> None:
    only(await postgres.look_at_clock(conn, lambda: utc_now() - timedelta(seconds=behind_s)), severity)


# --- schemas and grants ---


@pytest.mark.integration
async def test_migrations_behind_and_ahead(conn: asyncpg.Connection, database_settings: DatabaseSettings) -> None:
    only(await postgres.look_at_migrations(conn, database_settings), GOOD)
    await conn.execute(
        "INSERT INTO public.iact_migrations (migration_set, file, sha256) VALUES ('ivr', '9999_x.sql', '')"
    )
    assert "ivr/9999_x.sql" in only(await postgres.look_at_migrations(conn, database_settings), NOTE).what
    await conn.execute("DELETE FROM public.iact_migrations WHERE migration_set = 'dora'")
    assert "dora/0001_dora.sql" in only(await postgres.look_at_migrations(conn, database_settings), CRITICAL).what


@pytest.mark.integration
async def test_a_migrated_database_has_the_promised_grants_and_no_more(conn: asyncpg.Connection) -> None:
    assert len(grants.promised()) > 100
    assert "4 roles" in only(await grants.look_at_grants(conn), GOOD).what


@pytest.mark.requirement("RF-051")
@pytest.mark.integration
@pytest.mark.parametrize(
    ("broken", "way_out"),
    [
        ("REVOKE INSERT ON dora.events FROM iact_dora", "GRANT INSERT ON TABLE dora.events TO iact_dora;"),
        (
            "GRANT SELECT ON ivr.legacy_calls TO iact_analytics",
            "REVOKE SELECT ON TABLE ivr.legacy_calls FROM iact_analytics;",
        ),
        ("REVOKE USAGE ON SCHEMA ivr FROM iact_analytics", "GRANT USAGE ON SCHEMA ivr TO iact_analytics;"),
        ("GRANT USAGE ON SCHEMA sessions TO iact_ivr", "REVOKE USAGE ON SCHEMA sessions FROM iact_ivr;"),
    ],
)
async def test_a_grant_too_few_or_too_many(conn: asyncpg.Connection, broken: str, way_out: str) -> None:
    await conn.execute(broken)
    found = only(await grants.look_at_grants(conn), CRITICAL)
    assert found.way_out == way_out
    await conn.execute(found.way_out)
    only(await grants.look_at_grants(conn), GOOD)


@pytest.mark.integration
async def test_a_role_that_may_more_than_log_in(conn: asyncpg.Connection) -> None:
    async with conn.transaction():
        await conn.execute("ALTER ROLE iact_dora CREATEDB BYPASSRLS")
        found = only(await grants.look_at_grants(conn), CRITICAL)
        assert found.what == "iact_dora may CREATEDB, BYPASSRLS"
        await conn.execute(found.way_out)
        only(await grants.look_at_grants(conn), GOOD)


@pytest.mark.integration
async def test_a_role_that_is_gone(conn: asyncpg.Connection) -> None:
    transaction = conn.transaction()
    await transaction.start()
    await conn.execute("ALTER ROLE iact_dora RENAME TO iact_away")
    found = await grants.look_at_grants(conn)
    await transaction.rollback()
    assert found[0].what == "there is no role iact_dora"


# --- replication, partitions, runs ---


@pytest.fixture
async def slot(conn: asyncpg.Connection) -> AsyncIterator[str]:
    await conn.execute("SELECT pg_create_physical_replication_slot($1, true)", SLOT)
    yield SLOT
    await conn.execute("SELECT pg_drop_replication_slot($1)", SLOT)


@pytest.mark.integration
async def test_a_log_that_nobody_follows(conn: asyncpg.Connection) -> None:
    only(await postgres.look_at_replication(conn), NOTE)
    assert SLOT in only(await keeping.look_at_followed_log(conn), WARNING).what


@pytest.mark.integration
async def test_a_slot_that_is_not_read(conn: asyncpg.Connection, slot: str) -> None:
    assert await keeping.look_at_followed_log(conn) == []
    found = only(await postgres.look_at_replication(conn), CRITICAL)
    assert f"nobody reads the slot {slot}" in found.what


@pytest.mark.integration
async def test_months_that_were_not_made(conn: asyncpg.Connection, database_settings: DatabaseSettings) -> None:
    await conn.execute("DO $$ BEGIN EXECUTE format('DROP TABLE audit.events_%s', to_char(now(), 'YYYY_MM')); END $$")
    found = {each.what.split()[0]: each for each in await postgres.look_at_partitions(conn)}
    assert found["audit.events"].severity is WARNING
    assert f"{utc_now():%Y-%m}" in found["audit.events"].what
    assert found["ivr.legacy_calls"].severity is NOTE
    assert await make_ahead(database_settings, 1) > len(found)
    only(await postgres.look_at_partitions(conn), GOOD)
    assert await make_ahead(database_settings, 1) == 0


async def interrupt_detaching(settings: DatabaseSettings, parent: str, partition: str) -> None:
    """Detach a partition as `iact retention drop` does, and end that while it waits for a reader."""
    reader, detaching = [await asyncpg.connect(**settings.connect_arguments()) for _ in range(2)]
    reading = reader.transaction()
    await reading.start()
    await reader.fetch(f"SELECT FROM {parent}")
    await detaching.execute("SET lock_timeout = '100ms'")
    with pytest.raises(asyncpg.LockNotAvailableError):
        await detaching.execute(f"ALTER TABLE {parent} DETACH PARTITION {partition} CONCURRENTLY")
    await reading.rollback()
    await reader.close()
    await detaching.close()


@pytest.mark.integration
@pytest.mark.requirement("RF-051")
async def test_a_partition_that_is_half_detached(conn: asyncpg.Connection, database_settings: DatabaseSettings) -> None:
    await make_ahead(database_settings, 1)
    for parent in ("legacy_calls", "queue_calls"):
        await conn.execute("SELECT ivr.ensure_month($1, '2024-02-01')", parent)
        await interrupt_detaching(database_settings, f"ivr.{parent}", f"ivr.{parent}_2024_02")
    by_hand, by_command = await postgres.look_at_partitions(conn)
    for found in (by_hand, by_command):
        only([found], WARNING)
    assert by_hand.what.startswith("ivr.legacy_calls_2024_02 is half detached")
    assert by_hand.way_out.startswith("ALTER TABLE ivr.legacy_calls DETACH PARTITION ivr.legacy_calls_2024_02 FINALIZE")
    await conn.execute(
        "INSERT INTO ivr.removed_months (parent, month, rows, bytes) VALUES ('queue_calls', '2024-02-01', 0, 0)"
    )
    by_hand, by_command = await postgres.look_at_partitions(conn)
    assert (by_command.what.split()[0], by_command.way_out[:20]) == ("ivr.queue_calls_2024_02", "iact retention drop,")
    with pytest.raises(asyncpg.CheckViolationError, match="no partition of relation"):
        await conn.execute("INSERT INTO ivr.queue_calls (entered_at) VALUES ('2024-02-10T12:00Z')")
    # Both ways out lead out.
    await conn.execute(by_hand.way_out.partition(" as the owner")[0])
    await drop_months(database_settings, date(2024, 3, 1), lambda _: None)
    only(await postgres.look_at_partitions(conn), GOOD)
    assert await conn.fetchval("SELECT to_regclass('ivr.queue_calls_2024_02') IS NULL")


async def add_run(conn: asyncpg.Connection, state: str, age: timedelta, error: str | None = None) -> None:
    source_id = await conn.fetchval(
        "INSERT INTO ivr.sources (source, kind, zone) VALUES ('centre', 'legacy', 'America/Mexico_City')"
        " ON CONFLICT (source) DO UPDATE SET zone = excluded.zone RETURNING source_id"
    )
    await conn.execute(
        "INSERT INTO ivr.runs (source_id, state, requested_by, queued_at, started_at, finished_at, heartbeat_at, error)"
        " VALUES ($1, $2, 'test', now() - $3::interval, now() - $3::interval,"
        " CASE WHEN $2 <> 'running' THEN now() - $3::interval END, now() - $3::interval, $4)",
        source_id,
        state,
        age,
        error,
    )
    if state == "succeeded":
        await conn.execute(
            "INSERT INTO ivr.data_versions (source_id, version, data_as_of) VALUES ($1, 1, now() - $2::interval)"
            " ON CONFLICT (source_id) DO NOTHING",
            source_id,
            age,
        )


@pytest.mark.requirement("RF-051")
@pytest.mark.integration
async def test_sources_that_are_stale_or_fail(conn: asyncpg.Connection) -> None:
    only(await look_at_freshness(conn, utc_now, None), NOTE)
    only(await postgres.look_at_runs(conn), GOOD)
    await add_run(conn, "succeeded", timedelta(hours=30))
    assert "centre is stale" in only(await look_at_freshness(conn, utc_now, None), CRITICAL).what
    await add_run(conn, "failed", timedelta(hours=3), "the password is wrong")
    assert "the password is wrong" in only(await postgres.look_at_runs(conn), WARNING).what
    await add_run(conn, "succeeded", timedelta(hours=1))
    only(await postgres.look_at_runs(conn), NOTE)
    only(await look_at_freshness(conn, utc_now, None), GOOD)


@pytest.mark.integration
async def test_a_run_that_nobody_works_on(conn: asyncpg.Connection) -> None:
    await add_run(conn, "running", timedelta(minutes=2))
    only(await postgres.look_at_runs(conn), GOOD)
    await conn.execute("UPDATE ivr.runs SET heartbeat_at = now() - interval '20 minutes'")
    assert "was last heard of" in only(await postgres.look_at_runs(conn), WARNING).what


# --- the audit trail ---


@pytest.mark.integration
async def test_an_audit_trail_that_was_changed(conn: asyncpg.Connection, tmp_path: Path) -> None:
    (tmp_path / ANCHOR_KEY_FILE).write_text("ab" * 32)
    target = Target(tmp_path, secrets_dir=tmp_path)
    for _ in range(3):
        async with conn.transaction():
            await audit.record(conn, "AUDIT_VERIFIED", OPERATOR)
    await conn.execute("SELECT audit.seal(100)")
    head = await trail.head(conn)
    assert head is not None
    assert head.hash is not None
    anchors = AnchorFile(tmp_path / "audit" / "anchors.jsonl", bytes.fromhex("ab" * 32))
    anchors.append(Anchor(head.chain, head.position, head.hash.hex(), NOW.isoformat()))
    only(await keeping.look_at_trail(conn, target), GOOD)
    await conn.execute("SET session_replication_role = replica")
    await conn.execute("UPDATE audit.events SET actor_id = 2 WHERE event_id = (SELECT min(event_id) FROM audit.events)")
    assert "CHANGED" in only(await keeping.look_at_trail(conn, target), CRITICAL).what


@pytest.mark.unit
async def test_a_trail_without_its_key_is_not_judged(tmp_path: Path) -> None:
    target = Target(tmp_path, secrets_dir=tmp_path)
    only(await keeping.look_at_trail(None, target), NOTE)  # type: ignore[arg-type] # is not asked
    assert not (tmp_path / ANCHOR_KEY_FILE).exists()


# --- calls older than wanted ---


@pytest.mark.integration
@pytest.mark.requirement("RF-063")
async def test_months_that_are_older_than_wanted_are_proposed(conn: asyncpg.Connection) -> None:
    now = datetime(2026, 3, 15, tzinfo=UTC)
    only(await ages.look_at_ages(conn, None, now), GOOD)
    for parent, month in (("legacy_calls", date(2023, 11, 1)), ("queue_calls", date(2025, 1, 1))):
        await conn.execute("SELECT ivr.ensure_month($1, $2)", parent, month)
    proposed = only(await ages.look_at_ages(conn, None, now), NOTE)
    assert proposed.what.startswith("1 months of calls from before 2024-03 are kept")
    assert "--keep 24" in proposed.way_out
    wanted = only(await ages.look_at_ages(conn, 12, now), WARNING)
    assert wanted.what.startswith("2 months of calls from before 2025-03 are kept")
    only(await ages.look_at_ages(conn, 40, now), GOOD)
    await conn.execute(
        "INSERT INTO ivr.removed_months (parent, month, rows, bytes) VALUES ('legacy_calls', '2023-11-01', 0, 0);"
        "ALTER TABLE ivr.legacy_calls DETACH PARTITION ivr.legacy_calls_2023_11"
    )
    assert "legacy_calls_2023_11" in only((await ages.look_at_ages(conn, 40, now))[:1], WARNING).what


# --- the command ---


@pytest.fixture
def folder(tmp_path: Path, database_settings: DatabaseSettings) -> Path:
    """A data folder whose run.json names the test's database and services that are down."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    write_private(secrets / "db_password_owner", database_settings.password)
    owner = {name: getattr(database_settings, name) for name in ("host", "port", "name", "user")}
    run = {
        "gateway_url": "http://127.0.0.1:1",
        "services": {"gateway": {"url": f"http://127.0.0.1:{free_port()}"}},
        "pids": {"supervisor": {}},
        "databases": {"postgres": {**owner, "embedded": True}, "ivr": None},
        "secrets_dir": str(secrets),
        "sources_file": str(tmp_path / "sources.toml"),
    }
    write_private(tmp_path / "run.json", json.dumps(run))
    return tmp_path


def run_doctor(folder: Path, *options: str) -> tuple[int, list[dict[str, str]]]:
    result = CliRunner().invoke(build("doctor"), ["doctor", "--json", "--data-dir", str(folder), *options])
    return result.exit_code, json.loads(result.stdout)["findings"] if result.exit_code < 2 else []


@pytest.mark.requirement("RF-051")
@pytest.mark.integration
def test_the_command_looks_at_all_and_names_what_is_down(folder: Path) -> None:
    code, found = run_doctor(folder)
    assert code == 1
    checks = {each["check"] for each in found}
    assert checks >= {"disk", "certificate", "service", "clock", "migrations", "grants", "replication", "partitions"}
    assert checks >= {"backup", "source", "freshness", "runs", "audit"}
    assert [each["what"].split()[0] for each in found if each["severity"] == "critical"] == ["gateway"]


@pytest.mark.integration
def test_the_second_process_of_a_kind_is_looked_at_too(folder: Path) -> None:
    run = json.loads((folder / "run.json").read_text())
    run["more_processes"] = {"gateway-2": {"url": f"http://127.0.0.1:{free_port()}"}}
    (folder / "run.json").write_text(json.dumps(run))
    critical = [each["what"].split()[0] for each in run_doctor(folder)[1] if each["severity"] == "critical"]
    assert critical == ["gateway", "gateway-2"]


@pytest.mark.requirement("RF-051")
@pytest.mark.integration
def test_a_database_that_is_down_is_a_finding_among_others(folder: Path) -> None:
    run = json.loads((folder / "run.json").read_text())
    run["databases"]["postgres"]["port"] = free_port()
    (folder / "run.json").write_text(json.dumps(run))
    code, found = run_doctor(folder, "--backups", str(folder / "none"))
    assert code == 1
    down = [each for each in found if each["check"] == "database"]
    assert "cannot be reached" in down[0]["what"]
    assert "grants" in down[0]["meaning"]
    assert {each["check"] for each in found} >= {"disk", "service", "backup"}


@pytest.mark.requirement("RF-051")
@pytest.mark.integration
async def test_a_look_that_fails_does_not_end_the_others(database_settings: DatabaseSettings) -> None:
    async def failing(conn: asyncpg.Connection) -> list[Finding]:
        await conn.execute("SELECT 1/0")
        return []

    found = await look(database_settings, [("first", failing), ("second", grants.look_at_grants)])
    assert [(each.check, each.severity) for each in found] == [("first", WARNING), ("grants", GOOD)]
    assert "division by zero" in found[0].what
    gone = await look(replace(database_settings, name="away"), [("first", failing)])
    assert "has no database away" in only(gone, CRITICAL).what


@pytest.mark.unit
def test_nothing_that_runs_is_said_and_wrong_usage_is_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, found = run_doctor(tmp_path)
    assert code == 1
    assert "nothing runs from" in found[0]["what"]
    assert run_doctor(tmp_path, "--nonsense") == (2, [])
    text = CliRunner().invoke(build("doctor"), ["doctor", "--data-dir", str(tmp_path)])
    assert text.exit_code == 1
    assert "Do: start it" in text.stdout
    assert "findings need hands" in text.stdout
