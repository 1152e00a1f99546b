"""The Asterisk source: queue_log as text, as CSV or as a table, each as a stream of positioned rows; which is which.

A position is a byte offset in the uncompressed file, or the table's id; together with the stream it is the key of a
row, so that a row read again is known to be one, however the file grew or was renamed or zipped.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from services.ivr.config import Source
from services.ivr.keys import Keys
from services.ivr.queue_events import (
    TEXT_COLUMNS,
    TEXT_FIELDS_MIN,
    UPSTREAM_DIALECT,
    Dialect,
    dialect_of,
    nearest_dialect,
)
from services.ivr.rows import pack_row, unpack_row
from services.ivr.sources.details import DetailFile, DetailStream, DetailTable, detail_file, detail_table
from services.ivr.sources.errors import SourceDamaged, SourceRefused
from services.ivr.sources.files import CsvFile, Lines, shown_name
from services.ivr.sources.protocol import COLUMN_CHUNK_BYTES, Reader
from shared.sql import quote_backticks

CHUNK_ROWS = 16_000  # of a file, taken apart as columns in 20 ms; fewer rows cost more each
PAGE_ROWS = 100_000  # one statement at the source: it ends within a second or two
SAMPLE_ROWS = 5_000  # one chunk: what the zone is told from
IDS_ASKED_MAX = 1_000  # single ids named in one statement
OVERLAP_IDS = 10_000  # ids that are read again: rows are committed out of order, a long transaction late
QUEUE_TABLE = "queue_log"
TABLES = (QUEUE_TABLE, "cdr", "cel")  # those of them that exist are read, unless the source names its own

Row = dict[str, str] | str  # columns by name, or a line that has no columns


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows in the order of their positions, packed as the protocol writes them; `next_position` comes after them.

    Without `positions` they stand in the column `id_column`. `bad` lines have no columns.
    """

    names: tuple[str, ...]
    packets: Sequence[bytes]
    next_position: int
    positions: Sequence[int] | None = None
    id_column: int = 0
    bad: tuple[tuple[int, str], ...] = ()

    def __len__(self) -> int:
        return len(self.packets) + len(self.bad)

    @property
    def rows(self) -> list[tuple[int, Row]]:
        """Every row by itself: the slow way to look at them."""
        rows: list[tuple[int, Row]] = list(self.bad)
        for n, packet in enumerate(self.packets):
            texts = row_texts(packet)
            position = int(texts[self.id_column]) if self.positions is None else self.positions[n]
            rows.append((position, dict(zip(self.names, texts, strict=True))))
        return sorted(rows, key=lambda row: row[0])


def row_texts(packet: bytes) -> list[str]:
    """The fields of a packed row; null reads as the empty text."""
    return [(b"" if value is None else value).decode("utf-8", "surrogateescape") for value in unpack_row(packet)]


class QueueStream(Protocol):
    """One file or table. `in_one_transaction`: a damaged file must leave nothing behind."""

    id: str
    name: str
    dialect: Dialect
    names: tuple[str, ...]
    in_one_transaction: bool
    rows_expected: int

    def batches(self, next_position: int, recent: frozenset[int] = frozenset()) -> AsyncIterator[Batch]:
        """What is there from `next_position` on, and before it whatever may have to be looked at again."""
        ...

    async def sample(self) -> Batch | None:
        """The first rows."""
        ...

    def batches_at(self, positions: Sequence[int]) -> AsyncIterator[Batch]:
        """The rows at these positions that are still there."""
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

    def keep(self, logs: Sequence[str]) -> None:
        """Leave out the streams of other logs. A call is told from all streams of one log: they stay together."""
        if logs:
            self.streams[:] = self.streams if QUEUE_TABLE in logs else []
            self.details[:] = [each for each in self.details if each.log in logs]


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
        self._is_csv = is_csv
        self.id = stream_id
        self.name = shown_name(path)
        self.names = tuple(names)  # ours, for columns that the source may call otherwise
        self.dialect = dialect
        self.rows_expected = 0
        self.unfinished_lines = 0

    async def batches(self, next_position: int, recent: frozenset[int] = frozenset()) -> AsyncIterator[Batch]:
        del next_position, recent  # every row is read; the caller knows which are repeated by their position
        async for batch in self._batches(None):
            yield batch

    async def sample(self) -> Batch | None:
        async with contextlib.aclosing(self._batches(None)) as batches:
            return await anext(batches, None)

    async def batches_at(self, positions: Sequence[int]) -> AsyncIterator[Batch]:
        async for batch in self._batches(frozenset(positions)):
            yield batch

    async def _batches(self, wanted: frozenset[int] | None) -> AsyncGenerator[Batch]:
        batches = self._read(wanted)
        try:
            while (batch := await asyncio.to_thread(next, batches, None)) is not None:
                yield batch
        finally:
            with contextlib.suppress(ValueError):  # cancelled while the thread still reads: it ends by itself
                batches.close()

    def _read(self, wanted: frozenset[int] | None) -> Generator[Batch]:
        with Lines(self._path) as lines:
            rows: list[tuple[int, bytes | str]] = []
            read = 0
            for row in self._csv_rows(lines) if self._is_csv else self._text_rows(lines):
                if wanted is not None and row[0] not in wanted:
                    continue
                rows.append(row)
                if len(rows) >= CHUNK_ROWS:
                    read += len(rows)
                    self.rows_expected = read * lines.size_bytes // max(lines.bytes_read(), 1)
                    yield self._batch(rows)
                    rows = []
            self.rows_expected = read + len(rows)
            yield self._batch(rows)

    def _batch(self, rows: list[tuple[int, bytes | str]]) -> Batch:
        return Batch(
            names=self.names,
            packets=[row for _, row in rows if isinstance(row, bytes)],
            next_position=rows[-1][0] + 1 if rows else 0,
            positions=[position for position, row in rows if isinstance(row, bytes)],
            bad=tuple((position, row) for position, row in rows if isinstance(row, str)),
        )

    def _text_rows(self, lines: Lines) -> Iterator[tuple[int, bytes | str]]:
        at, width = 0, len(self.names)
        empty = [b""] * (width - TEXT_FIELDS_MIN)
        for line in lines.raw_lines():
            if not line.endswith(b"\n") and not lines.compressed:
                self.unfinished_lines = 1  # the PBX may be writing it just now: the next run reads it whole
            elif line.strip():
                fields = line.rstrip(b"\r\n").split(b"|")
                if len(fields) < TEXT_FIELDS_MIN:
                    yield at, line.decode("utf-8", "surrogateescape")
                else:
                    yield at, pack_row((fields + empty)[:width])
            at = lines.offset

    def _csv_rows(self, lines: Lines) -> Iterator[tuple[int, bytes | str]]:
        for row in CsvFile(lines).rows():
            if len(row.fields) == len(self.names):
                yield row.offset, pack_row([field.encode("utf-8", "surrogateescape") for field in row.fields])
            else:
                yield row.offset, ",".join(row.fields)


