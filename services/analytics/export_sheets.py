"""Workbooks of exports: their rows go straight into the archive while they come, none of them to a scratch file.

xlsxwriter makes the workbook with its header and the sheet of facts; what it wrote of the first sheet is cut where the
rows belong.
"""

import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

import xlsxwriter
from typing_extensions import override

from services.analytics import export_files
from services.analytics.export_files import Sink, TooManyBytes
from services.analytics.question import Cell
from services.analytics.sheet_rows import RowTexts, style_of
from services.analytics.sheet_sql import FIRST_ROW
from services.analytics.spreadsheet import NARROW, write_facts

SHEET: Final = "xl/worksheets/sheet1.xml"
ROWS_END: Final = b"</sheetData>"
# The range that is filled, which nobody knows beforehand; readers find it out.
DIMENSION: Final = re.compile(rb'<dimension ref="[^"]*"/>')
XML_MAX: Final = 2**31 - 2**20  # what an archive holds of one file in the form that every reader knows
DEFLATE: Final = 1  # a tenth larger than the usual level, in a third of its time
PAGE: Final = 5_000  # rows whose cells are held as texts at a time


@dataclass(frozen=True, slots=True)
class Template:
    """A workbook without its rows. `kinds` says of each column whether it is time, ratio or anything."""

    workbook: bytes
    kinds: Sequence[str]
    styles: Sequence[str]


class SheetFile:
    """The archive with a sheet that is open for rows of XML."""

    def __init__(self, path: Path, template: Template) -> None:
        self._file = path.open("wb")
        self._archive = ZipFile(self._file, "w", ZIP_DEFLATED, compresslevel=DEFLATE)
        with ZipFile(io.BytesIO(template.workbook)) as made:
            for name in made.namelist():
                if name != SHEET:
                    self._archive.writestr(name, made.read(name))
            head, _, tail = made.read(SHEET).rpartition(ROWS_END)
        self._tail, self._size = ROWS_END + tail, 0
        self._sheet = self._archive.open(SHEET, "w")
        self.write(DIMENSION.sub(b"", head, count=1))

    def write(self, rows: bytes) -> None:
        """Raises TooManyBytes."""
        self._size += len(rows)
        if self._size > XML_MAX:
            raise TooManyBytes
        self._sheet.write(rows)

    def check(self) -> None:
        """Raises TooManyBytes."""
        if self._file.tell() > export_files.BYTES_MAX:
            raise TooManyBytes

    def close(self) -> None:
        self._sheet.write(self._tail)
        self._sheet.close()
        self._archive.close()
        self._file.close()


def template(
    names: Sequence[str],
    kinds: Sequence[str],
    *,
    title: str,
    facts: Sequence[tuple[str, str]],
    facts_title: str,
) -> Template:
    """The header, and a second sheet that says what was asked."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(title)
        head = book.add_format({"bold": True, "bottom": 1})
        forms = {
            "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "ratio": book.add_format({"num_format": "0.00%"}),
        }
        sheet.freeze_panes(1, 0)
        for index, kind in enumerate(kinds):
            sheet.set_column(index, index, NARROW * 2 if kind == "time" else NARROW)
        for index, name in enumerate(names):
            sheet.write_string(0, index, name, head)
        styles = [style_of(forms.get(kind)) for kind in kinds]
        write_facts(book, facts_title, facts)
    return Template(out.getvalue(), kinds, styles)


class XlsxSink(Sink):
    """A worksheet of rows that Python has made."""

    def __init__(self, path: Path, template: Template) -> None:
        self._file, self._texts = SheetFile(path, template), RowTexts(template.kinds, template.styles)
        self._next = FIRST_ROW

    @override
    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        coming = iter(rows)
        while page := list(islice(coming, PAGE)):
            text = self._texts.rows(page, range(self._next, self._next + len(page)))
            self._file.write(text.encode())
            self._next += len(page)
        self._file.check()

    @override
    def close(self) -> None:
        self._file.close()


class SheetLineSink:
    """A worksheet of lines that PostgreSQL wrote (see sheet_sql.py), which come in pieces of any length."""

    def __init__(self, path: Path, template: Template) -> None:
        self._file, self._texts = SheetFile(path, template), RowTexts(template.kinds, template.styles)
        self._begun = b""

    def write(self, chunk: bytes) -> int:
        """How many rows end in the chunk."""
        text = self._begun + chunk
        end = text.rfind(b"\n") + 1
        text, self._begun = text[:end], text[end:]
        rows = text.count(b"\n")
        self._file.write(self._written(text) if text.startswith(b"[") or b"\n[" in text else text)
        return rows

    def _written(self, text: bytes) -> bytes:
        """The lines with every JSON array made a row."""
        runs = groupby(text.splitlines(keepends=True), key=lambda line: line.startswith(b"["))
        return b"".join(self._rows(list(run)) if raw else b"".join(run) for raw, run in runs)

    def _rows(self, lines: Sequence[bytes]) -> bytes:
        # COPY doubles every backslash, and an array in JSON has nothing else that it would write differently.
        arrays: list[list[Any]] = [json.loads(line.replace(b"\\\\", b"\\")) for line in lines]
        return self._texts.rows([array[1:] for array in arrays], [array[0] for array in arrays]).encode()

    def check(self) -> None:
        """Raises TooManyBytes."""
        self._file.check()

    def close(self) -> None:
        self._file.close()
