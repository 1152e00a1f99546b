"""What a first load need not ask PostgreSQL for: never a leg that it has written itself."""

from dataclasses import replace

import asyncpg
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ivr import store, store_details
from services.ivr.detail_batches import KnownLeg
from services.ivr.leg_columns import LegColumns
from services.ivr.published_legs import SLOTS, PublishedLegs
from services.ivr.sources import details
from shared.postgres import Connection
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import Ingest, mariadb_source
from tests.ivr.test_asterisk_runs import CREATE_QUEUE_LOG
from tests.ivr.test_detail_runs import CDR, account, insert, leg, legs, sql

ids = st.lists(st.integers(-(2**63), 2**63 - 1) | st.sampled_from([1, 1 + SLOTS, -SLOTS, 2**63 - 1]), max_size=30)


def column(values: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


@pytest.mark.unit
@given(st.lists(ids, max_size=5), ids)
def test_what_was_written_is_always_asked_for(batches: list[list[int]], others: list[int]) -> None:
    published = PublishedLegs(none_yet=True)
    for batch in batches:
        published.add(column(batch))
    written = [each for batch in batches for each in batch]
    assert published.may_have(column(written)).all()
    marked = {each % SLOTS for each in written}
    assert published.may_have(column(others)).tolist() == [each % SLOTS in marked for each in others]


@pytest.mark.unit
@given(ids)
def test_a_source_that_has_legs_is_asked_for_every_one(asked: list[int]) -> None:
    published = PublishedLegs(none_yet=False)
    published.add(column([]))
    assert published.may_have(column(asked)).tolist() == [True] * len(asked)


@pytest.mark.integration
async def test_a_first_load_asks_for_no_leg_but_one_whose_key_it_has_written(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two records in each batch: the first one's key comes again two batches later, with another content."""
    monkeypatch.setattr(details, "BATCH_ROWS", 2)
    asked: list[int] = []
    known_legs = store_details.known_legs

    async def counted(conn: Connection, source_id: int, found: LegColumns) -> dict[int, KnownLeg]:
        asked.append(len(found))
        return await known_legs(conn, source_id, found)

    monkeypatch.setattr(store_details, "known_legs", counted)
    sql(mariadb, CDR.format(null="", more=", acctid int AUTO_INCREMENT PRIMARY KEY"))
    rows = [leg(f"09:0{number}:00", f"1.{number}", sequence=number) for number in range(5)]
    again = leg("09:00:00", "1.0", duration=70)
    insert(mariadb, "cdr", *([*row, number] for number, row in enumerate([*rows, again], 1)))
    source = mariadb_source(mariadb, "asterisk")
    assert (await ingest(source)).error is None
    assert asked == [0, 0, 1]
    expected = [("1.0", 70, "answered"), *((f"1.{number}", 60, "answered") for number in range(1, 5))]
    assert await legs(as_owner) == expected
    assert await account(as_owner) == (6, 6, 0, 0)
    insert(mariadb, "cdr", [*leg("09:01:00", "1.1", sequence=1, duration=80), 7])
    assert (await ingest(source)).error is None
    assert await legs(as_owner) == [expected[0], ("1.1", 80, "answered"), *expected[2:]]


@pytest.mark.integration
async def test_a_source_without_a_place_in_its_logs_may_have_legs_all_the_same(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    """As where a log is replayed while some of its records are gone from the source, which come back later."""
    sql(mariadb, CDR.format(null="", more=", acctid int AUTO_INCREMENT PRIMARY KEY"))
    insert(mariadb, "cdr", [*leg("09:00:00", "1.0"), 1], [*leg("09:01:00", "1.1"), 2])
    source = mariadb_source(mariadb, "asterisk")
    assert (await ingest(source)).error is None
    await as_owner.execute("DELETE FROM ivr.detail_streams")
    assert (await ingest(source)).error is None
    assert await account(as_owner) == (2, 0, 0, 2)
    assert len(await legs(as_owner)) == 2


@pytest.mark.integration
async def test_a_source_without_cdr_has_no_legs_and_those_of_another_one_are_not_looked_at(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    sql(mariadb, CDR.format(null="", more=", acctid int AUTO_INCREMENT PRIMARY KEY"))
    insert(mariadb, "cdr", [*leg("09:00:00", "1.0"), 1])
    one = mariadb_source(mariadb, "asterisk")
    assert (await ingest(one)).error is None
    sql(mariadb, "DROP TABLE cdr", CREATE_QUEUE_LOG)
    sql(
        mariadb,
        "INSERT INTO queue_log (id, time, callid, event) VALUES (1, '2025-07-01 06:00:00', '1.1', 'ABANDON')",
    )
    assert (await ingest(replace(one, id="second"))).error is None
    ids = {row["source"]: row["source_id"] for row in await as_owner.fetch("SELECT source, source_id FROM ivr.sources")}
    assert await store_details.has_legs(as_owner, ids[one.id])
    assert not await store_details.has_legs(as_owner, ids["second"])
    plan = await as_owner.fetch("EXPLAIN " + store.load("has_legs"), ids["second"])
    assert "call_legs" not in "\n".join(row[0] for row in plan)
