"""After retention: every answer is what it was, or is refused with the reason; none is made of what is left."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.analytics import store
from services.analytics.answer import Answer
from services.analytics.catalog import SourceKind, catalog
from services.analytics.question import Question
from services.analytics.removed import CallsRemoved
from tests.analytics.conftest import SUMMER, Analyst, People, until
from tests.analytics.facts import LegacyCall, QueueCall, Warehouse
from tests.analytics.model import Model
from tests.analytics.test_query_oracle import MANY, compare_somehow
from tests.analytics.test_routes_oracle import SOURCE_ZONES, cells_agree, compared_alike, fill, key_of, shown
from tests.analytics.test_routes_oracle import warehouse as warehouse_with_holidays
from tests.analytics.worlds import AUTUMN, DATA_AS_OF, HOLIDAYS, worlds

pytestmark = [pytest.mark.integration, pytest.mark.requirement("RF-063")]
world_warehouse = warehouse_with_holidays
KEPT_SINCE = {timedelta(): date(2025, 4, 1), AUTUMN: date(2025, 11, 1)}  # in the middle of each season's calls


async def remove(conn: asyncpg.Connection, before: date) -> None:
    """What `iact retention drop` leaves in these tables."""
    month = (before - timedelta(days=1)).replace(day=1)
    until = datetime(before.year, before.month, before.day, tzinfo=UTC)
    await conn.execute("DELETE FROM ivr.legacy_calls WHERE started_at < $1", until)
    await conn.execute("DELETE FROM ivr.queue_calls WHERE entered_at < $1", until)
    await conn.execute(
        "INSERT INTO ivr.removed_months (parent, month, rows, bytes, removed_at)"
        " VALUES ('legacy_calls', $1, 5, 1, '2026-02-03T04:00Z'), ('queue_calls', $1, 2, 1, '2026-02-03T04:00Z')",
        month,
    )
    await conn.execute("UPDATE ivr.data_versions SET version = version + 1")


@pytest.mark.timeout(900)  # twenty worlds, as in test_routes_oracle
@settings(MANY, max_examples=20)
@given(data=st.data())
async def test_every_answer_stays_or_is_refused(
    data: st.DataObject, world_warehouse: Warehouse, reader: asyncpg.Connection
) -> None:
    kind: SourceKind = data.draw(st.sampled_from(("legacy", "asterisk")))
    calls, asked = data.draw(worlds(kind))
    zone = data.draw(st.sampled_from(SOURCE_ZONES))
    await world_warehouse.conn.execute("DELETE FROM ivr.removed_months")
    await fill(world_warehouse, calls, zone)
    model = Model(calls, DATA_AS_OF, HOLIDAYS)
    questions = [*asked, *(replace(each, zone=zone, dimensions=(), filters=()) for each in asked)]
    compared = [compare_somehow(data, replace(each, zone=zone, filters=())) for each in asked[:2]]
    versions = await store.data_versions(reader)
    before = [await store.ask(reader, catalog(), question, versions) for question in compared]
    season = AUTUMN if asked[0].since > datetime(2025, 7, 1, tzinfo=UTC) else timedelta()
    await remove(world_warehouse.conn, KEPT_SINCE[season])
    for question in questions:
        if (answer := await ask(reader, question)) is not None:
            assert_modelled(answer, model, question)
    for question, earlier in zip(compared, before, strict=True):
        if (answer := await ask(reader, question)) is not None:
            for mine, theirs in zip(answer.rows, earlier.rows, strict=True):
                assert compared_alike(answer, mine, theirs), (question, answer.answered_from, mine, theirs)


async def ask(reader: asyncpg.Connection, question: Question) -> Answer | None:
    """The answer, None where it is refused."""
    try:
        return await store.ask(reader, catalog(), question, await store.data_versions(reader))
    except CallsRemoved as refusal:
        return None if "removed by retention on 2026-02-03" in refusal.detail else pytest.fail(refusal.detail)


def assert_modelled(answer: Answer, model: Model, question: Question) -> None:
    width = (question.granularity != "total") + len(question.dimensions)
    expected = model.rows(question)
    assert len(answer.rows) == len(expected), (question, answer.answered_from)
    for mine, theirs in zip(answer.rows, expected, strict=True):
        assert shown(answer, theirs[:width]) == key_of(mine[:width], question), (question, mine, theirs)
        assert cells_agree(answer, mine[width:], theirs[width:]), (question, answer.answered_from, mine, theirs)
    assert cells_agree(answer, answer.totals or [], model.totals(question)), (question, answer.totals)


# --- over HTTP ---


@pytest.fixture
async def dropped(warehouse: Warehouse) -> Warehouse:
    """Calls of July and August 2025; those of July are gone."""
    days = [datetime(2025, month, day, 18, tzinfo=UTC) for month in (7, 8) for day in (3, 4, 20)]
    await warehouse.add([LegacyCall(call_id=n, started_at=at) for n, at in enumerate(days, 1)])
    await warehouse.add_queue([QueueCall(call_id=n, entered_at=at, exit="abandoned") for n, at in enumerate(days, 1)])
    await warehouse.roll_up()
    return warehouse


async def test_numbers_stay_and_what_is_behind_them_says_when_it_went(dropped: Warehouse, analyst: Analyst) -> None:
    asked = {"metrics": ["calls"], "time": {**SUMMER, "granularity": "month"}}
    before = await analyst.post("/query", asked)
    listed = (await analyst.post("/calls", {"source_kind": "legacy", "time": SUMMER})).json()["items"]
    await remove(dropped.conn, date(2025, 8, 1))
    after = await analyst.post("/query", asked, if_none_match=before.headers["etag"])
    assert after.status_code == 200, after.text  # not 304: what may be asked next has changed
    assert after.json()["rows"] == before.json()["rows"]
    july = {"from": "2025-07-01T00:00:00-06:00", "to": "2025-08-01T00:00:00-06:00", "zone": "America/Mexico_City"}
    refused = [
        await analyst.post("/calls", {"source_kind": "legacy", "time": july}),
        await analyst.post("/calls", {"source_kind": "legacy", "time": SUMMER}),
        await analyst.post(
            "/calls",
            {
                "source_kind": "legacy",
                "time": {**SUMMER, "granularity": "month"},
                "cell": {"time": "2025-07-01T00:00:00-06:00"},
            },
        ),
        await analyst.get(f"/calls/{listed[0]['id']}"),
        await analyst.post("/query", {"metrics": ["calls"], "dimensions": ["label"], "time": SUMMER}),
        await analyst.holding("RPT-008").post("/flows", {"source_kind": "legacy", "time": july}),
        await analyst.get("/reports/recall-list?from=2025-07-01T00:00:00-06:00&to=2025-08-01T00:00:00-06:00"),
    ]
    for answer in refused:
        assert answer.status_code == 410, answer.text
        problem = answer.json()
        assert problem["type"] == "urn:iact:problem:calls-removed"
        said = "The calls before 2025-08-01 00:00 UTC were removed by retention on 2026-02-03"
        assert problem["detail"].startswith(said)
    cell = {"time": {**SUMMER, "granularity": "month"}, "cell": {"time": "2025-08-01T00:00:00-06:00"}}
    kept = await analyst.post("/calls", {"source_kind": "legacy", **cell})
    assert (kept.status_code, kept.json()["total"]) == (200, 3)
    assert (await analyst.get(f"/calls/{listed[-1]['id']}")).status_code == 200
    assert (await analyst.get("/calls/legacy-1754200000000000-99")).status_code == 404


async def test_the_board_says_what_was_removed(dropped: Warehouse, analyst: Analyst) -> None:
    board = (await analyst.holding("PIP-003").get("/quality")).json()
    assert board["removed_calls"] is None
    await remove(dropped.conn, date(2025, 8, 1))
    board = (await analyst.holding("PIP-003").get("/quality")).json()
    assert board["removed_calls"] == {
        "kept_since": "2025-08-01T00:00:00Z",
        "removed_at": "2026-02-03T04:00:00Z",
        "calls": 7,
    }
    # A person with a segment of their own learns when, and nothing about the calls of others.
    own = (await analyst.holding("PIP-003").with_segment("puebla").get("/quality")).json()
    assert own["removed_calls"] == {**board["removed_calls"], "calls": None}
    asked = "/quality?from=2025-07-01T00:00:00-06:00&to=2025-08-01T00:00:00-06:00&zone=America/Mexico_City"
    assert (await analyst.holding("PIP-003").get(asked)).json()["identities"]["broken"] == []


async def test_an_export_of_removed_calls_fails_with_the_reason(dropped: Warehouse, people: People) -> None:
    await remove(dropped.conn, date(2025, 8, 1))
    ana = await people.add("ana")
    july = {"from": "2025-07-01T00:00:00-06:00", "to": "2025-08-01T00:00:00-06:00", "zone": "America/Mexico_City"}
    made = await ana.post("/exports", {"format": "csv", "calls": {"source_kind": "legacy", "time": july}})
    assert made.status_code == 202, made.text
    number = made.json()["id"]

    async def ended() -> bool:
        return bool((await ana.get(f"/exports/{number}")).json()["state"] == "failed")

    await until(ended)
    detail = (await ana.get(f"/exports/{number}")).json()["detail"]
    assert detail.startswith("The calls before 2025-08-01 00:00 UTC were removed by retention on 2026-02-03")
