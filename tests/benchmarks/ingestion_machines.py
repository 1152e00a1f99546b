"""The servers that contestants of the ingestion benchmark share, and what a contestant's round costs them."""

import asyncio
import json
import os
import resource
import secrets
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from iact.simulate.legacy import LegacyOptions, simulate_legacy
from iact.simulate.targets import MariaDbTarget
from shared.embedded_postgres import EmbeddedPostgres, place, stop
from shared.ports import free_port
from shared.settings import DatabaseSettings
from shared.testing.mariadb import MariaDbSchema, MariaDbServer
from shared.testing.postgres import PostgresServer, build_template

ROOT = Path(__file__).resolve().parents[2]
TICKS_S = os.sysconf("SC_CLK_TCK")
STOP_LOOK_S = 0.2
SETTLE_S = 0.3  # backends end a moment after their client
POISONED_SHARE = 0.01
# Each kind takes a fifth of them: a zero date, a zero time, a NUL, a padded number, labels full of formulas.
POISONS = (
    "dFecha = '0000-00-00'",
    "dHoraFin = '0000-00-00 00:00:00'",
    "cMenu = CONCAT('marque', CHAR(0), '3')",
    "cTelefono_Origen = CONCAT(' ', cTelefono_Origen)",
    "cEtiquetacliente = REPEAT('=1+1,', 40)",
)


@dataclass
class Figure:
    """One contestant's round: `python`, `mariadb` and `postgres` are CPU seconds; `python` is the contestant's own."""

    rows: int
    seconds: float
    rows_per_s: int
    python: float
    mariadb: float
    postgres: float
    rss_mib: int


@dataclass
class Told:
    """What a contestant says of itself."""

    rows: int
    seconds: float
    cpu_s: float
    rss_mib: int


@dataclass(frozen=True)
class Machines:
    """Both servers, started for this run alone."""

    folder: Path
    mariadb: MariaDbServer
    postgres: PostgresServer
    template: str
    schemas: dict[str, MariaDbSchema] = field(default_factory=dict)

    def simulate(self, name: str, rows: int, *, poisoned: bool = False) -> None:
        """A schema with that many rows; with 1 % of them unusual when `poisoned`."""
        schema = self.schemas[name] = self.mariadb.create_schema()
        simulate_legacy(LegacyOptions(rows=rows), MariaDbTarget(schema.dsn_admin))
        if poisoned:
            poison(schema)

    async def fresh_database(self) -> DatabaseSettings:
        name = f"b_{secrets.token_hex(4)}"
        await self.postgres.execute(f"CREATE DATABASE {name} TEMPLATE {self.template}")
        return self.postgres.login(name)

    async def drop(self, database: DatabaseSettings) -> None:
        await self.postgres.execute(f"DROP DATABASE {database.name} WITH (FORCE)")

    def measure(self, work: Callable[[], Told]) -> Figure:
        """Let a contestant work; what it took of both servers."""
        pids = (self.mariadb.process.pid, self.postgres.process.pid)
        before = [cpu_s(pid) for pid in pids]
        told = work()
        time.sleep(SETTLE_S)
        mariadb, postgres = (cpu_s(pid) - used for pid, used in zip(pids, before, strict=True))
        return Figure(
            rows=told.rows,
            seconds=round(told.seconds, 2),
            rows_per_s=round(told.rows / told.seconds),
            python=round(told.cpu_s, 2),
            mariadb=round(mariadb, 2),
            postgres=round(postgres, 2),
            rss_mib=told.rss_mib,
        )


@contextmanager
def machines() -> Iterator[Machines]:
    """Servers with the settings they come with: PostgreSQL really writes."""
    with tempfile.TemporaryDirectory(prefix="iact-benchmark-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "my").mkdir(mode=0o755)
        source = MariaDbServer.start(folder / "my")
        install, cluster = place(folder / "pg")
        server = EmbeddedPostgres(install, cluster, free_port())
        server.create("password")
        child = server.start(folder / "log", shared_buffers="256MB", max_wal_size="4GB")
        try:
            owner = DatabaseSettings("127.0.0.1", server.port, "postgres", server.user, "password")
            template = asyncio.run(build_template(owner))
            yield Machines(folder, source, PostgresServer(owner, server, child), template)
        finally:
            source.stop()
            stop(child)
            shutil.rmtree(cluster, ignore_errors=True)


def poison(schema: MariaDbSchema) -> None:
    """Make a hundredth of the rows unusual, spread evenly and the same in every run."""
    with schema.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SET SESSION sql_mode = ''")
        cursor.execute("SHOW TABLES")
        for (table,) in cursor.fetchall():
            for number, change in enumerate(POISONS):
                cursor.execute(
                    f"UPDATE `{table}` SET {change} WHERE CRC32(CONCAT(dHoraInicio, coalesce(cTelefono_Origen, ''))) "
                    f"% {round(len(POISONS) / POISONED_SHARE)} = {number}"
                )


def cpu_s(pid: int) -> float:
    """CPU seconds of a process, of its living children and of those that ended."""
    total = 0
    for each in [pid, *children(pid)]:
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12]) + (int(fields[13]) + int(fields[14]) if each == pid else 0)
    return total / TICKS_S


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def run(
    command: Sequence[str], *, plan: str = "", rows: int | None = None, stop: threading.Event | None = None
) -> Told:
    """A process to its end, or until `stop` is set. A contestant of ours tells what it did in its last line; of others
    the clock is ours.
    """
    used = _children_cpu_s()
    began = time.perf_counter()
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        out, err = _told_by(process, plan, stop)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"{command[0]} failed: {(err or out)[-2_000:]}")
    if rows is None:
        return Told(**json.loads(out.splitlines()[-1]))
    return Told(rows, seconds, _children_cpu_s() - used, 0)


def _told_by(process: "subprocess.Popen[str]", plan: str, stop: threading.Event | None) -> tuple[str, str]:
    given: str | None = plan  # once: what is given is kept by the process until all of it is taken
    while True:
        try:
            return process.communicate(given, timeout=None if stop is None else STOP_LOOK_S)
        except subprocess.TimeoutExpired:
            given = None
            if stop is not None and stop.is_set():
                process.kill()
                process.wait()
                raise SystemExit("the process was stopped") from None
        except BaseException:
            process.kill()
            raise


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def count(database: DatabaseSettings, statement: str) -> int:
    connection = await asyncpg.connect(**database.connect_arguments())
    try:
        return int(await connection.fetchval(statement))
    finally:
        await connection.close()
