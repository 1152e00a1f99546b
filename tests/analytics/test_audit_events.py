"""What people do with exports, shared views, alert rules and schedules stands in the audit trail, or is not done."""

import json
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from services.analytics import export_worker
from shared.settings import DatabaseSettings
from tests.analytics.conftest import SUMMER, Analyst, People, settings_for
from tests.analytics.facts import Warehouse
from tests.analytics.tables import legacy_calls

pytestmark = pytest.mark.integration

ALL = (
    "RPT-001",
    "RPT-003",
    "RPT-004",
    "RPT-005",
    "RPT-006",
    "RPT-009",
    "RPT-010",
    "RPT-011",
    *(f"ALR-{n:03}" for n in range(1, 11)),
)
REPORT = {"code": "abandonment", "quarter": "2025-Q3"}
RULE = {
    "name": "Sin datos",
    "definition": {"kind": "missing_data", "source_kind": "legacy", "age_minutes": 60},
}
SCHEDULE = {
    "name": "Semanal",
    "calendar": {"every": "week", "at": "07:30", "weekday": 1},
    "report": "calls-by-day",
    "format": "csv",
}
VIEW = {"name": "Puebla", "query": {"metrics": ["calls"], "time": SUMMER}}


@pytest.fixture
async def ana(people: People, warehouse: Warehouse) -> Analyst:
    await warehouse.add(
        legacy_calls("""
            at                menu
            2025-07-01T09:00  VACIO
        """)
    )
    who = await people.add("ana", *ALL)
    for task in who.app.state.background:
        task.cancel()  # exports wait until the test lets a worker run
    return who


async def trail(conn: asyncpg.Connection) -> list[tuple[str, str]]:
    """(event, kind of its target) in their order; the service and the person are checked on the way."""
    rows = await conn.fetch("SELECT * FROM audit.events ORDER BY event_id")
    assert {row["service"] for row in rows} <= {"analytics"}
    return [(row["event"], row["target_kind"]) for row in rows]


async def done(answer: Awaitable[httpx.Response]) -> Any:
    found = await answer
    assert found.status_code < 300, found.text
    return found.json() if found.content and "json" in found.headers["content-type"] else None


