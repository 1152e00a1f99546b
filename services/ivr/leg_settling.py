"""What becomes of the legs of a batch: of those with keys of their own all at once, of the others one by one. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from services.ivr.cdr_columns import LegChunk
from services.ivr.detail_batches import QUARTER_HOUR_S, Day, KnownLeg, LegItem, Order, Read, Rows, Settled, settle_legs
from services.ivr.event_columns import Bools, Ints


@dataclass(slots=True)
class _Quarters:
    """The quarter of an hour of each row, and the local days of the quarters."""

    of_rows: Ints
    days: list[date]

    def count(self, rows: Bools) -> list[tuple[date, int]]:
        counts = np.bincount(self.of_rows[rows], minlength=len(self.days)).tolist()
        return [(day, count) for day, count in zip(self.days, counts, strict=True) if count]


def settle_leg_columns(
    chunk: LegChunk, rows: Rows, settled: Settled, known: Mapping[int, KnownLeg], *, order: Order, table: str
) -> Ints:
    """As `settle_legs`; the rows that are to be written."""
    quarters = _quarters(chunk, rows)
    for day, count in quarters.count(chunk.repeated):
        _add(settled, day, Day(read=count, duplicate=count))
    alone = ~chunk.repeated & ~_shared(chunk, known)
    for day, count in quarters.count(alone):
        _add(settled, day, Day(read=count, published=count))
    others = np.flatnonzero(~chunk.repeated & ~alone)
    if not len(others):
        return np.flatnonzero(alone)
    days = [quarters.days[quarter] for quarter in quarters.of_rows[others].tolist()]
    items = [
        LegItem(day, chunk.legs.leg(at, chunk.arena), repeated=False, again=bool(chunk.again[at]))
        for day, at in zip(days, others.tolist(), strict=True)
    ]
    settle_legs(Read(legs=items), settled, known, order=order, table=table)
    written = np.array([settled.legs.get(item.leg.leg_id) is item.leg for item in items], dtype=np.bool_)
    return np.sort(np.concatenate([np.flatnonzero(alone), others[written]]))


def _quarters(chunk: LegChunk, rows: Rows) -> _Quarters:
    quarters, places = np.unique((chunk.legs.started_at // QUARTER_HOUR_S).astype(np.int64), return_inverse=True)
    return _Quarters(places, [rows.day(quarter * QUARTER_HOUR_S) for quarter in quarters.tolist()])


def _shared(chunk: LegChunk, known: Mapping[int, KnownLeg]) -> Bools:
    """Rows with the id of a leg that is published, or that another new row of the batch has too."""
    new = np.flatnonzero(~chunk.repeated)
    ids, places, counts = np.unique(chunk.legs.leg_id[new], return_inverse=True, return_counts=True)
    shared = counts > 1
    if known:
        shared |= np.isin(ids, np.fromiter(known, dtype=np.int64, count=len(known)))
    result = np.zeros(len(chunk.legs), dtype=np.bool_)
    result[new] = shared[places]
    return result


def _add(settled: Settled, unit: date, more: Day) -> None:
    day = settled.days.setdefault(unit, Day())
    day.read += more.read
    day.published += more.published
    day.duplicate += more.duplicate
