"""Legs and steps against cdr and cel: equal sides are equal, and any difference is found on its day."""

from pathlib import Path

import asyncpg
import pytest

from iact.simulate.asterisk import AsteriskOptions, simulate_asterisk
from iact.simulate.targets import MariaDbTarget
from services.ivr.work import Request
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import Ingest, Reconcile, files_source, mariadb_source

pytestmark = pytest.mark.integration


async def test_equal_sides_are_equal_and_each_difference_is_found(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection, reconcile: Reconcile
) -> None:
    truth = simulate_asterisk(AsteriskOptions(rows=600, seed=21, days=2), MariaDbTarget(mariadb.dsn_admin))
    source = mariadb_source(mariadb, "asterisk")
    assert (await ingest(source)).error is None
    found = await reconcile(source)
    assert (found["state"], found["error"], found["cells_different"]) == ("equal", None, 0)
    assert found["rows_source"] == found["rows_warehouse"] == sum(truth.tables.values())

    for table, number, changed in (("legs", "leg_id", "billsec = billsec + 1"), ("steps", "step_id", "menu = 'x'")):
        last, first = (f"{number} = (SELECT {which}({number}) FROM ivr.call_{table})" for which in ("max", "min"))
        await as_owner.execute(f"UPDATE ivr.call_{table} SET {changed} WHERE {last}")
        found = await reconcile(source)
        assert (table, "changed") in {(cell["part"], cell["verdict"]) for cell in found["cells"]}
        await as_owner.execute(f"DELETE FROM ivr.call_{table} WHERE {first}")
        found = await reconcile(source)
        assert (table, "missing") in {(cell["part"], cell["verdict"]) for cell in found["cells"]}
    assert any("days that differ" in note for note in (await reconcile(source, deep=True))["notes"])


async def test_the_source_gets_and_loses_rows(mariadb: MariaDbSchema, ingest: Ingest, reconcile: Reconcile) -> None:
    simulate_asterisk(AsteriskOptions(rows=600, seed=22, days=1), MariaDbTarget(mariadb.dsn_admin))
    source = mariadb_source(mariadb, "asterisk")
    await ingest(source)
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM cdr ORDER BY sequence LIMIT 1")
        cursor.execute("UPDATE cel SET appdata = 'menu_nuevo' WHERE userdeftype = 'IVR_MENU' LIMIT 1")
        cursor.execute("INSERT INTO cel SELECT max(id) + 1, 'ANSWER', max(eventtime), '', '', '', '', '', '', '', '', "
                       "'', '', '', '', '', '', '1.1', '1.1', '', '', '' FROM cel")  # fmt: skip
    found = await reconcile(source)
    verdicts = {(cell["part"], cell["verdict"]) for cell in found["cells"]}
    assert verdicts == {("legs", "extra"), ("steps", "changed"), ("cel_events", "missing")}


async def test_a_row_that_was_refused_is_no_difference(ingest: Ingest, reconcile: Reconcile, tmp_path: Path) -> None:
    path = tmp_path / "cdr.csv"
    path.write_text(
        "start,src,uniqueid,duration,disposition\n2025-07-01 09:00:00,5512345678,1751382000.1,60,ANSWERED\n"
        "never,5512345678,1751382000.1,60,ANSWERED\n2025-07-02 09:00:00,5512345678,1751468400.1,60,ANSWERED\n"
    )
    source = files_source(path, kind="asterisk")
    for _ in range(2):
        await ingest(source)
    found = await reconcile(source)
    assert (found["state"], found["rows_source"], found["rows_warehouse"]) == ("equal", 3, 3)
    found = await reconcile(source, Request.from_dict({"from": "2025-07-02", "to": "2025-07-03"}))
    assert (found["state"], found["rows_source"]) == ("equal", 1)
