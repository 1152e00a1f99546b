"""Rollup rows as PostgreSQL's binary COPY: fixed columns as one structured array, a sketch behind each row. Pure."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.ivr.aggregate import MAX, MEASURES, Counted
from services.ivr.callers import sketch_of, write_set
from services.ivr.grouping import split_keys
from services.ivr.load_months import Months
from services.ivr.local_days import QUARTER_S
from services.ivr.repeats import REPEAT_MEASURES, Repeats

Ints = NDArray[np.int64]

HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER: Final = b"\xff\xff"
EPOCH_2000_S: Final = 946_684_800
EPOCH_2000_DAYS: Final = 10_957
HOUR_S: Final = 3_600
_NULL: Final = -1
_LENGTH: Final = struct.Struct(">i")
_CALLERS: Final = struct.Struct(">hiiiiiiihii")
KEYS_MAX: Final = 3  # bucket, cell, unit: of the columns that stand first, those that tell rows apart
COPY_BYTES: Final = 1 << 24  # of different callers in one COPY: they are all there is twice in memory

Column = tuple[Ints | int | None, str]  # values, one value for all or null for all; the type as numpy writes it


@dataclass(frozen=True, slots=True)
class Numbers:
    """The database's numbers of units and cells, by the load's places."""

    source_id: int
    units: Ints
    cells: dict[int, Ints]  # by grain


@dataclass(frozen=True, slots=True)
class Table:
    """One COPY: a table, its columns, the stream and how many rows are in it."""

    name: str
    columns: tuple[str, ...]
    stream: bytes
    rows: int


def quarter_hours(counted: Counted, numbers: Numbers) -> Table:
    buckets = (counted.bucket * QUARTER_S - EPOCH_2000_S) * 1_000_000
    return _table("legacy_quarter_hours", {"bucket": (buckets, ">i8"), **_of_unit(counted, numbers, 1)}, counted)


def hours(counted: Counted, sketches: Sequence[bytes], numbers: Numbers) -> Table:
    buckets = (counted.bucket * HOUR_S - EPOCH_2000_S) * 1_000_000
    return _table("legacy_hours", {"bucket": (buckets, ">i8"), **_of_unit(counted, numbers, 1)}, counted, sketches)


def days(counted: Counted, grain: int, sketches: Sequence[bytes] | None, numbers: Numbers) -> Table:
    first: dict[str, Column] = {"day": (counted.bucket - EPOCH_2000_DAYS, ">i4"), "grain": (grain, ">i2")}
    return _table("legacy_days", first | _of_unit(counted, numbers, grain), counted, sketches)


def months(rows: Months, grain: int, numbers: Numbers) -> Table:
    counted = rows.counted
    first: dict[str, Column] = {
        "month": (counted.bucket - EPOCH_2000_DAYS, ">i4"),
        "grain": (grain, ">i2"),
        "cell_id": (numbers.cells[grain][counted.cell], ">i4"),
        "source_id": (numbers.source_id, ">i2"),
        "weekday_calls": (rows.weekday_calls, ">i8"),
    }
    return _table("legacy_months", first, counted, rows.sketches, sums=">i8")


def _of_unit(counted: Counted, numbers: Numbers, grain: int) -> dict[str, Column]:
    return {
        "cell_id": (numbers.cells[grain][counted.cell], ">i4"),
        "unit_id": (numbers.units[counted.unit], ">i4"),
        "source_id": (numbers.source_id, ">i2"),
    }


def _table(
    name: str,
    first: dict[str, Column],
    counted: Counted,
    sketches: Sequence[bytes] | None = None,
    *,
    sums: str = ">i4",
) -> Table:
    """The columns `first`, then all measures; `sums` is their type, as numpy writes it."""
    measures = counted.measures
    types = {"duration_s_total": ">i8", MEASURES[MAX]: ">i4"}
    columns: list[Column] = [
        *first.values(),
        *((measures[place], types.get(measure, sums)) for place, measure in enumerate(MEASURES)),
    ]
    names = (*first, *MEASURES)
    if sketches is not None:
        names += ("durations",)
    # In the order of the table's key its index grows at its end. A row whose calls have no duration is shorter, for a
    # null has no bytes.
    keys = [values for values, _ in first.values() if isinstance(values, np.ndarray)][:KEYS_MAX]
    order = np.lexsort(keys[::-1])
    without = measures[MAX][order] < 0
    parts = [HEADER]
    for null, which in ((False, order[~without]), (True, order[without])):
        if not len(which):
            continue
        some = [(values[which] if isinstance(values, np.ndarray) else values, kind) for values, kind in columns]
        if null:
            some[-1] = (None, ">i4")
        parts += _rows(some, None if sketches is None else [sketches[at] for at in which.tolist()], len(which))
    parts.append(TRAILER)
    return Table(name, names, b"".join(parts), len(counted))


def _rows(columns: Sequence[Column], tails: Sequence[bytes] | None, rows: int) -> list[bytes]:
    fixed = records(columns, rows, more=0 if tails is None else 1)
    if tails is None:
        return [fixed]
    width = len(fixed) // rows
    parts: list[bytes] = []
    length = _LENGTH.pack
    for at, tail in enumerate(tails):
        parts += (fixed[at * width : at * width + width], length(len(tail)), tail)
    return parts


def records(columns: Sequence[Column], rows: int, *, more: int = 0) -> bytes:
    """Rows whose columns all have one width; `more` columns follow that the caller writes behind each row."""
    fields = [("columns", ">i2")]
    for at, (values, kind) in enumerate(columns):
        fields.append((f"n{at}", ">i4"))
        if values is not None:
            fields.append((f"v{at}", kind))
    result = np.empty(rows, dtype=np.dtype(fields))
    result["columns"] = len(columns) + more
    for at, (values, kind) in enumerate(columns):
        if values is None:
            result[f"n{at}"] = _NULL
        else:
            result[f"n{at}"] = np.dtype(kind).itemsize
            result[f"v{at}"] = values
    return result.tobytes()


def caller_days(sets: Iterable[tuple[int, Ints]], did_ids: Sequence[int], numbers: Numbers) -> Iterator[Table]:
    """Different callers by unit, local day and DID, as several COPYs of bounded size."""
    names = ("day", "did_id", "unit_id", "source_id", "callers_n", "callers", "sketch")
    parts, rows, size = [HEADER], 0, 0
    for group, ids in sets:
        (unit, day, did) = (int(each) for each in split_keys(np.array(group)))
        fixed = (len(names), 4, day - EPOCH_2000_DAYS, 4, did_ids[did], 4, int(numbers.units[unit]))
        stored, sketch = write_set(ids), sketch_of(ids)
        parts += (_CALLERS.pack(*fixed, 2, numbers.source_id, 4, len(ids)), _LENGTH.pack(len(stored)), stored)
        parts += (_LENGTH.pack(len(sketch)), sketch)
        rows, size = rows + 1, size + len(stored) + len(sketch)
        if size >= COPY_BYTES:
            yield Table("legacy_caller_days", names, b"".join([*parts, TRAILER]), rows)
            parts, rows, size = [HEADER], 0, 0
    yield Table("legacy_caller_days", names, b"".join([*parts, TRAILER]), rows)


def repeat_days(repeats: Repeats, cells: Ints, source_id: int) -> Table:
    names = ("day", "cell_id", "source_id", *REPEAT_MEASURES)
    columns: list[Column] = [
        *((repeats.day - EPOCH_2000_DAYS, ">i4"), (cells[repeats.cell], ">i4"), (source_id, ">i2")),
        *((repeats.measures[place], ">i4") for place in range(len(REPEAT_MEASURES))),
    ]
    stream = HEADER + records(columns, len(repeats.day)) + TRAILER
    return Table("legacy_repeat_days", names, stream, len(repeats.day))
