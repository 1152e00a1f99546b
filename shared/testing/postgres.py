"""The test run's PostgreSQL server and its migrated template database."""

import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg

from shared.embedded_postgres import EmbeddedPostgres, stop
from shared.migrate import MigrationSet, migrate
from shared.settings import DatabaseSettings

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "iact_template"
SHARED_MEMORY = "/dev/shm/PostgreSQL."  # noqa: S108 - where POSIX shared memory is, not a file of ours
# The order in which schemas build on one another; `iact migrate` uses the same.
SETS = ("shared", "services/sessions", "services/ivr", "services/analytics", "services/dora")


@dataclass(frozen=True)
class GivenServer:
    """A server that runs: the owner's login to it."""

    owner: DatabaseSettings

    def login(self, database: str) -> DatabaseSettings:
        return replace(self.owner, name=database)

    async def execute(self, statement: str) -> None:
        connection = await asyncpg.connect(**self.owner.connect_arguments())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@dataclass(frozen=True)
class PostgresServer(GivenServer):
    """One of this run's own: also its manager and its process (a direct child)."""

    manager: EmbeddedPostgres
    process: "subprocess.Popen[bytes]"


def throw_away(server: EmbeddedPostgres, child: "subprocess.Popen[bytes]", folder: Path) -> None:
    """End a server, killed or not, and remove it: its folder last, by which its shared memory is found."""
    try:
        stop(child)
        if server.exists:
            server.release()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def shared_memory(postmaster: int) -> set[Path]:
    """The files in /dev/shm that a running server and its children have mapped."""
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text(encoding="ascii").split()
    found = set()
    for pid in [str(postmaster), *children]:
        try:
            maps = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")
        except (FileNotFoundError, ProcessLookupError):  # a child that has ended meanwhile
            continue
        found |= {Path(word) for word in maps.split() if word.startswith(SHARED_MEMORY)}
    return found


def migration_sets() -> list[MigrationSet]:
    """Every migration set whose folder holds files, in order."""
    found = [MigrationSet(Path(name).name, ROOT / name / "migrations") for name in SETS]
    return [each for each in found if each.files()]


async def build_template(owner: DatabaseSettings, name: str = TEMPLATE) -> str:
    """Create the roles and one database with every migration; its name."""
    connection = await asyncpg.connect(**owner.connect_arguments())
    try:
        await connection.execute((ROOT / "deploy" / "roles.sql").read_text(encoding="utf-8"))
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    await migrate(replace(owner, name=name), migration_sets())
    return name
