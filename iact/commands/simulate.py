"""`iact simulate`: a realistic IVR in files or in a database of your own, and its exact truth in manifest.json."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from iact.simulate.manifest import AsteriskManifest, LegacyManifest
    from iact.simulate.tables import Target

DEFAULT_ROWS = 100_000
DEFAULT_MANIFEST = "manifest.json"
Progress = Callable[[int, int], None]


class Kind(StrEnum):
    legacy = "legacy"
    asterisk = "asterisk"


def register(app: typer.Typer) -> None:
    app.command()(simulate)


def simulate(
    *,
    kind: Annotated[Kind, typer.Option(help="Which IVR: quarterly tables, or Asterisk's queue_log, cdr and cel.")],
    rows: Annotated[int, typer.Option(min=0, help="Rows of the quarterly tables, or of queue_log.")] = DEFAULT_ROWS,
    seed: Annotated[int, typer.Option(min=0, help="The same seed and rows give the same bytes.")] = 1,
    since: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day, in the source's zone.")
    ] = datetime(2025, 7, 1),  # noqa: DTZ001 - a calendar day
    quarters: Annotated[int, typer.Option(min=1, help="legacy: quarters to fill, the first day's included.")] = 2,
    days: Annotated[
        int | None, typer.Option(min=1, help="asterisk: days to fill (default: 50 000 rows a day).")
    ] = None,
    zone: Annotated[str, typer.Option(help="IANA zone of the source's local times.")] = "America/Mexico_City",
    to_dsn: Annotated[str | None, typer.Option(help="mysql://user:password@host:port/schema, never DB_IVR_*.")] = None,
    to_dir: Annotated[Path | None, typer.Option(help="Folder for CSV files (and the text queue_log).")] = None,
    compress: Annotated[bool, typer.Option("--gzip", help="Compress the files.")] = False,
    cel: Annotated[bool, typer.Option(help="asterisk: also write cel, the largest table.")] = True,
    manifest: Annotated[
        Path | None,
        typer.Option(help="Where the truth goes (default: manifest.json in the folder, or here with a DSN)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON instead of sentences.")] = False,
    _data_dir: Annotated[
        Path, typer.Option("--data-dir", hidden=True, help="Taken like every command does; nothing is read from it.")
    ] = Path(".iact"),
) -> None:
    """Write a realistic IVR and its exact truth."""
    from iact.simulate.manifest import read_manifest, write_manifest  # noqa: PLC0415 - numpy is slow to import

    target = _target(to_dsn, to_dir, compress=compress)
    path = manifest or (to_dir or Path()) / DEFAULT_MANIFEST
    read_manifest(path)  # a manifest that cannot be merged must be told before an hour of work, not after
    began = time.monotonic()
    with _progress(shown=not as_json) as progress:
        truth = (
            _legacy(target, progress, rows, seed, since, quarters, zone)
            if kind is Kind.legacy
            else _asterisk(target, progress, rows, seed, since, days, zone, cel=cel)
        )
    write_manifest(path, kind.value, truth)
    _report(kind.value, truth, path, time.monotonic() - began, as_json=as_json)


def _target(to_dsn: str | None, to_dir: Path | None, *, compress: bool) -> "Target":
    from iact.simulate.targets import FolderTarget, MariaDbTarget  # noqa: PLC0415 - as above

    if (to_dsn is None) == (to_dir is None):
        raise typer.BadParameter("give either --to-dsn or --to-dir")
    if to_dir is not None:
        return FolderTarget(to_dir, compressed=compress)
    if compress:
        raise typer.BadParameter("--gzip goes with --to-dir")
    return MariaDbTarget(str(to_dsn))


def _legacy(
    target: "Target", progress: Progress, rows: int, seed: int, since: datetime, quarters: int, zone: str
) -> "LegacyManifest":
    from iact.simulate.legacy import LegacyOptions, simulate_legacy  # noqa: PLC0415 - as above

    options = LegacyOptions(rows=rows, seed=seed, first_day=since.date(), quarters=quarters, zone=zone)
    return simulate_legacy(options, target, progress)


def _asterisk(
    target: "Target",
    progress: Progress,
    rows: int,
    seed: int,
    since: datetime,
    days: int | None,
    zone: str,
    *,
    cel: bool,
) -> "AsteriskManifest":
    from iact.simulate.asterisk import AsteriskOptions, simulate_asterisk  # noqa: PLC0415 - as above

    options = AsteriskOptions(rows=rows, seed=seed, first_day=since.date(), days=days, zone=zone, cel=cel)
    return simulate_asterisk(options, target, progress)


@contextmanager
def _progress(*, shown: bool) -> Iterator[Progress]:
    """A bar on stderr, so that standard output stays what a script reads."""
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not (shown and console.is_terminal), transient=True) as bar:
        task = bar.add_task("rows", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _report(
    kind: str, truth: "LegacyManifest | AsteriskManifest", path: Path, elapsed_s: float, *, as_json: bool
) -> None:
    rows = sum(truth.tables.values())
    rate = round(rows / elapsed_s) if elapsed_s else rows
    if as_json:
        answer = {"kind": kind, "tables": truth.tables, "calls": truth.calls, "manifest": str(path)}
        print(json.dumps(answer | {"elapsed_s": round(elapsed_s, 3), "rows_per_s": rate}))
        return
    for table, number in truth.tables.items():
        print(f"{table}: {number:,} rows")
    print(f"{truth.calls:,} calls from {truth.first_day} to {truth.last_day} in {elapsed_s:.1f} s ({rate:,} rows/s).")
    print(f"The truth is in {path}.")
