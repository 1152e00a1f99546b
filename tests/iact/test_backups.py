"""The restore drill: write, copy, write, destroy, restore to a chosen second, look."""

import asyncio
import contextlib
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from iact import backups, restoring
from iact.backups import Store
from iact.errors import CommandFailed
from shared.embedded_postgres import EmbeddedPostgres, place, stop
from shared.ports import free_port
from shared.settings import DatabaseSettings
from shared.testing.postgres import shared_memory

pytestmark = pytest.mark.integration

PASSWORD = "drill: with \\ and :"
PATIENCE_S = 60.0
WRITING_S = 6.0
LOST_MAX_S = 3.0  # a minute is promised; more than half of what is written here must come back


class Server:
    """A cluster of this test's own with a table of numbers."""

    def __init__(self, root: Path) -> None:
        install, cluster = place(root / "postgres")
        self.postgres = EmbeddedPostgres(install, cluster, free_port())
        self.owner = DatabaseSettings("127.0.0.1", self.postgres.port, "postgres", self.postgres.user, PASSWORD)
        self.root = root
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.child = self.postgres.start(self.root / "log")

    def stop(self) -> None:
        if self.child is not None:
            stop(self.child)

    def run(self, statement: str, *values: object) -> list[asyncpg.Record]:
        async def ask() -> list[asyncpg.Record]:
            conn = await asyncpg.connect(**self.owner.connect_arguments())
            try:
                return list(await conn.fetch(statement, *values))
            finally:
                await conn.close()

        return asyncio.run(ask())

    def numbers(self) -> list[int]:
        return [row["n"] for row in self.run("SELECT n FROM numbers ORDER BY n")]


def killed(server: Server) -> None:
    """The server dies at once; its other processes notice and end a moment later, until when they may still write."""
    assert server.child is not None
    pid = server.child.pid
    others = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    assert others
    server.child.kill()
    server.child.wait()
    deadline = time.monotonic() + PATIENCE_S
    while any(works(other) for other in others):
        assert time.monotonic() < deadline, "processes outlive their server"
        time.sleep(0.01)


def lost(server: Server) -> None:
    """Everything of the server's machine goes at once: its processes, its memory, its disk."""
    assert server.child is not None
    held = shared_memory(server.child.pid)
    assert held
    killed(server)
    server.postgres.release()
    shutil.rmtree(server.postgres.cluster)
    assert not [file for file in held if file.exists()]


