import json
from typing import Any

import pytest

from tests.analytics.conftest import SUMMER, Analyst, People
from tests.analytics.facts import Warehouse
from tests.analytics.tables import legacy_calls

pytestmark = pytest.mark.integration

BY_SEGMENT = {"metrics": ["calls"], "dimensions": ["segment"], "time": SUMMER}
KEEPER = ("RPT-001", "RPT-003", "RPT-010", "RPT-011")


@pytest.fixture
async def ana(people: People) -> Analyst:
    return await people.add("ana", *KEEPER)


async def kept(who: Analyst, name: str, **more: Any) -> dict[str, Any]:
    answer = await who.post("/views", {"name": name, "query": BY_SEGMENT, **more})
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def names(who: Analyst) -> list[str]:
    return [view["name"] for view in (await who.get("/views")).json()["items"]]


@pytest.mark.requirement("RF-043")
async def test_a_view_comes_back_as_it_was_kept(ana: Analyst) -> None:
    view = await kept(ana, "Verano", display={"chart": "bars", "period": {"last": "7d"}})
    again = (await ana.get(f"/views/{view['id']}")).json()
    assert again == view
    assert (again["query"], again["display"]) == (BY_SEGMENT, {"chart": "bars", "period": {"last": "7d"}})
    assert (again["own"], again["owner"], again["shares"], again["is_default"]) == (True, "ana", 0, False)


async def test_a_question_that_could_never_be_asked_is_not_kept(ana: Analyst) -> None:
    view = await kept(ana, "Verano")
    wrong = {"name": "Invierno", "query": {**BY_SEGMENT, "metrics": ["calls", "call"]}}
    for answer in (await ana.post("/views", wrong), await ana.call("PUT", f"/views/{view['id']}", wrong)):
        assert answer.status_code == 422
        assert [(each["param"], each["suggestion"]) for each in answer.json()["errors"]] == [
            ("query.metrics.1", "calls")
        ]
    assert await names(ana) == ["Verano"]


async def test_one_default_at_most(ana: Analyst) -> None:
    first, second = await kept(ana, "uno", is_default=True), await kept(ana, "dos", is_default=True)
    defaults = [view["id"] for view in (await ana.get("/views")).json()["items"] if view["is_default"]]
    assert defaults == [second["id"]]
    changed = await ana.call("PUT", f"/views/{first['id']}", {"name": "uno", "is_default": True})
    assert changed.status_code == 200
    defaults = [view["id"] for view in (await ana.get("/views")).json()["items"] if view["is_default"]]
    assert defaults == [first["id"]]


async def test_thirty_and_no_more(ana: Analyst) -> None:
    made = [await kept(ana, f"vista {number}") for number in range(30)]
    refused = await ana.post("/views", {"name": "one too many"})
    assert (refused.status_code, "30 views" in refused.json()["detail"]) == (409, True)
    assert (await ana.call("DELETE", f"/views/{made[0]['id']}")).status_code == 204
    await kept(ana, "again room")


async def test_a_name_is_one_view(ana: Analyst) -> None:
    await kept(ana, "uno")
    other = await kept(ana, "dos")
    assert (await ana.post("/views", {"name": "uno"})).status_code == 409
    assert (await ana.call("PUT", f"/views/{other['id']}", {"name": "uno"})).status_code == 409


@pytest.mark.requirement("RF-043")
async def test_others_see_what_is_shared_and_change_nothing(ana: Analyst, people: People) -> None:
    beto, carla = await people.add("beto", *KEEPER), await people.add("carla", *KEEPER)
    await people.join(carla, "AGR-003")
    view = await kept(ana, "Verano", is_default=True)
    path = f"/views/{view['id']}"
    assert (await beto.get(path)).status_code == 404
    share = (await ana.post(f"{path}/shares", {"username": "BETO"})).json()
    assert (share["username"], share["group"]) == ("beto", None)
    assert (await ana.post(f"{path}/shares", {"username": "beto"})).status_code == 409
    assert await names(carla) == []
    assert (await ana.post(f"{path}/shares", {"group": "AGR-003"})).status_code == 201
    assert await names(carla) == await names(beto) == ["Verano"]
    seen = (await beto.get(path)).json()
    assert (seen["own"], seen["owner"], seen["is_default"], seen["shares"]) == (False, "ana", False, 0)
    for method, below in (("PUT", ""), ("DELETE", ""), ("GET", "/shares"), ("POST", "/shares")):
        body = {"username": "carla"} if below else {"name": "x"}
        assert (await beto.call(method, path + below, body if method in ("PUT", "POST") else None)).status_code == 404
    assert (await ana.call("DELETE", f"{path}/shares/{share['id']}")).status_code == 204
    assert (await beto.get(path)).status_code == 404
    assert (await ana.call("DELETE", path)).status_code == 204
    assert await names(carla) == []


@pytest.mark.requirement("RF-043")
async def test_the_receiver_sees_their_own_segment(ana: Analyst, people: People, warehouse: Warehouse) -> None:
    await warehouse.add(
        legacy_calls("""
            at                did
            2025-07-01T09:00  19028031
            2025-07-02T09:00  19020084
        """)
    )
    beto = await people.add("beto", *KEEPER, segment="puebla")
    view = await kept(ana, "Todo")
    await ana.post(f"/views/{view['id']}/shares", {"username": "beto"})
    question = (await beto.get(f"/views/{view['id']}")).json()["query"]
    assert (await ana.ask(**question))["rows"] == [["nacional_A", 1], ["puebla", 1]]
    assert (await beto.ask(**question))["rows"] == [["puebla", 1]]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"username": "nadie"}, "username"),
        ({"username": "ana"}, "username"),
        ({"group": "AGR-999"}, "group"),
        ({"group": "everybody"}, "group"),
        ({}, ""),
    ],
)
async def test_whom_nobody_knows(ana: Analyst, body: dict[str, str], param: str) -> None:
    view = await kept(ana, "Verano")
    refused = await ana.post(f"/views/{view['id']}/shares", body)
    assert (refused.status_code, refused.json()["errors"][0]["param"].endswith(param)) == (422, True), refused.text


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "x", "display": {"long": "y" * 20_001}},
        {"name": "x", "display": {"nul": "\0"}},
        {"name": "x", "display": {"half": "\ud800"}},
        {"name": "x", "query": {"metrics": []}},
        {"name": "x", "colour": "red"},
    ],
)
async def test_what_cannot_be_kept(ana: Analyst, body: dict[str, Any]) -> None:
    headers = ana.headers(content_type="application/json")
    refused = await ana.http.post("/api/v1/analytics/views", content=json.dumps(body), headers=headers)
    assert refused.status_code == 422, refused.text


async def test_views_need_their_functions(ana: Analyst) -> None:
    view = await kept(ana, "Verano")
    assert (await ana.holding("RPT-001").get("/views")).status_code == 403
    assert (await ana.holding("RPT-010").get(f"/views/{view['id']}/shares")).status_code == 403
