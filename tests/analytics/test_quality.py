"""The data-quality board finds what was put there, and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.quality import (
    EXITS,
    LINES,
    broken,
    dirty_shares,
    gaps,
    trend,
    whole_days_until,
    whole_weeks_since,
)
from services.analytics.question import Cell, zone_of
from tests.analytics.conftest import DATA_AS_OF, Analyst
from tests.analytics.facts import LegacyCall, QueueCall, Warehouse

MONDAY = datetime(2025, 9, 1, 6, tzinfo=UTC)  # midnight in Mexico City
BOARD = "/quality?from=2025-09-01T00:00:00-06:00&to=2025-09-29T00:00:00-06:00"


def calls_of_four_weeks() -> list[LegacyCall]:
    """Twelve calls at ten and eleven every day, but none at eleven on the third Monday."""
    hours = [MONDAY + timedelta(days=day, hours=hour) for day in range(28) for hour in (10, 11)]
    times = [at for at in hours if at != MONDAY + timedelta(days=14, hours=11)]
    return [
        LegacyCall(call_id=n, started_at=at + timedelta(minutes=n % 12), did="1902001" if n % 12 == 0 else "19028031")
        for n, at in enumerate([at for at in times for _ in range(12)])
    ]


@pytest.mark.integration
@pytest.mark.parametrize("rolled_up", [False, True])
@pytest.mark.requirement("RF-022")
async def test_the_board(analyst: Analyst, warehouse: Warehouse, *, rolled_up: bool) -> None:
    await warehouse.add([replace(call, swapped=call.call_id % 4 == 0) for call in calls_of_four_weeks()])
    old = QueueCall(call_id=1, entered_at=MONDAY, exit="open")
    await warehouse.add_queue([old, replace(old, call_id=2, entered_at=DATA_AS_OF - timedelta(hours=2))])
    source = warehouse.ids["sources", "queues"]
    await warehouse.conn.execute("INSERT INTO ivr.zone_checks VALUES ($1, 'cdr', 3600, 0.98, 500, 'UTC')", source)
    if rolled_up:
        await warehouse.roll_up()
    answer = await analyst.holding("PIP-003").get(BOARD)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [source["rollups_complete"] for source in body["sources"]] == [rolled_up, rolled_up]
    assert body["identities"]["broken"] == []
    assert body["identities"]["checked"] == 2 * 28
    assert [(gap["from"], gap["to"], gap["usual_calls"]) for gap in body["gaps"]] == [
        ("2025-09-15T11:00:00-06:00", "2025-09-15T12:00:00-06:00", 12)
    ]
    dirty = {each["name"]: each for each in body["dirty"]}
    assert [week["share"] for week in dirty["swapped_times"]["weeks"]] == [0.25] * 4
    assert dirty["swapped_times"]["trend"] == 0.0
    assert dirty["unknown_dids"]["weeks"][0] == {
        "time": "2025-09-01T00:00:00-06:00",
        "calls": 14,
        "of": 168,
        "share": pytest.approx(1 / 12),
    }
    assert body["open_calls"] == {"calls": 1, "older_than_a_day": 1}
    assert body["zone_checks"][0]["offset_s"] == 3_600


@pytest.mark.integration
async def test_whose_it_is(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(calls_of_four_weeks())
    await warehouse.conn.execute(
        "INSERT INTO ivr.runs (source_id, state, requested_by, queued_at, started_at, finished_at, rows_read,"
        " rows_published, rows_rejected) SELECT source_id, 'succeeded', 'test', at, at, at, 700, 697, 3"
        " FROM ivr.sources, (VALUES ('2025-09-09T04:00Z'::timestamptz)) AS run (at)"
    )
    await warehouse.conn.execute(
        "INSERT INTO ivr.zone_checks SELECT source_id, source, 0, 0.98, 500, 'UTC' FROM ivr.sources"
    )
    assert (await analyst.get(BOARD)).status_code == 403
    everything = (await analyst.holding("PIP-003").get(BOARD)).json()["rejects"]
    assert {(day["rows_read"], day["rows_rejected"]) for day in everything} == {(700, 3)}
    checks = (await analyst.holding("PIP-003").get(BOARD)).json()["zone_checks"]
    assert {(check["source_table"], check["rows_looked_at"]) for check in checks} == {("legacy", 500), ("queues", 500)}
    own = await analyst.holding("PIP-003").with_segment("puebla").get(BOARD)
    assert own.json()["open_calls"] is None
    assert own.json()["rejects"] == [], "rows that were read are those of all segments"
    assert {source["source_kind"] for source in own.json()["sources"]} == {"legacy"}
    seen = [(check["source_table"], check["rows_looked_at"]) for check in own.json()["zone_checks"]]
    assert seen == [("legacy", None)], "queue calls have no segment, and rows that were looked at are those of all"
    assert {week["of"] for each in own.json()["dirty"] for week in each["weeks"]} <= {0}
    backwards = await analyst.holding("PIP-003").get("/quality?from=2025-09-02T00:00:00Z&to=2025-09-01T00:00:00Z")
    assert backwards.status_code == 422
    long = await analyst.holding("PIP-003").get(
        "/quality?from=2024-09-02T00:00:00Z&to=2025-09-01T00:00:00Z&zone=Nowhere"
    )
    assert {error["param"] for error in long.json()["errors"]} == {"zone"}


@pytest.mark.integration
async def test_days_and_weeks_are_those_of_the_centre(analyst: Analyst, warehouse: Warehouse) -> None:
    await warehouse.add(calls_of_four_weeks())
    # Nine in the evening in Mexico City is the next day in UTC.
    await warehouse.conn.execute(
        "INSERT INTO ivr.runs (source_id, state, requested_by, queued_at, started_at, finished_at, rows_read,"
        " rows_published, rows_rejected) SELECT source_id, 'succeeded', 'test', at, at, at, 700, 697, 3"
        " FROM ivr.sources, (VALUES ($1::timestamptz - interval '1 day')) AS run (at) WHERE source = 'legacy'",
        DATA_AS_OF.replace(hour=3),
    )
    body = (await analyst.holding("PIP-003").get("/quality")).json()
    for moment in (body["from"], body["to"]):
        assert moment.endswith("T00:00:00-06:00"), moment
    first, last = datetime.fromisoformat(body["from"]), datetime.fromisoformat(body["to"])
    assert first.isoweekday() == 1
    assert timedelta(days=28) <= last - first <= timedelta(days=35)
    assert last - timedelta(days=1) < DATA_AS_OF <= last
    assert all(week["time"].endswith("T00:00:00-06:00") for each in body["dirty"] for week in each["weeks"])
    local = (DATA_AS_OF.replace(hour=3) - timedelta(days=1)).astimezone(zone_of("America/Mexico_City"))
    assert [day["day"] for day in body["rejects"]] == [local.date().isoformat()]
    elsewhere = (await analyst.holding("PIP-003").get("/quality?zone=Asia/Kolkata")).json()
    assert elsewhere["from"].endswith("T00:00:00+05:30")


@pytest.mark.unit
@given(
    st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds it
    st.sampled_from(["America/Mexico_City", "Asia/Kolkata", "America/Sao_Paulo", "Pacific/Auckland", "UTC"]),
)
def test_a_range_by_default_cuts_no_local_day_or_week(newest: datetime, zone: str) -> None:
    place, back = zone_of(zone), timedelta(days=28)
    until = whole_days_until(newest, place)
    since = whole_weeks_since(until, back, place)
    # Of a day that begins at one, because the clocks are put forward at midnight, that is the beginning.
    for moment in (since, until):
        before = (moment - timedelta(seconds=1)).astimezone(place).date()
        assert before + timedelta(days=1) == moment.astimezone(place).date()
    assert timedelta() <= until - newest <= timedelta(hours=25)
    assert since.astimezone(place).isoweekday() == 1
    assert back <= until - since <= back + timedelta(days=7, hours=1)


@pytest.mark.unit
@given(st.lists(st.integers(0, 50), min_size=9, max_size=9), st.integers(0, 8))
@pytest.mark.requirement("RF-022")
def test_an_identity_breaks_when_a_part_is_lost(parts: list[int], lost: int) -> None:
    row = dict(zip(EXITS, parts, strict=False))
    whole: dict[str, Cell] = {
        "time": "2025-09-01T00:00:00-06:00",
        "queue": "sales",
        "offered": sum(row.values()),
        **row,
    }
    assert broken("asterisk", [whole]) == []
    name = EXITS[lost % len(EXITS)]
    found = broken("asterisk", [{**whole, name: row[name] + 1}])
    assert [(each.queue, each.parts - each.whole) for each in found] == [("sales", 1)]
    lines = dict.fromkeys(LINES, 1)
    assert broken("legacy", [{"time": "2025-09-01T00:00:00-06:00", "calls": 3, **lines}]) == []


@pytest.mark.unit
def test_gaps_are_put_together_and_end_where_the_data_does() -> None:
    hours = [MONDAY + timedelta(hours=n) for n in range(5 * 7 * 24)]
    silent = {hours[n] for n in (14 * 24 + 9, 14 * 24 + 10, 28 * 24 + 5)}
    rows = [{"time": at.isoformat(), "calls": 0 if at in silent else 20} for at in hours]
    found = gaps(rows, "calls", data_as_of=hours[-1])
    assert [((gap.until - gap.since).seconds // 3_600, gap.usual_calls) for gap in found] == [(2, 40), (1, 20)]
    assert gaps(rows, "calls", data_as_of=hours[28 * 24 + 5]) == found[:1]
    assert gaps(rows[: 14 * 24], "calls", data_as_of=None) == []


@pytest.mark.unit
def test_a_trend_is_the_last_week_less_those_before() -> None:
    assert trend([0.1, None, 0.3, 0.5]) == pytest.approx(0.3)
    assert trend([0.1]) is None
    assert dirty_shares([], []) == []
