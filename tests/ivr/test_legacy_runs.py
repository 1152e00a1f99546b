"""Legacy runs against a real PostgreSQL: units, digests, held, rejected, and sentences for what is wrong."""

import gzip
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.ivr.legacy import COLUMNS
from services.ivr.work import Request
from tests.ivr.conftest import Ingest, files_source, legacy_row, write_csv

pytestmark = pytest.mark.integration

COUNTS = ("rows_read", "rows_published", "rows_unchanged", "rows_held", "rows_rejected", "rows_duplicate")


async def last_counts(conn: asyncpg.Connection) -> tuple[int, ...]:
    row = await conn.fetchrow("SELECT * FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
    assert row is not None
    return tuple(row[name] for name in COUNTS)


async def calls(conn: asyncpg.Connection) -> list[Any]:
    return await conn.fetch("SELECT * FROM ivr.legacy_calls_v1 ORDER BY started_at, call_id")


@pytest.mark.requirement("RF-008")
async def test_a_file_becomes_calls(tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection) -> None:
    path = write_csv(
        tmp_path / "tbl_historico_t3_2025.csv",
        [
            legacy_row(start="09:02:00", end="09:00:00", typed="5510000001", labels="VIP, REGULAR,"),
            legacy_row(did="1", centre="109282535512345678", menu="5512345678", origin=None, typed="5512345678"),
            legacy_row("2025-07-02", centre="cliente_colgo", menu=None, option=None),
        ],
    )
    outcome = await ingest(files_source(path))
    assert outcome.error is None
    first, second, third = sorted(await calls(as_owner), key=lambda call: (str(call["unit_date"]), call["menu_kind"]))
    assert first["started_at"] == datetime(2025, 7, 1, 15, 0, tzinfo=UTC)
    assert (first["duration_s"], first["swapped"], first["segment"]) == (120, True, "nacional_A")
    assert (first["line_kind"], first["labels"], first["source_table"]) == (
        "misma_linea",
        ["VIP", "REGULAR"],
        "tbl_historico_t3_2025",
    )
    assert (second["segment"], second["centre"], second["menu"]) == ("desconocido", "10928253", "TELEFONO_EN_MENU")
    assert (second["caller_id"], second["line_kind"]) == (0, "linea_diferente")
    assert (third["centre"], third["centre_kind"], third["menu"]) == ("CLIENTE_COLGO", "hung_up", "VACIO")
    assert (third["menu_abandoned"], third["option"], third["unit_date"]) == (True, "SIN_OPCION", date(2025, 7, 2))
    assert await last_counts(as_owner) == (3, 3, 0, 0, 0, 0)


@pytest.mark.requirement("RF-004")
async def test_reading_again_changes_nothing(tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection) -> None:
    path = write_csv(tmp_path / "t.csv", [legacy_row(), legacy_row(), legacy_row("2025-07-02")])
    await ingest(files_source(path))
    before, version = await calls(as_owner), await as_owner.fetchval("SELECT version FROM ivr.data_version_v1")
    xmin = await as_owner.fetch("SELECT xmin::text FROM ivr.legacy_calls")
    await ingest(files_source(path))
    assert await calls(as_owner) == before
    assert await as_owner.fetch("SELECT xmin::text FROM ivr.legacy_calls") == xmin
    assert await as_owner.fetchval("SELECT version FROM ivr.data_version_v1") == version
    assert await last_counts(as_owner) == (3, 0, 3, 0, 0, 0)


async def test_identical_rows_all_count(tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection) -> None:
    await ingest(files_source(write_csv(tmp_path / "t.csv", [legacy_row()] * 3)))
    found = await calls(as_owner)
    assert sorted(call["occurrence"] for call in found) == [1, 2, 3]
    assert len({call["call_id"] for call in found}) == 3


@pytest.mark.requirement("RF-004")
async def test_only_changed_days_are_written(tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection) -> None:
    rows = [legacy_row(), legacy_row("2025-07-02"), legacy_row("2025-07-03")]
    path = write_csv(tmp_path / "t.csv", rows)
    await ingest(files_source(path))
    write_csv(path, [rows[0], legacy_row("2025-07-02", menu="Otro"), *rows[2:], legacy_row("2025-07-04")])
    await ingest(files_source(path))
    assert await last_counts(as_owner) == (4, 2, 2, 0, 0, 0)
    assert [call["menu"] for call in await calls(as_owner)] == [
        "RES-FallaInternet",
        "Otro",
        "RES-FallaInternet",
        "RES-FallaInternet",
    ]


@pytest.mark.requirement("RF-005")
async def test_a_shrunk_day_is_held_until_forced(tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection) -> None:
    rows = [legacy_row(origin="5510000001"), legacy_row(origin="5510000002"), legacy_row("2025-07-02")]
    path = write_csv(tmp_path / "t.csv", rows)
    await ingest(files_source(path))
    write_csv(path, rows[1:])
    await ingest(files_source(path))
    assert await last_counts(as_owner) == (2, 0, 1, 1, 0, 0)
    assert len(await calls(as_owner)) == 3
    assert await as_owner.fetchval("SELECT held_rows FROM ivr.units WHERE held_at IS NOT NULL") == 1
    await ingest(files_source(path), Request(force=True))
    assert await last_counts(as_owner) == (2, 1, 1, 0, 0, 0)
    assert len(await calls(as_owner)) == 2
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.units WHERE held_at IS NOT NULL") == 0


async def test_only_the_asked_days_are_read(tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection) -> None:
    path = write_csv(tmp_path / "t.csv", [legacy_row(f"2025-07-0{day}") for day in range(1, 6)])
    await ingest(files_source(path), Request(since=date(2025, 7, 2), until=date(2025, 7, 4)))
    assert [call["unit_date"].day for call in await calls(as_owner)] == [2, 3]


@pytest.mark.requirement("RF-010")
async def test_refused_rows_are_kept_masked(tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection) -> None:
    path = write_csv(
        tmp_path / "t.csv",
        [legacy_row(), legacy_row(start=None, end=None, typed="5599887766"), legacy_row(menu="x" * 300)],
    )
    with path.open("a") as file:
        file.write("2025-07-01,only,5511223344,three\n")
        file.write(",".join(str(value or "") for value in legacy_row()) + "\n")
    await ingest(files_source(path))
    assert await last_counts(as_owner) == (5, 2, 0, 0, 3, 0)
    rejects = await as_owner.fetch("SELECT reason, row_masked, position FROM ivr.rejects ORDER BY position")
    assert [reject["reason"] for reject in rejects] == [
        "neither dHoraInicio nor dHoraFin is a time between 1990 and 2099",
        "cMenu is longer than 200 characters",
        "the row has another number of columns than the header",
    ]
    assert not any(number in str(rejects) for number in ("5510000001", "5599887766", "5511223344"))
    await ingest(files_source(path), Request(force=True))
    assert await last_counts(as_owner) == (5, 0, 5, 0, 0, 0)
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.rejects") == 3


async def test_rows_with_an_unreadable_day_are_published(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    bad = ("0000-00-00", *legacy_row()[1:])
    path = write_csv(tmp_path / "t.csv", [bad, legacy_row()])
    for expected in ((2, 2, 0, 0, 0, 0), (2, 0, 2, 0, 0, 0)):
        await ingest(files_source(path))
        assert await last_counts(as_owner) == expected
    assert {call["unit_date"] for call in await calls(as_owner)} == {None, date(2025, 7, 1)}


@pytest.mark.requirement("RF-008")
async def test_columns_stand_in_any_order_and_a_file_may_be_zipped(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    plain = write_csv(tmp_path / "t.csv", [legacy_row()], columns=tuple(reversed(COLUMNS)))
    zipped = tmp_path / "t.csv.gz"
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    await ingest(files_source(zipped))
    assert (await calls(as_owner))[0]["menu"] == "RES-FallaInternet"
    await ingest(files_source(plain))
    assert await last_counts(as_owner) == (1, 0, 1, 0, 0, 0)


def cut_csv(path: Path) -> None:
    text = path.read_bytes()
    path.write_bytes(text[: len(text) * 2 // 3])


def cut_gzip(path: Path) -> None:
    data = gzip.compress(path.read_bytes())
    path.write_bytes(data[: len(data) // 2])


def drop_column(path: Path) -> None:
    path.write_text(path.read_text().replace("cMenu", "menu_id"))


def unclosed_quote(path: Path) -> None:
    path.write_text(path.read_text().replace('"RES-FallaInternet","DEFAULT"', '"RES-FallaInternet,"DEFAULT"', 1) + '"')


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (cut_csv, "ends in the middle of its last row"),
        (cut_gzip, "its gzip stream ends early"),
        (drop_column, "has no column cMenu; its header is: dFecha, "),
        (empty, "is empty: not even a header"),
    ],
)
async def test_a_damaged_file_is_one_sentence_and_nothing_of_it_is_published(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection, damage: Any, sentence: str
) -> None:
    good = write_csv(tmp_path / "good.csv", [legacy_row()])
    bad = write_csv(tmp_path / "bad.csv", [legacy_row(origin=f"55{n:08}") for n in range(30_000)])
    damage(bad)
    outcome = await ingest(files_source(bad, good))
    assert outcome.state == "failed"
    assert outcome.error is not None
    assert sentence in outcome.error
    assert "bad.csv" in outcome.error
    assert {call["source_table"] for call in await calls(as_owner)} == {"good"}


async def test_no_file_and_two_files_for_one_table_are_refused(tmp_path: Path, ingest: Ingest) -> None:
    nothing = await ingest(files_source(tmp_path / "*.csv"))
    assert nothing.error == f"No file matches {tmp_path}/*.csv."
    one, other = write_csv(tmp_path / "t.csv", [legacy_row()]), tmp_path / "t.csv.gz"
    other.write_bytes(gzip.compress(one.read_bytes()))
    twice = await ingest(files_source(one, other))
    assert twice.error is not None
    assert "stand for the same table t" in twice.error
