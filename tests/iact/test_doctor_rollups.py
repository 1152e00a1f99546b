"""The doctor compares coarser rollups with what they are made of; its way out makes them right again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from iact.doctor.coarser import COMPARED, look_at_coarser
from iact.doctor.finding import Severity, sentences
from tests.analytics.facts import LegacyCall, QueueCall, Warehouse

pytestmark = pytest.mark.integration

NEWEST = datetime(2026, 3, 20, 12, tzinfo=UTC)
KEPT = (
    ("legacy_month_hours", "calls"),
    ("queue_month_hours", "offered"),
    ("legacy_repeat_months", "calls"),
    ("legacy_day_totals", "calls"),
    ("legacy_menu_months", "calls"),
    ("queue_day_totals", "offered"),
    ("queue_agent_months", "offered"),
)


@pytest.fixture
async def filled(conn: asyncpg.Connection) -> asyncpg.Connection:
    """Calls of January to March on both sides of midnights, also by a clock that is half an hour apart from UTC's."""
    made = Warehouse(conn)
    await made.source("o'hara", "legacy", data_as_of=NEWEST)
    await made.source("queues", "asterisk", data_as_of=NEWEST, zone="Asia/Kolkata")
    at = [NEWEST - timedelta(hours=7 * n) for n in range(250)]
    await made.add([LegacyCall(started_at=moment, call_id=n, source="o'hara") for n, moment in enumerate(at)])
    await made.add_queue([QueueCall(entered_at=moment, call_id=n, exit="abandoned") for n, moment in enumerate(at)])
    await made.roll_up()
    return conn


def ways_out(text: list[str]) -> Iterator[str]:
    for line in text:
        if "Do: " in line:
            yield line.partition("as the owner: ")[2]


async def test_what_triggers_keep_is_right(filled: asyncpg.Connection) -> None:
    assert [found.severity for found in await look_at_coarser(filled)] == [Severity.GOOD]
    assert len(COMPARED) == len(KEPT)


async def test_an_empty_system_has_nothing_wrong(conn: asyncpg.Connection) -> None:
    assert [found.severity for found in await look_at_coarser(conn)] == [Severity.GOOD]


@pytest.mark.parametrize(("table", "count"), KEPT)
async def test_a_wrong_sum_is_named_and_the_way_out_rights_it(
    filled: asyncpg.Connection, table: str, count: str
) -> None:
    time = "day" if "day_totals" in table else "month"
    await filled.execute(f"UPDATE ivr.{table} SET {count} = {count} + 1 WHERE {time} >= '2026-03-01'")
    (found,) = await look_at_coarser(filled)
    assert found.severity is Severity.WARNING
    assert "2026-03" in found.what
    assert ("queues" if "queue" in table else "o'hara") in found.what
    for statement in ways_out(sentences([found])):
        await filled.execute(statement)
    assert [each.severity for each in await look_at_coarser(filled)] == [Severity.GOOD]


@pytest.mark.parametrize(("table", "count"), KEPT[:3])
async def test_a_sum_below_nothing_is_named_however_old(filled: asyncpg.Connection, table: str, count: str) -> None:
    await filled.execute(f"UPDATE ivr.{table} SET {count} = -1, month = month - 400 WHERE month < '2026-02-01'")
    wrong = await look_at_coarser(filled)
    assert [found.severity for found in wrong] == [Severity.WARNING]
    assert "below 0" in wrong[0].what
    for statement in ways_out(sentences(wrong)):
        await filled.execute(statement)
    assert [each.severity for each in await look_at_coarser(filled)] == [Severity.GOOD]
