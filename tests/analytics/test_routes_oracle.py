"""Every route gives the same counts: random calls rolled up, random questions, and the slow obvious model."""

import math
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.analytics import store
from services.analytics.answer import Answer
from services.analytics.catalog import SourceKind, catalog
from services.analytics.columns import columns_of
from services.analytics.cursors import read_cursor
from services.analytics.periods import to_local, to_utc
from services.analytics.query import order_of
from services.analytics.question import Filter, Granularity, Order, Question
from services.analytics.relations import whole_days
from services.analytics.sources import DataVersion
from tests.analytics.facts import LegacyCall, QueueCall, Warehouse
from tests.analytics.model import Call, Model
from tests.analytics.test_query_oracle import MANY, PAGES_MAX, compare_somehow, same
from tests.analytics.worlds import AUTUMN, DATA_AS_OF, FIRST, HOLIDAYS, worlds

# Forty worlds are loaded and asked through a database: the usual limit of a test, which a busy machine reaches, would
# end one of them in its middle, and hypothesis would call that one flaky.
pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

SOURCE_ZONES = ("America/Mexico_City", "Europe/Madrid", "Europe/Madrid")
World = tuple[list[Call], list[Question]]


@pytest.fixture
async def warehouse(conn: asyncpg.Connection) -> Warehouse:
    made = Warehouse(conn)
    await made.source("legacy", "legacy", data_as_of=DATA_AS_OF)
    await made.source("queues", "asterisk", data_as_of=DATA_AS_OF)
    for day in HOLIDAYS:
        await made.holiday(day)
    return made


async def fill(warehouse: Warehouse, calls: list[Call], zone: str) -> None:
    await warehouse.conn.execute("DELETE FROM ivr.legacy_calls")
    await warehouse.conn.execute("DELETE FROM ivr.queue_calls")
    await warehouse.conn.execute("UPDATE ivr.sources SET zone = $1", zone)
    await warehouse.add([call for call in calls if isinstance(call, LegacyCall)])
    await warehouse.add_queue([call for call in calls if isinstance(call, QueueCall)])
    await warehouse.roll_up()


async def forget_some(warehouse: Warehouse, data: st.DataObject) -> None:
    """As it is while some days and months have no rows of all DIDs or queues together: those of each stand in."""
    for table, part in (
        ("queue_days", "day"),
        ("legacy_days", "day"),
        ("queue_months", "month"),
        ("legacy_months", "month"),
    ):
        rest = data.draw(st.sampled_from((None, 0, 1)))
        if rest is not None:
            # Rows that are written again, as the release before does it.
            await warehouse.conn.execute(
                f"WITH old AS (DELETE FROM ivr.{table} WHERE extract({part} FROM {part})::int % 2 = {rest} RETURNING *)"
                f" INSERT INTO ivr.{table} SELECT * FROM old"
            )


def from_facts(versions: list[DataVersion]) -> list[DataVersion]:
    return [replace(version, rollups_complete=False) for version in versions]


def cells_agree(answer: Answer, mine: list[Any], theirs: list[Any]) -> bool:
    """Counts are the same; what is estimated lies within the error that the answer tells."""
    values = [column for column in answer.columns if column.kind not in ("time", "dimension")][-len(mine) :]
    allowed = [answer.errors.get(column.metric.name, 0.0) if column.metric else 0.0 for column in values]
    return all(near(own, other, error) for own, other, error in zip(mine, theirs, allowed, strict=True))


def near(mine: Any, theirs: Any, error: float) -> bool:
    if same(mine, theirs):
        return True
    if not error or mine is None or theirs is None:
        return False
    return bool(abs(mine - theirs) <= max(abs(theirs) * error, 0.011))


async def agree(reader: asyncpg.Connection, model: Model, question: Question) -> str:
    """Asserts that the answer is the model's; gives the route that it took."""
    versions = await store.data_versions(reader)
    answer = await store.ask(reader, catalog(), question, versions)
    width = (question.granularity != "total") + len(question.dimensions)
    expected = model.rows(question)
    assert len(answer.rows) == len(expected), (question, answer.answered_from)
    for mine, theirs in zip(answer.rows, expected, strict=True):
        assert shown(answer, theirs[:width]) == key_of(mine[:width], question), (question, mine, theirs)
        assert cells_agree(answer, mine[width:], theirs[width:]), (question, answer.answered_from, mine, theirs)
    totals = model.totals(question)
    assert cells_agree(answer, answer.totals or [], totals), (question, answer.totals, totals)
    plain = await store.ask(reader, catalog(), question, from_facts(versions))
    assert {notice.code: notice.calls for notice in plain.notices} == {
        notice.code: notice.calls for notice in answer.notices
    }
    return answer.answered_from


