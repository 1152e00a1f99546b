"""CSV and text files, plain or gzip, read as a stream: only one chunk of rows is in memory.

Positions are byte offsets in the uncompressed stream, so that growth, renaming and gzip do not change them. A file that
stops in the middle is refused with a sentence that says where; a row of the wrong width in the middle is one bad row.
"""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from services.ivr.keys import mask
from services.ivr.sources.errors import SourceDamaged, SourceRefused

FIELD_BYTES_MAX = 16 << 20  # wider than any real field; an unclosed quote swallows a file only up to here
NULL_WORDS: Final = frozenset({"\\N", "NULL"})
DELIMITERS: Final = ",;\t|"

_BINARY: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")  # no header holds them; a picture, an archive, a dump does

csv.field_size_limit(FIELD_BYTES_MAX)


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row: where it begins in the uncompressed stream, and its fields as written."""

    offset: int
    fields: list[str]


@dataclass(slots=True)
class Lines:
    """The lines of a file with a running offset. Bytes that are not UTF-8 survive as surrogates."""

    path: Path
    offset: int = 0
    last_line: bytes = b""
    _raw: BinaryIO = field(init=False)
    _stream: BinaryIO = field(init=False)
    size_bytes: int = field(init=False)

    def __enter__(self) -> Self:
        try:
            self._raw = self.path.open("rb")
            try:
                self.size_bytes = self.path.stat().st_size
                zipped = self._raw.read(2) == b"\x1f\x8b"
                self._raw.seek(0)
            except OSError:
                self._raw.close()
                raise
        except OSError as error:
            raise SourceRefused(f"Cannot read {self.path}: {error.strerror or error}.") from error
        self._stream = io.BufferedReader(gzip.GzipFile(fileobj=self._raw)) if zipped else self._raw
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._raw.close()

    @property
    def compressed(self) -> bool:
        return self._stream is not self._raw

    def bytes_read(self) -> int:
        """How far the file is read, in its own (compressed) bytes."""
        return self._raw.tell()

    def raw_lines(self) -> Iterator[bytes]:
        """Each line with its end. SourceDamaged when a gzip stream stops or breaks, or a line never ends."""
        try:
            for line in iter(partial(self._stream.readline, FIELD_BYTES_MAX), b""):
                if len(line) == FIELD_BYTES_MAX:
                    raise SourceDamaged(
                        f"{self.path.name} has a line of more than {FIELD_BYTES_MAX >> 20} MiB: it is not a CSV or "
                        "text file; nothing of it was published."
                    )
                self.offset += len(line)
                self.last_line = line
                yield line
        except EOFError as error:
            raise SourceDamaged(
                f"{self.path.name} is cut off: its gzip stream ends early; nothing of it was published."
            ) from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise SourceDamaged(f"{self.path.name} is damaged: {error}; nothing of it was published.") from error
        except OSError as error:
            raise SourceRefused(f"Cannot read {self.path}: {error.strerror or error}.") from error

    def text_lines(self) -> Iterator[str]:
        for line in self.raw_lines():
            yield line.decode("utf-8", "surrogateescape")


class CsvFile:
    """A CSV file with a header: columns by name in any order; the delimiter is the one the header uses."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._text = lines.text_lines()
        header = next(self._text, None)
        if header is None:
            raise SourceDamaged(f"{lines.path.name} is empty: not even a header.")
        if _BINARY.search(header):
            raise SourceDamaged(f"{lines.path.name} holds binary content, not CSV; nothing of it was published.")
        self.header_line = header
        self.delimiter = max(DELIMITERS, key=header.count)
        try:
            names = next(csv.reader([header.removeprefix("\ufeff")], delimiter=self.delimiter), [])
        except csv.Error as error:
            raise SourceDamaged(
                f"{lines.path.name} is not CSV: its first line cannot be read ({_plain(error)}); "
                "nothing of it was published."
            ) from error
        self.columns = [name.strip() for name in names]

    def positions(self, wanted: Sequence[str]) -> list[int]:
        """Where the wanted columns stand, compared without case. SourceDamaged names the first that is missing."""
        index = {name.casefold(): at for at, name in enumerate(self.columns)}
        missing = [name for name in wanted if name.casefold() not in index]
        if missing:
            columns = "columns" if len(missing) > 1 else "column"
            raise SourceDamaged(
                f"{self._lines.path.name} has no {columns} {', '.join(missing)}; its header is: "
                # Of a file without a header this is a row: its telephones are nobody's business.
                f"{mask(', '.join(self.columns[:20]))[:300] or '(blank)'}."
            )
        return [index[name.casefold()] for name in wanted]

    def rows(self) -> Iterator[CsvRow]:
        """Every row, blank lines left out. SourceDamaged when the file ends in the middle of one."""
        width = len(self.columns)
        reader = csv.reader(self._text, delimiter=self.delimiter)
        offset = self._lines.offset
        fields: list[str] | None = None
        number = 1
        try:
            for fields in reader:
                if fields:
                    yield CsvRow(offset, fields)
                offset = self._lines.offset
                number = reader.line_num + 1
        except csv.Error as error:
            raise SourceDamaged(
                f"{self._lines.path.name} is damaged near line {number}: {_plain(error)}; nothing of it was published."
            ) from error
        if fields and _cut_off(fields, width, self._lines.last_line):
            raise SourceDamaged(
                f"{self._lines.path.name} ends in the middle of its last row (line {number}, {len(fields)} of {width} "
                "columns); nothing of it was published."
            )


def encode(value: str) -> bytes | None:
    """A field as the bytes it was written in; the words that exports write for null become null."""
    return None if value in NULL_WORDS else value.encode("utf-8", "surrogateescape")


def table_name(path: Path) -> str:
    """The table that a file stands for: `tbl_historico_t3_2025.csv.gz` is tbl_historico_t3_2025."""
    name = shown_name(path)
    for suffix in (".gz", ".csv", ".txt", ".log", ".tsv"):
        name = name.removesuffix(suffix)
    return name or shown_name(path)


def shown_name(path: Path) -> str:
    """The name of a file as text: on disk it may be any bytes."""
    return path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _plain(error: csv.Error) -> str:
    """What the csv module found, without the advice that it gives to programmers."""
    return str(error).partition(" - ")[0]


def _cut_off(fields: list[str], width: int, last_line: bytes) -> bool:
    """A short row without a line end, or a quote that was never closed and swallowed the rest of the file."""
    short = len(fields) < width and not last_line.endswith(b"\n")
    return short or ("\n" in fields[-1] and not last_line.rstrip().endswith(b'"'))
