"""Records of a CSV file whose writers are careless with quotes: one bad line is one bad row, and no more. Pure but for
the lines that it is given.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.ivr.sources.files import Lines

RECORD_LINES_MAX: Final = 20  # a field may hold line ends; a quote that is never closed must not swallow a file
TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}.*|[0-9]{9,10}(\.[0-9]*)?")
_BEHIND: Final = "\x01"  # stands behind a record: an open quote swallows it
_LENGTH: Final = re.compile(r"[0-9]+(?:[.:][0-9]+)*")


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file as written, its fields (none when it is no record), and whether its line has an end."""

    offset: int
    text: str
    fields: list[str]
    complete: bool


def records(lines: Lines, delimiter: str, width: int) -> Iterator[Record]:
    """The records of a file from here on.

    A field may hold line ends, but a quote that a careless writer left open is not worth more than its own line: lines
    are put together only when that makes a row of them.
    """
    waiting: list[tuple[int, str]] = []
    offset = lines.offset
    for text in lines.text_lines():
        waiting.append((offset, text))
        offset = lines.offset
        while waiting and (record := _first(waiting, delimiter, width, last=False)):
            yield record
    while waiting and (record := _first(waiting, delimiter, width, last=True)):
        yield record


def _first(waiting: list[tuple[int, str]], delimiter: str, width: int, *, last: bool) -> Record | None:
    """Takes the first record off the waiting lines; None while the next line may belong to it."""
    texts = [text for _, text in waiting]
    fields, is_open = split(texts[:1], delimiter)
    count = 1
    if is_open:
        fields = []
        while count < len(texts) and is_open:
            count += 1
            together, is_open = split(texts[:count], delimiter)
        if is_open and not last and len(texts) < RECORD_LINES_MAX:
            return None
        if not is_open and len(together) == width:
            fields = together
        else:
            count = 1
    offset, text = waiting[0][0], "".join(texts[:count])
    del waiting[:count]
    return Record(offset, text.rstrip("\r\n"), fields, text.endswith("\n"))


def split(texts: Sequence[str], delimiter: str) -> tuple[list[str], bool]:
    """The fields of one record, and whether its last quote is still open; no fields when it is no record or several."""
    ended = [*texts[:-1], texts[-1].rstrip("\r\n") + "\n", _BEHIND + "\n"]
    reader = csv.reader(ended, delimiter=delimiter)
    try:
        fields = next(reader, [])
        if fields and fields[-1].endswith(_BEHIND + "\n"):
            return [], True
        return (fields, False) if next(reader, None) == [_BEHIND] else ([], False)
    except csv.Error:
        return [], False


def mended(fields: list[str], width: int, places: Mapping[str, int]) -> list[str] | None:
    """A record with fields too many: the name in clid or the arguments in lastdata held a comma without quotes.

    Put together where start then reads as a time; None when there is no such place.
    """
    surplus = len(fields) - width
    at = sorted({places[name] for name in ("clid", "lastdata") if name in places})
    if surplus <= 0 or not at:
        return None
    for early in range(surplus, -1, -1):
        row = _merged(fields, at[0], early)
        row = _merged(row, at[-1], surplus - early)
        if len(row) == width and _is_in_place(row, places):
            return row
    return None


def _is_in_place(row: Sequence[str], places: Mapping[str, int]) -> bool:
    """Whether the columns on both sides of what was put together look like themselves."""
    channel = places.get("channel")
    return (
        TIME.fullmatch(row[places["start"]]) is not None
        and (channel is None or "/" in row[channel])
        and _LENGTH.fullmatch(row[places["duration"]]) is not None
    )


def _merged(fields: list[str], at: int, more: int) -> list[str]:
    return [*fields[:at], ",".join(fields[at : at + more + 1]), *fields[at + more + 1 :]]
