"""While people ask, an Asterisk load reads, tells and writes one after the other; otherwise at once."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.ivr import queue_slices, runner, store, store_details
from services.ivr.cdr_columns import LegColumnReader
from services.ivr.queue_ahead import Told
from services.ivr.queue_load import Load
from services.ivr.queue_slices import Slicer
from services.ivr.queue_telling import Teller
from services.ivr.routes import run_detail
from shared.locks import PEOPLE_ASK
from shared.postgres import Database
from shared.settings import DatabaseSettings
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import Ingest, files_source, mariadb_source
from tests.ivr.test_detail_runs import CDR, insert, leg, sql
from tests.ivr.test_manners import until_asked

pytestmark = pytest.mark.integration

LINE = "{0}|{1}|sales|NONE|ENTERQUEUE||5512345678|1\n"
FIRST_S = 1_751_371_200
ROWS = 3_000
PARTS = 3  # and more


class Turns:
    """How many parts of a load are at work at once. Otherwise than while people ask, whoever comes behind the reading
    waits until there is more of it: a load that does one after the other would never end.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, together: bool) -> None:
        self.begun: Counter[str] = Counter()
        self.at_once: list[int] = []
        self._patch = monkeypatch
        self._together = together
        self._read_more = threading.Event()
        self._at_work = 0
        self._lock = threading.Lock()

    @contextmanager
    def _turn(self, part: str) -> Iterator[None]:
        with self._lock:
            self.begun[part] += 1
            self._at_work += 1
            self.at_once.append(self._at_work)
        if self.begun["read"] > 1:
            self._read_more.set()
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= 1

    def in_threads(self, owner: type, name: str, part: str) -> None:
        work: Callable[..., Any] = getattr(owner, name)

        def working(*args: Any, **about: Any) -> Any:
            with self._turn(part):
                if part != "read" and self._together:
                    assert self._read_more.wait(10)
                return work(*args, **about)

        self._patch.setattr(owner, name, working)

    def writing(self, owner: Any, name: str) -> None:
        write: Callable[..., Awaitable[Any]] = getattr(owner, name)

        async def writing(*args: Any, **about: Any) -> Any:
            with self._turn("write"):
                if self._together:
                    assert await asyncio.to_thread(self._read_more.wait, 10)
                await asyncio.sleep(0.02)
                return await write(*args, **about)

        self._patch.setattr(owner, name, writing)


def queue_table(mariadb: MariaDbSchema, _: Path) -> Any:
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE queue_log (id int PRIMARY KEY, time datetime, callid varchar(32), queuename varchar(32),"
            " agent varchar(32), event varchar(32), data1 varchar(32), data2 varchar(32), data3 varchar(32))"
        )
        cursor.executemany(
            "INSERT INTO queue_log VALUES (%s, from_unixtime(%s), %s, 'sales', 'NONE', 'ENTERQUEUE', '', '5512', '1')",
            [(n + 1, FIRST_S + n, f"1.{n}") for n in range(ROWS)],
        )
        connection.commit()
    return mariadb_source(mariadb, "asterisk")


def queue_file(_: MariaDbSchema, folder: Path) -> Any:
    path = folder / "queue_log"
    path.write_text("".join(LINE.format(FIRST_S + n, f"1.{n}") for n in range(ROWS)))
    return files_source(path, kind="asterisk")


