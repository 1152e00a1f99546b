"""What a contact centre needs: rows, bytes and cores, from the calls of a day and the years that are kept.

    python scripts/capacity.py --calls-per-day 130000 --years 5
    python scripts/capacity.py --table

Computed from deploy/capacity.json, which `python -m tests.benchmarks.capacity --write` measures; docs/escala.md says
how. Exit codes: 0 done, 1 the measured figures cannot be read, 2 wrong usage.
"""

import argparse
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

MEASURED = Path(__file__).resolve().parent.parent / "deploy" / "capacity.json"
CALLS_MAX = 10_000_000_000  # more than all telephones of the world call in a day
YEARS_MAX = 50
DAYS_A_YEAR = 365.25
MILLION = 1_000_000
KILO = 1_000
GB = 1_000_000_000
# What is planned for; every one of them can be named otherwise on the command line.
YEARS = 7  # as long as the audit is kept
WINDOW_H = 4.0  # 02:00 to 06:00, before the first supervisor looks
PEOPLE = 50
QUESTIONS_A_MINUTE = 12.0  # a screen of eight questions is opened every 40 seconds
REREAD_DAYS = 184  # the current and the previous quarter are read again each night, to find what changed late
WAL_DAYS = 7  # the log that is archived between two base backups
BASE_BACKUPS = 2
# A core is planned to be busy half of the time: the other half is for vacuum, backups and the hour that is not average.
BUSY = 0.5
# Above these one machine is no longer comfortable: restoring 4 TB at 300 MB/s takes four hours, and 32 cores are what
# a common server has.
SERVER_BYTES_MAX = 4_000 * GB
SERVER_CORES_MAX = 32
LAPTOP_BYTES_MAX = 100 * GB
LAPTOP_CORES_MAX = 2
# From this share of a server's cores on, readers belong onto replicas.
READERS_SHARE = 0.5


class NotMeasuredError(Exception):
    """deploy/capacity.json is missing or lacks a figure."""


@dataclass(frozen=True)
class Measured:
    """What one call and one day cost; bytes and CPU seconds."""

    fact_bytes_a_call: float
    rollups_bytes_a_call: float
    callers_bytes_a_call: float
    rollups_bytes_a_day: float
    callers_bytes_a_day: float
    wal_bytes_a_call: float
    load_service_cpu_s_a_million: float
    load_postgres_cpu_s_a_million: float
    load_source_cpu_s_a_million: float
    load_seconds_a_million: float
    reread_cpu_s_a_million: float
    reread_source_cpu_s_a_million: float
    reread_seconds_a_million: float
    load_memory_mib: float
    question_cpu_s: float


@dataclass(frozen=True)
class Centre:
    """What is asked for."""

    calls_a_day: int
    years: float = YEARS
    window_h: float = WINDOW_H
    people: int = PEOPLE


@dataclass(frozen=True)
class Needs:
    """Rows, bytes and cores of one centre."""

    calls_a_day: int
    years: float
    fact_rows: int
    facts_bytes: int
    rollups_bytes: int
    wal_archive_bytes: int
    disk_bytes: int
    load_cores: float
    load_hours_one_process: float
    reading_cores: float
    source_cpu_s_a_night: float
    sources_side_by_side: int
    machines: str


def needs(centre: Centre, measured: Measured) -> Needs:
    """The model: straight lines through what was measured, so that large centres are overstated, not understated.

    A night loads the calls of a day and reads those of the current and previous quarter again. One source is read by
    one process; `sources_side_by_side` is into how many the calls have to be divided to end within the window.
    Disk is facts, rollups and sets of callers, two base backups of them and the archived log of a week.
    """
    days = centre.years * DAYS_A_YEAR
    calls = centre.calls_a_day * days
    facts = calls * measured.fact_bytes_a_call
    rollups = calls * (measured.rollups_bytes_a_call + measured.callers_bytes_a_call)
    rollups += days * (measured.rollups_bytes_a_day + measured.callers_bytes_a_day)
    wal = WAL_DAYS * centre.calls_a_day * measured.wal_bytes_a_call
    data = facts + rollups
    millions = centre.calls_a_day / MILLION
    again = millions * min(REREAD_DAYS, days)
    load_cpu_s = millions * (measured.load_service_cpu_s_a_million + measured.load_postgres_cpu_s_a_million)
    load_cpu_s += again * measured.reread_cpu_s_a_million
    load_s = millions * measured.load_seconds_a_million + again * measured.reread_seconds_a_million
    source_s = millions * measured.load_source_cpu_s_a_million + again * measured.reread_source_cpu_s_a_million
    load_cores = load_cpu_s / (centre.window_h * 3_600) / BUSY
    reading = centre.people * QUESTIONS_A_MINUTE / 60 * measured.question_cpu_s / BUSY
    return Needs(
        calls_a_day=centre.calls_a_day,
        years=centre.years,
        fact_rows=round(calls),
        facts_bytes=round(facts),
        rollups_bytes=round(rollups),
        wal_archive_bytes=round(wal),
        disk_bytes=round(data * (1 + BASE_BACKUPS) + wal),
        load_cores=round(load_cores, 2),
        load_hours_one_process=round(load_s / 3_600, 2),
        reading_cores=round(reading, 2),
        source_cpu_s_a_night=round(source_s, 1),
        sources_side_by_side=max(1, math.ceil(load_s / (centre.window_h * 3_600))),
        machines=_machines(data, load_cores, reading),
    )


