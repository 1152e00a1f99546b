"""Rows a second of a whole Asterisk run, beside the obvious copy of the same queue_log that interprets nothing.

`python -m tests.benchmarks.asterisk_ingestion [--rows N] [--rounds N] [--json -]`. As `tests.benchmarks.ingestion`: a
process for each contestant, the CPU seconds of both databases counted, the least disturbed round of each counts. The
whole path tells calls, rolls them up and keeps the agents' spans; `nothing_new` is a run after that.
"""

import argparse
import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable
from dataclasses import asdict

import asyncpg
import uvloop

from iact.simulate.asterisk import AsteriskOptions, simulate_asterisk
from iact.simulate.targets import MariaDbTarget
from services.ivr.config import MariaDbLogin, Source
from services.ivr.keys import Keys
from services.ivr.runner import Runner
from services.ivr.work import Request
from shared.postgres import Database
from shared.settings import DatabaseSettings
from shared.testing.mariadb import MariaDbSchema
from tests.benchmarks.ingestion_machines import Figure, Machines, machines, run
from tests.benchmarks.obvious_ingestion import copy_queue_log

CONTESTANTS = ("obvious", "asterisk_whole_path", "nothing_new")
ZONE = "America/Mexico_City"


def run_contestant(contestant: str, at: Machines, schema: MariaDbSchema, target: DatabaseSettings) -> Figure:
    plan = json.dumps({"contestant": contestant, "source": asdict(schema), "target": asdict(target)})
    command = [sys.executable, "-m", "tests.benchmarks.asterisk_ingestion", "--child"]
    return at.measure(lambda: run(command, plan=plan))


def child() -> None:
    """One contestant in this process: what to do stands on standard input."""
    plan = json.loads(sys.stdin.read())
    schema, target = MariaDbSchema(**plan["source"]), DatabaseSettings(**plan["target"])
    work = obvious if plan["contestant"] == "obvious" else whole_path
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
    return await copy_queue_log(source, target.connect_arguments())


async def whole_path(schema: MariaDbSchema, target: DatabaseSettings) -> int:
    login = MariaDbLogin(schema.host, schema.port, schema.name, schema.reader_user, schema.reader_password)
    source = Source(id="pbx", kind="asterisk", zone=ZONE, login=login)
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


async def checked(database: DatabaseSettings, rows: int, calls: int) -> None:
    """Both contestants must have taken every row, or their speed means nothing."""
    connection = await asyncpg.connect(**database.connect_arguments())
    published = await connection.fetchval("SELECT sum(rows_published) FROM ivr.run_units")
    told = await connection.fetchval("SELECT count(*) FROM ivr.queue_calls")
    rolled_up = await connection.fetchval("SELECT sum(offered) FROM ivr.queue_months WHERE grain = 1")
    copied = await connection.fetchval("SELECT count(*) FROM obvious")
    await connection.close()
    if (published, copied, told, rolled_up) != (rows, rows, calls, calls):
        raise SystemExit(f"{rows} rows: {published} read, {copied} copied; {calls} calls: {told}, {rolled_up}")


def measure(rows: int, rounds: int) -> dict[str, Figure]:
    best: dict[str, Figure] = {}
    with machines() as at:
        options = AsteriskOptions(rows=rows, cel=False, zone=ZONE)
        schema = at.mariadb.create_schema()
        manifest = simulate_asterisk(options, MariaDbTarget(schema.dsn_admin))
        for _ in range(rounds):
            database = asyncio.run(at.fresh_database())
            for contestant in CONTESTANTS:
                figure = run_contestant(contestant, at, schema, database)
                print(f"{contestant}: {asdict(figure)}", flush=True)
                if contestant not in best or figure.seconds < best[contestant].seconds:
                    best[contestant] = figure
            asyncio.run(checked(database, rows, manifest.calls))
            asyncio.run(at.drop(database))
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
    base, whole = best["obvious"], best["asterisk_whole_path"]
    ratios = {
        "asterisk_whole_path_vs_obvious": round(whole.rows_per_s / base.rows_per_s, 2),
        "asterisk_whole_path_vs_obvious_python_cpu": round(base.python / whole.python, 2),
        "asterisk_source_cpu_vs_obvious": round(whole.mariadb / max(base.mariadb, 0.01), 2),
        "asterisk_nothing_new_s": best["nothing_new"].seconds,
    }
    figures = {name: asdict(figure) for name, figure in best.items()}
    print(json.dumps({"ratios": ratios, "figures": figures}) if arguments.json else ratios)


if __name__ == "__main__":
    main()
