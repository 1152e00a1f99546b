"""Evidence and series as files that spreadsheets open: CSV and XLSX. Pure; texts never become formulas."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

import xlsxwriter

from services.dora.answer_models import MetricsAnswer
from services.dora.delivery.metrics import Measured
from services.dora.delivery.model import History
from services.dora.evidence import Line
from services.dora.measuring import moment
from shared.formulas import neutral

CSV_TYPE: Final = "text/csv; charset=utf-8"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_MAX: Final = 100_000  # what a workbook still opens with in seconds; the format ends at a million
CELL_TEXT_MAX: Final = 32_767  # the format's own limit
BOM: Final = "\ufeff"

Cell: TypeAlias = str | int | float | bool | datetime | None

EVIDENCE_COLUMNS: Final = (
    *("counted", "reason", "value_s", "numerator", "deployment", "name", "service", "environment", "version"),
    *("deployed_at", "time_quality", "planned", "commits", "commit", "shipped_as", "subject", "authored_at"),
    *("grade", "link", "fix", "incident", "recovered_at"),
)
SERIES_COLUMNS: Final = (
    *("from", "to", "days", "partial", "deployments", "deployments_per_day", "active_days", "commits"),
    *("lead_time_s_median", "failed", "judgeable", "change_fail_rate", "recovery_s_median", "rework", "rework_rate"),
)


def evidence_rows(lines: Sequence[Line], measured: Measured, history: History) -> list[list[Cell]]:
    """One row a line; of several links the one that decides."""
    return [_evidence_row(line, measured, history) for line in lines]


def _evidence_row(line: Line, measured: Measured, history: History) -> list[Cell]:
    d = line.deployment
    commit = None if line.sha is None else history.commits.get(line.sha)
    link = next((each for each in line.links if measured.judged.failed.get(each.failed) == each), None)
    link = link or next(iter(line.links), None)
    linked: list[Cell] = [None] * 5
    if link is not None:
        recovered = None if link.recovered_at is None else moment(link.recovered_at)
        linked = [link.grade, link.reason, link.fix, link.incident, recovered]
    return [
        *(line.why is None, line.why, line.value_s, line.numerator, d.id, d.name, d.service, d.environment, d.version),
        *(moment(d.at), d.time_quality, d.planned, " ".join(d.shas), line.sha, line.shipped_as),
        *(commit and commit.subject, commit and moment(commit.author_s)),
        *linked,
    ]


def series_rows(answer: MetricsAnswer) -> list[list[Cell]]:
    """One row a bucket."""
    return [
        [point.since, point.until, *(getattr(point, name) for name in SERIES_COLUMNS[2:])] for point in answer.series
    ]


def to_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a mark that spreadsheets look for, commas, CRLF."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return (BOM + out.getvalue()).encode()


def _plain(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case datetime():
            return cell.isoformat()
        case str():
            return neutral(cell)
        case _:
            return str(cell)


def to_xlsx(title: str, header: Sequence[str], rows: Sequence[Sequence[Cell]], facts: Sequence[Sequence[str]]) -> bytes:
    """A workbook: the rows under a frozen header, and a second sheet that says what was asked."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, {**options, "remove_timezone": True, "nan_inf_to_errors": True}) as book:
        moments = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet = book.add_worksheet(title[:31])
        for place, name in enumerate(header):
            sheet.write_string(0, place, name, book.add_format({"bold": True}))
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                _write(sheet, number, place, cell, moments)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(header) - 1, 0), 18)
        asked = book.add_worksheet("asked")
        for number, fact in enumerate(facts):
            for place, text in enumerate(fact):
                asked.write_string(number, place, text[:CELL_TEXT_MAX])
    return out.getvalue()


def _write(sheet: Any, row: int, place: int, cell: Cell, moments: Any) -> None:
    match cell:
        case None:
            return
        case bool():
            sheet.write_boolean(row, place, cell)
        case int() | float():
            sheet.write_number(row, place, cell)
        case datetime():
            sheet.write_datetime(row, place, cell, moments)
        case _:
            sheet.write_string(row, place, cell[:CELL_TEXT_MAX])
