"""Reconciliation on a real MariaDB and PostgreSQL: any seeded difference is found, equal sides are equal."""

import random
from datetime import date
from pathlib import Path

import asyncpg
import pytest

from services.ivr.keys import Keys
from services.ivr.reconciler import Reconciler, ReconciliationRunning
from services.ivr.work import Request
from shared.postgres import Database
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import (
    Ingest,
    LegacyRow,
    Reconcile,
    files_source,
    fill_mariadb,
    legacy_row,
    mariadb_source,
    write_csv,
)
from tests.ivr.test_asterisk_runs import COMPLETE, CONNECT, CREATE_QUEUE_LOG, ENTER, insert

pytestmark = pytest.mark.integration

TABLE = "tbl_historico_t3_2025"


def rows(count: int) -> list[LegacyRow]:
    """Every rule has its rows: nulls, glued numbers, labels, swapped and missing times, doubles."""
    noise = random.Random(7)
    made = [
        legacy_row(
            f"2025-07-{noise.randrange(1, 10):02}",
            noise.choice(["09:00:00", "10:30:00"]),
            noise.choice(["09:02:00", "08:00:00"]),
            did=noise.choice(["19028031", "19020001", "19020084", "1"]),
            centre=noise.choice([None, "10928253", "cliente_colgo", "109282535512345678", "00000"]),
            menu=noise.choice([None, "RES-FallaInternet", "5512345678", "Atención ñ"]),
            option=noise.choice([None, "DEFAULT"]),
            origin=f"55{n:08}",
            typed=noise.choice([None, "5512345678"]),
            labels=noise.choice([None, "VIP, REGULAR,", "NUEVO"]),
        )
        for n in range(count)
    ]
    return made + made[:5]


CHANGES_OF_THE_SOURCE = (
    f"DELETE FROM {TABLE} WHERE cTelefono_Origen = '5500000{{n:03}}' LIMIT 1",
    f"UPDATE {TABLE} SET cMenu = 'Otro' WHERE cTelefono_Origen = '5500000{{n:03}}' LIMIT 1",
    f"UPDATE {TABLE} SET cTelefono_Digitado = '5500000000' WHERE cTelefono_Origen = '5500000{{n:03}}' LIMIT 1",
    f"UPDATE {TABLE} SET dHoraFin = dHoraFin + INTERVAL 1 SECOND WHERE cTelefono_Origen = '5500000{{n:03}}' LIMIT 1",
    f"INSERT INTO {TABLE} SELECT * FROM {TABLE} WHERE cTelefono_Origen = '5500000{{n:03}}' LIMIT 1",
)
CHANGES_OF_THE_WAREHOUSE = (
    "DELETE FROM ivr.legacy_calls WHERE call_id = {call}",
    "UPDATE ivr.legacy_calls SET duration_s = coalesce(duration_s, 0) + 1 WHERE call_id = {call}",
    "UPDATE ivr.legacy_calls SET started_at = started_at + interval '1 microsecond' WHERE call_id = {call}",
    "UPDATE ivr.legacy_calls SET caller_id = caller_id + 1 WHERE call_id = {call}",
    "UPDATE ivr.legacy_calls SET swapped = NOT swapped WHERE call_id = {call}",
    "UPDATE ivr.legacy_calls SET line_kind = (line_kind + 1) % 3 WHERE call_id = {call}",
    (
        "UPDATE ivr.legacy_calls c SET label_set_id = (SELECT max(label_set_id) FROM ivr.label_sets l"
        " WHERE l.label_set_id <> c.label_set_id) WHERE call_id = {call}"
    ),
    "UPDATE ivr.legacy_calls SET did_id = 1 + did_id % 3 WHERE call_id = {call}",
    "UPDATE ivr.legacy_calls SET menu_id = 1 + menu_id % 5 WHERE call_id = {call}",
    "UPDATE ivr.legacy_calls SET unit_id = 1 + unit_id % 9 WHERE call_id = {call}",
    "INSERT INTO ivr.legacy_calls SELECT * FROM ivr.legacy_calls WHERE call_id = {call}",
)


@pytest.mark.requirement("RF-009")
async def test_every_seeded_difference_of_the_source_is_found(
    mariadb: MariaDbSchema, ingest: Ingest, reconcile: Reconcile
) -> None:
    fill_mariadb(mariadb, TABLE, rows(300))
    source = mariadb_source(mariadb)
    await ingest(source)
    assert (await reconcile(source, deep=True))["state"] == "equal"
    for n, change in enumerate(CHANGES_OF_THE_SOURCE * 2):
        with mariadb.connect() as connection, connection.cursor() as cursor:
            assert cursor.execute(change.format(n=20 + 7 * n)) == 1
        found = await reconcile(source, deep=True)
        assert (found["state"], found["rows_different"]) == ("different", len(found["calls"])), change
        verdicts = sorted(call["verdict"] for call in found["calls"])
        kind = change.split(maxsplit=1)[0]
        # A legacy row has no key: a changed row is another row, its old self is left in the warehouse.
        assert verdicts == {"DELETE": ["extra"], "INSERT": ["missing"]}.get(kind, ["extra", "missing"]), change
        assert len({(cell["source_table"], cell["day"]) for cell in found["cells"]}) == 1
        await ingest(source, Request(force=True))
        assert (await reconcile(source))["state"] == "equal", change


