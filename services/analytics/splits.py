"""Rows of a rollup taken apart by a dimension that they keep a count for each value of. Pure.

How a call left its queue and which line it typed are no keys of a rollup, but columns: one row becomes one row for
each value that some of its calls have, and `split_calls` says how many.
"""

from collections.abc import Mapping
from typing import Final

from services.analytics.catalog import SourceKind

# The dimension of each kind, and its values with the columns that count them; together they are all calls of a row.
SPLIT: Final[Mapping[SourceKind, str]] = {"legacy": "line_kind", "asterisk": "exit"}
_COLUMNS: Final[Mapping[SourceKind, Mapping[str, str]]] = {
    "legacy": {"no_digito": "no_typed_line", "misma_linea": "same_line", "linea_diferente": "different_line"},
    "asterisk": {
        "answered": "answered",
        "abandoned": "abandoned",
        "timeout": "timed_out",
        "key_exit": "key_exits",
        "empty": "empty_exits",
        "withdrawn": "withdrawn",
        "flow_out": "flowed_out",
        "open": "open",
    },
}
_ALL: Final[Mapping[SourceKind, str]] = {"legacy": "calls", "asterisk": "offered"}
# The menu is a key of every legacy row, so all parts of a row count as abandoned or none does.
_KEYED: Final[Mapping[SourceKind, Mapping[str, str]]] = {
    "legacy": {"abandoned": "calls.menu_abandoned"},
    "asterisk": {},
}


def split_rows(kind: SourceKind, rows: str) -> str:
    """The rows (a FROM item named `calls`), one for each value that some of their calls have."""
    values = ", ".join(f"('{value}', calls.{column}::bigint)" for value, column in _COLUMNS[kind].items())
    return (
        f"(SELECT calls.*, split.value AS {SPLIT[kind]}, split.calls AS split_calls FROM {rows}"  # noqa: S608 - declared names
        f" CROSS JOIN LATERAL (VALUES {values}) AS split (value, calls) WHERE split.calls > 0) AS calls"
    )


def split_count(kind: SourceKind, name: str) -> str | None:
    """A count over split rows, or None where they cannot tell it."""
    conditions = {
        **{column: f"calls.{SPLIT[kind]} = '{value}'" for value, column in _COLUMNS[kind].items()},
        **_KEYED[kind],
    }
    if name == _ALL[kind]:
        return "coalesce(sum(calls.split_calls), 0)::bigint"
    if name not in conditions:
        return None
    return f"coalesce(sum(calls.split_calls) FILTER (WHERE {conditions[name]}), 0)::bigint"
