"""CSV whose cells PostgreSQL writes: COPY sends lines as fast as they can be read, none of them ever a Python object.

The texts are those that csvfile.py would write, to the byte: a test holds the two together.
"""

import re
import sys
import unicodedata
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any, Final, TypeAlias

from typing_extensions import override

from services.analytics.columns import Column
from services.analytics.parameters import Parameters
from services.analytics.query import Statement
from shared.formulas import FORMULA_STARTS, INNER_BLANK, SKIPPED, neutral

Lines: TypeAlias = tuple[str, tuple[Any, ...]]  # a statement and its arguments

NUMBERED = re.compile(r"\$(\d+)")
# PostgreSQL writes floats as Python does, but for whole ones, and for those from here to 1e16.
SHORT_FLOAT_MAX: Final = "1e15"
LONG_FLOAT_MAX: Final = "1e16"
# Of texts with a chr(1) before each: one begins with no letter or figure, or may hold a formula inside.
SUSPECT_SQL: Final = r"[;\t\r\n|]|\u0001[^\u00010-9A-Za-z]"
QUOTE: Final = "''"  # an apostrophe inside of a literal
BLANK_MAX: Final = "\uffff"  # no blank lies beyond


class Cells:
    """Writes cells of a statement `rows` as texts; what it needs is bound to the statement's own parameters.

    `told` is the statement's own column of whether all texts of a row are harmless, `offset` the one that the session's
    zone has in all of the statement's span.
    """

    def __init__(
        self,
        bound: int,
        parameters: Parameters | None = None,
        *,
        told: str | None = None,
        offset: timedelta | None = None,
    ) -> None:
        self._parameters, self._bound = parameters or Parameters(), bound
        self.told, self._offset = told, offset
        self._texts: list[str] = []

    @property
    def arguments(self) -> tuple[Any, ...]:
        return self._parameters.arguments

    def bind(self, value: Any, sql_type: str) -> str:
        """A parameter after those that the statement has."""
        return NUMBERED.sub(lambda found: f"${int(found[1]) + self._bound}", self._parameters.bind(value, sql_type))

    def column(self, column: Column, sql: str) -> str:
        """A column of an answer."""
        if column.labels:
            labels = self.bind(tuple(map(self.label, column.labels)), "text[]")
            return f"({labels})[{sql} + 1]"
        return {
            "timestamptz": self.instant,
            "text": self.text,
            "bigint": self.whole,
            "boolean": self.boolean,
            "float8": self.number,
        }[column.sql_type](sql)

    def label(self, text: str) -> str:
        """A word that stands for a number."""
        return neutral(text)

    def whole(self, sql: str) -> str:
        """A whole number."""
        return sql

    def word(self, sql: str) -> str:
        """A text of our own, never empty and never a formula."""
        return sql

    def identifier(self, sql: str) -> str:
        """A number of 64 bits, which a worksheet would round."""
        return sql

    def boolean(self, sql: str) -> str:
        return f"{sql}::text"

    def text(self, sql: str) -> str:
        """A text from outside. An empty one is nothing, as to csv.writer; COPY would write it as two quotes."""
        self._texts.append(sql)
        starts, inner = patterns()
        cell = f'({sql} COLLATE "C")'
        return (
            f"CASE WHEN {self.told or 'harmless'} THEN nullif({sql}, '') ELSE nullif("
            f"CASE WHEN {cell} ~ {self.bind(starts, 'text')} THEN '{QUOTE}' ELSE '' END"
            f" || regexp_replace({cell}, {self.bind(inner, 'text')}, '\\1{QUOTE}', 'g'), '') END"
        )

    @property
    def harmless(self) -> str:
        """Whether all texts of a row are harmless, told in one look instead of one for each."""
        if self.told is not None:
            return self.told
        if not self._texts:
            return "true"
        joined = f"chr(1) || concat_ws(chr(1), {', '.join(self._texts)})"
        return f'({joined}) COLLATE "C" !~ {self.bind(SUSPECT_SQL, "text")}'

    def number(self, sql: str) -> str:
        """A float as Python's repr() has it; beyond 1e16, where no metric lies, it may have one more figure."""
        return (
            f"CASE WHEN {sql} <> trunc({sql}) OR abs({sql}) >= {LONG_FLOAT_MAX} THEN {sql}::text"
            f" WHEN abs({sql}) >= {SHORT_FLOAT_MAX} THEN {sql}::bigint::text || '.0' ELSE {sql}::text || '.0' END"
        )

    def instant(self, sql: str) -> str:
        """An instant in the session's zone, as datetime.isoformat() has it.

        JSON writes it so in a third of the time, but leaves out the last zeros of a fraction.
        """
        return (
            f"CASE WHEN {no_zeros(sql)} THEN btrim(to_json({sql})::text, '\"')"
            f" ELSE to_char({sql}, 'YYYY-MM-DD\"T\"HH24:MI:SS.USTZH:TZM') END"
        )

    def day(self, sql: str) -> str:
        return f"{sql}::text"

    def instant_or_z(self, sql: str) -> str:
        """The same as pydantic has it: without an offset it ends in Z."""
        return f"replace({self.instant(sql)}, '+00:00', 'Z')"

    def moment(self, sql: str) -> str:
        """The same of an instant within the statement's span: with one offset for all, nobody looks into the zone."""
        if self._offset is None:
            return self.instant_or_z(sql)
        # No parameter: an interval of one would have days in it, or be read again for every row.
        clock = f"({sql} AT TIME ZONE interval '{self._offset // timedelta(seconds=1)} seconds')"
        told = offset_text(self._offset)
        return (
            f"CASE WHEN {no_zeros(sql)} THEN replace({clock}::text, ' ', 'T') || '{told}'"
            f" ELSE to_char({clock}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || '{told}' END"
        )


