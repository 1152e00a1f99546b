"""Exports from the request to the file, made by the real worker's process."""

import asyncio
import csv
import io
import os
import signal
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import asyncpg
import openpyxl
import pytest

from services.analytics import export_store, export_worker, store
from shared.settings import DatabaseSettings
from tests.analytics.conftest import SUMMER, Analyst, People, settings_for, until
from tests.analytics.facts import Warehouse
from tests.analytics.tables import legacy_calls

pytestmark = pytest.mark.integration

CALLS = """
    at                did       menu               caller_id  duration_s  option
    2025-07-01T09:00  19028031  VACIO              1          10          -
    2025-07-15T09:00  19028031  RES-FallaInternet  1          20          =1+1
    2025-08-01T09:00  19028031  RES-FallaInternet  2          30          -
    2025-08-02T09:00  19020084  cliente_colgo      1          50          -
    2025-08-03T09:00  19020084  RES-FallaInternet  3          60          -
"""
BY_MENU = {"metrics": ["calls"], "dimensions": ["segment", "menu"], "time": SUMMER}
ALL = ("RPT-001", "RPT-003", "RPT-004", "RPT-005", "RPT-006")


@pytest.fixture
async def ana(people: People, warehouse: Warehouse) -> Analyst:
    await warehouse.add(legacy_calls(CALLS))
    return await people.add("ana", *ALL)


@pytest.fixture
async def still(analyst: Analyst) -> Analyst:
    """The service without its runner: exports wait until the test lets a worker run."""
    for task in analyst.app.state.background:
        task.cancel()
    return analyst


async def wanted(who: Analyst, **body: Any) -> dict[str, Any]:
    answer = await who.post("/exports", {"format": "csv", **body})
    assert answer.status_code == 202, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def is_running(who: Analyst, number: str) -> bool:
    return bool((await who.get(f"/exports/{number}")).json()["state"] == "running")


async def is_idle(who: Analyst) -> bool:
    return who.app.state.exports.process is None


async def ended(who: Analyst, number: str) -> dict[str, Any]:
    """The export once it waits and runs no more."""

    async def over() -> bool:
        return (await who.get(f"/exports/{number}")).json()["state"] not in ("queued", "running")

    await until(over)
    export: dict[str, Any] = (await who.get(f"/exports/{number}")).json()
    return export


async def work(login: DatabaseSettings, keys: Path) -> int:
    """What the worker's process does, here."""
    return await export_worker.work(settings_for(login, keys))


@pytest.mark.requirement("RF-038")
async def test_a_query_becomes_a_file_that_equals_the_answer(ana: Analyst) -> None:
    export = await ended(ana, (await wanted(ana, query=BY_MENU))["id"])
    assert (export["state"], export["rows_done"], export["progress"], export["detail"]) == ("done", 4, 1.0, None)
    file = await ana.get(f"/exports/{export['id']}/file")
    assert file.headers["content-disposition"] == 'attachment; filename="query-2025-07-01.csv"'
    assert int(file.headers["content-length"]) == export["bytes"]
    asked = await ana.post("/query", BY_MENU, accept="text/csv")
    assert file.text == asked.text


@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
async def test_a_report_takes_every_form(
    ana: Analyst, still: Analyst, database_settings: DatabaseSettings, identity_keys: Path, form: str
) -> None:
    asked = await wanted(ana, format=form, report={"code": "abandonment", "quarter": "2025-Q3"}, bom=True)
    assert await work(database_settings, identity_keys) == 1
    export = await ended(ana, asked["id"])
    assert (export["state"], export["name"], export["detail"]) == ("done", "abandonment-2025-Q3", None)
    file = (await ana.get(f"/exports/{export['id']}/file")).content
    assert file.startswith({"csv": b"\xef\xbb\xbf", "xlsx": b"PK", "pdf": b"%PDF"}[form])


