"""Any single difference is found: `python -m tests.faults.reconcile --rows 1000000 --seeds 200 [--what legacy]`.

One row of either side is made different, the comparison must say so of its day and name the row, the row is made equal
again. Exits 1 when a difference was missed, another day was called different, or a million rows took a minute.
`--what asterisk` compares a queue_log with its calls, `--what details` cdr and cel with their legs and steps too.

`--together 20` makes twenty differences before one comparison, each on days that no other of them touches. That is as
strong as twenty comparisons of one difference each, because nothing of a day reaches the verdict of another:
- A verdict is of one cell, a part of one day (`services.ivr.reconcile.Cell`): the rows and the sum of hashes of that
  cell alone, on both sides. Two differences cannot cancel out or cover for each other unless they share a day.
- What a row says of other rows stays within its unit (occurrences of equal rows) or its call (events, steps). The other
  days of a call are known before, belong to its difference, and no other one is made on them.
- A difference counts as found when each of its own days is told, however many others are; a day told that no difference
  touches is a false alarm. So each day says what a comparison of a single difference says as a whole.
- The next batch touches no day of the one before: that the days of a batch are equal once it is undone is seen in the
  comparison of the next one, and equal sides are compared as a whole at both ends and after a wrong one.
- Rows are named day by day from the hashes of that day. Only the number of days that are looked at is limited
  (`DEEP_UNITS_MAX`); a batch touches no more than that.
"""

import argparse
import asyncio
import math
import random
import resource
import sys
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

import asyncpg
from pymysql.connections import Connection

from iact.simulate.asterisk import AsteriskOptions, simulate_asterisk
from iact.simulate.legacy import LegacyOptions, simulate_legacy
from iact.simulate.targets import MariaDbTarget
from services.ivr import store
from services.ivr.clock import LocalClock
from services.ivr.config import Kind, MariaDbLogin, Source
from services.ivr.keys import Keys
from services.ivr.reconcile_asterisk import reconcile_asterisk
from services.ivr.reconcile_legacy import DEEP_UNITS_MAX, reconcile_legacy
from services.ivr.runner import Runner
from services.ivr.sources.legacy import Window
from services.ivr.store_reconcile import Findings
from services.ivr.work import Request
from shared.postgres import Database
from shared.settings import DatabaseSettings
from shared.testing.mariadb import MariaDbSchema
from tests.benchmarks.ingestion_machines import Machines, cpu_s, machines
from tests.faults.asterisk_differences import DetailSide, QueueSide
from tests.faults.differences import Difference, LegacySide
from tests.faults.tally import Tally

SECONDS_A_MILLION_MAX: Final = 60.0
What = Literal["legacy", "asterisk", "details"]
SIDES: dict[What, type[LegacySide]] = {"legacy": LegacySide, "asterisk": QueueSide, "details": DetailSide}
ZONE = "America/Mexico_City"
DAYS_OF_A_BATCH = 92  # of a quarter, as the legacy table has: with as few days as the rows need there is no room
TOGETHER_MAX = 25  # leaves room for those that move to another day, below DEEP_UNITS_MAX days
CLEAN_EVERY = 10  # comparisons of equal sides among those of different ones


@dataclass(frozen=True)
class Plan:
    """How many rows, and which seeds, `together` of them before each comparison; none begins after `budget_s`."""

    rows: int
    seeds: int
    first_seed: int = 1
    together: int = 1
    budget_s: float = math.inf

    def __post_init__(self) -> None:
        if not 1 <= self.together <= TOGETHER_MAX:
            raise ValueError(f"between 1 and {TOGETHER_MAX} differences stand together")

    @property
    def batches(self) -> list[range]:
        end = self.first_seed + self.seeds
        return [range(at, min(at + self.together, end)) for at in range(self.first_seed, end, self.together)]


@dataclass(frozen=True)
class Batch:
    """Differences that stand beside each other, each with who made it."""

    made: list[tuple[LegacySide, Difference]] = field(default_factory=list)

    @property
    def differences(self) -> list[Difference]:
        return [difference for _, difference in self.made]

    @property
    def touched(self) -> set[date]:
        return {day for difference in self.differences for day in difference.touched}

    async def undo(self) -> None:
        for side, difference in reversed(self.made):
            await side.undo(difference)


@dataclass(frozen=True)
class Comparison:
    """The product's own comparison of a source with what is published of it."""

    source: Source
    keys: Keys
    database: Database
    source_id: int

    async def __call__(self, *, deep: bool) -> Findings:
        compare = reconcile_legacy if self.source.kind == "legacy" else reconcile_asterisk
        return await compare(self.database, self.keys, self.source, self.source_id, Window(), deep=deep)


