"""Plain .sql files in order, once each, under an advisory lock, with checksums.

The lock stands before everything: two starts at once must not both create the same type (three tools that were
tried without it failed so). A file that has run is immutable: a changed checksum stops the migration.

A file whose name ends in `_contract` takes away what the release before still uses. An upgrade runs it last, when no
process of that release is left; everything else runs first. No other file may need what a `_contract` file does.

A file whose name ends in `_online` builds what would block whoever reads or writes large tables. It is one query; each
row is a statement, which runs by itself outside of a transaction: CREATE INDEX CONCURRENTLY can run nowhere else. What
was interrupted is asked and done again, so the query leaves out what is there and first drops what is half there.
"""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import asyncpg

from shared.locks import MIGRATIONS
from shared.settings import DatabaseSettings

LOCK_TIMEOUT_S = 60  # of a statement that waits for whoever uses a table
ONLINE_TIMEOUT_S = 7_200  # of one that waits while it blocks nobody: the longest load is over by then
TURN_TIMEOUT_S = 4 * 3_600  # a second starter waits for the first, which may index years of legs online
TURN_LOOK_S = 0.2
FILE_NAME = re.compile(r"^\d{4}_[a-z0-9_]+\.sql$")

CONTRACT_SUFFIX = "_contract"
ONLINE_SUFFIX = "_online"

BOOKKEEPING = """
CREATE TABLE IF NOT EXISTS public.iact_migrations (
    migration_set text NOT NULL,
    file text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (migration_set, file)
)"""

DONE = "INSERT INTO public.iact_migrations (migration_set, file, sha256) VALUES ($1, $2, $3)"


class MigrationError(Exception):
    """A migration cannot run."""


class Phase(StrEnum):
    """Which files run: an upgrade does `expand` before the first new process, `contract` after the last old one."""

    ALL = "all"
    EXPAND = "expand"
    CONTRACT = "contract"

    def takes(self, file: str) -> bool:
        """Whether a file of this name runs in this phase."""
        return self is Phase.ALL or (self is Phase.CONTRACT) == is_contract(file)


def is_contract(file: str) -> bool:
    """Whether a migration of this name takes something away from the release before."""
    return file.removesuffix(".sql").endswith(CONTRACT_SUFFIX)


def is_online(file: str) -> bool:
    """Whether a migration of this name gives statements that run outside of a transaction."""
    return file.removesuffix(".sql").endswith(ONLINE_SUFFIX)


@dataclass(frozen=True, slots=True)
class MigrationSet:
    """The migrations of one schema, in one folder."""

    name: str
    folder: Path

    def files(self) -> list[Path]:
        found = sorted(self.folder.glob("*.sql"))
        for path in found:
            if not FILE_NAME.match(path.name):
                raise MigrationError(f"{path}: name it like 0007_add_calls_queue.sql")
        return found


async def migrate(settings: DatabaseSettings, sets: Sequence[MigrationSet], phase: Phase = Phase.ALL) -> list[str]:
    """Run what has not run yet, set by set; the names of the files that ran ("ivr/0001_calls.sql").

    Raises MigrationError naming the file when a statement fails or an old file was changed.
    """
    conn = await asyncpg.connect(**settings.connect_arguments(), timeout=10)
    try:
        await conn.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'")
        await _take_turn(conn)
        await conn.execute(BOOKKEEPING)
        applied = [name for each in sets for name in await _run_set(conn, each, phase)]
        await conn.execute("SELECT pg_advisory_unlock($1)", MIGRATIONS)
    finally:
        await conn.close()
    return applied


async def _take_turn(conn: asyncpg.Connection) -> None:
    """Ask again and again: who waits inside of a statement is waited for by CREATE INDEX CONCURRENTLY, for ever."""
    try:
        async with asyncio.timeout(TURN_TIMEOUT_S):
            while not await conn.fetchval("SELECT pg_try_advisory_lock($1)", MIGRATIONS):  # noqa: ASYNC110 - another process holds it
                await asyncio.sleep(TURN_LOOK_S)
    except TimeoutError as error:
        raise MigrationError(f"somebody else has been migrating for more than {TURN_TIMEOUT_S} s") from error


async def pending(settings: DatabaseSettings, sets: Sequence[MigrationSet]) -> list[str]:
    """What `migrate` would run, without running it."""
    conn = await asyncpg.connect(**settings.connect_arguments(), timeout=10)
    try:
        if await conn.fetchval("SELECT to_regclass('public.iact_migrations')") is None:
            return [f"{each.name}/{path.name}" for each in sets for path in each.files()]
        known = {(r["migration_set"], r["file"]) for r in await conn.fetch("SELECT * FROM public.iact_migrations")}
    finally:
        await conn.close()
    return [f"{each.name}/{path.name}" for each in sets for path in each.files() if (each.name, path.name) not in known]


async def unknown_contracts(settings: DatabaseSettings, sets: Sequence[MigrationSet]) -> list[str]:
    """Contract files that ran in this database and that these sets do not have: their release cannot work on it."""
    conn = await asyncpg.connect(**settings.connect_arguments(), timeout=10)
    try:
        if await conn.fetchval("SELECT to_regclass('public.iact_migrations')") is None:
            return []
        ran = await conn.fetch("SELECT migration_set, file FROM public.iact_migrations ORDER BY applied_at, file")
    finally:
        await conn.close()
    known = {(each.name, path.name) for each in sets for path in each.files()}
    return [
        f"{row['migration_set']}/{row['file']}"
        for row in ran
        if is_contract(row["file"]) and (row["migration_set"], row["file"]) not in known
    ]


async def _run_set(conn: asyncpg.Connection, each: MigrationSet, phase: Phase) -> list[str]:
    known = {
        row["file"]: row["sha256"]
        for row in await conn.fetch(
            "SELECT file, sha256 FROM public.iact_migrations WHERE migration_set = $1", each.name
        )
    }
    ran = []
    for path in each.files():
        text = path.read_text(encoding="utf-8")
        checksum = hashlib.sha256(text.encode()).hexdigest()
        if path.name in known:
            if known[path.name] != checksum:
                raise MigrationError(
                    f"{each.name}/{path.name} was changed after it had run; undo the change and add a new file instead"
                )
            continue
        if not phase.takes(path.name):
            continue
        await _run_file(conn, each.name, path.name, text, checksum)
        ran.append(f"{each.name}/{path.name}")
    return ran


async def _run_file(conn: asyncpg.Connection, set_name: str, file: str, text: str, checksum: str) -> None:
    done = (set_name, file, checksum)
    try:
        if is_online(file):
            await _run_online(conn, text)
            await conn.execute(DONE, *done)
            return
        async with conn.transaction():
            await conn.execute(text)
            await conn.execute(DONE, *done)
    except asyncpg.PostgresError as error:
        raise MigrationError(f"{set_name}/{file} failed: {error}") from error


async def _run_online(conn: asyncpg.Connection, query: str) -> None:
    statements = [row[0] for row in await conn.fetch(query)]
    await conn.execute(f"SET lock_timeout = '{ONLINE_TIMEOUT_S}s'")
    for statement in statements:
        await conn.execute(statement)
    await conn.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'")
