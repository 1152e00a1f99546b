"""One row in a hundred is damaged in every way that real exports are: each row is accounted for all the same."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.ivr.legacy import COLUMNS
from services.ivr.work import Request
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import CREATE_LEGACY, Ingest, files_source, mariadb_source

pytestmark = pytest.mark.integration

TABLE = "tbl_historico_t3_2025"
ROWS = 2_000
POISONED_EVERY = 100
WIDE = 64 << 10
Bytes = list[bytes | None]


def legacy(n: int) -> Bytes:
    day = f"2025-07-{n % 9 + 1:02}"
    origin = f"55{n:08}"
    texts = (day, f"{day} 09:00:00", f"{day} 09:02:00", "19028031", "10928253", "RES-FallaInternet", "DEFAULT", origin)
    return [*(text.encode() for text in texts), None, None]


def queue(n: int) -> Bytes:
    texts = ("2025-07-01 06:00:00", f"1751371200.{n}", "sales", "NONE", "ENTERQUEUE", "", f"55{n:08}", "1", "", "")
    return [text.encode() for text in texts]


def put(at: int, value: bytes | None) -> Callable[[Bytes], Bytes]:
    return lambda row: [*row[:at], value, *row[at + 1 :]]


# What is done to a row, and whether a call can still be told from it.
LEGACY_POISON: dict[str, tuple[Callable[[Bytes], Bytes], bool]] = {
    "bad UTF-8 in the menu": (put(5, b"Men\xfa \xff\xfe"), True),
    "zero date of the day": (put(0, b"0000-00-00"), True),
    "zero dates of both ends": (lambda row: put(2, b"0000-00-00 00:00:00")(put(1, b"0000-00-00 00:00:00")(row)), False),
    "zero date of one end": (put(2, b"0000-00-00 00:00:00"), True),
    "NUL in the menu": (put(5, b"RES\x00Falla"), False),
    "NUL in the telephone": (put(7, b"5512\x00345678"), False),
    "64 KiB of menu": (put(5, b"m" * WIDE), False),
    "64 KiB of telephone": (put(7, b"5" * WIDE), True),
    "64 KiB of labels": (put(9, b"VIP," * (WIDE // 4)), False),
    "a formula as menu": (put(5, b"=cmd|' /C calc'!A0"), True),
    "a formula as option": (put(6, b"@SUM(1+1)*cmd"), True),
    "another year 9999": (put(2, b"9999-12-31 23:59:59"), True),
}
QUEUE_POISON: dict[str, tuple[Callable[[Bytes], Bytes], bool]] = {
    "bad UTF-8 in the queue": (put(2, b"sal\xff\xfees"), True),
    "zero date": (put(0, b"0000-00-00 00:00:00"), False),
    "NUL in the queue": (put(2, b"sa\x00les"), False),
    "64 KiB of queue": (put(2, b"q" * WIDE), False),
    "64 KiB of caller": (put(6, b"5" * WIDE), True),
    "a formula as queue": (put(2, b"=HYPERLINK(1)"), True),
    "no verb": (put(4, b""), False),
}


def rows_of(
    make: Callable[[int], Bytes], poison: dict[str, tuple[Callable[[Bytes], Bytes], bool]]
) -> tuple[list[Bytes], int]:
    """The rows, and how many of them can be told as calls or events."""
    noise = random.Random(5)
    kinds = list(poison)
    rows, usable = [], 0
    for n in range(ROWS):
        if n % POISONED_EVERY:
            rows.append(make(n))
            usable += 1
            continue
        damage, told = poison[kinds[n // POISONED_EVERY] if n // POISONED_EVERY < len(kinds) else noise.choice(kinds)]
        rows.append(damage(make(n)))
        usable += told
    return rows, usable


def csv_of(columns: tuple[str, ...], rows: list[Bytes]) -> bytes:
    def field(value: bytes | None) -> bytes:
        return b"\\N" if value is None else b'"' + value.replace(b'"', b'""') + b'"'

    return b"\n".join([",".join(columns).encode(), *(b",".join(map(field, row)) for row in rows)]) + b"\n"


async def account(conn: asyncpg.Connection) -> dict[str, Any]:
    run = await conn.fetchrow("SELECT * FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
    assert run is not None
    parts = ("published", "unchanged", "held", "rejected", "duplicate")
    assert run["rows_read"] == sum(run[f"rows_{part}"] for part in parts)
    units = await conn.fetch("SELECT * FROM ivr.run_units WHERE run_id = $1", run["run_id"])
    for unit in units:
        assert unit["rows_read"] == sum(unit[f"rows_{part}"] for part in parts), dict(unit)
    assert sum(unit["rows_read"] for unit in units) == run["rows_read"]
    return dict(run)


async def check(conn: asyncpg.Connection, rows: int, usable: int) -> None:
    run = await account(conn)
    assert (run["state"], run["error"]) == ("succeeded", None)
    rejects = await conn.fetch("SELECT reason, row_masked FROM ivr.rejects")
    reasons = sorted({row["reason"] for row in rejects})
    assert (run["rows_read"], run["rows_published"], run["rows_rejected"]) == (rows, usable, rows - usable), reasons
    assert len(rejects) == rows - usable
    assert all(len(row["row_masked"]) < 3_000 and row["reason"] for row in rejects)


@pytest.fixture
def loose(mariadb: MariaDbSchema) -> MariaDbSchema:
    """Tables that take anything, as tables of twenty years do."""
    with mariadb.connect() as connection, connection.cursor() as cursor:
        text = CREATE_LEGACY.format(TABLE)
        for kind in ("VARCHAR(20)", "VARCHAR(50)", "VARCHAR(100)", "VARCHAR(200)"):
            text = text.replace(kind, "LONGBLOB")
        cursor.execute(text)
        fields = ", ".join(f"{name} longblob" for name in ("callid", "queuename", "agent", "event"))
        data = ", ".join(f"data{n} longblob" for n in range(1, 6))
        cursor.execute(
            f"CREATE TABLE queue_log (id bigint PRIMARY KEY AUTO_INCREMENT, time datetime, {fields}, {data})"
        )
    return mariadb


def insert(schema: MariaDbSchema, table: str, columns: str, rows: list[Bytes]) -> None:
    with schema.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SET SESSION sql_mode = ''")  # as servers were set that let zero dates in
        for row in rows:
            cursor.execute(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(row))})", row)


QUEUE_COLUMNS = ("time", "callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5")


async def test_poisoned_legacy_rows_of_mariadb(
    loose: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    rows, usable = rows_of(legacy, LEGACY_POISON)
    insert(loose, TABLE, ", ".join(COLUMNS), rows)
    await ingest(mariadb_source(loose))
    await check(as_owner, ROWS, usable)
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.legacy_calls") == usable


async def test_poisoned_legacy_rows_of_a_file(tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection) -> None:
    rows, usable = rows_of(legacy, LEGACY_POISON)
    (tmp_path / f"{TABLE}.csv").write_bytes(csv_of(COLUMNS, rows))
    await ingest(files_source(tmp_path / f"{TABLE}.csv"))
    await check(as_owner, ROWS, usable)
    formulas = await as_owner.fetchval("SELECT count(*) FROM ivr.legacy_calls_v1 WHERE menu LIKE '=cmd%'")
    assert formulas > 0  # kept as written: whoever writes a spreadsheet neutralises them


async def test_poisoned_queue_rows_of_mariadb(
    loose: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    rows, usable = rows_of(queue, QUEUE_POISON)
    insert(loose, "queue_log", ", ".join(QUEUE_COLUMNS), rows)
    await ingest(mariadb_source(loose, "asterisk"))
    await check(as_owner, ROWS, usable)
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.queue_calls") == usable


async def test_poisoned_queue_rows_of_files(tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection) -> None:
    rows, usable = rows_of(queue, QUEUE_POISON)
    (tmp_path / "queue_log.csv").write_bytes(csv_of(QUEUE_COLUMNS, rows))
    await ingest(files_source(tmp_path / "queue_log.csv", kind="asterisk"))
    await check(as_owner, ROWS, usable)


async def test_poisoned_lines_of_a_text_log(tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection) -> None:
    rows, usable = rows_of(queue, {name: case for name, case in QUEUE_POISON.items() if name != "a formula as queue"})
    (tmp_path / "queue_log").write_bytes(b"".join(b"|".join(field or b"" for field in row) + b"\n" for row in rows))
    await ingest(files_source(tmp_path / "queue_log", kind="asterisk"))
    await check(as_owner, ROWS, usable)


async def test_a_replay_of_poisoned_rows_changes_no_account(
    loose: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:

    rows, usable = rows_of(legacy, LEGACY_POISON)
    insert(loose, TABLE, ", ".join(COLUMNS), rows)
    await ingest(mariadb_source(loose))
    await ingest(mariadb_source(loose), Request(replay=True))
    run = await account(as_owner)
    assert run["rows_read"] == ROWS
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.legacy_calls") == usable
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.rejects") == ROWS - usable
    # A row mended at the source is a call after the next run, and its reject is gone.
    with loose.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET cMenu = 'RES' WHERE length(cMenu) = {WIDE}")
        mended = cursor.rowcount
    await ingest(mariadb_source(loose), Request(replay=True))
    assert mended > 0
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.legacy_calls") == usable + mended
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.rejects") == ROWS - usable - mended
