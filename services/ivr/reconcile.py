"""Source against warehouse: hashes of calls, order-free sums of them, and where two sides differ. Pure.

Both sides hash the same bytes (the functions `*_call_hashes` write them in SQL); a sum instead of an exclusive or, so
that a row that is there twice does not vanish.
"""

import hashlib
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.ivr.clock import moment
from services.ivr.legacy import Call
from services.ivr.queue_calls import QueueCall
from services.ivr.rules import Meaning

Part = Literal["unit", "segment", "events", "queue", "legs", "steps", "cel_events"]
Verdict = Literal["equal", "missing", "extra", "changed", "gone"]
RowVerdict = Literal["missing", "extra", "changed"]
RowKind = Literal["call", "leg", "step"]

BUCKETS = 256  # a unit of 150 000 calls falls into buckets of 600: what crosses the wire for one difference
_BUCKET_SHIFT = 56
_MASK_64: Final = (1 << 64) - 1
_LEGACY_HEAD: Final = struct.Struct(">qqqih?")
_QUEUE_HEAD: Final = struct.Struct(">qqq")
_NULL: Final = b"\xff"
_EPOCH_2000_S = 946_684_800
_EPOCH_2000: Final = moment(_EPOCH_2000_S)
_MICROSECOND: Final = timedelta(microseconds=1)


