"""Batches of cdr and cel rows: what each row is, and what becomes of it. Pure.

A row read again is a duplicate; a record whose content has changed replaces what was known of it; a row that cannot be
used is one reject, once. Of several records with one key and different contents one counts, whichever comes first.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import itemgetter
from typing import Literal, NamedTuple

from services.ivr.cdr import CdrReader, Leg, Record, leg_hash
from services.ivr.cel import CelEvent, CelReader
from services.ivr.clock import LocalClock, moment
from services.ivr.keys import Keys
from services.ivr.legacy import NO_DATE, Reject
from services.ivr.names import BadRow, epoch_of, masked_row
from services.ivr.occurrences import Occurrences
from services.ivr.zone_check import ZoneTally

QUARTER_HOUR_S = 900  # no zone changes its day within one
_POSITION_MASK = 2**63 - 1
Row = Sequence[str] | str
# Which of several records with one key and different contents counts: the one with the highest id; the one that ended
# last, where nothing but the content tells rows apart; the one that was read last, where all is read in its order.
Order = Literal["place", "content", "read"]


@dataclass(slots=True)
class Day:
    """The account of one day."""

    read: int = 0
    published: int = 0
    rejected: int = 0
    duplicate: int = 0


Days = dict[date, Day]


class KnownLeg(NamedTuple):
    """A leg that is published: its place, what it says, and where it was read."""

    caller_id: int
    started_at: datetime
    ended_at: datetime | None
    hash: int
    source_table: str
    position: int


class LegItem(NamedTuple):
    """A readable row: `repeated` by its position, it is not looked at again; `again` when its key came before."""

    unit: date
    leg: Leg
    repeated: bool
    again: bool = False


@dataclass(slots=True)
class Read:
    """What the rows of one batch say. `bad` has a reject and whether its position was read before."""

    legs: list[LegItem] = field(default_factory=list)
    events: list[tuple[date, CelEvent, bool]] = field(default_factory=list)
    bad: list[tuple[Reject, bool]] = field(default_factory=list)
    newest_at: float | None = None

    def see(self, at: float, latest: float) -> None:
        """A time that has not come yet is a clock that was wrong: it must not move the window."""
        if at <= latest and (self.newest_at is None or at > self.newest_at):
            self.newest_at = at


@dataclass(slots=True)
class Settled:
    """What one batch becomes: the account, legs to write, places of legs that they replace."""

    days: Days = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    legs: dict[int, Leg] = field(default_factory=dict)
    replaced: list[tuple[int, datetime, int]] = field(default_factory=list)
    changed: int = 0

    def day(self, unit: date) -> Day:
        day = self.days.setdefault(unit, Day())
        day.read += 1
        return day


class Rows:
    """Days and places of one stream's rows, for both logs."""

    def __init__(self, keys: Keys, clock: LocalClock, *, positioned: bool, places: Mapping[str, int]) -> None:
        self._keys = keys
        self._clock = clock
        self.positioned = positioned
        self._columns = {at: name for name, at in places.items()}
        self._days: dict[int, date] = {}

    def position(self, position: int, row: Row) -> int:
        """Where a row stands; one of a table without an id stands where its content says."""
        if self.positioned:
            return position
        return self._keys.text_id("row", *([row] if isinstance(row, str) else row)) & _POSITION_MASK

    def day(self, at: float) -> date:
        quarter = int(at) // QUARTER_HOUR_S
        day = self._days.get(quarter)
        if day is None:
            day = self._days[quarter] = self._clock.day(quarter * QUARTER_HOUR_S)
        return day

    def reject(self, position: int, row: Row, reason: str) -> Reject:
        shown = row if isinstance(row, str) else {self._columns.get(at, f"{at + 1}"): v for at, v in enumerate(row)}
        return Reject(NO_DATE, self.position(position, row), reason, masked_row(shown))


class LegRows:
    """Rows of one cdr stream into legs."""

    def __init__(self, reader: CdrReader, rows: Rows, zone: ZoneTally) -> None:
        self._reader = reader
        self._rows = rows
        self._zone = zone
        self._occurrences = Occurrences()
        self._batches = Occurrences()  # of each leg, where rows have no place

    def read(self, batch: Iterable[tuple[int, Row]], *, known_below: int, latest: float) -> Read:
        """Positions below `known_below` were read before."""
        found = Read()
        records: list[tuple[Record, bool]] = []
        for position, row in batch:
            try:
                records.append((self._record(position, row), position < known_below))
            except BadRow as reason:
                found.bad.append((self._rows.reject(position, row, str(reason)), position < known_below))
        # The n-th of identical records without a key is told from the first by counting them.
        keyless = [self._reader.content_id(record) for record, _ in records if record.key is None]
        occurrences = iter(self._occurrences.count(keyless))
        for record, repeated in records:
            leg = self._reader.with_id(record, next(occurrences) if record.key is None else 1)
            self._zone.add(leg.started_at, epoch_of(leg.unique_id))
            found.see(leg.started_at, latest)
            found.legs.append(LegItem(self._rows.day(leg.started_at), leg, repeated))
        if not self._rows.positioned:
            ids = list(dict.fromkeys(item.leg.leg_id for item in found.legs))
            before = {leg_id for leg_id, batch in zip(ids, self._batches.count(ids), strict=True) if batch > 1}
            found.legs = [item._replace(again=item.leg.leg_id in before) for item in found.legs]
        return found

    def _record(self, position: int, row: Row) -> Record:
        if isinstance(row, str):
            raise BadRow("the row has other fields than its file")
        return self._reader.read(position, row)


