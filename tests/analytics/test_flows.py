from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.analytics.flow_logic import Node, Transition, changes, interval, traffic, wilson
from tests.analytics.conftest import SUMMER, Analyst
from tests.analytics.facts import Warehouse
from tests.analytics.tables import legacy_calls

TIME = {"from": "2025-08-01T00:00:00-06:00", "to": "2025-09-01T00:00:00-06:00"}
CALLS = """
    at                did       menu               caller_id  option   centre
    2025-08-01T09:00  19028031  RES-FallaInternet  1          DEFAULT  10828091
    2025-08-02T09:00  19028031  RES-FallaInternet  1          DEFAULT  CLIENTE_COLGO
    2025-08-03T09:00  19020084  RES-FallaInternet  2          =1+1     10828091
    2025-08-04T09:00  19028031  RES-SaldooPagos    3          DEFAULT  CASO_NULL
    2025-07-01T09:00  19028031  RES-FallaInternet  1          DEFAULT  10828091
    2025-07-02T09:00  19028031  Marque3            1          DEFAULT  10828091
"""


@pytest.mark.unit
def test_intervals_are_those_of_the_book() -> None:
    # Newcombe (1998), his examples: 56/70 against 48/80, and 9/10 against 3/10, method 10.
    assert interval(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert interval(9, 10, 3, 10) == pytest.approx((0.1705, 0.8090), abs=5e-5)
    assert interval(0, 10, 0, 20) == pytest.approx((-0.1611, 0.2775), abs=5e-5)


parts = st.integers(1, 10_000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole)))


@pytest.mark.unit
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(parts, parts)
def test_intervals_hold_the_difference_and_turn_with_the_periods(now: tuple[int, int], other: tuple[int, int]) -> None:
    low, high = interval(*now, *other)
    assert -1 <= low <= now[0] / now[1] - other[0] / other[1] + 1e-12
    assert low <= high <= 1
    assert interval(*other, *now) == pytest.approx((-high, -low))
    assert wilson(*now)[0] <= now[0] / now[1] + 1e-12


@pytest.mark.unit
def test_loops_count_every_pass_and_gone_edges_are_changes() -> None:
    entry, menu, end = Node("entry", "entry"), Node("menu", "a"), Node("exit", "hung_up")
    now = [Transition(entry, menu, 10, 9), Transition(menu, menu, 5, 3), Transition(menu, end, 10, 9, lost=10)]
    found = traffic(now)
    assert (found[menu].passes, found[menu].lost, found[end].passes) == (15, 10, 10)
    change = changes([], now)[menu, menu]
    assert (change.passes_before, change.share_before, change.difference) == (5, 1 / 3, None)


@pytest.fixture
async def designer(analyst: Analyst, warehouse: Warehouse) -> Analyst:
    await warehouse.add(legacy_calls(CALLS))
    return analyst.holding("RPT-008", "RPT-003")


async def flow(who: Analyst, **more: Any) -> dict[str, Any]:
    answer = await who.post("/flows", {"time": TIME, **more})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def edges(body: dict[str, Any]) -> dict[tuple[str, str], tuple[int, int, float | None]]:
    return {
        (edge["source"], edge["target"]): (edge["passes"], edge["callers"], edge["share"]) for edge in body["edges"]
    }