class Cell(NamedTuple):
    """What is compared: one part of one day. `name` is the segment or queue, empty for all rows."""

    part: Part
    source_table: str
    day: date
    name: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows, and the sum of their hashes."""

    rows: int = 0
    hash: int = 0


@dataclass(frozen=True, slots=True)
class Compared:
    cell: Cell
    source: Tally
    warehouse: Tally
    verdict: Verdict


class HashedCall(NamedTuple):
    """A call, leg or step as it is compared; `at` is its start in seconds since 1970."""

    call_id: int
    hash: int
    at: float
    description: str


class RowDifference(NamedTuple):
    verdict: RowVerdict
    call: HashedCall


def legacy_words(meaning: Meaning, labels: Sequence[str]) -> bytes:
    """The names of a legacy call, made once per combination."""
    words = (meaning.did, meaning.menu_key, meaning.option, meaning.centre, "\x1e".join(labels))
    return "\x1f".join(words).encode()


def legacy_hash(call: Call, words: bytes) -> int:
    head = _LEGACY_HEAD.pack(
        call.call_id,
        call.caller_id,
        (call.started - _EPOCH_2000_S) * 1_000_000,
        call.occurrence,
        call.line_kind,
        call.swapped,
    )
    duration = b"" if call.duration_s is None else call.duration_s.to_bytes(4, "big")
    return _hash64(head + duration + words)


def queue_hash(call: QueueCall) -> int:
    words = "\x1f".join((call.callid, call.queue, "\x1e" if call.agent is None else call.agent, call.exit))
    numbers = (call.wait_s, call.ring_s, call.talk_s)
    return _hash64(
        b"".join(
            (
                _QUEUE_HEAD.pack(call.call_id, call.caller_id, _micros(call.entered_at)),
                _NULL if call.ended_at is None else struct.pack(">q", _micros(call.ended_at)),
                *(_NULL if number is None else struct.pack(">d", number) for number in numbers),
                _NULL if call.entry_position is None else struct.pack(">i", call.entry_position),
                struct.pack(">ii", call.transfers, call.ring_no_answer),
                words.encode(),
            )
        )
    )


def compare(source: Mapping[Cell, Tally], warehouse: Mapping[Cell, Tally]) -> list[Compared]:
    """Every cell of either side with its verdict, in the order of a calendar."""
    days = {(cell.source_table, cell.day) for cell, tally in source.items() if tally.rows}
    compared = []
    for cell in sorted(source.keys() | warehouse.keys(), key=_calendar):
        ours, theirs = source.get(cell, Tally()), warehouse.get(cell, Tally())
        gone = (cell.source_table, cell.day) not in days
        compared.append(Compared(cell, ours, theirs, _verdict(ours, theirs, gone=gone)))
    return compared


def _verdict(source: Tally, warehouse: Tally, *, gone: bool) -> Verdict:
    if source == warehouse:
        return "equal"
    if gone:
        return "gone"  # the source has nothing of this day any more: purged perhaps, and still said
    if source.rows == warehouse.rows:
        return "changed"
    return "missing" if source.rows > warehouse.rows else "extra"


def _calendar(cell: Cell) -> tuple[date, str, str, str]:
    return cell.day, cell.source_table, cell.part, cell.name


@dataclass(slots=True)
class HashedUnit:
    """The calls of one unit or day of one side, small enough to be bisected."""

    ids: NDArray[np.int64]
    hashes: NDArray[np.int64]

    @classmethod
    def of(cls, ids: Sequence[int], hashes: Sequence[int]) -> "HashedUnit":
        return cls(np.array(ids, dtype=np.int64), np.array(hashes, dtype=np.int64))

    def buckets(self) -> dict[int, Tally]:
        which = bucket(self.ids)
        counts = np.bincount(which, minlength=BUCKETS)
        return {
            number: Tally(int(counts[number]), sum64(self.hashes[which == number]))
            for number in np.flatnonzero(counts).tolist()
        }

    def within(self, numbers: Iterable[int]) -> NDArray[np.intp]:
        """The positions of the calls that fall into these buckets."""
        return np.flatnonzero(np.isin(bucket(self.ids), list(numbers)))


def bucket(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """As `(call_id >> 56) & 255` in SQL: the leading byte of a keyed hash is evenly spread."""
    return (ids >> np.int64(_BUCKET_SHIFT)) & np.int64(BUCKETS - 1)


def sum64(hashes: NDArray[np.int64]) -> int:
    return int(hashes.view(np.uint64).sum(dtype=np.uint64))


def wrap64(total: int) -> int:
    """A sum that SQL made without limit, as the sum of 64 bits that it is compared with."""
    return total & _MASK_64


def differing_buckets(source: Mapping[int, Tally], warehouse: Mapping[int, Tally]) -> list[int]:
    return sorted(n for n in source.keys() | warehouse.keys() if source.get(n, Tally()) != warehouse.get(n, Tally()))


def row_differences(source: Iterable[HashedCall], warehouse: Iterable[HashedCall]) -> list[RowDifference]:
    """The calls that only one side has; one call with two contents is `changed`, shown as the source tells it."""
    ours, theirs = list(source), list(warehouse)
    missing = _surplus(ours, theirs)
    extra = _surplus(theirs, ours)
    elsewhere = Counter(call.call_id for call in extra)
    found: list[RowDifference] = []
    for call in missing:
        if elsewhere[call.call_id]:
            elsewhere[call.call_id] -= 1
            found.append(RowDifference("changed", call))
        else:
            found.append(RowDifference("missing", call))
    for call in extra:
        if elsewhere[call.call_id]:
            elsewhere[call.call_id] -= 1
            found.append(RowDifference("extra", call))
    return sorted(found, key=lambda each: (each.call.at, each.call.call_id, each.verdict))


def _surplus(some: Sequence[HashedCall], others: Sequence[HashedCall]) -> list[HashedCall]:
    left = Counter((call.call_id, call.hash) for call in others)
    surplus = []
    for call in some:
        key = (call.call_id, call.hash)
        if left[key]:
            left[key] -= 1
        else:
            surplus.append(call)
    return surplus


def fold(tallies: Mapping[Cell, Tally], name: Callable[[str], str]) -> dict[Cell, Tally]:
    """The same tallies under other names: DIDs become segments."""
    folded: dict[Cell, Tally] = {}
    for cell, tally in tallies.items():
        target = cell._replace(name=name(cell.name))
        before = folded.get(target, Tally())
        folded[target] = Tally(before.rows + tally.rows, wrap64(before.hash + tally.hash))
    return folded


def _micros(epoch: float) -> int:
    return (moment(epoch) - _EPOCH_2000) // _MICROSECOND


def _hash64(data: bytes) -> int:
    return int.from_bytes(hashlib.md5(data, usedforsecurity=False).digest()[:8], "big", signed=True)
