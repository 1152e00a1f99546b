"""What each report looks like on paper, by where its words and its picture stand on each page.

The pages were looked at once by eye; this holds what was seen. No picture of a page is kept to compare with: every word
that changes would change it, while a label over another or a column beyond the edge is a matter of a few pixels.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from services.analytics import pdf
from services.analytics.catalog import catalog
from services.analytics.question import Cell
from services.analytics.report_words import KINDS, SHOWN, Language
from services.analytics.reports import (
    REPORTS,
    abandonment,
    abandonment_summary,
    centre_activity,
    centres,
    quarterly_summary,
    queues,
    unique_customers,
    volume,
)
from services.analytics.reports.model import Column, Table

pytestmark = pytest.mark.unit

MONTHS = tuple(Column(month, "integer", month, month) for month in ("2025-07", "2025-08", "2025-09"))
COLUMNS: dict[str, tuple[Column, ...]] = {
    "transfer-centres": centres.CENTRE_COLUMNS,
    "centres-by-segment": centre_activity.COLUMNS,
    "abandonment": abandonment.COLUMNS,
    "abandonment-summary": abandonment_summary.COLUMNS,
    "menu-redirects": centres.REDIRECT_COLUMNS,
    "centre-menus": centres.FEED_COLUMNS,
    "menu-errors": centres.ERROR_COLUMNS,
    "unique-customers": (*unique_customers.FIXED, *MONTHS),
    "quarterly-summary": quarterly_summary.COLUMNS,
    "calls-by-day": volume.DAY_COLUMNS,
    "calls-by-hour": volume.HOUR_COLUMNS,
    "queue-performance": queues.QUEUE_COLUMNS,
    "agent-performance": queues.AGENT_COLUMNS,
    "recall-list": queues.RECALL_COLUMNS,
}
# The longest that the simulator writes, or that we write ourselves.
TEXTS: dict[str, str] = {
    "row": "subtotal",
    "month": "2025-07",
    "segment": "desconocido",
    "centre": "ERROR_CARACTER_INICIAL",
    "menu": "NOTMX-CONT-Portabilidad",
    "option": "SIN_OPCION",
    "class": "acceptable",
    "section": "top_centres",
    "item": "NOTMX-CONT-Portabilidad",
    "metric": "unique_callers",
    "unit": "callers",
    "queue": "retenciones",
    "agent": "PJSIP/agente-117",
    "callid": "1751360400.1234567",
    "entered_at": "2025-07-02T09:05:00-06:00",
    "caller": "unknown",
}
ROWS: Final = 100  # two pages and more
LANGUAGES: tuple[Language, ...] = ("es", "en")
INK: Final = (0x1F, 0x5F, 0x8B)
PPI: Final = 40
SHARE_OF_PICTURE: Final = 0.004  # of a page; the smallest picture has three bars
EDGE_PT: Final = 40.0  # the margins are 45


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Page:
    width: float
    height: float
    words: list[Word]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def table_of(code: str) -> Table:
    columns = COLUMNS[code]
    return Table(columns, [[cell(column, number) for column in columns] for number in range(ROWS)])


def cell(column: Column, number: int) -> Cell:
    match column.type:
        case "text" if column.name == "row":
            return "total" if number == ROWS - 1 else "detail"
        case "text" if column.name == "section":
            return "top_menus" if number % 6 == 0 else TEXTS["section"]
        case "text":
            # Several of each, so that there is something to compare.
            return TEXTS[column.name] if number % 3 == 0 or column.name in KINDS else f"{column.name}_{number % 9}"
        case "date":
            return f"2025-{6 + number // 30:02}-{1 + number % 30:02}"
        case "ratio":
            return 0.99994
        case "integer" | "number":
            small = {"weekday": 1 + number % 7, "hour": number % 24, "centre_quartile": 4}
            return small.get(column.name, 1_234_567 - number)


def sheet_of(code: str, language: Language) -> pdf.Sheet:
    report = REPORTS[code]
    title = report.es if language == "es" else report.en
    as_of = datetime(2025, 10, 1, 6, 30, tzinfo=UTC)
    facts = [("duration_s_mean (v1)", "sum(duration_s) / count(duration_s) over the calls that have one")]
    return pdf.Sheet(title, "2025-Q3", "America/Mexico_City", as_of, facts, language)


def pages_of(document: bytes, folder: Path) -> list[Page]:
    needed = ("pdftotext", "pdftoppm")
    if not all(map(shutil.which, needed)):
        pytest.skip(f"{' and '.join(needed)} are not installed (apt-get install poppler-utils)")
    path = folder / "report.pdf"
    path.write_bytes(document)
    shown = subprocess.run(["pdftotext", "-bbox", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return [
        Page(float(width), float(height), [Word(unescape(text), *map(float, box)) for *box, text in WORD.findall(body)])
        for width, height, body in PAGE.findall(shown)
    ]


PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', re.DOTALL)
WORD = re.compile(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>')


def over_another(words: list[Word]) -> Iterator[tuple[str, str]]:
    """Pairs of words that share more of the paper than the edges of their boxes."""
    for index, one in enumerate(words):
        for other in words[index + 1 :]:
            wide = min(one.right, other.right) - max(one.left, other.left)
            high = min(one.bottom, other.bottom) - max(one.top, other.top)
            smaller = min(one.bottom - one.top, other.bottom - other.top)
            if wide > 0.5 and high > 0.35 * smaller:
                yield one.text, other.text


def inked(folder: Path, page: int) -> float:
    """The share of a page that is of the pictures' colour or a tint of it."""
    command = ["pdftoppm", "-r", str(PPI), "-f", str(page), "-l", str(page), str(folder / "report.pdf")]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", raw)
    assert head is not None
    pixels = np.frombuffer(raw, np.uint8, offset=head.end()).reshape(-1, 3).astype(int)
    return float((np.abs(pixels - np.array(INK)).max(axis=1) < 12).mean())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(REPORTS))
