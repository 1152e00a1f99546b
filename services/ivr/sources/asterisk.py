"""The Asterisk source: queue_log as text, as CSV or as a table, each as a stream of positioned rows; which is which.

A position is a byte offset in the uncompressed file, or the table's id; together with the stream it is the key of a
row, so that a row read again is known to be one, however the file grew or was renamed or zipped.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from services.ivr.config import Source
from services.ivr.keys import Keys
from services.ivr.queue_events import (
    TEXT_COLUMNS,
    UPSTREAM_DIALECT,
    BadEvent,
    Dialect,
    dialect_of,
    nearest_dialect,
    text_row,
)
from services.ivr.rows import unpack_row
from services.ivr.sources.details import (
    SAMPLE_ROWS,
    DetailFile,
    DetailStream,
    DetailTable,
    detail_file,
    detail_table,
    fields_of,
)
from services.ivr.sources.errors import SourceDamaged, SourceRefused
from services.ivr.sources.files import CsvFile, Lines, shown_name
from services.ivr.sources.protocol import Reader

BATCH_ROWS = 5_000  # about a second of work: a transaction of a table, a slice of a file
OVERLAP_IDS = 10_000  # ids that are read again: rows are committed out of order, a long transaction late
QUEUE_TABLE = "queue_log"
TABLES = (QUEUE_TABLE, "cdr", "cel")  # those of them that exist are read, unless the source names its own

Row = dict[str, str] | str  # columns by name, or a line that has no columns


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows in the order of their positions; `next_position` is where the stream goes on after them."""

    rows: list[tuple[int, Row]]
    next_position: int
    repeated: frozenset[int] = field(default_factory=frozenset)