@pytest.mark.requirement("RF-009")
async def test_every_seeded_difference_of_the_warehouse_is_found(
    tmp_path: Path, ingest: Ingest, reconcile: Reconcile, as_owner: asyncpg.Connection
) -> None:
    source = files_source(write_csv(tmp_path / f"{TABLE}.csv", rows(300)))
    await ingest(source)
    calls = [row["call_id"] for row in await as_owner.fetch("SELECT call_id FROM ivr.legacy_calls ORDER BY call_id")]
    await as_owner.execute("CREATE TABLE before AS SELECT * FROM ivr.legacy_calls")
    for n, change in enumerate(CHANGES_OF_THE_WAREHOUSE * 2):
        call = calls[5 + n * 11]
        assert (await as_owner.execute(change.format(call=call))).endswith(" 1")
        found = await reconcile(source, deep=True)
        assert found["state"] == "different", change
        assert {row["call_id"] for row in found["calls"]} == {call}, change
        await as_owner.execute("DELETE FROM ivr.legacy_calls; INSERT INTO ivr.legacy_calls SELECT * FROM before")
        assert (await reconcile(source))["state"] == "equal", change


@pytest.mark.requirement("RF-003")
async def test_a_refused_row_counts_and_its_loss_is_found(
    tmp_path: Path, ingest: Ingest, reconcile: Reconcile, as_owner: asyncpg.Connection
) -> None:
    bad = ("0000-00-00", *legacy_row()[1:])
    source = files_source(write_csv(tmp_path / "t.csv", [legacy_row(), legacy_row(start=None, end=None), bad]))
    await ingest(source)
    equal = await reconcile(source)
    assert (equal["state"], equal["rows_source"], equal["rows_warehouse"]) == ("equal", 3, 3)
    await as_owner.execute("DELETE FROM ivr.rejects")
    found = await reconcile(source)
    assert [(cell["part"], cell["rows_source"], cell["rows_warehouse"]) for cell in found["cells"]] == [("unit", 2, 1)]


async def test_only_the_asked_days_are_compared_and_a_purged_day_is_said(
    tmp_path: Path, ingest: Ingest, reconcile: Reconcile
) -> None:
    path = write_csv(tmp_path / "t.csv", [legacy_row(f"2025-07-0{day}") for day in range(1, 6)])
    source = files_source(path)
    await ingest(source)
    write_csv(path, [legacy_row(f"2025-07-0{day}") for day in range(3, 6)])
    assert (await reconcile(source, Request(since=date(2025, 7, 3))))["state"] == "equal"
    found = await reconcile(source)
    assert {(cell["day"].day, cell["verdict"]) for cell in found["cells"]} == {(1, "gone"), (2, "gone")}
    assert "--from" in found["notes"][0]


async def test_an_edited_segment_is_no_difference(
    tmp_path: Path, ingest: Ingest, reconcile: Reconcile, as_owner: asyncpg.Connection
) -> None:
    source = files_source(write_csv(tmp_path / "t.csv", rows(30)))
    await ingest(source)
    await as_owner.execute("UPDATE ivr.dids SET segment = 'norte' WHERE did IN ('19028031', '1')")
    assert (await reconcile(source))["state"] == "equal"


async def test_the_source_is_only_read_and_a_damaged_one_is_a_sentence(
    tmp_path: Path, ingest: Ingest, reconcile: Reconcile, mariadb: MariaDbSchema, as_owner: asyncpg.Connection
) -> None:
    fill_mariadb(mariadb, TABLE, rows(20))
    await ingest(mariadb_source(mariadb))
    facts = await as_owner.fetch("SELECT xmin::text, call_id FROM ivr.legacy_calls")
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} LIMIT 1")
        await reconcile(mariadb_source(mariadb), deep=True)
        assert await as_owner.fetch("SELECT xmin::text, call_id FROM ivr.legacy_calls") == facts
        cursor.execute(f"ALTER TABLE {TABLE} DROP COLUMN cMenu")
    failed = await reconcile(mariadb_source(mariadb))
    assert (failed["state"], failed["error"].split(";")[0]) == ("failed", f"Table {TABLE} has no column cMenu")


async def test_one_reconciliation_of_a_source_at_a_time_and_a_killed_one_is_marked(
    tmp_path: Path, database: Database, keys: Keys, as_owner: asyncpg.Connection
) -> None:
    source = files_source(write_csv(tmp_path / "t.csv", rows(30)))
    job, other = Reconciler(database, keys), Reconciler(database, keys)
    first = await job.submit(source, Request(), deep=False, requested_by="test")
    with pytest.raises(ReconciliationRunning):
        await other.submit(source, Request(), deep=False, requested_by="test")
    await other.recover()
    await job.wait(first)
    await as_owner.execute("UPDATE ivr.reconciliations SET state = 'running'")
    await other.recover()
    row = await as_owner.fetchrow("SELECT state, error FROM ivr.reconciliations")
    assert row is not None
    assert row["state"] == "failed"
    assert "ended before it did" in row["error"]


