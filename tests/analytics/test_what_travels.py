"""What travels with a number: nulls with their reason, how fresh it is, its variant, where its page ended."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.analytics.conftest import DATA_AS_OF, SUMMER, Analyst
from tests.analytics.facts import QueueCall, Warehouse
from tests.analytics.tables import legacy_calls

pytestmark = pytest.mark.integration

THREE_CALLS = """
    at                menu               did       caller_id  duration_s
    2025-07-01T09:00  VACIO              19028031  1          10
    2025-07-01T23:59  RES-FallaInternet  19020084  1          20
    2025-07-03T00:00  VACIO              19028031  0          30
"""
ENTERED = datetime(2025, 7, 1, 15, tzinfo=UTC)
QUEUE_CALLS = [
    QueueCall(call_id=n, entered_at=ENTERED, exit=left, wait_s=wait)
    for n, (left, wait) in enumerate([("answered", 10.0), ("answered", 30.0), ("abandoned", 3.0)])
]
LONG_AGO = datetime(2019, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize(("kind", "metric"), [("legacy", "asa_s"), ("asterisk", "menu_errors")])
@pytest.mark.parametrize("compare", [None, "previous_period"])
@pytest.mark.parametrize("empty", [True, False])
async def test_only_what_a_source_cannot_know_is_one_row_of_nulls(
    analyst: Analyst, warehouse: Warehouse, kind: str, metric: str, compare: str | None, empty: bool
) -> None:
    if not empty:
        await warehouse.add(legacy_calls(THREE_CALLS))
        await warehouse.add_queue(QUEUE_CALLS)
    body = await analyst.ask(source_kind=kind, metrics=[metric], totals=True, compare=compare)
    nothing = [None, None, None] if compare else [None]
    assert body["rows"] == [nothing]
    assert body["totals"] == nothing
    assert {(warning["code"], warning["column"]) for warning in body["warnings"]} == {("unknown_to_source", metric)}


async def test_what_a_source_cannot_know_still_has_its_groups(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(legacy_calls(THREE_CALLS))
    question = {"source_kind": "legacy", "metrics": ["asa_s"]}
    assert (await analyst.ask(**question, dimensions=["segment"]))["rows"] == [["nacional_A", None], ["puebla", None]]
    assert (await analyst.ask(**question, dimensions=["queue"], totals=True))["rows"] == [[None, None]]
    time = {**SUMMER, "granularity": "month"}
    by_month = await analyst.ask(**question, time=time, totals=True)
    assert [row[1:] for row in by_month["rows"]] == [[None]] * 3
    assert by_month["totals"] == [None]


async def test_a_source_that_ended_long_ago_does_not_make_todays_numbers_old(
    analyst: Analyst, warehouse: Warehouse
) -> None:
    await warehouse.source("old-file", "legacy", data_as_of=LONG_AGO)
    await warehouse.source("empty", "legacy", data_as_of=None)
    meta = (await analyst.ask())["meta"]
    assert datetime.fromisoformat(meta["data_as_of"]) == DATA_AS_OF
    assert meta["sources"] == ["empty", "legacy", "old-file"]
    assert meta["sources_as_of"] == [
        {"source": "empty", "data_as_of": None},
        {"source": "legacy", "data_as_of": "2025-10-01T00:00:00Z"},
        {"source": "old-file", "data_as_of": "2019-04-01T00:00:00Z"},
    ]


@pytest.mark.parametrize(
    ("op", "values", "sources"),
    [
        ("in", ["old-file"], ["old-file"]),
        ("in", ["queues"], []),
        ("not_in", ["legacy"], ["old-file"]),
        ("prefix", ["old"], ["old-file"]),
        ("between", ["l", "m"], ["legacy"]),
        ("is_null", [False], ["legacy", "old-file"]),
        ("is_null", [True], []),
    ],
)
async def test_the_age_is_that_of_the_sources_asked(
    analyst: Analyst, warehouse: Warehouse, op: str, values: list[Any], sources: list[str]
) -> None:
    await warehouse.source("old-file", "legacy", data_as_of=LONG_AGO)
    filters = [{"dimension": "source", "op": op, "values": values}]
    ages = {"legacy": DATA_AS_OF, "old-file": LONG_AGO}
    for call in ("query", "calls"):
        body = {"source_kind": "legacy", "time": SUMMER, "filters": filters}
        answer = await analyst.post(f"/{call}", body | ({"metrics": ["calls"]} if call == "query" else {}))
        meta = answer.json()["meta"]
        assert meta["sources"] == sources
        as_of = meta["data_as_of"]
        newest = max((ages[source] for source in sources), default=None)
        assert (as_of and datetime.fromisoformat(as_of)) == newest


async def test_csv_says_whether_there_is_more(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(legacy_calls(THREE_CALLS))
    question = {"metrics": ["calls"], "dimensions": ["menu"], "time": SUMMER, "limit": 1}
    first = await analyst.post("/query", question, accept="text/csv")
    assert first.headers["x-row-count"] == "1"
    cursor = first.headers["x-next-cursor"]
    assert cursor == (await analyst.post("/query", question)).json()["next_cursor"]
    last = await analyst.post("/query", {**question, "cursor": cursor}, accept="text/csv")
    assert last.text.splitlines()[1:] == ["VACIO,2"]
    assert last.headers["x-row-count"] == "1"
    assert "x-next-cursor" not in last.headers


@pytest.mark.parametrize(
    ("variant", "formula", "formula_es"),
    [
        ("A", "A: answered with wait_s < 15 / answered", "A: atendidas con espera < 15 s / atendidas"),
        (
            "B",
            "B: answered with wait_s < 15 / (answered + abandoned)",
            "B: atendidas con espera < 15 s / (atendidas + abandonadas)",
        ),
        (
            "C",
            "C: answered with wait_s < 15 / (offered - abandoned with wait_s <= 2.5)",
            "C: atendidas con espera < 15 s / (ofrecidas - abandonadas con espera <= 2.5 s)",
        ),
        (
            "D",
            "D: (answered + abandoned, both with wait_s < 15) / (answered + abandoned)",
            "D: (atendidas + abandonadas, ambas con espera < 15 s) / (atendidas + abandonadas)",
        ),
    ],
)
async def test_a_service_level_says_which_one_it_is(
    analyst: Analyst, warehouse: Warehouse, variant: str, formula: str, formula_es: str
) -> None:
    await warehouse.add_queue(QUEUE_CALLS)
    level = {"variant": variant, "threshold_s": 15.0, "comparison": "lt", "short_abandon_s": 2.5}
    body = await analyst.ask(metrics=["service_level", "offered"], service_level=level, compare="previous_period")
    columns = {column["name"]: column for column in body["columns"]}
    assert columns["service_level"]["formula"] == formula
    assert columns["service_level"]["formula_es"] == formula_es
    for name in ("service_level", "service_level_previous", "service_level_change"):
        assert columns[name]["service_level"] == level
    assert columns["offered"]["service_level"] is None


MENUS = """
    at                menu
    2025-07-01T09:00  RES-FallaInternet
    2025-07-01T10:00  RES-FallaInternet
    2025-07-01T11:00  Señal_ÑANDÚ
    2025-07-01T12:00  VACIO
