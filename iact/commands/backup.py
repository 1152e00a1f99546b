"""`iact backup now|follow|list`: copies of the database, and its log as it is written."""

import signal
from pathlib import Path
from typing import Annotated

import typer

from iact.errors import CommandFailed
from iact.options import DATA_DIR_DEFAULT, DataDir

KEEP_DEFAULT = 7  # a week of nightly copies

To = Annotated[Path, typer.Option("--to", help="The folder of backups; best on another disk or machine.")]

Programs = Annotated[
    Path | None, typer.Option("--programs", help="Folder of pg_basebackup and the like, for a server newer than 16.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Keep copies of the database and its log.")
    group.command("now")(now)
    group.command("follow")(follow)
    group.command("list")(listing)
    app.add_typer(group, name="backup")


def now(
    to: To,
    keep: Annotated[int, typer.Option(min=1, max=1_000, help="How many copies stay.")] = KEEP_DEFAULT,
    programs: Programs = None,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Copy the running database with its secrets, and verify the copy."""
    from iact import backups  # noqa: PLC0415 - slow to import, not needed for --help
    from iact.reach import reach  # noqa: PLC0415 - slow to import, not needed for --help

    found, store = reach(data_dir), backups.Store(to.absolute(), programs)
    made = backups.now(store, found.owner, found.data_dir, keep=keep, say=typer.echo, elsewhere=found.elsewhere)
    typer.echo(f"{made.folder}: {made.size_bytes / 1e6:.0f} MB, verified")


def follow(to: To, programs: Programs = None, data_dir: DataDir = DATA_DIR_DEFAULT) -> None:
    """Receive the database's log as it is written, until Ctrl-C: what happens between two copies is kept, too."""
    from iact import backups  # noqa: PLC0415 - slow to import, not needed for --help
    from iact.reach import reach  # noqa: PLC0415 - slow to import, not needed for --help

    child = backups.follow(backups.Store(to.absolute(), programs), reach(data_dir).owner)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: child.send_signal(signal.SIGINT))
    typer.echo(
        f"Receiving the log into {to.absolute() / 'wal'}; Ctrl-C ends it, and a later run goes on where it ended"
    )
    if code := child.wait():
        raise CommandFailed(f"pg_receivewal ended with {code}; its message is above")


def listing(to: To) -> None:
    """The copies in a folder, oldest first."""
    from iact import backups  # noqa: PLC0415 - slow to import, not needed for --help

    for base in backups.Store(to.absolute()).bases():
        typer.echo(f"{base.finished_at:%Y-%m-%d %H:%M:%S} UTC  {base.size_bytes / 1e6:8.0f} MB  {base.folder}")
