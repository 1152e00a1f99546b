"""The small pure parts: CSV cells, ETags, the Accept header, cursors, bands, names."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.analytics.accept import Form, preferred
from services.analytics.catalog import KINDS, UnknownName, catalog, closest
from services.analytics.charts import bars, heat
from services.analytics.columns import Column, SqlType
from services.analytics.csvfile import to_csv
from services.analytics.cursors import read_cursor, write_cursor
from services.analytics.dimensions import DURATION_BANDS_S, WAIT_BANDS_S, band_labels
from services.analytics.drilldown import parse_public_id, public_id
from services.analytics.etags import etag, matches
from services.analytics.question import Cell, Question
from services.analytics.reports import volume
from services.analytics.reports.model import Bands, Chart, Table, share
from services.analytics.reports.model import Column as ReportColumn
from services.analytics.settings import Settings
from services.analytics.spreadsheet import to_xlsx
from shared.errors import NotAcceptable, Unprocessable
from shared.formulas import FORMULA_STARTS

pytestmark = pytest.mark.unit

QUESTION = Question(
    kind="legacy",
    metrics=("calls",),
    since=datetime(2025, 7, 1, tzinfo=UTC),
    until=datetime(2025, 8, 1, tzinfo=UTC),
    zone="UTC",
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
CELLS: dict[SqlType, st.SearchStrategy[Any]] = {
    "timestamptz": st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis takes the zone apart
    "text": TEXT,
    "bigint": st.integers(-(2**63) + 1, 2**63 - 1),
    "boolean": st.booleans(),
    "float8": st.floats(allow_nan=False, allow_infinity=False),
}


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2)))
def test_no_cell_of_a_csv_starts_a_formula_and_none_is_lost(rows: list[list[str]]) -> None:
    table = list(csv.reader(io.StringIO(to_csv(["a", "b"], rows), newline="")))
    assert len(table) == len(rows) + 1
    for shown, cells in zip(table[1:], rows, strict=True):
        for got, cell in zip(shown, cells, strict=True):
            assert got.replace("'", "") == cell.replace("'", "")
            assert not got.lstrip(" ").startswith(FORMULA_STARTS)


def test_csv_shows_numbers_and_nothing() -> None:
    assert to_csv(["n", "m"], [[-1, 0.5], [None, True]]) == "n,m\r\n-1,0.5\r\n,true\r\n"


@given(st.data())
def test_a_cursor_comes_back_as_it_went(data: st.DataObject) -> None:
    types = data.draw(st.lists(st.sampled_from(sorted(CELLS)), max_size=5))
    columns = [Column(f"c{n}", "dimension", f"key_{n}", sql_type) for n, sql_type in enumerate(types)]
    values = [data.draw(st.one_of(st.none(), CELLS[sql_type])) for sql_type in types]
    assert read_cursor(write_cursor(QUESTION, values), QUESTION, columns) == tuple(values)


@given(st.one_of(st.text(max_size=50), st.binary(max_size=40).map(lambda raw: raw.hex())))
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Unprocessable):
        read_cursor(cursor, QUESTION, [])


@given(st.sampled_from(KINDS), st.integers(-(2**63) + 1, 2**63 - 1), st.integers(0, 10**10))
def test_a_public_id_comes_back(kind: Any, call_id: int, milliseconds: int) -> None:
    at = datetime(1990, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    found = parse_public_id(public_id(kind, at, call_id))
    assert found is not None
    assert (found.kind, found.at, found.call_id) == (kind, at, call_id)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, Form.JSON),
        ("", Form.JSON),
        ("*/*", Form.JSON),
        ("text/csv", Form.CSV),
        ("text/*", Form.CSV),
        ("text/csv;q=0.5, application/json", Form.JSON),
        ("application/json;q=0.1, text/csv", Form.CSV),
        ("text/html, */*;q=0.1", Form.JSON),
        ("application/json;q=0, */*", Form.CSV),
    ],
)
def test_the_form_that_a_client_prefers(accept: str | None, form: Form) -> None:
    assert preferred(accept, (Form.JSON, Form.CSV)) is form


@pytest.mark.parametrize("accept", ["image/png", "text/csv;q=0, image/*", "text/csv;q=x"])
def test_a_form_that_nobody_makes(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        preferred(accept, (Form.JSON, Form.CSV))


def test_etags_follow_what_they_are_made_of() -> None:
    tag = etag("query", 1)
    assert tag == etag("query", 1) != etag("query", 2)
    assert matches(tag, tag)
    assert matches(f'"x", {tag.removeprefix("W/")}', tag)
    assert matches("*", tag)
    assert not matches('"x"', tag)
    assert not matches(None, tag)


def test_bands_meet_without_gap() -> None:
    assert band_labels((0, 5, 10)) == ("0", "1-5", "6-10", "11+")
    assert len(band_labels(DURATION_BANDS_S)) == len(DURATION_BANDS_S) + 1
    assert len(band_labels(WAIT_BANDS_S)) == len(WAIT_BANDS_S) + 1


@pytest.mark.requirement("RF-019")
@pytest.mark.parametrize(
    ("rate", "grade"),
    [(None, None), (0.0, "optimal"), (0.1999, "optimal"), (0.2, "acceptable"), (0.3, "acceptable"), (0.31, "critical")],
)
def test_abandonment_classes(rate: float | None, grade: str | None) -> None:
    assert Bands(0.2, 0.3).classify(rate) == grade


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({"iact_abandonment_optimal_below": 0.4}, "IACT_ABANDONMENT_OPTIMAL_BELOW lies above"),
        ({"iact_service_level_critical_below": 0.9}, "IACT_SERVICE_LEVEL_CRITICAL_BELOW lies above"),
    ],
)
def test_targets_that_contradict_one_another_are_refused(bad: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        Settings(_env_file=None, **bad)


def test_a_share_of_nothing_is_null() -> None:
    assert share(1, 0) is None
    assert share(None, 2) is None
    assert share(1, 2) == 0.5


def test_every_name_is_declared_once_and_told_in_both_languages() -> None:
    known = catalog()
    for metric in known.metrics.values():
        assert metric.es
        assert metric.en
        assert metric.es != metric.en
        assert metric.unit
    for dimension in known.dimensions.values():
        assert dimension.es != dimension.en
    units = {name: {m.unit for (other, _), m in known.metrics.items() if other == name} for name, _ in known.metrics}
    assert all(len(found) == 1 for found in units.values())


def test_a_mistyped_name_has_a_suggestion() -> None:
    with pytest.raises(UnknownName) as caught:
        catalog().metric("uniqe_callers", "legacy")
    assert caught.value.suggestion == "unique_callers"
    assert closest("zzzzzz", ["calls"]) is None


def test_a_heat_map_is_a_square_of_numbers_in_a_workbook() -> None:
    rows: list[list[Cell]] = [[day, hour, day * hour, 0, None, 0, None] for day in range(1, 8) for hour in range(24)]
    content = to_xlsx(Table(volume.HOUR_COLUMNS, rows), title="t", facts=[], language="es", chart=volume.BY_HOUR.chart)
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Gráfica"]
    shown = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert shown[0] == ["Llamadas", *(str(hour) for hour in range(24))]
    assert shown[1] == ["lunes", *range(24)]
    assert shown[7] == ["domingo", *(7 * hour for hour in range(24))]
    assert [str(each.sqref) for each in sheet.conditional_formatting] == ["B2:Y8"]


def test_a_picture_leaves_sums_out_and_shows_the_largest() -> None:
    columns = tuple(ReportColumn(name, "integer", name, name) for name in ("row", "menu", "calls"))
    rows: list[list[Cell]] = [["detail", f"m{n}", n] for n in range(20)]
    rows += [["detail", "m19", 5], ["subtotal", None, 195], ["total", None, 195], ["other", "m3", 1_000]]
    found = bars(Table(columns, rows), Chart("menu", "calls"), str)
    assert found[:2] == [("m3", 1_003), ("m19", 24)]
    assert len(found) == 12
    assert bars(Table(columns, rows), Chart("menu", "calls", section="other"), str) == [("m3", 1_000)]
    assert bars(Table(columns, []), Chart("menu", "calls"), str) == []
    assert heat(Table(columns, []), Chart("menu", "calls", across="row"), lambda _, cell: str(cell)) is None
