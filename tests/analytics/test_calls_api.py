import re
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from services.analytics import store
from services.analytics.schemas import FILTERS_MAX
from tests.analytics.conftest import SUMMER, Analyst
from tests.analytics.facts import QueueCall, Warehouse
from tests.analytics.tables import legacy_calls

pytestmark = pytest.mark.integration

CALLS = """
    at                menu               did       caller_id  duration_s
    2025-07-01T09:00  VACIO              19028031  1          10
    2025-07-01T09:00  VACIO              19028031  1          10
    2025-07-01T23:59  RES-FallaInternet  19020084  0          20
    2025-07-02T00:00  VACIO              19028031  2          30
    2025-07-02T09:00  Marque3            19028031  2          700
"""
DAYS = {**SUMMER, "granularity": "day", "to": "2025-07-03T00:00:00-06:00"}


@pytest.mark.requirement("RF-014")
async def test_a_call_shows_where_it_came_from_and_no_number(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(legacy_calls(CALLS))
    body = (await analyst.post("/calls", {"time": SUMMER})).json()
    first = body["items"][0]
    assert first == {
        "source_kind": "legacy",
        "id": first["id"],
        "call_id": "1",
        "source": "legacy",
        "caller_id": "1",
        "started_at": "2025-07-01T09:00:00-06:00",
        "duration_s": 10,
        "did": "19028031",
        "segment": "nacional_A",
        "menu": "VACIO",
        "option": "DEFAULT",
        "centre": "10828091",
        "line_kind": "no_digito",
        "labels": [],
        "outcome": "transferred",
        "swapped": False,
        "source_table": "t",
        "unit_date": "2025-07-01",
        "occurrence": 1,
    }
    assert body["items"][2]["caller_id"] is None
    assert (await analyst.get(f"/calls/{first['id']}")).json() == first


async def test_pages_are_the_whole_list(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(legacy_calls(CALLS))
    seen: list[str] = []
    cursor, totals = None, []
    while cursor is not None or not seen:
        page = (await analyst.post("/calls", {"time": SUMMER, "limit": 2, "cursor": cursor})).json()
        seen += [call["call_id"] for call in page["items"]]
        totals.append(page["total"])
        cursor = page["next_cursor"]
    assert seen == ["1", "2", "3", "4", "5"]
    assert totals == [5, None, None]


@pytest.mark.parametrize(
    "dimensions", [["menu"], ["menu", "segment"], ["hour_of_day"], ["duration_band", "outcome"], []]
)
@pytest.mark.parametrize("metric", ["calls", "abandoned", "no_typed_line"])
@pytest.mark.requirement("RF-014")
async def test_the_sum_of_the_drill_down_is_the_number(
    analyst: Analyst, warehouse: Warehouse, dimensions: list[str], metric: str
) -> None:
    await warehouse.add(legacy_calls(CALLS))
    body = await analyst.ask(metrics=[metric], dimensions=dimensions, time=DAYS)
    for row in body["rows"]:
        cell = dict(zip(["time", *dimensions], row, strict=False))
        behind = (await analyst.post("/calls", {"time": DAYS, "cell": cell, "metric": metric})).json()
        assert behind["total"] == len(behind["items"]) == row[-1]


@pytest.mark.requirement("RF-014")
async def test_a_question_with_as_many_filters_as_it_may_have_shows_the_calls_of_its_cells(
    analyst: Analyst, warehouse: Warehouse
) -> None:
    await warehouse.add(legacy_calls(CALLS))
    filters = [{"dimension": "segment", "op": "not_in", "values": [f"nowhere-{n}"]} for n in range(FILTERS_MAX)]
    body = await analyst.ask(metrics=["calls"], dimensions=["menu"], time=DAYS, filters=filters)
    time, menu, calls = body["rows"][0]
    cell = {"time": time, "menu": menu}
    behind = await analyst.post("/calls", {"time": DAYS, "cell": cell, "filters": filters})
    assert behind.status_code == 200, behind.text
    assert behind.json()["total"] == calls


@pytest.mark.parametrize(
    ("request_part", "param"),
    [
        ({"metric": "abandoned_rate"}, "metric"),
        ({"metric": "abandond"}, "metric"),
        ({"cell": {"meun": "VACIO"}}, "cell.meun"),
        ({"cell": {"duration_band": "11-20"}}, "cell.duration_band"),
        ({"cell": {"time": "yesterday"}}, "cell.time"),
        ({"cell": {"time": "0001-01-01T00:00:00+14:00"}, "time": DAYS}, "cell.time"),
        ({"cell": {"time": "2025-07-01T00:00:00-06:00"}}, "cell.time"),
        ({"filters": [{"dimension": "queue", "op": "is_null"}], "source_kind": "legacy"}, "filters.0"),
        ({"limit": 1001}, "limit"),
        ({"cursor": "W10"}, "cursor"),
    ],
)
async def test_a_wrong_field_is_named(analyst: Analyst, request_part: dict[str, object], param: str) -> None:
    answer = await analyst.post("/calls", {"time": SUMMER, **request_part})
    assert answer.status_code == 422
    assert [error["param"] for error in answer.json()["errors"]] == [param]


@pytest.mark.parametrize(
    "call_id", ["1", "legacy-1-1", "legacy-1-99999999999999999999", "legacy-99999999999999999-1", "x"]
)
async def test_an_unknown_call_is_404(analyst: Analyst, call_id: str) -> None:
    assert (await analyst.get(f"/calls/{call_id}")).status_code == 404


@pytest.mark.requirement("RF-014")
async def test_a_call_of_a_pbx_shows_its_legs_and_its_way_through_the_menus(
    analyst: Analyst, warehouse: Warehouse, conn: asyncpg.Connection
) -> None:
    entered = datetime(2025, 7, 1, 15, tzinfo=UTC)
    await warehouse.add_queue([QueueCall(call_id=1, entered_at=entered), QueueCall(call_id=2, entered_at=entered)])
    for table in ("call_legs", "call_steps"):
        await conn.execute("SELECT ivr.ensure_month($1, date '2025-07-01')", table)
    source = warehouse.ids["sources", "queues"]
    legs = [  # linked, unique, started: the caller's own, one that an agent transferred, others' calls
        ("c1", "c1", entered),
        ("c1", "x9", entered + timedelta(minutes=3)),
        ("c7", "c7", entered),
        ("c1", "c1", entered + timedelta(days=40)),
    ]
    await conn.execute("SELECT ivr.ensure_month('call_legs', date '2025-08-01')")
    await conn.executemany(
        """INSERT INTO ivr.call_legs (leg_id, caller_id, source_id, linked_id, unique_id, started_at, disposition,
                                      source_table, position) VALUES ($1, 7, $2, $3, $4, $5, 'answered', 'cdr', 9)""",
        [(number, source, *leg) for number, leg in enumerate(legs)],
    )
    await conn.executemany(
        """INSERT INTO ivr.call_steps (step_id, caller_id, source_id, linked_id, unique_id, number, at, menu, app,
                                       digit, ended)
           VALUES ($1, 7, $2, $3, $3, $4, $5, $6, 'Background', '2', 'digit')""",
        [
            (1, source, "c1", 2, entered - timedelta(seconds=9), "ventas"),
            (2, source, "c1", 1, entered - timedelta(seconds=20), "principal"),
            (3, source, "c7", 1, entered, "saldos"),
        ],
    )
    calls = (await analyst.post("/calls", {"time": SUMMER, "source_kind": "asterisk"})).json()["items"]
    shown = [(await analyst.get(f"/calls/{call['id']}")).json() for call in calls]
    assert [(leg["unique_id"], leg["started_at"], leg["position"]) for leg in shown[0]["legs"]] == [
        ("c1", "2025-07-01T09:00:00-06:00", "9"),
        ("x9", "2025-07-01T09:03:00-06:00", "9"),
    ]
    assert [(step["number"], step["menu"], step["digit"]) for step in shown[0]["steps"]] == [
        (1, "principal", "2"),
        (2, "ventas", "2"),
    ]
    assert (shown[1]["callid"], shown[1]["legs"], shown[1]["steps"]) == ("c2", [], [])
    assert {name: shown[1][name] for name in calls[1]} == calls[1]


async def test_a_queue_call_of_a_later_leg_shows_the_whole_call(
    analyst: Analyst, warehouse: Warehouse, conn: asyncpg.Connection
) -> None:
    """Its callid is the unique id of a channel that another call's linked id holds together."""
    entered = datetime(2025, 7, 1, 15, tzinfo=UTC)
    await warehouse.add_queue([QueueCall(call_id=1, entered_at=entered)])
    await conn.execute("SELECT ivr.ensure_month('call_legs', date '2025-07-01')")
    await conn.executemany(
        """INSERT INTO ivr.call_legs (leg_id, caller_id, source_id, linked_id, unique_id, started_at, disposition,
                                      source_table, position) VALUES ($1, 7, $2, $3, $4, $5, 'answered', 'cdr', 9)""",
        [
            (1, warehouse.ids["sources", "queues"], "first", "first", entered - timedelta(minutes=5)),
            (2, warehouse.ids["sources", "queues"], "first", "c1", entered),
        ],
    )
    call = (await analyst.post("/calls", {"time": SUMMER, "source_kind": "asterisk"})).json()["items"][0]
    shown = (await analyst.get(f"/calls/{call['id']}")).json()
    assert [leg["unique_id"] for leg in shown["legs"]] == ["first", "c1"]


async def test_the_legs_of_a_call_are_found_without_a_look_at_the_others(
    warehouse: Warehouse, conn: asyncpg.Connection, reader: asyncpg.Connection
) -> None:
    entered = datetime(2025, 7, 1, 15, tzinfo=UTC)
    await warehouse.add_queue([QueueCall(call_id=1, entered_at=entered)])
    await conn.execute("SELECT ivr.ensure_month('call_legs', date '2025-07-01')")
    await conn.execute(
        """INSERT INTO ivr.call_legs (leg_id, caller_id, source_id, linked_id, unique_id, started_at, disposition,
                                      source_table, position)
           SELECT n, 7, $1, 'l' || n, CASE WHEN n % 10 = 0 THEN 'u' ELSE 'l' END || n, $2, 'answered', 'cdr', n
           FROM generate_series(1, 20000) AS n""",
        warehouse.ids["sources", "queues"],
        entered,
    )
    await conn.execute("ANALYZE ivr.call_legs")
    about = ("queues", "u700", entered - timedelta(days=1), entered + timedelta(days=1), 100)
    assert [row["unique_id"] for row in await reader.fetch(store.load("call_legs"), *about)] == ["u700"]
    plan = await conn.fetch(f"EXPLAIN {store.load('call_legs')}", *about)
    used = set(re.findall(r"call_legs_2025_07_\w+", "\n".join(row[0] for row in plan)))
    assert used == {"call_legs_2025_07_unique_id_idx", "call_legs_2025_07_linked_id_idx"}
