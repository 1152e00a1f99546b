"""Which sources an answer is made of, and how fresh that makes it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.analytics.catalog import SourceKind
from services.analytics.navigation import Known
from services.analytics.question import Filter
from services.analytics.removed import Removed


@dataclass(frozen=True, slots=True)
class DataVersion:
    """`counted_by` changes when a menu, a DID or a day counts otherwise; it is the same for all sources."""

    source: str
    kind: str
    zone: str
    version: int
    data_as_of: datetime | None
    updated_at: datetime | None
    rollups_complete: bool
    month_hours_fit: bool = True
    calls_kept_since: datetime | None = None
    calls_removed_at: datetime | None = None
    counted_by: str = ""


def asked_sources(
    versions: Iterable[DataVersion], *, kind: SourceKind, filters: Iterable[Filter] = ()
) -> list[DataVersion]:
    """The sources of the kind that every filter on `source` leaves, by the rules that SQL filters their calls with."""
    on_source = [each for each in filters if each.dimension == "source"]
    return [
        version
        for version in versions
        if version.kind == kind and all(_passes(each, version.source) for each in on_source)
    ]


def known_of(versions: Sequence[DataVersion], *, kind: SourceKind, filters: Iterable[Filter] = ()) -> Known:
    """What there is to answer from; a source that has never published has no calls to miss."""
    published = [version for version in versions if version.version > 0]
    asked = asked_sources(published, kind=kind, filters=filters)
    return Known(
        zones=frozenset(version.zone for version in asked),
        complete=bool(asked) and all(version.rollups_complete for version in asked),
        month_hours_fit=all(version.month_hours_fit for version in asked),
        sources_asked=len(asked),
        sources_of_kind=sum(version.kind == kind for version in published),
        removed=removed_of(versions),
    )


def removed_of(versions: Iterable[DataVersion]) -> Removed | None:
    """What retention has dropped: the same of all sources, for months are dropped with everything in them."""
    for each in versions:
        if each.calls_kept_since is not None and each.calls_removed_at is not None:
            return Removed(each.calls_kept_since, each.calls_removed_at)
    return None


def refuse_removed_calls(versions: Iterable[DataVersion], since: datetime) -> None:
    """Raises CallsRemoved when calls of a list from `since` on were dropped: it would not add up to its number."""
    if removed := removed_of(versions):
        removed.refuse(since)


def data_as_of(versions: Sequence[DataVersion]) -> datetime | None:
    """Up to when the newest source reaches: one that ended years ago must not make today's numbers look old.

    The age of each source stands beside it, and /ivr/freshness judges which of them should have come further.
    """
    return max((version.data_as_of for version in versions if version.data_as_of is not None), default=None)


def _passes(each: Filter, source: str) -> bool:
    match each.operator:
        case "in":
            return source in each.values
        case "not_in":
            return source not in each.values
        case "between":
            low, high = (str(value) for value in each.values)
            return low <= source <= high
        case "prefix":
            return source.startswith(str(each.values[0]))
        case "is_null":
            return not each.values[0]
