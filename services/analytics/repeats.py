"""Repeats and containment from `ivr.*_repeat_days_v1`: what looks a week ahead, counted once a day. Pure.

The rows look at callers of one source and of all segments, so they answer only where facts would do the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.analytics.catalog import Ratio, Recipe, SourceKind
from services.analytics.expressions import Plain, Raw
from services.analytics.facts import DIMENSION_SQL, REPEAT_WINDOWS_S
from services.analytics.question import Question
from services.analytics.relations import Scope, Span, local_days, whole_days, whole_months, whole_periods
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


COARSE: Final = frozenset({"month", "quarter", "year", "total"})
_KEYS: Final = ("source", "did", "segment", "menu", "menu_kind", "menu_abandoned", "menu_goal")
_NUMBERS: Final = (
    *("calls", "ended_in_ivr", "ended_known_24h", "ended_repeated_24h"),
    *(f"{what}_{window}" for window in REPEAT_WINDOWS_S for what in ("covered", "known", "repeated")),
)


@dataclass(frozen=True, slots=True)
class Repeats:
    """Days, or with `months` the months of a span and, with `edges`, the days that it has before and after them."""

    kind: SourceKind
    months: bool = False
    edges: bool = False

    @property
    def name(self) -> str:
        if not self.months:
            return "repeat_days"
        return "repeat_months + repeat_days" if self.edges else "repeat_months"

    @property
    def filters_inside(self) -> bool:
        return False

    def relation(self, scope: Scope) -> str:
        days = f"ivr.{'legacy' if self.kind == 'legacy' else 'queue'}_repeat_days_v1"
        months = whole_months(scope.span, scope.question.zone) if self.months else None
        if months is None:
            return f"{days} AS calls"
        since, until = local_days(scope.span, scope.question.zone)
        pieces = [("month", "ivr.legacy_repeat_months_v1", *months)]
        pieces += [("day", days, *each) for each in ((since, months[0]), (months[1], until)) if each[0] < each[1]]
        return f"({' UNION ALL '.join(_piece(*each, scope) for each in pieces)}) AS calls"

    def within(self, scope: Scope) -> Iterator[str]:
        if self.months:
            yield "true"  # each piece of the relation has its own days
            return
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


def _piece(time: str, view: str, since: date, until: date, scope: Scope) -> str:
    shown = ", ".join(f"calls.{name}" for name in (*_KEYS, *_NUMBERS))
    first, last = (scope.parameters.bind(day, "date") for day in (since, until))
    return (
        f"SELECT calls.{time} AS day, {shown} FROM {view} AS calls"  # noqa: S608 - declared names and bound values
        f" WHERE calls.{time} >= {first} AND calls.{time} < {last}"
    )


def repeats(question: Question, span: Span) -> Repeats:
    """The stored repeats that answer, where they fit: months where there are some. Queues are few, so days do."""
    asked = {*question.dimensions, *(each.dimension for each in question.filters)}
    by_months = question.granularity in COARSE and not asked & DAY_CLOCK_SQL.keys()
    months = question.kind == "legacy" and by_months and whole_months(span, question.zone) is not None
    return Repeats(question.kind, months, edges=months and not whole_periods(span, question.zone, 1))


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
