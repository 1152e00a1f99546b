"""Any single difference is found: `python -m tests.faults.reconcile --rows 1000000 --seeds 200 [--what legacy]`.

One row of either side is made different, the comparison must say so and name the call, the row is made equal again.
Exits 1 when a difference was missed, when equal sides were called different, or when a million rows took a minute.
`--what asterisk` compares a queue_log with its calls, `--what details` cdr and cel with their legs and steps too.
"""

import argparse
import asyncio
import random
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

import asyncpg
from typing_extensions import override

from iact.simulate.asterisk import AsteriskOptions, simulate_asterisk
from iact.simulate.legacy import LegacyOptions, simulate_legacy
from iact.simulate.targets import MariaDbTarget
from services.ivr import store
from services.ivr.config import Kind, MariaDbLogin, Source
from services.ivr.keys import Keys
from services.ivr.reconcile_asterisk import reconcile_asterisk
from services.ivr.reconcile_legacy import reconcile_legacy
from services.ivr.runner import Runner
from services.ivr.sources.legacy import Window
from services.ivr.store_reconcile import Findings
from services.ivr.work import Request
from shared.postgres import Database
from shared.settings import DatabaseSettings
from shared.testing.mariadb import MariaDbSchema
from tests.benchmarks.ingestion_machines import Machines, cpu_s, machines
from tests.faults.differences import DetailSide, LegacySide, QueueSide

SECONDS_A_MILLION_MAX: Final = 60.0
What = Literal["legacy", "asterisk", "details"]
SIDES = {"legacy": LegacySide, "asterisk": QueueSide, "details": DetailSide}
CLEAN_EVERY = 10  # comparisons of equal sides among those of different ones


@dataclass
class Tally:
    """What the comparisons said; `cpu_s` counts our process and both servers."""

    rows: int = 0
    seeds: int = 0
    found: int = 0
    named: int = 0
    clean: int = 0
    alarms: int = 0
    seconds: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def right(self) -> bool:
        return self.found == self.seeds and not self.alarms

    @override
    def __str__(self) -> str:
        per_million = 1_000_000 / max(self.rows, 1)
        cpu = sorted(self.cpu_s)[len(self.cpu_s) // 2]
        seconds = sorted(self.seconds)[len(self.seconds) // 2]
        text = (
            f"{self.found} of {self.seeds} differences found among {self.rows} rows ({self.named} named), "
            f"{self.alarms} false alarms in {self.clean} comparisons of equal sides; a million rows in "
            f"{seconds * per_million:.1f} s, {cpu * per_million:.1f} CPU seconds (median)"
        )
        return "\n  missed: ".join([text, *self.missed])


class Bench:
    """A simulated source, read in, beside its warehouse."""

    def __init__(self, at: Machines, schema: MariaDbSchema, settings: DatabaseSettings, what: What) -> None:
        self._at = at
        self._schema = schema
        self._keys = Keys(bytes(range(32)))
        self._settings = settings
        self._what = what
        self.kind: Kind = "legacy" if what == "legacy" else "asterisk"
        login = MariaDbLogin(schema.host, schema.port, schema.name, schema.reader_user, schema.reader_password)
        self._source = Source(id="compared", kind=self.kind, zone="America/Mexico_City", login=login)

    async def run(
        self, *, rows: int, seeds: int, first_seed: int, budget_s: float, tell: Callable[[str], None]
    ) -> Tally:
        database = Database(self._settings.as_role("iact_ivr"))
        await database.open()
        warehouse = await asyncpg.connect(**self._settings.connect_arguments())
        try:
            source_id = await self._load(database, rows)
            tally = Tally(rows=rows)
            await self._compare(database, source_id, tally)
            began = time.monotonic()
            with self._schema.connect() as source:
                for seed in range(first_seed, first_seed + seeds):
                    if time.monotonic() - began > budget_s:
                        break
                    noise = random.Random(seed)
                    side = SIDES[self._what](source, warehouse, noise)
                    difference = await side.change()
                    found = await self._compare(database, source_id, tally, what=difference.what)
                    await side.undo(difference)
                    if not found or tally.seeds % CLEAN_EVERY == 0:
                        await self._compare(database, source_id, tally)
                        tell(f"seed {seed}: {tally}")
            await self._compare(database, source_id, tally)
            return tally
        finally:
            await warehouse.close()
            await database.close()

    async def _load(self, database: Database, rows: int) -> int:
        target = MariaDbTarget(self._schema.dsn_admin)
        if self.kind == "legacy":
            await asyncio.to_thread(simulate_legacy, LegacyOptions(rows=rows, quarters=1), target)
        else:
            options = AsteriskOptions(rows=rows, cel=self._what == "details")
            await asyncio.to_thread(simulate_asterisk, options, target)
        with self._schema.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = database()")
            for (table,) in cursor.fetchall():
                cursor.execute(f"ANALYZE TABLE `{table}`")
        runner = Runner(database, self._keys, [self._source])
        outcome = await runner.wait(await runner.submit(self._source, Request(), requested_by="test"))
        assert outcome.error is None, outcome.error
        async with database.connection() as conn:
            return await store.upsert_source(conn, "compared", self.kind, "America/Mexico_City")

    async def _compare(self, database: Database, source_id: int, tally: Tally, what: str | None = None) -> bool:
        began, used = time.monotonic(), self._cpu_s()
        compare = reconcile_legacy if self.kind == "legacy" else reconcile_asterisk
        found: Findings = await compare(database, self._keys, self._source, source_id, Window(), deep=what is not None)
        if what is None:
            tally.seconds.append(time.monotonic() - began)
            tally.cpu_s.append(self._cpu_s() - used)
            tally.clean += 1
            tally.alarms += bool(found.different)
        else:
            tally.seeds += 1
            tally.found += bool(found.different)
            tally.named += bool(found.rows)
            if not found.different:
                tally.missed.append(what)
        return bool(found.different)

    def _cpu_s(self) -> float:
        own = resource.getrusage(resource.RUSAGE_SELF)
        servers = cpu_s(self._at.mariadb.process.pid) + cpu_s(self._at.postgres.process.pid)
        return own.ru_utime + own.ru_stime + servers


def measure(what: What, rows: int, seeds: int, first_seed: int, budget_s: float, tell: Callable[[str], None]) -> Tally:
    with machines() as at:
        bench = Bench(at, at.mariadb.create_schema(), asyncio.run(at.fresh_database()), what)
        return asyncio.run(bench.run(rows=rows, seeds=seeds, first_seed=first_seed, budget_s=budget_s, tell=tell))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.reconcile", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    parser.add_argument("--what", choices=["legacy", "asterisk", "details"], default="legacy")
    parser.add_argument("--budget", type=float, default=float("inf"), help="seconds after which no seed begins")
    options = parser.parse_args()
    tally = measure(
        options.what,
        options.rows,
        options.seeds,
        options.seed,
        options.budget,
        lambda line: print(line, flush=True),
    )
    print(tally, flush=True)
    slow = sorted(tally.cpu_s)[len(tally.cpu_s) // 2] * 1_000_000 / tally.rows > SECONDS_A_MILLION_MAX
    return 0 if tally.right and not slow else 1


if __name__ == "__main__":
    sys.exit(main())
