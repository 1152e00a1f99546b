"""The calls behind a number: the same conditions as the number, row by row. Pure.

A public call id carries the call's instant, so that one call is found in its own month instead of in all of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, cast

from services.analytics.catalog import Catalog, Count, SourceKind
from services.analytics.conditions import conditions
from services.analytics.cursors import typed
from services.analytics.facts import DIMENSION_SQL, Facts, moment_of
from services.analytics.parameters import Parameters
from services.analytics.question import INTEGER_MAX, Question
from services.analytics.relations import Scope

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CALL_ID = re.compile(r"(legacy|asterisk)-(-?\d{1,17})-(-?\d{1,19})", re.ASCII)
LEGACY_COLUMNS = (
    "call_id",
    "source",
    "caller_id",
    "started_at",
    "duration_s",
    "did",
    "segment",
    "menu",
    "option",
    "centre",
    "line_kind",
    "labels",
    "swapped",
    "source_table",
    "unit_date",
    "occurrence",
)
PLAIN_TEXTS = "plain_texts"
QUEUE_COLUMNS = (
    "call_id",
    "source",
    "caller_id",
    "callid",
    "queue",
    "agent",
    "entered_at",
    "ended_at",
    "exit",
    "wait_s",
    "ring_s",
    "talk_s",
    "entry_position",
    "transfers",
    "ring_no_answer",
)


@dataclass(frozen=True, slots=True)
class Listing:
    """Which calls: those of the question, of one bucket of it, and of one count among its metrics."""

    question: Question
    bucket: datetime | None = None
    count: str | None = None

    @property
    def since(self) -> datetime:
        """The moment before which no call of the list began."""
        return self.question.since if self.bucket is None else max(self.bucket, self.question.since)


@dataclass(frozen=True, slots=True)
class PublicId:
    kind: SourceKind
    at: datetime
    call_id: int


class NotACountError(ValueError):
    """Only a count of calls has calls behind it."""


def in_turn(listing: Listing, rows: int, rows_each: int) -> Iterator[Listing]:
    """The list, of so many calls, as lists of about `rows_each` that follow one another: their times join.

    One bucket, or calls at another moment than their entry, are not cut.
    """
    question = listing.question
    parts = max(1, -(-rows // rows_each))
    if listing.bucket is not None or question.attribution != "entry":
        parts = 1
    ends = [question.since + (question.until - question.since) * part / parts for part in range(parts)]
    for since, until in pairwise([*ends, question.until]):
        yield replace(listing, question=replace(question, since=since, until=until))


def count_behind(catalog: Catalog, kind: SourceKind, metric: str) -> str:
    """The count whose calls stand behind a metric. Raises NotACountError, or UnknownName for a name that nobody has."""
    declared = catalog.metric(metric, kind)
    match declared and declared.recipe:
        case Count(name) if Facts(kind).predicate(name) is not None:
            return name
        case _:
            raise NotACountError(f"{metric} is no count of {kind} calls; leave it out to see all calls of the cell")


def compile_listing(
    catalog: Catalog, listing: Listing, *, limit: int, after: tuple[datetime, int] | None, plain: bool = False
) -> tuple[str, tuple[Any, ...]]:
    """A page of calls in the order of time and id, and one more to know whether there is a next page.

    With `plain` a legacy call tells, as PLAIN_TEXTS, whether its texts are the same in every file.
    """
    question, route = listing.question, _facts(listing)
    parameters = Parameters()
    where = _where(catalog, listing, route, parameters)
    if after is not None:
        at, call_id = parameters.bind(after[0], "timestamptz"), parameters.bind(after[1], "bigint")
        where.append(f"(calls.{route.time}, calls.call_id) > ({at}, {call_id})")
    sql = (
        f"SELECT {_shown(question.kind, plain=plain)} FROM {route.view} AS calls WHERE {' AND '.join(where)}"  # noqa: S608 - declared names and bound values
        f" ORDER BY calls.{route.time}, calls.call_id LIMIT {parameters.bind(limit + 1, 'bigint')}"
    )
    return sql, parameters.arguments


def compile_listing_total(catalog: Catalog, listing: Listing) -> tuple[str, tuple[Any, ...]]:
    """How many calls the whole list has: the number that was drilled into."""
    route, parameters = _facts(listing), Parameters()
    where = " AND ".join(_where(catalog, listing, route, parameters))
    return f"SELECT count(*) FROM {route.view} AS calls WHERE {where}", parameters.arguments  # noqa: S608 - declared names and bound values


def compile_call(wanted: PublicId, *, segment: str | None) -> tuple[str, tuple[Any, ...]]:
    """One call, if it exists and lies in the caller's segment."""
    route, parameters = Facts(wanted.kind), Parameters()
    where = [
        f"calls.{route.time} = {parameters.bind(wanted.at, 'timestamptz')}",
        f"calls.call_id = {parameters.bind(wanted.call_id, 'bigint')}",
    ]
    if segment is not None:
        where.append(f"calls.segment = {parameters.bind(segment, 'text')}")
    sql = f"SELECT {_shown(wanted.kind)} FROM {route.view} AS calls WHERE {' AND '.join(where)} LIMIT 1"  # noqa: S608 - declared names and bound values
    return sql, parameters.arguments


def public_id(kind: SourceKind, at: datetime, call_id: int) -> str:
    return f"{kind}-{(at - EPOCH) // timedelta(microseconds=1)}-{call_id}"


def parse_public_id(text: str) -> PublicId | None:
    """The parts of a public id, or None when the text is none."""
    found = CALL_ID.fullmatch(text)
    if found is None or abs(int(found[3])) > INTEGER_MAX:
        return None
    try:
        at = EPOCH + timedelta(microseconds=int(found[2]))
    except OverflowError:
        return None
    return PublicId(cast("SourceKind", found[1]), at, int(found[3]))


def cursor_keys(cells: list[Any]) -> tuple[datetime, int]:
    """The place in the list that a cursor's cells name. Raises Unprocessable when they are of another type."""
    at, call_id = typed(cells[0], "timestamptz"), typed(cells[1], "bigint")
    return cast("datetime", at), cast("int", call_id)


def _facts(listing: Listing) -> Facts:
    """The calls at the moment at which the number that was drilled into counted them."""
    question = listing.question
    if question.attribution == "entry" or listing.count is None:
        return Facts(question.kind)
    return Facts(question.kind, moment=moment_of(Count(listing.count)))


def _where(catalog: Catalog, listing: Listing, route: Facts, parameters: Parameters) -> list[str]:
    question = listing.question
    scope = Scope(question, (question.since, question.until), parameters)
    where = list(conditions(catalog, route, scope))
    if listing.bucket is not None:
        where.append(f"{route.bucket(scope)} = {parameters.bind(listing.bucket, 'timestamptz')}")
    if listing.count is not None:
        where.append(f"({parameters.fill(route.predicate(listing.count) or 'true', question)})")
    return where


def _shown(kind: SourceKind, *, plain: bool = False) -> str:
    if kind == "asterisk":
        return ", ".join(f"calls.{name}" for name in QUEUE_COLUMNS)
    names = [*LEGACY_COLUMNS, *([PLAIN_TEXTS] if plain else [])]
    return ", ".join([*(f"calls.{name}" for name in names), f"{DIMENSION_SQL[kind]['outcome']} AS outcome"])
