"""A legacy source against its published calls: every row is interpreted again and compared, day by day.

The source is streamed once, in one read-only snapshot; a second time only for the days that differ, to name the rows.
"""

import asyncio
from array import array
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date

from services.ivr import store_reconcile
from services.ivr.clock import LocalClock
from services.ivr.config import Source
from services.ivr.keys import Keys, digest
from services.ivr.legacy import Interpreter
from services.ivr.reconcile import (
    Cell,
    Compared,
    HashedCall,
    HashedUnit,
    RowDifference,
    Tally,
    compare,
    differing_buckets,
    fold,
    legacy_hash,
    legacy_words,
    row_differences,
    wrap64,
)
from services.ivr.sources.legacy import LegacyTable, Window, open_legacy
from services.ivr.store_reconcile import Findings, FoundRow, UnitTally
from services.ivr.work import LOAD_TIMEOUT_S
from shared.postgres import Connection, Database

UNKNOWN_SEGMENT = "desconocido"
DEEP_UNITS_MAX = 31  # a month of differing days; more is a missing load, and its rows help nobody
DEEP_ROWS_MAX = 4_000_000  # 32 bytes each while they are compared
ROWS_NAMED_MAX = 1_000  # rows to be looked at by a person
ATTEMPTS_MAX = 3  # a run that publishes meanwhile makes the comparison start again
_DIGEST_COUNT_BYTES = 8


class Overtaken(Exception):  # noqa: N818 - reads as what happened
    """Runs published while the source was compared; reconcile when none works."""


async def reconcile_legacy(
    database: Database, keys: Keys, source: Source, source_id: int, window: Window, *, deep: bool
) -> Findings:
    """Overtaken when runs publish again and again while both sides differ."""
    for _ in range(ATTEMPTS_MAX):
        async with database.connection() as conn:
            version = await store_reconcile.data_version(conn, source_id)
        async with open_legacy(source, ()) as tables:
            side = await _read(keys, source, tables, window)
            async with snapshot(database) as conn:
                differs = _Difference(conn, keys, source, source_id, window)
                await differs.compare(side)
                overtaken = await store_reconcile.data_version(conn, source_id) != version
                if not differs.different or not overtaken:
                    if deep:
                        await differs.name_rows(tables)
                    return differs.findings()
    raise Overtaken(Overtaken.__doc__)


@asynccontextmanager
async def snapshot(database: Database) -> AsyncIterator[Connection]:
    """The warehouse as it was at one moment, however long the comparison takes."""
    async with database.transaction(readonly=True, timeout_s=LOAD_TIMEOUT_S, one_snapshot=True) as conn:
        yield conn


@dataclass(slots=True)
class _Side:
    """The source's side: calls by DID, because segments are the warehouse's; and all rows of each unit."""

    calls: dict[Cell, Tally] = field(default_factory=dict)
    units: dict[Cell, Tally] = field(default_factory=dict)


async def _read(keys: Keys, source: Source, tables: Sequence[LegacyTable], window: Window) -> _Side:
    side = _Side()
    for table in tables:
        await table.check()
        reading = _Reading(keys, source, table.name)
        async for rows in table.stream(window):
            await asyncio.to_thread(reading.tally, rows)
        reading.conclude(side)
    return side


class _Reading:
    """Rows of one table, interpreted and hashed. CPU only: it runs in a thread."""

    def __init__(self, keys: Keys, source: Source, table: str, wanted: frozenset[date] | None = None) -> None:
        self._table = table
        self._words: dict[tuple[int, int], bytes] = {}
        self._sums: dict[tuple[date, int], list[int]] = {}
        self.interpreter = Interpreter(
            keys=keys, clock=LocalClock(source.zone), source=source.id, table=table, wanted=wanted
        )
        self.units: dict[date, _Columns] = {}

    def tally(self, rows: Sequence[bytes]) -> None:
        sums = self._sums
        for call in self.interpreter.take(rows).calls:
            key = (call.unit, call.combination)
            total = sums.get(key)
            if total is None:
                total = sums[key] = [0, 0]
            total[0] += 1
            total[1] += legacy_hash(call, self._words_of(call.combination, call.label_set))

    def keep(self, rows: Sequence[bytes]) -> None:
        for call in self.interpreter.take(rows).calls:
            columns = self.units.setdefault(call.unit, _Columns())
            columns.ids.append(call.call_id)
            columns.hashes.append(legacy_hash(call, self._words_of(call.combination, call.label_set)))
            columns.started.append(call.started)
            columns.combinations.append(call.combination)

    def conclude(self, side: _Side) -> None:
        for (unit, combination), (rows, total) in self._sums.items():
            cell = Cell("segment", self._table, unit, self.interpreter.meanings[combination].did)
            before = side.calls.get(cell, Tally())
            side.calls[cell] = Tally(before.rows + rows, wrap64(before.hash + total))
        for unit, count in self.interpreter.units.items():
            known = digest(count.hash_total, count.rows)
            hashed = int.from_bytes(known[_DIGEST_COUNT_BYTES:], "big")
            side.units[Cell("unit", self._table, unit)] = Tally(count.rows, hashed)

    def calls(self, unit: date, numbers: Sequence[int]) -> tuple[HashedUnit, list[HashedCall]]:
        """A unit's calls, and those of some buckets in words."""
        columns = self.units.get(unit, _Columns())
        hashed = HashedUnit.of(columns.ids, columns.hashes)
        return hashed, [self._call(columns, at) for at in hashed.within(numbers).tolist()]

    def _call(self, columns: "_Columns", at: int) -> HashedCall:
        meaning = self.interpreter.meanings[columns.combinations[at]]
        words = f"{meaning.did} {meaning.menu} {meaning.option} {meaning.centre}"
        return HashedCall(columns.ids[at], columns.hashes[at], columns.started[at], words)

    def _words_of(self, combination: int, label_set: int) -> bytes:
        key = (combination, label_set)
        words = self._words.get(key)
        if words is None:
            meaning, labels = self.interpreter.meanings[combination], self.interpreter.label_sets[label_set]
            words = self._words[key] = legacy_words(meaning, labels)
        return words