class QueueStream(Protocol):
    """One file or table. `in_one_transaction`: a damaged file must leave nothing behind."""

    id: str
    name: str
    dialect: Dialect
    in_one_transaction: bool
    rows_expected: int

    def batches(self, next_position: int, recent: frozenset[int]) -> AsyncIterator[Batch]: ...

    async def sample(self) -> list[Mapping[str, str]]:
        """The first rows: an answer that is read to its end, so that the connection can be asked again."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """What can be read now, and one sentence for each file or table that cannot."""

    streams: list[QueueStream] = field(default_factory=list)
    details: list[DetailStream] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, stream: "FileStream | TableStream | DetailFile | DetailTable | None") -> None:
        if isinstance(stream, FileStream | TableStream):
            self.streams.append(stream)
        elif stream is not None:
            self.details.append(stream)


@asynccontextmanager
async def open_asterisk(source: Source, keys: Keys, tables: Sequence[str]) -> AsyncIterator[Opened]:
    """SourceRefused when there is nothing to read at all."""
    opened = Opened()
    if source.login is None:
        files = source.files()
        if not files:
            raise SourceRefused(f"No file matches {', '.join(source.paths)}.")
        for path in files:
            try:
                opened.add(await asyncio.to_thread(_file_stream, path, keys, source))
            except SourceDamaged as damage:
                opened.problems.append(str(damage))
        yield opened
        return
    async with Reader.open(source, source.login) as reader:
        for name in tuple(tables) or source.tables or await _present(reader):
            try:
                opened.add(await _table_stream(reader, name, source))
            except SourceDamaged as damage:
                opened.problems.append(str(damage))
        yield opened


class FileStream:
    """A text or CSV file, read from its beginning: what was read before is known by its offset."""

    in_one_transaction = True

    def __init__(
        self, path: Path, stream_id: str, dialect: Dialect, *, names: Sequence[str] = TEXT_COLUMNS, is_csv: bool
    ) -> None:
        self._path = path
        self._names = names  # ours, for columns that the source may call otherwise
        self._is_csv = is_csv
        self.id = stream_id
        self.name = shown_name(path)
        self.dialect = dialect
        self.rows_expected = 0
        self.unfinished_lines = 0

    async def batches(self, next_position: int, recent: frozenset[int]) -> AsyncGenerator[Batch]:
        del next_position, recent  # every row is read; the caller knows which are repeated by their position
        batches = self._read()
        try:
            while (batch := await asyncio.to_thread(next, batches, None)) is not None:
                yield batch
        finally:
            with contextlib.suppress(ValueError):  # cancelled while the thread still reads: it ends by itself
                batches.close()

    async def sample(self) -> list[Mapping[str, str]]:
        async with aclosing(self.batches(0, frozenset())) as batches:
            async for batch in batches:
                return [row for _, row in batch.rows[:SAMPLE_ROWS] if not isinstance(row, str)]
        return []

    def _read(self) -> Generator[Batch]:
        with Lines(self._path) as lines:
            rows: list[tuple[int, Row]] = []
            read = 0
            for row in self._csv_rows(lines) if self._is_csv else self._text_rows(lines):
                rows.append(row)
                if len(rows) >= BATCH_ROWS:
                    read += len(rows)
                    self.rows_expected = read * lines.size_bytes // max(lines.bytes_read(), 1)
                    yield Batch(rows, rows[-1][0] + 1)
                    rows = []
            self.rows_expected = read + len(rows)
            yield Batch(rows, rows[-1][0] + 1 if rows else 0)

    def _text_rows(self, lines: Lines) -> Iterator[tuple[int, Row]]:
        at = 0
        for line in lines.raw_lines():
            text = line.decode("utf-8", "surrogateescape")
            if not line.endswith(b"\n") and not lines.compressed:
                self.unfinished_lines = 1  # the PBX may be writing it just now: the next run reads it whole
            elif text.strip():
                try:
                    yield at, text_row(text)
                except BadEvent:
                    yield at, text
            at = lines.offset

    def _csv_rows(self, lines: Lines) -> Iterator[tuple[int, Row]]:
        for row in CsvFile(lines).rows():
            if len(row.fields) == len(self._names):
                yield row.offset, dict(zip(self._names, row.fields, strict=True))
            else:
                yield row.offset, ",".join(row.fields)


class TableStream:
    """A queue_log table, in keyset pages by id, with an overlap for rows that were committed late."""

    in_one_transaction = False

    def __init__(
        self, reader: Reader, name: str, columns: Sequence[str], names: Sequence[str], dialect: Dialect
    ) -> None:
        self._reader = reader
        self._columns = columns
        self._names = names  # ours, for columns that the source may call otherwise
        self.id = f"table:{name}"
        self.name = name
        self.dialect = dialect
        self.rows_expected = 0

    async def batches(self, next_position: int, recent: frozenset[int]) -> AsyncIterator[Batch]:
        start = max(0, next_position - OVERLAP_IDS)
        last, self.rows_expected = await self._extent(start)
        names = self._names
        columns = ", ".join(f"`{column}`" for column in self._columns)
        at = names.index(self.dialect.id)
        identity = f"`{self._columns[at]}`"
        sql = (
            f"SELECT {columns} FROM `{self.name}` WHERE {identity} >= %s AND {identity} <= %s "  # noqa: S608 - names from information_schema
            f"ORDER BY {identity} LIMIT {BATCH_ROWS}"
        )
        while start <= last:
            rows: list[tuple[int, Row]] = []
            async for packets in self._reader.stream(sql, (start, last)):
                for packet in packets:
                    values = [(b"" if value is None else value) for value in unpack_row(packet)]
                    texts = [value.decode("utf-8", "surrogateescape") for value in values]
                    rows.append((int(texts[at]), dict(zip(names, texts, strict=True))))
            if not rows:
                return
            start = rows[-1][0] + 1
            yield Batch(rows, start, recent)

    async def sample(self) -> list[Mapping[str, str]]:
        columns = ", ".join(f"`{column}`" for column in self._columns)
        identity = self._columns[self._names.index(self.dialect.id)]
        sql = f"SELECT {columns} FROM `{self.name}` ORDER BY `{identity}` LIMIT {SAMPLE_ROWS}"  # noqa: S608 - names from information_schema
        rows: list[Mapping[str, str]] = []
        async for packets in self._reader.stream(sql):
            rows += [dict(zip(self._names, fields_of(packet), strict=True)) for packet in packets]
        return rows

    async def _extent(self, start: int) -> tuple[int, int]:
        identity = self._columns[self._names.index(self.dialect.id)]
        rows = await self._reader.rows(
            f"SELECT coalesce(max(`{identity}`), -1), count(*) FROM `{self.name}` WHERE `{identity}` >= %s",  # noqa: S608 - names from information_schema
            (start,),
        )
        return int(rows[0][0]), int(rows[0][1])


def _file_stream(path: Path, keys: Keys, source: Source) -> FileStream | DetailFile | None:
    """The stream of a file; None when it is empty. A CSV is known by its header, text by its pipes."""
    if (details := detail_file(path, keys, source.columns)) is not None:
        return details
    wanted = source.dialect
    with Lines(path) as lines:
        first = next(lines.text_lines(), "")
        if not first.strip():
            return None
        if first.count("|") >= len(TEXT_COLUMNS) // 2 - 1 and not dialect_of(first.strip().split("|")):
            return FileStream(path, _stream_id(keys, first), UPSTREAM_DIALECT, is_csv=False)
        second = next(lines.text_lines(), "")
    with Lines(path) as lines:
        table = CsvFile(lines)
    names = source.columns.ours("queue_log", table.columns)
    dialect = dialect_of(names, wanted)
    if dialect is None:
        table.positions(nearest_dialect(names, wanted).required)
        raise SourceDamaged(f"{path.name} is not in the dialect {wanted!r}.")
    # All exports share their header: the first row behind it tells them apart.
    return FileStream(path, _stream_id(keys, first + second), dialect, names=names, is_csv=True)


async def _present(reader: Reader) -> tuple[str, ...]:
    """The tables that a source has which names none: whoever has none of them misses the queue log."""
    rows = await reader.rows(
        "SELECT table_name FROM information_schema.tables "
        "WHERE table_schema = database() AND table_name IN (%s, %s, %s)",
        TABLES,
    )
    present = {str(row[0]) for row in rows}
    return tuple(name for name in TABLES if name in present) or (QUEUE_TABLE,)


async def _table_stream(reader: Reader, name: str, source: Source) -> TableStream | DetailTable:
    rows = await reader.rows(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = database() AND table_name = %s "
        "ORDER BY ordinal_position",
        (name,),
    )
    columns = [str(row[0]) for row in rows]
    if not columns:
        raise SourceRefused(f"The source has no table {name}.")
    if (details := await detail_table(reader, name, columns, source.columns, source.zone)) is not None:
        return details
    wanted = source.dialect
    names = source.columns.ours("queue_log", columns)
    dialect = dialect_of(names, wanted)
    present = set(names)
    if dialect is None:
        missing = [column for column in nearest_dialect(names, wanted).required if column not in present]
        plural = "columns" if len(missing) > 1 else "column"
        raise SourceDamaged(f"Table {name} has no {plural} {', '.join(missing)}; nothing of it was published.")
    if dialect.id not in present:
        raise SourceDamaged(f"Table {name} has no column {dialect.id}: without it rows cannot be told apart.")
    return TableStream(reader, name, columns, names, dialect)


def _stream_id(keys: Keys, text: str) -> str:
    return hashlib.sha256(keys.prefix("stream") + text.encode("utf-8", "surrogateescape")).hexdigest()[:32]
