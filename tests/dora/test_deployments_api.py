"""Reporting and listing deployments, over HTTP and down to the rows."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from shared.settings import DatabaseSettings
from tests.dora.conftest import PREFIX, Engineer

pytestmark = pytest.mark.integration


@pytest.mark.requirement("RF-030")
async def test_report_is_kept_as_it_came_and_read_into_a_deployment(
    engineer: Engineer, conn: asyncpg.Connection
) -> None:
    made = await engineer.reported(
        deployment_id="build-9",
        environment="production",
        commit_sha="ABCDEF1",
        version="2.4.0",
        started_at="2026-03-02T10:00:00-06:00",
        finished_at="2026-03-02T10:05:00-06:00",
        deployed_by="ci",
        notes="first",
    )
    assert made["commit_sha"] == "abcdef1"
    assert made["deployed_at"] == "2026-03-02T16:05:00Z"
    assert made["time_quality"] == "exact"
    event = await conn.fetchrow("SELECT source, kind, sender, body FROM dora.events")
    assert event is not None
    assert (event["source"], event["kind"], event["sender"]) == ("own", "deployment", "7")
    assert json.loads(event["body"])["notes"] == "first"


async def test_report_without_a_time_happened_when_it_arrived(engineer: Engineer) -> None:
    before = datetime.now(UTC)
    made = await engineer.reported()
    assert made["time_quality"] == "received"
    assert before - timedelta(seconds=1) <= datetime.fromisoformat(made["deployed_at"]) <= datetime.now(UTC)


async def test_retry_with_the_same_key_answers_the_same_and_changes_nothing(
    engineer: Engineer, conn: asyncpg.Connection
) -> None:
    first = await engineer.report(key="k1")
    again = await engineer.report(key="k1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert await conn.fetchval("SELECT count(*) FROM dora.events") == 1
    assert await conn.fetchval("SELECT count(*) FROM dora.deployments") == 1


async def test_key_with_another_body_is_a_conflict_and_belongs_to_its_sender(engineer: Engineer) -> None:
    await engineer.report(key="k1")
    other = await engineer.report(key="k1", version="2")
    assert other.status_code == 409
    assert "Idempotency-Key" in other.json()["detail"]
    assert (await engineer.named("8").report(key="k1", version="2")).status_code == 201


@pytest.mark.requirement("RF-030")
async def test_retries_at_the_same_time_make_one_deployment(engineer: Engineer, conn: asyncpg.Connection) -> None:
    answers = await asyncio.gather(*(engineer.report(key="k1") for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert await conn.fetchval("SELECT count(*) FROM dora.deployments") == 1


async def test_reports_with_one_deployment_id_tell_about_one_deployment(engineer: Engineer) -> None:
    start, end, back = ("2026-03-02T10:00:00Z", "2026-03-02T10:05:00Z", "2026-03-02T11:00:00Z")
    await engineer.reported(deployment_id="9", status="in_progress", started_at=start)
    await engineer.reported(deployment_id="9", status="rolled_back", finished_at=back)
    made = await engineer.reported(deployment_id="9", status="success", finished_at=end)
    assert (made["status"], made["deployed_at"]) == ("rolled_back", end)
    assert len((await engineer.get("/deployments")).json()["items"]) == 1
    other = await engineer.reported(deployment_id="9", service="ui", finished_at=end)
    assert other["id"] != made["id"]


@pytest.mark.requirement("RF-030")
async def test_reports_about_one_deployment_at_the_same_time_are_all_seen(engineer: Engineer) -> None:
    times = [f"2026-03-02T10:0{minute}:00Z" for minute in range(6)]
    await asyncio.gather(*(engineer.reported(deployment_id="9", finished_at=time, version=time) for time in times))
    (only,) = (await engineer.get("/deployments")).json()["items"]
    assert (only["deployed_at"], only["version"]) == (times[0], times[-1])


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"service": ""}, "service"),
        ({"service": "a b"}, "service"),
        ({"environment": "moon"}, "environment"),
        ({"status": "fine"}, "status"),
        ({"version": None}, "commit_sha"),
        ({"commit_sha": "xyz"}, "commit_sha"),
        ({"finished_at": "2026-03-02T10:00:00"}, "finished_at"),
        ({"finished_at": "yesterday"}, "finished_at"),
        ({"deployed_at": "2099-01-01T00:00:00Z"}, "deployed_at"),
        ({"started_at": "2026-03-02T10:00:00Z", "finished_at": "2026-03-02T09:00:00Z"}, "finished_at"),
        ({"duration_s": -1}, "duration_s"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_bad_field_is_named(
    engineer: Engineer, conn: asyncpg.Connection, fields: dict[str, Any], param: str
) -> None:
    answer = await engineer.report(**fields)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["param"] for error in answer.json()["errors"]] == [param]
    assert await conn.fetchval("SELECT count(*) FROM dora.events") == 0


async def test_body_beyond_the_limit_is_refused(engineer: Engineer) -> None:
    padded = json.dumps({"service": "gateway", "version": "1"}) + " " * 70_000
    headers = engineer._headers() | {"Content-Type": "application/json"}
    answer = await engineer.http.post(f"{PREFIX}/deployments", content=padded, headers=headers)
    assert answer.status_code == 413


async def test_functions_decide_who_reports_and_who_reads(engineer: Engineer) -> None:
    assert (await engineer.holding("DOR-001").report()).status_code == 403
    assert (await engineer.holding("DOR-002").get("/deployments")).status_code == 403
    assert (await engineer.holding("DOR-002").get("/metrics")).status_code == 403
    assert (await engineer.http.get(f"{PREFIX}/metrics")).status_code == 401


async def test_pages_follow_one_another_without_gap_or_overlap(engineer: Engineer) -> None:
    for minute in range(7):
        # Two of every three at the same moment: the cursor must not lose a row among equals.
        await engineer.reported(deployed_at=f"2026-03-02T10:0{minute // 3}:00Z", version=str(minute))
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await engineer.get("/deployments", limit=2, **cursor)).json()
        seen += [item["version"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


async def test_list_is_filtered_by_everything_said(engineer: Engineer) -> None:
    await engineer.reported(deployed_at="2026-03-01T00:00:00Z")
    await engineer.reported(deployed_at="2026-03-02T00:00:00Z", environment="staging")
    await engineer.reported(finished_at="2026-03-03T00:00:00Z", status="failed")
    await engineer.reported(deployed_at="2026-03-04T00:00:00Z", service="ui")

    async def days(**asked: str) -> list[int]:
        items = (await engineer.get("/deployments", **asked)).json()["items"]
        return [datetime.fromisoformat(item["occurred_at"]).day for item in items]

    assert await days() == [4, 3, 2, 1]
    assert await days(service="gateway", environment="production") == [3, 1]
    assert await days(status="failed") == [3]
    assert await days(from_="2026-03-02T00:00:00Z", to="2026-03-04T00:00:00Z") == [3, 2]


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"cursor": "nonsense"}, "cursor"),
        ({"limit": 1001}, "limit"),
        ({"sevice": "x"}, "sevice"),
        ({"from": "2026-03-02"}, "from"),
    ],
)
async def test_bad_question_is_named(engineer: Engineer, asked: dict[str, Any], param: str) -> None:
    answer = await engineer.get("/deployments", **asked)
    assert answer.status_code == 422
    assert [error["param"] for error in answer.json()["errors"]] == [param]


async def test_service_cannot_change_its_evidence_nor_read_what_is_not_its_own(
    engineer: Engineer, database_settings: DatabaseSettings
) -> None:
    await engineer.reported()
    service = await asyncpg.connect(**database_settings.as_role("iact_dora").connect_arguments())
    for statement in (
        "UPDATE dora.events SET sender = 'x'",
        "DELETE FROM dora.events",
        "UPDATE dora.tellings SET place = place + 1",
        "SELECT * FROM sessions.users",
        "SELECT * FROM ivr.legacy_calls_v1",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(statement)
    await service.close()


async def test_other_services_cannot_read_deployments(database_settings: DatabaseSettings) -> None:
    for role in ("iact_analytics", "iact_sessions", "iact_ivr"):
        other = await asyncpg.connect(**database_settings.as_role(role).connect_arguments())
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await other.execute("SELECT * FROM dora.deployments")
        await other.close()


async def test_health_needs_nobody_and_readiness_asks_the_database(engineer: Engineer) -> None:
    live = await engineer.http.get("/health/live")
    ready = await engineer.http.get("/health/ready")
    assert (live.status_code, live.json()["service"]) == (200, "dora")
    assert (ready.status_code, ready.json()["checks"]["postgres"]["status"]) == (200, "ok")
