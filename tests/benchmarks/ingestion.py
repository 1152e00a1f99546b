"""Rows a second of a whole legacy run, beside the obvious copy of the same tables that interprets nothing.

`python -m tests.benchmarks.ingestion [--rows N] [--rounds N] [--json -]`. Each contestant is a process of its own;
the CPU seconds of both databases are counted too. Contestants take turns, the least disturbed round of each counts;
where other programs share the machine, trust the CPU seconds.
"""

import argparse
import asyncio
import json
import os
import resource
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import asyncpg
import uvloop

from iact.simulate.legacy import LegacyOptions, simulate_legacy
from iact.simulate.targets import MariaDbTarget
from services.ivr.config import MariaDbLogin, Source
from services.ivr.keys import Keys
from services.ivr.runner import Runner
from services.ivr.work import Request
from shared.embedded_postgres import EmbeddedPostgres, free_port, place, stop
from shared.postgres import Database
from shared.settings import DatabaseSettings
from shared.testing.mariadb import MariaDbSchema, MariaDbServer
from shared.testing.postgres import PostgresServer, build_template
from tests.benchmarks.obvious_ingestion import copy_tables

ROOT = Path(__file__).resolve().parents[2]
CONTESTANTS = ("obvious", "whole_path", "unchanged")
TICKS_S = os.sysconf("SC_CLK_TCK")


@dataclass
class Figure:
    """One contestant's round: `python`, `mariadb` and `postgres` are CPU seconds."""

    rows: int
    seconds: float
    rows_per_s: int
    python: float
    mariadb: float
    postgres: float
    rss_mib: int


@dataclass(frozen=True)
class Machines:
    """Both servers, started for this run alone."""

    mariadb: MariaDbServer
    schema: MariaDbSchema
    postgres: PostgresServer
    template: str


@contextmanager
def machines() -> Iterator[Machines]:
    """Servers with the settings they come with: PostgreSQL really writes."""
    with tempfile.TemporaryDirectory(prefix="iact-benchmark-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "my").mkdir(mode=0o755)
        source = MariaDbServer.start(folder / "my")
        install, cluster = place(folder / "pg")
        server = EmbeddedPostgres(install, cluster, free_port())
        server.create("password")
        child = server.start(folder / "log", shared_buffers="256MB", max_wal_size="4GB")
        try:
            owner = DatabaseSettings("127.0.0.1", server.port, "postgres", server.user, "password")
            template = asyncio.run(build_template(owner))
            yield Machines(source, source.create_schema(), PostgresServer(owner, server, child), template)
        finally:
            source.stop()
            stop(child)
            shutil.rmtree(cluster, ignore_errors=True)


def cpu_s(pid: int) -> float:
    """CPU seconds of a process, of its living children and of those that ended."""
    total = 0
    for each in [pid, *children(pid)]:
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12]) + (int(fields[13]) + int(fields[14]) if each == pid else 0)
    return total / TICKS_S


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def run_contestant(contestant: str, at: Machines, database: str) -> Figure:
    owner = at.postgres.login(database)
    plan = {"contestant": contestant, "source": asdict(at.schema), "target": asdict(owner)}
    before = [cpu_s(at.mariadb.process.pid), cpu_s(at.postgres.process.pid)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.ingestion", "--child"],
        input=json.dumps(plan),
        cwd=ROOT,
        check=True,
        text=True,
        stdout=subprocess.PIPE,
    )
    time.sleep(0.2)  # backends end a moment after their client
    after = [cpu_s(at.mariadb.process.pid), cpu_s(at.postgres.process.pid)]
    told = json.loads(done.stdout.splitlines()[-1])
    return Figure(
        rows=told["rows"],
        seconds=round(told["seconds"], 2),
        rows_per_s=round(told["rows"] / told["seconds"]),
        python=round(told["cpu_s"], 2),
        mariadb=round(after[0] - before[0], 2),
        postgres=round(after[1] - before[1], 2),
        rss_mib=told["rss_mib"],
    )


