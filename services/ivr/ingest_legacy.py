"""Legacy tables into facts: digests first when something is published, then the changed units in one transaction."""

import asyncio
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from services.ivr import store, store_calls, store_rollups
from services.ivr.clock import moment
from services.ivr.keys import digest
from services.ivr.late_rows import LateRows
from services.ivr.legacy import Reject, UnitCount
from services.ivr.legacy_columns import ColumnChunk, ColumnInterpreter, months
from services.ivr.load_rollups import RollupLoad, rows_of
from services.ivr.memory import give_memory_back, keep_freed_memory
from services.ivr.pgbinary import Numbers, pack
from services.ivr.sources.errors import SourceDamaged
from services.ivr.sources.legacy import LegacyTable, open_legacy
from services.ivr.store import UnitProof
from services.ivr.store_calls import PublishedUnit
from services.ivr.store_names import KnownNames
from services.ivr.unit_columns import ColumnDigests
from services.ivr.units import Plan, decide
from services.ivr.work import LOAD_TIMEOUT_S, Work
from shared.log import log
from shared.postgres import Connection
from shared.tasks import end


async def ingest_legacy(work: Work) -> None:
    """Every table by itself: a damaged one is named at the end, the others are published."""
    keep_freed_memory()
    async with work.database.connection() as conn:
        done = await store.run_tables(conn, work.run_id)
    problems: list[str] = []
    async with open_legacy(work.source, work.request.tables) as tables:
        # A database estimates all of its tables; a file's size in rows is known better the further it is read.
        work.progress.rows_expected = sum(table.rows_expected for table in tables) or None
        for table in tables:
            if table.name in done:
                continue  # a resumed run: this table's transaction was committed before the interruption
            try:
                await table.check()
                await _ingest_table(work, table)
            except SourceDamaged as damage:
                problems.append(str(damage))
    work.progress.phase = "indexing"
    await store_calls.index_months(work.database)
    if problems:
        raise SourceDamaged(" ".join(problems))


async def _ingest_table(work: Work, table: LegacyTable) -> None:
    async with work.database.connection() as conn:
        published = await store_calls.published_units(conn, work.source_id, table.name, replay=work.request.replay)
    if not published:
        await _publish(work, table, published, None, {})
        return
    read = await _digest(work, table)
    plan = decide(read, published, force=work.request.force)
    if plan.to_write:
        await _publish(work, table, published, plan, read)
    elif read:
        async with work.database.transaction(timeout_s=LOAD_TIMEOUT_S) as conn:
            await _conclude(work, conn, table, _skipped(table, plan, read), published, plan, read)


async def _digest(work: Work, table: LegacyTable) -> dict[date, UnitCount]:
    work.progress.phase = f"comparing {table.name}"
    digests = ColumnDigests(work.keys, work.source.id, table.name)
    before = work.progress.rows_read
    async for rows in table.stream(work.request.window):
        await asyncio.to_thread(digests.take, rows)
        _count(work, table, len(rows), before)
    return digests.units


@dataclass(slots=True)
class _Load:
    """One table on its way into the transaction."""

    work: Work
    conn: Connection
    table: str
    interpreter: ColumnInterpreter
    rollups: RollupLoad
    late: LateRows
    names: KnownNames = field(default_factory=KnownNames)
    combinations: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 4), dtype=np.int32))
    label_sets: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    subjects: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    units: dict[date, int] = field(default_factory=dict)
    places: dict[date, int] = field(default_factory=dict)
    months: set[date] = field(default_factory=set)

    async def write(self, chunk: ColumnChunk) -> None:
        await self._learn(chunk)
        numbers = Numbers(self.work.source_id, self.units, self.combinations, self.label_sets)
        if rows := len(chunk):
            stream = await asyncio.to_thread(self._pack, chunk, numbers)
            await store_calls.copy_legacy_calls(self.conn, stream, rows)
        if chunk.rejects:
            await self._reject(chunk.rejects)

    def _pack(self, chunk: ColumnChunk, numbers: Numbers) -> bytearray:
        self.rollups.take(rows_of(chunk, self.places, self.subjects))
        self.late.take(chunk)
        return pack(chunk, numbers)

    async def _reject(self, rejects: list[Reject]) -> None:
        await store_calls.copy_rejects(self.conn, self.work.run_id, self.work.source_id, self.table, rejects)

    async def _learn(self, chunk: ColumnChunk) -> None:
        """Numbers for new names, in transactions of their own: names are harmless, and their locks short."""
        # Up to the chunk's own marks: the next chunk is being interpreted meanwhile.
        meanings = self.interpreter.meanings[len(self.combinations) : chunk.meanings]
        label_sets = self.interpreter.label_sets[len(self.label_sets) : chunk.label_sets]
        new_months = await asyncio.to_thread(months, chunk) - self.months
        unknown = self.names.unknown(meanings)
        if unknown or label_sets or new_months:
            async with self.work.database.connection() as conn:
                for month in sorted(new_months):
                    await store_calls.ensure_month(conn, "legacy_calls", month)
                if unknown:
                    await self.names.learn(conn, unknown)
                for labels in label_sets:
                    number = await store_calls.ensure_label_set(conn, labels)
                    self.label_sets = np.append(self.label_sets, np.int32(number))
            self.months |= new_months
        if meanings:
            found = self.names.subjects(meanings)
            more = np.array([subject[:4] for subject in found], dtype=np.int32)
            self.combinations = np.concatenate([self.combinations, more])
            self.subjects = np.concatenate([self.subjects, self.rollups.subjects.add(found)])
        if new_units := chunk.units - self.units.keys():
            numbers = await store_calls.ensure_units(self.conn, self.work.source_id, self.table, new_units)
            self.units.update(numbers)
            self.places.update({day: self.rollups.place_of(number) for day, number in numbers.items()})


