"""Tables whose rows stand and come in any order give the facts, legs, steps and rollups of tables in order."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from iact.simulate.asterisk import AsteriskOptions, simulate_asterisk
from iact.simulate.targets import MariaDbTarget
from services.ivr import ingest_details
from services.ivr.config import Source
from services.ivr.sources import details
from shared.testing.mariadb import MariaDbSchema, MariaDbServer
from tests.ivr.conftest import CREATE_LEGACY, Ingest, LegacyRow, Reconcile, legacy_row, mariadb_source
from tests.ivr.test_detail_runs import CDR, account, insert, leg, legs, sql

pytestmark = pytest.mark.integration

# Made in the order in which rows come, or with the source's name.
IDS = {"call_id", "leg_id", "step_id", "cell_id", "source_id", "position", "source", "occurrence"}
ASTERISK = (
    *("queue_calls_v1", "call_legs_v1", "call_steps_v1", "agent_spans_v1", "queue_quarter_hours_v1", "queue_hours_v1"),
    *("queue_days_v1", "queue_months_v1", "queue_repeat_days_v1", "queue_unique_callers_v1"),
)
LEGACY = (
    *("legacy_calls_v1", "legacy_quarter_hours_v1", "legacy_hours_v1", "legacy_days_v1", "legacy_months_v1"),
    *("legacy_repeat_days_v1", "legacy_unique_callers_v1"),
)
TABLE = "tbl_historico_t3_2025"


@pytest.fixture
def other(mariadb_server: MariaDbServer) -> Iterator[MariaDbSchema]:
    """A second schema beside the test's own."""
    schema = mariadb_server.create_schema()
    yield schema
    mariadb_server.drop_schema(schema)


async def published(conn: asyncpg.Connection, source: Source, views: tuple[str, ...]) -> dict[str, Counter[Any]]:
    """Every row of some views but for what is named after the source; sums of floating numbers to nine places."""
    found = {}
    for view in views:
        rows = await conn.fetch(f"SELECT * FROM ivr.{view} WHERE source = $1", source.id)
        assert rows, view
        found[view] = Counter(
            tuple(round(value, 9) if isinstance(value, float) else str(value) for name, value in row.items()
                  if name not in IDS)
            for row in rows
            if row.get("period", "day") == "day"  # longer ones are written when they are over, or once a day
        )  # fmt: skip
    return found


def same(found: dict[str, Counter[Any]], expected: dict[str, Counter[Any]]) -> None:
    for view, rows in expected.items():
        assert (list(found[view] - rows)[:3], list(rows - found[view])[:3]) == ([], []), view


def copy_shuffled(schema: MariaDbSchema, target: MariaDbSchema, table: str, share: float, mixer: random.Random) -> None:
    """Some rows of a table that are not there yet, in any order."""
    with schema.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"SHOW CREATE TABLE {table}")
        create = cursor.fetchone()[1].replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1)
        cursor.execute(f"SELECT * FROM {table}")
        rows = Counter(cursor.fetchall())
    with target.connect() as connection, connection.cursor() as cursor:
        cursor.execute(create)
        cursor.execute(f"SELECT * FROM {table}")
        rows.subtract(cursor.fetchall())
        left = sorted(rows.elements(), key=str)
        chosen = mixer.sample(left, round(len(left) * share))
        for row in chosen:
            cursor.execute(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(row))})", row)


async def test_an_asterisk_whose_rows_come_in_any_order(
    mariadb: MariaDbSchema,
    other: MariaDbSchema,
    ingest: Ingest,
    reconcile: Reconcile,
    as_owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ingest_details, "SWEEP_EVERY_S", 0.0)
    monkeypatch.setattr(details, "BATCH_BYTES", 8 << 10)
    monkeypatch.setattr(details, "BATCH_ROWS", 60)
    mixer = random.Random(17)
    simulate_asterisk(AsteriskOptions(rows=300, seed=31, days=1), MariaDbTarget(mariadb.dsn_admin))
    plain = mariadb_source(mariadb, "asterisk")
    mixed = replace(mariadb_source(other, "asterisk"), id="mixed")
    assert (await ingest(plain)).error is None
    # What waits longest for its place are rows of a queue log and of a cdr; cel is told again for minutes only.
    for share in (0.6, 1.0):
        for table in ("queue_log", "cdr", *(["cel"] if share == 1.0 else [])):
            copy_shuffled(mariadb, other, table, share, mixer)
        assert (await ingest(mixed)).error is None
    same(await published(as_owner, mixed, ASTERISK), await published(as_owner, plain, ASTERISK))
    assert (await reconcile(mixed, deep=True))["state"] == "equal"


