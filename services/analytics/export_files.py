"""The files of exports: written beside, forced to the disk, then renamed, so that nobody ever reads half of one."""

import csv
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, TextIO

from typing_extensions import override

from services.analytics import csvfile
from services.analytics.csv_sql import LineEnds
from services.analytics.question import Cell
from shared.errors import TooLarge
from shared.formulas import neutral

ROWS_MAX: Final = 1_000_000  # domain.md; a worksheet holds 1 048 575 below its header
BYTES_MAX: Final = 200_000_000  # domain.md
PARTIAL: Final = ".part"
NAME = re.compile(r"(\d{1,18})-(\d{1,9})\.(?:csv|xlsx|pdf)(?:\.part)?")


class TooManyRows(TooLarge):
    """The export has more than 1 000 000 rows. Ask for a shorter range, longer buckets, fewer dimensions, or filter."""


class TooManyBytes(TooLarge):
    """The export is larger than 200 MB. Ask for a shorter range, longer buckets or fewer columns, or filter."""


class Sink(Protocol):
    """Takes the rows of an export one page after the other."""

    def write(self, rows: Iterable[Sequence[Cell]]) -> None: ...

    def close(self) -> None: ...


class CsvSink(Sink):
    def __init__(self, path: Path, names: Sequence[str], *, bom: bool) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8", errors="replace", newline="")
        self._writer = csv.writer(self._file, lineterminator="\r\n")
        if bom:
            self._file.write(csvfile.BOM)
        self._writer.writerow([neutral(name) for name in names])

    @override
    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        self._writer.writerows(map(csvfile.plain, rows))
        if self._file.tell() > BYTES_MAX:
            raise TooManyBytes

    @override
    def close(self) -> None:
        self._file.close()


class LineSink:
    """Takes lines that PostgreSQL wrote, in pieces of any length; their file equals that of CsvSink."""

    def __init__(self, path: Path, names: Sequence[str], *, bom: bool) -> None:
        self._file = path.open("wb")
        self._ends = LineEnds()
        self._bytes = self._file.write(csvfile.to_csv(names, [], bom=bom).encode(errors="replace"))

    def write(self, chunk: bytes) -> int:
        """How many rows end in the chunk."""
        text, rows = self._ends.write(chunk)
        self._bytes += self._file.write(text)
        return rows

    def check(self) -> None:
        """Raises TooManyBytes."""
        if self._bytes > BYTES_MAX:
            raise TooManyBytes

    def close(self) -> None:
        self._file.close()


def partial(path: Path) -> Path:
    """Where the file is written until it is whole."""
    return path.with_name(path.name + PARTIAL)


def publish(path: Path) -> int:
    """The partial file becomes the file; its size. Raises TooManyBytes."""
    half = partial(path)
    with half.open("rb") as file:
        os.fsync(file.fileno())
        size = os.fstat(file.fileno()).st_size
    if size > BYTES_MAX:
        raise TooManyBytes
    half.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name, too, must survive a power cut
    finally:
        os.close(folder)
    return size


def prepared(folder: Path) -> Path:
    """The folder, made where it is missing; nobody else may look into it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def remove_strangers(folder: Path, live: set[tuple[int, int]]) -> list[str]:
    """Removes the files of exports that are over, and what killed workers left; their names."""
    removed: list[str] = []
    if not folder.is_dir():
        return removed
    for path in folder.iterdir():
        found = NAME.fullmatch(path.name)
        if found is not None and (int(found[1]), int(found[2])) not in live:
            path.unlink(missing_ok=True)
            removed.append(path.name)
    return removed


def title_row(names: Sequence[str], zone: str) -> list[Any]:
    """The names of columns, the time with its zone."""
    return [f"time ({zone})" if name == "time" else name for name in names]
