"""The whole restore drill: calls are loaded, copied, loaded on, lost, restored, and reconciled with their source."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from iact import backups, databases, restoring, secret_files
from iact.backups import Store
from services.ivr.config import Source
from services.ivr.keys import Keys
from services.ivr.reconciler import Reconciler
from services.ivr.runner import Runner
from services.ivr.work import Request
from shared.postgres import Database
from tests.iact.test_backups import PASSWORD, Server, following, lost, open_folder, received
from tests.ivr.conftest import LegacyRow, files_source, legacy_row, write_csv

pytestmark = pytest.mark.integration

TABLE = "tbl_historico_t3_2025"


def calls(day: str, count: int) -> list[LegacyRow]:
    return [legacy_row(day, origin=f"55{number:08}") for number in range(count)]


def secrets_of(root: Path) -> Path:
    return root / "secrets"


def load(server: Server, source: Source) -> None:
    """Read the source through the code of the ivr service, with its grants."""

    async def run() -> None:
        db = Database(server.owner.as_role("iact_ivr"))
        await db.open()
        try:
            runner = Runner(db, Keys.load(secrets_of(server.root)), [source])
            outcome = await runner.wait(await runner.submit(source, Request(), requested_by="drill"))
            await runner.close()
        finally:
            await db.close()
        assert outcome.state == "succeeded", outcome

    asyncio.run(run())


def verdict(server: Server, source: Source) -> str:
    """What `iact reconcile` would say, with the key that came with the copy."""

    async def run() -> int:
        db = Database(server.owner.as_role("iact_ivr"))
        await db.open()
        try:
            job = Reconciler(db, Keys.load(secrets_of(server.root)))
            number = await job.submit(source, Request(), deep=False, requested_by="drill")
            await job.wait(number)
            await job.close()
        finally:
            await db.close()
        return number

    number = asyncio.run(run())
    rows = server.run("SELECT state, error FROM ivr.reconciliations WHERE reconciliation_id = $1", number)
    assert rows[0]["error"] is None
    state: str = rows[0]["state"]
    return state


@pytest.fixture
def folder() -> Iterator[Path]:
    made = open_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture
def installed(folder: Path) -> Iterator[Server]:
    """A server with roles, schemas and secrets as an installation has them."""
    root = folder / "data"
    root.mkdir(mode=0o755)
    secret_files.generate(secrets_of(root), owner_password=PASSWORD)
    server = Server(root)
    server.postgres.create(PASSWORD)
    server.start()
    try:
        asyncio.run(databases.prepare(server.owner, secrets_of(root), print))
        yield server
    finally:
        server.stop()


def restored(store: Store, root: Path, *, at: object = None) -> Server:
    restoring.restore(store, root, at, print)  # type: ignore[arg-type] # a moment as the database told it
    server = Server(root)
    server.start()
    return server


@pytest.mark.requirement("RF-041")
def test_what_comes_back_is_what_the_source_had_at_that_second(installed: Server, folder: Path) -> None:
    store = Store(folder / "backups")
    early = write_csv(folder / f"{TABLE}.csv", calls("2025-07-01", 200))
    source = files_source(early)
    with following(store, installed):
        load(installed, source)
        backups.now(store, installed.owner, installed.root, keep=2, say=print)
        write_csv(early, calls("2025-07-01", 200) + calls("2025-07-02", 150))
        load(installed, source)
        moment = installed.run("SELECT clock_timestamp() AS at")[0]["at"]
        asyncio.run(asyncio.sleep(1.1))  # a second is what can be asked for
        at_moment = shutil.copy(early, folder / "kept.csv")
        write_csv(early, calls("2025-07-01", 200) + calls("2025-07-02", 150) + calls("2025-07-03", 90))
        load(installed, source)
        received(installed)
        lost(installed)

    last = restored(store, folder / "last")
    try:
        assert last.run("SELECT count(*) AS n FROM ivr.legacy_calls")[0]["n"] == 440
        assert verdict(last, source) == "equal"
    finally:
        last.stop()
    then = restored(store, folder / "then", at=moment)
    try:
        assert then.run("SELECT count(*) AS n FROM ivr.legacy_calls")[0]["n"] == 350
        assert verdict(then, source) == "different"  # the source went on
        shutil.copy(at_moment, early)
        assert verdict(then, source) == "equal"
        write_csv(early, calls("2025-07-01", 200) + calls("2025-07-02", 150) + calls("2025-07-03", 90))
        load(then, source)  # what was missed is read again by the next run
        assert verdict(then, source) == "equal"
    finally:
        then.stop()
