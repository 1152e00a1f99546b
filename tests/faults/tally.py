"""What comparisons of a source with its warehouse said, against the differences that were there."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from typing_extensions import override

from services.ivr.store_reconcile import Findings
from tests.faults.differences import Difference


@dataclass
class Tally:
    """`rows` are those of the source; `cpu_s` counts our process and both servers while equal sides are compared."""

    rows: int = 0
    seeds: int = 0
    found: int = 0
    named: int = 0
    compared: int = 0
    clean: int = 0
    alarms: int = 0
    seconds: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)

    @property
    def right(self) -> bool:
        return self.found == self.seeds and not self.alarms and not self.unnamed

    def judge(self, made: Iterable[Difference], found: Findings) -> bool:
        """Whether every difference was told of each of its days, with a row named, and no other day was told."""
        told = {each.cell.day for each in found.different}
        named = {row.day for row in found.rows}
        touched: set[date] = set()
        missed, unnamed = [], []
        self.compared += 1
        for difference in made:
            self.seeds += 1
            touched |= difference.touched
            if not difference.days <= told:
                missed.append(difference.what)
                continue
            self.found += 1
            if difference.days <= named:
                self.named += 1
            elif not difference.counted:
                unnamed.append(difference.what)
        self.missed += missed
        self.unnamed += unnamed
        self.alarms += len(told - touched)
        return not missed and not unnamed and told <= touched

    def judge_equal(self, found: Findings, *, seconds: float, cpu_s: float) -> None:
        """Nothing was different: every day that is told is a false alarm."""
        self.seconds.append(seconds)
        self.cpu_s.append(cpu_s)
        self.clean += 1
        self.alarms += len({each.cell.day for each in found.different})

    @property
    def cpu_s_a_million(self) -> float:
        return self._a_million(self.cpu_s)

    def _a_million(self, figures: list[float]) -> float:
        return sorted(figures)[len(figures) // 2] * 1_000_000 / max(self.rows, 1)

    @override
    def __str__(self) -> str:
        text = (
            f"{self.found} of {self.seeds} differences found among {self.rows} rows ({self.named} with rows named), "
            f"{self.alarms} days told that nothing touched, in {self.compared} comparisons of different sides and "
            f"{self.clean} of equal ones; a million rows in {self._a_million(self.seconds):.1f} s, "
            f"{self.cpu_s_a_million:.1f} CPU seconds (median)"
        )
        lines = [f"missed: {each}" for each in self.missed] + [f"no row named: {each}" for each in self.unnamed]
        return "\n  ".join([text, *lines])
