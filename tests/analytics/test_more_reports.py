"""The reports on centres, menus, queues and agents, from few calls whose table can be counted by hand."""

import csv
import functools
import io
import json
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from services.analytics import report_making
from services.analytics.question import Cell
from services.analytics.reports import REPORTS
from services.analytics.reports.centre_activity import after_working_days, classify, working_days
from services.analytics.reports.centres import quartiles_of
from tests.analytics.conftest import DATA_AS_OF, Analyst
from tests.analytics.facts import LegacyCall, QueueCall, Warehouse
from tests.analytics.rollups import roll_up
from tests.analytics.tables import legacy_calls

pytestmark = pytest.mark.integration

CALLS = """
    at                did       menu               option  centre         line_kind
    2025-07-01T09:00  19028031  RES-FallaInternet  1       10828091       misma_linea
    2025-07-05T09:00  19028031  RES-FallaInternet  1       10828091       no_digito
    2025-07-01T09:01  19028031  RES-SaldooPagos    2       10828091       no_digito
    2025-08-04T09:00  19028031  RES-FallaInternet  1       15070019       linea_diferente
    2025-08-04T09:00  19020084  RES-FallaInternet  1       15070019       no_digito
    2025-08-05T09:00  19020084  VACIO              -       CLIENTE_COLGO  no_digito
    2025-08-05T09:01  19020084  TELEFONO_EN_MENU   -       CASO_NULL      no_digito
    2025-09-01T09:01  19020084  TELEFONO_EN_MENU   -       CASO_NULL      no_digito
"""


@pytest.fixture
async def filled(analyst: Analyst, warehouse: Warehouse) -> Analyst:
    await warehouse.add(legacy_calls(CALLS))
    return analyst


