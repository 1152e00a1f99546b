"""One transaction of a queue log: slices into facts, kept events, rejects and agents; in the end rollups and proof."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from services.ivr import store, store_agents, store_calls, store_queue, store_queue_rollups
from services.ivr.ahead import in_thread
from services.ivr.clock import moment
from services.ivr.event_columns import Floats, Ints
from services.ivr.id_blocks import ReadIds
from services.ivr.queue_ahead import Told
from services.ivr.queue_events import AgentEvent
from services.ivr.queue_pack import pack_kept
from services.ivr.queue_slices import Day, Slice
from services.ivr.queue_telling import Telling
from services.ivr.queue_touched import Touched
from services.ivr.sources.asterisk import QueueStream
from services.ivr.store import UnitProof
from services.ivr.store_queue import KnownNames
from services.ivr.store_queue_rollups import BulkRollups, DataEnd
from services.ivr.work import Work
from shared.log import log
from shared.postgres import Connection

VERBS_SHOWN_MAX = 100  # real logs have some fifty; damage could have any number


@dataclass(slots=True)
class Load:
    """What one transaction has written so far. It is thrown away with it."""

    work: Work
    conn: Connection
    stream: QueueStream
    known: KnownNames
    newest_before: float | None
    ids: ReadIds | None  # None: the stream is known by how far it was read
    newest_at: float | None = None
    touched: Touched = field(default_factory=Touched)
    agents: list[AgentEvent] = field(default_factory=list)
    days: dict[date, Day] = field(default_factory=dict)
    verbs: Counter[str] = field(default_factory=Counter)
    lateness_s: list[Floats] = field(default_factory=list)
    late_rows: int = 0
    next_position: int = 0
    rows: int = 0
    slices: int = 0

    def __post_init__(self) -> None:
        self.newest_at = self.newest_before

    async def write(self, slice_: Told) -> None:
        """Write one slice. What it holds of calls that are not over yet is kept for the next one."""
        source_id, part, told = self.work.source_id, slice_.part, slice_.telling
        numbers = await self.known.of(self.conn, told.kept)
        names, callids = self.known.names, part.callids
        async with in_thread(lambda: pack_kept(told.kept, told.kept_open, source_id, numbers, names, callids)) as kept:
            if len(told.calls):
                await self._write_calls(slice_)
            await store_queue.replace_kept_events(self.conn, source_id, slice_.outdated, *await kept)
        if part.rejects:
            await store_calls.copy_rejects(self.conn, self.work.run_id, source_id, self.stream.name, part.rejects)
        self._count(part, told)

    def _count(self, part: Slice, told: Telling) -> None:
        for unit, day in part.days.items():
            total = self.days.setdefault(unit, Day())
            total.read += day.read
            total.published += day.published
            total.rejected += day.rejected
            total.duplicate += day.duplicate
        self.verbs.update(part.verbs)
        self.agents += part.agents
        self.lateness_s += part.lateness_s
        self.late_rows += part.late_rows
        self.next_position = max(self.next_position, part.next_position)
        self.rows += part.rows
        self.slices += 1
        self.newest_at = told.newest_at
        if self.ids is not None and part.is_news:
            times = np.concatenate(part.times)
            self.ids.add(np.concatenate(part.positions), np.where(np.isnan(times), self.newest_at or 0.0, times))

    async def _write_calls(self, slice_: Told) -> None:
        calls = slice_.telling.calls
        for month in _months(calls.entered_at):
            async with self.work.database.connection() as other:
                await store_calls.ensure_month(other, "queue_calls", month)
            await store_calls.notice_month(self.conn, "queue_calls", month)
        zone, names = ZoneInfo(self.work.source.zone), self.known.names
        place, texts = (self.conn, self.work.source_id), (names, slice_.part.callids)
        if not slice_.in_bulk and not self.touched.in_bulk:
            self.touched.add(calls, names, await store_queue.write_few_calls(*place, calls, *texts))
            return
        self.touched.add(calls, names, None)
        bulk = await BulkRollups.begin(*place, zone, calls, names)
        async with in_thread(lambda: bulk.count(calls, names)) as counted:
            await store_queue.write_calls(*place, calls, slice_.fresh, slice_.packed, *texts)
            await bulk.write(self.conn, await counted)

    async def conclude(self) -> None:
        """The stream's position, agents, rollups, the proof and the version, in the transaction of the calls."""
        work, conn = self.work, self.conn
        published = sum(day.published + day.rejected for day in self.days.values())
        await store_calls.move_stream(
            conn, work.source_id, self.stream.id, self.stream.name, self.next_position, published
        )
        if self.ids is not None:
            await store_queue.write_read_ids(conn, work.source_id, self.stream.id, self.ids)
        await store.add_proofs(conn, work.run_id, [self._proof(unit, day) for unit, day in self.days.items()])
        if published:
            zone = ZoneInfo(work.source.zone)
            await store.move_data_version(
                conn, work.source_id, None if self.newest_at is None else moment(self.newest_at)
            )
            await store_agents.add_events(conn, work.source_id, self.agents)
            await store_queue_rollups.roll_up(
                conn, work.source_id, zone, self.touched, DataEnd(self.newest_before, self.newest_at)
            )

    def tell_of_it(self) -> None:
        """After the commit: what the run's details and the log say."""
        work, details = self.work, self.work.details
        published = sum(day.published + day.rejected for day in self.days.values())
        if published:
            log.info(
                f"published {published} rows of {self.stream.name}",
                source=work.source.id,
                run_id=work.run_id,
                rows=published,
            )
        verbs = Counter(details.get("verbs", {})) + self.verbs
        details["verbs"] = dict(verbs.most_common(VERBS_SHOWN_MAX))
        if self.late_rows:
            details["late_rows"] = details.get("late_rows", 0) + self.late_rows

    def _proof(self, unit: date, day: Day) -> UnitProof:
        return UnitProof(
            source_table=self.stream.name,
            unit_date=unit,
            rows_read=day.read,
            outcome="published" if day.published or day.rejected else "duplicate",
            rows_published=day.published,
            rows_rejected=day.rejected,
            rows_duplicate=day.duplicate,
        )


def _months(moments: Floats) -> list[date]:
    """The first days of the months of UTC: the partitions."""
    found: Ints = np.unique((moments // 1).astype("datetime64[s]").astype("datetime64[M]"))
    return [each.astype(date) for each in found]