@dataclass(slots=True)
class _Columns:
    ids: "array[int]" = field(default_factory=lambda: array("q"))
    hashes: "array[int]" = field(default_factory=lambda: array("q"))
    started: "array[int]" = field(default_factory=lambda: array("q"))
    combinations: "array[int]" = field(default_factory=lambda: array("i"))


class _Difference:
    """Both sides beside each other, the warehouse's in one snapshot."""

    def __init__(self, conn: Connection, keys: Keys, source: Source, source_id: int, window: Window) -> None:
        self._conn = conn
        self._keys = keys
        self._source = source
        self._source_id = source_id
        self._window = window
        self._units: dict[tuple[str, date], UnitTally] = {}
        self._compared: list[Compared] = []
        self._rows: list[FoundRow] = []
        self._rows_different: int | None = None
        self._notes: list[str] = []

    @property
    def different(self) -> bool:
        return any(each.verdict != "equal" for each in self._compared)

    async def compare(self, side: _Side) -> None:
        bounds = (self._window.since, self._window.until)
        segments = await store_reconcile.did_segments(self._conn)
        self._units = await store_reconcile.unit_tallies(self._conn, self._source_id, *bounds)
        calls = await store_reconcile.legacy_tallies(self._conn, self._source_id, *bounds)
        expected = fold(side.calls, lambda did: segments.get(did, UNKNOWN_SEGMENT)) | side.units
        self._compared = compare(expected, calls | self._unit_cells(calls))
        if held := sum(unit.held for unit in self._units.values()):
            self._notes.append(f"{held} units are held: the source has fewer rows of them than are published.")
        if any(each.verdict == "gone" for each in self._compared):
            self._notes.append("Some days are gone at the source; --from leaves out what is purged there.")

    def _unit_cells(self, calls: dict[Cell, Tally]) -> dict[Cell, Tally]:
        """Rows of a unit are its calls and its rejects, counted where they lie rather than where they are noted."""
        rows = {key: unit.rejects for key, unit in self._units.items()}
        for cell, tally in calls.items():
            key = (cell.source_table, cell.day)
            rows[key] = rows.get(key, 0) + tally.rows
        hashes = {key: unit.digest_hash for key, unit in self._units.items()}
        return {Cell("unit", *key): Tally(count, hashes.get(key, 0)) for key, count in rows.items()}

    async def name_rows(self, tables: Sequence[LegacyTable]) -> None:
        """Bisection: buckets of the differing units first, then the calls of the buckets that differ."""
        wanted = self._wanted()
        readings: dict[str, _Reading] = {}
        for table in tables:
            if units := frozenset(day for name, day in wanted if name == table.name):
                reading = readings[table.name] = _Reading(self._keys, self._source, table.name, units)
                async for rows in table.stream(self._window, units):
                    await asyncio.to_thread(reading.keep, rows)
        self._rows_different = 0
        for name, day in wanted:
            reading = readings.get(name) or _Reading(self._keys, self._source, name)
            found = await self._differing_calls(reading, name, day)
            self._rows_different += len(found)
            room = ROWS_NAMED_MAX - len(self._rows)
            self._rows += [FoundRow(name, day, each) for each in found[:room]]
        if self._rows_different > len(self._rows):
            self._notes.append(f"The first {ROWS_NAMED_MAX} of {self._rows_different} differing rows are named.")

    def _wanted(self) -> list[tuple[str, date]]:
        """The differing units that are compared row by row, oldest first, within the limits of memory."""
        sizes: dict[tuple[str, date], int] = {}
        for each in self._compared:
            if each.verdict != "equal":
                key = (each.cell.source_table, each.cell.day)
                sizes[key] = max(sizes.get(key, 0), each.source.rows)
        wanted: list[tuple[str, date]] = []
        rows = 0
        for key, size in sizes.items():
            if len(wanted) == DEEP_UNITS_MAX or (wanted and rows + size > DEEP_ROWS_MAX):
                self._notes.append(f"Rows of the first {len(wanted)} of {len(sizes)} differing units are compared.")
                break
            wanted.append(key)
            rows += size
        return wanted

    async def _differing_calls(self, reading: _Reading, name: str, day: date) -> list[RowDifference]:
        unit = self._units.get((name, day))
        where = (self._source_id, -1 if unit is None else unit.unit_id)
        hashed, _ = reading.calls(day, ())
        numbers = differing_buckets(hashed.buckets(), await store_reconcile.legacy_buckets(self._conn, *where))
        if not numbers:
            return []
        theirs = await store_reconcile.legacy_bucket_calls(self._conn, numbers, *where)
        _, ours = reading.calls(day, numbers)
        return row_differences(ours, theirs)

    def findings(self) -> Findings:
        return Findings(self._compared, self._rows, self._rows_different, self._notes)