async def report(analyst: Analyst, code: str, **parameters: str) -> dict[str, Any]:
    query = "&".join(f"{name}={value}" for name, value in {"quarter": "2025-Q3", **parameters}.items())
    answer = await analyst.get(f"/reports/{code}?{query}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def named(body: dict[str, Any]) -> list[dict[str, Any]]:
    names = [column["name"] for column in body["columns"]]
    return [dict(zip(names, row, strict=True)) for row in body["rows"]]


async def test_transfer_centres_by_month_and_what_fed_them(filled: Analyst) -> None:
    rows = named(await report(filled, "transfer-centres"))
    assert len(rows) == 2 + 4 + 1  # combinations with calls in July, August and September
    first = rows[0]
    assert first == {
        "month": "2025-07",
        "segment": "nacional_A",
        "centre": "10828091",
        "menu": "RES-FallaInternet",
        "option": "1",
        "calls": 2,
        "share_of_month": pytest.approx(2 / 3),
        "same_line": 1,
        "different_line": 0,
        "no_typed_line": 1,
        "weekday_calls": 1,
        "weekend_calls": 1,
        "centre_quartile": 1,
    }
    assert sum(row["calls"] for row in rows) == 8
    for month in ("2025-07", "2025-08", "2025-09"):
        assert sum(row["share_of_month"] for row in rows if row["month"] == month) == pytest.approx(1)
    assert {row["centre_quartile"] for row in rows if row["centre"] == "15070019"} == {2}
    assert {row["centre_quartile"] for row in rows if row["centre"] == "CASO_NULL"} == {None}


async def test_menus_to_centres_and_back(filled: Analyst) -> None:
    redirects = named(await report(filled, "menu-redirects"))
    assert [(row["menu"], row["centre"], row["calls"], row["share_of_menu"]) for row in redirects] == [
        ("RES-FallaInternet", "10828091", 2, 0.5),
        ("RES-FallaInternet", "15070019", 2, 0.5),
        ("RES-SaldooPagos", "10828091", 1, 1.0),
    ]
    assert sum(row["share_of_total"] for row in redirects) == pytest.approx(1)
    feeds = named(await report(filled, "centre-menus", segment="puebla"))
    assert feeds == [
        {
            "centre": "15070019",
            "menu": "RES-FallaInternet",
            "option": "1",
            "calls": 1,
            "share_of_centre": 1.0,
            "share_of_total": 1.0,
        }
    ]


async def test_menu_errors_are_counts_only(filled: Analyst) -> None:
    body = await report(filled, "menu-errors")
    assert body["rows"] == [
        ["detail", "puebla", "CASO_NULL", 2, 2, 1.0, 1.0],
        ["total", None, None, 2, 8, 0.25, 1.0],
    ]


async def test_the_abandonment_summary_adds_up_to_what_was_lost(filled: Analyst) -> None:
    rows = named(await report(filled, "abandonment-summary"))
    assert [(row["row"], row["segment"], row["abandoned"], row["share_of_abandoned"]) for row in rows] == [
        ("subtotal", "nacional_A", 0, 0.0),
        ("detail", "puebla", 1, 1.0),
        ("subtotal", "puebla", 1, 1.0),
        ("total", None, 1, 1.0),
    ]


async def test_centre_activity_is_the_same_from_calls_and_from_rollups(filled: Analyst, warehouse: Warehouse) -> None:
    await warehouse.holiday(date(2025, 9, 16))
    from_calls = await report(filled, "centres-by-segment")
    await roll_up(warehouse.conn)
    from_rollups = await report(filled, "centres-by-segment")
    assert from_rollups["rows"] == from_calls["rows"]
    rows = {(row["segment"], row["centre"]): row for row in named(from_calls)}
    assert len(rows) == 3
    busiest = rows["nacional_A", "10828091"]
    assert (busiest["calls"], busiest["weekday_share"]) == (3, pytest.approx(2 / 3))
    assert (busiest["first_day"], busiest["last_day"]) == ("2025-07-01", "2025-07-05")
    assert busiest["working_days"] == 65  # 66 Mondays to Fridays to September 30, one of them a holiday
    assert busiest["idle_working_days"] == 61
    assert (busiest["follow_up_on"], busiest["escalate_on"]) == ("2025-07-09", "2025-07-11")
    assert (busiest["rank"], busiest["class"], busiest["share_of_leader"]) == (1, "BAJO_VOLUMEN", 1.0)
    assert rows["nacional_A", "15070019"]["share_of_segment"] == 0.25
    own = named(await report(replace(filled, segment="puebla"), "centres-by-segment"))
    assert {row["segment"] for row in own} == {"puebla"}


def test_classes_of_centres() -> None:
    assert [classify(1_000, idle) for idle in (0, 1, 3, 4, 5, 6)] == [
        "ACTIVO_HOY",
        "DENTRO_SLA",
        "DENTRO_SLA",
        "RIESGO_SLA",
        "RIESGO_SLA",
        "FUERA_SLA",
    ]
    assert [classify(calls, 0) for calls in (999, 100, 99)] == ["VOLUMEN_MEDIO", "VOLUMEN_MEDIO", "BAJO_VOLUMEN"]


def test_working_days() -> None:
    friday, holiday = date(2025, 9, 12), frozenset({date(2025, 9, 16)})
    assert working_days(friday, date(2025, 9, 17), holiday) == 3
    assert working_days(friday, date(2025, 9, 11), holiday) == 0
    assert after_working_days(friday, 2, holiday) == date(2025, 9, 17)
    assert after_working_days(friday, 0, holiday) == friday


def test_quartiles() -> None:
    centres: list[dict[str, Cell]] = [
        {"centre": name, "calls": calls} for name, calls in zip("abcde", (5, 4, 3, 2, 1), strict=True)
    ]
    assert list(quartiles_of(centres).values()) == [1, 1, 2, 3, 4]
    assert quartiles_of([]) == {}


def test_quartiles_are_those_of_ntile() -> None:
    sizes = {n: Counter(quartiles_of([{"centre": c, "calls": 9} for c in range(n)]).values()) for n in (3, 6, 7, 8)}
    assert sizes[3] == {1: 1, 2: 1, 3: 1}
    assert sizes[6] == {1: 2, 2: 2, 3: 1, 4: 1}
    assert sizes[7] == {1: 2, 2: 2, 3: 2, 4: 1}
    assert sizes[8] == {1: 2, 2: 2, 3: 2, 4: 2}


AT = datetime(2025, 7, 2, 15, tzinfo=UTC)


def queue_call(number: int, how: str, minutes: int, **more: Any) -> QueueCall:
    at = AT + timedelta(minutes=minutes)
    return QueueCall(call_id=number, entered_at=at, exit=how, ended_at=at + timedelta(seconds=60), wait_s=30, **more)


@pytest.fixture
async def queues(analyst: Analyst, warehouse: Warehouse) -> Analyst:
    await warehouse.add_queue(
        [
            queue_call(1, "answered", 0, agent="Ana", talk_s=30, caller_id=1),
            queue_call(2, "abandoned", 1, caller_id=2),
            queue_call(3, "abandoned", 5, caller_id=2),
            queue_call(4, "abandoned", 6, caller_id=3, queue="help"),
            queue_call(5, "answered", 9, agent="Luis", talk_s=50, caller_id=3, ring_no_answer=2),
            queue_call(6, "abandoned", 10, caller_id=0),
            queue_call(7, "timeout", 11, caller_id=4),
        ]
    )
    return analyst


async def test_queue_performance(queues: Analyst) -> None:
    rows = {row["queue"]: row for row in named(await report(queues, "queue-performance"))}
    assert rows.keys() == {"sales", "help", None}
    for row in rows.values():
        exits = ("answered", "abandoned", "timed_out", "key_exits", "empty_exits", "withdrawn", "flowed_out", "open")
        assert row["offered"] == sum(row[name] for name in exits)
    assert (rows[None]["offered"], rows[None]["answered"], rows[None]["wait_s_p90"]) == (7, 2, 30)
    assert (rows["sales"]["aht_s"], rows["help"]["aht_s"], rows[None]["aht_s"]) == (40, None, 40)


async def test_agent_performance(queues: Analyst) -> None:
    rows = [
        (row["agent"], row["answered"], row["talk_s_mean"], row["aht_s"])
        for row in named(await report(queues, "agent-performance"))
    ]
    assert rows == [("Ana", 1, 30, 30), ("Luis", 1, 50, 50), (None, 2, 40, 40)]


async def test_how_busy_queues_and_agents_were(queues: Analyst, warehouse: Warehouse) -> None:
    """Talk over time signed in and not paused; without sessions null, with the reason."""
    for code in ("queue-performance", "agent-performance"):
        body = await report(queues, code)
        assert {row["occupancy"] for row in named(body)} == {None}
        assert ("no_agent_sessions", "occupancy") in {(told["code"], told["column"]) for told in body["warnings"]}
        assert ("part_not_recorded", "aht_s") in {(told["code"], told["column"]) for told in body["warnings"]}
    # Ana is signed in for five minutes, and paused in two of them; Luis for ten.
    spans = (
        ("Ana", "sales", "signed_in", 0, 5),
        ("Ana", "sales", "paused", 2, 4),
        ("Luis", "sales", "signed_in", 5, 15),
        ("Eva", None, "signed_in", 0, 1),  # in no queue
    )
    for agent, queue, kind, since, until in spans:
        await warehouse.conn.execute(
            "INSERT INTO ivr.agent_spans (source_id, agent, queue, kind, reason, since, until)"
            " VALUES ($1, $2, $3, $4, '', $5, $6)",
            *(warehouse.ids["sources", "queues"], agent, queue, kind),
            *(AT + timedelta(minutes=minutes) for minutes in (since, until)),
        )
    for code in ("queue-performance", "agent-performance"):  # reads every call: not over a year
        query = "from=2025-01-01&to=2026-01-01&language=es"
        long = (await queues.get(f"/reports/{code}?{query}")).json()
        assert {row["occupancy"] for row in named(long)} == {None}
        assert "occupancy_range_too_long" in {told["code"] for told in long["warnings"]}
        said = texts_of_facts((await queues.get(f"/reports/{code}?{query}&format=xlsx")).content)
        assert "La ocupación se dice sobre 100 días como máximo: pida un trimestre o un rango más corto." in said
        assert "La fuente no registra el trabajo posterior a la llamada, así que el TMO no lo incluye." in said
    agents = {row["agent"]: row["occupancy"] for row in named(await report(queues, "agent-performance"))}
    busy = {"Ana": 30 / 180, "Luis": 50 / 600, None: 80 / 840}
    assert agents == {agent: pytest.approx(share) for agent, share in busy.items()}
    by_queue = [(row["queue"], row["occupancy"]) for row in named(await report(queues, "queue-performance"))]
    assert by_queue == [("help", None), ("sales", pytest.approx(80 / 780)), (None, pytest.approx(80 / 840))]


@pytest.mark.requirement("RF-061")
async def test_whom_to_call_back(queues: Analyst) -> None:
    rows = named(await report(queues, "recall-list"))
    assert [(row["callid"], row["attempts"], row["caller"]) for row in rows] == [
        ("c6", 1, "unknown"),
        ("c3", 2, "known"),
    ]
    assert rows[1]["entered_at"] == "2025-07-02T09:05:00-06:00"


async def test_queues_have_no_segment(queues: Analyst) -> None:
    refused = await queues.get("/reports/recall-list?quarter=2025-Q3&segment=puebla")
    assert refused.status_code == 422
    assert refused.json()["errors"][0] == {
        "param": "segment",
        "detail": "queue calls have no segment; leave it out",
        "suggestion": "todas",
    }
    for code in ("recall-list", "queue-performance", "agent-performance"):
        assert (await replace(queues, segment="puebla").get(f"/reports/{code}?quarter=2025-Q3")).status_code == 403


ABSENCE = {
    "es": "Ninguna fuente de tipo {kind} ha publicado datos, así que no hay nada que contar.",
    "en": "No {kind} source has published data, so there is nothing to count.",
}


@pytest.mark.parametrize("language", ["es", "en"])
async def test_every_report_without_any_source_says_so_in_every_form(
    analyst: Analyst, language: str, tmp_path: Path
) -> None:
    for code, declared in REPORTS.items():
        sentence = ABSENCE[language].format(kind=declared.kind)
        for form, read in READERS.items():
            answer = await analyst.get(f"/reports/{code}?quarter=2025-Q3&format={form}&language={language}")
            assert answer.status_code == 200, answer.text
            wanted = ABSENCE["en"].format(kind=declared.kind) if form == "json" else sentence
            assert wanted in read(answer.content, tmp_path), (code, form)


def texts_of_json(content: bytes, _: Path) -> list[str]:
    body = json.loads(content)
    assert body["rows"] == []
    assert [warning["code"] for warning in body["warnings"]] == ["source_kind_absent"]
    return [warning["detail"] for warning in body["warnings"]]


def texts_of_csv(content: bytes, _: Path) -> list[str]:
    header, row = csv.reader(io.StringIO(content.decode(), newline=""))
    assert len(row) == len(header)
    assert set(row[1:]) <= {""}
    return row


def texts_of_facts(content: bytes) -> list[str]:
    """What a workbook tells beside its table."""
    return [str(row[1].value) for row in openpyxl.load_workbook(io.BytesIO(content)).worksheets[1].iter_rows()]


def texts_of_xlsx(content: bytes, _: Path) -> list[str]:
    sheet, facts = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    assert sheet["A2"].value in [row[1].value for row in facts.iter_rows()]
    return [str(sheet["A2"].value)]


def texts_of_pdf(content: bytes, folder: Path) -> str:
    path = folder / "report.pdf"
    path.write_bytes(content)
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (apt-get install poppler-utils)")
    text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return " ".join(text.split())


READERS = {"json": texts_of_json, "csv": texts_of_csv, "xlsx": texts_of_xlsx, "pdf": texts_of_pdf}


async def test_a_report_that_does_not_fit_is_refused_whole(
    analyst: Analyst, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_making, "make", functools.partial(report_making.make, rows_max=2))
    await warehouse.add([LegacyCall(started_at=DATA_AS_OF - timedelta(days=n), call_id=n) for n in range(1, 5)])
    answer = await analyst.get("/reports/calls-by-day?quarter=2025-Q3")
    assert answer.status_code == 413
    assert "POST /analytics/exports" in answer.json()["detail"]