class Bench:
    """A simulated source, read in, beside its warehouse."""

    def __init__(
        self,
        at: Machines,
        schema: MariaDbSchema,
        settings: DatabaseSettings,
        what: What,
        side: type[LegacySide] | None = None,
    ) -> None:
        self._at = at
        self._schema = schema
        self._keys = Keys(bytes(range(32)))
        self._settings = settings
        self._what = what
        self._side = side or SIDES[what]
        self.kind: Kind = "legacy" if what == "legacy" else "asterisk"
        login = MariaDbLogin(schema.host, schema.port, schema.name, schema.reader_user, schema.reader_password)
        self._source = Source(id="compared", kind=self.kind, zone=ZONE, login=login)

    async def run(self, plan: Plan, tell: Callable[[str], None]) -> Tally:
        database = Database(self._settings.as_role("iact_ivr"))
        await database.open()
        warehouse = await asyncpg.connect(**self._settings.connect_arguments())
        try:
            source_id, rows = await self._load(database, plan)
            tally = Tally(rows)
            compare = Comparison(self._source, self._keys, database, source_id)
            await self._compare_equal(compare, tally)
            tell(f"loaded: {tally}")
            began = time.monotonic()
            with self._schema.connect() as source:
                before: set[date] = set()
                for number, seeds in enumerate(plan.batches):
                    if time.monotonic() - began > plan.budget_s:
                        break
                    batch = await self._make(source, warehouse, seeds, before if plan.together > 1 else set())
                    right = tally.judge(batch.differences, await compare(deep=True))
                    await batch.undo()
                    before = batch.touched
                    if not right or (plan.together == 1 and number % CLEAN_EVERY == 0):
                        await self._compare_equal(compare, tally)
                    if plan.together > 1 or number % CLEAN_EVERY == 0:
                        tell(f"seeds to {seeds[-1]}: {tally}")
            await self._compare_equal(compare, tally)
            return tally
        finally:
            await warehouse.close()
            await database.close()

    async def _make(
        self, source: Connection, warehouse: asyncpg.Connection, seeds: range, before: Collection[date]
    ) -> Batch:
        """Differences that touch no day of one another, nor of those `before`: what was undone is seen to be equal."""
        batch = Batch()
        clock = LocalClock(ZONE)
        for number, seed in enumerate(seeds, start=1):
            side = self._side(
                source,
                warehouse,
                random.Random(seed),
                clock=clock,
                taken=batch.touched.union(before),
                days_max=DEEP_UNITS_MAX - len(batch.touched) - (len(seeds) - number),
            )
            difference = await side.plan()
            await side.make(difference)
            batch.made.append((side, difference))
        return batch

    async def _load(self, database: Database, plan: Plan) -> tuple[int, int]:
        """The source's number, and how many rows it has."""
        target = MariaDbTarget(self._schema.dsn_admin)
        if self.kind == "legacy":
            await asyncio.to_thread(simulate_legacy, LegacyOptions(rows=plan.rows, quarters=1), target)
        else:
            days = DAYS_OF_A_BATCH if plan.together > 1 else None
            options = AsteriskOptions(rows=plan.rows, cel=self._what == "details", days=days)
            await asyncio.to_thread(simulate_asterisk, options, target)
        rows = 0
        with self._schema.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = database()")
            for (table,) in cursor.fetchall():
                cursor.execute(f"ANALYZE TABLE `{table}`")
                cursor.execute(f"SELECT count(*) FROM `{table}`")
                rows += cursor.fetchone()[0]
        runner = Runner(database, self._keys, [self._source])
        outcome = await runner.wait(await runner.submit(self._source, Request(), requested_by="test"))
        assert outcome.error is None, outcome.error
        async with database.connection() as conn:
            return await store.upsert_source(conn, "compared", self.kind, ZONE), rows

    async def _compare_equal(self, compare: "Comparison", tally: Tally) -> None:
        began, used = time.monotonic(), self._cpu_s()
        found = await compare(deep=False)
        tally.judge_equal(found, seconds=time.monotonic() - began, cpu_s=self._cpu_s() - used)

    def _cpu_s(self) -> float:
        own = resource.getrusage(resource.RUSAGE_SELF)
        servers = cpu_s(self._at.mariadb.process.pid) + cpu_s(self._at.postgres.process.pid)
        return own.ru_utime + own.ru_stime + servers


def measure(what: What, plan: Plan, tell: Callable[[str], None] = print, side: type[LegacySide] | None = None) -> Tally:
    with machines() as at:
        bench = Bench(at, at.mariadb.create_schema(), asyncio.run(at.fresh_database()), what, side)
        return asyncio.run(bench.run(plan, tell))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.reconcile", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the legacy tables, or of queue_log")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    parser.add_argument("--together", type=int, default=1, help=f"differences a comparison, at most {TOGETHER_MAX}")
    parser.add_argument("--what", choices=["legacy", "asterisk", "details"], default="legacy")
    parser.add_argument("--budget", type=float, default=math.inf, help="seconds after which no seed begins")
    options = parser.parse_args()
    plan = Plan(options.rows, options.seeds, options.seed, options.together, options.budget)
    tally = measure(options.what, plan, lambda line: print(line, flush=True))
    print(tally, flush=True)
    return 0 if tally.right and tally.cpu_s_a_million <= SECONDS_A_MILLION_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
