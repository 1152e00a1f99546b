import csv
import io
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from tests.analytics.conftest import Analyst
from tests.analytics.facts import Warehouse
from tests.analytics.tables import legacy_calls

pytestmark = pytest.mark.integration

# nacional_A: 4 calls, 1 abandoned (25 %); puebla: 2 calls, 1 abandoned (50 %); caller 1 calls in both and twice.
CALLS = """
    at                did       menu               caller_id  duration_s  option
    2025-07-01T09:00  19028031  VACIO              1          10          -
    2025-07-15T09:00  19028031  RES-FallaInternet  1          20          =1+1
    2025-08-01T09:00  19028031  RES-FallaInternet  2          30          -
    2025-09-30T23:59  19028031  Marque3            0          40          -
    2025-08-02T09:00  19020084  cliente_colgo      1          50          -
    2025-08-03T09:00  19020084  RES-FallaInternet  3          60          -
    2025-06-30T23:59  19020084  RES-FallaInternet  9          70          -
    2025-10-01T00:00  19020084  RES-FallaInternet  9          70          -
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


@pytest.mark.requirement("RF-017", "RF-019")
async def test_abandonment_has_subtotals_a_total_and_classes(filled: Analyst) -> None:
    body = await report(filled, "abandonment")
    assert body["rows"] == [
        ["detail", "nacional_A", "VACIO", 1, None, 1 / 6, 1 / 4, None],
        ["subtotal", "nacional_A", None, 1, 4, 1 / 6, 1 / 4, "acceptable"],
        ["detail", "puebla", "cliente_colgo", 1, None, 1 / 6, 1 / 2, None],
        ["subtotal", "puebla", None, 1, 2, 1 / 6, 1 / 2, "critical"],
        ["total", None, None, 2, 6, 1 / 3, None, "critical"],
    ]
    assert body["parameters"] == {
        "quarter": "2025-Q3",
        "from": "2025-07-01T00:00:00-06:00",
        "to": "2025-10-01T00:00:00-06:00",
        "zone": "America/Mexico_City",
        "segment": "todas",
    }


@pytest.mark.requirement("RF-016")
async def test_unique_customers_are_counted_afresh_for_every_total(filled: Analyst) -> None:
    body = await report(filled, "unique-customers")
    assert [column["name"] for column in body["columns"]][4:] == ["2025-07", "2025-08", "2025-09"]
    assert body["rows"] == [
        ["detail", "nacional_A", 2, 2 / 3, 1, 1, 0],
        ["detail", "puebla", 2, 2 / 3, 0, 2, 0],
        ["total", None, 3, 1.0, 1, 3, 0],
    ]


@pytest.mark.requirement("RF-017")
async def test_the_summary_stands_beside_the_quarter_and_the_year_before(filled: Analyst) -> None:
    body = await report(filled, "quarterly-summary")
    rows = {tuple(row[:3]): row[4:] for row in body["rows"]}
    assert rows["volume", None, "calls"] == [6, 1, 5.0, 0, None, None]
    assert rows["abandonment", None, "abandoned_rate"] == [1 / 3, 0.0, None, None, None, "critical"]
    assert rows["segments", "puebla", "calls"] == [2, 1, 1.0, 0, None, None]
    assert rows["top_menus", "RES-FallaInternet", "calls"][0] == 3
    assert ("top_menus", "SinOpcion_Cabecera", "calls") not in rows


async def test_the_year_before_counts_items_that_are_not_its_first_ones(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(
        legacy_calls("""
            at                menu               caller_id
            2024-07-01T09:00  Marque3            1
            2024-07-02T09:00  VACIO              2
            2024-07-03T09:00  VACIO              2
            2024-07-04T09:00  VACIO              2
            2024-07-05T09:00  RES-FallaInternet  3
            2025-07-01T09:00  Marque3            1
            2025-07-02T09:00  Marque3            1
            2025-07-03T09:00  RES-SaldooPagos    1
        """)
    )
    body = await report(analyst, "quarterly-summary")
    yearly = {tuple(row[:3]): (row[4], *row[7:9]) for row in body["rows"]}
    assert yearly["volume", None, "calls"] == (3, 5, -0.4)
    assert yearly["volume", None, "unique_callers"] == (1, 3, -2 / 3)
    assert yearly["abandonment", None, "abandoned_rate"] == (0.0, 0.6, -1.0)
    assert yearly["segments", "nacional_A", "abandoned_rate"] == (0.0, 0.6, -1.0)
    assert yearly["top_menus", "Marque3", "calls"] == (2, 1, 1.0)
    assert yearly["top_menus", "RES-SaldooPagos", "calls"] == (1, 0, None)
    assert ("top_menus", "VACIO", "calls") not in yearly


async def test_days_and_hours(filled: Analyst) -> None:
    days = await report(filled, "calls-by-day")
    assert len(days["rows"]) == 92 + 1
    assert days["rows"][0] == ["detail", "2025-07-01", 1, 1, 1.0, 1, "critical"]
    assert days["rows"][1] == ["detail", "2025-07-02", 0, 0, None, 0, None]
    assert days["rows"][-1] == ["total", None, 6, 2, 1 / 3, 3, "critical"]
    hours = await report(filled, "calls-by-hour")
    assert len(hours["rows"]) == 7 * 24
    assert sum(row[2] for row in hours["rows"]) == 6


async def test_one_segment_of_an_older_quarter_name(filled: Analyst) -> None:
    body = await report(filled, "abandonment", quarter="Q03_25", segment="puebla")
    assert [row[0] for row in body["rows"]] == ["detail", "subtotal", "total"]
    assert body["parameters"]["quarter"] == "2025-Q3"
    assert body["parameters"]["segment"] == "puebla"


@pytest.mark.requirement("RF-017")
async def test_a_range_of_dates_in_a_zone_with_a_day_of_25_hours(filled: Analyst) -> None:
    answer = await filled.get("/reports/calls-by-day?from=2025-10-26&to=2025-10-27&zone=Europe/Madrid")
    period = answer.json()["parameters"]
    length = datetime.fromisoformat(period["to"]) - datetime.fromisoformat(period["from"])
    assert length.total_seconds() == 25 * 3600


@pytest.mark.requirement("RF-018")
async def test_csv_and_json_are_the_same_table(filled: Analyst) -> None:
    body = await report(filled, "abandonment")
    text = (await filled.get("/reports/abandonment?quarter=2025-Q3&format=csv&bom=true")).text
    assert text.startswith("\ufeff")
    table = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert table[0] == [column["name"] for column in body["columns"]]
    assert table[1:] == [["" if cell is None else str(cell) for cell in row] for row in body["rows"]]


@pytest.mark.requirement("RF-018")
async def test_a_workbook_opens_with_typed_cells_and_says_what_was_asked(filled: Analyst) -> None:
    answer = await filled.get("/reports/calls-by-day?quarter=2025-Q3&format=xlsx")
    assert answer.headers["content-disposition"] == 'attachment; filename="calls-by-day-2025-Q3.xlsx"'
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["Llamadas por día", "Consulta", "Gráfica"]
    sheet = book["Llamadas por día"]
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[1]][:3] == ["Fila", "Día", "Llamadas"]
    assert sheet["B2"].value == datetime(2025, 7, 1)  # noqa: DTZ001 - a workbook's dates have no zone
    assert sheet["C2"].value == 1
    assert sheet["E2"].number_format == "0.00%"
    chart = book["Gráfica"]
    assert [cell.value for cell in chart[1]] == ["Día", "Llamadas"]
    assert [cell.value for cell in chart[2]] == ["2025-07-01", 1]
    assert len(chart._charts) == 1  # type: ignore[attr-defined] # as openpyxl keeps them
    facts = {row[0].value: row[1].value for row in book["Consulta"].iter_rows()}
    assert facts["Trimestre"] == "2025-Q3"
    assert facts["Zona horaria"] == "America/Mexico_City"
    assert facts["Datos hasta"] == "2025-09-30T18:00:00-06:00"
    assert facts["abandoned_rate (v1)"] == "abandonadas / llamadas"


@pytest.mark.requirement("RF-018")
async def test_a_menu_like_a_formula_stays_text_in_a_workbook(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(legacy_calls("at menu\n2025-07-01T09:00 =1+1"))
    answer = await analyst.get("/reports/quarterly-summary?quarter=2025-Q3&format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    cell = next(row[1] for row in sheet.iter_rows() if row[0].value == "top_menus")
    assert cell.value == "=1+1"
    assert cell.data_type == "s"


async def test_a_report_over_an_absent_source_says_so(analyst: Analyst) -> None:
    for code in ("abandonment", "unique-customers", "quarterly-summary", "calls-by-day", "calls-by-hour"):
        body = await report(analyst, code)
        assert body["rows"] == []
        assert [warning["code"] for warning in body["warnings"]] == ["source_kind_absent"]
        assert (await analyst.get(f"/reports/{code}?quarter=2025-Q3&format=xlsx")).status_code == 200


async def test_an_unchanged_report_is_304(filled: Analyst) -> None:
    path = "/reports/abandonment?quarter=2025-Q3"
    tag = (await filled.get(path)).headers["etag"]
    assert (await filled.get(path, if_none_match=tag)).status_code == 304
    assert (await filled.get(f"{path}&segment=puebla", if_none_match=tag)).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/reports/abandonmnt?quarter=2025-Q3", 404, "did you mean abandonment?"),
        ("/reports/abandonment?quarter=2025-Q3&format=doc", 422, "format"),
        ("/reports/abandonment?quarter=2025-Q5", 422, "write it like 2025-Q3"),
        ("/reports/abandonment", 422, "name a quarter"),
        ("/reports/abandonment?quarter=2025-Q3&from=2025-07-01", 422, "not both"),
        ("/reports/abandonment?from=2025-07-01&to=2025-07-01", 422, "after the beginning"),
        ("/reports/abandonment?from=julio&to=2025-07-01", 422, "no date"),
        ("/reports/abandonment?quarter=2025-Q3&zone=Mars", 422, "no IANA time zone"),
        ("/reports/abandonment?quarter=2025-Q3&segment=pueblo", 422, "no segment"),
        ("/reports/abandonment?quarter=2025-Q3&quater=2025-Q3", 422, "quater"),
    ],
)
async def test_wrong_parameters_get_one_clear_sentence(filled: Analyst, path: str, status: int, sentence: str) -> None:
    answer = await filled.get(path)
    assert answer.status_code == status
    assert sentence in answer.json()["detail"]


@pytest.mark.parametrize(
    ("form", "functions", "status"),
    [
        ("json", ("RPT-001",), 200),
        ("csv", ("RPT-001",), 403),
        ("csv", ("RPT-001", "RPT-004"), 200),
        ("xlsx", ("RPT-001", "RPT-004"), 403),
        ("xlsx", ("RPT-001", "RPT-005"), 200),
        ("json", ("RPT-004",), 403),
    ],
)
async def test_each_form_needs_its_function(
    filled: Analyst, form: str, functions: tuple[str, ...], status: int
) -> None:
    answer = await filled.holding(*functions).get(f"/reports/abandonment?quarter=2025-Q3&format={form}")
    assert answer.status_code == status


@pytest.mark.requirement("RF-017")
async def test_choosing_a_segment_is_filtering(filled: Analyst) -> None:
    reader = filled.holding("RPT-001")
    assert (await reader.get("/reports/abandonment?quarter=2025-Q3&segment=puebla")).status_code == 403
    listed = (await reader.get("/reports")).json()["items"]
    assert [entry["code"] for entry in listed][:3] == ["transfer-centres", "centres-by-segment", "abandonment"]
    assert len(listed) == 14
