"""Runs what query.py compiled. The edge opens the transaction; nothing here writes."""

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

import asyncpg

from services.analytics.answer import (
    Answer,
    Notice,
    absent,
    no_agent_spans,
    partial_buckets,
    parts_missing,
    shown_rows,
    uncovered,
    unknown_columns,
    untold,
)
from services.analytics.catalog import Catalog, SourceKind
from services.analytics.columns import columns_of, keys_of, values_of
from services.analytics.cursors import write_cursor
from services.analytics.distributions import GROUPS_MAX
from services.analytics.drilldown import Listing, PublicId, compile_call, compile_listing, compile_listing_total
from services.analytics.finish import asks_about_agents, finish, page, without_agents
from services.analytics.limits import (
    TooMuch,
    estimated_rows,
    explain_facts,
    explain_flow,
    refuse_too_long_flow,
    refuse_too_many_rows,
    refuse_too_much,
)
from services.analytics.menus import as_stored, names_menus
from services.analytics.navigation import Known, choose_route
from services.analytics.periods_asked import DaysAsked, days_asked, widest
from services.analytics.pool import CELLS_ON_LOOP_MAX, OffLoop, at_once
from services.analytics.query import (
    Statement,
    compile_left_out,
    compile_rows,
    compile_totals,
    order_of,
)
from services.analytics.question import Cell, Question
from services.analytics.sources import DataVersion, known_of
from shared.postgres import Connection
from shared.sql import folder

load = folder(__file__)

_legacy_states: dict[tuple[Any, ...], str | None] = {}

CALL_REACH = timedelta(days=1)  # nobody queues or talks for longer: what is looked through for one call
STATES_KEPT = 1_000  # ranges of days that people look at between two publications; some hundred bytes each
DETAILS_MAX = 200  # legs or steps of one call; a queue that rings everybody has some dozens


async def data_versions(conn: Connection) -> list[DataVersion]:
    return [DataVersion(**row) for row in await conn.fetch(load("data_versions"))]


async def state_of(
    conn: Connection, catalog: Catalog, questions: Iterable[Question], versions: Sequence[DataVersion]
) -> list[Any]:
    """What the answers to these questions hang on, for their ETag: some days, or else every publication."""
    asked = list(questions)
    days = widest([days_asked(catalog, question, versions) for question in asked])
    # What asks no question (a listing) hangs on everything.
    kinds: set[str] = {question.kind for question in asked} or {each.kind for each in versions}
    kept_since = max((each.calls_kept_since for each in versions if each.calls_kept_since is not None), default=None)
    if days is None:
        return [
            kept_since,
            *([each.source, each.kind, each.version, each.updated_at] for each in versions if each.kind in kinds),
        ]
    counted_by = next((each.counted_by for each in versions), "")
    published = await _legacy_state(conn, days, versions), await _queue_state(conn, days, versions)
    sources = [[each.source, each.zone, each.version > 0] for each in versions if each.kind in kinds]
    return [kept_since, counted_by, published, *sources]


async def _legacy_state(conn: Connection, days: DaysAsked, versions: Sequence[DataVersion]) -> str | None:
    """A digest of the publications of these days: looked through once a version of the sources, not each time."""
    own = _asked_of("legacy", days, versions)
    if not own:
        return None
    key = (days, *((each.source, each.version, each.updated_at) for each in own))
    if key not in _legacy_states:
        found = await conn.fetchval(load("legacy_days_state"), days.since, days.until, [each.source for each in own])
        if len(_legacy_states) >= STATES_KEPT:
            _legacy_states.clear()
        _legacy_states[key] = found
    return _legacy_states[key]


async def _queue_state(conn: Connection, days: DaysAsked, versions: Sequence[DataVersion]) -> str | None:
    own = [each.source for each in _asked_of("asterisk", days, versions)]
    if not own:
        return None
    state: str = await conn.fetchval(load("queue_days_state"), days.since, days.until, own)
    return state


def _asked_of(kind: SourceKind, days: DaysAsked, versions: Sequence[DataVersion]) -> list[DataVersion]:
    return [each for each in versions if each.kind == kind and each.source in days.sources]


async def segments(conn: Connection) -> list[str]:
    return [row["segment"] for row in await conn.fetch(load("segments"))]


async def holidays(conn: Connection) -> list[date]:
    return [row["day"] for row in await conn.fetch(load("holidays"))]


async def with_stored_menus(conn: Connection, question: Question) -> Question:
    """The question with its menus spelled as calls have them. Only for SQL: cursors belong to the question as asked."""
    if not names_menus(question.filters):
        return question
    menus = [row["menu"] for row in await conn.fetch(load("menus"))]
    return replace(question, filters=as_stored(question.filters, menus))


