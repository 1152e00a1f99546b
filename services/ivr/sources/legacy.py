"""The legacy source, from MariaDB or from files, as tables of undecoded rows."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from services.ivr.clock import read_day
from services.ivr.config import Source
from services.ivr.legacy import BAD_WIDTH, COLUMNS, NO_DATE
from services.ivr.rows import pack_row
from services.ivr.sources.errors import SourceDamaged, SourceRefused
from services.ivr.sources.files import CsvFile, Lines, encode, table_name
from services.ivr.sources.protocol import COLUMN_CHUNK_BYTES, Reader

CHUNK_ROWS = 8_000  # of a file, whose rows are made one by one: progress and cancel stay lively
TABLE_NAME = re.compile(r"^tbl_historico_t[1-4]_[0-9]{4}$")


@dataclass(frozen=True, slots=True)
class Window:
    """Days of dFecha, half-open; None is unlimited."""

    since: date | None = None
    until: date | None = None

    def __contains__(self, day: date | None) -> bool:
        if day is None:
            return self.since is None and self.until is None
        return (self.since is None or day >= self.since) and (self.until is None or day < self.until)

    @property
    def unlimited(self) -> bool:
        return self.since is None and self.until is None


class LegacyTable(Protocol):
    """One table or file. `stream` may be read twice and gives the same rows."""

    name: str
    rows_expected: int

    async def check(self) -> None: ...

    def stream(self, window: Window, units: frozenset[date] | None = None) -> AsyncIterator[Sequence[bytes]]: ...


@asynccontextmanager
async def open_legacy(source: Source, tables: Sequence[str]) -> AsyncIterator[list["LegacyTable"]]:
    """The tables to read now, oldest quarter first. A named table that is missing is refused."""
    if source.login is None:
        yield _file_tables(source, tables)
        return
    async with Reader.open(source, source.login) as reader:
        yield await _database_tables(reader, source, tables)


class DatabaseTable:
    """A table in MariaDB, read in the run's snapshot."""

    def __init__(self, reader: Reader, name: str, rows_expected: int) -> None:
        self._reader = reader
        self.name = name
        self.rows_expected = rows_expected

    async def check(self) -> None:
        """SourceDamaged when a column is missing: this table is left, the others are read."""
        await _check_columns(self._reader, self.name)

    async def stream(self, window: Window, units: frozenset[date] | None = None) -> AsyncIterator[Sequence[bytes]]:
        conditions, arguments = [], []
        if window.since is not None:
            conditions.append("dFecha >= %s")
            arguments.append(window.since)
        if window.until is not None:
            conditions.append("dFecha < %s")
            arguments.append(window.until)
        # Rows without a readable date cannot be asked for by date: then everything is read and sorted out here.
        if units is not None and NO_DATE not in units:
            conditions.append(f"dFecha IN ({', '.join(['%s'] * len(units))})")
            arguments.extend(sorted(units))
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        sql = f"SELECT {', '.join(COLUMNS)} FROM `{self.name}`{where}"  # noqa: S608 - the name matches TABLE_NAME or stands in information_schema
        async for rows in self._reader.stream(sql, arguments, chunk_bytes=COLUMN_CHUNK_BYTES):
            yield rows


class FileTable:
    """A CSV file that stands for a table."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = table_name(path)
        self.rows_expected = 0

    async def check(self) -> None:
        """A file shows its columns when it is read."""

    async def stream(self, window: Window, units: frozenset[date] | None = None) -> AsyncIterator[Sequence[bytes]]:
        chunks = self._chunks(window, units)
        try:
            while (rows := await asyncio.to_thread(next, chunks, None)) is not None:
                yield rows
        finally:
            with contextlib.suppress(ValueError):  # cancelled while the thread still reads: it ends by itself
                chunks.close()

    def _chunks(self, window: Window, units: frozenset[date] | None) -> Generator[list[bytes]]:
        del units  # the interpreter keeps what it wants; a file is read whole anyway
        with Lines(self._path) as lines:
            table = CsvFile(lines)
            at = table.positions(COLUMNS)
            width = len(table.columns)
            rows: list[bytes] = []
            read = 0
            for row in table.rows():
                fields = row.fields
                whole = len(fields) == width
                packed = pack_row([encode(fields[n]) for n in at]) if whole else bad_width(fields, width)
                if window.unlimited or _day(fields, at[0]) in window:
                    rows.append(packed)
                if len(rows) >= CHUNK_ROWS:
                    read += len(rows)
                    self.rows_expected = read * lines.size_bytes // max(lines.bytes_read(), 1)
                    yield rows
                    rows = []
            if rows:
                self.rows_expected = read + len(rows)
                yield rows


def bad_width(fields: Sequence[str], width: int) -> bytes:
    """A row of the wrong width keeps its text in the first field, marked, so that it is counted and shown."""
    text = f"{len(fields)} of {width} columns: " + ",".join(fields)
    return pack_row([BAD_WIDTH + text.encode("utf-8", "surrogateescape")] + [None] * (len(COLUMNS) - 1))


def _day(fields: Sequence[str], at: int) -> date | None:
    return read_day(fields[at].encode("utf-8", "surrogateescape")) if at < len(fields) else None


def _file_tables(source: Source, tables: Sequence[str]) -> list[LegacyTable]:
    files = source.files()
    if not files:
        raise SourceRefused(f"No file matches {', '.join(source.paths)}.")
    found: dict[str, Path] = {}
    for path in files:
        name = table_name(path)
        if name in found:
            raise SourceRefused(f"{found[name]} and {path} stand for the same table {name}; keep one of them.")
        found[name] = path
    _refuse_missing(tables, found)
    return [FileTable(path) for name, path in sorted(found.items()) if not tables or name in tables]


async def _database_tables(reader: Reader, source: Source, tables: Sequence[str]) -> list[LegacyTable]:
    rows = await reader.rows(
        "SELECT table_name, coalesce(table_rows, 0) FROM information_schema.tables WHERE table_schema = database()"
    )
    present = {str(name): int(estimate) for name, estimate in rows}
    wanted = tuple(tables) or source.tables
    _refuse_missing(wanted, present)
    names = list(wanted) or [name for name in present if TABLE_NAME.match(name)]
    if not names:
        raise SourceRefused("The IVR schema has no table named like tbl_historico_t3_2025.")
    return [DatabaseTable(reader, name, present[name]) for name in sorted(names, key=_quarter)]


async def _check_columns(reader: Reader, name: str) -> None:
    rows = await reader.rows(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = database() AND table_name = %s",
        (name,),
    )
    present = {str(row[0]).casefold() for row in rows}
    missing = [column for column in COLUMNS if column.casefold() not in present]
    if missing:
        columns = "columns" if len(missing) > 1 else "column"
        raise SourceDamaged(f"Table {name} has no {columns} {', '.join(missing)}; nothing of it was published.")


def _refuse_missing(tables: Sequence[str], present: dict[str, int] | dict[str, Path]) -> None:
    missing = [name for name in tables if name not in present]
    if missing:
        raise SourceRefused(f"The source has no table {missing[0]}.")


def _quarter(name: str) -> tuple[str, str]:
    return (name[-4:], name) if TABLE_NAME.match(name) else ("", name)