async def test_a_legacy_table_whose_rows_stand_in_any_order(
    mariadb: MariaDbSchema, other: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    mixer = random.Random(18)
    rows: list[LegacyRow] = [
        legacy_row(
            f"2025-0{mixer.randrange(7, 9)}-{mixer.randrange(1, 29):02}",
            # No two at one moment: which of them is the later one is told by ids, and these by the source's name.
            mixer.choice([f"{9 + n % 9:02}:{n // 9:02}:00", None]),
            mixer.choice([f"{8 + n % 9:02}:{n // 9:02}:30", f"{9 + n % 9:02}:{n // 9:02}:30", None]),
            did=mixer.choice(["19028031", "19020001", "1"]),
            menu=mixer.choice([None, "RES-FallaInternet", "5512345678", "Atención ñ"]),
            origin=f"55{mixer.randrange(30):08}",
            typed=mixer.choice([None, "5512345678"]),
        )
        for n in range(300)
    ]
    rows += mixer.sample(rows, 40)  # there is no key: identical rows all count
    create = CREATE_LEGACY.replace("DATETIME NOT NULL", "DATETIME")
    for schema, ordered in ((mariadb, sorted(rows, key=str)), (other, mixer.sample(rows, len(rows)))):
        sql(schema, create.format(TABLE))
        insert(schema, TABLE, *ordered)
    plain, mixed = mariadb_source(mariadb), replace(mariadb_source(other), id="mixed")
    for source in (plain, mixed):
        assert (await ingest(source)).error is None
    same(await published(as_owner, mixed, LEGACY), await published(as_owner, plain, LEGACY))
    rejects = "SELECT reason, row_masked FROM ivr.rejects JOIN ivr.sources USING (source_id) WHERE source = $1"
    reasons = [sorted(tuple(row) for row in await as_owner.fetch(rejects, each.id)) for each in (plain, mixed)]
    assert reasons[0] == reasons[1] != []


@pytest.mark.parametrize("more", ["", ", acctid int PRIMARY KEY"], ids=["by start", "by id"])
async def test_of_two_records_with_one_key_the_same_counts_however_often_they_are_read(
    mariadb: MariaDbSchema,
    ingest: Ingest,
    reconcile: Reconcile,
    as_owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    more: str,
) -> None:
    """By start the one that ended last, by id the later one; a change of that one is seen all the same."""
    monkeypatch.setattr(ingest_details, "SWEEP_EVERY_S", 0.0)
    sql(mariadb, CDR.format(null="", more=more))
    source = mariadb_source(mariadb, "asterisk")
    longer, shorter = leg("09:00:00", "1.1", duration=70), leg("09:00:00", "1.1", duration=60)
    insert(mariadb, "cdr", [*leg("09:01:00", "1.2"), *([1] if more else [])], [*longer, *([3] if more else [])])
    await ingest(source)
    insert(mariadb, "cdr", [*shorter, *([2] if more else [])])
    for _ in range(2):
        await ingest(source)
        assert await account(as_owner) == (3, 0, 0, 3)
        assert await legs(as_owner) == [("1.1", 70, "answered"), ("1.2", 60, "answered")]
        assert (await reconcile(source, deep=True))["state"] == "equal"
    sql(mariadb, "UPDATE cdr SET duration = 65 WHERE duration = 70")
    await ingest(source)
    assert await account(as_owner) == (3, 1, 0, 2)
    assert (await legs(as_owner))[0] == ("1.1", 65, "answered")
    assert (await reconcile(source, deep=True))["state"] == "equal"
