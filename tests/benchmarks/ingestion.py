"""Rows a second of a whole legacy run, beside the obvious copy of the same tables that interprets nothing.

`python -m tests.benchmarks.ingestion [--rows N] [--rounds N] [--peers] [--poison] [--scale] [--only NAME …] [--json -]`

Each contestant is a process of its own; the CPU seconds of both databases are counted too. Contestants take turns,
the least disturbed round of each counts; where other programs share the machine, trust the CPU seconds. `--peers` adds
other programs that copy the tables, and a plain SELECT; `--poison` a table with 1 % unusual rows; `--scale` a run of a
million rows to hold the seconds of a row against. Memory of a quarter: `--rows 14000000 --rounds 1 --only whole_path`.
"""

import argparse
import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict

import uvloop

from services.ivr.config import MariaDbLogin, Source
from services.ivr.keys import Keys
from services.ivr.runner import Runner
from services.ivr.work import Request
from shared.postgres import Database
from shared.settings import DatabaseSettings
from shared.testing.mariadb import MariaDbSchema
from tests.benchmarks.ingestion_machines import Figure, Machines, count, machines, run
from tests.benchmarks.ingestion_peers import PEERS
from tests.benchmarks.obvious_ingestion import copy_tables

OURS = ("obvious", "whole_path", "unchanged")  # in this order: the last finds what the one before it published
SMALL_ROWS = 1_000_000


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


class Contest:
    """The rounds of all contestants; of each the least disturbed one is kept."""

    def __init__(self, at: Machines, wanted: list[str]) -> None:
        self._at = at
        self._wanted = wanted
        self.best: dict[str, Figure] = {}

    def ours(self, name: str, schema: MariaDbSchema, target: DatabaseSettings) -> None:
        contestant = "obvious" if name == "obvious" else "whole_path"
        plan = json.dumps({"contestant": contestant, "source": asdict(schema), "target": asdict(target)})
        command = [sys.executable, "-m", "tests.benchmarks.ingestion", "--child"]
        self._keep(name, self._at.measure(lambda: run(command, plan=plan)))

    def alone(self, name: str, schema: str, rows: int) -> None:
        """A whole path into a database of its own."""
        if name in self._wanted:
            target = asyncio.run(self._at.fresh_database())
            self.ours(name, self._at.schemas[schema], target)
            asyncio.run(checked(target, rows))
            asyncio.run(self._at.drop(target))

    def together(self, rows: int) -> None:
        target = asyncio.run(self._at.fresh_database())
        taking_part = [name for name in OURS if name in self._wanted]
        for name in taking_part:
            self.ours(name, self._at.schemas["main"], target)
        if "whole_path" in taking_part:
            asyncio.run(checked(target, rows))
        if "obvious" in taking_part:
            asyncio.run(checked_copy(target, rows))
        asyncio.run(self._at.drop(target))

    def peer(self, name: str, rows: int) -> None:
        if missing := PEERS[name].missing():
            print(f"{name} is left out: {missing}")
            return
        target = asyncio.run(self._at.fresh_database())
        schema = self._at.schemas["main"]
        try:
            self._keep(name, self._at.measure(lambda: PEERS[name].work(self._at, schema, target, rows)))
        except SystemExit as failure:
            print(f"{name} is left out: {failure}", flush=True)  # what the others took half an hour for is still told
        asyncio.run(self._at.drop(target))

    def _keep(self, name: str, figure: Figure) -> None:
        print(f"{name}: {asdict(figure)}", flush=True)
        if name not in self.best or figure.seconds < self.best[name].seconds:
            self.best[name] = figure


async def checked(target: DatabaseSettings, rows: int) -> None:
    """Every row must have become a fact or a reject, or the speed means nothing."""
    found = await count(target, "SELECT (SELECT count(*) FROM ivr.legacy_calls) + count(*) FROM ivr.rejects")
    if found != rows:
        raise SystemExit(f"of {rows} rows {found} became facts or rejects")


async def checked_copy(target: DatabaseSettings, rows: int) -> None:
    copied = await count(target, "SELECT count(*) FROM obvious")
    if copied != rows:
        raise SystemExit(f"of {rows} rows {copied} were copied")


def measure(rows: int, rounds: int, wanted: list[str]) -> dict[str, Figure]:
    with machines() as at:
        at.simulate("main", rows)
        if "poisoned" in wanted:
            at.simulate("poisoned", rows, poisoned=True)
        if "small" in wanted:
            at.simulate("small", SMALL_ROWS)
        contest = Contest(at, wanted)
        for _ in range(rounds):
            contest.together(rows)
            contest.alone("poisoned", "poisoned", rows)
            contest.alone("small", "small", SMALL_ROWS)
            for name in PEERS:
                if name in wanted:
                    contest.peer(name, rows)
        return contest.best


# What is held against what, and by which figure. More is better for all but the last ones, which are costs.
RATIOS: dict[str, tuple[str, str, str]] = {
    "whole_path_vs_obvious": ("whole_path", "obvious", "rows_per_s"),
    "unchanged_vs_obvious": ("unchanged", "obvious", "rows_per_s"),
    "whole_path_vs_obvious_python_cpu": ("obvious", "whole_path", "python"),
    **{f"whole_path_vs_{peer}": ("whole_path", peer, "rows_per_s") for peer in PEERS if peer != "plain_select"},
    "source_cpu_vs_obvious": ("whole_path", "obvious", "mariadb"),
    "source_cpu_vs_plain_select": ("whole_path", "plain_select", "mariadb"),
    "poisoned_seconds_vs_clean": ("poisoned", "whole_path", "seconds"),
    "poisoned_python_cpu_vs_clean": ("poisoned", "whole_path", "python"),
    "seconds_a_row_vs_a_million": ("small", "whole_path", "rows_per_s"),
}


def ratios(best: dict[str, Figure]) -> dict[str, float]:
    """Of the contestants that took part."""
    return {
        name: round(getattr(best[first], figure) / max(getattr(best[second], figure), 0.01), 2)
        for name, (first, second, figure) in RATIOS.items()
        if first in best and second in best
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--poison", action="store_true")
    parser.add_argument("--scale", action="store_true")
    parser.add_argument("--only", nargs="+", choices=[*OURS, "poisoned", "small", *PEERS])
    parser.add_argument("--json", choices=["-"])
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child()
        return
    wanted = arguments.only or [
        *OURS,
        *(["poisoned"] if arguments.poison else []),
        *(["small"] if arguments.scale else []),
        *(PEERS if arguments.peers else []),
    ]
    best = measure(arguments.rows, arguments.rounds, wanted)
    figures = {name: asdict(figure) for name, figure in best.items()}
    print(json.dumps({"ratios": ratios(best), "figures": figures}) if arguments.json else ratios(best))


if __name__ == "__main__":
    main()
