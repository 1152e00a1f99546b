"""The value columns inside a statement: one for a metric that SQL finishes, else one for each aggregate. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.analytics.columns import Column
from services.analytics.expressions import Callers, Expression, Plain, Raw, raws_of

EMPTY: Final[Mapping[str, str]] = {"bigint": "0", "float8": "0", "bytea": "''::bytea"}


@dataclass(frozen=True, slots=True)
class Cell:
    """`zero` is whether nothing is 0 (or an empty sketch) and not null; `changes` whether SQL compares it."""

    sql: str
    sql_type: str
    raw: Raw | None
    zero: bool
    changes: bool

    @property
    def before(self) -> str:
        return f"before_{self.sql.removeprefix('value_')}"

    @property
    def change(self) -> str:
        return f"change_{self.sql.removeprefix('value_')}"

    @property
    def empty(self) -> str:
        return EMPTY[self.sql_type]

    def filled(self, sql: str) -> str:
        return f"coalesce({sql}, {self.empty})" if self.zero else sql

    def only(self, name: str) -> str:
        """The one value among rows of which the others are null."""
        return f"string_agg({name}, ''::bytea)" if self.sql_type == "bytea" else f"max({name})"


def cells_of(metrics: Sequence[Column], expressions: Mapping[str, Expression]) -> tuple[Cell, ...]:
    """The columns that these metrics need, each aggregate once."""
    cells: list[Cell] = []
    seen: dict[Raw, Cell] = {}
    for column in metrics:
        expression = expressions.get(column.name)
        if expression is None:
            cells.append(Cell(column.sql, column.sql_type, None, zero=False, changes=True))
        elif isinstance(expression, Plain):
            zero = column.zero_when_empty
            cells.append(Cell(column.sql, column.sql_type, expression.raw, zero=zero, changes=True))
        else:
            # A missing exact number is not 0: the sketches answer then.
            exact = expression.exact if isinstance(expression, Callers) else None
            for raw in raws_of(expression):
                if raw not in seen:
                    zero = raw != exact
                    seen[raw] = Cell(f"raw_{len(seen)}", raw.sql_type, raw, zero=zero, changes=False)
                    cells.append(seen[raw])
    return tuple(cells)
