"""Fields of rows as PostgreSQL's binary COPY: whole columns of them, laid into one piece of memory. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.ivr.event_columns import MICRO, Bools, Floats, Ints
from services.ivr.grouping import present

HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER: Final = b"\xff\xff"
EPOCH_2000: Final = 946_684_800
COUNTED_LENGTH_MAX: Final = 1 << 16  # of longer fields there are few, and a mark for each possible length costs more
INFINITY: Final = np.iinfo(np.int64).max  # a moment that is not there


@dataclass(frozen=True, slots=True)
class Field:
    """Bytes end to end, and of each row where its own begin and how many they are; below 0 is null."""

    values: NDArray[np.uint8]
    starts: Ints
    lengths: Ints


def micros(moments: Floats) -> Ints:
    """Microseconds since 2000, rounded as `datetime` does; INFINITY where there is no moment."""
    known = ~np.isnan(moments)
    whole = np.floor(np.where(known, moments, 0.0))
    parts = np.rint((np.where(known, moments, 0.0) - whole) * MICRO)
    return np.where(known, (whole.astype(np.int64) - EPOCH_2000) * MICRO + parts.astype(np.int64), INFINITY)


def fixed(values: NDArray[Any], form: str, known: Bools | None = None) -> Field:
    stored = np.ascontiguousarray(values.astype(form))
    width = stored.dtype.itemsize
    lengths = np.full(len(values), width, dtype=np.int64)
    if known is not None:
        lengths[~known] = -1
    return Field(stored.view(np.uint8).reshape(-1), np.arange(len(values)) * width, lengths)


def named(texts: Sequence[str], numbers: Ints, known: Bools | None = None) -> Field:
    """The text of each number, encoded once however often it occurs."""
    joined = "".join(texts).encode()
    sizes = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    if len(joined) != int(sizes.sum()):  # some have characters of more than one byte
        sizes = np.array([len(text.encode()) for text in texts], dtype=np.int64)
    starts = np.cumsum(sizes) - sizes
    lengths = sizes[numbers]
    if known is not None:
        lengths[~known] = -1
    return Field(np.frombuffer(joined, dtype=np.uint8), starts[numbers], lengths)


def pack(columns: Sequence[Field], rows: int) -> bytes:
    """Rows of any widths in one go: where each field comes to stand is counted, then all of a column is laid there."""
    width = np.full(rows, 2, dtype=np.int64)
    for column in columns:
        width += 4 + np.maximum(column.lengths, 0)
    at = np.cumsum(width) - width
    out = np.empty(int(width.sum()), dtype=np.uint8)
    out[at], out[at + 1] = 0, len(columns)
    at += 2
    for column in columns:
        for length, which in _by_length(column.lengths):
            size, places = max(length, 0), at[which]
            form = [("length", ">i4"), ("value", f"V{size}")] if size else [("length", ">i4")]
            records = np.empty(len(places), dtype=form)
            records["length"] = length
            if size:
                records["value"] = _anywhere(column.values, size)[column.starts[which]]
            _anywhere(out, 4 + size)[places] = records.view(f"V{4 + size}")
        at += 4 + np.maximum(column.lengths, 0)
    return b"".join([HEADER, out.tobytes(), TRAILER])


def _by_length(lengths: Ints) -> Iterator[tuple[int, Ints | slice]]:
    """The different lengths, and the rows of each."""
    if len(lengths) and lengths.min() == lengths.max():
        yield int(lengths[0]), slice(None)
        return
    longest = int(lengths.max(initial=0))
    few = present(lengths + 1, longest + 2) - 1 if longest < COUNTED_LENGTH_MAX else np.unique(lengths)
    for length in few.tolist():
        yield length, np.flatnonzero(lengths == length)


def _anywhere(text: NDArray[np.uint8], width: int) -> NDArray[Any]:
    """A piece of that width from every place of a text on; what is laid there lies in the text."""
    return np.ndarray((max(len(text) - width + 1, 0),), f"V{width}", text.data, 0, (1,))