def _machines(data: float, load_cores: float, reading: float) -> str:
    cores = max(load_cores, 0.0) + reading
    workers = max(math.ceil(data / SERVER_BYTES_MAX), math.ceil(load_cores / SERVER_CORES_MAX))
    if workers > 1:
        return f"Citus: a coordinator and {workers} workers (deploy/citus)"
    if reading > SERVER_CORES_MAX * READERS_SHARE:
        replicas = math.ceil(reading / (SERVER_CORES_MAX * READERS_SHARE))
        return f"one server and {replicas} read replica{'s' if replicas > 1 else ''}"
    if data <= LAPTOP_BYTES_MAX and cores <= LAPTOP_CORES_MAX:
        return "a laptop is enough"
    return "one server"


def read_measured(path: Path) -> Measured:
    """The measured figures. Raises NotMeasuredError with the way out."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Measured(**{each.name: _positive(found, each.name) for each in fields(Measured)})
    except (OSError, ValueError) as error:
        way_out = "measure again: python -m tests.benchmarks.capacity --write"
        raise NotMeasuredError(f"{path}: {error}; {way_out}") from error


def _positive(found: object, name: str) -> float:
    value = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < math.inf:
        raise ValueError(f"{name} is not a number of 0 or more")
    return float(value)


def text_of(found: Needs) -> str:
    """The needs for people."""
    rows = (
        ("calls a day", f"{found.calls_a_day:,}"),
        ("years kept", f"{found.years:g}"),
        ("calls kept", f"{found.fact_rows:,}"),
        ("facts", size(found.facts_bytes)),
        ("rollups and callers", size(found.rollups_bytes)),
        (f"archived log of {WAL_DAYS} days", size(found.wal_archive_bytes)),
        (f"disk with {BASE_BACKUPS} base backups", size(found.disk_bytes)),
        ("cores to load within the window", f"{found.load_cores:g}"),
        ("hours of a nightly load in one process", f"{found.load_hours_one_process:g}"),
        ("CPU seconds of the source a night", f"{found.source_cpu_s_a_night:,g}"),
        ("sources to read side by side", f"{found.sources_side_by_side:,}"),
        ("cores to read", f"{found.reading_cores:g}"),
        ("machines", found.machines),
    )
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name.ljust(width)}  {value}\n" for name, value in rows)


def table(measured: Measured) -> str:
    """From a laptop to a billion calls a day, as a table for docs/escala.md."""
    names = ("calls a day", f"calls in {YEARS} years", "facts", "rollups", "disk with backups", "cores to load")
    head = (*names, "sources", "machines")
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for exponent in range(3, 10):
        found = needs(Centre(10**exponent), measured)
        cells = (
            f"{found.calls_a_day:,}",
            f"{found.fact_rows:,}",
            size(found.facts_bytes),
            size(found.rollups_bytes),
            size(found.disk_bytes),
            f"{found.load_cores:g}",
            f"{found.sources_side_by_side:,}",
            found.machines,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def size(count: float) -> str:
    """Bytes with a decimal unit and three digits."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if count < KILO:
            return f"{count:.3g} {unit}"
        count /= KILO
    return f"{count:,.3g} PB" if count < KILO else f"{count:,.0f} PB"


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; its exit code."""
    asked = _parser().parse_args(words)
    try:
        measured = read_measured(asked.measured)
    except NotMeasuredError as error:
        sys.stderr.write(f"capacity.py: {error}\n")
        return 1
    if asked.table:
        sys.stdout.write(table(measured))
        return 0
    found = needs(Centre(asked.calls_per_day, asked.years, asked.window_hours, asked.people), measured)
    sys.stdout.write(json.dumps(asdict(found), indent=2) + "\n" if asked.json else text_of(found))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="capacity.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--calls-per-day", type=_between(int, 1, CALLS_MAX), metavar="N", help="calls of an average day")
    what.add_argument("--table", action="store_true", help="from 1 000 to 1 000 000 000 calls a day")
    parser.add_argument(
        "--years", type=_between(float, 0.01, YEARS_MAX), default=float(YEARS), help=f"kept, {YEARS} by default"
    )
    parser.add_argument(
        "--window-hours", type=_between(float, 0.1, 24), default=WINDOW_H, help=f"for the load, {WINDOW_H:g} by default"
    )
    parser.add_argument(
        "--people", type=_between(int, 0, 1_000_000), default=PEOPLE, help=f"who look at once, {PEOPLE} by default"
    )
    parser.add_argument("--measured", type=Path, default=MEASURED, metavar="FILE", help="figures to compute with")
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser


def _between(kind: type[int] | type[float], least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text} does not lie between {least:g} and {most:g}")
        return value

    return read


if __name__ == "__main__":
    sys.exit(main())
