"""While people ask, a load works in bites and part after part; it publishes what it always does, and says so."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ivr import copying, runner, store_calls
from services.ivr.copying import BITE_BYTES, PIECE_BYTES, copy_packed
from services.ivr.legacy_columns import ColumnInterpreter
from services.ivr.manners import Manners, keep_manners, manners
from services.ivr.sources import legacy
from services.ivr.store import RowsUnaccounted
from services.ivr.work import Work
from shared.locks import PEOPLE_ASK
from shared.postgres import Connection
from shared.settings import DatabaseSettings
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import Ingest, fill_mariadb, legacy_row, mariadb_source

TABLE = "tbl_historico_t3_2025"
ROWS = 6_000


class Taking:
    """Stands for a connection: takes a COPY's pieces, and answers with the number of rows that it is told."""

    def __init__(self, rows: int = 1) -> None:
        self.rows = rows
        self.pieces: list[bytes] = []

    async def copy_to_table(self, table: str, *, source: AsyncIterator[bytes], **about: Any) -> str:
        del table, about
        async for piece in source:
            self.pieces.append(piece)
        return f"COPY {self.rows}"


async def pieces_of(packed: bytes, *, asked: bool) -> list[bytes]:
    taking = Taking()
    keep_manners(Manners(asked=asked))
    await copy_packed(cast("Connection", taking), "calls", ("a",), packed, 1)
    return taking.pieces


