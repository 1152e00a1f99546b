"""Rollups of queue calls are what SQL makes of the facts, however the log came: in slices, late, small or large."""

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import asyncpg
import numpy as np
import pytest

from services.ivr import store_rollups
from services.ivr.clock import LocalClock
from services.ivr.config import Source
from services.ivr.keys import Keys
from services.ivr.queue_calls import OpenCalls, QueueCall
from services.ivr.queue_events import UPSTREAM_DIALECT, EventReader
from shared.postgres import Database
from shared.sketches import estimate, read_registers
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.coarser import check_coarser
from tests.ivr.conftest import Ingest, mariadb_source
from tests.ivr.test_asterisk_runs import CREATE_QUEUE_LOG

pytestmark = pytest.mark.integration

ZONE = "Europe/Madrid"
SINCE = datetime(2025, 10, 24, 20)  # noqa: DTZ001 - local: over the end of summer time, of a month, and midnights
TABLES = {
    "queue_quarter_hours": ("bucket", "cell_id"),
    "queue_hours": ("bucket", "cell_id"),
    "queue_days": ("day", "grain", "cell_id"),
    "queue_months": ("month", "grain", "cell_id"),
    "queue_repeat_days": ("day", "cell_id"),
}
Line = dict[str, str]


def lines_of(seed: int, calls: int = 150) -> list[Line]:
    """Calls of nine days in two queues, told by a PBX that now and then forgets a line."""
    rng = random.Random(seed)
    lines: list[tuple[datetime, Line]] = []

    def say(at: datetime, callid: str, queue: str, agent: str, verb: str, *data: str) -> None:
        if rng.random() > 0.03:
            texts = dict(zip(("data1", "data2", "data3", "data4", "data5"), (*data, *[""] * 5), strict=False))
            line = {"time": f"{at:%F %T}", "callid": callid, "queuename": queue, "agent": agent, "event": verb}
            lines.append((at, line | texts))

    for number in range(calls):
        at = SINCE + timedelta(seconds=rng.randrange(9 * 86_400))
        callid, caller = f"1761300000.{number}", rng.choice(["", *[f"55{n:08}" for n in range(25)]])
        for queue in rng.choice([["sales"], ["sales"], ["help"], ["sales", "help"]]):
            wait, talk, agent = rng.randrange(200), rng.randrange(900), rng.choice(["Agent/1", "Agent/2"])
            say(at, callid, queue, "NONE", "ENTERQUEUE", "", caller, "1")
            at += timedelta(seconds=wait)
            match rng.choice(["answered", "answered", "abandoned", "timeout", "open"]):
                case "answered":
                    say(at, callid, queue, agent, "CONNECT", str(wait), "channel", "3")
                    say(at + timedelta(seconds=talk), callid, queue, agent, "COMPLETEAGENT", str(wait), str(talk), "1")
                case "abandoned":
                    say(at, callid, queue, "NONE", "ABANDON", "1", "1", str(wait))
                case "timeout":
                    say(at, callid, queue, "NONE", "EXITWITHTIMEOUT", "1", "1", str(wait))
                case _:
                    pass
    return [line for _, line in sorted(lines, key=lambda each: each[0])]


def insert(schema: MariaDbSchema, rows: list[tuple[int, Line]]) -> None:
    with schema.connect() as connection, connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO queue_log VALUES ({', '.join(['%s'] * 11)})", [(n, *line.values()) for n, line in rows]
        )


def arriving(rng: random.Random, log: list[Line]) -> list[list[tuple[int, Line]]]:
    """The log in some batches, each a run; a few rows are committed a run or two after rows with higher ids."""
    rows = list(enumerate(log, 1))
    cuts = sorted(rng.sample(range(len(rows)), rng.randrange(1, 6)))
    batches = [rows[begin:end] for begin, end in pairwise([0, *cuts, len(rows)])] + [[]]
    for earlier, later in pairwise(list(batches)):
        for row in [row for row in earlier if rng.random() < 0.05]:
            earlier.remove(row)
            later.append(row)
    return [sorted(batch) for batch in batches]


async def dump(conn: asyncpg.Connection) -> dict[str, dict[tuple[Any, ...], dict[str, Any]]]:
    found = {}
    for table, keys in TABLES.items():
        rows = await conn.fetch(f"SELECT * FROM ivr.{table}")
        found[table] = {tuple(row[key] for key in keys): dict(row) for row in rows}
        assert len(found[table]) == len(rows)
    return found


