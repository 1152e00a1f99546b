"""What people feel while a quarter is loaded: a question of the first screen before, during and after one big run.

`python -m tests.benchmarks.ingestion_beside [--rows 14000000] [--published 1000000] [--idle 20] [--clicks] [--json -]`

A first quarter is published, the next one appears beside it at the source with so many rows, and a run reads both. The
question asks for the tiles of the year through gateway and service, again and again with a pause between, as pages do
that are open meanwhile; with `--clicks` eight times in a row every few seconds, as one person's page does.
`p95_during_vs_idle` is its 95th percentile while the run works over that before; the calls that its answers told must
be those of the first quarter until, in one step, they are those of both: anything else ends the benchmark. Memory and
rows a second are those of the process that runs.
"""

import argparse
import asyncio
import http.client
import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from iact.services import NICENESS
from iact.simulate.legacy import LegacyOptions, simulate_legacy
from iact.simulate.targets import MariaDbTarget
from shared.settings import DatabaseSettings
from shared.testing.mariadb import MariaDbSchema
from tests.benchmarks.analytics import PATH, gateway, say
from tests.benchmarks.analytics_questions import LEGACY_TILES, Asked
from tests.benchmarks.ingestion import checked
from tests.benchmarks.ingestion_machines import Figure, Machines, machines, run

YEAR = 2025
WHEN = {"from": f"{YEAR}-01-01T00:00:00-06:00", "to": f"{YEAR + 1}-01-01T00:00:00-06:00"}
QUESTION = Asked("legacy_tiles", "legacy", LEGACY_TILES)
PAUSE_S = 0.1  # ten open pages that ask once a second
CLICK_S = 6.5  # between two clicks of somebody who reads what is shown
QUESTIONS_OF_A_SCREEN = 8
WARM_UP_S = 3.0
GIVING_WAY = f"""
import runpy
from iact.launch import give_way
give_way({NICENESS["ivr"]})
runpy.run_module("tests.benchmarks.ingestion", run_name="__main__", alter_sys=True)
"""
HEADERS = {"content-type": "application/json", "authorization": "Bearer anna-anna-anna-anna.RPT-001"}


@dataclass
class Felt:
    """Seconds of each question, and the numbers of calls that the answers told, in the order they came in."""

    times_s: list[float] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)

    def p95_ms(self) -> float:
        return sorted(self.times_s)[int(len(self.times_s) * 0.95)] * 1_000


class Asking:
    """One client that asks in a thread of its own."""

    def __init__(self, port: int, *, clicks: bool = False) -> None:
        self._at_once, self._pause_s = (QUESTIONS_OF_A_SCREEN, CLICK_S) if clicks else (1, PAUSE_S)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._body = json.dumps(QUESTION.body(WHEN))

    def ask(self, felt: Felt) -> None:
        for _ in range(self._at_once):
            self._ask_once(felt)

    def _ask_once(self, felt: Felt) -> None:
        began = time.perf_counter()
        self._connection.request("POST", PATH, self._body, HEADERS)
        answer = self._connection.getresponse()
        told = answer.read()
        felt.times_s.append(time.perf_counter() - began)
        if answer.status != http.client.OK:
            raise SystemExit(f"a question was answered {answer.status}: {told[:500]!r}")
        document = json.loads(told)
        place = [column["name"] for column in document["columns"]].index("calls")
        if not felt.calls or felt.calls[-1] != document["rows"][0][place]:
            felt.calls.append(document["rows"][0][place])

    def for_seconds(self, seconds: float) -> Felt:
        felt, end = Felt(), time.monotonic() + seconds
        while time.monotonic() < end:
            self.ask(felt)
            time.sleep(self._pause_s)
        return felt

    def beside(self, work: Callable[[threading.Event], Figure]) -> tuple[Felt, Figure]:
        """Ask while the work goes on, which ends early when the event that it is given is set."""
        done, stop = threading.Event(), threading.Event()
        found: list[Figure] = []
        failed: list[SystemExit] = []

        def working() -> None:
            try:
                found.append(work(stop))
            except SystemExit as failure:
                failed.append(failure)
            finally:
                done.set()

        worker = threading.Thread(target=working)
        worker.start()
        felt = Felt()
        try:
            while not done.wait(self._pause_s):
                self.ask(felt)
        finally:
            stop.set()
            worker.join()  # the databases that the work uses are not closed under it
        if not found:
            raise failed[0] if failed else SystemExit("the run failed")
        return felt, found[0]


def load(at: Machines, schema: MariaDbSchema, target: DatabaseSettings, stop: threading.Event | None = None) -> Figure:
    """A run by a process that gives way to others as the service does."""
    plan = json.dumps({"contestant": "whole_path", "source": asdict(schema), "target": asdict(target)})
    command = [sys.executable, "-c", GIVING_WAY, "--child"]
    return at.measure(lambda: run(command, plan=plan, stop=stop))


def appear(schema: MariaDbSchema, quarter: int, rows: int) -> None:
    """A quarter's table at the source."""
    first = date(YEAR, quarter * 3 - 2, 1)
    simulate_legacy(LegacyOptions(rows=rows, first_day=first, quarters=1), MariaDbTarget(schema.dsn_admin))
    say(f"{rows} rows of quarter {quarter} are at the source")


def measure(rows: int, published: int, idle_s: float, *, clicks: bool) -> dict[str, Any]:
    with machines() as at:
        target = asyncio.run(at.fresh_database())
        schema = at.mariadb.create_schema()
        appear(schema, 1, published)
        load(at, schema, target)
        appear(schema, 2, rows)
        with gateway(target) as (port, _):
            client = Asking(port, clicks=clicks)
            client.for_seconds(WARM_UP_S)
            before = client.for_seconds(idle_s)
            say(f"before: p95 {before.p95_ms():.1f} ms of {len(before.times_s)}; the run begins")
            during, figure = client.beside(lambda stop: load(at, schema, target, stop))
            after = client.for_seconds(idle_s)
        asyncio.run(checked(target, published + rows))
        seen = [*before.calls, *during.calls, *after.calls]
        steps = [each for n, each in enumerate(seen) if n == 0 or seen[n - 1] != each]
        if len(steps) != 2:
            raise SystemExit(f"between {steps[0]} and {steps[-1]} calls people saw {steps[1:-1]}")
        return {
            "ratios": {
                "p95_during_vs_idle": round(during.p95_ms() / before.p95_ms(), 2),
                "p95_after_vs_idle": round(after.p95_ms() / before.p95_ms(), 2),
            },
            "figures": {
                "run": asdict(figure),
                "p95_ms": {name: round(felt.p95_ms(), 1) for name, felt in (("idle", before), ("during", during))},
                "worst_ms": round(max(during.times_s) * 1_000, 1),
                "asked": len(during.times_s),
                "calls_seen": steps,
            },
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=14_000_000)
    parser.add_argument("--published", type=int, default=1_000_000)
    parser.add_argument("--idle", type=float, default=20.0, help="seconds before and after")
    parser.add_argument("--clicks", action="store_true", help="a screen's questions every few seconds")
    parser.add_argument("--json", choices=["-"])
    given = parser.parse_args()
    result = measure(given.rows, given.published, given.idle, clicks=given.clicks)
    print(json.dumps(result) if given.json else result)


if __name__ == "__main__":
    main()
