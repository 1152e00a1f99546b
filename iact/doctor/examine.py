"""All looks in their order. A part that is down is a finding; the others are looked at all the same."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from iact import databases
from iact.doctor import ages, coarser, freshness, grants, keeping, machine, postgres, source, target
from iact.doctor.finding import Finding, critical, warning
from iact.doctor.postgres import Clock, utc_now
from iact.doctor.target import Target
from iact.errors import CommandFailed
from shared.settings import DatabaseSettings

LOOK_TIMEOUT_S = 60.0  # each; a database that is locked up must not hold up the rest

Look = Callable[[asyncpg.Connection], Awaitable[list[Finding]]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asked for."""

    data_dir: Path
    backups: Path | None = None
    certificates: Sequence[Path] = ()
    keep_months: int | None = None
    now: Clock = utc_now


def examine(asked: Asked) -> list[Finding]:
    """Every finding, in the order of the looks."""
    found, findings = target.find(asked.data_dir)
    findings += machine.look_at_disks([found.data_dir, *([asked.backups] if asked.backups else [])])
    findings += machine.look_at_certificates(machine.certificate_files(asked.certificates), asked.now())
    findings += machine.look_at_processes(found)
    findings += keeping.look_at_copies(asked.backups, asked.now(), sample=found.sample)
    return findings + asyncio.run(_outside(found, asked))


async def _outside(found: Target, asked: Asked) -> list[Finding]:
    findings = await source.look_at_sources(found.sources_file, asked.now)
    if found.owner is None:
        return findings
    owner, scheduled = found.owner, source.scheduled(found.sources_file)
    looks: list[tuple[str, Look]] = [
        ("clock", lambda conn: postgres.look_at_clock(conn, asked.now)),
        ("migrations", lambda conn: postgres.look_at_migrations(conn, owner)),
        ("grants", grants.look_at_grants),
        ("replication", postgres.look_at_replication),
        ("backup", lambda conn: keeping.look_at_followed_log(conn, sample=found.sample)),
        ("partitions", postgres.look_at_partitions),
        ("retention", lambda conn: ages.look_at_ages(conn, asked.keep_months, asked.now())),
        ("freshness", lambda conn: freshness.look_at_freshness(conn, asked.now, scheduled)),
        ("runs", postgres.look_at_runs),
        ("rollups", coarser.look_at_coarser),
    ]
    findings += await look(owner, looks)
    trail: list[tuple[str, Look]] = [("audit", lambda conn: keeping.look_at_trail(conn, found))]
    return findings + await look(owner.as_role("iact_sessions"), trail)


async def look(login: DatabaseSettings, looks: Sequence[tuple[str, Look]]) -> list[Finding]:
    """Take these looks by one connection; one that fails is named and the next is taken."""
    try:
        conn = await databases.connect(login)
    except CommandFailed as error:
        way_out = "start it and look at its log; iact status tells the rest"
        names = ", ".join(name for name, _ in looks)
        return [critical("database", str(error), f"Not looked at for that reason: {names}.", way_out)]
    findings: list[Finding] = []
    try:
        for name, each in looks:
            findings += await _one(conn, name, each)
    finally:
        conn.terminate()
    return findings


async def _one(conn: asyncpg.Connection, name: str, each: Look) -> list[Finding]:
    try:
        async with asyncio.timeout(LOOK_TIMEOUT_S):
            return await each(conn)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        reason = str(error) or f"no answer within {LOOK_TIMEOUT_S:.0f} s"
        meaning = "It is not known whether this part is good."
        return [warning(name, f"could not be looked at: {reason}", meaning, "put right what it says, then look again")]
