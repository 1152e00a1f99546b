"""Reports as PDF: what stands on each page, read by another program."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.analytics import pdf
from services.analytics.question import Cell
from services.analytics.report_words import Language
from services.analytics.reports.model import Chart, Column, Table
from services.analytics.reports.quarterly_summary import COLUMNS as SUMMARY_COLUMNS
from tests.analytics.conftest import Analyst
from tests.analytics.facts import Warehouse
from tests.analytics.tables import legacy_calls

COLUMNS = (
    Column("row", "text", "Fila", "Row"),
    Column("menu", "text", "Menú", "Menu"),
    Column("calls", "integer", "Llamadas", "Calls"),
    Column("share", "ratio", "%", "%"),
)
SHEET = pdf.Sheet(
    title="Prueba",
    subtitle="2025-Q3",
    zone="America/Mexico_City",
    data_as_of=datetime(2025, 10, 1, 6, 30, tzinfo=UTC),
    facts=[("Formula", "abandoned / calls"), ("Aviso", "#eval[1] *strong* $x$")],
    language="es",
)


def text_of(document: bytes, folder: Path, tool: str = "pdftotext") -> str:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed (apt-get install poppler-utils)")
    path = folder / "report.pdf"
    path.write_bytes(document)
    command = [tool, "-layout", str(path), "-"] if tool == "pdftotext" else [tool, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.unit
def test_every_page_names_the_zone_and_how_far_the_data_reaches(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [["detail", f"menu {n}", n, n / 300] for n in range(1, 201)]
    pages = text_of(pdf.to_pdf(Table(COLUMNS, rows), SHEET), tmp_path).split("\f")[:-1]
    assert len(pages) >= 3
    for number, page in enumerate(pages, 1):
        assert "Zona: America/Mexico_City" in page
        assert "Datos hasta: 2025-10-01 06:30 UTC" in page
        assert f"Página {number} / {len(pages)}" in page
        if "menu " in page:
            assert "Llamadas" in page  # the head of the table stands on each page


@pytest.mark.unit
def test_days_of_the_week_have_their_names(tmp_path: Path) -> None:
    columns = (Column("weekday", "integer", "Día", "Day"), Column("calls", "integer", "Llamadas", "Calls"))
    assert "domingo" in text_of(pdf.to_pdf(Table(columns, [[7, 1]]), SHEET), tmp_path)


@pytest.mark.unit
def test_nothing_of_a_cell_is_read_as_markup(tmp_path: Path) -> None:
    dirty = [
        "#panic()",
        "*bold* _it_ $x^2$",
        "= Title",
        "[]]{}<a>\\",
        "@ref",
        "//",
        "\u202eabc",
        "=1+1",
        '"]; #eval("1")',
    ]
    rows: list[list[Cell]] = [["detail", text, 1, None] for text in dirty]
    text = text_of(pdf.to_pdf(Table(COLUMNS, rows), SHEET, chart=Chart("menu", "calls")), tmp_path)
    for each in ("#panic()", "*bold* _it_ $x^2$", "= Title", "@ref", "=1+1", '"]; #eval("1")', "#eval[1] *strong* $x$"):
        assert each in text


@pytest.mark.unit
def test_it_is_tagged_and_says_its_language_and_title(tmp_path: Path) -> None:
    document = pdf.to_pdf(Table(COLUMNS, [["total", None, 3, 1.0]]), SHEET, chart=Chart("menu", "calls"))
    information = text_of(document, tmp_path, "pdfinfo")
    assert "Tagged:          yes" in information
    assert "Title:           Prueba" in information
    assert b"/Lang" in document


@pytest.mark.unit
@pytest.mark.parametrize("language", ["es", "en"])
def test_null_is_a_dash_and_no_rows_are_said(language: Language, tmp_path: Path) -> None:
    sheet = pdf.Sheet("T", "S", "UTC", None, [], language)
    empty = text_of(pdf.to_pdf(Table(COLUMNS, []), sheet, chart=Chart("menu", "calls")), tmp_path)
    assert pdf.WORDS[language]["nothing"] in empty
    assert pdf.WORDS[language]["no_data"] in empty
    line = text_of(pdf.to_pdf(Table(COLUMNS, [["detail", "a", 1234567, None]]), sheet), tmp_path)
    assert "1,234,567" in line
    assert ("detalle" if language == "es" else "detail") in line


@pytest.mark.requirement("RF-018")
@pytest.mark.integration
async def test_a_report_as_pdf(analyst: Analyst, warehouse: Warehouse, tmp_path: Path) -> None:
    await warehouse.add(
        legacy_calls("""
            at                did       menu
            2025-07-01T09:00  19028031  VACIO
            2025-07-15T09:00  19028031  RES-FallaInternet
        """)
    )
    answer = await analyst.get("/reports/abandonment?quarter=2025-Q3&format=pdf&language=en")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="abandonment-2025-Q3.pdf"'
    text = text_of(answer.content, tmp_path)
    assert "Abandoned calls" in text
    assert "50.00 %" in text
    assert "abandoned / calls" in text
    denied = await analyst.holding("RPT-001").get("/reports/abandonment?quarter=2025-Q3&format=pdf")
    assert denied.status_code == 403


@pytest.mark.integration
async def test_too_many_pages_are_refused(
    analyst: Analyst, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "ROWS_MAX", 10)
    await warehouse.add(legacy_calls("at\n2025-07-01T09:00"))
    answer = await analyst.get("/reports/calls-by-day?quarter=2025-Q3&format=pdf")
    assert answer.status_code == 413
    assert "XLSX or CSV" in answer.json()["detail"]


@pytest.mark.unit
def test_the_summary_speaks_the_readers_language_and_counts_calls_whole(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [
        ["volume", None, "unique_callers", "callers", 59_998, 0, None, 1, None, None],
        ["abandonment", None, "abandoned_rate", "ratio", 0.314, 0.2, 0.57, None, None, "critical"],
        ["volume", None, "duration_s_mean", "s", 194.07, None, None, None, None, None],
        ["top_menus", "calls", "calls", "calls", 12, 10, 0.2, None, None, None],
    ]
    text = " ".join(text_of(pdf.to_pdf(Table(SUMMARY_COLUMNS, rows), SHEET), tmp_path).split())
    assert "llamantes únicos llamantes 59,998 0 -" in text
    assert "tasa de abandono proporción 31.40 % 20.00 % 57.00 %" in text
    assert "duración media s 194.07" in text
    assert "menús principales calls llamadas llamadas 12 10 20.00 %" in text  # a menu keeps its name
