"""Different callers: sets of ids, their unions, counts and sketches. Pure.

A set is its ids, each once, ascending; 0, the caller that nobody knows, is in none. Written as bytes it is 8 bytes an
id, the lowest first. Shards cut a set by the upper bits of the ids: counts of shards add up.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.ivr.grouping import begins, new_values
from shared.sketches import HLL_BITS, HLL_REGISTERS, write_registers

Ints = NDArray[np.int64]

SHARD_BITS: Final = 6
SHARDS: Final = 1 << SHARD_BITS
_STORED: Final = np.dtype("<i8")
_REST_BITS: Final = 64 - HLL_BITS
# The least id of each shard but the first.
_EDGES: Final = np.arange(1 - SHARDS // 2, SHARDS // 2, dtype=np.int64) << (64 - SHARD_BITS)


def set_of(ids: Ints) -> Ints:
    """The different known callers among these."""
    ordered = np.sort(ids)
    which = new_values(ordered)
    which &= ordered != 0
    different: Ints = ordered[which]
    return different


def union(sets: Sequence[Ints]) -> Ints:
    return sets[0] if len(sets) == 1 else set_of(np.concatenate([np.zeros(0, dtype=np.int64), *sets]))


def write_set(ids: Ints) -> bytes:
    return ids.astype(_STORED, copy=False).tobytes()


def read_set(stored: bytes) -> Ints:
    return np.frombuffer(stored, dtype=_STORED).astype(np.int64, copy=False)


def shards_of(ids: Ints) -> list[Ints]:
    return np.split(ids, np.searchsorted(ids, _EDGES))


def sketch_of(ids: Ints) -> bytes:
    """The HyperLogLog of a set, as shared.sketches makes it of any ids: in an ordered set the least rest of a register
    stands first, and the least rest has the highest rank.
    """
    places = (ids >> _REST_BITS) & (HLL_REGISTERS - 1)
    first = begins(places)
    rest = ids[first] & ((1 << _REST_BITS) - 1)
    _, exponents = np.frexp(rest.astype(np.float64))
    registers = np.zeros(HLL_REGISTERS, dtype=np.uint8)
    registers[places[first]] = _REST_BITS - exponents + 1
    return write_registers(registers)


def count_callers(sets: Iterable[tuple[int, Ints]], segments: Mapping[int, str]) -> dict[str | None, int]:
    """How many different callers the sets of these DIDs have together: of each segment, and None for all."""
    of_segment: dict[str, list[Ints]] = defaultdict(list)
    for did_id, ids in sets:
        of_segment[segments[did_id]].append(ids)
    unions = {segment: union(each) for segment, each in of_segment.items()}
    counts: dict[str | None, int] = {segment: len(ids) for segment, ids in unions.items()}
    if unions:
        counts[None] = len(union(list(unions.values())))
    return counts
