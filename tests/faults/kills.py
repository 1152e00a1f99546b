"""A seeded sequence of faults while rows are being written, and what is in the warehouse when it is quiet again."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from typing_extensions import override

from shared.testing.fault_proxy import FaultProxy
from tests.faults.harness import Servers, Trial
from tests.faults.ledger import LEGACY_DAYS, Verdict

LEGACY_ROWS = 12_000
TOUCHED_ROWS = 40
CYCLE_S = (0.05, 0.9)
TOLD_EVERY = 10  # kills
KILLS = frozenset({"service", "postgres", "mariadb"})
# How often each fault is chosen; a freeze takes as long as ten kills, because a silent process is waited for.
WEIGHTS = {"service": 60, "postgres": 16, "mariadb": 6, "cut": 10, "silence": 4, "slow": 4, "freeze": 1}


@dataclass(frozen=True)
class Result:
    kills: int
    faults: Counter[str]
    rows: int
    seconds: float
    verdict: Verdict

    @override
    def __str__(self) -> str:
        verdict = self.verdict
        text = (
            f"{self.kills} kills ({', '.join(f'{n} {name}' for name, n in sorted(self.faults.items()))}), "
            f"{self.rows} source rows, {self.seconds:.0f} s: {verdict.lost} lost, {verdict.duplicated} duplicated, "
            f"{verdict.changed} changed"
        )
        return "\n  ".join([text, *verdict.examples])


class Faultmaker:
    """Does one fault after the other to a trial."""

    def __init__(self, trial: Trial, noise: random.Random) -> None:
        self._trial = trial
        self._noise = noise
        self.done: Counter[str] = Counter()

    def do(self, name: str) -> None:
        faults: dict[str, Callable[[], None]] = {
            "service": self._service,
            "postgres": self._trial.servers.postgres.kill,
            "mariadb": self._trial.kill_mariadb,
            "cut": self._cut,
            "silence": self._silence,
            "slow": self._slow,
            "freeze": self._trial.freeze_and_replace,
        }
        faults[name]()
        self.done[name] += 1

    def _service(self) -> None:
        self._trial.kill_service()
        self._trial.start()

    def _proxy(self) -> FaultProxy:
        return self._noise.choice([self._trial.to_mariadb, self._trial.to_postgres])

    def _cut(self) -> None:
        self._proxy().cut()

    def _silence(self) -> None:
        """Half open for a while, then gone: what a firewall does that forgets connections."""
        proxy = self._proxy()
        proxy.faults.silent = True
        time.sleep(self._noise.uniform(0.2, 0.8))
        proxy.cut()
        proxy.faults.silent = False

    def _slow(self) -> None:
        proxy = self._proxy()
        proxy.faults.delay_s, proxy.faults.bytes_per_s = 0.02, 500_000
        time.sleep(self._noise.uniform(0.2, 0.8))
        proxy.faults.delay_s, proxy.faults.bytes_per_s = 0.0, None


def run(
    servers: Servers,
    *,
    kills: int,
    seed: int,
    mutations: tuple[str, ...] = (),
    only: frozenset[str] = frozenset(WEIGHTS),
    tell: Callable[[str], None] = lambda _: None,
    budget_s: float | None = None,
    legacy_rows: int = LEGACY_ROWS,
    cycle_s: tuple[float, float] = CYCLE_S,
) -> Result:
    """Kill until `kills` processes have been killed (or the budget is spent), let it settle, and judge."""
    noise = random.Random(seed)
    began = time.monotonic()
    names = [name for name in WEIGHTS if name in only]
    with Trial.begun(servers, seed, legacy_rows=legacy_rows, mutations=mutations) as trial:
        faults = Faultmaker(trial, noise)
        trial.start()
        trial.writer.start()
        told = 0
        while (killed := sum(faults.done[name] for name in KILLS)) < kills:
            if budget_s is not None and time.monotonic() - began > budget_s:
                break
            trial.ask_for_legacy()
            time.sleep(noise.uniform(*cycle_s))
            first_day = noise.randrange(LEGACY_DAYS - 2)
            trial.writer.touch_legacy(TOUCHED_ROWS, range(first_day, first_day + 3))
            faults.do(noise.choices(names, [WEIGHTS[name] for name in names])[0])
            trial.watch()
            if killed >= told + TOLD_EVERY:
                told = killed
                tell(f"{killed} of {kills} kills, {time.monotonic() - began:.0f} s")
        tell(f"{killed} of {kills} kills, {time.monotonic() - began:.0f} s: waiting until all is read in")
        trial.writer.finish()
        trial.settle()
        rows = trial.ledger.queue_rows + len(trial.ledger.legacy)
        return Result(killed, faults.done, rows, time.monotonic() - began, trial.verdict())
