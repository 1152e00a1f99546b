"""Rows a second of a whole Asterisk run, beside the obvious copy of the same tables that interprets nothing.

`python -m tests.benchmarks.asterisk_ingestion [--rows N] [--rounds N] [--cel] [--json -]`. As
`tests.benchmarks.ingestion`: a process for each contestant, the CPU seconds of both databases counted, the least
disturbed round of each counts. Each table is a contestant of its own, and `whole` adds them up. The whole path tells
calls, rolls them up and keeps the agents' spans, tells legs and steps; `nothing_new` is a run of all after that.
"""

import argparse
import asyncio
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Awaitable
from dataclasses import asdict, fields

import asyncpg
import uvloop

from iact.simulate.asterisk import AsteriskOptions, simulate_asterisk
from iact.simulate.manifest import AsteriskManifest
from iact.simulate.targets import MariaDbTarget
from services.ivr.config import MariaDbLogin, Source
from services.ivr.keys import Keys
from services.ivr.runner import Runner
from services.ivr.work import Request
from shared.postgres import Database
from shared.settings import DatabaseSettings
from shared.testing.mariadb import MariaDbSchema
from tests.benchmarks.ingestion_machines import Figure, Machines, machines, run
from tests.benchmarks.obvious_ingestion import copy_log

OBVIOUS, WHOLE_PATH, NOTHING_NEW = "obvious", "whole_path", "nothing_new"
LOGS = ("queue_log", "cdr", "cel")
ZONE = "America/Mexico_City"


def run_contestant(name: str, log: str, at: Machines, schema: MariaDbSchema, target: DatabaseSettings) -> Figure:
    """`name` without a log is a run of all tables."""
    plan = json.dumps({"contestant": name, "log": log, "source": asdict(schema), "target": asdict(target)})
    command = [sys.executable, "-m", "tests.benchmarks.asterisk_ingestion", "--child"]
    return at.measure(lambda: run(command, plan=plan))


def child() -> None:
    """One contestant in this process: what to do stands on standard input."""
    plan = json.loads(sys.stdin.read())
    schema, target = MariaDbSchema(**plan["source"]), DatabaseSettings(**plan["target"])
    work = obvious if plan["contestant"] == OBVIOUS else whole_path
    used = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    rows = uvloop.run(_run(work(schema, target, plan["log"])))
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    print(json.dumps({"rows": rows, "seconds": seconds, "cpu_s": cpu, "rss_mib": after.ru_maxrss >> 10}))


async def _run(work: Awaitable[int]) -> int:
    return await work


async def obvious(schema: MariaDbSchema, target: DatabaseSettings, log: str) -> int:
    login = {"host": schema.host, "port": schema.port, "db": schema.name}
    source = {**login, "user": schema.reader_user, "password": schema.reader_password, "charset": "utf8mb4"}
    return await copy_log(source, target.connect_arguments(), log)


async def whole_path(schema: MariaDbSchema, target: DatabaseSettings, log: str) -> int:
    login = MariaDbLogin(schema.host, schema.port, schema.name, schema.reader_user, schema.reader_password)
    source = Source(id="pbx", kind="asterisk", zone=ZONE, login=login, tables=(log,) if log else ())
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


async def checked(database: DatabaseSettings, manifest: AsteriskManifest) -> None:
    """Both contestants must have taken every row, or their speed means nothing."""
    connection = await asyncpg.connect(**database.connect_arguments())
    try:
        for log, rows in manifest.tables.items():
            published = await connection.fetchval(
                "SELECT sum(rows_published) FROM ivr.run_units WHERE source_table = $1", log
            )
            copied = await connection.fetchval(f"SELECT count(*) FROM obvious_{log}")
            if (published, copied) != (rows, rows):
                raise SystemExit(f"{rows} rows of {log}: {published} published, {copied} copied")
        told = await connection.fetchval("SELECT count(*) FROM ivr.queue_calls")
        rolled_up = await connection.fetchval("SELECT sum(offered) FROM ivr.queue_months WHERE grain = 1")
        legs = await connection.fetchval("SELECT count(*) FROM ivr.call_legs")
    finally:
        await connection.close()
    if (told, rolled_up, legs) != (manifest.calls, manifest.calls, manifest.tables["cdr"]):
        raise SystemExit(f"{manifest.calls} calls: {told}, {rolled_up}; {manifest.tables['cdr']} legs: {legs}")


def measure(options: AsteriskOptions, rounds: int) -> dict[str, Figure]:
    """The best round of each contestant, by its name and log."""
    best: dict[str, Figure] = {}
    logs = LOGS if options.cel else LOGS[:2]
    contestants = [(name, log) for log in logs for name in (OBVIOUS, WHOLE_PATH)]
    with machines() as at:
        schema = at.mariadb.create_schema()
        manifest = simulate_asterisk(options, MariaDbTarget(schema.dsn_admin))
        for _ in range(rounds):
            database = asyncio.run(at.fresh_database())
            for name, log in [*contestants, (NOTHING_NEW, "")]:
                figure = run_contestant(name, log, at, schema, database)
                key = f"{name} {log}".strip()
                print(f"{key}: {asdict(figure)}", flush=True)
                if key not in best or figure.seconds < best[key].seconds:
                    best[key] = figure
            asyncio.run(checked(database, manifest))
            asyncio.run(at.drop(database))
    for name in (OBVIOUS, WHOLE_PATH):
        best[f"{name} whole"] = added([best[f"{name} {log}"] for log in logs])
    return best


def added(parts: list[Figure]) -> Figure:
    """One log after the other, as a run reads them."""
    total: Counter[str] = Counter()
    for part in parts:
        total.update(asdict(part))
    total["rows_per_s"] = round(total["rows"] / total["seconds"])
    total["rss_mib"] = max(part.rss_mib for part in parts)
    return Figure(**{each.name: total[each.name] for each in fields(Figure)})


def compared(best: dict[str, Figure]) -> dict[str, float]:
    """The whole path beside the obvious copy, for each log and for all of them."""
    ratios: dict[str, float] = {}
    for key in [key for key in best if key.startswith(f"{OBVIOUS} ")]:
        log = key.removeprefix(f"{OBVIOUS} ")
        base, ours = best[key], best[f"{WHOLE_PATH} {log}"]
        ratios |= {
            f"{log}_vs_obvious": round(base.seconds / ours.seconds, 2),
            f"{log}_vs_obvious_python_cpu": round(base.python / ours.python, 2),
            f"{log}_source_cpu_vs_obvious": round(ours.mariadb / max(base.mariadb, 0.01), 2),
            f"{log}_python_us_a_row": round(ours.python / ours.rows * 1e6, 1),
        }
    return ratios | {"nothing_new_s": best[NOTHING_NEW].seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cel", action="store_true", help="cel too: some five times as many rows again")
    parser.add_argument("--json", choices=["-"])
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child()
        return
    best = measure(AsteriskOptions(rows=arguments.rows, cel=arguments.cel, zone=ZONE), arguments.rounds)
    ratios = compared(best)
    figures = {name: asdict(figure) for name, figure in best.items()}
    print(json.dumps({"ratios": ratios, "figures": figures}) if arguments.json else ratios)


if __name__ == "__main__":
    main()
