"""Rows of a worksheet as XML, made a column at a time: several times as fast as xlsxwriter's calls cell by cell.

No text is ever taken for a formula or a rich one. Tests read the workbooks with another library.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from math import isfinite, isnan
from typing import Any, Final, TypeAlias

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.xmlwriter import XMLwriter

from services.analytics.dirty_text import for_worksheet
from services.analytics.question import Cell

CELL_TEXT_MAX: Final = 32_767  # the format's own limit
EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - worksheets know wall clocks only
EPOCH_OFFSET_S: Final = round((datetime(1970, 1, 1, tzinfo=UTC) - EPOCH.replace(tzinfo=UTC)).total_seconds())
DAY_S: Final = 86_400
PAGE: Final = 5_000  # rows whose cells are held as texts at a time
PLAIN: Final = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z .,:;()/+_-]*[0-9A-Za-z.,:;()/+-])?")
EDGE: Final = re.compile(r"^\s|\s$")

Kind: TypeAlias = str  # "time" and "date" come as ISO texts; any other column holds anything
Format: TypeAlias = Any  # xlsxwriter's


class RowTexts:
    """Writes rows of cells. `styles` has an attribute for each column, or nothing for the general one.

    With `blanks` an empty cell carries its column's style, too.
    """

    def __init__(self, kinds: Sequence[Kind], styles: Sequence[str], *, blanks: bool = False) -> None:
        self._kinds, self._blanks = kinds, blanks
        self._heads = [(xl_col_to_name(index), style) for index, style in enumerate(styles)]
        self._xml: Any = XMLwriter()

    def rows(self, rows: Sequence[Sequence[Cell]], numbers: Sequence[int]) -> str:
        """The rows of these numbers, each on a line."""
        columns = [
            self._column(head, kind, cells, numbers)
            for head, kind, cells in zip(self._heads, self._kinds, zip(*rows, strict=True), strict=True)
        ]
        lines = zip(*columns, strict=True) if columns else iter([()] * len(rows))
        return "".join([f'<row r="{n}">{"".join(cells)}</row>\n' for n, cells in zip(numbers, lines, strict=True)])

    def _column(self, head: tuple[str, str], kind: Kind, cells: Sequence[Cell], numbers: Sequence[int]) -> list[str]:
        """The cells of a column as XML; each different text is written once."""
        name, style = head
        types = set(map(type, cells))
        if types == {int}:
            return [f'<c r="{name}{n}"{style}><v>{cell:.16G}</v></c>' for n, cell in zip(numbers, cells, strict=True)]
        if types <= {str, type(None)}:
            told = {cell: self._told(cell, kind) for cell in set(cells)}
            tails = [told[cell] for cell in cells]
        else:
            tails = [self._told(cell, kind) for cell in cells]
        return [f'<c r="{name}{n}"{style}{tail}' if tail else "" for n, tail in zip(numbers, tails, strict=True)]

    def _told(self, cell: Cell, kind: Kind) -> str:
        """What follows a cell's place and style; nothing for a cell that is left out."""
        match cell:
            case None | "":
                return "/>" if self._blanks else ""
            case bool():
                return f' t="b"><v>{cell:d}</v></c>'
            case int() | float():
                return f"><v>{cell:.16G}</v></c>" if isfinite(cell) else f' t="e"><v>{_error(cell)}</v></c>'
            case str() if kind in ("time", "date"):
                return f"><v>{serial(cell):.16G}</v></c>"
            case _:
                return self._text(for_worksheet(str(cell), CELL_TEXT_MAX))

    def _text(self, text: str) -> str:
        if PLAIN.fullmatch(text) and "_x" not in text:
            return f' t="inlineStr"><is><t>{text}</t></is></c>'
        kept = ' xml:space="preserve"' if EDGE.search(text) else ""
        escaped = self._xml._escape_data(self._xml._escape_control_characters(text))  # noqa: SLF001 - its version is locked
        return f' t="inlineStr"><is><t{kept}>{escaped}</t></is></c>'


class SheetRows:
    """Takes the rows below a worksheet's header, in order, straight into the file that xlsxwriter keeps for them.

    It knows that file, the index of a format and the sheet's dimension, which xlsxwriter does not promise: its version
    is locked. `formats` has one of each column, or None for the general one.
    """

    def __init__(
        self, sheet: Any, kinds: Sequence[Kind], formats: Sequence[Format | None], *, blanks: bool = False
    ) -> None:
        self._sheet, self._texts = sheet, RowTexts(kinds, [style_of(form) for form in formats], blanks=blanks)
        self._row = 1
        sheet._write_single_row(1)  # noqa: SLF001 - the header, which waits for the row after it

    def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        for first in range(0, len(rows), PAGE):
            page = rows[first : first + PAGE]
            self._sheet.row_data_fh.write(self._texts.rows(page, range(self._row + 1, self._row + 1 + len(page))))
            self._row += len(page)
            self._sheet.dim_rowmax = max(self._sheet.dim_rowmax, self._row - 1)
            self._sheet.previous_row = self._row


def style_of(form: Format | None) -> str:
    """The attribute of a cell that has this format."""
    return "" if form is None else f' s="{form._get_xf_index()}"'  # noqa: SLF001 - the only way to its number


def serial(text: str) -> float:
    """A day, or the wall clock of an instant in its zone, as the days that worksheets count."""
    return (datetime.fromisoformat(text).replace(tzinfo=None) - EPOCH).total_seconds() / DAY_S


def _error(number: float) -> str:
    return "#NUM!" if isnan(number) else "#DIV/0!"
