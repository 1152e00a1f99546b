"""Which secret key caller ids are made with, and how one key takes the place of another.

The database knows keys by their fingerprints. A process that holds another key than the current one would publish ids
that fit to nothing: it reads its key file again, and refuses when that does not help.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.ivr.keys import KEY_FILE, NEXT_KEY_FILE, Keys
from services.ivr.store import load
from shared.postgres import Connection


class KeyProblem(Exception):  # noqa: N818 - reads as what happened
    """The key of this process is not the one that caller ids are made with; the text says what to do."""


class RunsWorking(KeyProblem):
    """Runs work with the key of before; a renewal begins when none does."""


WRONG_KEY = (
    "The caller key in the secrets folder is not the one that the published caller ids were made with; put the right "
    f"{KEY_FILE} back (it belongs to the backups), or renew it with `iact rekey`."
)
RENEWING = "The caller key is being renewed; `iact rekey` goes on with it when it was interrupted."


@dataclass(frozen=True, slots=True)
class FittingKeys:
    """Keys with the number that the database has given them."""

    keys: Keys
    epoch: int
    former: Keys | None = None  # of a renewal: the keys that are still current


async def fitting(conn: Connection, keys: Keys, *, renewal: bool = False) -> FittingKeys:
    """These keys, or those of their folder as they are now. The first keys ever seen become the current ones.

    `renewal` asks for the keys that are being introduced. KeyProblem when none fits.
    """
    known = await _known(conn)
    if not known:
        await conn.execute(load("add_key"), keys.fingerprint, "current")
        known = await _known(conn)
    wanted = known.get("renewing" if renewal else "current")
    if wanted is None or ("renewing" in known and not renewal):
        raise KeyProblem(RENEWING if not renewal else "No renewal of the caller key was begun.")
    candidates = {candidate.fingerprint: candidate for candidate in _candidates(keys)}
    former = candidates.get(known["current"][1]) if renewal else None
    if wanted[1] not in candidates or (renewal and former is None):
        raise KeyProblem(WRONG_KEY)
    return FittingKeys(candidates[wanted[1]], wanted[0], former)


async def renewing(conn: Connection) -> bool:
    return "renewing" in await _known(conn)


async def begin(conn: Connection, current: Keys, following: Keys) -> int | None:
    """Introduce the following keys; their number, or None when they are current already. RunsWorking, KeyProblem."""
    known = await _known(conn)
    if not known:
        await conn.execute(load("add_key"), current.fingerprint, "current")
    elif known["current"][1] == following.fingerprint:
        return None
    elif known["current"][1] != current.fingerprint:
        raise KeyProblem(WRONG_KEY)
    if "renewing" not in known and (working := await conn.fetch(load("working_runs"))):
        names = ", ".join(sorted({row["source"] for row in working}))
        raise RunsWorking(f"A run of {names} is working; wait for it or cancel it, then renew the key.")
    await conn.execute(load("add_key"), following.fingerprint, "renewing")
    number, fingerprint = (await _known(conn))["renewing"]
    if fingerprint != following.fingerprint:
        raise KeyProblem(f"Another renewal was begun; its key is not the one in {NEXT_KEY_FILE}.")
    return number


async def finish(conn: Connection) -> None:
    """The keys that were being introduced are the current ones; part of a transaction."""
    await conn.execute(load("retire_key"))
    await conn.execute(load("install_key"))


async def renewed(conn: Connection, epoch: int) -> set[str]:
    return {row["source"] for row in await conn.fetch(load("renewed_sources"), epoch)}


async def left_behind(conn: Connection, source_id: int, epoch: int) -> tuple[int, int]:
    """Units, and their rows, that keep the ids of an earlier key: the source no longer has them."""
    row = await conn.fetchrow(load("units_of_other_keys"), source_id, epoch)
    assert row is not None  # noqa: S101 - an aggregate has one row
    return row["units"], row["rows"]


async def _known(conn: Connection) -> dict[str, tuple[int, bytes]]:
    rows = await conn.fetch(load("known_keys"))
    return {row["state"]: (row["key_epoch"], bytes(row["fingerprint"])) for row in rows}


def _candidates(keys: Keys) -> Sequence[Keys]:
    """Keys that this process may use: its own, and those that lie in its folder by now."""
    found = [keys]
    if keys.folder is not None:
        # The next key is installed in the database first: a renewal may have died before the file took its place.
        found += [Keys.load(keys.folder, name) for name in (KEY_FILE, NEXT_KEY_FILE) if (keys.folder / name).is_file()]
    return found


def install(folder: Path) -> None:
    """The next key file takes the place of the current one, at once."""
    (folder / NEXT_KEY_FILE).replace(folder / KEY_FILE)
