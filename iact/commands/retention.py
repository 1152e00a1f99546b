"""`iact retention`: which months of calls are older than wanted, and dropping them."""

import asyncio
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from iact.errors import CommandFailed
from iact.options import DATA_DIR_DEFAULT, DataDir

if TYPE_CHECKING:
    from iact.retention import Plan

KEEP_MIN, KEEP_MAX = 3, 240  # as iact.retention, which is slow to import
REASON_MAX = 500  # characters: a sentence or two and the number of a file
OFF = "Retention is off: nothing says how many months to keep (--keep or IACT_RETENTION_MONTHS)."

Keep = Annotated[
    int | None,
    typer.Option(
        "--keep",
        envvar="IACT_RETENTION_MONTHS",
        min=KEEP_MIN,
        max=KEEP_MAX,
        help="Whole months to keep before the running one; without it retention is off.",
    ),
]
Backups = Annotated[
    Path | None,
    typer.Option("--backups", envvar="IACT_BACKUPS_DIR", help="The folder of iact backup that holds the calls."),
]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(
        help="Drop months of calls that are older than wanted; their counts stay.", no_args_is_help=True
    )
    group.command("plan")(show)
    group.command("drop")(drop)
    group.command("hold")(hold)
    group.command("release")(release)
    app.add_typer(group, name="retention")


