"""CSV as spreadsheets read it: UTF-8, commas, CRLF, and no cell that a spreadsheet would take for a formula.

Menus and options come from dirty data, so a cell may begin with anything.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from services.analytics.question import Cell
from shared.formulas import neutral

MEDIA_TYPE = "text/csv; charset=utf-8"
BOM = "\ufeff"


def to_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, bom: bool = False) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([neutral(name) for name in header])
    writer.writerows(map(plain, rows))
    return (BOM if bom else "") + out.getvalue()


def plain(row: Sequence[Cell]) -> list[Cell]:
    """The row as csv.writer may write it: that makes nothing of null, and text of numbers, by itself."""
    return [
        neutral(cell) if isinstance(cell, str) else cell if not isinstance(cell, bool) else str(cell).lower()
        for cell in row
    ]