def cdr_table(mariadb: MariaDbSchema, _: Path) -> Any:
    sql(mariadb, CDR.format(null="", more=", id int PRIMARY KEY"))
    insert(mariadb, "cdr", *((*leg(f"06:{n // 60:02}:{n % 60:02}", f"1.{n}"), n + 1) for n in range(ROWS)))
    return mariadb_source(mariadb, "asterisk")


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize(
    ("fill", "facts"),
    [(queue_table, "queue_calls"), (queue_file, "queue_calls"), (cdr_table, "call_legs")],
    ids=["queue_log", "file", "cdr"],
)
async def test_parts_of_an_asterisk_load_take_turns_while_people_ask_and_work_together_otherwise(
    *,
    asked: bool,
    fill: Callable[[MariaDbSchema, Path], Any],
    facts: str,
    mariadb: MariaDbSchema,
    tmp_path: Path,
    ingest: Ingest,
    as_owner: asyncpg.Connection,
    database_settings: DatabaseSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "REPORT_EVERY_S", 0.005)
    monkeypatch.setattr(queue_slices, "SLICE_ROWS", 300)
    monkeypatch.setattr("services.ivr.ingest_asterisk.FIRST_SLICE_ROWS", 300)
    for place in ("asterisk.CHUNK_ROWS", "asterisk.PAGE_ROWS", "details.BATCH_ROWS"):
        monkeypatch.setattr(f"services.ivr.sources.{place}", 300)
    source = fill(mariadb, tmp_path)
    service = await asyncpg.connect(**database_settings.connect_arguments())
    if asked:
        await service.execute("SELECT pg_advisory_lock_shared($1, $2)", *PEOPLE_ASK)
        monkeypatch.setattr(runner, "examine", until_asked)
    turns = Turns(monkeypatch, together=not asked)
    turns.in_threads(Slicer, "take", "read")
    turns.in_threads(LegColumnReader, "read", "read")
    turns.in_threads(Teller, "tell", "tell")
    turns.writing(Load, "write")
    turns.writing(store_details, "write_legs")
    async with asyncio.timeout(60):
        assert (await ingest(source)).error is None
    await service.close()
    assert min(turns.begun["read"], turns.begun["write"]) >= PARTS
    assert (max(turns.at_once) == 1) is asked
    assert await as_owner.fetchval(f"SELECT count(*) FROM ivr.{facts}") == ROWS


async def test_a_run_at_work_tells_already_for_how_long_it_has_given_way(
    tmp_path: Path,
    mariadb: MariaDbSchema,
    ingest: Ingest,
    as_owner: asyncpg.Connection,
    database_settings: DatabaseSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "REPORT_EVERY_S", 0.005)
    monkeypatch.setattr(runner, "examine", until_asked)
    service = await asyncpg.connect(**database_settings.connect_arguments())
    await service.execute("SELECT pg_advisory_lock_shared($1, $2)", *PEOPLE_ASK)
    await service.execute("SET default_transaction_read_only = on")
    told: list[tuple[str, float]] = []
    write = Load.write

    async def writing(load: Load, part: Told) -> None:
        await write(load, part)
        while not told or not told[-1][1]:
            load.work.manners.give_way()
            run = run_detail(await service.fetchrow(store.load("read_run"), load.work.run_id), [])
            told.append((run.state, run.gave_way_s))
            await asyncio.sleep(0.01)

    monkeypatch.setattr(Load, "write", writing)
    async with asyncio.timeout(30):
        assert (await ingest(queue_file(mariadb, tmp_path))).error is None
    await service.close()
    state, gave_way_s = told[-1]
    assert state == "running"
    done = run_detail(await as_owner.fetchrow(store.load("read_run"), 1), [])
    assert done.gave_way_s >= gave_way_s > 0


async def test_an_attempt_tells_of_itself_alone(as_owner: asyncpg.Connection, database: Database) -> None:
    """What an attempt that PostgreSQL's absence ended had told is not what the run, begun anew, gives way for."""
    async with database.connection() as conn:
        source_id = await store.upsert_source(conn, "pbx", "asterisk", "UTC")
        run_id = await store.create_run(conn, source_id, {}, requested_by="test")
        await store.start_run(conn, run_id, 1)
        found = []
        for gave_way_s in (0.0, 2.5, 3.04, 0.0):
            await store.report_progress(conn, run_id, "loading", 1, None, gave_way_s)
            found.append(json.loads(await as_owner.fetchval("SELECT details FROM ivr.runs")))
    assert found == [{}, {"gave_way_s": 2.5}, {"gave_way_s": 3.0}, {}]
