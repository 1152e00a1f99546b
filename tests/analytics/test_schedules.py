"""Schedules: the calendar as a table, and a run from the clock to the file."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.analytics import export_worker, schedule_watch
from services.analytics.calendar_rule import CalendarRule, Every, next_run, period_before
from shared.postgres import Database
from shared.settings import DatabaseSettings
from tests.analytics.conftest import Analyst, People, settings_for
from tests.analytics.facts import Warehouse

MADRID = ZoneInfo("Europe/Madrid")
ALL = ("RPT-001", "RPT-003", "RPT-004", "RPT-009")
WEEKLY: dict[str, Any] = {
    "name": "Semanal",
    "calendar": {"every": "week", "at": "07:30", "weekday": 1},
    "report": "calls-by-day",
    "format": "csv",
}


@pytest.mark.unit
@pytest.mark.parametrize(
    ("every", "after", "runs", "since", "until"),
    [
        ("day", "2025-03-29T12:00", "2025-03-30T07:30", "2025-03-29", "2025-03-30"),
        ("day", "2025-03-30T07:30", "2025-03-31T07:30", "2025-03-30", "2025-03-31"),
        ("week", "2025-03-29T12:00", "2025-03-31T07:30", "2025-03-24", "2025-03-31"),
        ("month", "2025-01-31T12:00", "2025-02-01T07:30", "2025-01-01", "2025-02-01"),
        ("quarter", "2025-11-30T12:00", "2026-01-01T07:30", "2025-10-01", "2026-01-01"),
    ],
)
def test_the_calendar(every: Every, after: str, runs: str, since: str, until: str) -> None:
    rule = CalendarRule(every, time(7, 30), MADRID)
    found = next_run(rule, datetime.fromisoformat(after).replace(tzinfo=MADRID).astimezone(UTC))
    assert found.astimezone(MADRID).replace(tzinfo=None) == datetime.fromisoformat(runs)
    assert period_before(rule, found) == (date.fromisoformat(since), date.fromisoformat(until))


@pytest.mark.requirement("RF-044")
@pytest.mark.unit
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    every=st.sampled_from(["day", "week", "month", "quarter"]),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    weekday=st.integers(1, 7),
    day=st.integers(1, 28),
    after=st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
)
def test_runs_follow_one_another_and_periods_join(
    every: Every, at: time, weekday: int, day: int, after: datetime
) -> None:
    rule = CalendarRule(every, at, MADRID, weekday, day)
    first = next_run(rule, after)
    second = next_run(rule, first)
    assert after < first < second
    assert next_run(rule, first - timedelta(microseconds=1)) == first
    assert period_before(rule, first)[1] == period_before(rule, second)[0]


@pytest.fixture
async def ana(people: People, warehouse: Warehouse) -> Analyst:
    return await people.add("ana", *ALL)


@pytest.fixture
async def database(analyst: Analyst, database_settings: DatabaseSettings) -> Database:
    """The service's own, with nobody but the test to run schedules and exports."""
    for task in analyst.app.state.background:
        task.cancel()
    found: Database = analyst.app.state.database
    return found


async def made(who: Analyst, **more: Any) -> dict[str, Any]:
    answer = await who.post("/schedules", {**WEEKLY, **more})
    assert answer.status_code == 201, answer.text
    schedule: dict[str, Any] = answer.json()
    return schedule


async def exports(who: Analyst) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await who.get("/exports")).json()["items"]
    return found


