"""Schema drift: named before a run, stopping only the table whose columns would be read wrongly."""

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ivr.drift import Columns, compare, family
from services.ivr.work import Request
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import Ingest, fill_mariadb, legacy_row, mariadb_source

TYPES = st.sampled_from(["varchar", "text", "int", "bigint", "date", "datetime", "timestamp", "blob", "geometry"])
TABLES = st.dictionaries(st.sampled_from("abcdefgh"), TYPES)


def columns(text: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in text.split())


@pytest.mark.unit
@pytest.mark.parametrize(
    ("before", "now", "sentences", "stops"),
    [
        ("cMenu:varchar", "cMenu:varchar", [], False),
        ("cMenu:varchar", "CMENU:longtext", [], False),
        ("cMenu:varchar", "cMenu:varchar x:int", ["Table t has a column x that it did not have."], False),
        ("cMenu:varchar x:int y:int", "cMenu:varchar", ["Table t has lost columns x, y."], False),
        ("cMenu:varchar", "cMenu:int", ["Column cMenu of t was varchar and is int."], True),
        ("dFecha:date", "dFecha:blob", ["Column dFecha of t was date and is blob."], True),
        ("", "dHoraInicio:time", ["Column dHoraInicio of t is time, which cannot be read."], True),
        ("", "dHoraInicio:timestamp cMenu:text other:geometry", [], False),
    ],
)
def test_what_changed_is_named(before: str, now: str, sentences: list[str], stops: bool) -> None:
    drift = compare("t", columns(before) if before else None, columns(now), legacy=True)
    assert (drift.sentences(), drift.stops) == (sentences, stops)


@pytest.mark.unit
@given(TABLES, TABLES)
def test_every_column_is_accounted_for(before: Columns, now: Columns) -> None:
    drift = compare("t", before, now, legacy=False)
    kept = {name for name in before if now.get(name) and family(before[name]) == family(now[name])}
    retyped = {name for name, _, _ in drift.retyped}
    assert kept | retyped | set(drift.missing) == set(before)
    assert kept | retyped | set(drift.new) == set(now)
    assert drift.stops == bool(retyped)
    assert compare("t", now, now, legacy=False).sentences() == []


async def last_run(conn: asyncpg.Connection) -> tuple[str, list[str], int]:
    row = await conn.fetchrow(
        "SELECT state, rows_published, array(SELECT jsonb_array_elements_text(details -> 'drift')) AS drift"
        " FROM ivr.runs ORDER BY run_id DESC LIMIT 1"
    )
    assert row is not None
    return row["state"], row["drift"], row["rows_published"]


@pytest.mark.integration
async def test_a_retyped_column_stops_its_table_and_no_other(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    q3, q4 = "tbl_historico_t3_2025", "tbl_historico_t4_2025"
    fill_mariadb(mariadb, q3, [legacy_row()])
    fill_mariadb(mariadb, q4, [legacy_row("2025-10-01")])
    source = mariadb_source(mariadb)
    await ingest(source)
    assert await last_run(as_owner) == ("succeeded", [], 2)
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {q4} ADD COLUMN cNueva INT")
        cursor.execute(f"ALTER TABLE {q3} MODIFY cMenu VARCHAR(500)")
        await ingest(source)
        new = f"Table {q4} has a column cNueva that it did not have."
        assert await last_run(as_owner) == ("succeeded", [new], 0)
        await ingest(source)
        assert await last_run(as_owner) == ("succeeded", [], 0)
        cursor.execute(f"ALTER TABLE {q3} MODIFY cOpcion VARBINARY(100)")
        cursor.execute(f"INSERT INTO {q4} SELECT * FROM {q4}")
    stopped = await ingest(source)
    retyped = f"Column cOpcion of {q3} was varchar and is varbinary."
    assert stopped.error == f"{retyped} Nothing of it was read; run it with force once the change is understood."
    assert await last_run(as_owner) == ("failed", [retyped], 2)
    again = await ingest(source, Request(tables=(q3,)))
    assert again.error == stopped.error
    assert (await ingest(source, Request(force=True))).state == "succeeded"
    assert (await ingest(source)).state == "succeeded"


@pytest.mark.integration
async def test_a_lost_column_is_named_although_nothing_else_is_wrong(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    table = "tbl_historico_t3_2025"
    fill_mariadb(mariadb, table, [legacy_row()])
    await ingest(mariadb_source(mariadb))
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} CHANGE cMenu cMenu2 VARCHAR(100)")
    outcome = await ingest(mariadb_source(mariadb))
    assert outcome.error == f"Table {table} has no column cMenu; nothing of it was published."
    _, drift, _ = await last_run(as_owner)
    assert drift == [
        f"Table {table} has a column cMenu2 that it did not have.",
        f"Table {table} has lost a column cMenu.",
    ]
