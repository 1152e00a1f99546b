"""Rows of a legacy table that appear in days which were published without them: how many, and how late.

A row is new when no published call of its unit has its id. A changed row looks like one that went and one that came:
where rows went, only the growth of the unit counts, and by how much they were late is not known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from services.ivr.columns import Ints
from services.ivr.legacy import UnitCount
from services.ivr.legacy_columns import ColumnChunk
from services.ivr.store import load
from services.ivr.store_calls import LONG_STATEMENT_S, PublishedUnit
from services.ivr.units import Plan
from services.ivr.work import Work
from shared.postgres import Connection

IDS_COMPARED_MAX = 4_000_000  # 8 bytes each in memory; more is a quarter that changed as a whole
LATENESS_KEPT_MAX = 1_000_000
QUANTILE = 95


@dataclass(slots=True)
class _Unit:
    known: int = 0
    late: int = 0
    lateness_s: list[Ints] = field(default_factory=list)


class LateRows:
    """Takes the calls of replaced units while they pass by; without published ids to compare with it counts nothing."""

    def __init__(self, ids: Ints, as_of: float | None, published: Mapping[date, PublishedUnit]) -> None:
        self._ids = np.sort(ids)
        self._as_of = as_of
        self._published = published
        self._units: dict[date, _Unit] = {}

    @classmethod
    async def before(
        cls, conn: Connection, published: Mapping[date, PublishedUnit], plan: Plan | None, as_of: datetime | None
    ) -> "LateRows":
        """What is published of the units that are about to be replaced. Without `as_of` nothing is late."""
        units = {day: published[day] for day in plan.units("replaced")} if plan and as_of else {}
        if as_of is None or not 0 < sum(unit.rows_published for unit in units.values()) <= IDS_COMPARED_MAX:
            return cls(np.zeros(0, dtype=np.int64), None, {})
        unit_ids = [unit.unit_id for unit in units.values()]
        rows = await conn.fetch(load("unit_call_ids"), unit_ids, timeout=LONG_STATEMENT_S)
        return cls(np.array([row[0] for row in rows], dtype=np.int64), as_of.timestamp(), units)

    def take(self, chunk: ColumnChunk) -> None:
        """CPU only: called in the thread of the load."""
        if self._as_of is None:
            return
        if chunk.facts is not None and len(chunk.facts):
            facts = chunk.facts
            ended = facts.started + np.maximum(facts.duration_s, 0)
            for number in np.unique(facts.units).tolist():
                of_unit = facts.units == number
                self._see(facts.dates[number], facts.call_id[of_unit], ended[of_unit])
        for call in chunk.calls:
            ended_at = np.array([call.started + (call.duration_s or 0)], dtype=np.int64)
            self._see(call.unit, np.array([call.call_id], dtype=np.int64), ended_at)

    def _see(self, day: date, ids: Ints, ended: Ints) -> None:
        if day not in self._published or self._as_of is None:
            return
        unit = self._units.setdefault(day, _Unit())
        known = self._is_known(ids)
        unit.known += int(known.sum())
        lateness_s = self._as_of - ended[~known]
        late = lateness_s[lateness_s >= 0].astype(np.int64)
        unit.late += len(late)
        if len(late):
            unit.lateness_s.append(late)

    def _is_known(self, ids: Ints) -> NDArray[np.bool_]:
        if not len(self._ids):
            return np.zeros(len(ids), dtype=np.bool_)
        at = np.minimum(np.searchsorted(self._ids, ids), len(self._ids) - 1)
        found: NDArray[np.bool_] = self._ids[at] == ids
        return found

    def note(self, work: Work, read: Mapping[date, UnitCount]) -> None:
        """Into the run's details, after the last chunk."""
        rows, lateness_s = 0, []
        for day, unit in self._units.items():
            before = self._published[day]
            grown = max(0, read[day].rows - before.rows_read)
            if unit.known == before.rows_published:
                rows += unit.late
                lateness_s += unit.lateness_s
            else:
                rows += min(unit.late, grown)
        if rows:
            work.details["late_rows"] = work.details.get("late_rows", 0) + rows
        if lateness_s:
            measured = np.concatenate(lateness_s)[:LATENESS_KEPT_MAX]
            _note_lateness(work, measured)


def _note_lateness(work: Work, measured: Ints) -> None:
    most = float(measured.max())
    p95 = float(np.percentile(measured, QUANTILE, method="higher"))
    # Of several tables the worst counts: a quantile of quantiles would be none.
    work.details["lateness_s_max"] = max(most, work.details.get("lateness_s_max", 0.0))
    work.details["lateness_s_p95"] = max(p95, work.details.get("lateness_s_p95", 0.0))