def show(
    *,
    keep: Keep = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for scripts.")] = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Say what would be dropped, with rows and bytes, and what is against it; change nothing."""
    from iact import retention  # noqa: PLC0415 - slow to import, not needed for --help
    from iact.reach import reach  # noqa: PLC0415 - slow to import, not needed for --help

    if keep is None:
        typer.echo(json.dumps({"keep": None}) if as_json else OFF)
        return
    told = asyncio.run(retention.plan(reach(data_dir).owner, keep, say=None if as_json else _progress))
    if as_json:
        typer.echo(json.dumps(_document(told, keep)))
        return
    for line in _sentences(told):
        typer.echo(line)


def drop(
    *,
    keep: Keep = None,
    backups: Backups = None,
    without_backup: Annotated[
        bool, typer.Option("--without-backup", help="Drop although no copy of iact backup is known to hold the calls.")
    ] = False,
    uncounted: Annotated[
        bool, typer.Option("--uncounted", help="Drop also calls of sources that no figure of their month has.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be dropped.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Drop the months that are older than wanted, once a copy holds them and the rollups count every call of them."""
    from iact import retention  # noqa: PLC0415 - slow to import, not needed for --help
    from iact.reach import reach  # noqa: PLC0415 - slow to import, not needed for --help

    if keep is None:
        typer.echo(OFF)
        return
    owner = reach(data_dir).owner
    told = asyncio.run(retention.plan(owner, keep, say=_progress))
    for line in _sentences(told):
        typer.echo(line)
    if dry_run or not (told.months or told.left_over):
        return
    if told.obstacles or (told.uncounted and not uncounted):
        raise CommandFailed("nothing was dropped: see above what is in the way")
    if not without_backup:
        _check_copy(backups)
    if not yes and not typer.confirm("Drop them for good?"):
        raise CommandFailed("nothing was dropped")
    done = asyncio.run(retention.drop(owner, told.until, typer.echo, uncounted=uncounted))
    typer.echo(f"{len(done.months)} months dropped: {done.rows:,} rows, {retention.megabytes(done.bytes)}")


def hold(
    month: Annotated[str, typer.Argument(metavar="YYYY-MM", help="The first month whose calls must stay.")],
    reason: Annotated[str, typer.Option(help="Why, for whoever asks later.")],
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Keep the calls from a month on, whatever age is wanted: for a claim, an audit, an investigation."""
    from iact import retention_holds  # noqa: PLC0415 - slow to import, not needed for --help
    from iact.reach import reach  # noqa: PLC0415 - slow to import, not needed for --help

    if not reason.strip() or len(reason) > REASON_MAX:
        raise CommandFailed(f"--reason: write why, in at most {REASON_MAX} characters")
    placed = asyncio.run(retention_holds.place_hold(reach(data_dir).owner, _month(month), reason.strip()))
    typer.echo(f"hold {placed.hold_id}: calls from {placed.since:%Y-%m} on stay until iact retention release")


def release(
    number: Annotated[int, typer.Argument(metavar="HOLD", help="Its number, as iact retention plan shows it.")],
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """End a hold; what is older than wanted may be dropped again."""
    from iact import retention_holds  # noqa: PLC0415 - slow to import, not needed for --help
    from iact.reach import reach  # noqa: PLC0415 - slow to import, not needed for --help

    asyncio.run(retention_holds.release_hold(reach(data_dir).owner, number))
    typer.echo(f"hold {number} is released")


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        raise CommandFailed(f"{text!r} is no month; write it as 2025-07") from None


def _check_copy(folder: Path | None) -> None:
    """CommandFailed unless the newest whole copy is of the last night: what is dropped can then be fetched back."""
    from iact.backups import Store  # noqa: PLC0415 - slow to import, not needed for --help
    from iact.doctor.keeping import COPY_AGE_MAX  # noqa: PLC0415 - slow to import, not needed for --help

    way_out = "name the folder with --backups DIR (IACT_BACKUPS_DIR), or say --without-backup"
    if folder is None:
        raise CommandFailed(f"no copy is known to hold what would be dropped; {way_out}")
    try:
        copies = Store(folder).bases()
    except (OSError, ValueError, KeyError) as error:
        raise CommandFailed(f"--backups {folder} cannot be read: {error}") from error
    if not copies:
        raise CommandFailed(f"--backups {folder} holds no whole copy; make one: iact backup now --to {folder}")
    if datetime.now(UTC) - copies[-1].finished_at > COPY_AGE_MAX:
        raise CommandFailed(
            f"the newest copy in {folder} is of {copies[-1].finished_at:%Y-%m-%d %H:%M} UTC, more than"
            f" {COPY_AGE_MAX.total_seconds() / 3600:.0f} hours old; make one: iact backup now --to {folder}"
        )


def _progress(line: str) -> None:
    typer.echo(line, err=True)


def _sentences(told: "Plan") -> list[str]:
    from iact.retention import megabytes  # noqa: PLC0415 - slow to import, not needed for --help

    lines = [f"hold {hold.hold_id} keeps the calls from {hold.since:%Y-%m} on: {hold.reason}" for hold in told.holds]
    lines += [f"{name} was left by an interrupted command and would be dropped" for name in told.left_over]
    if not told.months:
        return [*lines, f"no calls are there from before {told.until:%Y-%m}"]
    for month in told.months:
        parts = ", ".join(f"{part.rows:,} of {part.parent}" for part in month.parts)
        late = "; came late, for it was dropped before" if month.again else ""
        lines.append(f"{month.month:%Y-%m}  {megabytes(month.bytes):>12}  {parts}{late}")
    rows, size = (sum(getattr(month, name) for month in told.months) for name in ("rows", "bytes"))
    lines.append(f"{len(told.months)} months before {told.until:%Y-%m}: {rows:,} rows, {megabytes(size)}; counts stay")
    return [*lines, *(f"in the way: {each}" for each in (*told.obstacles, *told.uncounted))]


def _document(told: "Plan", keep: int) -> dict[str, object]:
    return {
        "keep": keep,
        "until": told.until.isoformat(),
        "holds": [{"hold": each.hold_id, "since": f"{each.since:%Y-%m}", "reason": each.reason} for each in told.holds],
        "months": [
            {
                "month": f"{each.month:%Y-%m}",
                "rows": {part.parent: part.rows for part in each.parts},
                "bytes": each.bytes,
                "again": each.again,
            }
            for each in told.months
        ],
        "left_over": list(told.left_over),
        "obstacles": told.obstacles,
        "uncounted": told.uncounted,
    }
