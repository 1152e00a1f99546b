"""Which route answers what: the smallest that covers a question, else the facts. Pure.

The route is a function of the request and of what there is to answer from, never of a guess about speed: the same
question over the same data goes the same way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.analytics.bands import band_of, by_band, without_band
from services.analytics.callers import ExactCallers, stored_callers
from services.analytics.catalog import LASTING, Catalog, Distinct, Recipe
from services.analytics.covering import covering
from services.analytics.expressions import Callers, Expression, raws_of
from services.analytics.facts import Facts, moment_of, repeat_windows
from services.analytics.kept import kept
from services.analytics.lasting import lasting_expression
from services.analytics.question import Question
from services.analytics.relations import Route, Span
from services.analytics.removed import Removed, refuse_removed
from services.analytics.repeats import repeats, repeats_fit
from services.analytics.rollups import Rollup

# Different callers are counted from so many calls in half a second; beyond that their sketches answer.
DISTINCT_ROWS_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to answer from: zones of the sources asked, and whether all their rollups are complete.

    `month_hours_fit`: whether months by weekday and hour are counted by the clocks that the sources have now.
    `fact_rows` is about how many calls the facts of the span have, None where nobody asked yet. `removed` is what
    retention has dropped of them.
    """

    zones: frozenset[str] = frozenset()
    complete: bool = False
    month_hours_fit: bool = True
    sources_asked: int = 0
    sources_of_kind: int = 0
    fact_rows: int | None = None
    removed: Removed | None = None

    def lacks_calls(self, span: Span) -> bool:
        """Whether calls of the span were dropped: then few calls are no reason to count them exactly."""
        return self.removed is not None and span[0] < self.removed.kept_since


NOTHING_KNOWN: Final = Known()


@dataclass(frozen=True, slots=True)
class Plan:
    """How each metric is made, and the routes that have to be read for it; the first one says which groups exist.

    `band` is a dimension that the routes are not asked for: its rows are cut out of sketches afterwards.
    """

    expressions: Mapping[str, Expression]
    routes: tuple[Route, ...]
    band: str | None = None

    @property
    def name(self) -> str:
        return " + ".join(dict.fromkeys(route.name for route in self.routes))

    @property
    def reads_facts(self) -> bool:
        return any(route.name == "facts" for route in self.routes)

    @property
    def may_read_facts(self) -> bool:
        """Whether few calls would be counted exactly from facts instead of estimated from sketches."""
        callers = [each for each in self.expressions.values() if isinstance(each, Callers)]
        return any(not isinstance(each.exact.route, ExactCallers) for each in callers)

    @property
    def looks_ahead(self) -> bool:
        """Whether each caller's calls have to be put in order: far more work than counting."""
        return any(isinstance(route, Facts) and route.ahead for route in self.routes)


@kept
def choose_route(catalog: Catalog, question: Question, span: Span, known: Known = NOTHING_KNOWN) -> Plan:
    """The smallest relations that cover the metrics of the question over the span.

    Raises CallsRemoved where that would be calls that retention has dropped.
    """
    plan = _plan(catalog, question, span, known)
    refuse_removed(plan.routes, question, span, known.removed)
    return plan


def _plan(catalog: Catalog, question: Question, span: Span, known: Known) -> Plan:
    in_source_zone = known.zones <= {question.zone}
    rollups = list(_rollups(question, span, known)) if known.complete else []
    recipes = {
        name: metric.recipe for name in question.metrics if (metric := catalog.metric(name, question.kind)) is not None
    }
    if known.complete and (banded := _banded(recipes, question, span, known)) is not None:
        return banded
    found: dict[str, Expression] = {}
    lasting = {name: recipe for name, recipe in recipes.items() if isinstance(recipe, LASTING)}
    recipes = {name: recipe for name, recipe in recipes.items() if name not in lasting}
    if question.attribution == "event":
        found |= _at_events(recipes, question)
        recipes = {name: recipe for name, recipe in recipes.items() if name not in found}
    if known.complete:
        found |= _looked_ahead(recipes, question, span, known, in_source_zone=in_source_zone)
        found |= _callers(recipes, question, span, known, in_source_zone=in_source_zone)
    rest = {name: recipe for name, recipe in recipes.items() if name not in found}
    found |= _counted(rest, question, rollups)
    found |= _from_facts(catalog, {name: recipe for name, recipe in rest.items() if name not in found}, question)
    made = {name: lasting_expression(recipe, question) for name, recipe in lasting.items()}
    found |= {name: expression for name, expression in made.items() if expression is not None}
    ordered = {name: found[name] for name in question.metrics if name in found}
    return Plan(ordered, _routes(question, list(ordered.values()), rollups))