def works(pid: str) -> bool:
    """Whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def open_folder() -> Path:
    """A folder that the server's user may pass through for as long as a test needs it.

    pytest's own are no such folders: each further run of pytest on the machine closes their common parent again.
    """
    made = Path(tempfile.mkdtemp(prefix="iact-drill-"))
    made.chmod(0o755)
    return made


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    made = open_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    root = tmp_path / "data"
    root.mkdir(mode=0o755)
    (root / "secrets").mkdir()
    (root / "secrets" / "caller_key").write_text("key of the callers")
    made = Server(root)
    made.postgres.create(PASSWORD)
    made.start()
    made.run("CREATE TABLE numbers (n integer)")
    try:
        yield made
    finally:
        made.stop()


@contextlib.contextmanager
def following(store: Store, server: Server) -> Iterator[None]:
    child = backups.follow(store, server.owner)
    try:
        yield
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(timeout=PATIENCE_S)


def received(server: Server) -> None:
    """Wait until the log as of now is in the store."""
    end = server.run("SELECT pg_current_wal_lsn()::text AS lsn")[0]["lsn"]
    question = "SELECT bool_or(flush_lsn >= $1::text::pg_lsn) AS done FROM pg_stat_replication"
    deadline = time.monotonic() + PATIENCE_S
    while not server.run(question, end)[0]["done"]:
        assert time.monotonic() < deadline, "the log was not received"
        time.sleep(0.05)


def restored(store: Store, root: Path, moment: datetime | None = None) -> list[int]:
    """What a restored folder holds, and that its key came with it."""
    restoring.restore(store, root, moment, print)
    assert (root / "secrets" / "caller_key").read_text() == "key of the callers"
    server = Server(root)
    server.start()
    try:
        assert server.run("SELECT pg_is_in_recovery() AS yes")[0]["yes"] is False
        return server.numbers()
    finally:
        server.stop()


@pytest.mark.requirement("RF-041")
def test_a_lost_server_comes_back_as_it_was_at_a_chosen_second(server: Server, tmp_path: Path) -> None:
    store = Store(tmp_path / "backups")
    with following(store, server):
        server.run("INSERT INTO numbers VALUES (1)")
        made = backups.now(store, server.owner, server.root, keep=2, say=print)
        server.run("INSERT INTO numbers VALUES (2)")
        moment = server.run("SELECT clock_timestamp() AS at")[0]["at"]
        time.sleep(1.1)  # a second is what can be asked for
        server.run("INSERT INTO numbers VALUES (3)")
        received(server)
        lost(server)

    assert made.size_bytes > 1_000_000
    assert restored(store, tmp_path / "then", moment) == [1, 2]
    assert restored(store, tmp_path / "last") == [1, 2, 3]
    for late, sentence in ((moment + timedelta(days=1), "later than the kept log"), (made.started_at, "lies before")):
        with pytest.raises(CommandFailed, match=sentence):
            restoring.restore(store, tmp_path / "never", late, print)
        assert not (tmp_path / "never").exists()


@pytest.mark.requirement("RF-041")
def test_no_more_than_a_minute_is_lost_with_a_server_that_dies_while_it_is_written_to(
    server: Server, tmp_path: Path
) -> None:
    """The objective (RPO) with a server and its disk gone at once, in the middle of writes that nobody waits for."""
    store = Store(tmp_path / "backups")
    with following(store, server):
        backups.now(store, server.owner, server.root, keep=2, say=print)
        acknowledged: list[float] = []
        while len(acknowledged) < 200 or acknowledged[-1] - acknowledged[0] < WRITING_S:
            server.run("INSERT INTO numbers VALUES ($1)", len(acknowledged))
            acknowledged.append(time.monotonic())
        lost(server)
    kept = restored(store, tmp_path / "last")
    assert kept == list(range(len(kept))), "what comes back is a beginning of what was written, without a hole"
    assert kept, "nothing that was written after the copy is there"
    lost_s = acknowledged[-1] - acknowledged[len(kept) - 1]
    print(f"lost: {len(acknowledged) - len(kept)} of {len(acknowledged)} writes, the last {lost_s:.3f} s")
    assert lost_s <= LOST_MAX_S


def test_what_was_written_while_nobody_followed_is_received_later(server: Server, tmp_path: Path) -> None:
    store = Store(tmp_path / "backups")
    with following(store, server):
        backups.now(store, server.owner, server.root, keep=2, say=print)
        received(server)
    for number in range(3):
        server.run("INSERT INTO numbers VALUES ($1)", number)
        server.run("SELECT pg_switch_wal()")
    with following(store, server):
        received(server)
    assert restored(store, tmp_path / "last") == [0, 1, 2]


def test_old_copies_go_and_interrupted_ones_never_count(server: Server, tmp_path: Path) -> None:
    store = Store(tmp_path / "backups")
    store.prepare()
    half = store.root / "base" / "20200101T000000Z"
    half.mkdir()
    with pytest.raises(CommandFailed, match="holds no base backup"):
        restoring.restore(store, tmp_path / "never", None, print)
    made = []
    for _ in range(3):
        made.append(backups.now(store, server.owner, server.root, keep=2, say=print))
        time.sleep(1.0)  # copies are named by the second
    assert [base.folder for base in store.bases()] == [base.folder for base in made[1:]]
    assert not half.exists()
    assert restored(store, tmp_path / "last") == []


def test_a_damaged_copy_is_not_kept(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "backups")
    run = backups._run  # the step between copying and proving

    def damaging(command: list[str], *rest: object) -> None:
        if "pg_verifybackup" in command[0]:
            (Path(command[-1]) / "PG_VERSION").write_text("17\n")
        run(command, *rest)  # type: ignore[arg-type] # handed on as they came

    monkeypatch.setattr(backups, "_run", damaging)
    with pytest.raises(CommandFailed, match="the copy is damaged"):
        backups.now(store, server.owner, server.root, keep=2, say=print)
    assert store.bases() == []


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(CommandFailed, match="is not empty"):
        restoring.restore(Store(tmp_path), tmp_path / "full", datetime.now(UTC), print)
    assert (tmp_path / "full" / "file").exists()


def test_a_cluster_that_was_left_elsewhere_is_not_touched(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "backups")
    backups.now(store, server.owner, server.root, keep=2, say=print)
    left = tmp_path / "elsewhere"
    left.mkdir()
    (left / "PG_VERSION").write_text("16\n")
    monkeypatch.setattr(restoring, "place", lambda _: (server.postgres.install, left))
    with pytest.raises(CommandFailed, match="holds a cluster already"):
        restoring.restore(store, tmp_path / "new", None, print)
    assert (left / "PG_VERSION").exists()


def test_a_server_that_is_away_is_a_sentence(tmp_path: Path) -> None:
    away = DatabaseSettings("127.0.0.1", free_port(), "postgres", "iact_owner", "x")
    with pytest.raises(CommandFailed, match=r"the copy was not made: .*refused"):
        backups.now(Store(tmp_path / "backups"), away, tmp_path, keep=1, say=print)
