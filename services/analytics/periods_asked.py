"""Which local days an answer hangs on, so that a closed period stays valid while newer data arrives. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from services.analytics.catalog import LASTING, Catalog
from services.analytics.facts import repeat_windows
from services.analytics.question import Question
from services.analytics.sources import DataVersion

# A question may be asked in any zone and count calls that began the day before: a day more on either side.
MARGIN: Final = timedelta(days=1)
LOOKING_AHEAD: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DaysAsked:
    since: date
    until: date
    sources: tuple[str, ...]


def days_asked(catalog: Catalog, question: Question, versions: Iterable[DataVersion]) -> DaysAsked | None:
    """The days, or None where the answer hangs on more than the calls of some days: then on the whole version."""
    own = [version for version in versions if version.kind == question.kind]
    if not all(version.rollups_complete for version in own):
        return None
    found = (catalog.metric(name, question.kind) for name in question.metrics)
    if any(metric is not None and isinstance(metric.recipe, LASTING) for metric in found):
        return None
    since, until = question.since, question.until
    if question.comparison is not None:
        since, until = min(since, question.comparison.since), max(until, question.comparison.until)
    if repeat_windows(catalog, question.kind, question.metrics):
        until += LOOKING_AHEAD
        if not all(version.data_as_of is not None and until <= version.data_as_of for version in own):
            return None
    return DaysAsked((since - MARGIN).date(), (until + MARGIN).date() + MARGIN, tuple(v.source for v in own))


def widest(asked: Sequence[DaysAsked | None]) -> DaysAsked | None:
    """The days that several questions hang on together."""
    known = [each for each in asked if each is not None]
    if len(known) < len(asked) or not known:
        return None
    sources = dict.fromkeys(source for each in known for source in each.sources)
    return DaysAsked(min(each.since for each in known), max(each.until for each in known), tuple(sources))
