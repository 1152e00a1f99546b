"""Which rollups cover a question, smallest first. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from services.analytics.catalog import SourceKind
from services.analytics.facts import CLOCK_DIMENSIONS
from services.analytics.month_hours import month_hours
from services.analytics.question import Question
from services.analytics.relations import (
    Span,
    local_days,
    months_within,
    offsets_fit,
    whole_days,
    whole_months,
    whole_periods,
    whole_steps,
)
from services.analytics.rollups import (
    ALWAYS,
    BY_GRAIN,
    CELL_DIMENSIONS,
    CLOCK,
    GRANULARITIES,
    LEGACY_GRAINS,
    STEPS_S,
    WIDTHS,
    WITH_CALLS_MIN,
    Rollup,
)
from services.analytics.splits import SPLIT


def covering(
    question: Question, span: Span, *, in_source_zone: bool, zone: str | None = None, month_hours_fit: bool = True
) -> Iterator[Rollup]:
    """The rollups that tell the question's dimensions and filters apart and fit its buckets, smallest first.

    `zone` is that of all sources asked, None where they have several. Without `month_hours_fit` months by weekday and
    hour are left out: those of a source are counted by the clock of another zone than the one that it has now.
    """
    asked = {*question.dimensions, *(each.dimension for each in question.filters)}
    clock = asked & set(CLOCK_DIMENSIONS)
    by_grain = BY_GRAIN[question.kind]
    split = SPLIT[question.kind] in asked
    if not asked - clock <= ALWAYS[question.kind] | by_grain.keys() | {SPLIT[question.kind]}:
        return
    cell = frozenset(by_grain[name] for name in asked if name in by_grain)
    if (
        month_hours_fit
        and not cell
        and (by_hour := month_hours(question, span, in_source_zone=in_source_zone, split=split)) is not None
    ):
        yield by_hour
    together = question.segment is None and not asked & CELL_DIMENSIONS[question.kind]
    days = replace(_days_at(question.kind, cell), split=split, together=together)
    for width in WIDTHS:
        if question.granularity not in GRANULARITIES[width] or not clock <= CLOCK[width] or (cell and width in STEPS_S):
            continue
        rollup = replace(days, width=width)
        if _fits(rollup, question, span, in_source_zone=in_source_zone):
            yield rollup
        elif width == "month" and in_source_zone and whole_months(span, question.zone) is not None:
            yield replace(rollup, edges=True)
    if zone is not None:
        yield from _with_calls(question, span, zone, days, clock)


def _with_calls(question: Question, span: Span, zone: str, rollup: Rollup, clock: set[str]) -> Iterator[Rollup]:
    """Days of a span that does not begin or end with one, months where it has some, and calls at its ends."""
    abroad = zone != question.zone
    fitting = frozenset({"total"}) if abroad else GRANULARITIES["day"]
    if question.granularity not in fitting or not clock <= (frozenset() if abroad else CLOCK["day"]):
        return
    if span[1] - span[0] < WITH_CALLS_MIN or (whole_days(span, zone) and not abroad):
        return
    days = replace(rollup, edges=True, zone=zone, abroad=abroad)
    if question.granularity in GRANULARITIES["month"] and not clock and months_within(*local_days(span, zone)):
        yield replace(days, width="month")
    yield days


def _days_at(kind: SourceKind, cell: frozenset[str]) -> Rollup:
    """Days, whose grains months have too; hours and less have the first one alone."""
    if kind == "asterisk":
        return Rollup(kind, "day", 2 if cell else 1)
    return Rollup(kind, "day", LEGACY_GRAINS[cell])


def _fits(rollup: Rollup, question: Question, span: Span, *, in_source_zone: bool) -> bool:
    """Whether the span is made of whole rows, and every bucket too."""
    match rollup.width:
        case "month":
            return in_source_zone and whole_periods(span, question.zone, 1)
        case "day":
            return in_source_zone and whole_days(span, question.zone)
        case width:
            # Days, hours of the day and weekdays begin where the wall clock says, which must be where a row begins.
            step_s = STEPS_S[width]
            return whole_steps(span, step_s) and offsets_fit(span, question.zone, step_s)
