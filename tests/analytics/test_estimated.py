"""A report says which of its numbers is estimated, on the page, in a workbook and on paper."""

import io

import openpyxl
import pytest

from tests.analytics.conftest import Analyst
from tests.analytics.facts import Warehouse
from tests.analytics.tables import legacy_calls

pytestmark = pytest.mark.integration

CALLS = """
    at                did       menu               caller_id             duration_s  option
    2025-07-02T09:00  19028031  VACIO              -6925200164693734038  10          -
    2025-07-15T09:00  19028031  RES-FallaInternet  -6925200164693734038  20          -
    2025-07-16T09:00  19028031  RES-FallaInternet  7850346701026309467   30          -
"""
# The total of days that are no calendar period is the union of their sketches, which count on callers that are keys as
# SipHash makes them; each day is counted exactly.
DAYS = "from=2025-07-02&to=2025-07-20"


@pytest.fixture
async def filled(analyst: Analyst, warehouse: Warehouse) -> Analyst:
    await warehouse.add(legacy_calls(CALLS))
    await warehouse.roll_up()
    return analyst


async def test_a_report_warns_of_what_it_estimates_and_of_nothing_else(filled: Analyst) -> None:
    body = (await filled.get(f"/reports/calls-by-day?{DAYS}")).json()
    assert body["rows"][-1] == ["total", None, 3, 1, 1 / 3, 2, "critical"]
    assert body["warnings"] == [
        {
            "code": "estimated",
            "detail": "unique_callers is estimated: at most 2 % away from counting one by one.",
            "column": "unique_callers",
            "calls": None,
        }
    ]
    exact = (await filled.get(f"/reports/unique-customers?{DAYS}")).json()
    assert "estimated" not in {warning["code"] for warning in exact["warnings"]}


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("es", "llamantes únicos: estimado; se aparta como mucho un 2 % de contar uno a uno."),
        ("en", "unique_callers is estimated: at most 2 % away from counting one by one."),
    ],
)
async def test_a_workbook_tells_it_in_its_language(filled: Analyst, language: str, sentence: str) -> None:
    answer = await filled.get(f"/reports/calls-by-day?{DAYS}&format=xlsx&language={language}")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert sentence in [row[1] for row in book.worksheets[1].iter_rows(values_only=True)]