@pytest.mark.requirement("RF-044")
@pytest.mark.integration
async def test_a_run_becomes_an_export_and_a_message(
    ana: Analyst, database: Database, database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    schedule, config = await made(ana), settings_for(database_settings, identity_keys)
    due = datetime.fromisoformat(schedule["next_at"])
    assert await schedule_watch.tick(database, config, due - timedelta(seconds=1)) == 0
    assert await schedule_watch.tick(database, config, due) == 1
    assert await schedule_watch.tick(database, config, due) == 0
    await export_worker.work(config)
    (export,) = await exports(ana)
    assert (export["state"], export["schedule_id"], export["detail"]) == ("done", schedule["id"], None)
    report = export["request"]["report"]
    days = date.fromisoformat(report["to"]) - date.fromisoformat(report["from"])
    assert (days, date.fromisoformat(report["to"]).isoweekday()) == (timedelta(days=7), 1)
    assert (await ana.get(f"/exports/{export['id']}/file")).text.count("\r\n") == 1 + 7 + 1
    await schedule_watch.tick(database, config, due)
    (message,) = (await ana.get("/messages")).json()["items"]
    assert (message["kind"], message["about"], message["severity"]) == ("schedule", schedule["id"], "info")


@pytest.mark.requirement("RF-044")
@pytest.mark.integration
async def test_what_was_missed_is_made_once(
    ana: Analyst, database: Database, database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    schedule, config = await made(ana), settings_for(database_settings, identity_keys)
    late = datetime.fromisoformat(schedule["next_at"]) + timedelta(days=22)
    assert await schedule_watch.tick(database, config, late) == 1
    (export,) = await exports(ana)
    assert timedelta() <= late.date() - date.fromisoformat(export["request"]["report"]["to"]) <= timedelta(days=2)
    again = (await ana.get(f"/schedules/{schedule['id']}")).json()
    assert late < datetime.fromisoformat(again["next_at"]) <= late + timedelta(days=7)


@pytest.mark.requirement("RF-044")
@pytest.mark.integration
async def test_three_failures_pause_it_with_a_message(
    ana: Analyst,
    people: People,
    conn: asyncpg.Connection,
    database: Database,
    database_settings: DatabaseSettings,
    identity_keys: Path,
) -> None:
    schedule, config = await made(ana), settings_for(database_settings, identity_keys)
    at = datetime.fromisoformat(schedule["next_at"])
    # Asked for while it still may, refused when it is made; then refused at once.
    await schedule_watch.tick(database, config, at)
    await people.take(ana, "RPT-004")
    await export_worker.work(config)
    for weeks in (1, 2, 3):
        await schedule_watch.tick(database, config, at + timedelta(days=7 * weeks))
    now = (await ana.get(f"/schedules/{schedule['id']}")).json()
    assert (now["state"], now["failures"], "RPT-004" in now["detail"]) == ("paused", 3, True)
    (message,) = (await ana.get("/messages")).json()["items"]
    assert "paused after 3 failures" in message["text"]["en"]
    again = await ana.call("PUT", f"/schedules/{schedule['id']}", WEEKLY)
    assert (again.json()["state"], again.json()["failures"]) == ("active", 0)


@pytest.mark.integration
async def test_ten_and_no_more(ana: Analyst, people: People, database: Database) -> None:
    schedules = [await made(ana, name=f"plan {number}") for number in range(10)]
    refused = await ana.post("/schedules", WEEKLY)
    assert (refused.status_code, "10 schedules" in refused.json()["detail"]) == (409, True)
    path = f"/schedules/{schedules[0]['id']}"
    beto = await people.add("beto", *ALL)
    assert (await beto.get(path)).status_code == 404
    assert (await beto.call("DELETE", path)).status_code == 404
    assert (await ana.call("DELETE", path)).status_code == 204
    assert (await ana.post("/schedules", {**WEEKLY, "name": "plan 1"})).status_code == 409


@pytest.mark.integration
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"calendar": {"every": "day", "at": "24:00"}}, 422),
        ({"calendar": {"every": "month", "at": "07:00", "day": 31}}, 422),
        ({"zone": "Mars/Olympus"}, 422),
        ({"report": "nothing"}, 404),
        ({"format": "pdf"}, 403),
        ({"segment": "pueblo"}, 422),
    ],
)
async def test_what_can_never_run_is_refused(
    ana: Analyst, database: Database, change: dict[str, Any], status: int
) -> None:
    assert (await ana.post("/schedules", {**WEEKLY, **change})).status_code == status
