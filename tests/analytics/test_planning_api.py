"""Forecasts and staffing as the page asks for them, from calls in PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from tests.analytics.conftest import Analyst
from tests.analytics.facts import LegacyCall, QueueCall, Warehouse

pytestmark = pytest.mark.integration

MEXICO = ZoneInfo("America/Mexico_City")
MONDAY = datetime(2025, 7, 7, tzinfo=MEXICO)
WEEKS = 10
PLANNER = ("RPT-001", "RPT-003", "RPT-013")


@pytest.fixture
def planner(analyst: Analyst) -> Analyst:
    return analyst.holding(*PLANNER)


def monday_calls(weeks: int = WEEKS) -> list[LegacyCall]:
    """Six calls between 9:00 and 9:30 of each Monday, two of them of the other segment; three from 9:30."""
    calls = []
    for week in range(weeks):
        for n, minute in enumerate([0, 5, 10, 15, 20, 25, 30, 35, 40]):
            at = MONDAY + timedelta(days=7 * week, hours=9, minutes=minute)
            did = "19020084" if n in (1, 2) else "19028031"
            calls.append(LegacyCall(started_at=at.astimezone(UTC), call_id=week * 100 + n + 1, did=did))
    return calls


async def until(conn: asyncpg.Connection, day: datetime) -> None:
    await conn.execute("UPDATE ivr.data_versions SET data_as_of = $1", day)


async def foretell(planner: Analyst, **more: Any) -> dict[str, Any]:
    body = {"from": "2025-09-15", "to": "2025-09-16", "interval": "30min", **more}
    answer = await planner.post("/forecasts", body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.requirement("RF-020")
async def test_the_next_monday_is_like_the_last_ones(
    planner: Analyst, warehouse: Warehouse, conn: asyncpg.Connection
) -> None:
    await warehouse.add(monday_calls())
    await until(conn, MONDAY + timedelta(days=7 * WEEKS, hours=5))  # the day itself is only half known
    found = await foretell(planner)
    told = {point["time"]: (point["kind"], point["value"]) for point in found["points"]}
    assert len(told) == 48
    assert told["2025-09-15T09:00:00-06:00"] == ("open", 6)
    assert told["2025-09-15T09:30:00-06:00"] == ("open", 3)
    assert told["2025-09-15T10:00:00-06:00"] == ("closed", 0)
    assert (found["history_from"], found["history_to"]) == ("2025-07-07", "2025-09-15")
    assert found["accuracy"]["wape_interval"] == 0
    assert found["accuracy"]["folds"] > 2
    assert found["meta"]["zone"] == "America/Mexico_City"


@pytest.mark.requirement("RF-020")
async def test_calls_that_end_in_the_ivr_need_no_agents(
    planner: Analyst, warehouse: Warehouse, conn: asyncpg.Connection
) -> None:
    """Two of the six calls of each half hour hung up in the IVR, one failed there: three are for agents."""
    ends = {0: "CLIENTE_COLGO", 3: "CLIENTE_COLGO", 4: "CASO_NULL"}
    calls = monday_calls()
    await warehouse.add([replace(call, centre=ends.get(call.call_id % 100 - 1, call.centre)) for call in calls])
    await until(conn, MONDAY + timedelta(days=7 * WEEKS))
    nine = {}
    for metric in ("calls", "transferred"):
        found = await foretell(planner, metric=metric)
        nine[metric] = {point["time"]: point["value"] for point in found["points"]}["2025-09-15T09:00:00-06:00"]
    assert nine == {"calls": 6, "transferred": 3}
    body = {"from": "2025-09-15", "to": "2025-09-16", "interval": "30min", "metric": "transferred"}
    staffed = await planner.post("/staffing", {"model": "erlang_c", "aht_s": 300, "forecast": body})
    assert staffed.status_code == 200, staffed.text
    at_nine = [point for point in staffed.json()["points"] if point["time"] == "2025-09-15T09:00:00-06:00"]
    assert [point["calls"] for point in at_nine] == [3]
    refused = await planner.post("/forecasts", {**body, "source_kind": "asterisk"})
    assert (refused.status_code, refused.json()["errors"][0]["param"]) == (422, "metric")


async def test_a_segment_sees_its_own_calls_foretold(
    planner: Analyst, warehouse: Warehouse, conn: asyncpg.Connection
) -> None:
    await warehouse.add(monday_calls())
    await until(conn, MONDAY + timedelta(days=7 * WEEKS))
    only = [{"dimension": "segment", "op": "in", "values": ["puebla"]}]
    for found in (
        await foretell(replace(planner, segment="puebla")),
        await foretell(planner, filters=only),
    ):
        assert sum(point["value"] for point in found["points"]) == 2
    refused = await replace(planner, segment="puebla").post(
        "/forecasts", {"from": "2025-09-15", "to": "2025-09-16", "source_kind": "asterisk"}
    )
    assert refused.status_code == 403


@pytest.mark.requirement("RF-020", "RF-054")
async def test_holidays_of_the_calendar_are_not_guessed(
    planner: Analyst, warehouse: Warehouse, conn: asyncpg.Connection
) -> None:
    await warehouse.add(monday_calls())
    await until(conn, MONDAY + timedelta(days=7 * WEEKS))
    await warehouse.holiday((MONDAY + timedelta(days=7 * WEEKS)).date())
    found = await foretell(planner)
    assert {(point["kind"], point["value"]) for point in found["points"]} == {("holiday", None)}
    assert [warning["code"] for warning in found["warnings"]] == ["holiday_unknown"]


@pytest.mark.requirement("RF-020")
async def test_without_data_nothing_is_foretold(planner: Analyst, warehouse: Warehouse) -> None:
    found = await foretell(planner, metric="offered")
    assert {point["value"] for point in found["points"]} == {None}
    assert {"history_too_short", "not_tried"} <= {warning["code"] for warning in found["warnings"]}
    assert found["history_from"] is None


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"to": "2025-09-15"}, "to"),
        ({"to": "2026-09-15"}, "to"),
        ({"zone": "Mexico"}, "zone"),
        ({"metric": "offered", "source_kind": "legacy"}, "metric"),
        ({"closed": [{"weekdays": [8]}]}, "closed.0.weekdays.0"),
        ({"filters": [{"dimension": "queue", "op": "in", "values": ["a"]}]}, "filters.0"),
        ({"interval": "week"}, "interval"),
        ({"horizon": 3}, "horizon"),
    ],
)
async def test_a_bad_field_is_named(planner: Analyst, warehouse: Warehouse, change: dict[str, Any], param: str) -> None:
    answer = await planner.post("/forecasts", {"from": "2025-09-15", "to": "2025-09-16", **change})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["param"] == param


async def test_planning_is_a_function_of_its_own(analyst: Analyst, warehouse: Warehouse) -> None:
    body = {"from": "2025-09-15", "to": "2025-09-16"}
    assert (await analyst.post("/forecasts", body)).status_code == 403
    filtered = {**body, "filters": [{"dimension": "segment", "op": "in", "values": ["puebla"]}]}
    assert (await analyst.holding("RPT-013").post("/forecasts", filtered)).status_code == 403
    assert (await analyst.holding("RPT-013").post("/forecasts", body)).status_code == 200


HALF_HOUR: dict[str, Any] = {"intervals": [{"time": "2025-09-15T09:00:00-06:00", "calls": 360}]}


@pytest.mark.requirement("RF-021")
async def test_the_textbook_example(planner: Analyst, warehouse: Warehouse) -> None:
    body = {**HALF_HOUR, "model": "erlang_c", "aht_s": 240, "target": {"service_level": 0.8, "threshold_s": 15}}
    answer = await planner.post("/staffing", body)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    (point,) = found["points"]
    assert point["agents"] == 55
    assert point["rostered"] == 79
    assert point["service_level"] == pytest.approx(0.845883, abs=1e-4)
    assert found["agents_hours"] == 27.5
    assert found["assumptions"] == [
        {
            "name": "aht_s",
            "value": 240,
            "low": None,
            "high": None,
            "origin": "given",
            "detail": "given with the request",
        }
    ]
    fixed = (await planner.post("/staffing", {**body, "agents": 48})).json()
    assert fixed["points"][0]["asa_s"] is None
    assert [warning["code"] for warning in fixed["warnings"]] == ["queue_grows"]


@pytest.mark.requirement("RF-021")
async def test_handle_time_and_patience_are_learned_from_calls(planner: Analyst, warehouse: Warehouse) -> None:
    at = datetime(2025, 9, 1, 15, tzinfo=UTC)
    calls = [
        QueueCall(
            entered_at=at, call_id=n, exit="answered", wait_s=20, talk_s=180, ended_at=at + timedelta(seconds=200)
        )
        for n in range(1, 161)
    ]
    calls += [
        QueueCall(entered_at=at, call_id=n, exit="abandoned", wait_s=40, ended_at=at + timedelta(seconds=40))
        for n in range(161, 201)
    ]
    await warehouse.add_queue(calls)
    learn: dict[str, Any] = {"from": "2025-09-01T00:00:00-06:00", "to": "2025-09-02T00:00:00-06:00"}
    answer = await planner.post("/staffing", {**HALF_HOUR, "learn_from": learn})
    assert answer.status_code == 200, answer.text
    aht, patience = answer.json()["assumptions"]
    assert (aht["value"], aht["origin"]) == (180, "estimated")
    assert "wrap-up" in aht["detail"]
    assert patience["value"] == pytest.approx((160 * 20 + 40 * 40) / 40)
    assert patience["low"] < patience["value"] < patience["high"]
    few = await planner.post("/staffing", {**HALF_HOUR, "learn_from": {**learn, "to": "2025-09-01T00:10:00-06:00"}})
    assert few.status_code == 422
    assert {error["param"] for error in few.json()["errors"]} == {"learn_from"}
    assert (
        await replace(planner, segment="puebla").post("/staffing", {**HALF_HOUR, "learn_from": learn})
    ).status_code == 403


@pytest.mark.requirement("RF-021")
async def test_a_plan_for_a_forecast(planner: Analyst, warehouse: Warehouse, conn: asyncpg.Connection) -> None:
    await warehouse.add(monday_calls())
    await until(conn, MONDAY + timedelta(days=7 * WEEKS))
    body = {
        "forecast": {"from": "2025-09-15", "to": "2025-09-16"},
        "model": "erlang_a",
        "aht_s": 300,
        "patience_s": 120,
        "shrinkage": 0,
    }
    answer = await planner.post("/staffing", body)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert len(found["points"]) == 48
    assert [point["agents"] for point in found["points"] if point["calls"]] == [3, 2]
    assert found["agents_hours"] == 2.5
    assert found["forecast"]["accuracy"]["wape_interval"] == 0


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "body"),
        ({**HALF_HOUR, "forecast": {"from": "2025-09-15", "to": "2025-09-16"}}, "body"),
        ({**HALF_HOUR, "model": "erlang_c"}, "aht_s"),
        ({**HALF_HOUR, "aht_s": 240}, "patience_s"),
        ({**HALF_HOUR, "aht_s": 0}, "aht_s"),
        ({**HALF_HOUR, "aht_s": 240, "patience_s": 100, "shrinkage": 1}, "shrinkage"),
    ],
)
async def test_a_bad_plan_is_named(planner: Analyst, warehouse: Warehouse, body: dict[str, Any], param: str) -> None:
    answer = await planner.post("/staffing", body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["param"] == param


async def test_more_calls_than_can_be_planned(planner: Analyst, warehouse: Warehouse) -> None:
    body = {
        "intervals": [{"time": "2025-09-15T09:00:00-06:00", "calls": 1_000_000}],
        "aht_s": 86_400,
        "interval_s": 300,
    }
    answer = await planner.post("/staffing", {**body, "model": "erlang_c"})
    assert answer.status_code == 422
    assert "100000 agents" in answer.json()["detail"]
