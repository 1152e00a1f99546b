"""How fast the memory of a process grows: the slope of a line through samples, without those of its warm-up."""

import asyncio
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

WARM_UP_S = 600.0  # allocator, caches and connections find their size; what comes after it is growth
WARM_UP_SHARE_MAX = 0.25  # of a run that is shorter than forty minutes, whose slope says little
SAMPLE_EVERY_S = 10.0
HOUR_S = 3600.0


@dataclass
class Samples:
    """Resident memory (KiB) and open files by seconds since the first look."""

    at_s: list[float] = field(default_factory=list)
    rss_kib: list[float] = field(default_factory=list)
    open_files: list[int] = field(default_factory=list)

    def add(self, at_s: float, rss_kib: float, open_files: int) -> None:
        self.at_s.append(at_s)
        self.rss_kib.append(rss_kib)
        self.open_files.append(open_files)

    def after_warm_up(self) -> "Samples":
        """Those that tell of growth."""
        warm_s = min(WARM_UP_S, WARM_UP_SHARE_MAX * self.at_s[-1])
        kept = Samples()
        for sample in zip(self.at_s, self.rss_kib, self.open_files, strict=True):
            if sample[0] >= warm_s:
                kept.add(*sample)
        return kept

    def growth_per_h(self) -> float:
        """The slope an hour as a share of the memory where its line begins; 0 of fewer than two samples."""
        if len(self.at_s) < 2:
            return 0.0
        slope, start = statistics.linear_regression(self.at_s, self.rss_kib)
        return slope * HOUR_S / (start + slope * self.at_s[0])

    def said(self) -> str:
        return (
            f"{len(self.at_s)} samples from {self.at_s[0] / 60:.0f} to {self.at_s[-1] / 60:.0f} min: "
            f"{min(self.rss_kib) / 1024:.1f} to {max(self.rss_kib) / 1024:.1f} MiB, "
            f"{min(self.open_files)} to {max(self.open_files)} open files, slope {self.growth_per_h():+.2%} an hour"
        )


def held_by(pid: int) -> tuple[float, int]:
    """Resident memory (KiB) and open files of a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return float(status.split("VmRSS:")[1].split()[0]), len(list(Path(f"/proc/{pid}/fd").iterdir()))


@contextmanager
def sampled(pid: int) -> Iterator[Samples]:
    """The process is looked at while the block runs."""
    samples = Samples()
    started = time.monotonic()

    async def look() -> None:
        while True:
            samples.add(time.monotonic() - started, *held_by(pid))
            await asyncio.sleep(SAMPLE_EVERY_S)

    looking = asyncio.create_task(look())
    try:
        yield samples
        samples.add(time.monotonic() - started, *held_by(pid))
    finally:
        looking.cancel()
