"""Runs what query.py compiled. The edge opens the transaction; nothing here writes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import asyncpg

from services.analytics.answer import (
    Answer,
    Notice,
    absent,
    partial_buckets,
    shown_rows,
    uncovered,
    unknown_columns,
)
from services.analytics.catalog import Catalog
from services.analytics.columns import columns_of, keys_of, values_of
from services.analytics.cursors import write_cursor
from services.analytics.drilldown import Listing, PublicId, compile_call, compile_listing, compile_listing_total
from services.analytics.menus import as_stored, names_menus
from services.analytics.query import Statement, choose_route, compile_left_out, compile_rows, compile_totals, order_of
from services.analytics.question import Cell, Question
from services.analytics.sources import DataVersion
from shared.postgres import Connection
from shared.sql import folder

load = folder(__file__)


async def one_snapshot(conn: Connection) -> None:
    """Rows, totals and version are read from the same state: a publication in between would make them disagree."""
    await conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


async def data_versions(conn: Connection) -> list[DataVersion]:
    return [DataVersion(**row) for row in await conn.fetch(load("data_versions"))]


async def segments(conn: Connection) -> list[str]:
    return [row["segment"] for row in await conn.fetch(load("segments"))]


async def with_stored_menus(conn: Connection, question: Question) -> Question:
    """The question with its menus spelled as calls have them. Only for SQL: cursors belong to the question as asked."""
    if not names_menus(question.filters):
        return question
    menus = [row["menu"] for row in await conn.fetch(load("menus"))]
    return replace(question, filters=as_stored(question.filters, menus))


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


async def ask(conn: Connection, catalog: Catalog, question: Question, versions: Sequence[DataVersion]) -> Answer:
    """The answer to one question, from the state of this transaction."""
    columns = columns_of(catalog, question)
    unknown = unknown_columns(columns, question)
    if not any(version.kind == question.kind and version.version > 0 for version in versions):
        nothing: list[Cell] = [None for _ in values_of(catalog, question)]
        totals = nothing if question.totals else None
        return Answer(question, columns, [], totals, (absent(question), *unknown), None, choose_route(question).name)
    stored = await with_stored_menus(conn, question)
    records = await fetch(conn, compile_rows(catalog, stored))
    page = records[: question.limit]
    return Answer(
        question=question,
        columns=columns,
        rows=shown_rows(columns, page, question.zone),
        totals=await _totals(conn, catalog, stored, records),
        notices=(*unknown, *await _left_out(conn, catalog, stored), *partial_buckets(columns, page, question)),
        next_cursor=_next_cursor(catalog, question, records) if len(records) > question.limit else None,
        answered_from=choose_route(question).name,
    )


async def ask_all(
    conn: Connection, catalog: Catalog, questions: Mapping[str, Question], versions: Sequence[DataVersion]
) -> dict[str, Answer]:
    """The answers of a report, all from the state of this transaction."""
    return {name: await ask(conn, catalog, question, versions) for name, question in questions.items()}


async def _totals(
    conn: Connection, catalog: Catalog, question: Question, records: Sequence[tuple[Any, ...]]
) -> list[Cell] | None:
    """The totals when they are asked for; the first page of a question without keys is its own total."""
    if not question.totals:
        return None
    if not keys_of(catalog, question) and question.after is None:
        return list(records[0])
    return list((await fetch(conn, compile_totals(catalog, question)))[0])


async def _left_out(conn: Connection, catalog: Catalog, question: Question) -> list[Notice]:
    """What had to be left out of metrics that look ahead."""
    statement = compile_left_out(catalog, question)
    if statement is None:
        return []
    row = (await fetch(conn, statement))[0]
    return [uncovered(window, calls) for window, calls in zip(statement.left_out, row, strict=True) if calls]


def _next_cursor(catalog: Catalog, question: Question, records: Sequence[Sequence[Any]]) -> str:
    names = [column.sql for column in columns_of(catalog, question)]
    last = dict(zip(names, records[question.limit - 1], strict=True))
    return write_cursor(question, [last[column.sql] for column, _ in order_of(catalog, question)])
