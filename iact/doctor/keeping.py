"""What must not be lost: copies and the followed log, and the audit trail with its anchors."""

import shlex
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg

from iact.backups import SLOT, Store
from iact.doctor.finding import Finding, critical, good, note, warning
from iact.doctor.target import Target
from iact.sample import LEGACY, QUEUES
from services.sessions import proof
from services.sessions.anchors import AnchorFile
from services.sessions.local_files import ANCHOR_KEY_FILE
from services.sessions.settings import Settings
from services.sessions.store import trail
from shared.settings import read_secret

COPY_AGE_MAX = timedelta(hours=26)  # a night and two hours for the copy itself
LINKS_MAX = 100_000  # verified in seconds; all of it: iact audit verify
ANCHORS_MAX = 10_000  # a week of minutes
WAITING_MAX_S = 600.0


def look_at_copies(folder: Path | None, now: datetime, *, sample: bool = False) -> list[Finding]:
    """The age of the newest whole copy in the folder of backups; a sample needs none."""
    if folder is None:
        what = "no folder of backups is named, so their age is not known"
        if sample:
            meaning = "The calls are a sample, which iact demo makes again; accounts and views made here have no copy."
            return [note("backup", what, meaning)]
        return [note("backup", what, "", "name it with --backups DIR or IACT_BACKUPS_DIR")]
    make = f"iact backup now --to {shlex.quote(str(folder))} (the timer iact-backup does so each night)"
    try:
        bases = Store(folder).bases()
    except (OSError, ValueError, KeyError) as error:
        return [critical("backup", f"{folder} cannot be read: {error}", "Nobody knows whether there is a copy.", make)]
    if not bases:
        return [critical("backup", f"{folder} holds no whole copy", "A lost disk loses everything.", make)]
    newest = bases[-1]
    age = now - newest.finished_at
    what = f"the newest of {len(bases)} copies is of {newest.finished_at:%Y-%m-%d %H:%M} UTC"
    if age > COPY_AGE_MAX:
        meaning = "Going back means replaying all of the log since; without the log all since is lost."
        return [warning("backup", what, meaning, make)]
    return [good("backup", what)]


async def look_at_followed_log(conn: asyncpg.Connection, *, sample: bool = False) -> list[Finding]:
    """Whether the log is received elsewhere, without which a copy loses all since it was made; a sample can be made
    again, while there is no other source beside it.
    """
    if sample and not await conn.fetchval("SELECT count(*) FROM ivr.sources WHERE source <> ALL($1)", [LEGACY, QUEUES]):
        return []
    if await conn.fetchval("SELECT true FROM pg_replication_slots WHERE slot_name = $1", SLOT):
        return []  # how it does is told with the slots
    return [
        warning(
            "backup",
            f"nobody follows the log of this server (no slot {SLOT})",
            "After a loss the last copy is all there is; with the log less than 60 s are lost.",
            "keep iact backup follow --to DIR running (the unit iact-backup-follow does)",
        )
    ]


async def look_at_trail(conn: asyncpg.Connection, target: Target) -> list[Finding]:
    """The newest links of the audit chain and the anchors beside it; `conn` acts as the sessions service."""
    if target.secrets_dir is None or not (target.secrets_dir / ANCHOR_KEY_FILE).is_file():
        return [note("audit", "the key of the anchors is not here, so the trail was not verified")]
    settings = Settings(iact_data_dir=target.data_dir, iact_secrets_dir=target.secrets_dir)
    file = AnchorFile(settings.anchors_file, bytes.fromhex(read_secret(target.secrets_dir / ANCHOR_KEY_FILE)))
    async with conn.transaction(isolation="repeatable_read", readonly=True):
        head = await trail.head(conn)
        first = 1 if head is None else max(1, head.position - LINKS_MAX + 1)
        found = await proof.verify(conn, file, first=first, anchors_max=ANCHORS_MAX)
    if not found.intact:
        place = found.breaks[0]
        return [
            critical(
                "audit",
                f"the audit trail is not what it was: {place.kind}: {place.detail}",
                "Somebody changed it past the product, or the database went back in time (a restore does).",
                "keep a copy of the database and of the anchors as they are, then iact audit verify names every place",
            )
        ]
    return [good("audit", f"the audit trail is intact from event {found.first} to {found.last}"), *_waiting(found)]


def _waiting(found: proof.Proof) -> list[Finding]:
    if found.waiting_since is None:
        return []
    age_s = (datetime.now(found.waiting_since.tzinfo) - found.waiting_since).total_seconds()
    if age_s < WAITING_MAX_S:
        return []
    what = f"{found.waiting} audit events wait to be sealed since {found.waiting_since:%Y-%m-%d %H:%M} UTC"
    return [warning("audit", what, "Until then a change of them goes unseen.", "start the sessions service again")]
