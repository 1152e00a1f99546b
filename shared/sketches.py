"""Distributions and numbers of different ids that can be added up. Pure.

A sketch of values is a run of entries (code, count), 6 bytes each: joining the bytes of two sketches adds them up, so
PostgreSQL merges with string_agg and the little arithmetic is done here. A sketch of ids is a HyperLogLog.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# The codes of ivr.value_code: a property test holds both equal.
WHOLE_S_MAX: Final = 3_600  # up to an hour each whole second has a code of its own
PARTS_FIRST: Final = 4_000  # fractions below 50 s
PARTS_A_SECOND: Final = 64  # places kept for each second; at most 50 are used
PARTS_BELOW_S: Final = 50  # from here on half a second either way is 1 %
FRACTIONS_FIRST: Final = 12_000
MINUTES_FIRST: Final = 20_000
MINUTE_S: Final = 60
CODE_MAX: Final = 65_535

ENTRY: Final = np.dtype([("code", ">u2"), ("n", ">u4")])
# How far what stands for a value may lie from it, where it is not a whole second of the first hour: codes have one
# width within a second, so just above 1 s they are widest for their values (40 ms); from 50 s on they are within 1 %.
RELATIVE_ERROR_MAX: Final = 0.02
SMALLEST_ERROR_S: Final = 0.01  # below a second

HLL_BITS: Final = 14
HLL_REGISTERS: Final = 1 << HLL_BITS
HLL_RELATIVE_ERROR: Final = 1.04 / HLL_REGISTERS**0.5  # one standard error: 0.81 %
# A set of few ids leaves most registers 0. Up to so many others their places are written instead, which take half the
# room at most and which PostgreSQL does not try to compress.
SPARSE_MAX: Final = HLL_REGISTERS // 2 // 3
_SPARSE: Final = 0xFF  # what they begin with: no register is that high
_SPARSE_HEAD_BYTES: Final = 3  # with their number
_REGISTER: Final = np.dtype([("place", ">u2"), ("rank", "u1")])
_ALPHA: Final = 0.7213 / (1 + 1.079 / HLL_REGISTERS)


def codes_of(seconds: Floats | Ints) -> Ints:
    """The code of each value; values are seconds, not negative."""
    if seconds.dtype.kind in "iu":
        whole = seconds.astype(np.int64)
        minutes = MINUTES_FIRST + np.minimum((whole - WHOLE_S_MAX) // MINUTE_S, CODE_MAX - MINUTES_FIRST)
        return np.where(whole > WHOLE_S_MAX, minutes, whole)
    floor = np.floor(seconds)
    whole = floor.astype(np.int64)
    minutes = MINUTES_FIRST + np.minimum(
        np.floor((seconds - WHOLE_S_MAX) / MINUTE_S).astype(np.int64), CODE_MAX - MINUTES_FIRST
    )
    part = np.floor((seconds - floor) * np.ceil(PARTS_BELOW_S / (floor + 1))).astype(np.int64)
    return np.select(
        [seconds > WHOLE_S_MAX, seconds == floor, seconds >= PARTS_BELOW_S],
        [minutes, whole, FRACTIONS_FIRST + whole],
        PARTS_FIRST + PARTS_A_SECOND * whole + part,
    )


def _middles() -> Floats:
    codes = np.arange(CODE_MAX + 1, dtype=np.float64)
    middles = codes.copy()
    second, part = np.divmod(np.maximum(codes - PARTS_FIRST, 0), PARTS_A_SECOND)
    parts = (codes >= PARTS_FIRST) & (second < PARTS_BELOW_S)
    middles[parts] = (second + (part + 0.5) / np.ceil(PARTS_BELOW_S / (second + 1)))[parts]
    fractions = (codes >= FRACTIONS_FIRST) & (codes < MINUTES_FIRST)
    middles[fractions] = codes[fractions] - FRACTIONS_FIRST + 0.5
    minutes = codes >= MINUTES_FIRST
    middles[minutes] = WHOLE_S_MAX + (codes[minutes] - MINUTES_FIRST + 0.5) * MINUTE_S
    return middles


MIDDLES: Final = _middles()  # what stands for the values of each code


@dataclass(frozen=True, slots=True)
class Distribution:
    """How often each value occurs, smallest first: seconds and cumulated counts; `whole` values are exact."""

    seconds: Floats
    cumulated: Ints
    whole: NDArray[np.bool_]

    @classmethod
    def read(cls, sketch: bytes) -> "Distribution":
        """A sketch, or the bytes of several joined."""
        entries = np.frombuffer(sketch, dtype=ENTRY)
        totals = np.bincount(entries["code"], weights=entries["n"]).astype(np.int64)
        codes = np.flatnonzero(totals)
        order = np.argsort(MIDDLES[codes], kind="stable")
        codes = codes[order]
        return cls(MIDDLES[codes], np.cumsum(totals[codes]), codes <= WHOLE_S_MAX)

    @property
    def n(self) -> int:
        return int(self.cumulated[-1]) if len(self.cumulated) else 0

    @property
    def exact(self) -> bool:
        return bool(self.whole.all())

    def percentile(self, share: float) -> tuple[float, bool] | None:
        """Nearest rank, as percentile_disc: the value, and whether it is exact. None where there is no value."""
        if not self.n:
            return None
        # The smallest value whose cumulated share reaches `share`: PostgreSQL takes row ceil(share * n).
        rank = max(1, int(np.ceil(share * self.n)))
        at = int(np.searchsorted(self.cumulated, rank))
        return float(self.seconds[at]), bool(self.whole[at])

    def up_to(self, seconds: float, *, inclusive: bool) -> int:
        """How many values are at most (or below) a threshold; exact for whole seconds of the first hour."""
        at = int(np.searchsorted(self.seconds, seconds, side="right" if inclusive else "left"))
        return int(self.cumulated[at - 1]) if at else 0


def write_sketch(codes: Ints, counts: Ints) -> bytes:
    """Different codes, ascending, with their counts."""
    entries = np.empty(len(codes), dtype=ENTRY)
    entries["code"] = codes
    entries["n"] = counts
    return entries.tobytes()


def merge_sketches(sketches: Iterable[bytes]) -> bytes:
    """One entry a code, ascending: what write_sketch would have made of all values."""
    entries = np.frombuffer(b"".join(sketches), dtype=ENTRY)
    totals = np.bincount(entries["code"], weights=entries["n"]).astype(np.int64)
    codes = np.flatnonzero(totals)
    return write_sketch(codes, totals[codes])


def hyperloglog(ids: Ints) -> NDArray[np.uint8]:
    """Registers of uniformly distributed 64-bit ids (keyed hashes); union is the maximum of registers."""
    words = ids.astype(np.int64, copy=False).view(np.uint64)
    places = (words >> np.uint64(64 - HLL_BITS)).astype(np.int64)
    rest = (words << np.uint64(HLL_BITS)) >> np.uint64(HLL_BITS)
    # The place of the first set bit among the lower 50; float64 holds 50-bit numbers exactly.
    _, exponents = np.frexp(rest.astype(np.float64))
    ranks = (64 - HLL_BITS - exponents + 1).astype(np.uint8)
    registers = np.zeros(HLL_REGISTERS, dtype=np.uint8)
    np.maximum.at(registers, places, ranks)
    return registers


def write_registers(registers: NDArray[np.uint8]) -> bytes:
    """A HyperLogLog as it is stored: its registers, or those that are not 0 where there are few of them."""
    places = np.flatnonzero(registers)
    if len(places) > SPARSE_MAX:
        return registers.tobytes()
    few = np.empty(len(places), dtype=_REGISTER)
    few["place"] = places
    few["rank"] = registers[places]
    return bytes((_SPARSE, *divmod(len(places), 256))) + few.tobytes()


def read_registers(sketches: bytes) -> NDArray[np.uint8]:
    """The union of HyperLogLogs that lie end to end, each written either way."""
    registers = np.zeros(HLL_REGISTERS, dtype=np.uint8)
    at = 0
    while at < len(sketches):
        if sketches[at] == _SPARSE:
            n = int.from_bytes(sketches[at + 1 : at + _SPARSE_HEAD_BYTES], "big")
            few = np.frombuffer(sketches, dtype=_REGISTER, count=n, offset=at + _SPARSE_HEAD_BYTES)
            places = few["place"].astype(np.int64)
            registers[places] = np.maximum(registers[places], few["rank"])
            at += _SPARSE_HEAD_BYTES + n * _REGISTER.itemsize
        else:
            whole = np.frombuffer(sketches, dtype=np.uint8, count=HLL_REGISTERS, offset=at)
            np.maximum(registers, whole, out=registers)
            at += HLL_REGISTERS
    return registers


def union(sketches: Iterable[bytes]) -> NDArray[np.uint8]:
    """The registers of several sketches together."""
    return read_registers(b"".join(sketches))


def estimate(registers: NDArray[np.uint8]) -> int:
    """How many different ids (Flajolet, Fusy, Gandouet, Meunier 2007); linear counting while registers are empty."""
    raw = _ALPHA * HLL_REGISTERS**2 / float(np.sum(np.exp2(-registers.astype(np.float64))))
    empty = int(np.count_nonzero(registers == 0))
    if raw <= 2.5 * HLL_REGISTERS and empty:
        return round(HLL_REGISTERS * float(np.log(HLL_REGISTERS / empty)))
    return round(raw)
