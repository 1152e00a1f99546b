"""Whether a table is still what it was: new, missing and retyped columns, each named. Pure.

Lengths do not matter and neither does char against text; a column of another family of types would be read wrongly
without an error, so it stops its table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Columns = Mapping[str, str]  # type by name, both as information_schema writes them

_FAMILIES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"), "text"),
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint"), "integer"),
    **dict.fromkeys(("decimal", "float", "double"), "number"),
    **dict.fromkeys(("datetime", "timestamp"), "datetime"),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"), "bytes"),
}
# What the interpreter can read at all, for a table that was never seen before. Others may have any family.
READABLE: Final[Mapping[str, frozenset[str]]] = {
    "dfecha": frozenset({"date", "datetime", "text"}),
    "dhorainicio": frozenset({"datetime", "text"}),
    "dhorafin": frozenset({"datetime", "text"}),
    **dict.fromkeys(
        (
            *("cdid_800transfer", "cdid_centro_transferencia", "cmenu", "copcion"),
            *("ctelefono_origen", "ctelefono_digitado", "cetiquetacliente"),
        ),
        frozenset({"text", "integer", "bytes"}),
    ),
}


@dataclass(frozen=True, slots=True)
class Drift:
    """What changed in one table; `retyped` has (column, before, now)."""

    table: str
    new: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    retyped: tuple[tuple[str, str, str], ...] = ()
    unreadable: tuple[tuple[str, str], ...] = field(default=())

    @property
    def stops(self) -> bool:
        return bool(self.retyped or self.unreadable)

    def sentences(self) -> list[str]:
        """One for each kind of change."""
        found = []
        if self.new:
            found.append(f"Table {self.table} has {_columns(self.new)} {', '.join(self.new)} that it did not have.")
        if self.missing:
            found.append(f"Table {self.table} has lost {_columns(self.missing)} {', '.join(self.missing)}.")
        found += [f"Column {name} of {self.table} was {before} and is {now}." for name, before, now in self.retyped]
        found += [f"Column {name} of {self.table} is {now}, which cannot be read." for name, now in self.unreadable]
        return found


def compare(table: str, before: Columns | None, now: Columns, *, legacy: bool) -> Drift:
    """What changed since the table was last seen; a table never seen is only asked whether it can be read."""
    if before is None:
        unreadable = [
            (name, kind)
            for name, kind in sorted(now.items())
            if legacy and family(kind) not in READABLE.get(name.casefold(), {family(kind)})
        ]
        return Drift(table, unreadable=tuple(unreadable))
    old, new = ({name.casefold(): name for name in columns} for columns in (before, now))
    retyped = [
        (new[key], before[old[key]], now[new[key]])
        for key in sorted(old.keys() & new.keys())
        if family(before[old[key]]) != family(now[new[key]])
    ]
    return Drift(
        table,
        tuple(new[key] for key in sorted(new.keys() - old.keys())),
        tuple(old[key] for key in sorted(old.keys() - new.keys())),
        tuple(retyped),
    )


def family(kind: str) -> str:
    """Types that read alike are of one family; an unknown type is one of its own."""
    return _FAMILIES.get(kind.casefold(), kind.casefold())


def _columns(names: tuple[str, ...]) -> str:
    return "columns" if len(names) > 1 else "a column"
