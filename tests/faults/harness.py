"""Everything between a source and its warehouse, and the faults that may happen to it.

The service talks to both databases through fault proxies; the writer and the judge do not.
"""

import asyncio
import contextlib
import http.client
import json
import re
import secrets
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import asyncpg

from shared.embedded_postgres import EmbeddedPostgres, PostgresError, place
from shared.identity import HEADER, Identity, Signer, write_key_pair, write_private
from shared.locks import SOURCE_CONNECTIONS, SOURCE_RUNS
from shared.ports import free_port
from shared.settings import DatabaseSettings
from shared.testing.fault_proxy import FaultProxy, Faults
from shared.testing.mariadb import MariaDbSchema, MariaDbServer
from shared.testing.postgres import build_template, throw_away
from tests.faults.ledger import Ledger, Row, Verdict, judge
from tests.faults.nursery import Nursery
from tests.faults.writer import LEGACY_TABLE, SourceWriter

START_TIMEOUT_S = 120.0  # a fork of the nursery answers in a second where nobody else works
SETTLE_TIMEOUT_S = 90.0
LOOK_EVERY_S = 0.05
STARTS_MAX = 4
LOCK_SPACES = (SOURCE_RUNS, SOURCE_CONNECTIONS, SOURCE_CONNECTIONS + 1)
FUNCTIONS = frozenset({"PIP-001", "PIP-003", "PIP-004", "PIP-005", "PIP-006"})
ENDED = frozenset({"succeeded", "failed", "cancelled"})
POSTGRES_SETTINGS = {"fsync": "off", "full_page_writes": "off", "max_connections": "100", "shared_buffers": "64MB"}


