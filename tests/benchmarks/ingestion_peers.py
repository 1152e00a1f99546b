"""What else copies a table from MariaDB to PostgreSQL: without interpretation, rollups or proof. Run when installed.

None of them is a dependency. pgloader and the MariaDB client are looked for on the path; dlt in the interpreter that
IACT_BENCHMARK_DLT_PYTHON names (with `dlt[postgres,sql-database]` and `connectorx`); mysql_fdw in a PostgreSQL of the
system, because the wheel has no extension of others.
"""

import asyncio
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from services.ivr.legacy import COLUMNS
from shared.embedded_postgres import EmbeddedPostgres, place, stop
from shared.ports import free_port
from shared.settings import DatabaseSettings
from shared.testing.mariadb import MariaDbSchema
from tests.benchmarks.ingestion_machines import Machines, Told, count, cpu_s, run

SYSTEM_POSTGRES = Path("/usr/lib/postgresql")
DLT_PYTHON = "IACT_BENCHMARK_DLT_PYTHON"
DLT = """
import json, sys
import dlt
from dlt.sources.sql_database import sql_database
plan = json.loads(sys.stdin.read())
pipeline = dlt.pipeline("peer", destination=dlt.destinations.postgres(plan["target"]), dataset_name="peer",
                        pipelines_dir=plan["folder"])
pipeline.run(sql_database(plan["source"], backend="connectorx", chunk_size=100_000, reflection_level="full"))
"""


@dataclass(frozen=True)
class Peer:
    """One of them: why it cannot run here, if so, and its run (machines, source, target, rows)."""

    missing: Callable[[], str | None]
    work: Callable[[Machines, MariaDbSchema, DatabaseSettings, int], Told]


def plain_select(_: Machines, schema: MariaDbSchema, target: DatabaseSettings, rows: int) -> Told:
    """What a plain SELECT of the same columns takes of the source."""
    del target
    with schema.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        statements = [f"SELECT {', '.join(COLUMNS)} FROM `{table}`" for (table,) in cursor.fetchall()]
    login = [f"--host={schema.host}", f"--port={schema.port}", f"--user={schema.reader_user}", schema.name]
    login.insert(0, f"--password={schema.reader_password}")
    shell = f'{shutil.which("mariadb")} --quick --batch --skip-column-names "$@" > /dev/null'
    return run(["sh", "-c", shell, "mariadb", *login, f"--execute={'; '.join(statements)}"], rows=rows)


def pgloader(at: Machines, schema: MariaDbSchema, target: DatabaseSettings, rows: int) -> Told:
    """With its defaults but for the tables that it makes: no indexes are there to make."""
    file = at.folder / "peer.load"
    file.write_text(
        f"LOAD DATABASE FROM mysql://{schema.reader_user}:{schema.reader_password}@{schema.host}:{schema.port}/"
        f"{schema.name} INTO pgsql://{target.user}:{target.password}@{target.host}:{target.port}/{target.name}\n"
        f"WITH include drop, create tables, no foreign keys, prefetch rows = 25000\n"
        f"SET PostgreSQL PARAMETERS search_path TO 'public';\n"
    )
    told = run(["pgloader", "--dynamic-space-size", "4096", str(file)], rows=rows)
    return _counted(target, schema.name, told)


def dlt(at: Machines, schema: MariaDbSchema, target: DatabaseSettings, rows: int) -> Told:
    plan = {
        "source": schema.dsn_reader.replace("mysql://", "mysql+pymysql://"),
        "target": f"postgresql://{target.user}:{target.password}@{target.host}:{target.port}/{target.name}",
        "folder": str(at.folder / "dlt"),
    }
    told = run([os.environ[DLT_PYTHON], "-c", DLT], plan=json.dumps(plan), rows=rows)
    return _counted(target, "peer", told)