@pytest.mark.unit
@pytest.mark.parametrize(("asked", "size"), [(False, PIECE_BYTES), (True, BITE_BYTES)])
async def test_rows_go_in_pieces_and_while_people_ask_in_bites(
    *, asked: bool, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []

    async def rest(seconds: float) -> None:
        rests.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", rest)
    packed = bytes(range(256)) * (PIECE_BYTES // 256) + b"rest"
    pieces = await pieces_of(packed, asked=asked)
    assert b"".join(pieces) == packed
    assert [len(piece) for piece in pieces] == [size] * (PIECE_BYTES // size) + [4]
    assert len(rests) == (len(pieces) if asked else 0)


@pytest.mark.unit
@given(packed=st.binary(max_size=300), changes=st.lists(st.booleans(), max_size=40), size=st.integers(1, 40))
def test_no_byte_is_lost_however_often_people_begin_and_stop_to_ask(
    packed: bytes, changes: Sequence[bool], size: int
) -> None:
    kept = Manners()

    async def taken() -> bytes:
        coming = iter(changes)
        found = b""
        async for piece in copying._pieces(packed, kept):
            found += piece
            kept.asked = next(coming, False)
        return found

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(copying, "PIECE_BYTES", 3 * size)
        patched.setattr(copying, "BITE_BYTES", size)
        patched.setattr(copying, "BITE_REST_S", 0)
        assert asyncio.run(taken()) == packed


@pytest.mark.unit
async def test_another_number_of_rows_than_there_are_is_refused() -> None:
    with pytest.raises(RowsUnaccounted, match="'COPY 2' to 3 rows of calls"):
        await copy_packed(cast("Connection", Taking(rows=2)), "calls", ("a",), b"packed", 3)


@pytest.mark.unit
def test_seconds_count_from_the_first_news_that_people_ask() -> None:
    kept = Manners()
    for asked in (False, True, True, False, False):
        kept.heard(asked=asked, elapsed_s=0.5)
    assert (kept.asked, kept.gave_way_s) == (False, 1.0)


@pytest.mark.unit
async def test_manners_are_those_of_one_run_and_of_what_it_starts() -> None:
    async def run(kept: Manners) -> bool:
        keep_manners(kept)
        return await asyncio.create_task(within()) is kept and await asyncio.to_thread(manners) is kept

    async def within() -> Manners:
        return manners()

    assert await asyncio.gather(*(asyncio.create_task(run(Manners())) for _ in range(2))) == [True, True]
    assert not manners().asked


async def details_of(as_owner: asyncpg.Connection) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await as_owner.fetchval("SELECT details FROM ivr.runs ORDER BY run_id DESC"))
    return found


@pytest.mark.integration
@pytest.mark.requirement("RNF-019")
async def test_a_run_beside_questions_publishes_the_same_and_says_for_how_long_it_gave_way(
    mariadb: MariaDbSchema,
    ingest: Ingest,
    as_owner: asyncpg.Connection,
    database_settings: DatabaseSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "REPORT_EVERY_S", 0.005)
    monkeypatch.setattr(legacy, "COLUMN_CHUNK_BYTES", 40_000)
    fill_mariadb(mariadb, TABLE, [legacy_row(f"2025-07-{n % 9 + 1:02}", origin=f"55{n:08}") for n in range(ROWS)])
    service = await asyncpg.connect(**database_settings.connect_arguments())
    await service.execute("SELECT pg_advisory_lock_shared($1, $2)", *PEOPLE_ASK)
    assert (await ingest(mariadb_source(mariadb))).state == "succeeded"
    assert (await details_of(as_owner))["gave_way_s"] > 0
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.legacy_calls") == ROWS
    await service.close()
    fill_mariadb(mariadb, "tbl_historico_t4_2025", [legacy_row("2025-10-01")])
    assert (await ingest(mariadb_source(mariadb))).state == "succeeded"
    assert "gave_way_s" not in await details_of(as_owner)


async def until_asked(work: Work) -> list[str]:
    """In the place of a look at the source's tables: on a busy machine the load could begin before its first report."""
    while not work.manners.asked:  # noqa: ASYNC110 - a run's manners tell nobody
        await asyncio.sleep(0.005)
    return []


class Order:
    """What is done with the chunks of a table, in which order. With `together` the first is copied when the second is
    being interpreted: a load that does one after the other would never end.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, together: bool) -> None:
        self.done: list[str] = []
        self._second = asyncio.Event()
        loop = asyncio.get_running_loop()
        take, copy = ColumnInterpreter.take, store_calls.copy_legacy_calls

        def taking(interpreter: ColumnInterpreter, rows: Any) -> Any:
            self.done.append("interpret")
            if self.done.count("interpret") > 1:
                loop.call_soon_threadsafe(self._second.set)
            return take(interpreter, rows)

        async def copying(conn: Connection, stream: bytearray, rows: int) -> None:
            if together:
                await self._second.wait()
            self.done.append("begin")
            await asyncio.sleep(0.02)
            await copy(conn, stream, rows)
            self.done.append("end")

        monkeypatch.setattr(ColumnInterpreter, "take", taking)
        monkeypatch.setattr(store_calls, "copy_legacy_calls", copying)


@pytest.mark.integration
@pytest.mark.parametrize("asked", [False, True])
async def test_parts_of_a_load_take_turns_while_people_ask_and_work_together_otherwise(
    *,
    asked: bool,
    mariadb: MariaDbSchema,
    ingest: Ingest,
    database_settings: DatabaseSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "REPORT_EVERY_S", 0.005)
    monkeypatch.setattr(legacy, "COLUMN_CHUNK_BYTES", 40_000)
    fill_mariadb(mariadb, TABLE, [legacy_row(f"2025-07-{n % 9 + 1:02}", origin=f"55{n:08}") for n in range(ROWS)])
    service = await asyncpg.connect(**database_settings.connect_arguments())
    if asked:
        await service.execute("SELECT pg_advisory_lock_shared($1, $2)", *PEOPLE_ASK)
        monkeypatch.setattr(runner, "examine", until_asked)
    order = Order(monkeypatch, together=not asked)
    async with asyncio.timeout(60):
        assert (await ingest(mariadb_source(mariadb))).state == "succeeded"
    await service.close()
    if asked:
        assert len(order.done) > 6
        assert order.done == ["interpret", "begin", "end"] * (len(order.done) // 3)
    else:
        assert order.done[:2] == ["interpret", "interpret"]
