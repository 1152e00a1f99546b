"""Every report against hand-written SQL over the simulator's MariaDB tables, and against the simulator's manifest."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from iact.simulate.asterisk import AsteriskOptions, simulate_asterisk
from iact.simulate.legacy import LegacyOptions, simulate_legacy
from iact.simulate.manifest import AsteriskManifest, LegacyManifest
from iact.simulate.targets import MariaDbTarget
from services.analytics.reports import REPORTS
from services.ivr.config import MariaDbLogin, Source
from services.ivr.keys import Keys
from services.ivr.runner import Runner
from services.ivr.work import Request
from shared.postgres import Database
from shared.settings import DatabaseSettings
from shared.testing.mariadb import MariaDbSchema
from tests.analytics import supervisor
from tests.analytics.conftest import Analyst

pytestmark = pytest.mark.integration

ROWS = 30_000  # enough that every kind of dirt is there, few enough for seconds
QUARTER = {"since": "2025-07-01 00:00:00", "until": "2025-10-01 00:00:00"}
# Hours, not days: no rollup of days covers it.
PART = {"since": "2025-08-09 10:30:00", "until": "2025-09-06 18:15:00"}
# The same wall clock as Mexico's: the second one is no source's zone, so no rollup of days serves it.
ZONES = ("America/Mexico_City", "Etc/GMT+6")
PERIODS = [(QUARTER, ZONES[0]), (QUARTER, ZONES[1]), (PART, ZONES[0])]
Row = tuple[Any, ...]


@dataclass
class World:
    """The source as somebody with a SQL prompt sees it, and the service that read it."""

    schema: MariaDbSchema
    analyst: Analyst

    def sql(self, statement: str, period: dict[str, str]) -> list[Row]:
        with self.schema.connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement, period)
            return [tuple(_plain(cell) for cell in row) for row in cursor.fetchall()]

    def do(self, statement: str) -> None:
        with self.schema.connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement)

    async def report(self, code: str, period: dict[str, str], zone: str = ZONES[0]) -> list[Row]:
        asked = f"from={period['since'].replace(' ', 'T')}&to={period['until'].replace(' ', 'T')}"
        answer = await self.analyst.get(f"/reports/{code}?{asked}&zone={zone.replace('+', '%2B')}")
        assert answer.status_code == 200, answer.text
        return [tuple(row) for row in answer.json()["rows"]]


def _plain(cell: Any) -> Any:
    match cell:
        case Decimal():
            return int(cell) if cell == cell.to_integral_value() else float(cell)
        case date():
            return cell.isoformat()
        case _:
            return cell


def same(found: Sequence[Row], expected: Sequence[Row], *, keys: int, fold: Sequence[int] = ()) -> None:
    """The rows are the same ones, in whatever order. The first `keys` cells tell them apart; menus have no case."""

    def by_key(rows: Sequence[Row]) -> dict[Row, Any]:
        folded = [tuple(str(c).casefold() if n in fold and c is not None else c for n, c in enumerate(r)) for r in rows]
        keyed = {row[:keys]: row[keys:] for row in folded}
        assert len(keyed) == len(rows), "a row stands twice"
        return keyed

    left, right = by_key(found), by_key(expected)
    assert left.keys() == right.keys()
    for key, cells in right.items():
        assert alike(left[key], cells), (key, left[key], cells)


def alike(found: Sequence[Any], expected: Sequence[Any]) -> bool:
    """Counts are equal, ratios but for the last digits, null is only null."""
    return len(found) == len(expected) and all(
        math.isclose(a, b, rel_tol=1e-9) if isinstance(a, int | float) and isinstance(b, int | float) else a == b
        for a, b in zip(found, expected, strict=True)
    )


async def _ingest(settings: DatabaseSettings, schema: MariaDbSchema, kind: Any, *tables: str) -> None:
    database = Database(settings.as_role("iact_ivr"))
    await database.open()
    try:
        login = MariaDbLogin(schema.host, schema.port, schema.name, schema.reader_user, schema.reader_password)
        source = Source(id=f"the-{kind}", kind=kind, zone=ZONES[0], login=login)
        runner = Runner(database, Keys(bytes(range(32))), [source])
        outcome = await runner.wait(await runner.submit(source, Request(tables=tables), requested_by="test"))
        assert outcome.error is None
    finally:
        await database.close()


@pytest.fixture
async def legacy(
    mariadb: MariaDbSchema, database_settings: DatabaseSettings, analyst: Analyst
) -> tuple[World, LegacyManifest]:
    """Six quarters, so that the period before and the year before have calls."""
    options = LegacyOptions(rows=ROWS, seed=21, first_day=date(2024, 7, 1), quarters=6)
    truth = simulate_legacy(options, MariaDbTarget(mariadb.dsn_admin))
    await _ingest(database_settings, mariadb, "legacy")
    world = World(mariadb, analyst)
    world.do(supervisor.CALLS.format(tables=" UNION ALL ".join(f"SELECT * FROM {table}" for table in truth.tables)))
    return world, truth


@pytest.fixture
async def queues(
    mariadb: MariaDbSchema, database_settings: DatabaseSettings, analyst: Analyst
) -> tuple[World, AsteriskManifest]:
    truth = simulate_asterisk(AsteriskOptions(rows=20_000, seed=22, cel=False), MariaDbTarget(mariadb.dsn_admin))
    await _ingest(database_settings, mariadb, "asterisk", "queue_log")
    world = World(mariadb, analyst)
    world.do("CREATE INDEX one_call ON queue_log (callid)")
    world.do(supervisor.ENTRIES)
    return world, truth


# Report → its SQL, how many cells tell its rows apart, and which of them are menus.
LEGACY: dict[str, tuple[str, int, tuple[int, ...]]] = {
    "transfer-centres": (supervisor.TRANSFER_CENTRES, 5, (3,)),
    "abandonment": (supervisor.ABANDONMENT, 3, (2,)),
    "abandonment-summary": (supervisor.ABANDONMENT_SUMMARY, 3, (2,)),
    "menu-redirects": (supervisor.MENU_REDIRECTS, 2, (0,)),
    "centre-menus": (supervisor.CENTRE_MENUS, 3, (1,)),
    "menu-errors": (supervisor.MENU_ERRORS, 3, ()),
    "unique-customers": (supervisor.UNIQUE_CUSTOMERS, 2, ()),
    "calls-by-day": (supervisor.CALLS_BY_DAY, 2, ()),
    "calls-by-hour": (supervisor.CALLS_BY_HOUR, 2, ()),
}
# Rows without a call: the reports show them, a GROUP BY does not.
SILENT: dict[str, Row] = {"calls-by-day": (0, 0, None, 0, None), "calls-by-hour": (0, 0, None, 0, None)}


async def test_reports_of_the_ivr(legacy: tuple[World, LegacyManifest]) -> None:
    world, truth = legacy
    for period, zone in PERIODS:
        for code, (statement, keys, menus) in LEGACY.items():
            found = await world.report(code, period, zone)
            expected = world.sql(statement, period)
            if code == "unique-customers" and period is PART:
                expected = [row[:4] + row[5:] for row in expected]  # no day of July
            assert expected
            found = [row for row in found if row[2:] != SILENT.get(code)]
            same(found, expected, keys=keys, fold=menus)
        await check_centres(world, period, zone)
        await check_summary(world, period, zone)
    await check_manifest(world, truth)


async def check_centres(world: World, period: dict[str, str], zone: str) -> None:
    found = await world.report("centres-by-segment", period, zone)
    expected = world.sql(supervisor.CENTRES_BY_SEGMENT, period)
    same([(*row[:8], *row[10:]) for row in found], expected, keys=2)
    for row in found:
        days = 1 if row[2] >= 1_000 else 3
        assert row[8:10] == (working_day_after(row[5], days), working_day_after(row[5], 5)), row


def working_day_after(day: str, count: int) -> str:
    found = date.fromisoformat(day)
    for _ in range(count):
        found += timedelta(days={4: 3, 5: 2}.get(found.weekday(), 1))
    return found.isoformat()


BEFORE_QUARTER = {"since": "2025-04-01 00:00:00", "until": "2025-07-01 00:00:00"}
YEAR_BEFORE_QUARTER = {"since": "2024-07-01 00:00:00", "until": "2024-10-01 00:00:00"}


async def check_summary(world: World, period: dict[str, str], zone: str) -> None:
    if period is not QUARTER:
        return  # what a part of a month is compared with is told elsewhere
    found = {row[:3]: row[4:] for row in await world.report("quarterly-summary", period, zone)}
    now, before, year = (
        _summary(world, each, limit)
        for each, limit in ((period, 10), (BEFORE_QUARTER, None), (YEAR_BEFORE_QUARTER, None))
    )
    folded = {(s, i.casefold() if s == "top_menus" else i, m): cells for (s, i, m), cells in found.items()}
    assert folded.keys() == now.keys()
    for key, value in now.items():
        zero = None if key[2].endswith(("rate", "mean")) else 0
        was, a_year_ago = before.get(key, zero), year.get(key, zero)
        expected = [value, was, _change(value, was), a_year_ago, _change(value, a_year_ago)]
        assert alike(folded[key][:5], expected), (key, folded[key], expected)


def _summary(world: World, period: dict[str, str], limit: int | None) -> dict[Row, Any]:
    names = [
        *(("volume", name) for name in ("calls", "unique_callers", "weekday_calls", "weekend_calls", "transferred")),
        *(("volume", name) for name in ("ended_in_ivr", "duration_s_mean")),
        *(("abandonment", name) for name in ("abandoned", "abandoned_rate")),
        *(("quality", name) for name in ("menu_errors", "swapped_times")),
    ]
    [whole] = world.sql(supervisor.SUMMARY, period)
    found: dict[Row, Any] = {(section, None, name): cell for (section, name), cell in zip(names, whole, strict=True)}
    for segment, *cells in world.sql(supervisor.SUMMARY_SEGMENTS, period):
        for name, cell in zip(("calls", "unique_callers", "abandoned_rate"), cells, strict=True):
            found["segments", segment, name] = cell
    for section, statement in (("top_menus", supervisor.SUMMARY_MENUS), ("top_centres", supervisor.SUMMARY_CENTRES)):
        counted: Counter[str] = Counter(dict(world.sql(statement, period)))
        found.update({(section, item, "calls"): cell for item, cell in counted.most_common(limit)})
    return found


def _change(value: Any, before: Any) -> float | None:
    return None if not before else (value - before) / abs(before)


async def check_manifest(world: World, truth: LegacyManifest) -> None:
    """What the simulator says that it wrote, over all six quarters."""
    whole = {"since": f"{truth.first_day} 00:00:00", "until": "2026-01-02 00:00:00"}
    total = (await world.report("abandonment", whole))[-1]
    assert total[3:5] == (truth.abandoned, truth.calls)
    days = {row[1]: row[2] for row in await world.report("calls-by-day", whole) if row[2]}
    assert {day: calls for day, calls in days.items() if day} == truth.calls_by_day
    hours: Counter[int] = Counter()
    for row in await world.report("calls-by-hour", whole):
        hours[row[1]] += row[2]
    assert [hours[hour] for hour in range(24)] == truth.by_hour
    unique = {row[1]: row[2] for row in await world.report("unique-customers", whole)}
    assert unique.pop(None) == truth.unique_callers.total
    assert unique == truth.unique_callers.by_segment
    errors = (await world.report("menu-errors", whole))[-1]
    assert errors[3] == truth.menu_errors
    centres: Counter[str] = Counter()
    for row in await world.report("centres-by-segment", whole):
        centres[row[1]] += row[2]
    assert dict(centres) == {name: calls for name, calls in truth.by_centre.items() if name[0].isdigit()}
    redirected = sum(row[2] for row in await world.report("menu-redirects", whole))
    assert redirected == sum(row[3] for row in await world.report("centre-menus", whole)) == truth.transferred


QUEUE_PERIODS = (
    {"since": "2025-07-01 00:00:00", "until": "2025-07-08 00:00:00"},
    {"since": "2025-07-01 09:10:00", "until": "2025-07-01 12:55:00"},
)


async def test_reports_of_queues(queues: tuple[World, AsteriskManifest]) -> None:
    world, truth = queues
    for period in QUEUE_PERIODS:
        await check_queues(world, period)
        await check_agents(world, period)
        found = await world.report("recall-list", period)
        assert all(row[5] == "known" for row in found)
        same([row[1:5] for row in found], world.sql(supervisor.RECALL_LIST, period), keys=2)
    totals = {row[1]: row for row in await world.report("queue-performance", QUEUE_PERIODS[0])}
    assert {queue: row[2] for queue, row in totals.items() if queue} == {
        queue: figures["offered"] for queue, figures in truth.by_queue.items() if figures["offered"]
    }
    assert totals[None][2:5] == (truth.calls, truth.exits["answered"], truth.exits["abandoned"])
    agents = {row[1]: row[2] for row in await world.report("agent-performance", QUEUE_PERIODS[0])}
    assert {name: n for name, n in agents.items() if name} == {
        name: figures["answered"] for name, figures in truth.by_agent.items() if figures["answered"]
    }


async def check_queues(world: World, period: dict[str, str]) -> None:
    found = await world.report("queue-performance", period)
    assert [row[0] for row in found] == ["detail"] * (len(found) - 1) + ["total"]
    # Percentiles are told below, occupancy by test_lasting.py.
    without_percentiles = [(*row[1:17], *row[21:]) for row in found]
    same(without_percentiles, world.sql(supervisor.QUEUE_PERFORMANCE, period), keys=1)
    waits: dict[str | None, list[int]] = {}
    for queue, wait in world.sql(supervisor.WAITS, period):
        waits.setdefault(queue, []).append(wait)
        waits.setdefault(None, []).append(wait)
    for row in found:
        assert row[18:21] == tuple(nearest_rank(waits[row[1]], share) for share in (50, 90, 95)), row[1]


def nearest_rank(values: list[int], share: int) -> int:
    return sorted(values)[max(0, -(-len(values) * share // 100) - 1)]


async def check_agents(world: World, period: dict[str, str]) -> None:
    found = [row for row in await world.report("agent-performance", period) if row[0] == "detail"]
    same(
        [(row[1], row[2], row[3], row[6], row[8], row[9]) for row in found],
        world.sql(supervisor.AGENT_PERFORMANCE, period),
        keys=1,
    )


def test_no_report_is_left_out() -> None:
    here = {*LEGACY, "centres-by-segment", "quarterly-summary", "queue-performance", "agent-performance", "recall-list"}
    assert here == set(REPORTS)
