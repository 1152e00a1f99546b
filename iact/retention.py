"""Drops months of calls that are older than wanted, and nothing that is not counted: rollups answer for them then.

A month is dropped in an order that every interruption leaves usable: the leases of all sources, so that nobody
publishes; the proof that rollups hold as many calls as the tables; one transaction that says so and moves the data's
version; then the partitions, one by one, without stopping a reader. What a killed command left is dropped by the next.
"""

import asyncio
import getpass
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import asyncpg

from iact import databases
from iact.errors import CommandFailed
from iact.older_readers import wait_for_older_readers
from iact.retention_holds import OPEN_HOLDS, Hold
from services.ivr import store
from services.ivr.lease import Lease, LeaseLost, SourceBusy
from shared.postgres import Database
from shared.settings import DatabaseSettings
from shared.sql import identifier

KEEP_MIN = 3  # months: the table of a quarter is written to and read anew until its end
KEEP_MAX = 240
LEASES_PATIENCE_S = 1_800.0  # a first load of a quarter; a run that takes longer is a reason to come back tomorrow
LOCK_TIMEOUT_S = 60  # of a statement that waits for readers of a month; it stops nobody while it waits
BUSY_S = 0.5
READERS_PATIENCE_S = 120.0  # a statement has 30 s, an export of a million rows takes a quarter of a minute
# Tables whose calls are counted, the rollup that counts each of them, its moment by quarters of an hour of UTC.
COUNTED: Mapping[str, tuple[str, str]] = {
    "legacy_calls": ("legacy_quarter_hours", "calls"),
    "queue_calls": ("queue_quarter_hours", "offered"),
}
# One row per partition of a table of calls with a month before $1, the oldest first. A partition whose detaching was
# interrupted is still listed.
PARTITIONS = """
    SELECT c.relname AS parent, part.relname AS partition, to_date(right(part.relname, 7), 'YYYY_MM') AS month,
           pg_total_relation_size(part.oid) AS bytes, i.inhdetachpending AS half_detached
    FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
    JOIN pg_inherits i ON i.inhparent = c.oid JOIN pg_class part ON part.oid = i.inhrelid
    WHERE p.partstrat = 'r' AND c.relnamespace = 'ivr'::regnamespace
      AND part.relname ~ '_[0-9]{4}_[0-9]{2}$' AND to_date(right(part.relname, 7), 'YYYY_MM') < $1
    ORDER BY month, parent"""
# Tables that were detached and not dropped: a command was killed in between.
LEFT_OVER = """
    SELECT t.relname FROM pg_class t
    JOIN ivr.removed_months m ON t.relname = m.parent || '_' || to_char(m.month, 'YYYY_MM')
    WHERE t.relnamespace = 'ivr'::regnamespace AND t.relkind = 'r'
      AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = t.oid)
    ORDER BY 1"""
SOURCES = "SELECT source_id, source FROM ivr.sources ORDER BY source_id"
NOTE_REMOVED = """
    INSERT INTO ivr.removed_months AS m (parent, month, rows, bytes) VALUES ($1, $2, $3, $4)
    ON CONFLICT (month, parent) DO UPDATE SET rows = greatest(m.rows, excluded.rows), removed_at = now()"""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """A partition: its calls (or legs, or steps), and how many of them the rollups count; None where nothing counts."""

    parent: str
    partition: str
    rows: int
    bytes: int
    counted: int | None
    half_detached: bool = False
    strangers: tuple[str, ...] = ()  # sources with calls in it and without a figure of that month

    @property
    def covered(self) -> bool:
        return self.counted is None or self.counted == self.rows


@dataclass(frozen=True, slots=True)
class Month:
    """All that would go with one month. `again`: it was dropped before, and calls came for it since."""

    month: date
    parts: tuple[Part, ...]
    again: bool

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.parts)

    @property
    def bytes(self) -> int:
        return sum(part.bytes for part in self.parts)

    @property
    def uncovered(self) -> tuple[Part, ...]:
        """Partitions with calls that no rollup counts: dropping them would lose numbers."""
        return () if self.again else tuple(part for part in self.parts if not part.covered)

    @property
    def uncounted(self) -> list[str]:
        """What is against it unless somebody says otherwise: calls of a source that came when the month was over."""
        return [
            f"{part.partition} has calls of {', '.join(part.strangers)} and no figure of that month has any of them:"
            " they came after older calls had been removed; keep them (iact retention hold), or drop them uncounted"
            " (iact retention drop --uncounted)"
            for part in self.parts
            if part.strangers
        ]