class TableStream:
    """A queue_log table, in keyset pages by id, with an overlap for rows that were committed late.

    All of it is read in one snapshot, its upper bound too: what is committed meanwhile is the next run's.
    """

    in_one_transaction = False

    def __init__(
        self, reader: Reader, name: str, columns: Sequence[str], names: Sequence[str], dialect: Dialect
    ) -> None:
        self._reader = reader
        self._columns = columns
        self.id = f"table:{name}"
        self.name = name
        self.names = tuple(names)  # ours, for columns that the source may call otherwise
        self.dialect = dialect
        self.rows_expected = 0
        self._id_column = self.names.index(dialect.id)
        self._identity = quote_backticks(columns[self._id_column])

    async def batches(self, next_position: int, recent: frozenset[int] = frozenset()) -> AsyncIterator[Batch]:
        del recent  # the caller knows which ids it has read
        start = max(0, next_position - OVERLAP_IDS)
        last, self.rows_expected = await self._extent(start)
        identity = self._identity
        while start <= last:
            rows = 0
            where = f"{identity} >= %s AND {identity} <= %s ORDER BY {identity} LIMIT {PAGE_ROWS}"
            async for batch in self._select(where, (start, last)):
                rows += len(batch)
                start = batch.next_position
                yield batch
            if rows < PAGE_ROWS:
                return

    async def sample(self) -> Batch | None:
        # A statement of its own: one that is left half-read would block the connection.
        batches = [batch async for batch in self._select(f"1 = 1 ORDER BY {self._identity} LIMIT {SAMPLE_ROWS}", ())]
        return batches[0] if batches else None

    async def batches_at(self, positions: Sequence[int]) -> AsyncIterator[Batch]:
        identity = self._identity
        for begin in range(0, len(positions), IDS_ASKED_MAX):
            wanted = [int(position) for position in positions[begin : begin + IDS_ASKED_MAX]]
            places = ", ".join(["%s"] * len(wanted))
            async for batch in self._select(f"{identity} IN ({places}) ORDER BY {identity}", wanted):
                yield batch

    async def ids(self, since: int, before: int) -> AsyncIterator[list[int]]:
        """The ids in [since, before) alone, in order: what tells whether a row was ever missed."""
        identity = self._identity
        sql = (
            f"SELECT {identity} FROM {quote_backticks(self.name)} "  # noqa: S608 - names from information_schema
            f"WHERE {identity} >= %s AND {identity} < %s ORDER BY {identity}"
        )
        async for packets in self._reader.stream(sql, (since, before), chunk_bytes=COLUMN_CHUNK_BYTES):
            yield [int(packet[1:]) for packet in packets]

    async def _select(self, where: str, arguments: Sequence[int]) -> AsyncIterator[Batch]:
        columns = ", ".join(quote_backticks(column) for column in self._columns)
        sql = f"SELECT {columns} FROM {quote_backticks(self.name)} WHERE {where}"  # noqa: S608 - names from information_schema
        async for rows in self._reader.stream(sql, arguments, chunk_bytes=COLUMN_CHUNK_BYTES):
            last = int(row_texts(rows[len(rows) - 1])[self._id_column])
            yield Batch(self.names, rows, last + 1, id_column=self._id_column)

    async def _extent(self, start: int) -> tuple[int, int]:
        identity = self._identity
        rows = await self._reader.rows(
            f"SELECT coalesce(max({identity}), -1), count(*) FROM {quote_backticks(self.name)} WHERE {identity} >= %s",  # noqa: S608 - names from information_schema
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