def test_every_page_can_be_read(code: str, language: Language, tmp_path: Path) -> None:
    table, report = table_of(code), REPORTS[code]
    sheet = sheet_of(code, language)
    pages = pages_of(pdf.to_pdf(table, sheet, chart=report.chart), tmp_path)
    assert len(pages) > 1
    for number, page in enumerate(pages, 1):
        assert page.words, "an empty page"
        for word in page.words:
            assert EDGE_PT < word.left <= word.right < page.width - EDGE_PT, (number, word)
            assert 0 < word.top < word.bottom < page.height, (number, word)
        assert list(over_another(page.words)) == [], number
        assert f"{sheet.title} · " in page.text
        assert f"{number} / {len(pages)}" in page.text
    assert inked(tmp_path, 1) > SHARE_OF_PICTURE, "no picture"
    check_texts(table, pages, language)


def check_texts(table: Table, pages: list[Page], language: Language) -> None:
    """Every cell stands on paper whole, and none of our own words in the other language."""
    everything = " ".join(page.text for page in pages)
    for column, value in zip(table.columns, table.rows[0], strict=True):
        if isinstance(value, str) and column.name != "entered_at":
            wanted = SHOWN[language].get(value, value) if column.name in KINDS else value
            assert wanted.replace(" ", "") in everything.replace(" ", ""), column.name
    other: Any = {"es": "en", "en": "es"}[language]
    foreign = set(SHOWN[other].values()) - set(SHOWN[language].values())
    ours = {SHOWN[other].get(str(value)) for row in table.rows for value in row} & foreign
    assert [word for word in ours if word and re.search(rf"\b{re.escape(word)}\b", everything)] == []


def test_the_days_below_upright_bars_are_in_order_and_stand_clear(tmp_path: Path) -> None:
    report = REPORTS["calls-by-day"]
    [first, *_] = pages_of(
        pdf.to_pdf(table_of("calls-by-day"), sheet_of("calls-by-day", "en"), chart=report.chart), tmp_path
    )
    days = [word for word in first.words if re.fullmatch(r"2025-\d\d-\d\d", word.text)]
    below = [word for word in days if word.top == days[0].top]
    assert len(below) == pdf.TICKS
    assert all(one.text < other.text and one.right < other.left for one, other in pairwise(below))
    assert "1,234,567" in [word.text for word in first.words if word.bottom < below[0].top]  # how tall the tallest is


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_summary_of_a_quarter_is_one_page(language: Language, tmp_path: Path) -> None:
    """The rows of a world with four segments, ten menus and ten centres, and the longest of all formulas."""
    texts = {"class": "acceptable", "unit": "callers", "metric": "unique_callers", "item": TEXTS["item"]}
    sizes = {"volume": 7, "abandonment": 2, "segments": 12, "top_menus": 10, "top_centres": 10, "quality": 2}
    rows: list[list[Cell]] = [
        [section, *(texts.get(column.name, 0.1) for column in quarterly_summary.COLUMNS[1:])]
        for section, size in sizes.items()
        for _ in range(size)
    ]
    formulas = [metric.formula for (_, kind), metric in catalog().metrics.items() if kind == "legacy"]
    told = sorted((each.es if language == "es" else each.en for each in formulas), key=len, reverse=True)
    facts = [("Segmento", "todos los segmentos")] * 8 + [("unique_callers (v1)", formula) for formula in told[:11]]
    sheet = replace(sheet_of("quarterly-summary", language), facts=facts)
    table, chart = Table(quarterly_summary.COLUMNS, rows), quarterly_summary.REPORT.chart
    [page] = pages_of(pdf.to_pdf(table, sheet, chart=chart), tmp_path)
    assert list(over_another(page.words)) == []
