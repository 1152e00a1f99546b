import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.analytics.conftest import SUMMER, Analyst
from tests.analytics.facts import LegacyCall, QueueCall, Warehouse
from tests.analytics.tables import legacy_calls

pytestmark = pytest.mark.integration

THREE_CALLS = """
    at                menu               did       caller_id  duration_s
    2025-07-01T09:00  VACIO              19028031  1          10
    2025-07-01T23:59  RES-FallaInternet  19020084  1          20
    2025-07-03T00:00  VACIO              19028031  0          30
"""


@pytest.mark.requirement("RF-012")
async def test_days_without_calls_are_rows_of_zeros_and_nulls(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(legacy_calls(THREE_CALLS))
    time = {**SUMMER, "to": "2025-07-04T00:00:00-06:00", "granularity": "day"}
    body = await analyst.ask(metrics=["calls", "abandoned_rate", "duration_s_p90"], time=time, totals=True)
    assert body["rows"] == [
        ["2025-07-01T00:00:00-06:00", 2, 0.5, 20.0],
        ["2025-07-02T00:00:00-06:00", 0, None, None],
        ["2025-07-03T00:00:00-06:00", 1, 1.0, 30.0],
    ]
    assert body["totals"] == [3, 2 / 3, 30.0]


async def test_an_answer_says_how_it_was_made(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(legacy_calls(THREE_CALLS))
    body = await analyst.ask(metrics=["abandoned_rate"], dimensions=["segment"])
    assert [column["name"] for column in body["columns"]] == ["segment", "abandoned_rate"]
    assert body["columns"][1] == {
        "name": "abandoned_rate",
        "kind": "metric",
        "unit": "ratio",
        "good": "down",
        "exact": True,
        "error": None,
        "version": 1,
        "formula": "abandoned / calls",
        "formula_es": "abandonadas / llamadas",
        "of": None,
        "service_level": None,
    }
    assert body["meta"]["source_kind"] == "legacy"
    assert body["meta"]["sources"] == ["legacy"]
    assert body["meta"]["data_as_of"] == "2025-10-01T00:00:00Z"
    assert body["meta"]["answered_from"] == "facts"
    assert body["rows"] == [["nacional_A", 1.0], ["puebla", 0.0]]


@pytest.mark.requirement("RF-016")
async def test_unique_callers_are_never_summed(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(legacy_calls(THREE_CALLS))
    body = await analyst.ask(metrics=["unique_callers"], dimensions=["segment"], totals=True)
    assert body["rows"] == [["nacional_A", 1], ["puebla", 1]]
    assert body["totals"] == [1]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ({"metrics": ["calls"]}, "legacy"),
        ({"metrics": ["service_level"]}, "asterisk"),
        ({"metrics": ["calls"], "dimensions": ["queue"]}, "asterisk"),
        ({"metrics": ["calls"], "filters": [{"dimension": "queue", "op": "is_null"}]}, "asterisk"),
        ({"metrics": ["menu_errors", "service_level"]}, "legacy"),
        ({"metrics": ["calls"], "source_kind": "asterisk"}, "asterisk"),
    ],
)
async def test_the_kind_that_knows_everything_answers(
    analyst: Analyst, warehouse: Warehouse, question: dict[str, object], kind: str
) -> None:
    assert (await analyst.ask(**question))["meta"]["source_kind"] == kind


@pytest.mark.requirement("RF-013")
async def test_what_a_source_cannot_know_is_null_with_a_reason(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(legacy_calls(THREE_CALLS))
    body = await analyst.ask(source_kind="legacy", metrics=["calls", "asa_s"], dimensions=["queue"])
    assert body["rows"] == [[None, 3, None]]
    assert {warning["column"] for warning in body["warnings"]} == {"queue", "asa_s"}
    assert {warning["code"] for warning in body["warnings"]} == {"unknown_to_source"}


async def test_a_kind_without_sources_says_so(analyst: Analyst) -> None:
    body = await analyst.ask(metrics=["calls", "abandoned_rate"], totals=True)
    assert body["rows"] == []
    assert body["totals"] == [None, None]
    assert [warning["code"] for warning in body["warnings"]] == ["source_kind_absent"]


@pytest.mark.parametrize(
    ("question", "param", "suggestion"),
    [
        ({"metrics": ["abandond"]}, "metrics.0", "abandoned"),
        ({"dimensions": ["segmnt"]}, "dimensions.0", "segment"),
        ({"filters": [{"dimension": "meun", "op": "is_null"}]}, "filters.0.dimension", "menu"),
        ({"time": {**SUMMER, "zone": "America/Mexico"}}, "time.zone", "America/Mexico_City"),
        ({"time": {**SUMMER, "granularity": "days"}}, "time.granularity", "day"),
        ({"order_by": ["-call"]}, "order_by.0", "calls"),
        ({"time": {**SUMMER, "from": SUMMER["to"], "to": SUMMER["from"]}}, "time.to", None),
        ({"filters": [{"dimension": "weekday", "op": "in", "values": ["lunes"]}]}, "filters.0", None),
        ({"filters": [{"dimension": "segment", "op": "between", "values": ["a"]}]}, "filters.0", None),
        ({"filters": [{"dimension": "segment", "op": "like", "values": ["a"]}]}, "filters.0.op", None),
        ({"filters": [{"dimension": "menu", "op": "in", "values": ["a\u0000"]}]}, "filters.0.values.0", None),
        ({"cursor": "bm9wZQ"}, "cursor", None),
        ({"metric": ["calls"]}, "metric", "metrics"),
        ({"limit": 10_001}, "limit", None),
        ({"time": {**SUMMER, "from": "1800-01-01T00:00:00Z"}}, "time.from", None),
        ({"time": {**SUMMER, "from": "0"}}, "time.from", None),
        ({"time": {**SUMMER, "from": 0}}, "time.from", None),
        ({"time": {**SUMMER, "from": "2025-07-01T00:00:00"}}, "time.from", None),
        ({"compare": {"from": "0001-01-01T00:00:00+14:00", "to": SUMMER["to"]}}, "compare.from", None),
        ({"filters": [{"dimension": "weekday", "op": "in", "values": [2**63]}]}, "filters.0", None),
        ({"filters": [{"dimension": "menu", "op": "in", "values": [{"a": 1}]}]}, "filters.0", None),
        ({"time": {**SUMMER, "from": "2000-01-01T00:00:00Z", "granularity": "15min"}}, "time.granularity", None),
    ],
)
async def test_a_wrong_field_is_named_with_the_way_out(
    analyst: Analyst, question: dict[str, object], param: str, suggestion: str | None
) -> None:
    error = await analyst.refused(**question)
    assert error["param"] == param
    assert error.get("suggestion") == suggestion


@pytest.mark.parametrize(
    "part", ['"metrics": ["\\ud800"]', '"metrics": ["calls"], "\\ud800": 1', '"cursor": "\\ud800"', "["]
)
async def test_half_a_character_is_a_clear_error(analyst: Analyst, part: str) -> None:
    """What only a raw body can carry: JSON may name half of a surrogate pair, UTF-8 cannot hold it."""
    body = f'{{{part}, "time": {json.dumps(SUMMER)}}}'
    headers = {"Content-Type": "application/json", **analyst.headers()}
    answer = await analyst.http.post("/api/v1/analytics/query", content=body, headers=headers)
    assert answer.status_code == 422, answer.text


@pytest.mark.requirement("RF-012")
async def test_pages_by_cursor_are_the_whole_answer(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(legacy_calls(THREE_CALLS))
    question = {
        "metrics": ["calls", "abandoned_rate"],
        "dimensions": ["menu"],
        "time": {**SUMMER, "to": "2025-07-04T00:00:00-06:00", "granularity": "day"},
        "order_by": ["-abandoned_rate"],
    }
    whole = await analyst.ask(**question)
    pages: list[list[object]] = []
    cursor = None
    while cursor is not None or not pages:
        page = await analyst.ask(**question, limit=1, **({"cursor": cursor} if cursor else {}))
        pages += page["rows"]
        cursor = page["next_cursor"]
    assert pages == whole["rows"]
    assert len(pages) == 6


async def test_a_cursor_of_another_question_is_refused(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(legacy_calls(THREE_CALLS))
    page = await analyst.ask(dimensions=["menu"], limit=1)
    error = await analyst.refused(dimensions=["option"], cursor=page["next_cursor"])
    assert error["param"] == "cursor"


@pytest.mark.requirement("RNF-018")
async def test_an_unchanged_answer_is_304_until_data_arrives(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(legacy_calls(THREE_CALLS))
    body = {"metrics": ["calls"], "time": SUMMER}
    tag = (await analyst.post("/query", body)).headers["etag"]
    again = await analyst.post("/query", body, if_none_match=tag)
    assert again.status_code == 304
    assert again.content == b""
    await warehouse.published("legacy")
    assert (await analyst.post("/query", body, if_none_match=tag)).status_code == 200


@pytest.mark.requirement("RNF-018")
async def test_an_etag_belongs_to_one_segment(analyst: Analyst, warehouse: Warehouse) -> None:
    body = {"metrics": ["calls"], "time": SUMMER}
    tag = (await analyst.post("/query", body)).headers["etag"]
    other = await analyst.with_segment("puebla").post("/query", body, if_none_match=tag)
    assert other.status_code == 200


async def test_csv_is_data_and_never_a_formula(analyst: Analyst, warehouse: Warehouse) -> None:
    evil = ("=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", 'a"b', "a,b")
    calls = legacy_calls("at option\n" + "\n".join(f"2025-07-01T09:00 {option}" for option in evil))
    await warehouse.add(calls)
    answer = await analyst.post(
        "/query", {"metrics": ["calls"], "dimensions": ["option"], "time": SUMMER}, accept="text/csv"
    )
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    table = list(csv.reader(io.StringIO(answer.text)))
    assert table[0] == ["option", "calls"]
    assert {row[0] for row in table[1:]} == {"'=HYPERLINK(1)", "'+1", "'-1", "'@SUM(A1)", 'a"b', "a,b"}


async def test_an_unknown_form_is_not_acceptable(analyst: Analyst) -> None:
    assert (await analyst.post("/query", {"metrics": ["calls"], "time": SUMMER}, accept="image/png")).status_code == 406


@pytest.mark.parametrize(
    ("functions", "question", "headers"),
    [
        ((), {}, {}),
        (("RPT-001",), {"filters": [{"dimension": "menu", "op": "is_null"}]}, {}),
        (("RPT-001",), {}, {"accept": "text/csv"}),
    ],
)
async def test_each_part_needs_its_function(
    analyst: Analyst, functions: tuple[str, ...], question: dict[str, object], headers: dict[str, str]
) -> None:
    body = {"metrics": ["calls"], "time": SUMMER, **question}
    answer = await analyst.holding(*functions).post("/query", body, **headers)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.requirement("RF-066")
async def test_the_other_period_stands_beside_each_value(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(
        legacy_calls("""
            at                menu
            2025-06-30T09:00  Marque3
            2025-06-30T10:00  RES-FallaInternet
            2025-07-01T09:00  RES-FallaInternet
            2025-07-01T09:00  RES-FallaInternet
            2025-07-01T09:00  RES-FallaInternet
        """)
    )
    time = {**SUMMER, "to": "2025-07-02T00:00:00-06:00", "granularity": "day"}
    body = await analyst.ask(dimensions=["menu"], time=time, compare="previous_period", totals=True)
    assert [column["name"] for column in body["columns"]][2:] == ["calls", "calls_previous", "calls_change"]
    assert body["rows"] == [
        ["2025-07-01T00:00:00-06:00", "Marque3", 0, 1, -1.0],
        ["2025-07-01T00:00:00-06:00", "RES-FallaInternet", 3, 1, 2.0],
    ]
    assert body["totals"] == [3, 2, 0.5]


async def test_a_window_that_is_not_covered_is_left_out_and_counted(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(
        legacy_calls("""
            at                caller_id
            2025-09-28T09:00  1
            2025-09-28T20:00  1
            2025-09-30T17:30  2
        """)
    )
    body = await analyst.ask(metrics=["repeat_rate_24h"])
    assert body["rows"] == [[0.5]]
    assert body["warnings"][0]["code"] == "window_not_covered"
    assert body["warnings"][0]["calls"] == 1


async def test_service_level_variants_travel_with_the_request(analyst: Analyst, warehouse: Warehouse) -> None:
    entered = legacy_calls("at\n2025-07-01T09:00")[0].started_at
    exits = [("answered", 10.0), ("answered", 20.0), ("answered", 30.0), ("abandoned", 3.0), ("abandoned", 40.0)]
    await warehouse.add_queue(
        [QueueCall(call_id=n, entered_at=entered, exit=left, wait_s=wait) for n, (left, wait) in enumerate(exits)]
    )
    expected = {"A": 2 / 3, "B": 2 / 5, "C": 2 / 4, "D": 3 / 5}
    for variant, value in expected.items():
        body = await analyst.ask(metrics=["service_level"], service_level={"variant": variant})
        assert body["rows"] == [[pytest.approx(value)]]
    strict = await analyst.ask(metrics=["service_level"], service_level={"variant": "A", "comparison": "lt"})
    assert strict["rows"] == [[pytest.approx(1 / 3)]]


async def test_the_catalogue_knows_who_knows(analyst: Analyst) -> None:
    answer = await analyst.get("/catalog")
    metrics = {metric["name"]: metric for metric in answer.json()["metrics"]}
    assert [form["source_kind"] for form in metrics["calls"]["forms"]] == ["legacy", "asterisk"]
    assert [form["source_kind"] for form in metrics["service_level"]["forms"]] == ["asterisk"]
    assert all(form["definition"]["es"] and form["definition"]["en"] for m in metrics.values() for form in m["forms"])
    assert (await analyst.get("/catalog", if_none_match=answer.headers["etag"])).status_code == 304


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Madrid", "2025-03-30", 23),
        ("Europe/Madrid", "2025-10-26", 25),
        ("America/Mexico_City", "2025-03-30", 24),
        ("America/Mexico_City", "2025-10-26", 24),
        ("America/Mexico_City", "2022-04-03", 23),
        ("America/Mexico_City", "2022-10-30", 25),
    ],
)
@pytest.mark.requirement("RF-015")
async def test_days_have_the_hours_that_they_had(
    analyst: Analyst, warehouse: Warehouse, zone: str, day: str, hours: int
) -> None:
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
    next_midnight = midnight + timedelta(days=1)  # wall clock: the next local midnight
    # One call each half hour of that day, and one outside on either side.
    steps = [midnight.astimezone(UTC) + timedelta(minutes=30 * n) for n in range(-1, 2 * hours + 1)]
    await warehouse.add([LegacyCall(call_id=n, started_at=at) for n, at in enumerate(steps)])
    time = {"from": midnight.isoformat(), "to": next_midnight.isoformat(), "zone": zone}
    by_hour = await analyst.ask(time={**time, "granularity": "hour"}, totals=True)
    assert [row[1] for row in by_hour["rows"]] == [2] * hours
    by_day = await analyst.ask(time={**time, "granularity": "day"})
    assert by_day["rows"] == [[midnight.isoformat(), 2 * hours]]
    assert by_hour["totals"] == [2 * hours]


async def test_a_closed_period_stays_valid_while_newer_data_arrives(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(legacy_calls(THREE_CALLS))
    await warehouse.conn.execute("UPDATE ivr.units SET published_at = now()")
    await warehouse.roll_up()
    asked = {"metrics": ["calls"], "time": {**SUMMER, "to": "2025-08-01T00:00:00-06:00"}}
    tag = (await analyst.post("/query", asked)).headers["etag"]
    # Newer calls, in another unit.
    await warehouse.add([replace(call, call_id=call.call_id + 100) for call in legacy_calls("at\n2025-09-20T09:00")])
    await warehouse.conn.execute("UPDATE ivr.units SET published_at = now() WHERE unit_date > '2025-09-01'")
    await warehouse.roll_up()
    await warehouse.published("legacy")
    assert (await analyst.post("/query", asked, If_None_Match=tag)).status_code == 304
    open_period = await analyst.post("/query", {"metrics": ["calls"], "time": SUMMER})
    assert open_period.json()["rows"][0][0] == len(legacy_calls(THREE_CALLS)) + 1
    # A day of the period is published again, or a menu counts otherwise.
    await warehouse.conn.execute("UPDATE ivr.units SET published_at = now() WHERE unit_date < '2025-09-01'")
    await warehouse.published("legacy")
    again = await analyst.post("/query", asked, If_None_Match=tag)
    assert again.status_code == 200
    await warehouse.conn.execute("UPDATE ivr.menus SET menu_goal = NOT menu_goal")
    assert (await analyst.post("/query", asked, If_None_Match=again.headers["etag"])).status_code == 200


async def test_a_day_of_queue_calls_that_changes_makes_its_answers_invalid(
    analyst: Analyst, warehouse: Warehouse
) -> None:
    entered = legacy_calls("at\n2025-07-01T09:00")[0].started_at
    await warehouse.add_queue([QueueCall(call_id=1, entered_at=entered, exit="open")])
    await warehouse.roll_up()
    asked = {"source_kind": "asterisk", "metrics": ["offered"], "time": {**SUMMER, "to": "2025-08-01T00:00:00-06:00"}}
    tag = (await analyst.post("/query", asked)).headers["etag"]
    await warehouse.published("queues")
    assert (await analyst.post("/query", asked, If_None_Match=tag)).status_code == 304
    await warehouse.add_queue([QueueCall(call_id=2, entered_at=entered, exit="open")])
    await warehouse.roll_up()
    again = await analyst.post("/query", asked, If_None_Match=tag)
    assert again.status_code == 200
    assert again.json()["rows"] == [[2]]


@pytest.mark.parametrize("order", ["calls", "duration_s_p90", "previous"])
async def test_a_grid_that_would_be_too_large_is_refused_with_its_size(
    analyst: Analyst, warehouse: Warehouse, order: str, grid_rows_max: Callable[[int], None]
) -> None:
    await warehouse.add(legacy_calls(THREE_CALLS))
    await warehouse.roll_up()
    question: dict[str, Any] = {
        "metrics": ["calls", "duration_s_p90"],
        "dimensions": ["segment"],
        "time": {**SUMMER, "to": "2025-07-04T00:00:00-06:00", "granularity": "day"},
        "order_by": ["calls" if order == "previous" else order],
        **({"compare": "previous_period"} if order == "previous" else {}),
    }
    # Three days of two segments; by the limit's own reckoning up to five, for a day may have 23 hours and be cut.
    grid_rows_max(10)
    fits = await analyst.ask(**question)
    assert len(fits["rows"]) == 6
    assert len(fits["rows"][0]) == len(fits["columns"])
    grid_rows_max(9)
    refused = await analyst.post("/query", question)
    assert refused.status_code == 413
    assert refused.json()["type"] == "urn:iact:problem:too-many-rows"
    assert "Up to 5 buckets for each of more than 1 combinations of segment" in refused.json()["detail"]
    assert "the limit is 9" in refused.json()["detail"]


async def test_totals_have_no_grid_and_no_limit_of_rows(
    analyst: Analyst, warehouse: Warehouse, grid_rows_max: Callable[[int], None]
) -> None:
    await warehouse.add(legacy_calls(THREE_CALLS))
    grid_rows_max(1)
    assert len((await analyst.ask(dimensions=["segment"]))["rows"]) == 2
    assert len((await analyst.ask(time={**SUMMER, "granularity": "day"}))["rows"]) > 1