def child() -> None:
    """One contestant in this process: what to do stands on standard input."""
    plan = json.loads(sys.stdin.read())
    schema, target = MariaDbSchema(**plan["source"]), DatabaseSettings(**plan["target"])
    work: Callable[[MariaDbSchema, DatabaseSettings], Awaitable[int]] = (
        obvious if plan["contestant"] == "obvious" else whole_path
    )
    used = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    rows = uvloop.run(_run(work(schema, target)))
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    print(json.dumps({"rows": rows, "seconds": seconds, "cpu_s": cpu, "rss_mib": after.ru_maxrss >> 10}))


async def _run(work: Awaitable[int]) -> int:
    return await work


async def obvious(schema: MariaDbSchema, target: DatabaseSettings) -> int:
    login = {"host": schema.host, "port": schema.port, "db": schema.name}
    source = {**login, "user": schema.reader_user, "password": schema.reader_password, "charset": "utf8mb4"}
    return await copy_tables(source, target.connect_arguments())


async def whole_path(schema: MariaDbSchema, target: DatabaseSettings) -> int:
    login = MariaDbLogin(schema.host, schema.port, schema.name, schema.reader_user, schema.reader_password)
    source = Source(id="legacy", kind="legacy", zone="America/Mexico_City", login=login)
    database = Database(target.as_role("iact_ivr"))
    await database.open()
    try:
        runner = Runner(database, Keys(bytes(range(32))), [source])
        outcome = await runner.wait(await runner.submit(source, Request(), requested_by="benchmark"))
        if outcome.error is not None:
            raise SystemExit(outcome.error)
        async with database.connection() as conn:
            return int(await conn.fetchval("SELECT rows_read FROM ivr.runs ORDER BY run_id DESC LIMIT 1"))
    finally:
        await database.close()


async def fresh_database(at: Machines) -> str:
    name = f"b_{secrets.token_hex(4)}"
    await at.postgres.execute(f"CREATE DATABASE {name} TEMPLATE {at.template}")
    return name


async def checked(at: Machines, database: str, rows: int) -> None:
    """Both contestants must have copied every row, or their speed means nothing."""
    connection = await asyncpg.connect(**replace(at.postgres.owner, name=database).connect_arguments())
    facts = await connection.fetchval("SELECT (SELECT count(*) FROM ivr.legacy_calls) + count(*) FROM ivr.rejects")
    copied = await connection.fetchval("SELECT count(*) FROM obvious")
    await connection.close()
    if (facts, copied) != (rows, rows):
        raise SystemExit(f"of {rows} rows {facts} became facts and {copied} were copied")


def measure(rows: int, rounds: int) -> dict[str, Figure]:
    best: dict[str, Figure] = {}
    with machines() as at:
        simulate_legacy(LegacyOptions(rows=rows), MariaDbTarget(at.schema.dsn_admin))
        for _ in range(rounds):
            database = asyncio.run(fresh_database(at))
            for contestant in CONTESTANTS:
                figure = run_contestant(contestant, at, database)
                print(f"{contestant}: {asdict(figure)}")
                if contestant not in best or figure.seconds < best[contestant].seconds:
                    best[contestant] = figure
            asyncio.run(checked(at, database, rows))
            asyncio.run(at.postgres.execute(f"DROP DATABASE {database}"))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", choices=["-"])
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child()
        return
    best = measure(arguments.rows, arguments.rounds)
    base = best["obvious"]
    ratios = {f"{name}_vs_obvious": round(best[name].rows_per_s / base.rows_per_s, 2) for name in CONTESTANTS[1:]}
    ratios |= {
        "whole_path_vs_obvious_python_cpu": round(base.python / best["whole_path"].python, 2),
        "source_cpu_vs_obvious": round(best["whole_path"].mariadb / max(base.mariadb, 0.01), 2),
    }
    figures = {name: asdict(figure) for name, figure in best.items()}
    print(json.dumps({"ratios": ratios, "figures": figures}) if arguments.json else ratios)


if __name__ == "__main__":
    main()