def queue_log(calls: int) -> str:
    lines = []
    for n in range(calls):
        at = 1_751_371_200 + n * 4_000
        text = ENTER + (CONNECT + COMPLETE if n % 3 else "")
        lines.append(text.replace("17513712", f"{at}"[:8]).replace("5512345678", f"55{n:08}").format(f"{at}.{n}"))
    return "".join(lines) + "never|x|sales|NONE|ENTERQUEUE||1|1\n"


CHANGES_OF_QUEUE_CALLS = (
    "DELETE FROM ivr.queue_calls WHERE call_id = {call}",
    "UPDATE ivr.queue_calls SET wait_s = coalesce(wait_s, 0) + 0.5 WHERE call_id = {call}",
    "UPDATE ivr.queue_calls SET talk_s = coalesce(talk_s + 1, 0) WHERE call_id = {call}",
    "UPDATE ivr.queue_calls SET queue = 'other' WHERE call_id = {call}",
    "UPDATE ivr.queue_calls SET agent = coalesce(agent, '') || 'x' WHERE call_id = {call}",
    "UPDATE ivr.queue_calls SET ended_at = coalesce(ended_at, now()) + interval '1 s' WHERE call_id = {call}",
    (
        "INSERT INTO ivr.queue_calls SELECT c.call_id + 1, c.caller_id, c.source_id, callid, queue, agent, entered_at,"
        " ended_at, exit, wait_s, ring_s, talk_s, entry_position, transfers, ring_no_answer"
        " FROM ivr.queue_calls c WHERE call_id = {call}"
    ),
)


async def test_every_seeded_difference_of_queue_calls_is_found(
    tmp_path: Path, ingest: Ingest, reconcile: Reconcile, as_owner: asyncpg.Connection
) -> None:
    path = tmp_path / "queue_log"
    text = queue_log(60)
    for part in (3_000, 5_000, len(text)):  # calls that are open at the end of a run
        path.write_text(text[:part])
        await ingest(files_source(path, kind="asterisk"))
    source = files_source(path, kind="asterisk")
    equal = await reconcile(source, deep=True)
    assert (equal["state"], equal["rows_source"]) == ("equal", text.count("\n"))
    calls = [row["call_id"] for row in await as_owner.fetch("SELECT call_id FROM ivr.queue_calls ORDER BY call_id")]
    await as_owner.execute("CREATE TABLE before AS SELECT * FROM ivr.queue_calls")
    for n, change in enumerate(CHANGES_OF_QUEUE_CALLS * 2):
        call = calls[n * 4]
        assert (await as_owner.execute(change.format(call=call))).endswith(" 1")
        found = await reconcile(source, deep=True)
        assert (found["state"], len(found["calls"])) == ("different", 1), change
        assert found["calls"][0]["call_id"] == call + change.startswith("INSERT"), change
        await as_owner.execute("DELETE FROM ivr.queue_calls; INSERT INTO ivr.queue_calls SELECT * FROM before")
    path.write_text(text.replace("|Agent/7|COMPLETEAGENT|10|60|1", "|Agent/7|COMPLETEAGENT|10|61|1", 1))
    assert [call["verdict"] for call in (await reconcile(source, deep=True))["calls"]] == ["changed"]
    path.write_text(text + "1751371300|NONE|NONE|NONE|QUEUESTART|\n")
    found = await reconcile(source)
    assert [(cell["part"], cell["verdict"]) for cell in found["cells"]] == [("events", "missing")]


async def test_rows_of_a_table_that_are_missing_are_found_and_young_ones_wait(
    mariadb: MariaDbSchema, ingest: Ingest, reconcile: Reconcile
) -> None:
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(CREATE_QUEUE_LOG)
    source = mariadb_source(mariadb, "asterisk", zone="UTC")
    insert(mariadb, (1, "2025-07-01 06:00:00", "1.1", "NONE", "ENTERQUEUE", ("", "5512345678", "1")))
    await ingest(source)
    assert (await reconcile(source))["state"] == "equal"
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO queue_log SELECT 7, utc_timestamp(), '1.7', queuename, agent, event, data1, data2,"
            " data3, data4, data5 FROM queue_log"
        )
        young = await reconcile(source)
        assert (young["state"], young["notes"]) == ("equal", ["1 events of the last 120 s wait for the next run."])
        cursor.execute("UPDATE queue_log SET time = '2025-07-01 07:00:00' WHERE id = 7")
    found = await reconcile(source, deep=True)
    assert [call["verdict"] for call in found["calls"]] == ["missing"]
    assert {cell["part"] for cell in found["cells"]} == {"events", "queue"}
