"""How PostgreSQL goes about what the page asks: never through the facts where rollups know, clocks once a bucket."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from services.analytics import store
from services.analytics.catalog import SourceKind, catalog
from services.analytics.query import compile_rows
from services.analytics.question import Granularity, Question
from services.analytics.sources import known_of
from tests.analytics.facts import LegacyCall, QueueCall, Warehouse

pytestmark = pytest.mark.integration

ZONE = "America/Mexico_City"
YEAR = (datetime(2025, 1, 1, 6, tzinfo=UTC), datetime(2026, 1, 1, 6, tzinfo=UTC))
HOURS = 8_760
WEEKS = timedelta(days=7)
CLOCK_SLACK = 2  # buckets, and a thousand rows that the planner cannot know of: a guess, not a cost
CASES: tuple[tuple[SourceKind, tuple[str, ...], tuple[str, ...], Granularity], ...] = (
    ("legacy", ("calls", "abandoned_rate", "duration_s_p90"), (), "day"),
    ("legacy", ("calls", "abandoned"), ("menu",), "total"),
    ("legacy", ("calls", "transferred"), ("centre",), "month"),
    ("legacy", ("calls", "abandoned_rate"), ("weekday", "hour_of_day"), "total"),
    ("legacy", ("calls", "unique_callers"), ("segment",), "month"),
    ("legacy", ("repeat_rate_24h", "contained_rate"), (), "total"),
    ("legacy", ("calls", "abandoned"), ("duration_band",), "total"),
    ("legacy", ("calls", "abandoned_rate"), ("segment", "line_kind"), "month"),
    ("asterisk", ("offered", "abandoned"), ("wait_band",), "total"),
    ("asterisk", ("offered",), ("queue", "exit"), "day"),
    ("asterisk", ("offered", "service_level", "wait_s_p90"), ("queue",), "30min"),
    ("asterisk", ("offered", "abandoned_rate"), ("weekday", "hour_of_day"), "total"),
    ("asterisk", ("answered", "talk_s_mean"), ("agent",), "total"),
)


@pytest.fixture
async def year(warehouse: Warehouse) -> Warehouse:
    """A few calls a week, rolled up: enough for plans, which are asked for and not timed."""
    at = [YEAR[0] + timedelta(days=7 * week, hours=week % 24) for week in range(52)]
    await warehouse.add([LegacyCall(started_at=moment, call_id=n) for n, moment in enumerate(at)])
    await warehouse.add_queue(
        [QueueCall(entered_at=moment, call_id=n, exit="abandoned", wait_s=5.0) for n, moment in enumerate(at)]
    )
    await warehouse.roll_up()
    return warehouse


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


@pytest.mark.parametrize(("kind", "metrics", "dimensions", "granularity"), CASES)
async def test_what_the_page_asks_of_a_year_reads_no_facts(
    year: Warehouse,
    reader: asyncpg.Connection,
    kind: SourceKind,
    metrics: tuple[str, ...],
    dimensions: tuple[str, ...],
    granularity: Granularity,
) -> None:
    asked = Question(
        kind=kind,
        metrics=metrics,
        dimensions=dimensions,
        since=YEAR[0],
        until=YEAR[1],
        zone=ZONE,
        granularity=granularity,
    )
    known = known_of(await store.data_versions(reader), kind=kind, filters=())
    statement = compile_rows(catalog(), asked, known)
    explained = await year.conn.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", *statement.arguments)
    plan = list(nodes(json.loads(explained)[0]["Plan"]))
    read = {node["Relation Name"] for node in plan if "Relation Name" in node}
    assert read
    assert not {name for name in read if name.startswith(("legacy_calls", "queue_calls"))}, (statement.name, read)
    # Nothing goes through more rows than the timeline has: no join multiplies what is stored.
    buckets = 2 * HOURS if granularity == "30min" else HOURS
    assert max(node["Actual Rows"] * node["Actual Loops"] for node in plan) <= CLOCK_SLACK * buckets


@pytest.mark.parametrize(
    ("kind", "metrics", "dimensions"),
    [
        ("legacy", ("calls", "duration_s_p90"), ("menu",)),
        ("legacy", ("calls",), ("line_kind",)),
        ("asterisk", ("offered", "wait_s_p90"), ("queue",)),
        ("asterisk", ("offered",), ("wait_band",)),
    ],
)
@pytest.mark.parametrize("within_a_day", [False, True])
async def test_months_in_the_middle_days_at_the_edges_and_calls_at_the_ends(
    year: Warehouse,
    reader: asyncpg.Connection,
    kind: SourceKind,
    metrics: tuple[str, ...],
    dimensions: tuple[str, ...],
    *,
    within_a_day: bool,
) -> None:
    ends = timedelta(minutes=607 if within_a_day else 0)
    asked = Question(
        kind=kind,
        metrics=metrics,
        dimensions=dimensions,
        since=YEAR[0] + timedelta(days=9) + ends,
        until=YEAR[1] - timedelta(days=11) + ends,
        zone=ZONE,
    )
    known = known_of(await store.data_versions(reader), kind=kind, filters=())
    statement = compile_rows(catalog(), asked, known)
    assert statement.name == "rollup_month + rollup_day" + (" + facts" if within_a_day else "")
    explained = await year.conn.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", *statement.arguments)
    read: dict[str, int] = {}
    for node in nodes(json.loads(explained)[0]["Plan"]):
        for width in ("months", "days", "calls"):
            if f"_{width}" in node.get("Relation Name", ""):
                read[width] = read.get(width, 0) + node["Actual Rows"] * node["Actual Loops"]
    # A call a week: months hold those of one month together, where they are alike.
    assert 0 < read["months"] <= 10 * 5
    assert 0 < read["days"] <= 7
    assert read.get("calls", 0) <= 2
    assert ("calls" in read) == within_a_day


@pytest.mark.parametrize("kind", ["legacy", "asterisk"])
@pytest.mark.parametrize("odd", [False, True])
async def test_the_heat_of_a_year_reads_hours_at_its_edges_alone(
    year: Warehouse, reader: asyncpg.Connection, kind: SourceKind, *, odd: bool
) -> None:
    asked = Question(
        kind=kind,
        metrics=("calls", "abandoned", "abandoned_rate"),
        dimensions=("weekday", "hour_of_day"),
        since=YEAR[0] + timedelta(days=9 if odd else 0),
        until=YEAR[1],
        zone=ZONE,
    )
    known = known_of(await store.data_versions(reader), kind=kind, filters=())
    statement = compile_rows(catalog(), asked, known)
    explained = await year.conn.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", *statement.arguments)
    read = {
        node["Relation Name"].partition("_")[2]: node["Actual Rows"] * node["Actual Loops"]
        for node in nodes(json.loads(explained)[0]["Plan"])
        if node.get("Relation Name", "").endswith("hours")
    }
    assert read.keys() == ({"month_hours", "hours"} if odd else {"month_hours"})
    assert read.get("hours", 0) <= 22 / 7 + 1  # a call a week, and what is left of January


@pytest.mark.parametrize("kind", ["legacy", "asterisk"])
async def test_hours_of_months_of_another_zone_answer_nothing(
    year: Warehouse, reader: asyncpg.Connection, kind: SourceKind
) -> None:
    place = "Europe/Madrid"
    asked = Question(
        kind=kind,
        metrics=("calls", "abandoned"),
        dimensions=("weekday", "hour_of_day"),
        since=datetime(2025, 2, 1, tzinfo=ZoneInfo(place)).astimezone(UTC),
        until=datetime(2025, 12, 1, tzinfo=ZoneInfo(place)).astimezone(UTC),
        zone=place,
    )
    await year.conn.execute("UPDATE ivr.sources SET zone = $1", place)
    stale = await store.ask(reader, catalog(), asked, await store.data_versions(reader))
    assert stale.answered_from == "rollup_hour"
    await year.conn.execute("SELECT ivr.count_month_hours(source_id) FROM ivr.sources")
    counted = await store.ask(reader, catalog(), asked, await store.data_versions(reader))
    assert counted.answered_from == "rollup_month_hour"
    assert stale.rows == counted.rows
    assert len(stale.rows) > 1


@pytest.mark.parametrize("odd", [False, True])
async def test_repeats_of_a_year_read_days_at_its_edges_alone(
    year: Warehouse, reader: asyncpg.Connection, *, odd: bool
) -> None:
    asked = Question(
        kind="legacy",
        metrics=("repeat_rate_24h",),
        since=YEAR[0] + timedelta(days=9 if odd else 0),
        until=YEAR[1],
        zone=ZONE,
    )
    known = known_of(await store.data_versions(reader), kind="legacy", filters=())
    statement = compile_rows(catalog(), asked, known)
    assert statement.name == ("repeat_months + repeat_days" if odd else "repeat_months")
    explained = await year.conn.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", *statement.arguments)
    read = {
        node["Relation Name"]: node["Actual Rows"] * node["Actual Loops"]
        for node in nodes(json.loads(explained)[0]["Plan"])
        if "repeat" in node.get("Relation Name", "")
    }
    assert read["legacy_repeat_months"] > 0
    assert (0 < read.get("legacy_repeat_days", 0) <= 22 / 7 + 1) == odd
    assert ("legacy_repeat_days" in read) == odd


@pytest.mark.parametrize("kind", ["legacy", "asterisk"])
async def test_the_heat_of_some_weeks_is_in_an_index(
    year: Warehouse, reader: asyncpg.Connection, kind: SourceKind
) -> None:
    asked = Question(
        kind=kind,
        metrics=("calls", "abandoned", "abandoned_rate"),
        dimensions=("weekday", "hour_of_day"),
        since=YEAR[0] + WEEKS,
        until=YEAR[0] + 3 * WEEKS,
        zone=ZONE,
    )
    known = known_of(await store.data_versions(reader), kind=kind, filters=())
    statement = compile_rows(catalog(), asked, known)
    # Fifty rows are read fastest as they lie; what is asked here is whether the index alone could answer.
    async with year.conn.transaction():
        await year.conn.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        explained = await year.conn.fetchval(f"EXPLAIN (FORMAT JSON) {statement.sql}", *statement.arguments)
    plan = list(nodes(json.loads(explained)[0]["Plan"]))
    hours = [node for node in plan if node.get("Relation Name", "").endswith("_hours")]
    assert [node["Node Type"] for node in hours] == ["Index Only Scan"]


@pytest.mark.parametrize("kind", ["legacy", "asterisk"])
async def test_the_wall_clock_is_read_once_a_bucket(
    year: Warehouse, reader: asyncpg.Connection, kind: SourceKind
) -> None:
    asked = Question(
        kind=kind,
        metrics=("abandoned",),
        dimensions=("weekday", "hour_of_day"),
        since=YEAR[0] + WEEKS,
        until=YEAR[0] + 3 * WEEKS,
        zone=ZONE,
    )
    known = known_of(await store.data_versions(reader), kind=kind, filters=())
    statement = compile_rows(catalog(), asked, known)
    explained = await year.conn.fetchval(f"EXPLAIN (VERBOSE, FORMAT JSON) {statement.sql}", *statement.arguments)
    # Expressions are shown again in every node above the one that makes them: the lowest says where that is.
    scans = [node for node in nodes(json.loads(explained)[0]["Plan"]) if node["Node Type"].endswith("Scan")]
    clocks = [node["Node Type"] for node in scans if any("EXTRACT" in shown for shown in node.get("Output", ()))]
    assert set(clocks) <= {"Function Scan", "Subquery Scan"}
    assert "Function Scan" in clocks
