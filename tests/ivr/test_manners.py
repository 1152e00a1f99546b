"""While people ask, a load works in bites and part after part; it publishes what it always does, and says so."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from services.ivr import copying, runner, store, store_calls
from services.ivr.copying import (
    BEHIND_S,
    BITE_BYTES,
    BITES_THAT_TELL,
    PIECE_BYTES,
    REST_LEAST_S,
    REST_MOST_S,
    RESTED,
    copy_packed,
    rest_s,
)
from services.ivr.keys import Keys
from services.ivr.legacy_columns import ColumnInterpreter
from services.ivr.main import create_service
from services.ivr.manners import Manners, keep_manners, manners
from services.ivr.runner import Runner
from services.ivr.sources import legacy
from services.ivr.store import RowsUnaccounted
from services.ivr.work import Request, Work
from shared.locks import PEOPLE_ASK
from shared.postgres import Connection, Database
from shared.settings import DatabaseSettings
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import Ingest, fill_mariadb, legacy_row, mariadb_source, settings_of

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

    async def taken() -> list[bytes]:
        coming = iter(changes)
        found = []
        async for piece in copying._Feeding(packed, kept).pieces():
            found.append(piece)
            kept.heard(asked=next(coming, False))
        return found

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(copying, "PIECE_BYTES", 3 * size)
        patched.setattr(copying, "BITE_BYTES", size)
        patched.setattr(copying, "REST_LEAST_S", 0)
        pieces = asyncio.run(taken())
    assert b"".join(pieces) == packed
    asked = [False, *changes, *([False] * len(pieces))]
    whole = pieces[:-1]  # the last one is what is left
    assert [len(piece) for piece in whole] == [size if each else 3 * size for each in asked[: len(whole)]]


@pytest.mark.unit
def test_who_was_behind_gets_longer_rests_and_who_keeps_up_shorter_ones() -> None:
    assert rest_s(REST_LEAST_S, bite_s=0.004, behind_s=0.1) == 0.004 * RESTED
    assert rest_s(0.006, bite_s=0.008, behind_s=0.001) == 0.006 / RESTED
    assert rest_s(0.006, bite_s=0.5, behind_s=0.1) == REST_MOST_S
    assert rest_s(REST_LEAST_S, bite_s=0.002, behind_s=0.0) == REST_LEAST_S


@pytest.mark.unit
@given(bite_ms=st.floats(0.1, 12), before_ms=st.floats(1, 20))
def test_however_long_a_bite_takes_the_rest_settles_where_it_is_kept_up_with(bite_ms: float, before_ms: float) -> None:
    """By a model of a server that takes so long for each bite, one after the other."""
    behind = []
    rest_ms = before_ms
    for _ in range(40):
        took_ms = max(bite_ms, rest_ms)
        behind.append(bite_ms > rest_ms)
        rest_ms = 1_000 * rest_s(rest_ms / 1_000, bite_s=took_ms / 1_000, behind_s=1.0 if behind[-1] else 0.0)
    assert sum(behind[20:]) <= 10, "more than half of the time the bites pile up"


@pytest.mark.unit
async def test_a_server_that_is_behind_is_given_more_time_by_the_next_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "BITE_BYTES", 10)
    kept = Manners(asked=True)
    keep_manners(kept)

    class Slow(Taking):
        @override
        async def copy_to_table(self, table: str, *, source: AsyncIterator[bytes], **about: Any) -> str:
            answer = await super().copy_to_table(table, source=source, **about)
            await asyncio.sleep(2 * BEHIND_S)
            return answer

    await copy_packed(cast("Connection", Slow()), "calls", ("a",), bytes(10 * BITES_THAT_TELL - 10), 1)
    assert kept.rest_s == 0.0, "of few bites the time is chance"
    await copy_packed(cast("Connection", Slow()), "calls", ("a",), bytes(10 * BITES_THAT_TELL), 1)
    assert kept.rest_s > REST_LEAST_S


@pytest.mark.unit
async def test_another_number_of_rows_than_there_are_is_refused() -> None:
    with pytest.raises(RowsUnaccounted, match="'COPY 2' to 3 rows of calls"):
        await copy_packed(cast("Connection", Taking(rows=2)), "calls", ("a",), b"packed", 3)


@pytest.mark.unit
def test_the_seconds_count_in_which_it_held_back() -> None:
    at_s = iter(range(0, 100, 2))
    kept = Manners(now=lambda: float(next(at_s)))
    held_back = []
    for asked, working in ((False, True), (True, True), (True, False), (True, True), (False, True)):
        kept.heard(asked=asked)
        held_back.append(kept.give_way() if working else None)
    kept.heard(asked=False)
    assert held_back == [False, True, None, True, False]
    assert (kept.asked, kept.gave_way_s) == (False, 4.0)


@pytest.mark.unit
async def test_manners_are_those_of_one_run_and_of_what_it_starts() -> None:
    async def run(kept: Manners) -> bool:
        keep_manners(kept)
        return await asyncio.create_task(within()) is kept and await asyncio.to_thread(manners) is kept

    async def within() -> Manners:
        return manners()

    assert await asyncio.gather(*(asyncio.create_task(run(Manners())) for _ in range(2))) == [True, True]
    assert not manners().asked


def fill_and_look_often(mariadb: MariaDbSchema, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of many small chunks, and a run that hears within milliseconds that people ask."""
    monkeypatch.setattr(runner, "REPORT_EVERY_S", 0.005)
    monkeypatch.setattr(legacy, "COLUMN_CHUNK_BYTES", 40_000)
    fill_mariadb(mariadb, TABLE, [legacy_row(f"2025-07-{n % 9 + 1:02}", origin=f"55{n:08}") for n in range(ROWS)])


