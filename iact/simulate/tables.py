"""What a simulated table looks like, and what a place must offer to receive one."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from iact.simulate.text import Dialect


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table; `pipes` is Asterisk's own text form of it, which only a folder takes and which has no header."""

    name: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...] = ()
    pipes: bool = False


class Writer(Protocol):
    """Receives encoded chunks of the tables it was opened with."""

    def write(self, table: Table, text: bytes) -> None: ...


class Target(Protocol):
    """A folder or a database schema."""

    @property
    def dialect(self) -> Dialect: ...

    @property
    def takes_pipes(self) -> bool: ...

    def writing(self, kind: str, tables: Sequence[Table]) -> AbstractContextManager[Writer]:
        """Replace the tables of this kind; refuses what `iact simulate` did not make."""