def _rollups(question: Question, span: Span, known: Known) -> Iterator[Rollup]:
    zone = next(iter(known.zones)) if len(known.zones) == 1 else None
    return covering(
        question, span, in_source_zone=known.zones <= {question.zone}, zone=zone, month_hours_fit=known.month_hours_fit
    )


def _banded(recipes: Mapping[str, Recipe], question: Question, span: Span, known: Known) -> Plan | None:
    """All metrics of each band from the sketches of the smallest rollup that covers the rest of the question."""
    band = band_of(question)
    if band is None or not recipes:
        return None
    for rollup in _rollups(without_band(question, band), span, known):
        made = {name: by_band(rollup, band, recipe) for name, recipe in recipes.items()} if rollup.sketched else {}
        told: dict[str, Expression] = {name: each for name, each in made.items() if each is not None}
        if len(told) == len(recipes):
            return Plan(told, (rollup,), band)
    return None


def _at_events(recipes: Mapping[str, Recipe], question: Question) -> dict[str, Expression]:
    """What is counted at another moment than the entry: rollups are kept by the entry, so from facts."""
    return {
        name: Facts(question.kind, moment=moment).expression(recipe, question.service_level)
        for name, recipe in recipes.items()
        if (moment := moment_of(recipe)) != "entry"
    }


def _looked_ahead(
    recipes: Mapping[str, Recipe], question: Question, span: Span, known: Known, *, in_source_zone: bool
) -> dict[str, Expression]:
    one_source = known.sources_of_kind == 1
    if not repeats_fit(question, span, in_source_zone=in_source_zone, one_source=one_source):
        return {}
    route = repeats(question, span)
    made = {name: route.expression(recipe) for name, recipe in recipes.items()}
    return {name: expression for name, expression in made.items() if expression is not None}


def _callers(
    recipes: Mapping[str, Recipe], question: Question, span: Span, known: Known, *, in_source_zone: bool
) -> dict[str, Expression]:
    distinct = [name for name, recipe in recipes.items() if isinstance(recipe, Distinct)]
    if not distinct:
        return {}
    stored = stored_callers(question, span, in_source_zone=in_source_zone, sources=known.sources_asked)
    if stored is None:
        return {}
    few = known.fact_rows is not None and known.fact_rows <= DISTINCT_ROWS_MAX and not known.lacks_calls(span)
    if few and not isinstance(stored.exact.route, ExactCallers):
        return {}
    return dict.fromkeys(distinct, stored)


def _counted(recipes: Mapping[str, Recipe], question: Question, rollups: Sequence[Rollup]) -> dict[str, Expression]:
    """All from one rollup where one covers them all, else each from the smallest that covers it."""
    level = question.service_level
    wanted = {name: recipe for name, recipe in recipes.items() if not isinstance(recipe, Distinct)}
    best: dict[str, Expression] = {}
    for rollup in rollups:
        made = {name: rollup.expression(recipe, level) for name, recipe in wanted.items()}
        told = {name: expression for name, expression in made.items() if expression is not None}
        if len(told) == len(wanted):
            return told
        best = {**told, **best}
    return best


def _from_facts(catalog: Catalog, recipes: Mapping[str, Recipe], question: Question) -> dict[str, Expression]:
    facts = Facts(question.kind, repeat_windows(catalog, question.kind, recipes))
    by_text = any(catalog.dimension(name).value_type == "text" for name in question.dimensions)
    pairs = Facts(question.kind, pairs=True)
    return {
        name: (pairs if by_text and isinstance(recipe, Distinct) else facts).expression(recipe, question.service_level)
        for name, recipe in recipes.items()
    }


def _routes(question: Question, expressions: Sequence[Expression], rollups: Sequence[Rollup]) -> tuple[Route, ...]:
    routes: list[Route] = list(dict.fromkeys(raw.route for each in expressions for raw in raws_of(each)))
    whole = [route for route in routes if isinstance(route, Rollup) or _is_whole(route)]
    # Stored callers and pairs know no group without a known caller: somebody else has to say which groups there are.
    if not whole and (question.dimensions or not routes):
        whole = [rollups[0] if rollups else Facts(question.kind)]
    return (*whole, *(route for route in routes if route not in whole))


def _is_whole(route: Route) -> bool:
    """Whether a reading of the facts has every call of the range, so that it knows every group."""
    return isinstance(route, Facts) and not route.pairs and route.moment == "entry"