async def test_calls_come_all_and_never_as_formulas(
    ana: Analyst, still: Analyst, database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    one = await wanted(ana, calls={"time": SUMMER, "limit": 1})
    two = await wanted(ana, calls={"time": SUMMER}, format="xlsx")
    assert await work(database_settings, identity_keys) == 2
    text = (await ana.get(f"/exports/{one['id']}/file")).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 5
    assert [row["option"] for row in rows].count("'=1+1") == 1
    book = openpyxl.load_workbook(io.BytesIO((await ana.get(f"/exports/{two['id']}/file")).content))
    sheet = book["Datos"]
    assert sheet.freeze_panes == "A2"
    names = [cell.value for cell in sheet[1]]
    options = [row[names.index("option")] for row in sheet.iter_rows(min_row=2)]
    assert ("=1+1", "s") in [(cell.value, cell.data_type) for cell in options]
    assert isinstance(sheet.cell(2, names.index("started_at") + 1).value, datetime)
    assert "America/Mexico_City" in [row[1].value for row in book.worksheets[1].iter_rows()]


async def test_a_killed_worker_is_followed_by_another_and_leaves_no_half(
    ana: Analyst, conn: asyncpg.Connection, database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    runner = ana.app.state.exports
    folder = settings_for(database_settings, identity_keys).exports_dir
    async with conn.transaction():
        # The worker gets as far as its first statement over the calls, and no further.
        await conn.execute("LOCK TABLE ivr.legacy_calls IN ACCESS EXCLUSIVE MODE")
        export = await wanted(ana, query={**BY_MENU, "metrics": ["duration_s_p90"]})
        await until(lambda: is_running(ana, export["id"]))
        os.kill(runner.process.pid, signal.SIGKILL)
        assert (await ana.get(f"/exports/{export['id']}/file")).status_code == 409
    done = await ended(ana, export["id"])
    assert done["state"] == "done", done["detail"]
    await until(lambda: is_idle(ana))
    await runner.sweep()
    assert [path.name for path in folder.iterdir()] == [f"{export['id']}-2.csv"]


async def test_an_export_that_kills_its_worker_is_given_up_with_a_sentence(
    ana: Analyst, still: Analyst, conn: asyncpg.Connection, database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    export = await wanted(ana, query=BY_MENU)
    await conn.execute("UPDATE analytics.exports SET state = 'running', attempts = 3")
    assert await work(database_settings, identity_keys) == 0
    failed = await ended(ana, export["id"])
    assert failed["state"] == "failed"
    assert "interrupted 3 times" in failed["detail"]


async def test_nobody_takes_what_a_living_worker_makes(
    ana: Analyst,
    still: Analyst,
    conn: asyncpg.Connection,
    reader: asyncpg.Connection,
    database_settings: DatabaseSettings,
    identity_keys: Path,
) -> None:
    await wanted(ana, query=BY_MENU)
    async with reader.transaction():
        taken = await export_store.take(reader)
    assert taken is not None
    assert not await export_store.work_waits(conn)
    assert await work(database_settings, identity_keys) == 0
    await reader.close()

    async def taken_over() -> bool:
        return await work(database_settings, identity_keys) == 1

    await until(taken_over)


@pytest.mark.requirement("RF-038")
async def test_permission_is_looked_at_again_when_it_runs(
    ana: Analyst, still: Analyst, people: People, database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    export = await wanted(ana, query=BY_MENU)
    await people.take(ana, "RPT-004")
    await work(database_settings, identity_keys)
    failed = await ended(ana, export["id"])
    assert failed["detail"].startswith("An export as CSV needs the function RPT-004, which you do not hold; ")
    assert (await ana.get(f"/exports/{export['id']}/file")).status_code == 409


@pytest.mark.requirement("RF-038")
async def test_a_blocked_account_gets_nothing(
    ana: Analyst, still: Analyst, conn: asyncpg.Connection, database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    export = await wanted(ana, query=BY_MENU)
    await conn.execute("UPDATE sessions.users SET state = 'blocked'")
    await work(database_settings, identity_keys)
    assert "no longer active" in (await ended(ana, export["id"]))["detail"]


async def test_the_segment_is_the_one_held_when_it_runs(
    ana: Analyst, still: Analyst, conn: asyncpg.Connection, database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    export = await wanted(ana, query=BY_MENU)
    await conn.execute("UPDATE sessions.users SET segment = 'puebla'")
    await work(database_settings, identity_keys)
    local = ana.with_segment("puebla")
    text = (await local.get(f"/exports/{export['id']}/file")).text
    assert {row["segment"] for row in csv.DictReader(io.StringIO(text))} == {"puebla"}
    moved = await ana.with_segment("nacional_A").get(f"/exports/{export['id']}/file")
    assert moved.status_code == 409
    assert "ask for the export again" in moved.json()["detail"]


async def test_five_at_a_time_and_a_cancelled_one_makes_room(
    ana: Analyst, still: Analyst, database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    first = await wanted(ana, query=BY_MENU)
    for _ in range(4):
        await wanted(ana, query=BY_MENU)
    full = await ana.post("/exports", {"format": "csv", "query": BY_MENU})
    assert (full.status_code, full.headers["retry-after"]) == (429, "10")
    assert (await ana.call("DELETE", f"/exports/{first['id']}")).status_code == 204
    await wanted(ana, query=BY_MENU)
    assert await work(database_settings, identity_keys) == 5
    assert (await ana.get(f"/exports/{first['id']}")).json()["state"] == "cancelled"
    assert len((await ana.get("/exports")).json()["items"]) == 6


async def test_cancelling_stops_the_work(
    ana: Analyst, still: Analyst, conn: asyncpg.Connection, database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    async with conn.transaction():
        await conn.execute("LOCK TABLE ivr.legacy_calls IN ACCESS EXCLUSIVE MODE")
        export = await wanted(ana, query={**BY_MENU, "metrics": ["duration_s_p90"]})
        working = asyncio.create_task(work(database_settings, identity_keys))
        await until(lambda: is_running(ana, export["id"]))
        await ana.call("DELETE", f"/exports/{export['id']}")
        assert await working == 1
    assert (await ana.get(f"/exports/{export['id']}")).json()["state"] == "cancelled"
    assert list(settings_for(database_settings, identity_keys).exports_dir.iterdir()) == []


async def test_the_same_key_is_the_same_export(ana: Analyst, still: Analyst) -> None:
    body = {"format": "csv", "query": BY_MENU}
    first = await ana.post("/exports", body, idempotency_key="k1")
    again = await ana.post("/exports", body, idempotency_key="k1")
    assert again.json()["id"] == first.json()["id"]
    other = await ana.post("/exports", {**body, "bom": True}, idempotency_key="k1")
    assert other.status_code == 422
    assert other.json()["errors"][0]["param"] == "Idempotency-Key"


async def test_exports_are_their_own_persons(ana: Analyst, still: Analyst, people: People) -> None:
    export = await wanted(ana, query=BY_MENU)
    beto = await people.add("beto", *ALL)
    for method, path in (("GET", ""), ("GET", "/file"), ("DELETE", "")):
        assert (await beto.call(method, f"/exports/{export['id']}{path}")).status_code == 404
    assert (await beto.get("/exports")).json()["items"] == []
    assert (await ana.get("/exports/x")).status_code == 404


async def test_a_day_later_it_is_forgotten_with_its_file(
    ana: Analyst, still: Analyst, conn: asyncpg.Connection, database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    export = await wanted(ana, query=BY_MENU)
    await work(database_settings, identity_keys)
    folder = settings_for(database_settings, identity_keys).exports_dir
    (folder / "77-1.csv.part").write_text("half of one")
    (folder / "notes.txt").write_text("not ours")
    await ana.app.state.exports.sweep()
    assert sorted(path.name for path in folder.iterdir()) == [f"{export['id']}-1.csv", "notes.txt"]
    await conn.execute("UPDATE analytics.exports SET expires_at = now()")
    await ana.app.state.exports.sweep()
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert (await ana.get(f"/exports/{export['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"format": "csv"}, 422, "exactly one of report, query and calls"),
        ({"format": "pdf", "query": BY_MENU}, 422, "only a report can be a PDF"),
        ({"format": "csv", "query": {**BY_MENU, "metrics": ["callz"]}}, 422, "query.metrics.0"),
        ({"format": "csv", "report": {"code": "abandonment", "quarter": "2025-Q9"}}, 422, "report.quarter"),
        ({"format": "csv", "report": {"code": "abandonmet", "quarter": "2025-Q3"}}, 404, "did you mean abandonment"),
        ({"format": "csv", "calls": {"time": SUMMER, "metric": "abandoned_rate"}}, 422, "calls.metric"),
    ],
)
async def test_what_cannot_be_made_is_refused_at_once(
    ana: Analyst, still: Analyst, body: dict[str, Any], status: int, told: str
) -> None:
    refused = await ana.post("/exports", body)
    assert (refused.status_code, told in refused.text) == (status, True), refused.text


async def test_each_format_needs_its_function(ana: Analyst, still: Analyst) -> None:
    refused = await ana.holding("RPT-001", "RPT-005").post("/exports", {"format": "csv", "query": BY_MENU})
    assert (refused.status_code, "RPT-004" in refused.text) == (403, True)


async def test_a_page_that_is_too_long_points_to_exports(ana: Analyst, still: Analyst) -> None:
    error = await ana.refused(**BY_MENU, limit=10_001)
    assert "ask for an export (POST /analytics/exports)" in error["detail"]


async def test_too_many_rows_and_bytes_are_a_sentence(
    ana: Analyst,
    still: Analyst,
    monkeypatch: pytest.MonkeyPatch,
    database_settings: DatabaseSettings,
    identity_keys: Path,
) -> None:
    monkeypatch.setattr("services.analytics.export_work.ROWS_MAX", 3)
    monkeypatch.setattr("services.analytics.export_files.BYTES_MAX", 20)
    rows, size = await wanted(ana, query=BY_MENU), await wanted(ana, query={"metrics": ["calls"], "time": SUMMER})
    calls = await wanted(ana, calls={"time": SUMMER})
    await work(database_settings, identity_keys)
    assert "more than 1 000 000 rows" in (await ended(ana, rows["id"]))["detail"]
    assert "more than 1 000 000 rows" in (await ended(ana, calls["id"]))["detail"]
    done = await ended(ana, size["id"])
    assert done["state"] == "done"
    wide = await wanted(ana, query={"metrics": ["calls", "abandoned", "transferred"], "time": SUMMER})
    await work(database_settings, identity_keys)
    assert "larger than 200 MB" in (await ended(ana, wide["id"]))["detail"]


async def test_pages_join_without_a_seam(
    ana: Analyst,
    still: Analyst,
    monkeypatch: pytest.MonkeyPatch,
    database_settings: DatabaseSettings,
    identity_keys: Path,
) -> None:
    monkeypatch.setattr("services.analytics.export_work.PAGE_ROWS", 2)
    asked = {**BY_MENU, "order_by": ["-calls"], "time": {**SUMMER, "granularity": "month"}}
    query, calls = await wanted(ana, query=asked), await wanted(ana, calls={"time": SUMMER})
    await work(database_settings, identity_keys)
    whole = (await ana.post("/query", asked, accept="text/csv")).text
    assert (await ana.get(f"/exports/{query['id']}/file")).text == whole
    rows = list(csv.DictReader(io.StringIO((await ana.get(f"/exports/{calls['id']}/file")).text)))
    listed = (await ana.post("/calls", {"time": SUMMER})).json()["items"]
    assert [row["id"] for row in rows] == [item["id"] for item in listed]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_calls_in_parts_are_the_same_file(
    ana: Analyst,
    still: Analyst,
    monkeypatch: pytest.MonkeyPatch,
    database_settings: DatabaseSettings,
    identity_keys: Path,
    form: str,
) -> None:
    files = []
    for rows_each in (100_000, 2, 1):
        monkeypatch.setattr("services.analytics.export_work.PART_ROWS", rows_each)
        made = await wanted(ana, format=form, calls={"time": SUMMER})
        await work(database_settings, identity_keys)
        assert (await ended(ana, made["id"]))["rows_done"] == 5
        files.append((await ana.get(f"/exports/{made['id']}/file")).content)
    if form == "xlsx":
        files = [sheet_of(file) for file in files]
    assert files[0] == files[1] == files[2]


async def test_progress_is_told_while_it_runs(
    ana: Analyst,
    still: Analyst,
    monkeypatch: pytest.MonkeyPatch,
    database_settings: DatabaseSettings,
    identity_keys: Path,
) -> None:
    monkeypatch.setattr("services.analytics.export_work.PART_ROWS", 1)
    monkeypatch.setattr("services.analytics.export_worker.REPORT_EVERY_S", 0.02)
    made = await wanted(ana, calls={"time": SUMMER})
    copy, told = store.copy_lines, []

    async def watched(*about: Any, **more: Any) -> None:
        """Each part, and then until somebody sees how far it is."""
        await copy(*about, **more)

        async def seen() -> bool:
            export = (await ana.get(f"/exports/{made['id']}")).json()
            told.append((export["state"], export["rows_done"], export["progress"]))
            return bool(export["rows_done"])

        await until(seen)

    monkeypatch.setattr("services.analytics.store.copy_lines", watched)
    await work(database_settings, identity_keys)
    assert ("running", 2, 0.4) in told
    assert (await ended(ana, made["id"]))["progress"] == 1.0


def sheet_of(file: bytes) -> bytes:
    """The sheet of data; the workbook around it tells when it was made."""
    with ZipFile(io.BytesIO(file)) as book:
        return book.read("xl/worksheets/sheet1.xml")