@dataclass(frozen=True, slots=True)
class Plan:
    """What may be dropped (months before `until` that the wanted age and the holds leave), and what is against it."""

    until: date
    months: tuple[Month, ...] = ()
    holds: tuple[Hold, ...] = ()
    incomplete: tuple[str, ...] = ()  # sources whose rollups do not hold all of their calls
    left_over: tuple[str, ...] = ()

    @property
    def obstacles(self) -> list[str]:
        """Sentences, each with the way out; nothing is dropped while there is one."""
        found = [
            f"the rollups of {source} do not hold all of its calls yet; iact rollups list says how far they are"
            for source in self.incomplete
        ]
        for month in self.months:
            found += [
                f"{part.partition} has {part.rows:,} calls and the rollups count {part.counted:,} of them;"
                " have the rollups made anew (iact rollups rebuild SOURCE), then ask again"
                for part in month.uncovered
            ]
        return found

    @property
    def uncounted(self) -> list[str]:
        """Sentences about calls that are in no figure; they are dropped only for whoever says so."""
        return [each for month in self.months for each in month.uncounted]


@dataclass(slots=True)
class Dropped:
    """What went."""

    months: list[Month] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(month.rows for month in self.months)

    @property
    def bytes(self) -> int:
        return sum(month.bytes for month in self.months)


