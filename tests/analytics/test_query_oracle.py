"""Random calls and random questions: PostgreSQL and the slow obvious model agree, to the last row."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.analytics import store
from services.analytics.answer import Answer
from services.analytics.catalog import catalog
from services.analytics.columns import columns_of
from services.analytics.cursors import read_cursor
from services.analytics.periods import Compare, compare_range, compare_with, move
from services.analytics.query import order_of
from services.analytics.question import Order, Question, zone_of
from tests.analytics.facts import LegacyCall, QueueCall, Warehouse
from tests.analytics.model import STRIDES, Call, Model, bucket_of, buckets
from tests.analytics.worlds import DATA_AS_OF, HOLIDAYS, worlds

# Forty worlds are loaded and asked through a database: the usual limit of a test, which a busy machine reaches, would
# end one of them in its middle, and hypothesis would call that one flaky.
pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


@pytest.fixture
async def warehouse(conn: asyncpg.Connection) -> Warehouse:
    made = Warehouse(conn)
    await made.source("legacy", "legacy", data_as_of=DATA_AS_OF)
    await made.source("queues", "asterisk", data_as_of=DATA_AS_OF)
    for day in HOLIDAYS:
        await made.holiday(day)
    return made


# Shrinking a world through a database takes minutes; the failing question is printed as it is.
MANY = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
PAGES_MAX = 80  # rows: more pages only take longer


@MANY
@given(world=worlds("legacy"))
async def test_legacy_questions(
    world: tuple[list[Call], list[Question]], warehouse: Warehouse, reader: asyncpg.Connection
) -> None:
    calls, asked = world
    await refill(warehouse, calls)
    await agree(reader, Model(calls, DATA_AS_OF, HOLIDAYS), asked)


@MANY
@given(world=worlds("asterisk"))
async def test_queue_questions(
    world: tuple[list[Call], list[Question]], warehouse: Warehouse, reader: asyncpg.Connection
) -> None:
    calls, asked = world
    await warehouse.conn.execute("DELETE FROM ivr.queue_calls")
    await warehouse.add_queue([call for call in calls if isinstance(call, QueueCall)])
    await agree(reader, Model(calls, DATA_AS_OF, HOLIDAYS), asked)


async def refill(warehouse: Warehouse, calls: list[Call]) -> None:
    await warehouse.conn.execute("DELETE FROM ivr.legacy_calls")
    await warehouse.add([call for call in calls if isinstance(call, LegacyCall)])


async def agree(reader: asyncpg.Connection, model: Model, asked: list[Question]) -> None:
    versions = await store.data_versions(reader)
    for question in asked:
        answer = await store.ask(reader, catalog(), question, versions)
        timed = question.granularity != "total"
        labels = [column.labels for column in answer.columns]
        expected = [
            [labels[i][cell] if labels[i] and cell is not None else cell for i, cell in enumerate(row)]
            for row in model.rows(question)
        ]
        got = [[datetime.fromisoformat(str(row[0])), *row[1:]] if timed else row for row in answer.rows]
        assert len(got) == len(expected), question
        for mine, theirs in zip(got, expected, strict=True):
            assert all(map(same, mine, theirs)), (question, mine, theirs)
        totals = model.totals(question)
        assert all(map(same, answer.totals or [], totals)), (question, answer.totals, totals)


def same(mine: Any, theirs: Any) -> bool:
    """Equal; sums of fractions may be added up in another order."""
    if isinstance(mine, float) and isinstance(theirs, float):
        return math.isclose(mine, theirs, rel_tol=1e-9)
    return bool(mine == theirs)


@MANY
@given(world=worlds("legacy"), data=st.data())
async def test_pages_in_any_order_are_the_whole_answer(
    world: tuple[list[Call], list[Question]], data: st.DataObject, warehouse: Warehouse, reader: asyncpg.Connection
) -> None:
    calls, asked = world
    await refill(warehouse, calls)
    versions = await store.data_versions(reader)
    names = [column.name for column in columns_of(catalog(), asked[0])]
    chosen = data.draw(st.lists(st.sampled_from(names), max_size=3, unique=True))
    order = tuple(Order(name, descending=data.draw(st.booleans())) for name in chosen)
    question = replace(asked[0], order_by=order)
    whole = await store.ask(reader, catalog(), question, versions)
    if len(whole.rows) > PAGES_MAX:
        return
    pages, page = [], replace(question, limit=data.draw(st.integers(1, 7)))
    while True:
        answer = await store.ask(reader, catalog(), page, versions)
        pages += answer.rows
        if answer.next_cursor is None:
            break
        keys = [column for column, _ in order_of(catalog(), question)]
        page = replace(page, after=read_cursor(answer.next_cursor, page, keys))
    assert pages == whole.rows


@pytest.mark.requirement("RF-066")
@MANY
@given(world=worlds("legacy"), data=st.data())
async def test_a_comparison_is_the_other_periods_own_answer(
    world: tuple[list[Call], list[Question]], data: st.DataObject, warehouse: Warehouse, reader: asyncpg.Connection
) -> None:
    calls, asked = world
    await refill(warehouse, calls)
    model, versions = Model(calls, DATA_AS_OF, HOLIDAYS), await store.data_versions(reader)
    for question in asked:
        compared = compare_somehow(data, question)
        answer = await store.ask(reader, catalog(), compared, versions)
        assert_compared(answer, compared, model)


def compare_somehow(data: st.DataObject, question: Question) -> Question:
    named: Compare | None = data.draw(st.sampled_from(("previous_period", "previous_week", None)))
    zone = zone_of(question.zone)
    if named is not None:
        comparison = compare_with(named, since=question.since, until=question.until, zone=zone)
    else:
        # Forwards and backwards, shorter and longer, over the change of the clocks.
        since = question.since + timedelta(hours=data.draw(st.sampled_from((-48, -25, 23, 36))))
        until = since + timedelta(hours=data.draw(st.sampled_from((6, 24, 60))))
        comparison = compare_range(since=question.since, other=(since, until), zone=zone)
    return replace(question, comparison=comparison)


def assert_compared(answer: Answer, question: Question, model: Model) -> None:
    assert question.comparison is not None
    other = replace(question, since=question.comparison.since, until=question.comparison.until, comparison=None)
    width = (question.granularity != "total") + len(question.dimensions)
    mine = {tuple(row[:width]): row[width:] for row in model.rows(replace(question, comparison=None))}
    theirs = {tuple(row[:width]): row[width:] for row in model.rows(other)}
    counterparts = pairs(question, other)
    labels = [column.labels for column in answer.columns[:width]]
    for row in answer.rows:
        key = [
            labels[i].index(str(cell)) if labels[i] and cell is not None else cell for i, cell in enumerate(row[:width])
        ]
        before: list[Any] = list(key)
        if question.granularity != "total":
            bucket = datetime.fromisoformat(str(row[0]))
            key[0], before[0] = bucket, counterparts[bucket]
        lone = question.granularity != "total" and before[0] is None
        empty = [model.metric(question, name, []) for name in question.metrics]
        own = mine.get(tuple(key), empty)
        previous = [None for _ in own] if lone else theirs.get(tuple(before), empty)
        expected = [cell for pair in zip(own, previous, strict=True) for cell in (*pair, change(*pair))]
        assert all(map(same, row[width:], expected)), (question, row, expected)
    if answer.next_cursor is None:
        assert set(mine) <= {shown_key(answer, row, width, question) for row in answer.rows}


def shown_key(answer: Answer, row: list[Any], width: int, question: Question) -> tuple[Any, ...]:
    key = [
        column.labels.index(cell) if column.labels and cell is not None else cell
        for column, cell in zip(answer.columns[:width], row, strict=False)
    ]
    if question.granularity != "total":
        key[0] = datetime.fromisoformat(str(row[0]))
    return tuple(key)


def pairs(question: Question, other: Question) -> dict[datetime, datetime | None]:
    """Which bucket of the other period each bucket is compared with."""
    if question.granularity == "total" or question.comparison is None:
        return {}
    own, others = buckets(question, question.since, question.until), buckets(other, other.since, other.until)
    if question.granularity not in (*STRIDES, "day"):
        return {bucket: others[n] if n < len(others) else None for n, bucket in enumerate(own)}
    zone = zone_of(question.zone)
    found: dict[datetime, datetime | None] = {}
    for bucket in own:
        moved = move(bucket.astimezone(zone).replace(tzinfo=None), question.comparison.shift)
        counterpart = bucket_of(other, other.since, as_postgres_reads(moved, zone))
        found[bucket] = counterpart if counterpart in others else None
    return found


def as_postgres_reads(local: datetime, zone: ZoneInfo) -> datetime:
    """A wall-clock time that exists twice is the later one; one that does not exist is read with the offset before."""
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return max(first, second)


def change(own: Any, previous: Any) -> float | None:
    return None if own is None or not previous else (own - previous) / abs(previous)
