"""Ways round a data segment that take time or somebody else: what was asked, shared, scheduled or measured before."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import openpyxl
import pytest

from services.analytics import export_worker, schedule_watch
from services.analytics.reports import REPORTS
from shared.settings import DatabaseSettings
from tests.analytics.conftest import SUMMER, Analyst, People, settings_for
from tests.analytics.facts import Warehouse
from tests.analytics.tables import legacy_calls

pytestmark = pytest.mark.integration

NOW = datetime(2025, 10, 1, 12, tzinfo=UTC)
ALL = tuple(f"RPT-{n:03}" for n in range(1, 14) if n != 12) + tuple(f"ALR-{n:03}" for n in range(1, 11))
CALLS = """
    at                did       caller_id  menu               centre         option
    2025-09-29T09:00  19020084  1          RES-FallaInternet  10828091       -
    2025-09-29T10:00  19020084  2          VACIO              CLIENTE_COLGO  -
    2025-09-29T09:30  19028031  1          Secreto            15070019       Oculta
    2025-09-29T11:00  19028031  2          Secreto            15070019       Oculta
    2025-09-29T12:00  19020001  3          Secreto            15070019       Oculta
"""
SECRETS = ("nacional", "Secreto", "Oculta", "15070019", "19028031", "19020001")
EXPORTS: list[dict[str, Any]] = [
    {"query": {"metrics": ["calls"], "dimensions": ["segment", "menu", "did"], "time": SUMMER}},
    {"query": {"metrics": ["calls"], "dimensions": ["menu"], "compare": "previous_period", "time": SUMMER}},
    {"calls": {"time": SUMMER}},
    {"calls": {"time": SUMMER, "cell": {"menu": "Secreto"}}},
    {"report": {"code": "transfer-centres", "quarter": "2025-Q3"}},
    {"report": {"code": "centres-by-segment", "quarter": "2025-Q3"}},
]


@pytest.fixture
async def ana(people: People, warehouse: Warehouse) -> Analyst:
    """She sees everything, until her segment becomes `puebla`; nothing runs but what a test runs."""
    await warehouse.add(legacy_calls(CALLS))
    await warehouse.roll_up()
    who = await people.add("ana", *ALL)
    for task in who.app.state.background:
        task.cancel()
    return who


async def confined(who: Analyst, conn: asyncpg.Connection) -> Analyst:
    await conn.execute("UPDATE sessions.users SET segment = 'puebla' WHERE user_id = $1", int(who.user_id))
    return who.with_segment("puebla")


def hides(text: str) -> bool:
    return not any(secret in text for secret in SECRETS)


def text_of(form: str, content: bytes) -> str:
    if form == "csv":
        return content.decode()
    # The second sheet repeats what was asked, the person's own filters too.
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_exports_that_waited_while_the_segment_changed(
    ana: Analyst, conn: asyncpg.Connection, database_settings: DatabaseSettings, identity_keys: Path, form: str
) -> None:
    numbers = []
    for body in EXPORTS[:5] if form == "csv" else EXPORTS[2:]:
        answer = await ana.post("/exports", {"format": form, **body})
        assert answer.status_code == 202, answer.text
        numbers.append(answer.json()["id"])
    puebla = await confined(ana, conn)
    await export_worker.work(settings_for(database_settings, identity_keys))
    for number in numbers:
        file = await puebla.get(f"/exports/{number}/file")
        assert file.status_code == 200, file.text
        assert hides(text_of(form, file.content))


async def test_a_file_made_before_the_segment_changed_stays_closed(
    ana: Analyst, conn: asyncpg.Connection, database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    body = {"format": "csv", **EXPORTS[0]}
    asked = await ana.post("/exports", body, idempotency_key="once")
    await export_worker.work(settings_for(database_settings, identity_keys))
    path = f"/exports/{asked.json()['id']}/file"
    assert "Secreto" in (await ana.get(path)).text
    puebla = await confined(ana, conn)
    assert (await puebla.get(path)).status_code == 409
    again = await puebla.post("/exports", body, idempotency_key="once")
    assert again.json()["id"] == asked.json()["id"]
    assert (await puebla.get(path)).status_code == 409
    assert (await puebla.with_segment("nacional_A").get(path)).status_code == 409


async def test_a_schedule_from_before_the_segment_changed(
    ana: Analyst, conn: asyncpg.Connection, database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    for report, segment in (("transfer-centres", "todas"), ("centre-menus", "nacional_A"), ("recall-list", "todas")):
        schedule = {
            "name": report,
            "calendar": {"every": "month", "at": "06:00", "day": 1},
            "report": report,
            "segment": segment,
            "format": "csv",
            "zone": "America/Mexico_City",
        }
        answer = await ana.post("/schedules", schedule)
        assert answer.status_code == 201, answer.text
    puebla = await confined(ana, conn)
    await conn.execute("UPDATE analytics.schedules SET next_at = $1", datetime(2025, 10, 1, 12, tzinfo=UTC))
    config = settings_for(database_settings, identity_keys)
    begun = await schedule_watch.tick(ana.app.state.database, config, datetime(2025, 10, 1, 13, tzinfo=UTC))
    assert begun == 1  # the other two ask for what she may no longer see
    await export_worker.work(config)
    (export,) = (await puebla.get("/exports")).json()["items"]
    file = await puebla.get(f"/exports/{export['id']}/file")
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert {row["segment"] for row in rows} == {"puebla"}
    assert hides(file.text)


RULE = {
    "kind": "threshold",
    "source_kind": "legacy",
    "metric": "calls",
    "window_minutes": 4_320,
    "comparison": "gt",
    "value": 1,
}


async def test_the_value_of_a_rule_from_before_the_segment_changed(ana: Analyst, conn: asyncpg.Connection) -> None:
    rule = (await ana.post("/alert-rules", {"name": "Volumen", "definition": RULE})).json()
    await ana.app.state.leader.tick(NOW)
    path = f"/alert-rules/{rule['id']}"
    assert (await ana.get(path)).json()["value"] == 5.0
    puebla = await confined(ana, conn)
    assert (await puebla.get(path)).json()["value"] is None
    assert [each["value"] for each in (await puebla.get("/alert-rules")).json()["items"]] == [None]
    assert (await puebla.get("/alerts?state=all")).json()["items"] == []
    changed = {"name": "Volumen", "definition": RULE, "severity": "critical"}
    assert (await puebla.call("PUT", path, changed)).json()["value"] is None
    await conn.execute("UPDATE analytics.alert_rules SET seen = NULL")
    await ana.app.state.leader.tick(NOW + timedelta(minutes=10))
    assert (await puebla.get(path)).json()["value"] == 2.0


async def test_a_groups_rule_tells_those_of_a_segment_nothing(ana: Analyst, people: People) -> None:
    beto = (await people.add("beto", *ALL)).with_segment("puebla")
    for who in (ana, beto):
        await people.join(who, "AGR-001")
    body = {"name": "Volumen", "definition": {**RULE, "calls_min": 1_000}, "group": "AGR-001"}
    rule = (await ana.post("/alert-rules", body)).json()
    await ana.app.state.leader.tick(NOW)
    seen = (await beto.get(f"/alert-rules/{rule['id']}")).json()
    assert (seen["own"], seen["value"]) == (False, None)
    assert seen["detail"] == "Fewer than 1000 calls in the window."


@pytest.mark.parametrize("compare", [None, "previous_period", {"from": SUMMER["from"], "to": SUMMER["to"]}])
async def test_flows_stay_inside(ana: Analyst, compare: Any) -> None:
    puebla = ana.with_segment("puebla")
    body = {"time": SUMMER, "compare": compare}
    answer = await puebla.post("/flows", body)
    assert answer.status_code == 200, answer.text
    assert hides(answer.text)
    assert (await puebla.post("/flows", {**body, "segment": "nacional_A"})).status_code == 403
    assert (await puebla.post("/flows", {**body, "source_kind": "asterisk"})).status_code == 403


async def test_forecasts_are_made_of_ones_own_calls(ana: Analyst) -> None:
    asked = {"source_kind": "legacy", "from": "2025-10-01", "to": "2025-10-03", "interval": "day"}
    own = [{"dimension": "segment", "op": "in", "values": ["puebla"]}]
    puebla = await ana.with_segment("puebla").post("/forecasts", asked)
    filtered = await ana.post("/forecasts", {**asked, "filters": own})
    assert puebla.status_code == filtered.status_code == 200, puebla.text
    assert puebla.json()["points"] == filtered.json()["points"]
    assert puebla.json()["accuracy"] == filtered.json()["accuracy"]
    others = {**asked, "filters": [{"dimension": "segment", "op": "in", "values": ["nacional_A"]}]}
    points = (await ana.with_segment("puebla").post("/forecasts", others)).json().get("points", [])
    assert not any(point["value"] for point in points)
    queue = {**asked, "source_kind": "asterisk"}
    assert (await ana.with_segment("puebla").post("/forecasts", queue)).status_code == 403


@pytest.mark.parametrize("code", REPORTS)
async def test_every_report_in_every_form(ana: Analyst, code: str) -> None:
    puebla = ana.with_segment("puebla")
    for form in ("json", "csv", "xlsx"):
        answer = await puebla.get(f"/reports/{code}?quarter=2025-Q3&format={form}")
        if REPORTS[code].kind == "asterisk":
            assert answer.status_code == 403
            continue
        assert answer.status_code == 200, answer.text
        assert hides(text_of("xlsx", answer.content) if form == "xlsx" else answer.text)


async def test_what_a_browser_kept_of_all_data_is_not_current(ana: Analyst) -> None:
    path = "/reports/abandonment?quarter=2025-Q3"
    kept = (await ana.get(path)).headers["etag"]
    answer = await ana.with_segment("puebla").get(path, if_none_match=kept)
    assert answer.status_code == 200
    question = {"metrics": ["calls"], "dimensions": ["segment"], "time": SUMMER}
    kept = (await ana.post("/query", question)).headers["etag"]
    assert (await ana.with_segment("puebla").post("/query", question, if_none_match=kept)).status_code == 200


async def test_a_view_of_somebody_with_more_rights(ana: Analyst, people: People) -> None:
    beto = (await people.add("beto", "RPT-001", "RPT-003", "RPT-010")).with_segment("puebla")
    question = {"metrics": ["calls"], "dimensions": ["segment", "menu"], "time": SUMMER, "totals": True}
    view = (await ana.post("/views", {"name": "Todo", "query": question})).json()
    assert (await ana.post(f"/views/{view['id']}/shares", {"username": "beto"})).status_code == 201
    seen = (await beto.get(f"/views/{view['id']}")).json()
    answer = await beto.post("/query", seen["query"])
    assert answer.json()["totals"] == [2]
    assert hides(answer.text)