async def listing(conn: Connection, name: str, arguments: Sequence[Any]) -> list[dict[str, Any]]:
    """The rows of a report's own statement."""
    return [dict(row) for row in await conn.fetch(load(name), *arguments)]


async def check_flow(conn: Connection, kind: SourceKind, spans: Iterable[tuple[datetime, datetime]]) -> None:
    """Raises TooMuch when these periods together are too long for a flow."""
    found = [await conn.fetchval(explain_flow(kind), *span) for span in spans]
    refuse_too_long_flow(sum(map(estimated_rows, found)))


async def fetch(conn: Connection, statement: Statement) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await conn.fetch(statement.sql, *statement.arguments)]


async def calls(
    conn: Connection, catalog: Catalog, listing: Listing, *, limit: int, after: tuple[datetime, int] | None
) -> list[asyncpg.Record]:
    stored = replace(listing, question=await with_stored_menus(conn, listing.question))
    sql, arguments = compile_listing(catalog, stored, limit=limit, after=after)
    rows: list[asyncpg.Record] = await conn.fetch(sql, *arguments)
    return rows


async def calls_total(conn: Connection, catalog: Catalog, listing: Listing) -> int:
    stored = replace(listing, question=await with_stored_menus(conn, listing.question))
    sql, arguments = compile_listing_total(catalog, stored)
    total: int = await conn.fetchval(sql, *arguments)
    return total


async def call(conn: Connection, wanted: PublicId, *, segment: str | None) -> asyncpg.Record | None:
    sql, arguments = compile_call(wanted, segment=segment)
    return await conn.fetchrow(sql, *arguments)


async def legs_and_steps(
    conn: Connection, source: str, callid: str, at: datetime
) -> tuple[list[asyncpg.Record], list[asyncpg.Record]]:
    """What cdr and cel say of a call that entered its queue at a moment: nothing where they were not read."""
    about = (source, callid, at - CALL_REACH, at + CALL_REACH, DETAILS_MAX)
    return await conn.fetch(load("call_legs"), *about), await conn.fetch(load("call_steps"), *about)


async def ask(
    conn: Connection,
    catalog: Catalog,
    question: Question,
    versions: Sequence[DataVersion],
    off_loop: OffLoop = at_once,
) -> Answer:
    """The answer to one question, from the state of this transaction. Raises TooMuch when it would read too much."""
    columns = columns_of(catalog, question)
    unknown = unknown_columns(columns, question)
    known = known_of(versions, kind=question.kind, filters=question.filters)
    if not any(version.kind == question.kind and version.version > 0 for version in versions):
        nothing: list[Cell] = [None for _ in values_of(catalog, question)]
        totals = nothing if question.totals else None
        return Answer(question, columns, [], totals, (absent(question.kind), *unknown), None, "facts")
    stored = await with_stored_menus(conn, question)
    known = await _with_rows(conn, catalog, stored, known)
    statement = compile_rows(catalog, stored, known)
    records = _within(stored, statement, await fetch(conn, statement))
    if asks_about_agents(columns) and not await _agents_known(conn, question):
        records = without_agents(statement, records)
    found = await off_loop(lambda: _page(catalog, question, statement, records), len(records) * len(columns))
    totals, errors = await _totals(conn, catalog, stored, known, found, off_loop)
    return Answer(
        question=question,
        columns=columns,
        rows=found.shown,
        totals=totals,
        notices=(
            *unknown,
            *untold(columns, statement.now.expressions if statement.now else ()),
            *parts_missing(columns),
            *no_agent_spans(columns, found.rows),
            *await _left_out(conn, catalog, stored, known),
            *partial_buckets(columns, found.rows[: question.limit], question),
        ),
        next_cursor=_next_cursor(catalog, question, found.rows) if len(found.rows) > question.limit else None,
        answered_from=statement.name,
        errors={**found.errors, **errors},
    )


async def whole_answer(
    conn: Connection, catalog: Catalog, question: Question, versions: Sequence[DataVersion]
) -> Statement | None:
    """The statement whose records are all rows of the answer; None where more has to be made of them than SQL does.

    Refuses what `ask` refuses, for which it looks at the first row.
    """
    if not any(version.kind == question.kind and version.version > 0 for version in versions):
        return None
    if asks_about_agents(columns_of(catalog, question)) and not await _agents_known(conn, question):
        return None
    stored = await with_stored_menus(conn, question)
    known = known_of(versions, kind=question.kind, filters=question.filters)
    known = await _with_rows(conn, catalog, stored, known)
    statement = compile_rows(catalog, stored, known)
    if not statement.plain or statement.whole:
        return None
    if statement.combinations_max is not None:
        first = compile_rows(catalog, replace(stored, limit=1), known)
        _within(stored, first, await fetch(conn, first))
    return statement


