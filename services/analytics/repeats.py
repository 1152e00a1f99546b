"""Repeats and containment from `ivr.*_repeat_days_v1`: what looks a week ahead, counted once a day. Pure.

The rows look at callers of one source and of all segments, so they answer only where facts would do the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from services.analytics.catalog import Ratio, Recipe, SourceKind
from services.analytics.expressions import Plain, Raw
from services.analytics.facts import DIMENSION_SQL
from services.analytics.question import Question
from services.analytics.relations import Scope, Span, whole_days
from services.analytics.rollups import DAY_CLOCK_SQL, Rollup

DIMENSIONS: Final[Mapping[SourceKind, frozenset[str]]] = {
    "legacy": frozenset({"source", "did", "segment", "menu", *DAY_CLOCK_SQL}),
    "asterisk": frozenset({"source", "queue", *DAY_CLOCK_SQL}),
}
COUNTS: Final[Mapping[str, str]] = {
    **{f"repeat_known_{window}": f"sum(calls.known_{window})" for window in ("1h", "24h", "7d")},
    **{f"repeated_{window}": f"sum(calls.repeated_{window})" for window in ("1h", "24h", "7d")},
    "contained": "sum(CASE WHEN calls.menu_goal THEN calls.ended_in_ivr"
    " ELSE calls.ended_known_24h - calls.ended_repeated_24h END)",
    "containment_known": "sum(calls.calls - calls.ended_in_ivr"
    " + CASE WHEN calls.menu_goal THEN calls.ended_in_ivr ELSE calls.ended_known_24h END)",
}


@dataclass(frozen=True, slots=True)
class Repeats:
    kind: SourceKind

    @property
    def name(self) -> str:
        return "repeat_days"

    @property
    def filters_inside(self) -> bool:
        return False

    def relation(self, scope: Scope) -> str:
        del scope
        return f"ivr.{'legacy' if self.kind == 'legacy' else 'queue'}_repeat_days_v1 AS calls"

    def within(self, scope: Scope) -> Iterator[str]:
        since, until = scope.days()
        yield f"calls.day >= {since}"
        yield f"calls.day < {until}"

    def bucket(self, scope: Scope) -> str:
        return Rollup(self.kind, "day").bucket(scope)

    def dimension(self, name: str) -> str:
        return DAY_CLOCK_SQL.get(name) or DIMENSION_SQL[self.kind][name]

    def uncovered(self, window: str) -> str:
        return f"coalesce(sum(calls.calls - calls.covered_{window}), 0)::bigint"

    def expression(self, recipe: Recipe) -> Plain | None:
        match recipe:
            case Ratio((above,), (below,)) if above in COUNTS:
                return Plain(Raw(self, f"{COUNTS[above]}::float8 / nullif({COUNTS[below]}, 0)::float8", "float8"))
            case _:
                return None


def repeats_fit(question: Question, span: Span, *, in_source_zone: bool, one_source: bool) -> bool:
    """Whether the stored repeats are what facts would say."""
    asked = {*question.dimensions, *(each.dimension for each in question.filters)}
    return (
        one_source
        # What a person may not see must not show through "somebody called again" either.
        and question.segment is None
        and in_source_zone
        and question.granularity in ("day", "week", "month", "quarter", "year", "total")
        and asked <= DIMENSIONS[question.kind]
        and whole_days(span, question.zone)
    )