class EventRows:
    """Rows of one cel stream into events."""

    def __init__(self, reader: CelReader, rows: Rows) -> None:
        self._reader = reader
        self._rows = rows

    def read(self, batch: Iterable[tuple[int, Row]], *, known_below: int, latest: float) -> Read:
        """Positions below `known_below` were read before."""
        found = Read()
        for position, row in batch:
            repeated = position < known_below
            try:
                if isinstance(row, str):
                    raise BadRow("the row has other fields than its file")  # noqa: TRY301 - one way out for all bad rows
                event = self._reader.read(position, row)
            except BadRow as reason:
                found.bad.append((self._rows.reject(position, row, str(reason)), repeated))
                continue
            found.see(event.at, latest)
            found.events.append((self._rows.day(event.at), event, repeated))
        return found


def settle_bad(bad: Iterable[tuple[Reject, bool]], settled: Settled, known: Collection[int]) -> None:
    """Bad rows: rejected once, then duplicates. `known` has the positions that were rejected before."""
    seen = set(known)
    for reject, repeated in bad:
        day = settled.day(reject.unit)
        if repeated or reject.position in seen:
            day.duplicate += 1
            continue
        seen.add(reject.position)
        day.rejected += 1
        settled.rejects.append(reject)


def settle_legs(
    found: Read, settled: Settled, known: Mapping[int, KnownLeg], *, order: Order = "read", table: str = ""
) -> None:
    """Legs: new, known, or known with another content; of several with one key the one that counts by `order`."""
    hashes = [leg_hash(item.leg) for item in found.legs]
    chosen = _chosen(found.legs, hashes, order)
    for n, (unit, leg, repeated, again) in enumerate(found.legs):
        day = settled.day(unit)
        before = known.get(leg.leg_id)
        if repeated or chosen[leg.leg_id] != n:
            day.duplicate += 1
        elif before is not None and before.hash == hashes[n]:
            day.duplicate += 1
            if order == "place" and before.source_table == table and leg.position > before.position:
                settled.legs[leg.leg_id] = leg  # it says the same, and it is the later one that another is held against
        elif before is not None and _stays(before, leg, hashes[n], order=order, table=table, again=again):
            day.duplicate += 1
        else:
            day.published += 1
            settled.changed += before is not None
            settled.legs[leg.leg_id] = leg
    settled.replaced = [
        (known[leg_id].caller_id, known[leg_id].started_at, leg_id) for leg_id in settled.legs if leg_id in known
    ]


def _chosen(items: Sequence[LegItem], hashes: Sequence[int], order: Order) -> dict[int, int]:
    """Of each leg the place in the batch of the row that counts."""

    def counts(n: int, first: int) -> bool:
        one, other = items[n].leg, items[first].leg
        match order:
            case "place":
                return one.position > other.position
            case "content":
                return standing(one, hashes[n]) > standing(other, hashes[first])
            case _:
                return True

    chosen: dict[int, int] = {}
    for n, item in enumerate(items):
        if not item.repeated and (item.leg.leg_id not in chosen or counts(n, chosen[item.leg.leg_id])):
            chosen[item.leg.leg_id] = n
    return chosen


def _stays(before: KnownLeg, leg: Leg, hashed: int, *, order: Order, table: str, again: bool) -> bool:
    """Whether what is published counts and not this row: an earlier one with the same key, or one that ended earlier.

    Where only the content tells, what is published may be what the row said before it was changed: so it is compared
    only when this very run has read the key before.
    """
    if order == "place":
        return before.source_table == table and leg.position < before.position
    if order == "content" and again:
        ended = before.started_at if before.ended_at is None else before.ended_at
        return (ended, before.hash) > standing(leg, hashed)
    return False


def standing(leg: Leg, hashed: int) -> tuple[datetime, int]:
    """Of records with one key and without a place the one that ended last counts; the hash decides between equals."""
    return moment(leg.started_at if leg.ended_at is None else leg.ended_at), hashed


def settle_events(found: Read, settled: Settled) -> list[CelEvent]:
    """Events: the fresh ones, in the order of their stream."""
    for (unit, repeated), rows in Counter(map(itemgetter(0, 2), found.events)).items():
        day = settled.days.setdefault(unit, Day())
        day.read += rows
        if repeated:
            day.duplicate += rows
        else:
            day.published += rows
    return [event for _, event, repeated in found.events if not repeated]
