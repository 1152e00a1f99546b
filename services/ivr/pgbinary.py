"""Calls as PostgreSQL's binary COPY, packed in one go: five times cheaper than handing Python objects over. Pure."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.ivr.legacy import Call

_HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
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


@dataclass(frozen=True, slots=True)
class Numbers:
    """The database's numbers for what calls point at, by the interpreter's indexes."""

    source_id: int
    units: dict[date, int]
    combinations: list[tuple[int, int, int, int]]
    label_sets: list[int]


def pack(calls: Iterable[Call], numbers: Numbers) -> bytes:
    """The calls as one binary COPY stream of `ivr.legacy_calls`."""
    parts = [_HEADER]
    source_id, units, combinations, label_sets = (
        numbers.source_id,
        numbers.units,
        numbers.combinations,
        numbers.label_sets,
    )
    with_duration, without_duration = _WITH_DURATION.pack, _WITHOUT_DURATION.pack
    for call in calls:
        did_id, menu_id, option_id, centre_id = combinations[call.combination]
        started = (call.started - _EPOCH_2000) * 1_000_000
        rest = (
            *(2, source_id, 4, units[call.unit], 4, did_id, 4, menu_id, 4, option_id, 4, centre_id),
            *(4, label_sets[call.label_set], 4, call.occurrence, 2, call.line_kind, 1, call.swapped),
        )
        if call.duration_s is None:
            parts.append(without_duration(14, 8, call.call_id, 8, call.caller_id, 8, started, -1, *rest))
        else:
            parts.append(with_duration(14, 8, call.call_id, 8, call.caller_id, 8, started, 4, call.duration_s, *rest))
    parts.append(_TRAILER)
    return b"".join(parts)
