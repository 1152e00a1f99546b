"""From a request to a question: every name, zone, value and cursor checked, everything wrong told at once. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from services.analytics.catalog import Catalog, SourceKind, UnknownName, closest
from services.analytics.columns import columns_of
from services.analytics.cursors import read_cursor
from services.analytics.periods import Comparison, compare_range, compare_with
from services.analytics.query import order_of
from services.analytics.question import (
    Faults,
    Filter,
    Granularity,
    Order,
    Question,
    SegmentForbidden,
    ServiceLevel,
    check_names,
    check_time,
    choose_kind,
    understand_filter,
    zone_of,
)
from services.analytics.schemas import YEAR_MAX, YEAR_MIN, FilterIn, OtherRange, QueryRequest, TimeRange


def understand(request: QueryRequest, *, catalog: Catalog, segment: str | None, zone_default: str) -> Question:
    """Raises Unprocessable naming every bad field; SegmentForbidden when the data has no segment to filter by."""
    faults = Faults()
    check_names(catalog, request.metrics, request.dimensions, faults)
    for index, each in enumerate(request.filters):
        if each.dimension not in catalog.dimensions:
            suggestion = closest(each.dimension, catalog.dimensions)
            faults.add(f"filters.{index}.dimension", f"there is no dimension {each.dimension!r}", suggestion)
    zone = request.time.zone or zone_default
    _check_range(request.time, zone, faults)
    faults.check()
    asked = [*request.dimensions, *(each.dimension for each in request.filters)]
    kind = request.source_kind or choose_kind(catalog, request.metrics, asked)
    if segment is not None and kind != "legacy":
        raise SegmentForbidden
    question = Question(
        kind=kind,
        metrics=tuple(request.metrics),
        dimensions=tuple(request.dimensions),
        since=request.time.since.astimezone(UTC),
        until=request.time.until.astimezone(UTC),
        zone=zone,
        granularity=cast("Granularity", request.time.granularity),
        filters=understand_filters(catalog, kind, request.filters, faults),
        segment=segment,
        service_level=ServiceLevel(**request.service_level.model_dump()),
        comparison=_comparison(request, zone, faults),
        limit=request.limit,
        totals=request.totals,
        attribution=request.attribution,
    )
    question = replace(question, order_by=_order_by(catalog, question, request.order_by, faults))
    faults.check()
    if request.cursor is None:
        return question
    after = read_cursor(request.cursor, question, [column for column, _ in order_of(catalog, question)])
    return replace(question, after=after)


def _check_range(time: TimeRange, zone: str, faults: Faults) -> None:
    check_time(since=time.since, until=time.until, granularity=time.granularity, zone=zone, faults=faults)
    for param, instant in (("time.from", time.since), ("time.to", time.until)):
        check_year(param, instant, faults)


def check_year(param: str, instant: datetime, faults: Faults) -> None:
    if not YEAR_MIN <= instant.year < YEAR_MAX:
        faults.add(param, f"the year must lie between {YEAR_MIN} and {YEAR_MAX - 1}")


def understand_filters(
    catalog: Catalog, kind: SourceKind, filters: Sequence[FilterIn], faults: Faults
) -> tuple[Filter, ...]:
    """The filters whose values fit; the others become faults."""
    understood = []
    for index, each in enumerate(filters):
        try:
            understood.append(
                understand_filter(catalog, kind, dimension=each.dimension, operator=each.op, values=each.values)
            )
        except UnknownName as error:
            faults.unknown(f"filters.{index}.dimension", "dimension", error)
        except ValueError as error:
            faults.add(f"filters.{index}", str(error))
    return tuple(understood)


def _comparison(request: QueryRequest, zone: str, faults: Faults) -> Comparison | None:
    since, until = request.time.since.astimezone(UTC), request.time.until.astimezone(UTC)
    match request.compare:
        case None:
            return None
        case OtherRange() as other:
            if other.until <= other.since:
                faults.add("compare.to", "the end must lie after the beginning")
            known = len(faults.errors)
            check_year("compare.from", other.since, faults)
            check_year("compare.to", other.until, faults)
            if len(faults.errors) > known:
                return None
            span = (other.since.astimezone(UTC), other.until.astimezone(UTC))
            return compare_range(since=since, other=span, zone=zone_of(zone))
        case named:
            return compare_with(named, since=since, until=until, zone=zone_of(zone))


def _order_by(catalog: Catalog, question: Question, names: Sequence[str], faults: Faults) -> tuple[Order, ...]:
    known = [column.name for column in columns_of(catalog, question)]
    order = []
    for index, name in enumerate(names):
        column = name.removeprefix("-")
        if column not in known:
            faults.add(f"order_by.{index}", f"the answer has no column {column!r}", closest(column, known))
            continue
        order.append(Order(column, descending=name.startswith("-")))
    if len({item.column for item in order}) < len(order):
        faults.add("order_by", "a column is asked for twice")
    return tuple(order)