def first_kept_month(today: date, keep: int) -> date:
    """The oldest month that stays when `keep` whole months before the running one are kept. Pure."""
    months = today.year * 12 + today.month - 1 - keep
    return date(months // 12, months % 12 + 1, 1)


async def plan(owner: DatabaseSettings, keep: int, *, today: date | None = None, say: Say | None = None) -> Plan:
    """Look at what is older; counts each month, which `say` hears of. Changes nothing."""
    conn = await databases.connect(owner)
    try:
        return await _plan(conn, first_kept_month(today or datetime.now(UTC).date(), keep), say)
    finally:
        await conn.close()


async def _plan(conn: asyncpg.Connection, wanted: date, say: Say | None = None) -> Plan:
    holds = tuple(Hold(**row) for row in await conn.fetch(OPEN_HOLDS))
    until = min([wanted, *(hold.since for hold in holds)])
    incomplete = await conn.fetch("SELECT source FROM ivr.rollups_v1 WHERE NOT complete ORDER BY 1")
    left_over = tuple(row["relname"] for row in await conn.fetch(LEFT_OVER))
    rows: dict[date, list[asyncpg.Record]] = defaultdict(list)
    for row in await conn.fetch(PARTITIONS, until):
        rows[row["month"]].append(row)
    kept_since: datetime | None = await conn.fetchval("SELECT ivr.calls_kept_since()")
    months = []
    for number, (month, found) in enumerate(rows.items(), 1):
        if say is not None:
            say(f"counting {month:%Y-%m} ({number} of {len(rows)})")
        again = kept_since is not None and _midnight(month) < kept_since
        months.append(Month(month, tuple([await _part(conn, row, again=again) for row in found]), again))
    return Plan(until, tuple(months), holds, tuple(row["source"] for row in incomplete), left_over)


async def _part(conn: asyncpg.Connection, row: asyncpg.Record, *, again: bool) -> Part:
    partition = row["partition"]
    calls: int = await conn.fetchval(f"SELECT count(*) FROM ivr.{identifier(partition)}")  # noqa: S608 - a name of the catalogue
    counted: int | None = None
    strangers: tuple[str, ...] = ()
    if row["parent"] in COUNTED:
        rollup, column = COUNTED[row["parent"]]
        sums = f"SELECT coalesce(sum({identifier(column)}), 0)::bigint FROM ivr.{identifier(rollup)}"  # noqa: S608 - declared above
        bounds = _midnight(row["month"]), _midnight(next_month(row["month"]))
        counted = await conn.fetchval(f"{sums} WHERE bucket >= $1 AND bucket < $2", *bounds)
        if again:
            strange = (
                f"SELECT source FROM ivr.sources WHERE source_id IN (SELECT source_id FROM ivr.{identifier(partition)}"  # noqa: S608 - a name of the catalogue
                f" EXCEPT SELECT source_id FROM ivr.{identifier(rollup)} WHERE bucket >= $1 AND bucket < $2) ORDER BY 1"
            )
            strangers = tuple(each["source"] for each in await conn.fetch(strange, *bounds))
    return Part(row["parent"], partition, calls, row["bytes"], counted, row["half_detached"], strangers)


async def drop(owner: DatabaseSettings, until: date, say: Say, *, uncounted: bool = False) -> Dropped:
    """Drop every month before `until`, the oldest first. CommandFailed at the first that may not go; older ones did.

    `uncounted`: calls that are in no figure go, too.
    """
    dropped = Dropped()
    pool = Database(owner, connections_max=1)
    await pool.open()
    conn = await databases.connect(owner)
    try:
        await conn.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'")
        await _drop_left_over(conn, say)
        months = sorted({row["month"] for row in await conn.fetch(PARTITIONS, until)})
        for number, month in enumerate(months, 1):
            async with _all_leases(pool, say) as leases:
                gone = await _drop_month(conn, month, leases, uncounted=uncounted)
            dropped.months.append(gone)
            say(f"{month:%Y-%m}: {gone.rows:,} rows, {megabytes(gone.bytes)} dropped ({number} of {len(months)})")
    except asyncpg.LockNotAvailableError as error:
        raise CommandFailed(
            f"a reader held on to a month for more than {LOCK_TIMEOUT_S} s ({error}); what was dropped is dropped,"
            " run the command again for the rest"
        ) from error
    finally:
        await conn.close()
        await pool.close()
    return dropped


async def _drop_month(conn: asyncpg.Connection, month: date, leases: Sequence[Lease], *, uncounted: bool) -> Month:
    """Say that the calls are gone, then drop them: in between calls are refused that are there, never the other way."""
    async with conn.transaction(isolation="read_committed"):
        # A hold that is being placed waits, or is seen.
        await conn.execute("LOCK TABLE ivr.retention_holds IN SHARE MODE")
        now = await _plan(conn, next_month(month))
        found = [each for each in now.months if each.month == month]
        if not found or now.until <= month or now.incomplete or found[0].uncovered:
            reasons = now.obstacles or [f"a hold keeps {month:%Y-%m}"]
            raise CommandFailed(f"{month:%Y-%m} was not dropped: {'; '.join(reasons)}")
        (going,) = found
        if going.uncounted and not uncounted:
            raise CommandFailed(f"{month:%Y-%m} was not dropped: {'; '.join(going.uncounted)}")
        for part in going.parts:
            await conn.execute(NOTE_REMOVED, part.parent, month, part.rows, part.bytes)
        await _tell(conn, going)
        for lease in leases:
            try:
                await lease.check(conn)
            except LeaseLost as lost:
                raise CommandFailed(f"{month:%Y-%m} was not dropped: another process took a source over") from lost
    # Who reads by a snapshot from before has not been told, and would find the calls gone.
    if not await wait_for_older_readers(conn, READERS_PATIENCE_S):
        raise CommandFailed(
            f"{month:%Y-%m} is said to be removed and still there: a transaction from before has been open for more"
            f" than {READERS_PATIENCE_S:.0f} s; run the command again when it has ended"
        )
    for part in going.parts:
        await _detach(conn, part)
        await conn.execute(f"DROP TABLE ivr.{identifier(part.partition)}")
    return going


async def _tell(conn: asyncpg.Connection, month: Month) -> None:
    """The trail that nobody can change, and a new version of the data: answers that were kept are asked for anew."""
    await conn.execute("UPDATE ivr.data_versions SET version = version + 1, updated_at = now()")
    details = {
        "rows": {part.parent: part.rows for part in month.parts},
        "bytes": month.bytes,
        "by": getpass.getuser(),
    }
    await conn.execute("SET LOCAL ROLE iact_ivr")
    await conn.execute(
        "SELECT audit.record_event('CALLS_REMOVED', NULL, 'month', $1, NULL, NULL, $2::jsonb)",
        f"{month.month:%Y-%m}",
        json.dumps(details),
    )
    await conn.execute("RESET ROLE")


async def _detach(conn: asyncpg.Connection, part: Part) -> None:
    """Without a lock that readers of other months would wait for."""
    if part.half_detached:
        await conn.execute(
            f"ALTER TABLE ivr.{identifier(part.parent)} DETACH PARTITION ivr.{identifier(part.partition)} FINALIZE"
        )
    else:
        await conn.execute(
            f"ALTER TABLE ivr.{identifier(part.parent)} DETACH PARTITION ivr.{identifier(part.partition)} CONCURRENTLY"
        )


async def _drop_left_over(conn: asyncpg.Connection, say: Say) -> None:
    for row in await conn.fetch(LEFT_OVER):
        await conn.execute(f"DROP TABLE ivr.{identifier(row['relname'])}")
        say(f"{row['relname']} was left by an interrupted command and is dropped")


@asynccontextmanager
async def _all_leases(pool: Database, say: Say) -> AsyncIterator[Sequence[Lease]]:
    """The right to publish of every source; waits for runs to end."""
    async with AsyncExitStack() as stack:
        deadline, told = time.monotonic() + LEASES_PATIENCE_S, ""
        while True:
            busy, leases = await _try_leases(pool, stack)
            if busy is None:
                break
            if time.monotonic() > deadline:
                minutes = LEASES_PATIENCE_S / 60
                raise CommandFailed(f"a run of {busy} has not ended within {minutes:.0f} minutes; try later")
            if busy != told:
                say(f"waiting for a run of {busy}")
                told = busy
            await asyncio.sleep(BUSY_S)
        yield leases


async def _try_leases(pool: Database, stack: AsyncExitStack) -> tuple[str | None, Sequence[Lease]]:
    """The leases, or the source that is busy: a look takes nothing, so runs of other sources begin meanwhile."""
    async with pool.connection() as conn:
        names = {row["source_id"]: row["source"] for row in await conn.fetch(SOURCES)}
        locked = await store.locked_sources(conn)
    busy = [name for source_id, name in names.items() if source_id in locked]
    if busy:
        return busy[0], ()
    try:
        return None, await stack.enter_async_context(Lease.hold_all(pool, list(names)))
    except SourceBusy as taken:  # a run began between the look and now
        return names[taken.source_id], ()


# --- words ---


def megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"  # noqa: PLR2004 - below a megabyte


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _midnight(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=UTC)