class TypedCells(Cells):
    """The same cells as values: numbers and texts as they are, instants and days still as texts."""

    @override
    def label(self, text: str) -> str:
        return text

    @override
    def identifier(self, sql: str) -> str:
        return f"{sql}::text"

    @override
    def boolean(self, sql: str) -> str:
        return sql

    @override
    def text(self, sql: str) -> str:
        return sql

    @override
    def number(self, sql: str) -> str:
        return sql


def answer_lines(statement: Statement) -> Lines:
    """The rows of a statement that finishes every metric itself."""
    cells = Cells(len(statement.arguments))
    columns = [cells.column(column, column.sql) for column in statement.columns]
    return lines(statement.sql, statement.arguments, cells, columns)


def lines(sql: str, arguments: Sequence[Any], cells: Cells, columns: Sequence[str]) -> Lines:
    """The statement whose every column is a text of the file; `columns` are expressions over `rows`."""
    # Without OFFSET 0 the planner would look at the texts again for every column.
    looked = sql if cells.told else f"SELECT rows.*, {cells.harmless} AS harmless FROM ({sql}) AS rows OFFSET 0"  # noqa: S608 - made of what is declared; values are bound
    return f"SELECT {', '.join(columns)} FROM ({looked}) AS rows", (*arguments, *cells.arguments)  # noqa: S608 - the same


def no_zeros(sql: str) -> str:
    """Whether an instant's fraction of a second, if it has one, ends in no zero."""
    return f"({sql}::timestamptz(0) = {sql} OR {sql}::timestamptz(5) <> {sql})"


def offset_text(offset: timedelta) -> str:
    """An offset of whole minutes as pydantic has it."""
    if not offset:
        return "Z"
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    return f"{'-' if offset < timedelta() else '+'}{hours:02}:{minutes:02}"


@lru_cache(maxsize=1)
def patterns() -> tuple[str, str]:
    """shared.formulas as regular expressions of PostgreSQL: a formula at the start, and in the middle."""
    skipped = _ranges(lambda char: unicodedata.category(char) in SKIPPED)
    is_blank = re.compile(INNER_BLANK).fullmatch
    blank = _ranges(lambda char: char <= BLANK_MAX and is_blank(char) is not None)
    starts = "".join(map(_escaped, FORMULA_STARTS))
    inner = "".join(_escaped(char) for char in FORMULA_STARTS if char not in "\t\r\n")
    return f"^[{skipped}]*[{starts}]", rf"([;\t\r\n|][{blank}]*)(?=[{inner}])"


def _ranges(wanted: Callable[[str], bool]) -> str:
    """The inside of a bracket expression; PostgreSQL's texts have no NUL and no surrogates."""
    chars = map(chr, range(1, sys.maxunicode + 1))
    codes = (ord(char) for char in chars if not "\ud800" <= char <= "\udfff" and wanted(char))
    runs = (list(run) for _, run in groupby(enumerate(codes), key=lambda pair: pair[1] - pair[0]))
    return "".join(f"{_escaped(chr(run[0][1]))}-{_escaped(chr(run[-1][1]))}" for run in runs)


def _escaped(char: str) -> str:
    return f"\\U{ord(char):08x}"


class LineEnds:
    """Makes CRLF of the line ends that COPY sends, and leaves those inside of quoted cells alone."""

    def __init__(self) -> None:
        self._quoted = False

    def write(self, chunk: bytes) -> tuple[bytes, int]:
        """The chunk as it is written, and how many rows end in it."""
        if b'"' not in chunk:
            return (chunk, 0) if self._quoted else (chunk.replace(b"\n", b"\r\n"), chunk.count(b"\n"))
        parts = chunk.split(b'"')
        outside = slice(1 if self._quoted else 0, None, 2)
        rows = sum(part.count(b"\n") for part in parts[outside])
        parts[outside] = [part.replace(b"\n", b"\r\n") for part in parts[outside]]
        self._quoted ^= len(parts) % 2 == 0
        return b'"'.join(parts), rows
