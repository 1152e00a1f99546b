"""kill -9 in the middle of a load: of the service, of PostgreSQL. Afterwards every row is there, once."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from shared.embedded_postgres import EmbeddedPostgres, place
from shared.identity import HEADER, Identity, Signer
from shared.ports import free_port
from shared.settings import DatabaseSettings
from shared.testing.postgres import build_template, throw_away
from tests.ivr.conftest import legacy_row, write_csv

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[2]
ROWS = 120_000
DAYS = 28
START_TIMEOUT_S = PATIENCE_S = 200  # a machine of two cores on which ten others work


@dataclass
class OwnPostgres:
    """A server that this test may kill."""

    folder: Path
    server: EmbeddedPostgres
    child: "subprocess.Popen[bytes]"
    owner: DatabaseSettings
    template: str
    settings: DatabaseSettings

    async def fresh_database(self) -> None:
        self.settings = replace(self.owner, name=f"t_{secrets.token_hex(4)}")
        conn = await asyncpg.connect(**self.owner.connect_arguments())
        await conn.execute(f"CREATE DATABASE {self.settings.name} TEMPLATE {self.template}")
        await conn.close()

    def kill(self) -> None:
        self.child.kill()
        self.child.wait()

    def start(self) -> None:
        self.child = self.server.start(self.folder / "log", fsync="off")


@pytest.fixture(scope="module")
def killable_server() -> Iterator[OwnPostgres]:
    folder = Path(tempfile.mkdtemp(prefix="iact-pg-"))
    folder.chmod(0o755)
    install, cluster = place(folder / "data")
    server = EmbeddedPostgres(install, cluster, free_port())
    server.create("password")
    child = server.start(folder / "log", fsync="off")
    owner = DatabaseSettings("127.0.0.1", server.port, "postgres", server.user, "password")
    own = OwnPostgres(folder, server, child, owner, asyncio.run(build_template(owner)), owner)
    try:
        yield own
    finally:
        throw_away(server, own.child, folder)


@pytest.fixture
def own_postgres(killable_server: OwnPostgres) -> OwnPostgres:
    asyncio.run(killable_server.fresh_database())
    return killable_server


class Service:
    """The real service under uvicorn, a direct child of the test."""

    def __init__(self, settings: DatabaseSettings, secrets_dir: Path, sources: Path, log: Path) -> None:
        self.port = free_port()
        self._log = log
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DB_")},
            "DB_ANALYTICS_HOST": settings.host,
            "DB_ANALYTICS_PORT": str(settings.port),
            "DB_ANALYTICS_NAME": settings.name,
            "DB_ANALYTICS_USER": settings.user,
            "DB_ANALYTICS_PASSWORD": settings.password,
            "IACT_SECRETS_DIR": str(secrets_dir),
            "IACT_SOURCES_FILE": str(sources),
        }
        functions = frozenset({"PIP-001", "PIP-003", "PIP-005", "PIP-006"})
        identity = Identity(kind="operator", username="test", functions=functions)
        self._identity, self._secrets_dir = identity, secrets_dir
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "uvicorn", "services.ivr.main:app", "--port", str(self.port)]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/health/live")
            except httpx.TransportError:
                assert time.monotonic() < deadline, self._log.read_text()
                time.sleep(0.1)
            else:
                return

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        url = f"http://127.0.0.1:{self.port}/api/v1/ivr{path}"
        headers = {HEADER: Signer.load(self._secrets_dir).sign(self._identity, "ivr")}
        return httpx.request(method, url, json=body, headers=headers, timeout=60).json()

    def wait_for_rows(self, run_id: str, rows: int) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while self.call("GET", f"/runs/{run_id}")["read"] < rows:
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)

    def wait_for_end(self) -> dict[str, Any]:
        """The newest run, when it has ended; calls may fail while a server is away."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.2)
            runs = self.call("GET", "/runs").get("items")
            if runs and runs[0]["state"] not in {"queued", "running"}:
                newest: dict[str, Any] = runs[0]
                return newest

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def service(own_postgres: OwnPostgres, identity_keys: Path, tmp_path: Path) -> Iterator[Service]:
    rows = [legacy_row(f"2025-07-{n % DAYS + 1:02}", origin=f"55{n:08}") for n in range(ROWS)]
    write_csv(tmp_path / "tbl_historico_t3_2025.csv", rows)
    sources = tmp_path / "sources.toml"
    sources.write_text(f'[[source]]\nid = "legacy"\nkind = "legacy"\npaths = ["{tmp_path}/*.csv"]\n')
    running = Service(own_postgres.settings, identity_keys, sources, tmp_path / "log")
    yield running
    running.kill()


async def counted(settings: DatabaseSettings) -> list[tuple[int, int, int]]:
    conn = await asyncpg.connect(**settings.connect_arguments())
    try:
        rows = await conn.fetch(
            "SELECT count(*), count(DISTINCT caller_id), count(DISTINCT call_id) FROM ivr.legacy_calls GROUP BY unit_id"
        )
        return [tuple(row) for row in rows]
    finally:
        await conn.close()


def complete() -> list[tuple[int, int, int]]:
    sizes = [len(range(day, ROWS, DAYS)) for day in range(DAYS)]
    return sorted((size, size, size) for size in sizes)


def test_a_killed_service_finishes_its_load_after_restart(service: Service, own_postgres: OwnPostgres) -> None:
    run_id = service.call("POST", "/runs", {"source": "legacy"})["id"]
    assert service.call("POST", "/runs", {"source": "legacy"})["status"] == 409
    service.wait_for_rows(run_id, ROWS // 4)
    service.kill()
    assert asyncio.run(counted(own_postgres.settings)) == []
    service.start()
    deadline = time.monotonic() + PATIENCE_S
    while len(service.call("GET", "/runs")["items"]) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    ended = service.wait_for_end()
    assert (ended["state"], ended["retry_of"], ended["attempt"]) == ("succeeded", run_id, 2)
    assert ended["read"] == ended["published"] == ROWS
    interrupted = service.call("GET", f"/runs/{run_id}")
    assert interrupted["state"] == "failed"
    assert "ended before the run did" in interrupted["error"]
    assert sorted(asyncio.run(counted(own_postgres.settings))) == complete()


def test_a_load_outlives_a_killed_postgres(service: Service, own_postgres: OwnPostgres) -> None:
    run_id = service.call("POST", "/runs", {"source": "legacy"})["id"]
    service.wait_for_rows(run_id, ROWS // 4)
    own_postgres.kill()
    time.sleep(1)
    assert service.call("GET", "/runs")["status"] == 503
    own_postgres.start()
    ended = service.wait_for_end()
    assert (ended["id"], ended["state"], ended["published"]) == (run_id, "succeeded", ROWS)
    assert sorted(asyncio.run(counted(own_postgres.settings))) == complete()


def test_a_cancelled_load_leaves_nothing(service: Service, own_postgres: OwnPostgres) -> None:
    run_id = service.call("POST", "/runs", {"source": "legacy"})["id"]
    service.wait_for_rows(run_id, ROWS // 4)
    service.call("POST", f"/runs/{run_id}/cancel")
    ended = service.wait_for_end()
    assert (ended["state"], ended["published"]) == ("cancelled", 0)
    assert asyncio.run(counted(own_postgres.settings)) == []
    assert service.call("POST", f"/runs/{run_id}/cancel")["status"] == 409
