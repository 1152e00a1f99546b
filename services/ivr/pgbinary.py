"""Calls as PostgreSQL's binary COPY, packed in one go instead of handing Python objects over. Pure."""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.ivr.legacy import Call
from services.ivr.legacy_columns import ColumnChunk, Facts

COPY_HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER: Final = b"\xff\xff"
_EPOCH_2000 = 946_684_800
_WITH_DURATION: Final = struct.Struct(">hiqiqiqii" + "ih" + "ii" * 7 + "ih" + "ib")
_WITHOUT_DURATION: Final = struct.Struct(">hiqiqiqi" + "ih" + "ii" * 7 + "ih" + "ib")
COPY_COLUMNS: Final = (
    "call_id",
    "caller_id",
    "started_at",
    "duration_s",
    "source_id",
    "unit_id",
    "did_id",
    "menu_id",
    "option_id",
    "centre_id",
    "label_set_id",
    "occurrence",
    "line_kind",
    "swapped",
)


_FACT: Final = np.dtype(
    [("columns", ">i2")]
    + [
        each
        for name, size in zip(COPY_COLUMNS, (8, 8, 8, 4, 2, 4, 4, 4, 4, 4, 4, 4, 2, 1), strict=True)
        for each in ((f"{name}_bytes", ">i4"), (name, f">i{size}"))
    ]
)


_TEMPLATE: Final = np.zeros(1_024, dtype=_FACT)
_TEMPLATE["columns"] = len(COPY_COLUMNS)
for _name in COPY_COLUMNS:
    _TEMPLATE[f"{_name}_bytes"] = _FACT[_name].itemsize


@dataclass(frozen=True, slots=True)
class Numbers:
    """The database's numbers for what calls point at, by the interpreter's indexes."""

    source_id: int
    units: Mapping[date, int]
    combinations: NDArray[np.int32]  # did, menu, option, centre of each
    label_sets: NDArray[np.int32]


def pack(chunk: ColumnChunk, numbers: Numbers) -> bytearray:
    """The chunk's calls as one binary COPY stream of `ivr.legacy_calls`, written in place: 2 MB are copied nowhere."""
    facts = len(chunk.facts) if chunk.facts else 0
    end = len(COPY_HEADER) + facts * _FACT.itemsize
    calls = pack_calls(chunk.calls, numbers)
    stream = bytearray(end + len(calls) + len(_TRAILER))
    stream[: len(COPY_HEADER)] = COPY_HEADER
    if chunk.facts:
        write_facts(chunk.facts, numbers, np.ndarray(facts, _FACT, stream, len(COPY_HEADER)))
    stream[end:] = calls + _TRAILER
    return stream


def write_facts(facts: Facts, numbers: Numbers, records: NDArray[np.void]) -> None:
    """Calls as columns: one structured array whose memory is what PostgreSQL reads."""
    units = np.array([numbers.units.get(day, 0) for day in facts.dates], dtype=np.int32)
    columns = (
        *(facts.call_id, facts.caller_id, (facts.started - _EPOCH_2000) * 1_000_000, facts.duration_s),
        *(numbers.source_id, units[facts.units]),
        *(numbers.combinations[:, n][facts.combination] for n in range(numbers.combinations.shape[1])),
        *(numbers.label_sets[facts.label_set], facts.occurrence, facts.line_kind, facts.swapped),
    )
    # What is the same in every row comes from one, by the piece: a field written row by row costs as much as a value.
    for begin in range(0, len(records), len(_TEMPLATE)):
        piece = records[begin : begin + len(_TEMPLATE)]
        piece[:] = _TEMPLATE[: len(piece)]
    for name, values in zip(COPY_COLUMNS, columns, strict=True):
        records[name] = values


def pack_calls(calls: Iterable[Call], numbers: Numbers) -> bytes:
    """Single calls, some without a duration."""
    parts: list[bytes] = []
    with_duration, without_duration = _WITH_DURATION.pack, _WITHOUT_DURATION.pack
    for call in calls:
        did_id, menu_id, option_id, centre_id = numbers.combinations[call.combination].tolist()
        started = (call.started - _EPOCH_2000) * 1_000_000
        rest = (
            *(2, numbers.source_id, 4, numbers.units[call.unit]),
            *(4, did_id, 4, menu_id, 4, option_id, 4, centre_id),
            *(4, int(numbers.label_sets[call.label_set]), 4, call.occurrence, 2, call.line_kind, 1, call.swapped),
        )
        if call.duration_s is None:
            parts.append(without_duration(14, 8, call.call_id, 8, call.caller_id, 8, started, -1, *rest))
        else:
            parts.append(with_duration(14, 8, call.call_id, 8, call.caller_id, 8, started, 4, call.duration_s, *rest))
    return b"".join(parts)
