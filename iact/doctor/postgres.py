"""The database: its clock, its schemas, who follows its log, the months made ahead, the runs of the sources."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import asyncpg

from iact.doctor.finding import Finding, critical, good, note, warning
from iact.migrations import SETS
from shared.migrate import pending
from shared.settings import DatabaseSettings

Connection = asyncpg.Connection
Clock = Callable[[], datetime]

CLOCK_WARNING_S, CLOCK_CRITICAL_S = 2.0, 30.0  # identities live 60 s: half of that is lost to the clock
LAG_WARNING_S, LAG_CRITICAL_S = 60.0, 600.0  # the promise is that no more than 60 s are lost (RPO)
HEARTBEAT_LOST = timedelta(minutes=5)
FAILED_WITHIN = timedelta(days=7)
SHOWN_MAX = 3  # names of migrations in a sentence

AUDIT_EVENTS = "audit.events"
TIMED_PARENTS = """
    SELECT c.oid, n.nspname || '.' || c.relname AS parent
    FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE p.partstrat = 'r' AND n.nspname = ANY(ARRAY['ivr', 'audit']) ORDER BY 2"""
MONTHS = """
    SELECT month::date AS month, EXISTS (
        SELECT FROM pg_inherits i JOIN pg_class part ON part.oid = i.inhrelid
        WHERE i.inhparent = $1 AND right(part.relname, 7) = to_char(month, 'YYYY_MM')
    ) AS made
    FROM generate_series(date_trunc('month', now()), date_trunc('month', now()) + interval '1 month', '1 month')
        AS months (month)"""
# One row per partition whose detaching was interrupted; `removed`: retention has said that its month is gone.
HALF_DETACHED = """
    SELECT n.nspname || '.' || part.relname AS partition,
           format('ALTER TABLE %s DETACH PARTITION %I.%I FINALIZE', i.inhparent::regclass, n.nspname, part.relname)
               AS finish,
           EXISTS (SELECT FROM ivr.removed_months m
                   WHERE part.relname = m.parent || '_' || to_char(m.month, 'YYYY_MM')) AS removed
    FROM pg_inherits i
    JOIN pg_class part ON part.oid = i.inhrelid JOIN pg_namespace n ON n.oid = part.relnamespace
    WHERE i.inhdetachpending ORDER BY 1"""
FAILED_RUNS = """
    SELECT s.source, count(*) AS runs, max(r.finished_at) AS last_at,
           (array_agg(r.error ORDER BY r.run_id DESC))[1] AS error,
           bool_and(EXISTS (SELECT FROM ivr.runs later WHERE later.source_id = r.source_id
                            AND later.state = 'succeeded' AND later.run_id > r.run_id)) AS mended
    FROM ivr.runs r JOIN ivr.sources s USING (source_id)
    WHERE r.state = 'failed' AND r.finished_at > now() - $1::interval
    GROUP BY s.source ORDER BY s.source"""
SILENT_RUNS = """
    SELECT s.source, r.run_id, r.state, coalesce(r.heartbeat_at, r.started_at, r.queued_at) AS heard_at
    FROM ivr.runs r JOIN ivr.sources s USING (source_id)
    WHERE r.state = 'running' AND coalesce(r.heartbeat_at, r.started_at, r.queued_at) < now() - $1::interval
    ORDER BY r.run_id"""


async def look_at_clock(conn: Connection, now: Clock) -> list[Finding]:
    """The difference between this machine's clock and the database's, less what the way may have taken."""
    before = now()
    theirs = await conn.fetchval("SELECT clock_timestamp()")
    return [judge_clock("PostgreSQL", before, theirs, now())]


def judge_clock(whose: str, before: datetime, theirs: datetime, after: datetime) -> Finding:
    """`theirs` was read between `before` and `after`: outside of them the clocks differ by that much at least. Pure."""
    apart_s = max(0.0, (before - theirs).total_seconds(), (theirs - after).total_seconds())
    what = f"this machine's clock and that of {whose} are {apart_s:.1f} s apart"
    meaning = "Signed identities live 60 s and sessions end by the clock: people are refused; ages of data are wrong."
    way_out = "let chrony or systemd-timesyncd set both clocks (timedatectl set-ntp true), then look again"
    if apart_s >= CLOCK_CRITICAL_S:
        return critical("clock", what, meaning, way_out)
    if apart_s >= CLOCK_WARNING_S:
        return warning("clock", what, meaning, way_out)
    return good("clock", f"this machine and {whose} agree on the time")


async def look_at_migrations(conn: Connection, owner: DatabaseSettings) -> list[Finding]:
    """Files that have not run, and files that ran and this code does not know."""
    waiting = await pending(owner, SETS)
    if waiting:
        names = ", ".join(waiting[:SHOWN_MAX]) + (" and more" if len(waiting) > SHOWN_MAX else "")
        return [
            critical(
                "migrations",
                f"{len(waiting)} migrations have not run: {names}",
                "The code expects tables and functions that are not there.",
                "run iact migrate (deploy/upgrade.sh does)",
            )
        ]
    ran = {(row[0], row[1]) for row in await conn.fetch("SELECT migration_set, file FROM public.iact_migrations")}
    ahead = sorted(ran - {(each.name, path.name) for each in SETS for path in each.files()})
    if ahead:
        names = ", ".join(f"{name}/{file}" for name, file in ahead[:SHOWN_MAX])
        return [
            note(
                "migrations",
                f"the database is {len(ahead)} migrations ahead of this code: {names}",
                "Usual after a rollback: migrations expand first, so the release before works on them.",
                "upgrade again when the reason of the rollback is gone",
            )
        ]
    return [good("migrations", f"all {len(ran)} migrations have run")]


async def look_at_replication(conn: Connection) -> list[Finding]:
    """Followers and their lag, slots that hold the log back, or how far this server is behind as a follower."""
    if await conn.fetchval("SELECT pg_is_in_recovery()"):
        lag_s = await conn.fetchval(
            "SELECT CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0"
            " ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END::float8"
        )
        return [_judge_lag("this server is a follower", lag_s or 0.0)]
    findings = [
        _judge_slot(row)
        for row in await conn.fetch(
            "SELECT slot_name, active, wal_status,"
            " coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint AS kept"
            " FROM pg_replication_slots WHERE NOT temporary ORDER BY slot_name"
        )
    ]
    findings += [
        _judge_lag(f"{row['name']} follows ({row['state'] or 'not visible to this login'})", row["lag_s"])
        for row in await conn.fetch(
            "SELECT coalesce(nullif(application_name, ''), 'pid ' || pid) AS name, state,"
            " coalesce(extract(epoch FROM greatest(flush_lag, replay_lag)), 0)::float8 AS lag_s"
            " FROM pg_stat_replication ORDER BY 1"
        )
    ]
    return findings or [note("replication", "nothing follows this server: no replica and no followed log")]


def _judge_slot(row: asyncpg.Record) -> Finding:
    name, kept = row["slot_name"], f"{row['kept'] / 1e6:.0f} MB of log kept"
    again = "start it again (iact backup follow --to DIR for iact_backup)"
    if row["wal_status"] == "lost":
        return critical(
            "replication",
            f"the slot {name} has lost a piece of the log",
            "Whoever reads by it can never catch up: changes since then are in no copy.",
            f"SELECT pg_drop_replication_slot('{name}'), {again} and make a new copy: iact backup now --to DIR",
        )
    if not row["active"]:
        return critical(
            "replication",
            f"nobody reads the slot {name}; {kept}",
            "Changes are safe on this server only, and its disk fills with the log until max_slot_wal_keep_size.",
            f"{again}, or SELECT pg_drop_replication_slot('{name}') when its reader is gone for good",
        )
    return good("replication", f"the slot {name} is read; {kept}")


def _judge_lag(who: str, lag_s: float) -> Finding:
    what = f"{who}, {lag_s:.0f} s behind"
    meaning = "What was committed in that time is lost with the server, and a replica answers with older figures."
    way_out = "look at the follower's disk, network and log; long statements on a replica hold its replay back"
    if lag_s >= LAG_CRITICAL_S:
        return critical("replication", what, meaning, way_out)
    if lag_s >= LAG_WARNING_S:
        return warning("replication", what, meaning, way_out)
    return good("replication", what)


async def look_at_partitions(conn: Connection) -> list[Finding]:
    """Whether each table that is parted by time has this month and the next, and none of them half."""
    findings = [_half_detached(row) for row in await conn.fetch(HALF_DETACHED)]
    for parent in await conn.fetch(TIMED_PARENTS):
        missing = [f"{row['month']:%Y-%m}" for row in await conn.fetch(MONTHS, parent["oid"]) if not row["made"]]
        if missing:
            what = f"{parent['parent']} has no partition for {' and '.join(missing)}"
            way_out = "run iact partitions make (the timer iact-partitions does so each night)"
            if parent["parent"] == AUDIT_EVENTS:
                meaning = "Events of such a month go into the rest, and stay there for good."
                findings.append(warning("partitions", what, meaning, way_out))
            else:
                meaning = "The load that brings the first row of the month makes it, and waits for its lock."
                findings.append(note("partitions", what, meaning, way_out))
    return findings or [good("partitions", "this month and the next are made in every table that is parted by time")]


def _half_detached(row: asyncpg.Record) -> Finding:
    way_out = f"{row['finish']} as the owner; ATTACH PARTITION after it, should its rows be wanted"
    if row["removed"]:
        way_out = "iact retention drop, as before: it goes on where it was"
    return warning(
        "partitions",
        f"{row['partition']} is half detached: a DETACH PARTITION CONCURRENTLY was interrupted",
        "No answer reads its rows, no row of its time can be stored, and no other partition can be detached so.",
        way_out,
    )


async def look_at_runs(conn: Connection) -> list[Finding]:
    """Runs that failed within a week, and runs that nobody works on any more."""
    findings = []
    for row in await conn.fetch(FAILED_RUNS, FAILED_WITHIN):
        what = (
            f"{row['source']}: {row['runs']} runs failed within 7 days,"
            f" the last at {row['last_at']:%Y-%m-%d %H:%M} UTC: {row['error']}"
        )
        if row["mended"]:
            findings.append(note("runs", what, "A later run was complete, so nothing is missing."))
        else:
            way_out = f"put right what the error says, then iact ingest {row['source']}"
            findings.append(warning("runs", what, "No run was complete since: calls are missing.", way_out))
    findings += [
        warning(
            "runs",
            f"run {row['run_id']} of {row['source']} was last heard of at {row['heard_at']:%Y-%m-%d %H:%M} UTC",
            "Whoever worked on it is gone; its lease ends and another instance takes it up, if there is one.",
            "look whether the ivr service runs; start it again",
        )
        for row in await conn.fetch(SILENT_RUNS, HEARTBEAT_LOST)
    ]
    states = await conn.fetch(
        "SELECT s.source, t.error FROM ivr.rollup_states t JOIN ivr.sources s USING (source_id)"
        " WHERE t.error IS NOT NULL ORDER BY 1"
    )
    findings += [
        warning(
            "runs",
            f"{row['source']}: its rollups were not renewed: {row['error']}",
            "Answers are made from facts meanwhile: right, but slow.",
            f"iact rollups rebuild {row['source']}",
        )
        for row in states
    ]
    return findings or [good("runs", "no run failed within 7 days")]


def utc_now() -> datetime:
    return datetime.now(UTC)
