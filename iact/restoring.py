"""Makes a data folder from a backup, as it was at a chosen second."""

import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from iact import backups, data_dir
from iact.backups import Base, Say, Store
from iact.errors import CommandFailed
from shared.embedded_postgres import EmbeddedPostgres, place, stop
from shared.ports import free_port

SAY_EVERY_S = 5.0
POLL_S = 0.1
ARCHIVE = "iact-restored-wal"  # inside the cluster while it recovers: its user must be able to read it
LOG = "restore.log"


def restore(store: Store, root: Path, moment: datetime | None, say: Say) -> datetime | None:
    """Fill the new data folder `root` from the store; the moment of the last transaction that it holds.

    A folder that has anything in it is refused; a restore that fails takes away what it made.
    """
    if root.exists() and any(root.iterdir()):
        raise CommandFailed(f"--data-dir {root} is not empty; restore into a new folder and look at it first")
    base = store.base_for(moment)
    install, cluster = place(data_dir.Layout(root.absolute()).postgres)
    if cluster.exists():
        raise CommandFailed(
            f"{cluster} holds a cluster already, perhaps the lost one; move it away or choose a new folder"
        )
    layout = data_dir.prepare(root.absolute())
    if cluster != layout.postgres:
        data_dir.remember_outside(layout.root, cluster)
    try:
        say(f"Copying the base backup of {base.started_at:%Y-%m-%d %H:%M:%S} UTC ({base.size_bytes / 1e6:.0f} MB)")
        shutil.copytree(base.cluster, cluster)
        backups.copy_files(base.files, layout.root)
        _bring_log(store, base, cluster)
        return _recover(EmbeddedPostgres(install, cluster, free_port()), layout.logs / LOG, moment, say)
    except BaseException as error:
        data_dir.erase(layout.root)
        if isinstance(error, OSError | shutil.Error):
            raise CommandFailed(f"the backup cannot be copied: {error}") from error
        raise


def _bring_log(store: Store, base: Base, cluster: Path) -> None:
    archive = cluster / ARCHIVE
    archive.mkdir()
    pieces = store.segments_since(base.first_segment)
    whole = {path.name for path in pieces}
    for path in pieces:
        # The piece that was being written when the server was lost is padded to its full size already.
        name = path.name.removesuffix(".partial")
        if name == path.name or name not in whole:
            shutil.copyfile(path, archive / name)
    (cluster / "recovery.signal").touch()
    backups.give(cluster)


def _recover(server: EmbeddedPostgres, log: Path, moment: datetime | None, say: Say) -> datetime | None:
    """Replay the log up to `moment`, then end the server: the folder is left as after a clean stop."""
    settings = {
        "restore_command": f'cp "{server.cluster / ARCHIVE}/%f" "%p"',
        "recovery_target_action": "promote",
        "hot_standby": "off",  # accepts nobody until it is through
        "autovacuum": "off",
    }
    if moment is not None:
        settings["recovery_target_time"] = moment.astimezone(UTC).isoformat()
    with log.open("wb") as output:
        child = subprocess.Popen(
            server.command(**settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            **server.process_options(),
        )
    said_at = time.monotonic()
    try:
        while not server.accepts():
            if child.poll() is not None:
                raise CommandFailed(_why(log, moment))
            if time.monotonic() - said_at >= SAY_EVERY_S:
                said_at = time.monotonic()
                say(f"Replaying the log: {_last(log, 'restored log file') or 'starting'}")
            time.sleep(POLL_S)
    finally:
        stop(child)
    shutil.rmtree(server.cluster / ARCHIVE)
    reached = _last(log, "last completed transaction was at log time")
    return datetime.fromisoformat(reached.replace(" UTC", "+00:00")) if reached else None


def _last(log: Path, words: str) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.partition(words)[2].strip() for line in reversed(lines) if words in line), "")


def _why(log: Path, moment: datetime | None) -> str:
    text = log.read_text(encoding="utf-8", errors="replace")
    if moment is not None and "recovery ended before configured recovery target was reached" in text:
        reached = _last(log, "last completed transaction was at log time") or "the base backup itself"
        return (
            f"--at {moment.isoformat()} is later than the kept log, which ends at {reached};"
            " leave --at out for all of it"
        )
    return f"the log could not be replayed: {(text.strip().splitlines() or ['no message'])[-1]}"
