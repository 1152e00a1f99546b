"""What lasts is cut at the edges of buckets: calls at once, agents signed in, occupancy, and counts by event."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics import store
from services.analytics.catalog import catalog
from services.analytics.question import Question
from tests.analytics.conftest import Analyst
from tests.analytics.facts import QueueCall, Warehouse
from tests.analytics.test_query_oracle import MANY, same

pytestmark = pytest.mark.integration

NINE = datetime(2025, 7, 1, 15, tzinfo=UTC)  # 09:00 in Mexico City
MORNING = {
    "from": "2025-07-01T09:00:00-06:00",
    "to": "2025-07-01T11:00:00-06:00",
    "zone": "America/Mexico_City",
    "granularity": "hour",
}


def call(call_id: int, minute: float, *, wait_s: float = 0, talk_s: float = 60, **more: Any) -> QueueCall:
    """An answered call that enters so many minutes after nine."""
    entered = NINE + timedelta(minutes=minute)
    ended = entered + timedelta(seconds=wait_s + talk_s)
    told = {"exit": "answered", "agent": "ana", "talk_s": talk_s, **more}
    return QueueCall(call_id=call_id, entered_at=entered, ended_at=ended, wait_s=wait_s, **told)


async def span(
    warehouse: Warehouse, agent: str, kind: str, since: float, until: float | None, queue: str | None
) -> None:
    """A session or a pause between two minutes after nine."""
    await warehouse.conn.execute(
        "INSERT INTO ivr.agent_spans (source_id, agent, queue, kind, reason, since, until)"
        " VALUES ($1, $2, $3, $4, '', $5, $6)",
        warehouse.ids["sources", "queues"],
        agent,
        queue,
        kind,
        NINE + timedelta(minutes=since),
        None if until is None else NINE + timedelta(minutes=until),
    )


async def ask(analyst: Analyst, *metrics: str, **more: Any) -> dict[str, Any]:
    return await analyst.ask(source_kind="asterisk", metrics=list(metrics), time=MORNING, **more)


async def test_a_call_is_in_every_bucket_that_it_touches(analyst: Analyst, warehouse: Warehouse) -> None:
    # Two calls over ten o'clock, one that ends as another begins, and one that has no end.
    open_call = QueueCall(call_id=5, entered_at=NINE, exit="open")
    calls = [call(1, 50, talk_s=1_200), call(2, 55, talk_s=600), call(3, 70, talk_s=60), call(4, 71), open_call]
    await warehouse.add_queue(calls)
    body = await ask(analyst, "offered", "concurrency_max", totals=True)
    assert [row[1:] for row in body["rows"]] == [[3, 2], [2, 2]]
    assert body["totals"] == [5, 2]


async def test_calls_at_once_belong_to_their_queue(analyst: Analyst, warehouse: Warehouse) -> None:
    calls = [call(1, 0, talk_s=600), call(2, 1, talk_s=600, queue="soporte"), call(3, 2, talk_s=60, queue="soporte")]
    await warehouse.add_queue(calls)
    whole = await ask(analyst, "concurrency_max", totals=True)
    assert whole["totals"] == [3]
    split = await ask(analyst, "concurrency_max", dimensions=["queue"])
    assert [row[1:] for row in split["rows"] if row[0].startswith("2025-07-01T09")] == [["sales", 1], ["soporte", 2]]
    filtered = await ask(
        analyst, "concurrency_max", totals=True, filters=[{"dimension": "queue", "op": "in", "values": ["sales"]}]
    )
    assert filtered["totals"] == [1]


async def test_occupancy_is_talk_over_time_that_is_free(analyst: Analyst, warehouse: Warehouse) -> None:
    # Signed in from 09:30, in two queues; 10 minutes of the half hour are a pause, 5 of the rest are talk.
    await span(warehouse, "ana", "signed_in", 30, 60, "sales")
    await span(warehouse, "ana", "signed_in", 30, 60, "soporte")
    await span(warehouse, "ana", "paused", 40, 50, None)
    await span(warehouse, "beto", "signed_in", 61, None, None)
    await warehouse.add_queue([call(1, 55, talk_s=600)])
    body = await ask(analyst, "agents_signed_in", "occupancy", totals=True)
    first, second = (row[1:] for row in body["rows"])
    assert first == [1, pytest.approx(5 / 20)]
    assert second == [1, pytest.approx(5 / 59)]
    assert body["totals"] == [2, pytest.approx(10 / 79)]
    by_queue = await ask(analyst, "occupancy", dimensions=["queue"])
    sales = [row for row in by_queue["rows"] if row[1] == "sales"]
    assert sales[0][2] == pytest.approx(5 / 20)


async def test_no_sessions_are_null_with_a_reason(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add_queue([call(1, 0)])
    body = await ask(analyst, "agents_signed_in", "occupancy", "aht_s", totals=True)
    assert [row[1:3] for row in body["rows"]] == [[None, None], [None, None]]
    assert body["totals"][:2] == [None, None]
    assert {(told["code"], told["column"]) for told in body["warnings"]} == {
        ("no_agent_sessions", "agents_signed_in"),
        ("no_agent_sessions", "occupancy"),
        ("part_not_recorded", "aht_s"),
    }


async def test_what_cannot_be_split_says_so(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add_queue([call(1, 0)])
    await span(warehouse, "ana", "signed_in", 0, 60, "sales")
    body = await ask(analyst, "offered", "occupancy", dimensions=["exit"])
    assert {row[3] for row in body["rows"]} == {None}
    assert ("cannot_be_split", "occupancy") in {(told["code"], told["column"]) for told in body["warnings"]}


async def test_events_are_counted_when_they_happen(analyst: Analyst, warehouse: Warehouse) -> None:
    # Enters before ten, is answered at ten, and ends after eleven.
    calls = [call(1, 59, wait_s=60, talk_s=4_000), call(2, 5, wait_s=10, exit="abandoned", agent=None, talk_s=0)]
    await warehouse.add_queue(calls)
    body = await ask(analyst, "offered", "answered", "abandoned", "talk_s_mean", attribution="event", totals=True)
    assert [row[1:] for row in body["rows"]] == [[2, 0, 1, None], [0, 1, 0, None]]
    assert body["totals"] == [2, 1, 1, None]
    for metric, total in (("answered", 1), ("offered", 2)):
        listing = {"source_kind": "asterisk", "time": MORNING, "metric": metric, "attribution": "event"}
        answer = await analyst.post("/calls", listing)
        assert answer.json()["total"] == total
    cell = {"source_kind": "asterisk", "time": MORNING, "metric": "answered", "attribution": "event"}
    at_ten = await analyst.post("/calls", {**cell, "cell": {"time": "2025-07-01T10:00:00-06:00"}})
    assert [each["entered_at"] for each in at_ten.json()["items"]] == ["2025-07-01T09:59:00-06:00"]


@MANY
@given(seed=st.integers(0, 10_000), minutes=st.sampled_from((15, 60)))
async def test_calls_at_once_are_those_that_a_minute_by_minute_count_finds(
    seed: int, minutes: int, warehouse: Warehouse, reader: asyncpg.Connection
) -> None:
    random = Random(seed)
    calls = [call(n, random.randrange(-90, 100), talk_s=60 * random.randrange(0, 90)) for n in range(25)]
    await warehouse.conn.execute("DELETE FROM ivr.queue_calls")
    await warehouse.add_queue(calls)
    question = Question(
        kind="asterisk",
        metrics=("concurrency_max",),
        since=NINE,
        until=NINE + timedelta(hours=1),
        zone="UTC",
        granularity="15min" if minutes == 15 else "hour",
    )
    answer = await store.ask(reader, catalog(), question, await store.data_versions(reader))
    for index, row in enumerate(answer.rows):
        moments = [NINE + timedelta(minutes=index * minutes + minute) for minute in range(minutes)]
        assert same(row[1], max(sum(each.at <= at < (each.ended_at or at) for each in calls) for at in moments))