def shown(answer: Answer, key: list[Any]) -> list[Any]:
    labels = [column.labels for column in answer.columns]
    return [labels[i][cell] if labels[i] and cell is not None else cell for i, cell in enumerate(key)]


def key_of(key: list[Any], question: Question) -> list[Any]:
    return [datetime.fromisoformat(key[0]), *key[1:]] if question.granularity != "total" else key


@pytest.mark.requirement("RNF-021")
@pytest.mark.parametrize("kind", ["legacy", "asterisk"])
@MANY
@given(data=st.data())
async def test_every_route_counts_the_same(
    kind: SourceKind, data: st.DataObject, warehouse: Warehouse, reader: asyncpg.Connection
) -> None:
    calls, asked = data.draw(worlds(kind))
    zone = data.draw(st.sampled_from(SOURCE_ZONES))
    await fill(warehouse, calls, zone)
    model = Model(calls, DATA_AS_OF, HOLIDAYS)
    for question in asked:
        await agree(reader, model, question)
        # The source's own zone is what days and months are kept in.
        metrics = [name for name in question.metrics if name != "unique_callers"] or ["calls"]
        dimensions = tuple(name for name in question.dimensions if name in ("segment", "menu", "centre", "queue"))
        at_home = replace(question, zone=zone, dimensions=dimensions, filters=(), metrics=(*metrics, "unique_callers"))
        await agree(reader, model, at_home)


@pytest.mark.requirement("RNF-021")
@MANY
@given(data=st.data())
async def test_a_comparison_is_the_same_on_every_route(
    data: st.DataObject, warehouse: Warehouse, reader: asyncpg.Connection
) -> None:
    kind: SourceKind = data.draw(st.sampled_from(("legacy", "asterisk")))
    calls, asked = data.draw(worlds(kind))
    zone = data.draw(st.sampled_from(SOURCE_ZONES))
    await fill(warehouse, calls, zone)
    versions = await store.data_versions(reader)
    for question in asked:
        compared = compare_somehow(data, replace(question, zone=zone, filters=question.filters[:1]))
        rolled = await store.ask(reader, catalog(), compared, versions)
        plain = await store.ask(reader, catalog(), compared, from_facts(versions))
        assert len(rolled.rows) == len(plain.rows)
        for mine, theirs in zip(rolled.rows, plain.rows, strict=True):
            assert compared_alike(rolled, mine, theirs), (compared, rolled.answered_from, mine, theirs)
        assert compared_alike(rolled, rolled.totals or [], plain.totals or []), (compared, rolled.answered_from)


def compared_alike(answer: Answer, mine: list[Any], theirs: list[Any]) -> bool:
    columns = answer.columns[-len(mine) :] if mine else ()
    for column, own, other in zip(columns, mine, theirs, strict=True):
        error = answer.errors.get(column.metric.name, 0.0) if column.metric else 0.0
        if column.kind == "change" and error and own is not None and other is not None:
            if abs(own - other) > 0.05 * (1 + abs(other)):
                return False
        elif not near(own, other, error):
            return False
    return True


@MANY
@given(data=st.data())
async def test_pages_ordered_by_sketches_are_the_whole_answer(
    data: st.DataObject, warehouse: Warehouse, reader: asyncpg.Connection
) -> None:
    kind: SourceKind = data.draw(st.sampled_from(("legacy", "asterisk")))
    calls, asked = data.draw(worlds(kind))
    zone = data.draw(st.sampled_from(SOURCE_ZONES))
    await fill(warehouse, calls, zone)
    versions = await store.data_versions(reader)
    sketched = {"legacy": ("duration_s_p90",), "asterisk": ("service_level", "wait_s_p90")}[kind]
    metrics = (*sketched, *(name for name in asked[0].metrics if name not in sketched))
    question = replace(asked[0], zone=zone, filters=(), metrics=metrics, totals=False)
    if data.draw(st.booleans()):
        question = compare_somehow(data, question)
    names = [column.name for column in columns_of(catalog(), question)]
    chosen = (sketched[0], *data.draw(st.lists(st.sampled_from(names), max_size=2, unique=True)))
    order = tuple(Order(name, descending=data.draw(st.booleans())) for name in dict.fromkeys(chosen))
    question = replace(question, order_by=order)
    whole = await store.ask(reader, catalog(), question, versions)
    assert_ordered(whole, order)
    if len(whole.rows) > PAGES_MAX:
        return
    pages, page = [], replace(question, limit=data.draw(st.integers(1, 7)))
    while True:
        answer = await store.ask(reader, catalog(), page, versions)
        pages += answer.rows
        if answer.next_cursor is None:
            break
        page = replace(
            page, after=read_cursor(answer.next_cursor, page, [column for column, _ in order_of(catalog(), question)])
        )
    assert pages == whole.rows