class KillablePostgres:
    """A server of our own, a direct child, that may be killed and comes back on the same data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        install, cluster = place(folder / "data")
        self._server = EmbeddedPostgres(install, cluster, free_port())
        self._server.create("password")
        self.child = self._server.start(folder / "log", **POSTGRES_SETTINGS)
        self.owner = DatabaseSettings("127.0.0.1", self._server.port, "postgres", self._server.user, "password")
        self.template = asyncio.run(build_template(self.owner))

    def fresh_database(self) -> DatabaseSettings:
        name = f"t_{secrets.token_hex(4)}"
        asyncio.run(_execute(self.owner, f"CREATE DATABASE {name} TEMPLATE {self.template} STRATEGY file_copy"))
        return replace(self.owner, name=name)

    def kill(self) -> None:
        self.child.kill()
        self.child.wait()
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                self.child = self._server.start(self._folder / "log", **POSTGRES_SETTINGS)
            except PostgresError:
                # Its orphans still hold the shared memory; they notice within a moment that the parent is gone.
                if time.monotonic() > deadline:
                    raise
                time.sleep(LOOK_EVERY_S)
            else:
                return

    def stop(self) -> None:
        throw_away(self._server, self.child, self._server.cluster)


async def _execute(settings: DatabaseSettings, statement: str) -> None:
    conn = await asyncpg.connect(**settings.connect_arguments())
    try:
        await conn.execute(statement)
    finally:
        await conn.close()


@dataclass
class Servers:
    """What many trials share: both database servers and the nursery."""

    postgres: KillablePostgres
    mariadb: MariaDbServer
    nursery: Nursery
    folder: Path

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        if shutil.which("mariadbd") is None:
            raise SystemExit("mariadbd is not installed (apt-get install mariadb-server)")
        folder = Path(tempfile.mkdtemp(prefix="iact-faults-"))
        folder.chmod(0o755)
        with ExitStack() as held:
            held.callback(shutil.rmtree, folder, ignore_errors=True)
            (folder / "my").mkdir()
            (folder / "my").chmod(0o755)
            mariadb = MariaDbServer.start(folder / "my")
            held.callback(mariadb.stop)
            postgres = KillablePostgres(folder)
            held.callback(postgres.stop)
            nursery = held.enter_context(Nursery())
            yield cls(postgres, mariadb, nursery, folder)


@dataclass
class Trial:
    """One source, one warehouse, one service between them."""

    servers: Servers
    schema: MariaDbSchema
    settings: DatabaseSettings
    ledger: Ledger
    writer: SourceWriter
    to_mariadb: FaultProxy
    to_postgres: FaultProxy
    secrets_dir: Path
    log: Path
    mutations: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    pid: int | None = None
    extra_pids: list[int] = field(default_factory=list)
    calls_seen: int = 0

    @classmethod
    @contextmanager
    def begun(cls, servers: Servers, seed: int, *, legacy_rows: int, mutations: tuple[str, ...] = ()) -> Iterator[Self]:
        schema, settings = servers.mariadb.create_schema(), servers.postgres.fresh_database()
        secrets_dir = Path(tempfile.mkdtemp(prefix="secrets-", dir=servers.folder))
        write_key_pair(secrets_dir)
        write_private(secrets_dir / "caller_key", secrets.token_hex(32).encode())
        write_private(secrets_dir / "reader", schema.reader_password.encode())
        ledger = Ledger(seed)
        writer = SourceWriter(schema, ledger)
        writer.create(legacy_rows)
        with ExitStack() as held:
            held.callback(servers.mariadb.drop_schema, schema)
            to_mariadb = held.enter_context(FaultProxy.before(schema.port))
            to_postgres = held.enter_context(FaultProxy.before(settings.port))
            log = secrets_dir / "log"
            trial = cls(servers, schema, settings, ledger, writer, to_mariadb, to_postgres, secrets_dir, log, mutations)
            held.callback(trial.end)
            trial._declare()
            yield trial

    def _declare(self) -> None:
        login = (
            f'host = "127.0.0.1"\nport = {self.to_mariadb.port}\nname = "{self.schema.name}"\n'
            f'user = "{self.schema.reader_user}"\npassword_file = "{self.secrets_dir / "reader"}"\n'
        )
        (self.secrets_dir / "sources.toml").write_text(
            f'[[source]]\nid = "legacy"\nkind = "legacy"\nschedule = "off"\n{login}'
            f'[[source]]\nid = "pbx"\nkind = "asterisk"\nevery_s = 1\n{login}'
        )

    def start(self) -> None:
        """A service, ready to be asked."""
        environment = {
            "DB_ANALYTICS_HOST": "127.0.0.1",
            "DB_ANALYTICS_PORT": str(self.to_postgres.port),
            "DB_ANALYTICS_NAME": self.settings.name,
            "DB_ANALYTICS_USER": self.settings.user,
            "DB_ANALYTICS_PASSWORD": self.settings.password,
            "IACT_SECRETS_DIR": str(self.secrets_dir),
            "IACT_SOURCES_FILE": str(self.secrets_dir / "sources.toml"),
        }
        self.pid = self.servers.nursery.spawn(environment, self.port, self.log, self.mutations)
        self.wait_for(lambda: self._answers("/health/live"), START_TIMEOUT_S, "the service does not answer")

    def kill_service(self) -> None:
        if self.pid is not None:
            self.servers.nursery.kill(self.pid)
            self.pid = None

    def end(self) -> None:
        for pid in self.extra_pids:
            self.servers.nursery.kill(pid)
        self.kill_service()
        self.writer._stop.set()

    def kill_mariadb(self) -> None:
        server = self.servers.mariadb
        for left in range(STARTS_MAX - 1, -1, -1):
            server.process.kill()
            try:
                server.restart()
            except RuntimeError:
                # A busy machine, or a stranger's connection that was given the server's port meanwhile.
                if not left:
                    raise
            else:
                return

    def freeze_and_replace(self) -> None:
        """A process that is stopped for so long that another takes its place; then it goes on as if nothing was."""
        frozen = self._freeze_and_start_another()
        with contextlib.suppress(TimeoutError):
            self.wait_for(self._taken_over, 6.0, "nobody takes over")
        time.sleep(0.5)
        self.servers.nursery.send(frozen, signal.SIGCONT)
        time.sleep(1.5)
        self._bury(frozen)

    def freeze_and_replace_in_load(self) -> None:
        """The same for the process that loads the legacy table: before its first row another loads the whole of it."""
        run_id = self.query("SELECT run_id FROM ivr.runs WHERE state = 'running' AND phase LIKE 'loading tbl%'")[0][0]
        frozen = self._freeze_and_start_another()
        self.calm()
        self.wait_for(self._replaced, SETTLE_TIMEOUT_S, "nobody loads instead")
        self.servers.nursery.send(frozen, signal.SIGCONT)
        told = re.compile(f"run {run_id} (of legacy|waits)")
        self.wait_for(lambda: bool(told.search(self.log.read_text())), SETTLE_TIMEOUT_S, "the frozen load does not end")
        self._bury(frozen)

    def _replaced(self) -> bool:
        rows = self.query(
            "SELECT count(*) FROM ivr.runs r JOIN ivr.sources s USING (source_id)"
            " WHERE s.kind = 'legacy' AND r.state = 'succeeded'"
        )
        return bool(rows[0][0])

    def _freeze_and_start_another(self) -> int:
        assert self.pid is not None
        frozen = self.pid
        self.servers.nursery.send(frozen, signal.SIGSTOP)
        self.extra_pids.append(frozen)
        # The server forgets the locks of the frozen process, as it does when a network has been down for long.
        self.query(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid IN "
            f"{LOCK_SPACES} AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        self.port = free_port()
        self.start()
        return frozen

    def _bury(self, frozen: int) -> None:
        self.servers.nursery.kill(frozen)
        self.extra_pids.remove(frozen)

    def _taken_over(self) -> bool:
        rows = self.query("SELECT count(*) FROM ivr.runs WHERE state = 'running' AND attempt > 1")
        return bool(rows[0][0])

    def calm(self) -> None:
        """No fault acts any more."""
        for proxy in (self.to_mariadb, self.to_postgres):
            proxy.faults = Faults()

    def ask_for_legacy(self) -> None:
        """Begin a run of the legacy table unless one works."""
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            self.call("POST", "/runs", {"source": "legacy"})

    def settle(self) -> None:
        """Until everything that was committed at the source has been read by runs that began afterwards."""
        self.calm()
        legacy = self._run_after("legacy", self._newest("legacy"), ask=True)
        asterisk = self._run_after("pbx", self._newest("pbx"), ask=False)
        assert (legacy, asterisk) == ("succeeded", "succeeded"), self.log.read_text()[-2000:]

    def _newest(self, source: str) -> int:
        """A run with a higher number than this one has begun later than now."""
        self.wait_for(lambda: not self._at_work(source), SETTLE_TIMEOUT_S, f"a run of {source} does not end")
        return int(self.query("SELECT coalesce(max(run_id), 0) FROM ivr.runs")[0][0])

    def _at_work(self, source: str) -> bool:
        return any(run["state"] not in ENDED for run in self._runs(source)) if source == "legacy" else False

    def _run_after(self, source: str, number: int, *, ask: bool) -> str:
        found: list[str] = []
        began = int(number)

        def succeeded() -> bool:
            if ask:
                self.ask_for_legacy()
            states = [run["state"] for run in self._runs(source) if int(run["id"]) > began]
            found[:] = [state for state in states if state == "succeeded"]
            return bool(found)

        self.wait_for(succeeded, SETTLE_TIMEOUT_S, f"no run of {source} succeeds")
        return found[0]

    def _runs(self, source: str) -> list[dict[str, Any]]:
        try:
            items: list[dict[str, Any]] = self.call("GET", f"/runs?source={source}&limit=20").get("items", [])
        except (OSError, http.client.HTTPException, ValueError):
            return []
        return items

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        identity = Identity(kind="operator", username="test", functions=FUNCTIONS)
        headers = {HEADER: Signer.load(self.secrets_dir).sign(identity, "ivr"), "content-type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, f"/api/v1/ivr{path}", json.dumps(body) if body else None, headers)
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
            return answer
        finally:
            connection.close()

    def _answers(self, path: str) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status < http.client.BAD_REQUEST
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def wait_for(self, holds: Callable[[], bool], timeout_s: float, sentence: str) -> None:
        deadline = time.monotonic() + timeout_s
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{sentence}; {self._state()}")
            time.sleep(LOOK_EVERY_S)

    def _state(self) -> str:
        """What a person looks at when nothing moves: runs at work and the last ones, who waits for what, the log."""
        lines = [line for line in self.log.read_text().splitlines() if '"event": "request"' not in line]
        runs = self.query(
            "SELECT run_id, source_id, state, phase, rows_read, attempt, left(error, 90), now() - queued_at,"
            " now() - heartbeat_at FROM ivr.runs ORDER BY state IN ('queued', 'running') DESC, run_id DESC LIMIT 6"
        )
        waits = self.query(
            "SELECT pid, state, wait_event_type, wait_event, left(query, 60), now() - state_change FROM"
            " pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        told = [line for line in lines if '"source": "pbx"' not in line][-12:]  # its runs succeed once a second
        return "\n".join([*map(str, map(tuple, [*runs, *waits])), *told, *lines[-3:]])

    def query(self, statement: str) -> list[Any]:
        """Past the proxy, as the owner."""

        async def ask() -> list[Any]:
            conn = await asyncpg.connect(**self.settings.connect_arguments())
            try:
                return list(await conn.fetch(statement))
            finally:
                await conn.close()

        return asyncio.run(ask())

    def watch(self) -> None:
        """What was visible once never vanishes."""
        rows = self.query("SELECT (SELECT count(*) FROM ivr.queue_calls) + (SELECT count(*) FROM ivr.legacy_calls)")
        assert rows[0][0] >= self.calls_seen, f"{self.calls_seen} calls were visible, now {rows[0][0]} are"
        self.calls_seen = rows[0][0]

    def verdict(self) -> Verdict:
        """The warehouse against the ledger: both kinds, and every row of the log accounted for once."""
        calls = self.query("SELECT callid, queue, exit, wait_s, talk_s, agent FROM ivr.queue_calls_v1")
        legacy = self.query(
            "SELECT unit_date::text, extract(epoch FROM started_at)::bigint, duration_s, did, menu, option"
            f" FROM ivr.legacy_calls_v1 WHERE source_table = '{LEGACY_TABLE}'"
        )
        told = judge(Counter(map(tuple, self.ledger.calls)), Counter(map(tuple, calls)), 1)
        rows = judge(Counter(row.expected for row in self.ledger.legacy.values()), Counter(map(tuple, legacy)), 5)
        return told + rows + self._accounts()

    def _accounts(self) -> Verdict:
        """Every row of queue_log was published or rejected exactly once, over all runs."""
        read, rejected = self.query(
            "SELECT coalesce(sum(rows_published + rows_rejected), 0), (SELECT count(*) FROM ivr.rejects) FROM"
            " ivr.run_units WHERE source_table = 'queue_log'"
        )[0]
        expected: Counter[Row] = Counter({("accounted",): self.ledger.queue_rows, ("rejected",): self.ledger.bad_rows})
        return judge(expected, Counter({("accounted",): int(read), ("rejected",): int(rejected)}), 1)
