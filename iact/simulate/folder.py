"""Tables as files of a folder: CSV with a header, plain or gzip, and Asterisk's pipe text.

Files appear under their name only when the whole run is written; a run that fails leaves the previous one as it was.
"""

import gzip
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

from typing_extensions import override

from iact.simulate.errors import NotOurs, SimulationFailed, TargetUnreachable
from iact.simulate.tables import Table
from iact.simulate.text import CSV, Dialect

MARKER = ".iact-simulate.json"
UNFINISHED = ".part"
GZIP_LEVEL = 1  # generated text is so regular that more effort saves little


class FolderTarget:
    """A folder; `MARKER` in it names the files that are ours to replace."""

    dialect: Dialect = CSV
    takes_pipes = True

    def __init__(self, path: Path, *, compressed: bool = False) -> None:
        self.path = path
        self.compressed = compressed

    @override
    def __repr__(self) -> str:
        return f"FolderTarget({str(self.path)!r})"

    def file_name(self, table: Table) -> str:
        """`tbl_historico_t3_2025.csv`, `queue_log` for pipes, `.gz` when compressed."""
        return table.name + ("" if table.pipes else ".csv") + (".gz" if self.compressed else "")

    @contextmanager
    def writing(self, kind: str, tables: Sequence[Table]) -> Iterator["FolderWriter"]:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            earlier = self._refuse_strangers(tables)
            writer = FolderWriter(self, tables)
            try:
                yield writer
                writer.finish()
            except BaseException:
                writer.discard()
                raise
            self._publish(kind, tables, earlier)
        except OSError as error:
            raise TargetUnreachable(f"Cannot write to {self.path}: {error.strerror or error}.") from error

    def _refuse_strangers(self, tables: Sequence[Table]) -> dict[str, list[str]]:
        earlier = self._marked()
        ours = {name for names in earlier.values() for name in names}
        for table in tables:
            name = self.file_name(table)
            if name not in ours and (self.path / name).exists():
                raise NotOurs(f"{self.path / name} exists and was not made by iact simulate; choose another folder.")
        return earlier

    def _marked(self) -> dict[str, list[str]]:
        marker = self.path / MARKER
        try:
            return cast("dict[str, list[str]]", json.loads(marker.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise SimulationFailed(f"{marker} is damaged; remove it and the simulated files beside it.") from error

    def _publish(self, kind: str, tables: Sequence[Table], earlier: dict[str, list[str]]) -> None:
        names = [self.file_name(table) for table in tables]
        # The marker comes first: a file without it would be refused as a stranger's by the next run.
        marked = earlier | {kind: sorted({*earlier.get(kind, []), *names})}
        (self.path / MARKER).write_text(json.dumps(marked), encoding="utf-8")
        for name in names:
            (self.path / (name + UNFINISHED)).replace(self.path / name)
        for name in set(earlier.get(kind, [])) - set(names):
            (self.path / name).unlink(missing_ok=True)
        (self.path / MARKER).write_text(json.dumps(marked | {kind: names}), encoding="utf-8")


class FolderWriter:
    """Open files under unfinished names."""

    def __init__(self, target: FolderTarget, tables: Sequence[Table]) -> None:
        self._paths = {table: target.path / (target.file_name(table) + UNFINISHED) for table in tables}
        self._stack = ExitStack()
        self._files: dict[Table, IO[bytes]] = {}
        try:
            for table, path in self._paths.items():
                self._files[table] = self._open(path, compressed=target.compressed)
                if not table.pipes:
                    names = ",".join(column.name for column in table.columns)
                    self._files[table].write(names.encode() + b"\n")
        except BaseException:
            self.discard()
            raise

    def _open(self, path: Path, *, compressed: bool) -> IO[bytes]:
        raw = self._stack.enter_context(path.open("wb"))
        if not compressed:
            return raw
        # Neither name nor time in the gzip header: the same seed gives the same bytes.
        packed = gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=GZIP_LEVEL, mtime=0)
        return cast("IO[bytes]", self._stack.enter_context(cast("io.BufferedIOBase", packed)))

    def write(self, table: Table, text: bytes) -> None:
        self._files[table].write(text)

    def finish(self) -> None:
        self._stack.close()

    def discard(self) -> None:
        """Close what is open, even on a full disk, and remove the unfinished files."""
        try:
            self._stack.close()
        except OSError:
            pass  # the error that brought us here is already on its way
        finally:
            for path in self._paths.values():
                path.unlink(missing_ok=True)
