"""The calls of a load by unit, local day and DID, in 20 bytes each: what callers and repeats are told from. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.ivr.aggregate import Batch
from services.ivr.callers import set_of
from services.ivr.cells import Subjects
from services.ivr.grouping import grouped
from services.ivr.local_days import QUARTER_FIRST, QUARTER_S

Ints = NDArray[np.int64]

STARTED_FIRST: Final = QUARTER_FIRST * QUARTER_S  # moments are kept from here on: 110 years fit 32 bits
ORDER_SHIFT: Final = 32  # the upper half of call ids orders calls of the same second


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls as columns, as narrow as they can be; `order` tells calls of one caller and second apart."""

    caller_id: NDArray[np.int64]
    started: NDArray[np.uint32]
    subject: NDArray[np.int32]
    order: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.caller_id)


@dataclass(frozen=True, slots=True)
class Block:
    """Some of the calls, ordered by group; group g's are [ends[g - 1], ends[g])."""

    groups: Ints  # keys of unit, local day and place of the DID
    ends: Ints
    calls: Calls


@dataclass(slots=True)
class KeptCalls:
    """Takes what the aggregate counted."""

    subjects: Subjects
    blocks: list[Block] = field(default_factory=list)

    def take(self, batch: Batch) -> None:
        rows, width = batch.rows, len(self.subjects.did_ids)
        keys, at = grouped(batch.day * width + self.subjects.dids[rows.subject], len(batch.days) * width)
        # Sixteen bits are ordered without comparing.
        narrow = at.astype(np.uint16) if len(keys) <= np.iinfo(np.uint16).max else at
        order = np.argsort(narrow, kind="stable")
        calls = Calls(
            rows.caller_id[order],
            (rows.started - STARTED_FIRST).astype(np.uint32)[order],
            rows.subject.astype(np.int32)[order],
            (rows.call_id >> ORDER_SHIFT).astype(np.int32)[order],
        )
        ends = np.cumsum(np.bincount(at, minlength=len(keys)))
        self.blocks.append(Block(batch.days[keys // width] + keys % width, ends, calls))

    def caller_sets(self) -> Iterator[tuple[int, Ints]]:
        """Each group's key with its different callers, groups in order."""
        parts: dict[int, list[Ints]] = {}
        for block in self.blocks:
            start = 0
            for group, end in zip(block.groups.tolist(), block.ends.tolist(), strict=True):
                parts.setdefault(group, []).append(block.calls.caller_id[start:end])
                start = end
        for group in sorted(parts):
            yield group, set_of(np.concatenate(parts[group]))
