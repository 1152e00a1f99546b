import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import asyncpg
import httpx
import pymysql
import pytest
from fastapi import APIRouter, Depends, FastAPI

from shared.app import create_app
from shared.errors import unprocessable
from shared.identity import ANONYMOUS, HEADER, Identity, Signer, require
from shared.migrate import MigrationError, MigrationSet, Phase, migrate, pending, unknown_contracts
from shared.settings import DatabaseSettings, ServiceSettings
from shared.testing.mariadb import MariaDbSchema
from shared.testing.postgres import migration_sets

pytestmark = pytest.mark.integration


async def test_roles_cannot_touch_the_audit_table(database_settings: DatabaseSettings) -> None:
    for role in ("iact_sessions", "iact_ivr", "iact_analytics", "iact_dora"):
        conn = await asyncpg.connect(**database_settings.as_role(role).connect_arguments())
        event = await conn.fetchval(
            "SELECT audit.record_event('LOGIN', 1, 'user', '1', 'abc', '127.0.0.1', '{\"a\": 1}')"
        )
        assert event > 0
        for statement in (
            # Who serves the trail reads it.
            *(("SELECT * FROM audit.events",) if role != "iact_sessions" else ()),
            "UPDATE audit.events SET event = 'X'",
            "DELETE FROM audit.events",
            "INSERT INTO audit.events (service, event) VALUES ('x', 'LOGIN')",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(statement)
        await conn.close()


async def test_audit_knows_the_service_by_its_role(
    database_settings: DatabaseSettings, conn: asyncpg.Connection
) -> None:
    service = await asyncpg.connect(**database_settings.as_role("iact_dora").connect_arguments())
    await service.execute("SELECT audit.record_event('LOGIN', NULL, NULL, NULL, NULL, NULL, NULL)")
    await service.close()
    assert await conn.fetchval("SELECT service FROM audit.events") == "dora"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await conn.execute("DELETE FROM audit.events")


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


async def test_two_migrations_at_once_run_each_file_once(
    database_settings: DatabaseSettings, conn: asyncpg.Connection, tmp_path: Path
) -> None:
    write(tmp_path, "0001_one.sql", "CREATE TABLE public.one (a int); INSERT INTO public.one VALUES (1)")
    sets = [MigrationSet("probe", tmp_path)]
    assert await pending(database_settings, sets) == ["probe/0001_one.sql"]
    ran = await asyncio.gather(*(migrate(database_settings, sets) for _ in range(3)))
    assert sorted(len(each) for each in ran) == [0, 0, 1]
    assert await conn.fetchval("SELECT count(*) FROM public.one") == 1
    assert await pending(database_settings, sets) == []


BUILT_ONLINE = """
SELECT format('DROP INDEX CONCURRENTLY public.%I', c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relname = 'one_a' AND NOT i.indisvalid
UNION ALL SELECT 'CREATE UNIQUE INDEX CONCURRENTLY one_a ON public.one (a)'
"""


async def test_what_is_built_online_waits_for_nobody_who_waits_for_it(
    database_settings: DatabaseSettings, conn: asyncpg.Connection, tmp_path: Path
) -> None:
    write(tmp_path, "0001_one.sql", "CREATE TABLE public.one (a int); INSERT INTO public.one VALUES (1)")
    write(tmp_path, "0002_two_online.sql", BUILT_ONLINE)
    sets = [MigrationSet("probe", tmp_path)]
    reader = await asyncpg.connect(**database_settings.connect_arguments())
    async with reader.transaction(isolation="repeatable_read"):
        await reader.fetch("SELECT 1 FROM pg_class LIMIT 1")  # the index is not done before this has ended
        runs = [asyncio.create_task(migrate(database_settings, sets)) for _ in range(3)]
        async with asyncio.timeout(60):
            while not await conn.fetchval("SELECT to_regclass('public.one_a') IS NOT NULL FROM pg_sleep(0.01)"):
                pass
        await conn.execute("INSERT INTO public.one VALUES (2)")
        await asyncio.sleep(1.5)  # longer than PostgreSQL waits before it looks for those who wait for one another
        assert not any(run.done() for run in runs)
    await reader.close()
    ran = await asyncio.gather(*runs)
    assert sorted(ran) == [[], [], ["probe/0001_one.sql", "probe/0002_two_online.sql"]]
    assert await conn.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = 'public.one_a'::regclass")


async def test_what_was_built_online_by_half_is_built_again(
    database_settings: DatabaseSettings, conn: asyncpg.Connection, tmp_path: Path
) -> None:
    write(tmp_path, "0001_one.sql", "CREATE TABLE public.one (a int); INSERT INTO public.one VALUES (1), (1)")
    write(tmp_path, "0002_two_online.sql", BUILT_ONLINE)
    sets = [MigrationSet("probe", tmp_path)]
    with pytest.raises(MigrationError, match=r"probe/0002_two_online\.sql failed: could not create unique index"):
        await migrate(database_settings, sets)
    assert await pending(database_settings, sets) == ["probe/0002_two_online.sql"]
    await conn.execute("DELETE FROM public.one WHERE ctid = '(0,1)'")
    assert await migrate(database_settings, sets) == ["probe/0002_two_online.sql"]
    assert await conn.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = 'public.one_a'::regclass")


async def test_a_changed_or_failing_migration_is_refused_by_name(
    database_settings: DatabaseSettings, tmp_path: Path
) -> None:
    sets = [MigrationSet("probe", tmp_path)]
    write(tmp_path, "0001_one.sql", "CREATE TABLE public.one (a int)")
    await migrate(database_settings, sets)
    write(tmp_path, "0002_two.sql", "CREATE TABLE public.two (a int); SELECT nonsense")
    with pytest.raises(MigrationError, match=r"probe/0002_two\.sql failed"):
        await migrate(database_settings, sets)
    write(tmp_path, "0002_two.sql", "CREATE TABLE public.two (a int)")
    assert await migrate(database_settings, sets) == ["probe/0002_two.sql"]
    write(tmp_path, "0001_one.sql", "CREATE TABLE public.one (a text)")
    with pytest.raises(MigrationError, match="changed after it had run"):
        await migrate(database_settings, sets)
    write(tmp_path, "three.sql", "SELECT 1")
    with pytest.raises(MigrationError, match="name it like"):
        await migrate(database_settings, sets)


class ProbeSettings(ServiceSettings):
    service = "dora"


def probe_app(settings: DatabaseSettings, keys: Path) -> FastAPI:
    routes = APIRouter(prefix="/api/v1/probe")

    @routes.get("/secret", dependencies=[Depends(require("RPT-001"))])
    async def secret() -> dict[str, str]:
        return {"secret": "told"}

    @routes.get("/number/{number}")
    async def number(number: int) -> int:
        if number == 7:
            raise unprocessable("number", "is unlucky", "8")
        return 1 // number

    probe = ProbeSettings(
        db_analytics_host=settings.host,
        db_analytics_port=settings.port,
        db_analytics_name=settings.name,
        db_analytics_user=settings.user,
        db_analytics_password=settings.password,
        iact_secrets_dir=keys,
    )
    return create_app(probe, title="Probe", routers=[routes])


async def test_every_error_is_a_problem_and_every_answer_has_a_request_id(
    database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    app = probe_app(database_settings, identity_keys)
    signer = Signer.load(identity_keys)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        expected = {
            "/api/v1/probe/secret": 401,
            "/api/v1/probe/number/x": 422,
            "/api/v1/probe/number/7": 422,
            "/api/v1/probe/number/0": 500,
            "/api/v1/nowhere": 404,
        }
        for path, status in expected.items():
            answer = await client.get(path, headers={"x-request-id": "abcdefgh-1"})
            body = answer.json()
            assert answer.status_code == status
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["x-request-id"] == body["request_id"] == "abcdefgh-1"
            assert body["instance"] == path
        unlucky = await client.get("/api/v1/probe/number/7")
        assert unlucky.json()["errors"] == [{"param": "number", "detail": "is unlucky", "suggestion": "8"}]

        person = Identity(kind="user", user_id="1", functions=frozenset({"RPT-001"}))
        for identity, audience, status in (
            (person, "dora", 200),
            (person, "ivr", 401),
            (ANONYMOUS, "dora", 401),
            (replace(person, functions=frozenset()), "dora", 403),
            (replace(person, must_change_password=True), "dora", 403),
            (replace(person, kind="gateway"), "dora", 401),
        ):
            headers = {HEADER: signer.sign(identity, audience)}
            assert (await client.get("/api/v1/probe/secret", headers=headers)).status_code == status

        assert (await client.get("/health/live")).json() == {"status": "ok", "service": "dora"}
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["checks"]["postgres"]["status"]) == (200, "ok")


async def test_a_service_without_its_database_lives_and_is_not_ready(
    database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    app = probe_app(replace(database_settings, port=1), identity_keys)
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        assert (await client.get("/health/live")).status_code == 200
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["checks"]["postgres"]["status"]) == (503, "failed")


SETTLED = """
import asyncio, gc, sys
from pathlib import Path
from shared.app import create_app
from shared.settings import ServiceSettings
settings = ServiceSettings("probe", iact_secrets_dir=Path(sys.argv[1]), db_analytics_password="any")
app = create_app(settings, title="probe", routers=[])
async def live():
    async with app.router.lifespan_context(app):
        print(gc.get_freeze_count())
asyncio.run(live())
"""


def test_a_process_that_is_up_no_longer_looks_through_what_it_started_with(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", SETTLED, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.splitlines()[-1]) > 10_000


def test_the_reader_of_mariadb_cannot_write(mariadb: MariaDbSchema) -> None:
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (a int)")
    reader = replace(mariadb, admin_user=mariadb.reader_user, admin_password=mariadb.reader_password)
    with reader.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM t")
        with pytest.raises(pymysql.err.OperationalError, match="INSERT command denied"):
            cursor.execute("INSERT INTO t VALUES (1)")


async def test_what_takes_away_runs_last_and_shuts_the_way_back(
    database_settings: DatabaseSettings, tmp_path: Path
) -> None:
    for folder in ("new", "old"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder, "0001_one.sql", "CREATE TABLE ivr.probe (old int)")
    write(tmp_path / "new", "0002_drop_old_contract.sql", "ALTER TABLE ivr.probe DROP COLUMN old")
    write(tmp_path / "new", "0003_add_new.sql", "ALTER TABLE ivr.probe ADD COLUMN new int")
    new, old = [MigrationSet("probe", tmp_path / "new")], [MigrationSet("probe", tmp_path / "old")]
    real = migration_sets()  # a release knows those, too
    assert await migrate(database_settings, new, Phase.EXPAND) == ["probe/0001_one.sql", "probe/0003_add_new.sql"]
    assert await unknown_contracts(database_settings, [*real, *old]) == []
    assert await migrate(database_settings, new, Phase.EXPAND) == []
    assert await migrate(database_settings, new, Phase.CONTRACT) == ["probe/0002_drop_old_contract.sql"]
    assert await unknown_contracts(database_settings, [*real, *old]) == ["probe/0002_drop_old_contract.sql"]
    assert await unknown_contracts(database_settings, [*real, *new]) == []
    assert await pending(database_settings, new) == []


@pytest.mark.parametrize(
    ("file", "expand", "contract"),
    [("0001_one.sql", True, False), ("0002_one_contract.sql", False, True), ("0003_contracts.sql", True, False)],
)
def test_a_file_runs_in_one_of_the_two_phases(file: str, expand: bool, contract: bool) -> None:
    assert (Phase.EXPAND.takes(file), Phase.CONTRACT.takes(file), Phase.ALL.takes(file)) == (expand, contract, True)