@pytest.mark.requirement("RF-039")
@pytest.mark.integration
async def test_legacy_calls_are_menu_option_centre(designer: Analyst) -> None:
    body = await flow(designer)
    assert edges(body) == {
        ("entry:entry", "menu:RES-FallaInternet"): (3, 2, 0.75),
        ("entry:entry", "menu:RES-SaldooPagos"): (1, 1, 0.25),
        ("menu:RES-FallaInternet", "option:RES-FallaInternet:DEFAULT"): (2, 1, 2 / 3),
        ("menu:RES-FallaInternet", "option:RES-FallaInternet:=1+1"): (1, 1, 1 / 3),
        ("menu:RES-SaldooPagos", "option:RES-SaldooPagos:DEFAULT"): (1, 1, 1.0),
        ("option:RES-FallaInternet:DEFAULT", "centre:10828091"): (1, 1, 0.5),
        ("option:RES-FallaInternet:DEFAULT", "exit:CLIENTE_COLGO"): (1, 1, 0.5),
        ("option:RES-FallaInternet:=1+1", "centre:10828091"): (1, 1, 1.0),
        ("option:RES-SaldooPagos:DEFAULT", "exit:CASO_NULL"): (1, 1, 1.0),
    }
    nodes = {node["id"]: node for node in body["nodes"]}
    # Four passes by three callers: caller 1 went through one menu twice, and 10828091 was reached by two.
    assert {name: (node["passes"], node["callers"]) for name, node in nodes.items()} == {
        "entry:entry": (4, 3),
        "menu:RES-FallaInternet": (3, 2),
        "menu:RES-SaldooPagos": (1, 1),
        "option:RES-FallaInternet:DEFAULT": (2, 1),
        "option:RES-FallaInternet:=1+1": (1, 1),
        "option:RES-SaldooPagos:DEFAULT": (1, 1),
        "centre:10828091": (2, 2),
        "exit:CLIENTE_COLGO": (1, 1),
        "exit:CASO_NULL": (1, 1),
    }
    assert nodes["entry:entry"]["attrition"] == 0.25
    assert nodes["menu:RES-FallaInternet"]["attrition"] == pytest.approx(1 / 3)
    assert (nodes["menu:RES-SaldooPagos"]["goal"], nodes["menu:RES-SaldooPagos"]["lost"]) == (True, 0)
    assert nodes["centre:10828091"]["passes"] == 2
    assert [warning["code"] for warning in body["warnings"]] == ["legacy_paths"]