"""


@pytest.mark.parametrize(
    ("op", "values", "calls"),
    [
        ("in", ["res-fallainternet"], 2),
        ("in", ["RES-FALLAINTERNET", "vacio"], 3),
        ("in", ["SEÑAL_ñandú"], 1),
        ("in", ["no such menu"], 0),
        ("in", [None, "Vacio"], 1),
        ("not_in", ["res-FALLAinternet"], 2),
        ("not_in", ["no such menu"], 4),
        ("prefix", ["res-"], 2),
        ("prefix", ["SEÑAL_Ñ"], 1),
        ("prefix", ["%"], 0),
        ("prefix", [""], 4),
        ("prefix", ["'; DROP TABLE ivr.calls; --"], 0),
    ],
)
async def test_menus_are_compared_without_case(
    analyst: Analyst, warehouse: Warehouse, op: str, values: list[Any], calls: int
) -> None:
    await warehouse.add(legacy_calls(MENUS))
    filters = [{"dimension": "menu", "op": op, "values": values}]
    assert (await analyst.ask(filters=filters))["rows"] == [[calls]]
    listed = (await analyst.post("/calls", {"time": SUMMER, "filters": filters})).json()
    assert (listed["total"], len(listed["items"])) == (calls, calls)


async def test_pages_of_a_menu_filter_follow_each_other(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(legacy_calls(MENUS))
    filters = [{"dimension": "menu", "op": "not_in", "values": ["vacio"]}]
    first = await analyst.ask(dimensions=["menu"], filters=filters, limit=1)
    second = await analyst.ask(dimensions=["menu"], filters=filters, limit=1, cursor=first["next_cursor"])
    assert [*first["rows"], *second["rows"]] == [["RES-FallaInternet", 2], ["Señal_ÑANDÚ", 1]]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("granularity", "since", "until", "words"),
    [
        ("month", "2025-07-01T00:00:00-06:00", "2025-09-01T00:00:00-06:00", []),
        ("month", "2025-07-02T00:00:00-06:00", "2025-09-01T00:00:00-06:00", ["first"]),
        ("month", "2025-07-01T00:00:00-06:00", "2025-08-20T00:00:00-06:00", ["last"]),
        ("month", "2025-07-02T00:00:00-06:00", "2025-07-20T00:00:00-06:00", ["first", "last"]),
        ("week", "2025-06-30T00:00:00-06:00", "2025-07-07T00:00:01-06:00", ["last"]),
        ("hour", "2025-07-01T09:00:00-06:00", "2025-07-01T10:30:00-06:00", ["last"]),
        ("15min", "2025-07-01T09:00:00-06:00", "2025-07-01T10:30:00-06:00", []),
        ("total", "2025-07-01T09:10:00-06:00", "2025-07-01T10:31:00-06:00", []),
    ],
)
async def test_a_cut_bucket_is_told(
    analyst: Analyst, warehouse: Warehouse, granularity: str, since: str, until: str, words: list[str]
) -> None:
    await warehouse.add(legacy_calls(THREE_CALLS))
    time = {"from": since, "to": until, "zone": "America/Mexico_City", "granularity": granularity}
    body = await analyst.ask(time=time)
    assert {warning["code"] for warning in body["warnings"]} <= {"partial_bucket"}
    assert [warning["detail"].split()[1] for warning in body["warnings"]] == words