async def _publish(
    work: Work,
    table: LegacyTable,
    published: dict[date, PublishedUnit],
    plan: Plan | None,
    read: dict[date, UnitCount],
) -> None:
    """One transaction a table: cancel, kill or damage discards it whole."""
    work.progress.phase = f"loading {table.name}"
    wanted = plan.to_write if plan else None
    interpreter = ColumnInterpreter(
        keys=work.keys, clock=work.clock(), source=work.source.id, table=table.name, wanted=wanted
    )
    async with work.database.transaction(timeout_s=LOAD_TIMEOUT_S) as conn:
        days: set[date] = set()
        as_of_before = await store.data_as_of(conn, work.source_id)
        late = await LateRows.before(conn, published, plan, None if work.request.rekey else as_of_before)
        if plan and (replaced := plan.units("replaced")):
            ids = [published[unit].unit_id for unit in replaced]
            days = await store_rollups.unit_days(conn, ids)
            await store_calls.delete_units(conn, work.source_id, table.name, replaced, ids)
        load = _Load(work, conn, table.name, interpreter, RollupLoad(work.source_id, work.source.zone), late)
        await _stream(work, table, load, wanted)
        units = interpreter.units
        del interpreter, load.interpreter  # what it knows of a large table is worth 200 MB, and rolling up needs them
        await asyncio.to_thread(give_memory_back)
        if plan:
            _same_rows(table, plan, read, units)
            late.note(work, units)
        proofs = [_written(table, unit, count, plan) for unit, count in units.items()]
        if plan:
            proofs += _skipped(table, plan, read)
        work.progress.phase = f"rolling up {table.name}"
        days |= await load.rollups.write(conn, work.database)
        await asyncio.to_thread(give_memory_back)
        await store_calls.publish_units(
            conn,
            work.run_id,
            [(load.units[u], count, digest(count.hash_total, count.rows)) for u, count in units.items()],
        )
        if units:
            newest = max((c.last_ended for c in units.values() if c.last_ended is not None), default=None)
            await store.move_data_version(conn, work.source_id, None if newest is None else moment(newest))
        await load.rollups.conclude(conn, work.database, days, as_of_before)
        await _conclude(work, conn, table, proofs, published, plan, read)
    rows = sum(count.rows for count in units.values())
    log.info(f"published {rows} rows of {table.name}", source=work.source.id, run_id=work.run_id, rows=rows)


async def _stream(work: Work, table: LegacyTable, load: _Load, wanted: frozenset[date] | None) -> None:
    """Rows are interpreted in a thread while the chunk before them is being copied; never more than two are held.

    While people ask, a chunk is read when the one before it is written.
    """
    writing: asyncio.Task[None] | None = None
    before = work.progress.rows_read
    try:
        async for rows in table.stream(work.request.window, wanted):
            chunk = await asyncio.to_thread(load.interpreter.take, rows)
            if writing is not None:
                await writing
            writing = asyncio.create_task(load.write(chunk))
            if work.manners.give_way():
                await writing
                writing = None
            # With a plan the rows were counted when their digests were made.
            _count(work, table, len(rows) if wanted is None else 0, before)
        if writing is not None:
            await writing
    except BaseException:
        if writing is not None:
            await end([writing])
        raise


def _count(work: Work, table: LegacyTable, rows: int, before: int) -> None:
    if rows and not work.source.login:
        work.progress.rows_expected = before + table.rows_expected
    work.read(rows)


async def _conclude(
    work: Work,
    conn: Connection,
    table: LegacyTable,
    proofs: list[UnitProof],
    published: dict[date, PublishedUnit],
    plan: Plan | None,
    read: dict[date, UnitCount],
) -> None:
    if plan and (held := plan.units("held")):
        await store_calls.hold_units(conn, [(published[unit].unit_id, read[unit].rows) for unit in held])
        log.warning(
            f"held {len(held)} shrunk units of {table.name}: the source has fewer rows than are published",
            source=work.source.id,
            run_id=work.run_id,
        )
    await store.add_proofs(conn, work.run_id, proofs)
    await work.lease.check(conn)


def _same_rows(table: LegacyTable, plan: Plan, compared: dict[date, UnitCount], loaded: dict[date, UnitCount]) -> None:
    for unit in plan.to_write:
        first, second = compared[unit], loaded.get(unit, UnitCount())
        if (first.rows, first.hash_total) != (second.rows, second.hash_total):
            raise SourceDamaged(
                f"{table.name} changed while it was being read; nothing of it was published, run it again."
            )


def _written(table: LegacyTable, unit: date, count: UnitCount, plan: Plan | None) -> UnitProof:
    return UnitProof(
        source_table=table.name,
        unit_date=unit,
        rows_read=count.rows,
        outcome=plan.decisions[unit] if plan else "new",
        rows_published=count.rows - count.rejected,
        rows_rejected=count.rejected,
    )


def _skipped(table: LegacyTable, plan: Plan, read: dict[date, UnitCount]) -> list[UnitProof]:
    unchanged = [
        UnitProof(table.name, unit, read[unit].rows, "unchanged", rows_unchanged=read[unit].rows)
        for unit in plan.units("unchanged")
    ]
    held = [
        UnitProof(table.name, unit, read[unit].rows, "shrunk", rows_held=read[unit].rows) for unit in plan.units("held")
    ]
    return unchanged + held
