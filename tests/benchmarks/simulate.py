"""The simulator against a plain generator that makes one row after the other with the same columns.

`python -m tests.benchmarks.simulate [--rows N] [--json -]`
"""

import argparse
import csv
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from iact.simulate import catalogue as cat
from iact.simulate.asterisk import AsteriskOptions, simulate_asterisk
from iact.simulate.legacy import COLUMNS, LegacyOptions, simulate_legacy
from iact.simulate.targets import FolderTarget

START = datetime(2025, 7, 1)  # noqa: DTZ001 - a source's local time


def plain_rows(rows: int, path: Path) -> None:
    """What anyone would write first: random choices a row, csv.writer; no truth is counted."""
    drawn = random.Random(1)
    names = [menu.name for menu in cat.MENUS]
    shares = [menu.shares[2] for menu in cat.MENUS]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(column.name for column in COLUMNS)
        for _ in range(rows):
            begin = START + timedelta(seconds=drawn.randrange(184 * 86_400))
            end = begin + timedelta(seconds=drawn.randrange(5, 896))
            first, second = (end, begin) if drawn.random() < 0.388 else (begin, end)
            [menu] = drawn.choices(names, shares)
            origin = f"55{drawn.randrange(10**8):08d}"
            typed = origin if drawn.random() < 0.282 else f"55{drawn.randrange(10**8):08d}"
            moments = [moment.strftime("%Y-%m-%d %H:%M:%S") for moment in (first, second)]
            centre = drawn.choice(("19020086", "10828091", "cliente_colgo"))
            option, label = drawn.choice(("", "DEFAULT", "NOBOT")), drawn.choice(("", "VIP", "REGULAR"))
            writer.writerow(
                [begin.date(), *moments, drawn.choice(cat.DIDS), centre, menu, option, origin, typed, label]
            )


def timed(work: Callable[[], object]) -> tuple[float, float, object]:
    cpu = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    result = work()
    elapsed = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    return elapsed, after.ru_utime + after.ru_stime - cpu.ru_utime - cpu.ru_stime, result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", choices=["-"])
    arguments = parser.parse_args()
    rows: int = arguments.rows
    plain = max(1, rows // 10)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulate_legacy(LegacyOptions(rows=1_000), FolderTarget(folder / "warm"))
        legacy_s, legacy_cpu, _ = timed(lambda: simulate_legacy(LegacyOptions(rows=rows), FolderTarget(folder / "l")))
        plain_s, plain_cpu, _ = timed(lambda: plain_rows(plain, folder / "plain.csv"))
        tables: list[int] = []

        def asterisk() -> None:
            truth = simulate_asterisk(AsteriskOptions(rows=rows // 10), FolderTarget(folder / "a"))
            tables.append(sum(truth.tables.values()))

        asterisk_s, asterisk_cpu, _ = timed(asterisk)
    figures = {
        "legacy": figure(legacy_s, rows, legacy_cpu),
        "asterisk": figure(asterisk_s, tables[0], asterisk_cpu),
        "plain": figure(plain_s, plain, plain_cpu),
    }
    ratios = {
        "legacy_vs_plain": round(rows / legacy_s / (plain / plain_s), 2),
        "asterisk_vs_plain": round(tables[0] / asterisk_s / (plain / plain_s), 2),
    }
    for kind, numbers in figures.items():
        print(f"{kind}: {numbers['rows']:,} rows in {numbers['seconds']} s, {numbers['rows_per_s']:,} rows/s")
    if arguments.json:
        print(json.dumps({"ratios": ratios, "figures": figures}))
    else:
        print(ratios)


def figure(seconds: float, rows: int, cpu: float) -> dict[str, float]:
    return {
        "seconds": round(seconds, 3),
        "rows": rows,
        "cpu_s": round(cpu, 3),
        "rows_per_s": round(rows / seconds),
    }


if __name__ == "__main__":
    main()