async def check_rollups(conn: asyncpg.Connection, database: Database, source_id: int) -> None:
    """What the runs wrote against what the rebuild writes."""
    written = await dump(conn)
    await check_coarser(conn)
    since, until = date(2025, 10, 1), date(2025, 12, 1)
    async with database.transaction() as owner:
        first, last = (datetime(each.year, each.month, each.day, tzinfo=UTC) for each in (since, until))
        await store_rollups.rebuild_queue_buckets(owner, source_id, first, last)
        await store_rollups.rebuild_queue_days(owner, source_id, since, until)
        await store_rollups.rebuild_queue_repeats(owner, source_id, since, until)
    rebuilt = await dump(conn)
    for table in TABLES:
        assert written[table].keys() == rebuilt[table].keys(), table
        for key, row in rebuilt[table].items():
            assert (
                written[table][key] == pytest.approx(row)
                if not any(isinstance(value, bytes) for value in row.values())
                else same(written[table][key], row)
            ), (table, key)
    await check_callers(conn)


def same(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    return all(
        ours[name] == value if not isinstance(value, float) else ours[name] == pytest.approx(value)
        for name, value in theirs.items()
    )


async def check_callers(conn: asyncpg.Connection) -> None:
    rows = await conn.fetch(
        "SELECT (entered_at AT TIME ZONE $1)::date AS day, queue, array_agg(DISTINCT caller_id ORDER BY caller_id)"
        " FILTER (WHERE caller_id <> 0) AS callers FROM ivr.queue_calls GROUP BY 1, 2",
        ZONE,
    )
    truth = {(row["day"], row["queue"]): row["callers"] or [] for row in rows}
    stored = await conn.fetch("SELECT day, queue, callers_n, callers, sketch FROM ivr.queue_caller_days")
    assert {(row["day"], row["queue"]) for row in stored} == truth.keys()
    for row in stored:
        callers = truth[row["day"], row["queue"]]
        assert np.frombuffer(row["callers"], dtype=">i8").tolist() == callers
        assert row["callers_n"] == len(callers)
        assert estimate(read_registers(row["sketch"])) == pytest.approx(len(callers), abs=1)
    unique = await conn.fetch("SELECT period, since, queue, callers FROM ivr.queue_unique_callers")
    for row in unique:
        until = row["since"] + timedelta(days=1)
        if row["period"] != "day":
            months = {"month": 1, "quarter": 3, "year": 12}[row["period"]]
            until = date(
                row["since"].year + (row["since"].month + months > 12), (row["since"].month + months - 1) % 12 + 1, 1
            )
        ids = {
            caller
            for (day, queue), callers in truth.items()
            if row["since"] <= day < until and row["queue"] in (None, queue)
            for caller in callers
        }
        assert row["callers"] == len(ids), dict(row)
    days = {(row["since"], row["queue"]) for row in unique if row["period"] == "day"}
    assert days == truth.keys() | {(day, None) for day, _ in truth}


def oracle(batches: list[list[tuple[int, Line]]], keys: Keys) -> dict[int, QueueCall]:
    """Every event by itself, in the order in which the runs read them."""
    reader = EventReader(keys=keys, clock=LocalClock(ZONE), dialect=UPSTREAM_DIALECT, stream="table:queue_log")
    state = OpenCalls("ivr-db", keys)
    for batch in batches:
        for number, line in batch:
            state.add(reader.read(number, line))
    return {call.call_id: call for call in state.changed()}


async def facts(conn: asyncpg.Connection) -> dict[int, tuple[Any, ...]]:
    rows = await conn.fetch(
        "SELECT call_id, caller_id, callid, queue, agent, extract(epoch FROM entered_at)::float8, "
        "extract(epoch FROM ended_at)::float8, exit, wait_s, ring_s, talk_s, entry_position, transfers, ring_no_answer "
        "FROM ivr.queue_calls"
    )
    return {row["call_id"]: tuple(row) for row in rows}


# Calls that are still taken one by one, rows of a slice, and rows of a transaction that takes no more slices: bulk
# only, single cells only, and both in one run; as many slices together as are told, and each by itself.
@pytest.mark.parametrize(
    "shape",
    [
        (1, 0, 60, 200),
        (2, 2_000, 10_000, 1),
        (3, 2_000, 35, 10_000),
        (3, 2_000, 35, 1),
        (4, 20, 50, 150),
        (5, 8, 200, 1),
    ],
)
async def test_rollups_are_those_of_the_facts_after_any_run(
    mariadb: MariaDbSchema,
    ingest: Ingest,
    as_owner: asyncpg.Connection,
    database: Database,
    keys: Keys,
    monkeypatch: pytest.MonkeyPatch,
    shape: tuple[int, int, int, int],
) -> None:
    seed, single_max, slice_rows, together = shape
    monkeypatch.setattr("services.ivr.ingest_asterisk.ROWS_TOGETHER", together)
    for module in ("queue_touched", "queue_ahead"):
        monkeypatch.setattr(f"services.ivr.{module}.SINGLE_CALLS_MAX", single_max)
    for name in ("ingest_asterisk.FIRST_SLICE_ROWS", "queue_slices.SLICE_ROWS"):
        monkeypatch.setattr(f"services.ivr.{name}", slice_rows)
    monkeypatch.setattr("services.ivr.sources.asterisk.COLUMN_CHUNK_BYTES", 2_000)
    monkeypatch.setattr("services.ivr.sources.asterisk.PAGE_ROWS", 40)
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(CREATE_QUEUE_LOG)
    source = mariadb_source(mariadb, "asterisk", zone=ZONE)
    source = Source(**{name: getattr(source, name) for name in ("id", "kind", "zone", "login")}, slow_pass_s=0.0)
    batches = arriving(random.Random(seed), lines_of(seed))
    for number, batch in enumerate(batches):
        insert(mariadb, batch)
        outcome = await ingest(source)
        assert outcome.error is None
        truth = oracle(batches[: number + 1], keys)
        names = [name for name in QueueCall.__slots__ if name != "call_id"]
        assert await facts(as_owner) == {
            call_id: (call_id, *(getattr(call, name) for name in names)) for call_id, call in truth.items()
        }
    source_id = await as_owner.fetchval("SELECT source_id FROM ivr.sources")
    before = await as_owner.fetchval("SELECT version FROM ivr.data_versions")
    await check_rollups(as_owner, database, source_id)
    await ingest(source)
    assert await as_owner.fetchval("SELECT version FROM ivr.data_versions") == before
    late = await as_owner.fetch("SELECT details FROM ivr.runs WHERE details ? 'late_rows'")
    assert late


@pytest.mark.parametrize("single_max", [0, 2_000])
@pytest.mark.parametrize("verb", ["ENTERQUEUE", "QUEUESTART"])
async def test_what_was_not_covered_is_counted_when_the_data_jumps_by_weeks(
    mariadb: MariaDbSchema,
    ingest: Ingest,
    as_owner: asyncpg.Connection,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    single_max: int,
    verb: str,
) -> None:
    for module in ("queue_touched", "queue_ahead"):
        monkeypatch.setattr(f"services.ivr.{module}.SINGLE_CALLS_MAX", single_max)
    row = "INSERT INTO queue_log (id, time, callid, queuename, agent, event, data2) VALUES"
    row += " (%s, %s, %s, 'sales', 'NONE', %s, %s)"
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(CREATE_QUEUE_LOG)
        for n in range(1, 9):
            cursor.execute(row, (n, f"2025-07-{n:02} 09:00:00", f"1.{n}", "ENTERQUEUE", f"551234567{n % 3}"))
    source = mariadb_source(mariadb, "asterisk", zone=ZONE)
    assert (await ingest(source)).error is None
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(row, (99, "2025-08-20 09:00:00", "1.99", verb, "5512345670"))
    assert (await ingest(source)).error is None
    await check_rollups(as_owner, database, await as_owner.fetchval("SELECT source_id FROM ivr.sources"))
    row_of = await as_owner.fetchrow(
        "SELECT sum(calls) AS calls, sum(covered_7d) AS covered FROM ivr.queue_repeat_days"
    )
    assert row_of is not None
    assert (row_of["covered"], row_of["calls"]) == (8, 9 if verb == "ENTERQUEUE" else 8)
