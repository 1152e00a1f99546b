"""One rule or schedule that breaks is told where its person looks; those of others go on, and so does the leader."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.analytics import export_work, schedule_watch
from services.analytics.leader import Leader
from services.analytics.settings import Settings
from shared.postgres import Connection, Database
from shared.settings import DatabaseSettings
from tests.analytics.conftest import Analyst, People, settings_for
from tests.analytics.facts import Warehouse
from tests.analytics.tables import legacy_calls
from tests.analytics.test_alerts import CALLS, NOW, RULE, items, rule
from tests.analytics.test_schedules import made

pytestmark = pytest.mark.integration
BROKEN = "It failed for a reason that is not yours; the service's log has it."


@pytest.fixture
async def ana(people: People, warehouse: Warehouse) -> Analyst:
    await warehouse.add(legacy_calls(CALLS))
    return await people.add("ana", *RULE, "RPT-004", "RPT-009")


@pytest.fixture
def config(database_settings: DatabaseSettings, identity_keys: Path) -> Settings:
    return settings_for(database_settings, identity_keys)


@pytest.fixture
async def leader(ana: Analyst, config: Settings) -> Leader:
    """With nobody but the test to let it work."""
    for task in ana.app.state.background:
        task.cancel()
    return Leader(ana.app.state.database, config)


async def change_schedule(conn: asyncpg.Connection, number: str, **changes: Any) -> None:
    await conn.execute(
        "UPDATE analytics.schedules SET request = request || $2::jsonb WHERE schedule_id = $1",
        int(number),
        json.dumps(changes),
    )


async def test_a_rule_of_a_later_release_stops_no_other(ana: Analyst, leader: Leader, conn: asyncpg.Connection) -> None:
    later = await rule(ana, "Later")
    await rule(ana, "Good")
    await conn.execute(
        "UPDATE analytics.alert_rules SET definition = definition || '{\"of_the_next_release\": 1}' WHERE rule_id = $1",
        int(later["id"]),
    )
    await leader.tick(NOW)
    rules = {each["name"]: each["detail"] for each in await items(ana, "/alert-rules")}
    assert rules == {"Later": BROKEN, "Good": None}
    assert [alert["rule_name"] for alert in await items(ana, "/alerts")] == ["Good"]


@pytest.mark.parametrize(
    "changes",
    [{"zone": "America/No_longer"}, {"zone": "America"}, {"of_the_next_release": 1}, {"calendar": {"every": "eon"}}],
)
async def test_a_schedule_that_cannot_be_read_stops_no_other_and_waits(
    ana: Analyst, leader: Leader, conn: asyncpg.Connection, changes: dict[str, Any]
) -> None:
    bad, good = await made(ana, name="bad"), await made(ana, name="good")
    await change_schedule(conn, bad["id"], **changes)
    due = datetime.fromisoformat(bad["next_at"]).astimezone(UTC)
    for seconds in range(3):
        await leader.tick(due + timedelta(seconds=seconds))
    assert [export["schedule_id"] for export in await items(ana, "/exports")] == [good["id"]]
    row = await conn.fetchrow("SELECT * FROM analytics.schedules WHERE schedule_id = $1", int(bad["id"]))
    assert row is not None
    assert (row["state"], row["failures"], row["detail"]) == ("active", 1, BROKEN)
    assert row["next_at"] > due


async def test_a_schedule_whose_statement_is_cancelled_starves_neither_others_nor_alerts(
    ana: Analyst, leader: Leader, conn: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, good = await made(ana, name="slow"), await made(ana, name="good")
    await rule(ana, "Rule")
    real, begun = export_work.check, 0

    async def check(own: Connection, *args: Any, **more: Any) -> str:
        nonlocal begun
        begun += 1
        if begun == 1:
            await own.execute("SET LOCAL statement_timeout = 20")
            await own.execute("SELECT pg_sleep(5)")
        return await real(own, *args, **more)

    monkeypatch.setattr(schedule_watch, "check", check)
    due = datetime.fromisoformat(slow["next_at"]).astimezone(UTC)
    for seconds in range(3):
        await leader.tick(due + timedelta(seconds=seconds))
    assert begun == 2
    assert [export["schedule_id"] for export in await items(ana, "/exports")] == [good["id"]]
    row = await conn.fetchrow("SELECT * FROM analytics.schedules WHERE schedule_id = $1", int(slow["id"]))
    assert row is not None
    assert (row["failures"], row["detail"], row["next_at"] > due) == (1, BROKEN, True)
    assert [alert["rule_name"] for alert in await items(ana, "/alerts")] == ["Rule"]


async def test_what_fails_of_a_tick_takes_nothing_else_along(
    ana: Analyst, leader: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rule(ana, "Rule")

    async def fails(_database: Database, _config: Settings, _now: datetime) -> int:
        raise asyncpg.UndefinedColumnError("column next_at does not exist")

    monkeypatch.setattr(schedule_watch, "tick", fails)
    await leader.tick(NOW)
    assert [alert["rule_name"] for alert in await items(ana, "/alerts")] == ["Rule"]