@st.composite
def uneven_ranges(draw: st.DrawFn, season: timedelta, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Two months or more that begin or end among the calls, at a midnight or within a day."""
    day = to_local(FIRST + season, zone).replace(hour=0, minute=0, second=0) + timedelta(days=draw(st.integers(0, 5)))
    among = to_utc(day, zone) + timedelta(minutes=draw(st.sampled_from((0, 0, 15, 607, 1_200))))
    far = timedelta(days=draw(st.integers(62, 100)))
    if draw(st.booleans()):
        return among, to_utc(day + far, zone)
    return to_utc(day - far, zone), among


# Fewer worlds than the other tests: each question asks of one thing only.
SOME = settings(MANY, max_examples=15)
COARSE: tuple[Granularity, ...] = ("total", "month", "quarter", "year")
KEYS: dict[SourceKind, tuple[str, ...]] = {
    "legacy": ("segment", "did", "menu", "option", "centre", "outcome", "line_kind", "source"),
    "asterisk": ("queue", "agent", "exit", "source"),
}
# What every grain counts, also for each value of an exit or a kind of line.
COUNTS: dict[SourceKind, tuple[str, ...]] = {
    "legacy": ("calls", "abandoned", "abandoned_rate", "same_line"),
    "asterisk": ("offered", "answered", "abandoned", "answered_rate", "timed_out"),
}


@pytest.mark.parametrize("kind", ["legacy", "asterisk"])
@SOME
@given(data=st.data())
async def test_months_days_and_calls_at_the_ends_count_the_same(
    kind: SourceKind, data: st.DataObject, warehouse: Warehouse, reader: asyncpg.Connection
) -> None:
    calls, asked = data.draw(worlds(kind))
    zone, season = data.draw(st.sampled_from(SOURCE_ZONES)), data.draw(st.sampled_from((timedelta(0), AUTUMN)))
    await fill(warehouse, calls, zone)
    since, until = data.draw(uneven_ranges(season, ZoneInfo(zone)))
    model = Model(calls, DATA_AS_OF, HOLIDAYS)
    abroad = data.draw(st.booleans())
    question = replace(
        asked[0],
        since=since,
        until=until,
        zone="Asia/Kolkata" if abroad else zone,
        granularity="total" if abroad else data.draw(st.sampled_from(COARSE)),
        dimensions=tuple(data.draw(st.lists(st.sampled_from(KEYS[kind]), max_size=2, unique=True))),
        filters=(),
    )
    # What rollups tell of everything, and whatever else was drawn: percentiles, different callers, repeats.
    counted = replace(question, metrics=COUNTS[kind])
    route = await agree(reader, model, counted)
    assert route.startswith("rollup")
    assert "rollup_month" in route or abroad or not whole_days((since, until), zone)
    await agree(reader, model, replace(question, metrics=(*asked[0].metrics, "unique_callers")[-8:]))


CLOCKS: tuple[tuple[str, ...], ...] = (("hour_of_day",), ("weekday", "hour_of_day"), ("hour_of_day", "weekday"))
BY_HOUR: dict[SourceKind, tuple[str, ...]] = {
    "legacy": ("segment", "did", "source"),
    "asterisk": ("queue", "exit", "source"),
}


@pytest.mark.parametrize("kind", ["legacy", "asterisk"])
@SOME
@given(data=st.data())
async def test_months_and_days_by_the_clock_count_the_same(
    kind: SourceKind, data: st.DataObject, warehouse: Warehouse, reader: asyncpg.Connection
) -> None:
    calls, asked = data.draw(worlds(kind))
    zone, season = data.draw(st.sampled_from(SOURCE_ZONES)), data.draw(st.sampled_from((timedelta(0), AUTUMN)))
    await fill(warehouse, calls, zone)
    place = ZoneInfo(zone)
    day = to_local(FIRST + season, place).replace(hour=0, minute=0, second=0) + timedelta(
        days=data.draw(st.integers(0, 5))
    )
    far = timedelta(days=data.draw(st.integers(62, 100)))
    whole = data.draw(st.booleans())
    since, until = (day.replace(day=1, month=3), day.replace(day=1, month=12)) if whole else (day - far, day + far)
    more = data.draw(st.lists(st.sampled_from(BY_HOUR[kind]), max_size=1))
    question = replace(
        asked[0],
        since=to_utc(since, place),
        until=to_utc(until, place),
        zone=zone,
        granularity="total",
        dimensions=(*data.draw(st.sampled_from(CLOCKS)), *more),
        filters=data.draw(st.sampled_from(((), (Filter("hour_of_day", "between", (9, 18)),)))),
        metrics=tuple(name for name in COUNTS[kind] if name != "same_line"),
    )
    route = await agree(reader, Model(calls, DATA_AS_OF, HOLIDAYS), question)
    assert route == ("rollup_month_hour" if whole else "rollup_month_hour + rollup_hour")


@pytest.mark.parametrize("kind", ["legacy", "asterisk"])
@SOME
@given(data=st.data())
async def test_days_and_menus_of_all_cells_together_count_the_same(
    kind: SourceKind, data: st.DataObject, warehouse: Warehouse, reader: asyncpg.Connection
) -> None:
    calls, asked = data.draw(worlds(kind))
    zone, season = data.draw(st.sampled_from(SOURCE_ZONES)), data.draw(st.sampled_from((timedelta(0), AUTUMN)))
    await fill(warehouse, calls, zone)
    await forget_some(warehouse, data)
    since, until = data.draw(uneven_ranges(season, ZoneInfo(zone)))
    by_name = data.draw(st.booleans())
    by_clock = ("weekday",) if data.draw(st.booleans()) else ()
    question = replace(
        asked[0],
        since=since,
        until=until,
        zone=zone,
        granularity=data.draw(st.sampled_from(COARSE if by_name else ("total", "day", "week", "month"))),
        dimensions=({"legacy": "menu", "asterisk": "agent"}[kind],) if by_name else by_clock,
        filters=data.draw(st.sampled_from(((), (Filter("source", "is_null", (False,)),)))),
        metrics=(*COUNTS[kind], *SKETCHED[kind]),
    )
    assert "facts" not in await agree(reader, Model(calls, DATA_AS_OF, HOLIDAYS), question) or not whole_days(
        (since, until), zone
    )


SKETCHED: dict[SourceKind, tuple[str, ...]] = {
    "legacy": ("duration_s_p50", "duration_s_p90", "duration_s_mean"),
    "asterisk": ("service_level", "wait_s_p50", "wait_s_p90", "asa_s"),
}
BAND: dict[SourceKind, str] = {"legacy": "duration_band", "asterisk": "wait_band"}
BANDED = ("calls", "offered", "abandoned", "answered", "abandoned_rate")


@pytest.mark.parametrize("kind", ["legacy", "asterisk"])
@SOME
@given(data=st.data())
async def test_bands_are_cut_out_of_sketches_as_calls_lie_in_them(
    kind: SourceKind, data: st.DataObject, warehouse: Warehouse, reader: asyncpg.Connection
) -> None:
    calls, asked = data.draw(worlds(kind))
    zone = data.draw(st.sampled_from(SOURCE_ZONES))
    await fill(warehouse, calls, zone)
    model = Model(calls, DATA_AS_OF, HOLIDAYS)
    alone = data.draw(st.booleans())
    others = [] if alone else data.draw(st.lists(st.sampled_from(("segment", "queue", "source")), max_size=2))
    dimensions = [BAND[kind], *dict.fromkeys(name for name in others if name in KEYS[kind])]
    question = replace(
        asked[0],
        since=to_utc(datetime(2025, 3, data.draw(st.sampled_from((1, 30)))), ZoneInfo(zone)),  # noqa: DTZ001 - wall clock
        until=to_utc(datetime(2025, 12, 1), ZoneInfo(zone)),  # noqa: DTZ001 - wall clock
        zone=zone,
        granularity=data.draw(st.sampled_from(("total", "day", "week", "month") if alone else ("total",))),
        dimensions=tuple(data.draw(st.permutations(dimensions))),
        filters=(),
        metrics=tuple(data.draw(st.permutations([name for name in COUNTS[kind] if name in BANDED]))),
    )
    assert "facts" not in await agree(reader, model, question)


def assert_ordered(answer: Answer, order: tuple[Order, ...]) -> None:
    names = [column.name for column in answer.columns]
    first, descending = names.index(order[0].column), order[0].descending
    cells: list[Any] = [row[first] for row in answer.rows]
    values = [math.inf if cell is None else cell * (-1 if descending else 1) for cell in cells]
    assert values == sorted(values)