async def copy_lines(
    conn: Connection,
    sql: str,
    arguments: Sequence[Any],
    write: Callable[[bytes], Coroutine[Any, Any, None]],
    *,
    zone: str,
    timeout_s: float,
    form: Literal["csv", "text"] = "csv",
) -> None:
    """Sends the rows as lines, many at a time; instants that are written as texts are in this zone."""
    await conn.execute(load("session_zone"), zone)
    await conn.copy_from_query(sql, *arguments, output=write, format=form, timeout=timeout_s)


async def ask_all(
    conn: Connection,
    catalog: Catalog,
    questions: Mapping[str, Question],
    versions: Sequence[DataVersion],
    off_loop: OffLoop = at_once,
) -> dict[str, Answer]:
    """The answers of a report, all from the state of this transaction."""
    return {name: await ask(conn, catalog, question, versions, off_loop) for name, question in questions.items()}


@dataclass(frozen=True, slots=True)
class _Page:
    """Rows as the database means them, one more than the page when there are more, and the page as it is shown."""

    rows: list[list[Any]]
    shown: list[list[Cell]]
    errors: Mapping[str, float]


def _page(catalog: Catalog, question: Question, statement: Statement, records: Sequence[tuple[Any, ...]]) -> _Page:
    if statement.whole and len(records) > GROUPS_MAX:
        raise TooMuch(
            "Bands, and an order by a percentile, a service level or unique callers, need the distributions of more"
            f" than {GROUPS_MAX} rows here. Order by another column, ask for fewer dimensions, a shorter range or"
            " longer buckets, or filter."
        )
    finished = finish(statement, records)
    rows = finished.rows
    if statement.whole:
        order = order_of(catalog, question)
        rows = page(rows, statement.columns, order, after=question.after, limit=question.limit)
    shown = shown_rows(statement.columns, rows[: question.limit], question.zone)
    return _Page(rows, shown, finished.errors)


def _within(question: Question, statement: Statement, records: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The records without the count of combinations. Raises TooManyRows when some had to be left out."""
    most = statement.combinations_max
    if most is None or not records:
        return records
    refuse_too_many_rows(question, records[0][-1], most)
    return [record[:-1] for record in records]


async def _agents_known(conn: Connection, question: Question) -> bool:
    known: bool = await conn.fetchval(load("agents_known"), question.since, question.until)
    return known


async def _with_rows(conn: Connection, catalog: Catalog, question: Question, known: Known) -> Known:
    """What is known, with an estimate of the calls in range where facts may have to be read."""
    spans = [(question.since, question.until)]
    if question.comparison is not None:
        spans.append((question.comparison.since, question.comparison.until))
    plans = [choose_route(catalog, question, span, known) for span in spans]
    if not any(plan.reads_facts or plan.may_read_facts for plan in plans):
        return known
    rows = 0
    for since, until in spans:
        found = await conn.fetchval(explain_facts(question.kind), since, until)
        rows += estimated_rows(found)
    counted = replace(known, fact_rows=rows)
    refuse_too_much(catalog, question, counted, spans)
    return counted


async def _totals(
    conn: Connection, catalog: Catalog, question: Question, known: Known, found: _Page, off_loop: OffLoop
) -> tuple[list[Cell] | None, Mapping[str, float]]:
    """The totals when they are asked for; the first page of a question without keys is its own total."""
    if not question.totals:
        return None, {}
    if not keys_of(catalog, question) and question.after is None:
        return list(found.rows[0]), {}
    statement = compile_totals(catalog, question, known)
    records = await fetch(conn, statement)
    if asks_about_agents(statement.columns) and not await _agents_known(conn, question):
        records = without_agents(statement, records)
    finished = await off_loop(lambda: finish(statement, records), 0 if statement.plain else CELLS_ON_LOOP_MAX + 1)
    return finished.rows[0], finished.errors


async def _left_out(conn: Connection, catalog: Catalog, question: Question, known: Known) -> list[Notice]:
    """What had to be left out of metrics that look ahead."""
    statement = compile_left_out(catalog, question, known)
    if statement is None:
        return []
    row = (await fetch(conn, statement))[0]
    return [uncovered(window, calls) for window, calls in zip(statement.left_out, row, strict=True) if calls]


def _next_cursor(catalog: Catalog, question: Question, records: Sequence[Sequence[Any]]) -> str:
    names = [column.sql for column in columns_of(catalog, question)]
    last = dict(zip(names, records[question.limit - 1], strict=True))
    return write_cursor(question, [last[column.sql] for column, _ in order_of(catalog, question)])
