"""A person's own segment filters everything they see, whatever they try."""

from typing import Any

import pytest

from tests.analytics.conftest import SUMMER, Analyst
from tests.analytics.facts import QueueCall, Warehouse
from tests.analytics.tables import legacy_calls

pytestmark = pytest.mark.integration

# Two callers of Puebla, five of the rest; caller 1 is known to both.
CALLS = """
    at                did       caller_id  menu               centre
    2025-07-01T09:00  19020084  1          RES-FallaInternet  10828091
    2025-07-01T10:00  19020084  2          VACIO              CLIENTE_COLGO
    2025-07-01T09:30  19028031  1          VACIO              CLIENTE_COLGO
    2025-07-01T11:00  19028031  2          Secreto            15070019
    2025-07-01T12:00  19020001  3          RES-FallaInternet  10828091
    2025-06-30T12:00  19020001  4          RES-FallaInternet  10828091
    2025-07-02T12:00  1902001   5          RES-FallaInternet  10828091
"""
DAYS = {**SUMMER, "granularity": "day", "to": "2025-07-03T00:00:00-06:00"}


@pytest.fixture(params=["facts", "rollups"])
async def puebla(analyst: Analyst, warehouse: Warehouse, request: pytest.FixtureRequest) -> Analyst:
    await warehouse.add(legacy_calls(CALLS))
    if request.param == "rollups":
        await warehouse.roll_up()
    return analyst.with_segment("puebla")


ATTEMPTS: list[dict[str, Any]] = [
    {},
    {"filters": [{"dimension": "segment", "op": "in", "values": ["nacional_A", "puebla"]}]},
    {"filters": [{"dimension": "segment", "op": "in", "values": ["nacional_A"]}]},
    {"filters": [{"dimension": "segment", "op": "not_in", "values": ["puebla"]}]},
    {"filters": [{"dimension": "segment", "op": "prefix", "values": [""]}]},
    {"filters": [{"dimension": "segment", "op": "between", "values": ["a", "zzzz"]}]},
    {"filters": [{"dimension": "segment", "op": "is_null", "values": [False]}]},
    {"filters": [{"dimension": "did", "op": "in", "values": ["19028031"]}]},
    {"filters": [{"dimension": "menu", "op": "in", "values": ["puebla' OR true --"]}]},
    {"dimensions": ["did"]},
    {"dimensions": ["menu", "centre"], "time": DAYS},
    {"metrics": ["unique_callers", "calls"], "dimensions": ["segment"]},
    {"attribution": "event", "dimensions": ["segment"]},
    {"compare": {"from": "2025-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}},
    {"compare": "previous_period", "time": DAYS, "dimensions": ["segment"]},
]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
@pytest.mark.requirement("RF-027")
async def test_no_question_reaches_another_segment(puebla: Analyst, attempt: dict[str, Any]) -> None:
    body = await puebla.ask(**{"metrics": ["calls", "unique_callers"], "totals": True, **attempt})
    calls = sum(row[-2] if "compare" not in attempt else 0 for row in body["rows"])
    assert calls <= 2
    assert max(value or 0 for value in body["totals"]) <= 2
    shown = {cell for row in body["rows"] for cell in row}
    assert shown.isdisjoint({"nacional_A", "nacional_B", "desconocido", "19028031", "19020001", "1902001", "Secreto"})
    assert body["meta"]["segment"] == "puebla"


async def test_another_segments_call_is_no_repeat(puebla: Analyst, analyst: Analyst) -> None:
    own = await puebla.ask(metrics=["repeat_rate_1h"])
    whole = await analyst.ask(
        metrics=["repeat_rate_1h"], filters=[{"dimension": "segment", "op": "in", "values": ["puebla"]}]
    )
    assert own["rows"] == [[0.0]]
    assert whole["rows"] == [[1.0]]


@pytest.mark.parametrize(
    "question",
    [
        {"source_kind": "asterisk"},
        {"metrics": ["service_level"]},
        {"dimensions": ["queue"]},
        {"source_kind": "asterisk", "filters": [{"dimension": "queue", "op": "is_null"}]},
    ],
)
async def test_queue_calls_have_no_segment_to_be_seen_through(puebla: Analyst, question: dict[str, Any]) -> None:
    answer = await puebla.post("/query", {"metrics": ["calls"], "time": SUMMER, **question})
    assert answer.status_code == 403
    assert "Whoever administers people can change your segment." in answer.json()["detail"]


@pytest.mark.requirement("RF-027")
async def test_drill_down_stays_inside(puebla: Analyst) -> None:
    everything = await puebla.post("/calls", {"time": SUMMER})
    assert {call["segment"] for call in everything.json()["items"]} == {"puebla"}
    assert everything.json()["total"] == 2
    cell = await puebla.post("/calls", {"time": SUMMER, "cell": {"segment": "nacional_A"}})
    assert cell.json()["items"] == []
    assert (await puebla.post("/calls", {"time": SUMMER, "source_kind": "asterisk"})).status_code == 403


async def test_a_call_outside_does_not_exist(puebla: Analyst, analyst: Analyst, warehouse: Warehouse) -> None:
    calls = (await analyst.post("/calls", {"time": SUMMER})).json()["items"]
    for call in calls:
        expected = 200 if call["segment"] == "puebla" else 404
        assert (await puebla.get(f"/calls/{call['id']}")).status_code == expected
        assert (await analyst.get(f"/calls/{call['id']}")).json() == call
    entered = legacy_calls("at\n2025-07-01T09:00")[0].started_at
    await warehouse.add_queue([QueueCall(call_id=1, entered_at=entered, exit="open")])
    queued = (await analyst.post("/calls", {"time": SUMMER, "source_kind": "asterisk"})).json()["items"][0]
    assert (await analyst.get(f"/calls/{queued['id']}")).status_code == 200
    assert (await puebla.get(f"/calls/{queued['id']}")).status_code == 404


@pytest.mark.requirement("RF-027")
async def test_reports_stay_inside(puebla: Analyst) -> None:
    for code in ("abandonment", "unique-customers", "quarterly-summary", "calls-by-day", "calls-by-hour"):
        for form in ("json", "csv"):
            answer = await puebla.get(f"/reports/{code}?quarter=2025-Q3&format={form}")
            assert answer.status_code == 200, answer.text
            assert "nacional" not in answer.text
            assert "Secreto" not in answer.text
    other = await puebla.get("/reports/abandonment?quarter=2025-Q3&segment=nacional_A")
    assert other.status_code == 403
    assert (await puebla.get("/reports/abandonment?quarter=2025-Q3&segment=nowhere")).status_code == 403


async def test_a_cursor_of_somebody_else_opens_nothing(puebla: Analyst, analyst: Analyst) -> None:
    asked = {"metrics": ["calls"], "dimensions": ["did"], "time": SUMMER, "limit": 1}
    theirs = (await analyst.post("/query", asked)).json()["next_cursor"]
    assert theirs is not None
    assert (await puebla.post("/query", {**asked, "cursor": theirs})).status_code == 422
    listed = (await analyst.post("/calls", {"time": SUMMER, "limit": 1})).json()["next_cursor"]
    assert (await puebla.post("/calls", {"time": SUMMER, "limit": 1, "cursor": listed})).status_code == 422
