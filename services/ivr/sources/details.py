"""cdr and cel of an Asterisk source: files and tables, each as a stream of positioned rows.

A table with an id is read from where the last run stopped, and at the ids that were missing then: a transaction that
commits late fills one of them. A cdr without an id is read by its start, with an overlap, because a record is written
when its call ends. Its rows are known by their content, so reading them again costs time and changes nothing.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal, Protocol, Self
from zoneinfo import ZoneInfo

import numpy as np

from services.ivr.column_names import CDR, CEL, ColumnNames, log_of
from services.ivr.columns import Block, Ints, plain_numbers
from services.ivr.columns import split as split_fields
from services.ivr.keys import Keys
from services.ivr.rows import pack_row, unpack_row
from services.ivr.sources.csv_records import TIME, mended, records, split
from services.ivr.sources.errors import SourceDamaged
from services.ivr.sources.files import CsvFile, Lines, shown_name
from services.ivr.sources.protocol import COLUMN_CHUNK_BYTES, Reader

DetailLog = Literal["cdr", "cel"]
Row = list[str] | str  # fields, or a line that has other fields than its file

BATCH_ROWS: Final = 40_000  # half a second of work: a transaction of a table, a slice of a file
BATCH_BYTES: Final = 8 << 20  # about as many rows of a table without ids
SAMPLE_ROWS: Final = 1_000  # enough to see a zone
ID_DIGITS_MAX: Final = 18  # what 64 bits hold
GAPS_ASKED_MAX: Final = 200  # ranges of missing ids in one statement
OVERLAP_S: Final = 3_600  # a record is written when its call ends: most calls are shorter
DAY_S: Final = 86_400
ZERO_TIME: Final = "1990-01-01 00:00:00"  # no start is earlier but those that are none
# Master.csv has no header; its last two columns are there where cdr.conf asks for them.
MASTER: Final = (
    *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata"),
    *("start", "answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield"),
)


@dataclass(frozen=True, slots=True)
class Resume:
    """Where a stream goes on: `day_position` is where the last 24 hours begin, `gaps` the ids that were missing."""

    next_position: int = 0
    newest_at: float | None = None
    day_position: int | None = None
    gaps: tuple[tuple[int, int], ...] = ()
    sweep: bool = False
    everything: bool = False


@dataclass(frozen=True, slots=True)
class DetailBatch:
    """Rows in their order, packed as the protocol writes them, with their positions; `bad` lines have other fields.

    `next_position` is where the stream goes on after them, None while that is unsure. `late` rows come from behind that
    place: they are not in the order of the others.
    """

    packets: Block
    positions: Ints
    next_position: int | None
    late: bool = False
    bad: tuple[tuple[int, str], ...] = ()

    def __len__(self) -> int:
        return len(self.packets) + len(self.bad)

    @property
    def rows(self) -> list[tuple[int, Row]]:
        """Every row by itself: the slow way to look at them."""
        packets = zip(self.positions.tolist(), self.packets, strict=True)
        rows: list[tuple[int, Row]] = [(position, fields_of(packet)) for position, packet in packets]
        return sorted([*rows, *self.bad], key=lambda row: row[0]) if self.bad else rows

    @classmethod
    def of(cls, rows: Sequence[tuple[int, Row]], next_position: int | None) -> Self:
        """Rows that came one by one."""
        whole = [(position, row) for position, row in rows if not isinstance(row, str)]
        packets = [pack_row([each.encode("utf-8", "surrogateescape") for each in row]) for _, row in whole]
        return cls(
            Block.of(packets),
            np.array([position for position, _ in whole], dtype=np.int64),
            next_position,
            bad=tuple((position, row) for position, row in rows if isinstance(row, str)),
        )


class DetailStream(Protocol):
    """One file or table. `table` is what it stands for; `positioned` rows are told apart by where they stand.

    `places` says which of our columns stands where among the `width` columns of a row.
    """

    id: str
    name: str
    table: str
    log: DetailLog
    places: Mapping[str, int]
    width: int
    in_one_transaction: bool
    positioned: bool
    by_id: bool
    rows_expected: int

    def batches(self, resume: Resume) -> AsyncIterator[DetailBatch]: ...

    async def sample(self) -> list[Row]:
        """Some rows: an answer that is read to its end, so that the connection can be asked again."""
        ...


class DetailFile:
    """A CSV file, read from its beginning: what was read before is known by its offset."""

    in_one_transaction = True
    positioned = True
    by_id = False

    def __init__(
        self,
        path: Path,
        stream_id: str,
        log: DetailLog,
        columns: Sequence[str],
        places: Mapping[str, int],
        *,
        headed: bool,
    ) -> None:
        self._path = path
        self.width = len(columns)
        self._headed = headed
        self.id = stream_id
        self.name = shown_name(path)
        self.table: str = log
        self.log = log
        self.places = places
        self.rows_expected = 0
        self.unfinished_lines = 0

    async def sample(self) -> list[Row]:
        async with aclosing(self.batches(Resume())) as batches:
            async for batch in batches:
                return [row for _, row in batch.rows[:SAMPLE_ROWS]]
        return []

    async def batches(self, resume: Resume) -> AsyncGenerator[DetailBatch]:
        del resume  # every row is read; the caller knows which are repeated by their position
        batches = self._read()
        try:
            while (batch := await asyncio.to_thread(next, batches, None)) is not None:
                yield batch
        finally:
            with contextlib.suppress(ValueError):  # cancelled while the thread still reads: it ends by itself
                batches.close()

    def _read(self) -> Generator[DetailBatch]:
        with Lines(self._path) as lines:
            delimiter = CsvFile(lines).delimiter if self._headed else ","
            rows: list[tuple[int, Row]] = []
            read = 0
            for row in self._rows(lines, delimiter):
                rows.append(row)
                if len(rows) >= BATCH_ROWS:
                    read += len(rows)
                    self.rows_expected = read * lines.size_bytes // max(lines.bytes_read(), 1)
                    yield DetailBatch.of(rows, rows[-1][0] + 1)
                    rows = []
            self.rows_expected = read + len(rows)
            yield DetailBatch.of(rows, rows[-1][0] + 1 if rows else 0)

    def _rows(self, lines: Lines, delimiter: str) -> Iterator[tuple[int, Row]]:
        for record in records(lines, delimiter, self.width):
            fields: list[str] | None = record.fields
            if not record.text.strip():
                continue
            if len(record.fields) != self.width:
                fields = mended(record.fields, self.width, self.places) if self.log == "cdr" else None
            if fields is not None and (record.complete or self._headed or record.text.endswith('"')):
                yield record.offset, fields
            elif record.complete:
                yield record.offset, record.text
            elif self._headed:
                raise SourceDamaged(f"{self.name} ends in the middle of its last row; nothing of it was published.")
            else:
                self.unfinished_lines = 1  # the PBX may be writing it just now: the next run reads it whole


class DetailTable:
    """A cdr or cel table: by its id where it has one, else by the start of its records."""

    in_one_transaction = False

    def __init__(
        self, reader: Reader, name: str, log: DetailLog, columns: Mapping[str, str], *, zone: str, by_id: bool
    ) -> None:
        self._reader = reader
        self._columns = columns
        self._zone = ZoneInfo(zone)
        self.id = f"table:{name}"
        self.name = self.table = name
        self.log = log
        self.places: Mapping[str, int] = {ours: at for at, ours in enumerate(columns)}
        self.width = len(columns)
        self.by_id = self.positioned = by_id
        self.rows_expected = 0

    async def sample(self) -> list[Row]:
        columns = ", ".join(f"`{column}`" for column in self._columns.values())
        sql = f"SELECT {columns} FROM `{self.name}` LIMIT {SAMPLE_ROWS}"  # noqa: S608 - names from information_schema
        rows: list[Row] = []
        async for packets in self._reader.stream(sql):
            rows += [fields_of(packet) for packet in packets]
        return rows

    async def batches(self, resume: Resume) -> AsyncIterator[DetailBatch]:
        pages = self._by_id(resume) if self.by_id else self._by_start(resume)
        async for batch in pages:
            yield batch

    async def _by_id(self, resume: Resume) -> AsyncIterator[DetailBatch]:
        identity = f"`{self._columns['id']}`"
        last, _ = await self._extent(f"coalesce(max({identity}), -1)", "1 = 1", ())
        shrunk = last < resume.next_position - 1
        if shrunk and self.log == "cel":
            raise SourceDamaged(
                f"Table {self.name} ends at id {last}, but was read up to {resume.next_position - 1}: it was emptied "
                "or restored, and its rows cannot be told from those read before; declare it as a source of another id."
            )
        again = self.log == "cdr" and (resume.everything or shrunk)  # its records are known by their key
        start = 0 if again else resume.next_position
        if resume.sweep and resume.day_position is not None and self.log == "cdr":
            start = min(start, resume.day_position)  # records that were changed after they were written
        else:
            for at in range(0, len(resume.gaps), GAPS_ASKED_MAX):
                asked = resume.gaps[at : at + GAPS_ASKED_MAX]
                among = " OR ".join([f"{identity} BETWEEN %s AND %s"] * len(asked))
                ids = [each for gap in asked for each in gap]
                packets, positions = await self._page(f"{among} ORDER BY {identity}", ids)
                if len(packets):
                    yield DetailBatch(packets, positions, None, late=True)
        _, self.rows_expected = await self._extent("0", f"{identity} >= %s", (start,))
        while start <= last:
            where = f"{identity} >= %s AND {identity} <= %s ORDER BY {identity} LIMIT {BATCH_ROWS}"
            packets, positions = await self._page(where, (start, last))
            if not len(packets):
                return
            start = int(positions[-1]) + 1
            yield DetailBatch(packets, positions, start)

    async def _by_start(self, resume: Resume) -> AsyncIterator[DetailBatch]:
        begun = f"`{self._columns['start']}`"
        where, arguments = "1 = 1", []
        if resume.newest_at is not None and not resume.everything:
            # A row without a start is in no window: it is read, and known, every time.
            where = f"({begun} >= %s OR {begun} IS NULL OR {begun} < '{ZERO_TIME}')"
            arguments = [self._local(resume.newest_at - (DAY_S if resume.sweep else OVERLAP_S))]
        _, self.rows_expected = await self._extent("0", where, arguments)
        columns = ", ".join(f"`{column}`" for column in self._columns.values())
        sql = f"SELECT {columns} FROM `{self.name}` WHERE {where}"  # noqa: S608 - names from information_schema
        async for packets in self._reader.stream(sql, arguments, chunk_bytes=BATCH_BYTES):
            yield DetailBatch(packets, np.zeros(len(packets), dtype=np.int64), None)

    def _local(self, epoch: float) -> str:
        """An hour earlier still, for the clocks that were put back in it."""
        local = datetime.fromtimestamp(epoch, UTC).astimezone(self._zone) - timedelta(hours=1)
        return f"{local:%Y-%m-%d %H:%M:%S}"

    async def _page(self, where: str, arguments: Sequence[int]) -> tuple[Block, Ints]:
        """The rows and their ids."""
        columns = ", ".join(f"`{column}`" for column in self._columns.values())
        sql = f"SELECT {columns} FROM `{self.name}` WHERE {where}"  # noqa: S608 - names from information_schema
        stream = self._reader.stream(sql, arguments, chunk_bytes=COLUMN_CHUNK_BYTES)
        block = Block.join([packets async for packets in stream])
        return block, _numbers(block, self.places["id"], self.width)

    async def _extent(self, what: str, where: str, arguments: Sequence[object]) -> tuple[int, int]:
        sql = f"SELECT {what}, count(*) FROM `{self.name}` WHERE {where}"  # noqa: S608 - names from information_schema
        rows = await self._reader.rows(sql, arguments)
        return int(rows[0][0]), int(rows[0][1])


def detail_file(path: Path, keys: Keys, names: ColumnNames) -> DetailFile | None:
    """The stream of a file; None when it is no cdr and no cel. SourceDamaged names the columns that are missing."""
    with Lines(path) as lines:
        first = next(lines.text_lines(), "")
        second = next(lines.text_lines(), "")
    if not first.strip() or "\x00" in first:
        return None
    if is_master(split([first], ",")[0]):
        return DetailFile(path, _stream_id(keys, first), "cdr", MASTER, names.places("cdr", MASTER), headed=False)
    try:
        with Lines(path) as lines:
            columns = CsvFile(lines).columns
    except SourceDamaged:
        return None  # whoever reads queue logs has the sentence for it
    log = log_of(names, columns)
    if log is None:
        return None
    places = names.places(log, columns)
    if missing := names.missing(log, places):
        raise SourceDamaged(f"{shown_name(path)} has no {_plural(missing)}; nothing of it was published.")
    # All exports share their header: the first row behind it tells them apart.
    return DetailFile(path, _stream_id(keys, first + second), log, columns, places, headed=True)


async def detail_table(
    reader: Reader, name: str, columns: Sequence[str], names: ColumnNames, zone: str
) -> DetailTable | None:
    """The stream of a table; None when it is no cdr and no cel. SourceDamaged names the columns that are missing."""
    log = log_of(names, columns)
    if log is None:
        return None
    places = names.places(log, columns)
    if missing := names.missing(log, places):
        raise SourceDamaged(f"Table {name} has no {_plural(missing)}; nothing of it was published.")
    wanted = {ours: columns[at] for ours, at in places.items() if ours in (CDR if log == "cdr" else CEL)}
    by_id = "id" in wanted and await _is_indexed(reader, name, wanted["id"])
    if log == "cel" and not by_id:
        raise SourceDamaged(f"Table {name} has no id with an index: without it rows cannot be told apart.")
    return DetailTable(reader, name, log, wanted, zone=zone, by_id=by_id)


async def _is_indexed(reader: Reader, table: str, column: str) -> bool:
    """Whether a column is a whole number, unique, and read in pages without reading the whole table for each."""
    rows = await reader.rows(
        "SELECT count(*) FROM information_schema.statistics s JOIN information_schema.columns c "
        "USING (table_schema, table_name, column_name) WHERE s.table_schema = database() AND s.table_name = %s "
        "AND s.column_name = %s AND s.seq_in_index = 1 AND c.data_type LIKE '%%int' "
        "AND (c.extra LIKE '%%auto_increment%%' OR s.non_unique = 0 AND NOT EXISTS "
        "(SELECT 1 FROM information_schema.statistics more WHERE more.table_schema = s.table_schema "
        "AND more.table_name = s.table_name AND more.index_name = s.index_name AND more.seq_in_index = 2))",
        (table, column),
    )
    return bool(rows[0][0])


def is_master(fields: Sequence[str]) -> bool:
    """Whether a first line is a row of Master.csv."""
    start, end, duration = MASTER.index("start"), MASTER.index("end"), MASTER.index("duration")
    return (
        len(fields) == len(MASTER)
        and TIME.fullmatch(fields[start]) is not None
        and TIME.fullmatch(fields[end]) is not None
        and fields[duration].isdigit()
    )


def fields_of(packet: bytes) -> list[str]:
    """The fields of a row as the protocol writes it; null reads as the empty text."""
    return ["" if value is None else value.decode("utf-8", "surrogateescape") for value in unpack_row(packet)]


def _numbers(block: Block, at: int, columns: int) -> Ints:
    """The ids in a column of whole numbers."""
    fields = split_fields(block, columns)
    numbers, usual = plain_numbers(block, fields.starts[at], fields.lengths[at], ID_DIGITS_MAX)
    for row in np.flatnonzero(~(usual & fields.whole)).tolist():
        numbers[row] = int(fields_of(block[row])[at])
    return numbers


def _plural(missing: Sequence[str]) -> str:
    return f"{'columns' if len(missing) > 1 else 'column'} {', '.join(missing)}"


def _stream_id(keys: Keys, text: str) -> str:
    return hashlib.sha256(keys.prefix("stream") + text.encode("utf-8", "surrogateescape")).hexdigest()[:32]
