"""CSV that a spreadsheet opens without running it. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence

from shared.formulas import neutral

BYTE_ORDER_MARK = "\ufeff"  # without it some spreadsheets read UTF-8 as something else


def lines(rows: Iterable[Sequence[object]]) -> str:
    """Rows as text. None is an empty cell; text that could be a formula gets an apostrophe in front."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows([cell(value) for value in row] for row in rows)
    return buffer.getvalue()


def cell(value: object) -> str:
    if isinstance(value, str):
        return neutral(value)
    return "" if value is None else str(value)