async def test_the_life_of_an_export(
    ana: Analyst, conn: asyncpg.Connection, database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    asked = await done(ana.post("/exports", {"format": "csv", "report": REPORT}, x_request_id="the-first"))
    dropped = await done(ana.post("/exports", {"format": "csv", "report": REPORT}))
    await done(ana.call("DELETE", f"/exports/{dropped['id']}"))
    await export_worker.work(settings_for(database_settings, identity_keys))
    await done(ana.get(f"/exports/{asked['id']}/file"))
    await done(ana.call("DELETE", f"/exports/{asked['id']}"))
    events = ["REQUESTED", "REQUESTED", "CANCELLED", "MADE", "DOWNLOADED", "DELETED"]
    assert await trail(conn) == [(f"EXPORT_{event}", "export") for event in events]
    rows = await conn.fetch("SELECT * FROM audit.events WHERE target_id = $1 ORDER BY event_id", asked["id"])
    assert {row["actor_id"] for row in rows} == {int(ana.user_id)}
    assert (rows[0]["request_id"], rows[1]["request_id"]) == ("the-first", None)
    made = json.loads(rows[1]["details"])
    assert (made["kind"], made["format"], made["rows"] > 0, made["bytes"] > 0) == ("report", "csv", True, True)


@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
async def test_a_report_taken_away_as_a_file_is_told(ana: Analyst, conn: asyncpg.Connection, form: str) -> None:
    address = "/reports/abandonment?quarter=2025-Q3"
    answer = await ana.get(f"{address}&format={form}", x_request_id="the-first")
    assert answer.status_code == 200, answer.text
    (event,) = await conn.fetch("SELECT * FROM audit.events")
    assert (event["event"], event["target_kind"], event["target_id"]) == ("REPORT_DOWNLOADED", "report", "abandonment")
    assert (event["actor_id"], event["request_id"]) == (int(ana.user_id), "the-first")
    details = json.loads(event["details"])
    assert (details["format"], details["rows"] > 0, details["segment"]) == (form, True, None)


async def test_what_is_only_looked_at_or_already_there_is_no_download(ana: Analyst, conn: asyncpg.Connection) -> None:
    address = "/reports/abandonment?quarter=2025-Q3"
    await done(ana.get(address))
    first = await ana.get(f"{address}&format=csv")
    again = await ana.get(f"{address}&format=csv", if_none_match=first.headers["etag"])
    refused = await ana.get("/reports/abandonment?quarter=2025-Q9&format=csv")
    assert [first.status_code, again.status_code, refused.status_code] == [200, 304, 422]
    assert await trail(conn) == [("REPORT_DOWNLOADED", "report")]


async def test_a_report_that_cannot_be_told_is_not_handed_out(ana: Analyst, conn: asyncpg.Connection) -> None:
    await conn.execute("ALTER FUNCTION audit.record_event RENAME TO gone")
    answer = await ana.get("/reports/abandonment?quarter=2025-Q3&format=csv")
    assert answer.status_code == 500
    assert "VACIO" not in answer.text


async def test_an_export_that_fails_is_told(
    ana: Analyst, people: People, conn: asyncpg.Connection, database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    await done(ana.post("/exports", {"format": "csv", "report": REPORT}))
    await people.take(ana, "RPT-004")
    await export_worker.work(settings_for(database_settings, identity_keys))
    assert (await trail(conn))[-1] == ("EXPORT_FAILED", "export")


async def test_a_download_that_is_refused_is_none(ana: Analyst, conn: asyncpg.Connection) -> None:
    asked = await done(ana.post("/exports", {"format": "csv", "report": REPORT}))
    assert (await ana.get(f"/exports/{asked['id']}/file")).status_code == 409
    assert await trail(conn) == [("EXPORT_REQUESTED", "export")]


async def test_shares_of_views(ana: Analyst, people: People, conn: asyncpg.Connection) -> None:
    await people.add("beto", "RPT-010")
    view = await done(ana.post("/views", VIEW))
    share = await done(ana.post(f"/views/{view['id']}/shares", {"username": "beto"}))
    await done(ana.call("DELETE", f"/views/{view['id']}/shares/{share['id']}"))
    await done(ana.call("DELETE", f"/views/{view['id']}"))
    assert [event for event, _ in await trail(conn)] == ["VIEW_SHARED", "VIEW_UNSHARED", "VIEW_DELETED"]
    details = await conn.fetchval("SELECT details FROM audit.events WHERE event = 'VIEW_SHARED'")
    assert json.loads(details) == {"username": "beto", "group": None}


async def test_changes_of_alert_rules(ana: Analyst, conn: asyncpg.Connection) -> None:
    rule = await done(ana.post("/alert-rules", RULE))
    path = f"/alert-rules/{rule['id']}"
    await done(ana.call("PUT", path, {**RULE, "severity": "critical"}))
    await done(ana.call("PUT", f"{path}/state", {"state": "paused"}))
    await done(ana.call("DELETE", path))
    events = ["CREATED", "CHANGED", "STATE_CHANGED", "DELETED"]
    assert await trail(conn) == [(f"ALERT_RULE_{event}", "alert_rule") for event in events]


async def test_changes_of_schedules(ana: Analyst, conn: asyncpg.Connection) -> None:
    schedule = await done(ana.post("/schedules", SCHEDULE))
    await done(ana.call("PUT", f"/schedules/{schedule['id']}", {**SCHEDULE, "active": False}))
    await done(ana.call("DELETE", f"/schedules/{schedule['id']}"))
    events = ["CREATED", "CHANGED", "DELETED"]
    assert await trail(conn) == [(f"SCHEDULE_{event}", "schedule") for event in events]


@pytest.mark.parametrize(
    ("path", "body", "table"),
    [
        ("/exports", {"format": "csv", "report": REPORT}, "exports"),
        ("/alert-rules", RULE, "alert_rules"),
        ("/schedules", SCHEDULE, "schedules"),
    ],
)
async def test_what_cannot_be_recorded_is_not_done(
    ana: Analyst, conn: asyncpg.Connection, path: str, body: dict[str, Any], table: str
) -> None:
    await conn.execute("ALTER TABLE audit.events ADD CONSTRAINT broken CHECK (service <> 'analytics') NOT VALID")
    assert (await ana.post(path, body)).status_code == 500
    assert await conn.fetchval(f"SELECT count(*) FROM analytics.{table}") == 0
