"""What a call costs: bytes on disk, CPU seconds to load and to ask for, measured through the product itself.

`python -m tests.benchmarks.capacity [--rows SMALL LARGE] [--write]`

Two loads over the same half year, one with fewer calls a day and one with more: they tell apart what grows with the
days alone and what grows with the calls. `--write` keeps the figures in deploy/capacity.json, which
scripts/capacity.py computes with. Sketches grow ever slower with the calls: a straight line overstates large centres.
"""

import argparse
import asyncio
import json
import resource
import time
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import asyncpg

from iact.simulate.legacy import LegacyOptions
from services.analytics import store
from services.analytics.catalog import catalog
from services.analytics.question import Question
from shared.settings import DatabaseSettings
from tests.benchmarks.ingestion import Contest, checked
from tests.benchmarks.ingestion_machines import Figure, Machines, Told, machines

WRITTEN = Path(__file__).resolve().parents[2] / "deploy" / "capacity.json"
SMALL, LARGE = 200_000, 1_000_000
QUESTIONS = 40  # enough that a tick of the CPU clock (10 ms) does not count
# Which tables are what: by the beginning of their names.
PARTS = {
    "facts": ("legacy_calls",),
    "rollups": (
        *("legacy_days", "legacy_hours", "legacy_quarter_hours", "legacy_months", "legacy_repeat_days"),
        *("legacy_day_totals", "legacy_menu_months", "legacy_month_hours", "legacy_repeat_months"),
    ),
    "callers": ("legacy_caller_", "legacy_unique_callers"),
}
SIZES = """
SELECT c.relname AS name, pg_total_relation_size(c.oid) AS bytes
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'ivr' AND c.relkind = 'r'
"""


@dataclass(frozen=True)
class Load:
    """One load: bytes by part, WAL bytes, and what it took."""

    rows: int
    days: int
    sizes: dict[str, int]
    wal: int
    figure: Figure
    again: Figure
    question_cpu_s: float


def measure(small: int, large: int) -> list[Load]:
    """Both loads, each into a database of its own."""
    with machines() as at:
        return [_load(at, rows) for rows in (small, large)]


def _load(at: Machines, rows: int) -> Load:
    name = f"rows_{rows}"
    at.simulate(name, rows)
    target = asyncio.run(at.fresh_database())
    before = asyncio.run(_wal(target))
    contest = Contest(at, [])
    contest.ours(name, at.schemas[name], target)
    asyncio.run(checked(target, rows))
    wal = asyncio.run(_wal(target)) - before
    contest.ours("again", at.schemas[name], target)
    sizes = asyncio.run(_sizes(target))
    asked = at.measure(lambda: asyncio.run(_ask(target)))
    asyncio.run(at.drop(target))
    options = LegacyOptions(rows=rows)
    days = (options.last_day - options.first_day).days + 1
    return Load(
        rows, days, sizes, wal, contest.best[name], contest.best["again"], (asked.python + asked.postgres) / QUESTIONS
    )


async def _wal(target: DatabaseSettings) -> int:
    connection = await asyncpg.connect(**target.connect_arguments())
    try:
        return int(await connection.fetchval("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"))
    finally:
        await connection.close()


async def _sizes(target: DatabaseSettings) -> dict[str, int]:
    connection = await asyncpg.connect(**target.connect_arguments())
    try:
        tables = {row["name"]: row["bytes"] for row in await connection.fetch(SIZES)}
    finally:
        await connection.close()
    found = {
        part: sum(size for name, size in tables.items() if name.startswith(names)) for part, names in PARTS.items()
    }
    return {**found, "other": sum(tables.values()) - sum(found.values())}


async def _ask(target: DatabaseSettings) -> Told:
    """The overview's tiles and its daily trend over the whole half year, some times."""
    connection = await asyncpg.connect(**target.as_role("iact_analytics").connect_arguments())
    used = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    try:
        versions = await store.data_versions(connection)
        for number in range(QUESTIONS):
            await store.ask(connection, catalog(), _question(daily=number % 2 == 1), versions)
    finally:
        await connection.close()
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return Told(QUESTIONS, time.perf_counter() - began, cpu, 0)


def _question(*, daily: bool) -> Question:
    options = LegacyOptions(rows=0)
    since, until = _midnight(options.first_day), _midnight(options.last_day)
    return Question(
        kind="legacy",
        metrics=("calls", "abandoned_rate") if daily else ("calls", "abandoned_rate", "duration_s_p90"),
        since=since,
        until=until,
        zone=options.zone,
        granularity="day" if daily else "total",
    )


def _midnight(day: date) -> datetime:
    return datetime.fromisoformat(f"{day.isoformat()}T00:00:00-06:00")


def inputs(small: Load, large: Load) -> dict[str, float]:
    """What the model computes with: a line through both loads, never below nothing."""
    a_call, a_day = {}, {}
    for part in ("rollups", "callers"):
        slope = (large.sizes[part] - small.sizes[part]) / (large.rows - small.rows)
        a_call[part] = max(slope, 0.0)
        a_day[part] = max(large.sizes[part] - a_call[part] * large.rows, 0.0) / large.days
    figure, again, millions = large.figure, large.again, large.rows / 1_000_000
    return {
        "fact_bytes_a_call": round(large.sizes["facts"] / large.rows, 1),
        **{f"{part}_bytes_a_call": round(size, 1) for part, size in a_call.items()},
        **{f"{part}_bytes_a_day": round(size) for part, size in a_day.items()},
        "wal_bytes_a_call": round(large.wal / large.rows, 1),
        "load_service_cpu_s_a_million": round(figure.python / millions, 2),
        "load_postgres_cpu_s_a_million": round(figure.postgres / millions, 2),
        "load_source_cpu_s_a_million": round(figure.mariadb / millions, 2),
        "load_seconds_a_million": round(figure.seconds / millions, 2),
        "reread_cpu_s_a_million": round((again.python + again.postgres) / millions, 2),
        "reread_source_cpu_s_a_million": round(again.mariadb / millions, 2),
        "reread_seconds_a_million": round(again.seconds / millions, 2),
        "load_memory_mib": figure.rss_mib,
        "question_cpu_s": round(large.question_cpu_s, 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs=2, default=(SMALL, LARGE), metavar=("SMALL", "LARGE"))
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    small, large = measure(*asked.rows)
    for load in (small, large):
        print(load, flush=True)
    found = inputs(small, large)
    text = json.dumps(found, indent=2) + "\n"
    print(text, end="")
    if asked.write:
        WRITTEN.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