@pytest.mark.integration
@pytest.mark.parametrize("kind", ["legacy", "asterisk"])
async def test_a_flow_over_too_many_calls_is_refused_with_a_way_out(
    designer: Analyst, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("services.analytics.limits.FLOW_ROWS_MAX", -1)
    refused = await designer.post("/flows", {"time": TIME, "source_kind": kind})
    assert (refused.status_code, "Ask for a shorter range" in refused.json()["detail"]) == (413, True)


@pytest.mark.requirement("RF-039")
@pytest.mark.integration
async def test_two_periods_differ_with_an_interval(designer: Analyst) -> None:
    body = await flow(designer, compare="previous_period")
    assert body["compared_with"][0] == "2025-07-01T00:00:00-06:00"
    change = {(edge["source"], edge["target"]): edge for edge in body["edges"]}
    kept = change["entry:entry", "menu:RES-FallaInternet"]["change"]
    # By hand, 3 of 4 against 1 of 2: Wilson gives (0.3006, 0.9544) and (0.0945, 0.9055); 0.25 - hypot(0.4494, 0.4055)
    # and 0.25 + hypot(0.2044, 0.4055).
    assert kept == {
        "passes_before": 1,
        "share_before": 0.5,
        "difference": 0.25,
        "low": pytest.approx(-0.3553, abs=2e-4),
        "high": pytest.approx(0.7041, abs=2e-4),
    }
    gone = change["entry:entry", "menu:Marque3"]
    assert (gone["passes"], gone["change"]["difference"]) == (0, -0.5)


@pytest.mark.requirement("RF-039")
@pytest.mark.integration
async def test_the_attrition_of_two_periods_differs_with_an_interval(designer: Analyst) -> None:
    body = await flow(designer, compare="previous_period")
    nodes = {node["id"]: node for node in body["nodes"]}
    # By hand, lost 1 of 3 against 0 of 1: Wilson gives (0.0615, 0.7923) and (0, 0.7935); 1/3 - hypot(0.2718, 0.7935)
    # and 1/3 + hypot(0.4590, 0).
    assert nodes["menu:RES-FallaInternet"]["change"] == {
        "passes_before": 1,
        "share_before": 0.0,
        "difference": pytest.approx(1 / 3),
        "low": pytest.approx(-0.5054, abs=2e-4),
        "high": pytest.approx(0.7923, abs=2e-4),
    }
    # A menu of one of the periods has no difference; one that is gone is still a node, for an edge leads to it.
    assert nodes["menu:RES-SaldooPagos"]["change"]["difference"] is None
    gone = nodes["menu:Marque3"]
    assert (gone["passes"], gone["callers"], gone["attrition"]) == (0, 0, None)
    assert (gone["change"]["passes_before"], gone["change"]["share_before"]) == (1, 0.0)
    assert nodes["centre:10828091"]["change"] is None  # nothing is lost where a call has arrived
    assert {edge[end] for edge in body["edges"] for end in ("source", "target")} <= nodes.keys()


@pytest.mark.integration
async def test_everybody_sees_their_own_segment(designer: Analyst) -> None:
    local = designer.with_segment("puebla")
    assert edges(await flow(local))["entry:entry", "menu:RES-FallaInternet"] == (1, 1, 1.0)
    assert (await flow(designer, segment="puebla"))["edges"] == (await flow(local))["edges"]
    assert (await local.post("/flows", {"time": TIME, "segment": "nacional_A"})).status_code == 403
    assert (await local.post("/flows", {"time": TIME, "source_kind": "asterisk"})).status_code == 403
    assert (await designer.post("/flows", {"time": TIME, "segment": "pueblo"})).status_code == 422
    assert (await designer.holding("RPT-001").post("/flows", {"time": TIME})).status_code == 403


@pytest.mark.integration
async def test_the_busiest_edges_stay(designer: Analyst) -> None:
    body = await flow(designer, edges=1)
    assert [edge["target"] for edge in body["edges"]] == ["menu:RES-FallaInternet"]
    assert body["edges_left_out"] == 8


@pytest.mark.requirement("RF-039")
@pytest.mark.integration
async def test_a_pbx_tells_loops(analyst: Analyst, warehouse: Warehouse, conn: asyncpg.Connection) -> None:
    # main, main again, sales, hung up; main, into a queue.
    ways = [
        ("a", 1, "main", "repeated"),
        ("a", 2, "main", "digit"),
        ("a", 3, "sales", "hung_up"),
        ("b", 1, "main", "queue"),
    ]
    await conn.execute("SELECT ivr.ensure_month('call_steps', date '2025-08-01')")
    for index, (call, number, menu, ended) in enumerate(ways):
        await conn.execute(
            "INSERT INTO ivr.call_steps (step_id, source_id, caller_id, linked_id, unique_id, number, at, menu,"
            " app, ended)"
            " SELECT $1, source_id, $2, $3, $3, $4, $5, $6, 'Background', $7 FROM ivr.sources WHERE source = 'queues'",
            index,
            7 if call == "a" else 8,
            call,
            number,
            datetime(2025, 8, 5, 12, tzinfo=UTC) + timedelta(seconds=index),
            menu,
            ended,
        )
    body = await flow(analyst.holding("RPT-008"), source_kind="asterisk")
    assert edges(body) == {
        ("entry:entry", "menu:main"): (2, 2, 1.0),
        ("menu:main", "menu:main"): (1, 1, 1 / 3),
        ("menu:main", "menu:sales"): (1, 1, 1 / 3),
        ("menu:main", "exit:queue"): (1, 1, 1 / 3),
        ("menu:sales", "exit:hung_up"): (1, 1, 1.0),
    }
    nodes = {node["id"]: node for node in body["nodes"]}
    assert (nodes["menu:main"]["attrition"], nodes["menu:sales"]["attrition"]) == (0.0, 1.0)
    # Three passes through main by two callers, one of whom went round once more.
    assert {name: (node["passes"], node["callers"]) for name, node in nodes.items()} == {
        "entry:entry": (2, 2),
        "menu:main": (3, 2),
        "menu:sales": (1, 1),
        "exit:hung_up": (1, 1),
        "exit:queue": (1, 1),
    }


@pytest.mark.integration
@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"time": {**TIME, "to": TIME["from"]}}, "time.to"),
        ({"time": {**TIME, "zone": "Mars"}}, "time.zone"),
        ({"compare": {"from": SUMMER["to"], "to": SUMMER["from"]}}, "compare.to"),
        ({"edges": 0}, "edges"),
    ],
)
async def test_what_nobody_can_ask(analyst: Analyst, change: dict[str, Any], param: str) -> None:
    refused = await analyst.holding("RPT-008").post("/flows", {"time": TIME, **change})
    assert (refused.status_code, refused.json()["errors"][0]["param"]) == (422, param), refused.text
