"""Legs and steps against cdr and cel: equal sides are equal, any difference is found on its day and named."""

from pathlib import Path
from typing import Any

import asyncpg
import pytest

from iact.simulate.asterisk import AsteriskOptions, simulate_asterisk
from iact.simulate.targets import MariaDbTarget
from services.ivr.work import Request
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import Ingest, Reconcile, files_source, mariadb_source

pytestmark = pytest.mark.integration


CHANGES = {
    "leg": (
        *(
            "billsec = coalesce(billsec, 0) + 1",
            "sequence = coalesce(sequence, 0) + 1",
            "dst = coalesce(dst, '') || 'x'",
        ),
        *("started_at = started_at + interval '1 microsecond'", "answered_at = NULL, ended_at = NULL", "agent = 'x'"),
        "disposition = CASE disposition WHEN 'busy' THEN 'failed' ELSE 'busy' END",
    ),
    "step": (
        *("menu = menu || 'x'", "number = number + 1", "digit = coalesce(digit, '') || '7'"),
        *("left_at = coalesce(left_at, at) + interval '1 second'", "at = at + interval '1 microsecond'"),
        *("ended = CASE ended WHEN 'moved' THEN 'queue' ELSE 'moved' END", "linked_id = linked_id || 'x'"),
    ),
}
CALLER = "caller_id = caller_id + 1"  # of both


def named(found: dict[str, Any]) -> set[tuple[str, str, int]]:
    assert found["rows_different"] == len(found["calls"])
    return {(row["part"], row["verdict"], row["call_id"]) for row in found["calls"]}


@pytest.mark.requirement("RF-009")
async def test_any_leg_or_step_of_the_warehouse_that_differs_is_named(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection, reconcile: Reconcile
) -> None:
    truth = simulate_asterisk(AsteriskOptions(rows=400, seed=21, days=2), MariaDbTarget(mariadb.dsn_admin))
    source = mariadb_source(mariadb, "asterisk")
    assert (await ingest(source)).error is None
    found = await reconcile(source, deep=True)
    assert (found["state"], found["error"], found["cells_different"], found["notes"]) == ("equal", None, 0, [])
    assert found["rows_source"] == found["rows_warehouse"] == sum(truth.tables.values())
    for part, changes in CHANGES.items():
        table, number = f"ivr.call_{part}s", f"{part}_id"
        ids = [row[0] for row in await as_owner.fetch(f"SELECT {number} FROM {table} ORDER BY {number}")]
        await as_owner.execute(f"CREATE TABLE before_{part} AS SELECT * FROM {table}")
        await as_owner.execute(f"CREATE TABLE more_{part} AS SELECT * FROM {table} WHERE {number} = {ids[3]}")
        await as_owner.execute(f"UPDATE more_{part} SET {number} = {number} + 1")
        cases = [
            *((f"UPDATE {table} SET {change} WHERE {number} = {{}}", "changed", 0) for change in (*changes, CALLER)),
            (f"DELETE FROM {table} WHERE {number} = {{}}", "missing", 0),
            (f"INSERT INTO {table} SELECT * FROM more_{part} WHERE {number} <> {{}}", "extra", ids[3] + 1),
        ]
        for n, (statement, verdict, which) in enumerate(cases):
            one = ids[5 + 3 * n]
            assert (await as_owner.execute(statement.format(one))).endswith(" 1"), statement
            found = await reconcile(source, deep=True)
            assert found["state"] == "different"
            assert named(found) == {(part, verdict, which or one)}, statement
            await as_owner.execute(f"DELETE FROM {table}")
            await as_owner.execute(f"INSERT INTO {table} SELECT * FROM before_{part}")
        assert (await reconcile(source, deep=True))["state"] == "equal"


async def test_rows_that_the_source_gets_loses_and_changes_are_named(
    mariadb: MariaDbSchema, ingest: Ingest, reconcile: Reconcile, as_owner: asyncpg.Connection
) -> None:
    simulate_asterisk(AsteriskOptions(rows=600, seed=22, days=1), MariaDbTarget(mariadb.dsn_admin))
    source = mariadb_source(mariadb, "asterisk")
    await ingest(source)
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM cdr ORDER BY sequence LIMIT 1")
        cursor.execute("UPDATE cdr SET dst = '4711' ORDER BY sequence DESC LIMIT 1")
        cursor.execute("SELECT uniqueid FROM cdr ORDER BY sequence DESC LIMIT 1")
        changed = cursor.fetchone()[0]
        cursor.execute("UPDATE cel SET appdata = 'menu_nuevo' WHERE userdeftype = 'IVR_MENU' LIMIT 1")
        cursor.execute("INSERT INTO cel SELECT max(id) + 1, 'ANSWER', max(eventtime), '', '', '', '', '', '', '', '', "
                       "'', '', '', '', '', '', '1.1', '1.1', '', '', '' FROM cel")  # fmt: skip
    found = await reconcile(source, deep=True)
    verdicts = {(cell["part"], cell["verdict"]) for cell in found["cells"]}
    assert verdicts == {("legs", "extra"), ("steps", "changed"), ("cel_events", "missing")}
    assert {row[:2] for row in named(found)} == {("leg", "extra"), ("leg", "changed"), ("step", "changed")}
    told = {(row["part"], row["verdict"]): row["description"] for row in found["calls"]}
    assert changed in told["leg", "changed"].split()
    assert "menu_nuevo" in told["step", "changed"].split()
    assert len(await as_owner.fetch("SELECT FROM ivr.reconciliation_rows WHERE part <> 'call'")) == 3


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
