"""Reading everything again changes nothing, what waits is read, and the report says what is missing."""

import asyncio
import json
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.dora.webhooks.senders import PROVIDERS
from tests.dora import samples
from tests.dora.conftest import Engineer
from tests.dora.test_webhooks_api import send, signed
from tests.dora.whole_bodies import WHOLE, build

pytestmark = pytest.mark.integration

STATES = {
    "deployments": "SELECT * FROM dora.deployments ORDER BY deployment_id",
    "incidents": "SELECT * FROM dora.incidents ORDER BY incident_id",
    "pull_requests": "SELECT * FROM dora.pull_requests ORDER BY entity_key",
    "tellings": "SELECT * FROM dora.tellings ORDER BY event_id, place",
    "readings": "SELECT * FROM dora.readings ORDER BY event_id",
}
MARCH = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-20T00:00:00Z", "zone": "UTC", "as_of": "2026-03-25T00:00:00Z"}


@pytest.fixture(autouse=True)
def secrets(identity_keys: Path) -> None:
    for provider in PROVIDERS:
        (identity_keys / f"webhook_secret_{provider}").write_bytes(samples.SECRET)


async def states(conn: asyncpg.Connection) -> dict[str, list[dict[str, Any]]]:
    return {name: [dict(row) for row in await conn.fetch(text)] for name, text in STATES.items()}


async def all_read(engineer: Engineer) -> dict[str, Any]:
    for _ in range(600):
        found: dict[str, Any] = (await engineer.get("/quality", **MARCH)).json()
        if not found["waiting"]:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("events are still waiting")


async def test_replay_equals_live(engineer: Engineer, conn: asyncpg.Connection) -> None:
    for number, (provider, event, body) in enumerate(WHOLE):
        raw = json.dumps(body).encode()
        await send(engineer, provider, signed(provider, event, raw, f"d-{number}"), raw)
    at = "2026-03-02T10:0{}:00Z".format
    for status, minute in (("in_progress", 0), ("success", 5), ("rolled_back", 9)):
        await engineer.reported(deployment_id="9", status=status, finished_at=at(minute))
    await engineer.reported(version="3", finished_at=at(7))
    told = {"incident_id": "i", "service": "gateway", "detected_at": at(8), "caused_by": "3"}
    await engineer.post("/incidents", told)
    live, numbers = await states(conn), (await engineer.get("/metrics", **MARCH)).json()
    assert len(live["deployments"]) > 5
    assert len(live["incidents"]) > 3

    # What an older version had read otherwise, or never.
    await conn.execute("UPDATE dora.deployments SET version = 'wrong' WHERE external_id = '9'")
    await conn.execute("DELETE FROM dora.tellings WHERE kind = 'incident'")
    await conn.execute("DELETE FROM dora.incidents WHERE source <> 'own'")
    asked = await engineer.post("/replay", {})
    assert (asked.status_code, asked.json()["waiting"]) == (202, len(live["readings"]))
    await all_read(engineer)
    replayed = await states(conn)
    new_ids = [row.pop("incident_id") for row in replayed["incidents"]]
    assert len(new_ids) == len(live["incidents"])
    for row in live["incidents"]:
        row.pop("incident_id")
    replayed["incidents"].sort(key=lambda row: row["entity_key"])
    live["incidents"].sort(key=lambda row: row["entity_key"])
    assert replayed == live
    assert (await engineer.get("/metrics", **MARCH)).json() == numbers
    assert (await engineer.holding("DOR-001").post("/replay", {})).status_code == 403


async def test_event_of_which_nobody_told_any_more_takes_its_state_along(
    engineer: Engineer, conn: asyncpg.Connection
) -> None:
    """An event read as another thing than before leaves no shadow of the earlier reading."""
    made = await engineer.reported(deployment_id="9")
    await conn.execute("""
        UPDATE dora.tellings SET entity_key = 'shadow', told = jsonb_set(told, '{external_id}', '"shadow"')
    """)
    await conn.execute("UPDATE dora.deployments SET entity_key = 'shadow', external_id = 'shadow'")
    await engineer.post("/replay", {})
    await all_read(engineer)
    rows = await conn.fetch("SELECT external_id FROM dora.deployments")
    assert [row["external_id"] for row in rows] == ["9"]
    assert made["deployment_id"] == "9"


async def test_event_that_cannot_be_read_does_not_hold_up_the_others(
    engineer: Engineer, conn: asyncpg.Connection
) -> None:
    await conn.execute("""
        WITH made AS (
            INSERT INTO dora.events (source, kind, sender, body)
            VALUES ('own', 'deployment', '7', 'no JSON'), ('own', 'deployment', '7', '{"service": "x", "version": "1"}')
            RETURNING event_id
        )
        INSERT INTO dora.unread SELECT event_id FROM made
    """)
    await all_read(engineer)
    assert await conn.fetchval("SELECT service FROM dora.deployments") == "x"
    outcomes = await conn.fetch("SELECT outcome FROM dora.readings ORDER BY event_id")
    assert [row["outcome"] for row in outcomes] == ["not_understood", "recorded"]


async def test_report_of_what_is_missing(engineer: Engineer) -> None:
    await engineer.reported(deployed_at="2026-03-02T10:00:00Z")
    await engineer.reported(status="success", started_at="2026-03-03T10:00:00Z", version="2")
    told = {"incident_id": "i", "service": "gateway", "detected_at": "2026-03-03T11:00:00Z"}
    await engineer.post("/incidents", told)
    body = json.dumps(build(phase=None)).encode()
    await send(engineer, "jenkins", samples.bearer(), body)
    found = (await engineer.get("/quality", **MARCH, service="gateway")).json()
    counts = {check["name"]: (check["count"], check["of"]) for check in found["checks"]}
    assert counts["undated_deployments"] == (1, 2)
    assert counts["deployments_without_a_commit"] == (2, 2)
    assert counts["open_incidents"] == (1, 1)
    assert counts["incidents_without_a_cause"] == (1, 1)
    assert counts["clock_skew"] == (0, None)
    assert found["waiting"] == 0
    everything = (await engineer.get("/quality")).json()
    assert ("jenkins", "not_understood") in [(each["source"], each["outcome"]) for each in everything["deliveries"]]
    assert all(check["detail"] for check in found["checks"])
