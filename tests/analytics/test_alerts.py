"""Alert rules from the request to the message in the tray."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from tests.analytics.conftest import Analyst, People
from tests.analytics.facts import Warehouse
from tests.analytics.tables import legacy_calls

pytestmark = pytest.mark.integration

NOW = datetime(2025, 10, 1, 12, tzinfo=UTC)  # the data reaches to midnight UTC
RULE = ("RPT-001", "RPT-003", *(f"ALR-{number:03}" for number in range(1, 11)))
# Of the last day two of four calls were abandoned, one of them in puebla; of the day before none of two.
CALLS = """
    at                did       menu
    2025-09-30T10:00  19028031  VACIO
    2025-09-30T11:00  19020084  VACIO
    2025-09-30T12:00  19020084  RES-FallaInternet
    2025-09-30T13:00  19028031  RES-FallaInternet
    2025-09-29T10:00  19028031  RES-FallaInternet
    2025-09-29T11:00  19028031  RES-FallaInternet
"""
ABANDONED: dict[str, Any] = {
    "kind": "threshold",
    "source_kind": "legacy",
    "metric": "abandoned_rate",
    "window_minutes": 1_440,
    "comparison": "gt",
    "value": 0.3,
}


@pytest.fixture
async def ana(people: People, warehouse: Warehouse) -> Analyst:
    await warehouse.add(legacy_calls(CALLS))
    return await people.add("ana", *RULE)


async def rule(who: Analyst, name: str = "Abandono", **more: Any) -> dict[str, Any]:
    answer = await who.post("/alert-rules", {"name": name, "definition": ABANDONED, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def tick(who: Analyst, after: timedelta = timedelta()) -> None:
    await who.app.state.leader.tick(NOW + after)


async def items(who: Analyst, path: str) -> list[dict[str, Any]]:
    answer = await who.get(path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def calm(conn: asyncpg.Connection, warehouse: Warehouse, *, menu: str) -> None:
    """All calls turn out to have ended in this menu, and that is published."""
    await conn.execute("UPDATE ivr.legacy_calls SET menu_id = (SELECT menu_id FROM ivr.menus WHERE menu = $1)", menu)
    await warehouse.roll_up()
    await warehouse.published("legacy")


@pytest.mark.requirement("RF-037")
async def test_a_threshold_that_is_crossed_is_an_alert_and_a_message(ana: Analyst) -> None:
    made = await rule(ana)
    assert (made["firing"], made["last_alert_at"]) == (False, None)
    await tick(ana)
    (alert,) = await items(ana, "/alerts")
    assert (alert["rule_id"], alert["value"], alert["reference"]) == (made["id"], 0.5, None)
    assert datetime.fromisoformat(alert["until"]) == datetime(2025, 10, 1, tzinfo=UTC)
    assert datetime.fromisoformat(alert["since"]) == datetime(2025, 9, 30, tzinfo=UTC)
    tray = (await ana.get("/messages")).json()
    assert (tray["unread"], tray["items"][0]["text"]["es"]) == (1, "Alerta: Abandono (valor 0.5)")
    assert (tray["items"][0]["kind"], tray["items"][0]["about"]) == ("alert", alert["id"])


async def test_a_rule_is_evaluated_when_data_has_moved_and_not_before(
    ana: Analyst, warehouse: Warehouse, conn: asyncpg.Connection
) -> None:
    made = await rule(ana)
    await tick(ana)
    for after, moved, expected in ((2, False, 0), (4, True, 4), (5, False, 4)):
        if moved:
            await warehouse.published("legacy")
        await tick(ana, timedelta(minutes=after))
        at = (await ana.get(f"/alert-rules/{made['id']}")).json()["evaluated_at"]
        assert datetime.fromisoformat(at) == NOW + timedelta(minutes=expected)
    assert len(await items(ana, "/alerts?state=all")) == 1


async def test_an_alert_ends_and_cools_down(ana: Analyst, warehouse: Warehouse, conn: asyncpg.Connection) -> None:
    await rule(ana, cooldown_s=3_600)
    await tick(ana)
    # Nothing moves before the last look: it is the cool-down alone that has passed.
    steps: list[tuple[int, str | None, int, int]] = [
        (5, "RES-FallaInternet", 0, 1),
        (10, "VACIO", 0, 1),
        (61, None, 1, 2),
    ]
    for minutes, menu, open_alerts, all_alerts in steps:
        if menu is not None:
            await calm(conn, warehouse, menu=menu)
        await tick(ana, timedelta(minutes=minutes))
        found = len(await items(ana, "/alerts")), len(await items(ana, "/alerts?state=all"))
        assert found == (open_alerts, all_alerts), minutes
        (shown,) = await items(ana, "/alert-rules")
        assert shown["firing"] is (open_alerts == 1)
        opened = (await items(ana, "/alerts?state=all"))[0]["opened_at"]
        assert shown["last_alert_at"] == opened


@pytest.mark.requirement("RF-037")
async def test_a_change_against_the_same_period(ana: Analyst) -> None:
    change = {**ABANDONED, "kind": "change", "metric": "calls", "compare": "previous_period", "value": 0.9}
    await rule(ana, definition=change)
    await tick(ana)
    (alert,) = await items(ana, "/alerts")
    assert (alert["value"], alert["reference"]) == (1.0, 2.0)


@pytest.mark.requirement("RF-037")
async def test_missing_data_is_noticed_though_nothing_moves(ana: Analyst) -> None:
    missing = {"kind": "missing_data", "source_kind": "legacy", "age_minutes": 13 * 60}
    await rule(ana, definition=missing)
    await tick(ana)
    assert await items(ana, "/alerts") == []
    await tick(ana, timedelta(hours=2))
    (alert,) = await items(ana, "/alerts")
    assert alert["value"] == 14 * 3_600


async def test_too_few_calls_prove_nothing(ana: Analyst) -> None:
    made = await rule(ana, definition={**ABANDONED, "calls_min": 5})
    await tick(ana)
    assert await items(ana, "/alerts") == []
    assert (await ana.get(f"/alert-rules/{made['id']}")).json()["detail"] == "Fewer than 5 calls in the window."


async def test_an_alert_is_acknowledged_once(ana: Analyst, people: People) -> None:
    await rule(ana)
    await tick(ana)
    (alert,) = await items(ana, "/alerts")
    path = f"/alerts/{alert['id']}/acknowledgement"
    assert (await ana.post(path, {"note": "lo veo"})).json()["acknowledged_by"] == "ana"
    assert (await ana.post(path, {"note": "otra vez"})).json()["note"] == "lo veo"
    beto = await people.add("beto", *RULE)
    assert (await beto.post(path, {})).status_code == 404
    assert (await ana.holding("ALR-001").post(path, {})).status_code == 403
    assert (await ana.holding("ALR-001").get("/alerts?state=all")).status_code == 403


async def test_a_group_sees_and_subscribers_of_the_right_segment_are_told(ana: Analyst, people: People) -> None:
    beto, carla = await people.add("beto", *RULE), await people.add("carla", *RULE, segment="puebla")
    dora = await people.add("dora", *RULE)
    for each in (ana, beto, carla):
        await people.join(each, "AGR-005")
    made = await rule(ana, group="AGR-005")
    path = f"/alert-rules/{made['id']}"
    for each in (beto, carla):
        assert (await each.call("PUT", f"{path}/subscription", {})).status_code == 204
    assert (await dora.get(path)).status_code == 404
    assert (await beto.call("DELETE", path)).status_code == 404
    await tick(ana)
    assert [len(await items(each, "/messages")) for each in (ana, beto, carla, dora)] == [1, 1, 0, 0]
    assert [len(await items(each, "/alerts")) for each in (beto, carla, dora)] == [1, 0, 0]


async def test_a_subscription_from_critical_on_hears_no_warnings(ana: Analyst, people: People) -> None:
    beto = await people.add("beto", *RULE)
    for each in (ana, beto):
        await people.join(each, "AGR-005")
    made = await rule(ana, group="AGR-005", severity="warning")
    path = f"/alert-rules/{made['id']}/subscription"
    assert (await beto.holding("ALR-001", "ALR-008").call("PUT", path, {"min_severity": "critical"})).status_code == 403
    await beto.call("PUT", path, {"min_severity": "critical"})
    await tick(ana)
    assert await items(beto, "/messages") == []


async def test_the_owners_segment_is_the_rules(ana: Analyst, conn: asyncpg.Connection) -> None:
    await rule(ana, definition={**ABANDONED, "metric": "calls", "value": 1})
    await conn.execute("UPDATE sessions.users SET segment = 'puebla'")
    await tick(ana)
    (alert,) = await items(ana.with_segment("puebla"), "/alerts")
    assert alert["value"] == 2.0


async def test_who_may_no_longer_ask_has_the_rule_paused(ana: Analyst, people: People) -> None:
    made = await rule(ana)
    await people.take(ana, "RPT-001")
    for minutes in range(0, 6, 2):
        await tick(ana, timedelta(minutes=minutes))
    now = (await ana.get(f"/alert-rules/{made['id']}")).json()
    assert (now["state"], "RPT-001" in now["detail"]) == ("paused", True)
    (message,) = await items(ana, "/messages")
    assert "paused after 3 failures" in message["text"]["en"]


async def test_a_paused_rule_sleeps(ana: Analyst) -> None:
    made = await rule(ana)
    path = f"/alert-rules/{made['id']}/state"
    assert (await ana.call("PUT", path, {"state": "paused"})).json()["state"] == "paused"
    await tick(ana)
    assert await items(ana, "/alerts") == []
    await ana.call("PUT", path, {"state": "active"})
    await tick(ana)
    assert len(await items(ana, "/alerts")) == 1
    held = ana.holding("ALR-001", "ALR-002", "ALR-004")
    assert (await held.call("PUT", path, {"state": "disabled"})).status_code == 403


async def test_messages_are_read_and_removed_by_their_person(ana: Analyst, people: People) -> None:
    await rule(ana)
    await tick(ana)
    (message,) = await items(ana, "/messages")
    beto = await people.add("beto", *RULE)
    assert (await beto.call("DELETE", f"/messages/{message['id']}")).status_code == 404
    await beto.call("POST", f"/messages/{message['id']}/read")
    assert (await ana.get("/messages")).json()["unread"] == 1
    await ana.call("POST", "/messages/read")
    assert (await ana.get("/messages?unread=true")).json() == {"unread": 0, "items": [], "next_cursor": None}
    assert (await ana.call("DELETE", f"/messages/{message['id']}")).status_code == 204
    assert await items(ana, "/messages") == []


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"metric": "abandoned_rat"}, "definition.metrics.0"),
        ({"window_minutes": 1}, "window_minutes"),
        ({"value": "many"}, "value"),
        ({"filters": [{"dimension": "segmnt", "op": "in", "values": ["puebla"]}]}, "filters.0.dimension"),
        ({"kind": "surprise"}, "definition"),
    ],
)
async def test_what_can_never_be_evaluated_is_refused(ana: Analyst, change: dict[str, Any], param: str) -> None:
    refused = await ana.post("/alert-rules", {"name": "x", "definition": {**ABANDONED, **change}})
    assert refused.status_code == 422, refused.text
    assert param in refused.json()["errors"][0]["param"]