def mysql_fdw(at: Machines, schema: MariaDbSchema, target: DatabaseSettings, rows: int) -> Told:
    """In a server of its own, with the settings of the other; its CPU seconds stand as the contestant's own."""
    del target
    install, cluster = place(at.folder / "fdw", _with_fdw())
    server = EmbeddedPostgres(install, cluster, free_port())
    server.create("password")
    child = server.start(at.folder / "fdw.log", shared_buffers="256MB", max_wal_size="4GB")
    try:
        owner = DatabaseSettings("127.0.0.1", server.port, "postgres", server.user, "password")
        used, began = cpu_s(child.pid), time.perf_counter()
        copied = asyncio.run(_copy_by_fdw(owner, schema))
        told = Told(copied, time.perf_counter() - began, cpu_s(child.pid) - used, 0)
    finally:
        stop(child)
        shutil.rmtree(cluster, ignore_errors=True)
    if copied != rows:
        raise SystemExit(f"mysql_fdw copied {copied} of {rows} rows")
    return told


PEERS: dict[str, Peer] = {
    "plain_select": Peer(lambda: _unless(shutil.which("mariadb"), "the MariaDB client is not installed"), plain_select),
    "pgloader": Peer(lambda: _unless(shutil.which("pgloader"), "pgloader is not installed"), pgloader),
    "dlt": Peer(lambda: _unless(os.environ.get(DLT_PYTHON), f"{DLT_PYTHON} names no interpreter"), dlt),
    "mysql_fdw": Peer(lambda: _unless(_with_fdw(), f"no PostgreSQL below {SYSTEM_POSTGRES} has mysql_fdw"), mysql_fdw),
}


async def _copy_by_fdw(owner: DatabaseSettings, schema: MariaDbSchema) -> int:
    connection = await asyncpg.connect(**owner.connect_arguments())
    try:
        login = f"username '{schema.reader_user}', password '{schema.reader_password}'"
        await connection.execute(
            f"CREATE EXTENSION mysql_fdw; CREATE SCHEMA source; CREATE SERVER ivr FOREIGN DATA WRAPPER mysql_fdw "
            f"OPTIONS (host '{schema.host}', port '{schema.port}', fetch_size '10000'); "
            f"CREATE USER MAPPING FOR CURRENT_USER SERVER ivr OPTIONS ({login}); "
            f"IMPORT FOREIGN SCHEMA {schema.name} FROM SERVER ivr INTO source"
        )
        copied = 0
        tables = await connection.fetch("SELECT foreign_table_name FROM information_schema.foreign_tables")
        for (table,) in tables:
            done = await connection.execute(f'CREATE TABLE public."{table}" AS SELECT * FROM source."{table}"')
            copied += int(done.rpartition(" ")[2])
        return copied
    finally:
        await connection.close()


def _counted(target: DatabaseSettings, schema: str, told: Told) -> Told:
    """Who has copied only a part was not quick."""
    tables = (
        "SELECT string_agg(format('SELECT 1 FROM %I.%I', schemaname, tablename), ' UNION ALL ') FROM pg_tables "
        f"WHERE tablename LIKE 'tbl_historico%' AND schemaname IN ('{schema}', 'public')"
    )
    copied = asyncio.run(_count_all(target, tables))
    if copied != told.rows:
        raise SystemExit(f"{copied} of {told.rows} rows were copied")
    return told


async def _count_all(target: DatabaseSettings, tables: str) -> int:
    connection = await asyncpg.connect(**target.connect_arguments())
    try:
        union = await connection.fetchval(tables)
    finally:
        await connection.close()
    return await count(target, f"SELECT count(*) FROM ({union}) AS every") if union else 0


def _with_fdw() -> Path | None:
    """The newest PostgreSQL of the system that has the extension."""
    for install in sorted(SYSTEM_POSTGRES.glob("*"), key=lambda path: float(path.name), reverse=True):
        if Path(f"/usr/share/postgresql/{install.name}/extension/mysql_fdw.control").exists():
            return install
    return None


def _unless(found: object, sentence: str) -> str | None:
    return None if found else sentence
