"""Runs what query.py compiled. The edge opens the transaction; nothing here writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from services.analytics.columns import columns_of, values_of
from services.analytics.cursors import write_cursor
from services.analytics.drilldown import Listing, PublicId, compile_call, compile_listing, compile_listing_total
from services.analytics.query import Statement, choose_route, compile_rows, compile_totals, order_of
from services.analytics.question import Cell, Question
from shared.postgres import Connection
from shared.sql import folder

load = folder(__file__)


@dataclass(frozen=True, slots=True)
class DataVersion:
    source: str
    kind: str
    zone: str
    version: int
    data_as_of: datetime | None
    updated_at: datetime | None


async def one_snapshot(conn: Connection) -> None:
    """Rows, totals and version are read from the same state: a publication in between would make them disagree."""
    await conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


async def data_versions(conn: Connection) -> list[DataVersion]:
    return [DataVersion(**row) for row in await conn.fetch(load("data_versions"))]


async def segments(conn: Connection) -> list[str]:
    return [row["segment"] for row in await conn.fetch(load("segments"))]


async def fetch(conn: Connection, statement: Statement) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await conn.fetch(statement.sql, *statement.arguments)]


async def calls(
    conn: Connection, catalog: Catalog, listing: Listing, *, limit: int, after: tuple[datetime, int] | None
) -> list[asyncpg.Record]:
    sql, arguments = compile_listing(catalog, listing, limit=limit, after=after)
    rows: list[asyncpg.Record] = await conn.fetch(sql, *arguments)
    return rows


async def calls_total(conn: Connection, catalog: Catalog, listing: Listing) -> int:
    sql, arguments = compile_listing_total(catalog, listing)
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
    statement = compile_rows(catalog, question)
    records = await fetch(conn, statement)
    page = records[: question.limit]
    totals, left_out = await _totals(conn, catalog, question)
    return Answer(
        question=question,
        columns=columns,
        rows=shown_rows(columns, page, question.zone),
        totals=totals,
        notices=(*unknown, *left_out, *partial_buckets(columns, page, question)),
        next_cursor=_next_cursor(catalog, question, records) if len(records) > question.limit else None,
        answered_from=choose_route(question).name,
    )


async def ask_all(
    conn: Connection, catalog: Catalog, questions: Mapping[str, Question], versions: Sequence[DataVersion]
) -> dict[str, Answer]:
    """The answers of a report, all from the state of this transaction."""
    return {name: await ask(conn, catalog, question, versions) for name, question in questions.items()}


async def _totals(conn: Connection, catalog: Catalog, question: Question) -> tuple[list[Cell] | None, list[Notice]]:
    """The totals, and what had to be left out of metrics that look ahead (which is told even without totals)."""
    statement = compile_totals(catalog, question)
    if not question.totals and not statement.left_out:
        return None, []
    row = (await fetch(conn, statement))[0]
    width = len(statement.columns)
    missing = zip(statement.left_out, row[width:], strict=True)
    notices = [uncovered(window, calls) for window, calls in missing if calls]
    return (list(row[:width]) if question.totals else None), notices


def _next_cursor(catalog: Catalog, question: Question, records: Sequence[Sequence[Any]]) -> str:
    names = [column.sql for column in columns_of(catalog, question)]
    last = dict(zip(names, records[question.limit - 1], strict=True))
    return write_cursor(question, [last[column.sql] for column, _ in order_of(catalog, question)])