async def details_of(as_owner: asyncpg.Connection) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await as_owner.fetchval("SELECT details FROM ivr.runs ORDER BY run_id DESC"))
    return found


@pytest.mark.integration
async def test_a_run_beside_questions_publishes_the_same_and_says_for_how_long_it_gave_way(
    mariadb: MariaDbSchema,
    ingest: Ingest,
    as_owner: asyncpg.Connection,
    database_settings: DatabaseSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill_and_look_often(mariadb, monkeypatch)
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
    assert manners() is work.manners
    return []


class Order:
    """What is done with the chunks of a table, in which order. With `together` the first is copied when the second is
    being interpreted: a load that does one after the other would never end.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, together: bool) -> None:
        self.done: list[str] = []
        self.asked: list[bool] = []  # as those know it who copy
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
            self.asked.append(manners().asked)
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
    fill_and_look_often(mariadb, monkeypatch)
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
        assert set(order.asked) == {True}
    else:
        assert order.done[:2] == ["interpret", "interpret"]


@pytest.mark.integration
async def test_only_a_service_s_lock_in_this_database_says_that_people_ask(
    database: Database, database_settings: DatabaseSettings
) -> None:
    """Leaders, readers and runs hold locks all the time, and other databases of the server have people of their own."""

    async def asked() -> bool:
        async with database.connection() as conn:
            return await store.people_ask(conn)

    async def held(statement: str, *numbers: int, settings: DatabaseSettings = database_settings) -> asyncpg.Connection:
        conn: asyncpg.Connection = await asyncpg.connect(**settings.connect_arguments())
        await conn.execute(statement, *numbers)
        return conn

    space, number = PEOPLE_ASK
    one_number = "SELECT pg_advisory_lock_shared($1::bigint)"
    two_numbers = "SELECT pg_advisory_lock_shared($1::int, $2::int)"
    elsewhere = replace(database_settings, name="postgres")
    others = [
        await held(two_numbers, space - 1, number),
        await held(two_numbers, space, number + 1),
        await held(one_number, space << 32 | number),
        await held(two_numbers, space, number, settings=elsewhere),
    ]
    assert not await asked()
    service = await held(two_numbers, space, number)
    assert await asked()
    for conn in (*others, service):
        await conn.close()


@pytest.mark.integration
async def test_a_service_that_is_told_not_to_never_gives_way(
    mariadb: MariaDbSchema,
    database: Database,
    keys: Keys,
    as_owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "REPORT_EVERY_S", 0.005)
    await as_owner.execute("SELECT pg_advisory_lock_shared($1, $2)", *PEOPLE_ASK)
    fill_mariadb(mariadb, TABLE, [legacy_row()])
    source = mariadb_source(mariadb)
    told = Runner(database, keys, [source], gives_way=False)
    heard: list[bool] = []

    def hear(kept: Manners, *, asked: bool) -> None:
        del kept
        heard.append(asked)

    monkeypatch.setattr(Manners, "heard", hear)
    assert (await told.wait(await told.submit(source, Request(), requested_by="test"))).state == "succeeded"
    assert set(heard) == {False}


@pytest.mark.integration
@pytest.mark.parametrize("told", ["true", "false"])
async def test_the_setting_reaches_the_runs(
    told: str,
    database_settings: DatabaseSettings,
    identity_keys: Path,
    sources_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IACT_LOADS_GIVE_WAY", told)
    app = create_service(settings_of(database_settings, identity_keys, sources_file))
    async with app.router.lifespan_context(app):
        assert app.state.runner._gives_way is (told == "true")
