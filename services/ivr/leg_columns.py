"""Legs of a batch of cdr as columns. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Self

import numpy as np

from services.ivr.cdr import DISPOSITIONS, Disposition, Leg
from services.ivr.copy_fields import INFINITY, Field, fixed, micros, named, pack
from services.ivr.event_columns import Bools, Floats, Ints
from services.ivr.text_columns import Arena, Texts

DISPOSITION_NAMES: Final[tuple[Disposition, ...]] = ("unknown", *dict.fromkeys(DISPOSITIONS.values()))
NO_NUMBER: Final = -1  # no sequence and no seconds are below zero
TEXTS: Final = ("linked_id", "unique_id", "context", "channel", "dst_channel", "dst", "last_app", "queue", "agent")
MOMENTS: Final = ("started_at", "answered_at", "ended_at")
LEG_COLUMNS: Final = (*Leg._fields, "source_id", "source_table")


@dataclass(slots=True)
class LegColumns:
    """Legs in the order of their rows. Moments that are not there are NaN, missing numbers NO_NUMBER.

    Texts point into one arena, which must be joined before they are read.
    """

    leg_id: Ints
    caller_id: Ints
    linked_id: Texts
    unique_id: Texts
    sequence: Ints
    started_at: Floats
    answered_at: Floats
    ended_at: Floats
    duration_s: Ints
    billsec: Ints
    disposition: Ints
    context: Texts
    channel: Texts
    dst_channel: Texts
    dst: Texts
    last_app: Texts
    queue: Texts
    agent: Texts
    position: Ints

    def __len__(self) -> int:
        return len(self.leg_id)

    def take(self, rows: Ints | Bools) -> Self:
        def taken(name: str) -> Any:
            column = getattr(self, name)
            return column.take(rows) if isinstance(column, Texts) else column[rows]

        return type(self)(*(taken(each.name) for each in fields(self)))

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        def joined(name: str) -> Texts | Ints | Floats:
            columns = [getattr(part, name) for part in parts]
            if isinstance(columns[0], Texts):
                starts, lengths = zip(*((each.starts, each.lengths) for each in columns), strict=True)
                return Texts(np.concatenate(starts), np.concatenate(lengths))
            found: Ints = np.concatenate(columns)
            return found

        return cls(*(joined(each.name) for each in fields(cls)))  # type: ignore[arg-type]  # the field's own kind

    def leg(self, at: int, arena: bytes) -> Leg:
        """One leg by itself."""
        return Leg(
            leg_id=int(self.leg_id[at]),
            caller_id=int(self.caller_id[at]),
            sequence=_number(self.sequence[at]),
            started_at=float(self.started_at[at]),
            answered_at=_moment(self.answered_at[at]),
            ended_at=_moment(self.ended_at[at]),
            duration_s=_number(self.duration_s[at]),
            billsec=_number(self.billsec[at]),
            disposition=DISPOSITION_NAMES[self.disposition[at]],
            position=int(self.position[at]),
            **{name: getattr(self, name).of(arena, at) for name in TEXTS},
        )


def columns_of(legs: Sequence[Leg], arena: Arena) -> LegColumns:
    """Single legs as columns."""

    def column(name: str) -> Texts | Ints | Floats:
        values = [getattr(leg, name) for leg in legs]
        if name in TEXTS:
            places = np.array([arena.add(value) for value in values], dtype=np.int64).reshape(-1, 2)
            return Texts(places[:, 0].copy(), places[:, 1].copy())
        if name == "disposition":
            return np.array([DISPOSITION_NAMES.index(value) for value in values], dtype=np.int64)
        if name in MOMENTS:
            return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
        return np.array([NO_NUMBER if value is None else value for value in values], dtype=np.int64)

    return LegColumns(*(column(name) for name in Leg._fields))  # type: ignore[arg-type]  # the field's own kind


def pack_legs(legs: LegColumns, arena: bytes, source_id: int, table: str) -> bytes:
    """Rows of LEG_COLUMNS as PostgreSQL's binary COPY."""
    memory = np.frombuffer(arena, dtype=np.uint8)

    def field(name: str) -> Field:
        value = getattr(legs, name)
        if isinstance(value, Texts):
            return Field(memory, value.starts, value.lengths)
        if name == "disposition":
            return named(DISPOSITION_NAMES, value)
        if name in MOMENTS:
            moments = micros(value)
            return fixed(moments, ">i8", moments != INFINITY)
        return fixed(value, ">i4" if name in {"duration_s", "billsec"} else ">i8", _known(name, value))

    rows = len(legs)
    return pack(
        [
            *(field(name) for name in Leg._fields),
            fixed(np.full(rows, source_id), ">i2"),
            named([table], np.zeros(rows, dtype=np.int64)),
        ],
        rows,
    )


def _known(name: str, values: Ints) -> Bools | None:
    return values != NO_NUMBER if name in {"sequence", "duration_s", "billsec"} else None


def _number(value: int) -> int | None:
    return None if value == NO_NUMBER else int(value)


def _moment(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
