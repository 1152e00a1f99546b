"""Files of reports and exports: rows a second, memory and seconds, beside the writing library alone in the same run.

`python -m tests.benchmarks.reports [--rows N] [--json -]`. No database: the rows stand ready, so what is measured is
what a form costs. `csv_vs_writer` and `xlsx_vs_writer` are our time over that of `csv.writer` and of xlsxwriter in its
row by row mode, which neutralise and know nothing; near 1 is good.
"""

import argparse
import csv
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import xlsxwriter

from services.analytics import pdf
from services.analytics.export_files import CsvSink
from services.analytics.export_sheets import XlsxSink, template
from services.analytics.question import Cell
from services.analytics.reports.model import Table
from services.analytics.reports.quarterly_summary import COLUMNS

CSV_ROWS = 1_000_000
XLSX_ROWS = 100_000
PAGE = 50_000
NAMES = ("time", "segment", "menu", "option", "calls", "abandoned_rate", "duration_s_mean", "unique_callers")
KINDS = ("time", "any", "any", "any", "any", "ratio", "any", "any")
MENUS = ("RES-FallaInternet", "Desborde_Cabecera", "NOTMX-CONT-Portabilidad", "SinOpcion_Cabecera", "VACIO")
MIB = 1024  # ru_maxrss counts KiB on Linux


def row(number: int) -> list[Cell]:
    """A row as the answer to a question has it."""
    at = f"2025-{1 + number % 12:02}-{1 + number % 28:02}T{number % 24:02}:00:00-06:00"
    menu = MENUS[number % len(MENUS)]
    return [at, "nacional_A", menu, f"OPCION_{number % 97}", number % 1_000, 1 / (1 + number % 7), 142.5, number % 900]


def pages(rows: int) -> Iterator[list[list[Cell]]]:
    for first in range(0, rows, PAGE):
        yield [row(number) for number in range(first, min(first + PAGE, rows))]


def our_csv(path: Path, rows: int) -> float:
    sink, spent = CsvSink(path, NAMES, bom=False), 0.0
    for page in pages(rows):
        started = time.perf_counter()
        sink.write(page)
        spent += time.perf_counter() - started
    sink.close()
    return spent


def plain_csv(path: Path, rows: int) -> float:
    spent = 0.0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for page in pages(rows):
            started = time.perf_counter()
            writer.writerows(page)
            spent += time.perf_counter() - started
    return spent


def our_xlsx(path: Path, rows: int) -> float:
    started = time.perf_counter()
    facts = [("Zona horaria", "America/Mexico_City")]
    sink = XlsxSink(path, template(NAMES, KINDS, title="Datos", facts=facts, facts_title="Consulta"))
    for page in pages(rows):
        sink.write(page)
    sink.close()
    return time.perf_counter() - started


def plain_xlsx(path: Path, rows: int) -> float:
    started = time.perf_counter()
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for page_number, page in enumerate(pages(rows)):
            for index, cells in enumerate(page):
                sheet.write_row(page_number * PAGE + index, 0, cells)
    return time.perf_counter() - started


def summary_pdf(path: Path, rows: int) -> float:
    cells: list[list[Cell]] = [
        ["top_menus", MENUS[n % len(MENUS)], "calls", "calls", n * 1e3, n * 9e2, 0.1, None, None, None]
        for n in range(rows)
    ]
    facts = [("calls (v1)", "count(calls)")]
    as_of = datetime(2025, 10, 1, tzinfo=UTC)
    sheet = pdf.Sheet("Resumen trimestral", "2025-Q3", "America/Mexico_City", as_of, facts, "es")
    started = time.perf_counter()
    path.write_bytes(pdf.to_pdf(Table(COLUMNS, cells), sheet))
    return time.perf_counter() - started


def _measure(what: Callable[[Path, int], float], rows: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        seconds = what(Path(folder) / "file", rows)
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB


def measured(what: Callable[[Path, int], float], rows: int) -> tuple[float, float]:
    """(seconds, MiB at most) in a fresh process, for memory is never given back."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, (what, rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=CSV_ROWS, help="of the CSV; the workbook has a tenth of them")
    parser.add_argument("--json", choices=["-"], help="the last line is one JSON object")
    asked = parser.parse_args()
    rows, sheet_rows = asked.rows, asked.rows * XLSX_ROWS // CSV_ROWS
    csv_s, _ = measured(our_csv, rows)
    plain_csv_s, _ = measured(plain_csv, rows)
    xlsx_s, xlsx_mib = measured(our_xlsx, sheet_rows)
    plain_xlsx_s, plain_mib = measured(plain_xlsx, sheet_rows)
    pdf_s, pdf_mib = measured(summary_pdf, 45)
    figures = {
        "csv_rows_per_s": rows / csv_s,
        "xlsx_s": xlsx_s,
        "xlsx_rows": sheet_rows,
        "xlsx_mib": xlsx_mib,
        "plain_xlsx_mib": plain_mib,
        "pdf_s": pdf_s,
        "pdf_mib": pdf_mib,
    }
    ratios = {"csv_vs_writer": csv_s / plain_csv_s, "xlsx_vs_writer": xlsx_s / plain_xlsx_s}
    for name, value in {**ratios, **figures}.items():
        sys.stdout.write(f"{name:>18} {value:,.2f}\n")
    if asked.json:
        sys.stdout.write(json.dumps({"ratios": ratios, "figures": figures}) + "\n")


if __name__ == "__main__":
    main()
