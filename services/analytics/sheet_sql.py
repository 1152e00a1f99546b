"""Rows of a worksheet that PostgreSQL writes as XML, so that none of their cells ever becomes a Python object.

It does so where every text of a row is plain. A row with any other text is sent as a JSON array, its number first, and
written by sheet_rows.py: a test holds the two together.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from typing_extensions import override
from xlsxwriter.utility import xl_col_to_name

from services.analytics.columns import Column
from services.analytics.csv_sql import Cells, Lines, TypedCells
from services.analytics.parameters import Parameters
from services.analytics.query import Statement
from services.analytics.sheet_rows import CELL_TEXT_MAX, EPOCH_OFFSET_S

# What neither XML nor COPY's lines write differently: printable ASCII but for & < > and the backslash, Latin letters.
NOT_BLANK: Final = r"\u0021-\u0025\u0027-\u003b\u003d\u003f-\u005b\u005d-\u007e\u00a1-\u024f"
# Texts with a chr(1) before each: plain, and without a blank at either end, which XML would have to keep.
PLAIN_TEXTS: Final = rf"^(?:\u0001(?:[{NOT_BLANK}](?:[{NOT_BLANK} ]*[{NOT_BLANK}])?)?){{%d}}$"
ESCAPE: Final = "_x"  # worksheets write characters as _x0041_, so a text that holds this is not plain
FIRST_ROW: Final = 2  # below the header
ARGUMENTS_MAX: Final = 100  # of a function of PostgreSQL

# Cells end what stands before them: a place and a style, inside of a literal.
VALUE, VALUE_END = "><v>' || ", " || '</v></c>'"
TEXT, TEXT_END = ' t="inlineStr"><is><t>\' || ', " || '</t></is></c>'"


class SheetCells(Cells):
    """Cells as XML; null where the cell is left out."""

    @override
    def column(self, column: Column, sql: str) -> str:
        if column.labels:
            return self.word(TypedCells(self._bound, self._parameters).column(column, sql))
        return super().column(column, sql)

    @override
    def whole(self, sql: str) -> str:
        return f"{VALUE}{sql}{VALUE_END}"

    @override
    def word(self, sql: str) -> str:
        return f"{TEXT}{sql}{TEXT_END}"

    @override
    def identifier(self, sql: str) -> str:
        return self.word(sql)

    @override
    def boolean(self, sql: str) -> str:
        return f' t="b"{VALUE}{sql}::int{VALUE_END}'

    @override
    def text(self, sql: str) -> str:
        self._texts.append(sql)
        return self.word(f"nullif({sql}, '')")

    @override
    def number(self, sql: str) -> str:
        return self.whole(sql)

    @override
    def instant(self, sql: str) -> str:
        """The wall clock of the session's zone as the days that worksheets count."""
        return self.whole(f"((date_part('epoch', {sql}::timestamp) + {EPOCH_OFFSET_S}) / 86400)")

    @override
    def day(self, sql: str) -> str:
        return self.word(f"{sql}::text")

    @override
    def instant_or_z(self, sql: str) -> str:
        return self.instant(sql)

    @override
    def moment(self, sql: str) -> str:
        return self.instant(sql)

    @property
    @override
    def harmless(self) -> str:
        """Whether every text of a row is plain."""
        if self.told is not None:
            return self.told
        if not self._texts:
            return "true"
        joined = f"concat({', '.join(f'chr(1), {sql}' for sql in self._texts)})"
        pattern = self.bind(PLAIN_TEXTS % len(self._texts), "text")
        return (
            f'({joined}) COLLATE "C" ~ {pattern} AND strpos({joined}, {self.bind(ESCAPE, "text")}) = 0'
            f" AND length({joined}) <= {CELL_TEXT_MAX}"
        )


def answer_rows(statement: Statement, styles: Sequence[str]) -> Lines:
    """The rows of a statement that finishes every metric itself."""
    return sheet_lines(
        statement.sql,
        statement.arguments,
        lambda cells: [cells.column(column, column.sql) for column in statement.columns],
        styles,
    )


def sheet_lines(
    sql: str,
    arguments: Sequence[Any],
    made: Callable[[Cells], Sequence[str]],
    styles: Sequence[str],
    *,
    before: int = 0,
    told: str | None = None,
) -> Lines:
    """The statement whose one column is a line: a row as XML, or as JSON. `made` says the cells over `rows`.

    So many rows stand `before` its first one; `told` is that of Cells.
    """
    parameters = Parameters()
    written, raw = SheetCells(len(arguments), parameters, told=told), TypedCells(len(arguments), parameters)
    cells = [
        f"'<c r=\"{xl_col_to_name(index)}' || sheet_row || '\"{style}{cell}"
        for index, (cell, style) in enumerate(zip(made(written), styles, strict=True))
    ]
    values = [f"coalesce(to_json({value})::text, 'null')" for value in made(raw)]
    # Without OFFSET 0 the planner would look at the texts again for every column.
    looked = (
        f"SELECT rows.*, {written.harmless} AS harmless,"  # noqa: S608 - made of what is declared; values are bound
        f" (row_number() OVER () + {FIRST_ROW - 1 + before})::text AS sheet_row FROM ({sql}) AS rows OFFSET 0"
    )
    xml = joined(["'<row r=\"'", "sheet_row", "'\">'", *cells, "'</row>'"])
    array = " || ".join(("'['", " || ',' || ".join(("sheet_row", *values)), "']'"))
    line = f"CASE WHEN harmless THEN {xml} ELSE {array} END"
    return f"SELECT {line} FROM ({looked}) AS rows", (*arguments, *written.arguments)  # noqa: S608 - the same


def joined(pieces: Sequence[str]) -> str:
    """The texts end to end, nulls left out. `||` would copy what there is of a line for every piece of it."""
    if len(pieces) <= ARGUMENTS_MAX:
        return f"concat({', '.join(pieces)})"
    groups = [pieces[first : first + ARGUMENTS_MAX] for first in range(0, len(pieces), ARGUMENTS_MAX)]
    return joined([joined(group) for group in groups])
