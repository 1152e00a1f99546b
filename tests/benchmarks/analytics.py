"""Questions over a year of calls: through the gateway, as plain SQL over the facts, and in DuckDB over the same rows.

`python -m tests.benchmarks.analytics [--rows N] [--folder DIR] [--duckdb-python PYTHON] [--json -]`. The calls and
their rollups are made once and kept in the folder, the next run with as many rows starts at once. `year_vs_facts` and
`year_vs_duckdb` are the time of the year's questions that have a plain form, added up, over ours for the same ones; p50
and p95 of each question and range are told for 1 and for 8 clients. DuckDB runs in the Python that is named (any that
has it: `python -m venv duck && duck/bin/pip install duckdb`) and is left out where that one has none.
"""

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import uvloop
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from services.ivr.fill_totals import fill_totals
from shared.embedded_postgres import EmbeddedPostgres, place, stop
from shared.identity import write_key_pair
from shared.migrate import migrate
from shared.ports import free_port
from shared.postgres import Database
from shared.settings import DatabaseSettings
from shared.testing.postgres import TEMPLATE, build_template, migration_sets
from tests.benchmarks.analytics_questions import MONTH_RANGE, QUESTIONS, UNEVEN_RANGE, YEAR_RANGE, Asked
from tests.benchmarks.gateway import ROOT, Load, cpu_s, start
from tests.benchmarks.year_of_calls import YEAR, ZONE, make

ROUNDS = 3  # of plain SQL: the least disturbed counts
REQUESTS = 20  # of each question, for each number of clients
CLIENTS = (1, 8)
START_S = 120.0  # importing everything, on a machine that is busy with other things
PATH = "/api/v1/analytics/query"
PASSWORD = "benchmark"
HEARTBEAT_S = 0.25  # as services/sessions/revocations.py
FOLDER = ROOT / ".iact" / "benchmarks" / "analytics"  # git leaves it out
RANGES = {"year": YEAR_RANGE, "uneven": UNEVEN_RANGE, "month": MONTH_RANGE}
FACTS = {
    "legacy": (
        "(SELECT c.*, m.menu, m.menu_abandoned FROM ivr.legacy_calls c JOIN ivr.menus m USING (menu_id)) AS calls"
    ),
    "asterisk": "ivr.queue_calls",
}
EXPORTS = {
    "legacy": (
        f"SELECT caller_id, (started_at AT TIME ZONE '{ZONE}') AS local_at, duration_s, menu, menu_abandoned"
        " FROM ivr.legacy_calls JOIN ivr.menus USING (menu_id) WHERE started_at >= $1 AND started_at < $2"
    ),
    "asterisk": (
        f"SELECT caller_id, (entered_at AT TIME ZONE '{ZONE}') AS local_at, queue, exit, wait_s, talk_s"
        " FROM ivr.queue_calls WHERE entered_at >= $1 AND entered_at < $2"
    ),
}

introspection = FastAPI(openapi_url=None)


@introspection.post("/internal/introspections")
async def introspections() -> dict[str, Any]:
    """Stands for the sessions service: one token that may ask everything."""
    functions = ["RPT-001", "RPT-003", "RPT-004", "RPT-006"]
    identity = {"kind": "token", "user_id": "7", "username": "anna", "session_id": "1", "functions": functions}
    return {"active": True, "reason": None, "identity": identity}


@introspection.get("/internal/revocations")
async def revocations() -> StreamingResponse:
    """Its stream, on which nothing ends: while the gateway hears of it, it remembers who asks, as beside sessions."""

    async def beats() -> AsyncIterator[bytes]:
        while True:
            yield b'{"type": "heartbeat"}\n'
            await asyncio.sleep(HEARTBEAT_S)

    return StreamingResponse(beats(), media_type="application/x-ndjson")


class Questions(Load):
    """The same question again and again."""

    def __init__(self, requests: int, body: bytes) -> None:
        super().__init__(requests)
        lines = (
            f"POST {PATH} HTTP/1.1",
            "Host: benchmark",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "Authorization: Bearer anna-anna-anna-anna.RPT-001",
        )
        self.request = "\r\n".join([*lines, "", ""]).encode() + body


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def server(folder: Path) -> Iterator[DatabaseSettings]:
    """The kept server: the owner's login."""
    install, cluster = place(folder / "pg")
    manager = EmbeddedPostgres(install, cluster, free_port())
    if not manager.exists:
        manager.create(PASSWORD)
    child = manager.start(
        folder / "log", shared_buffers="1GB", max_wal_size="8GB", work_mem="64MB", synchronous_commit="off"
    )
    try:
        yield DatabaseSettings("127.0.0.1", manager.port, "postgres", manager.user, PASSWORD)
    finally:
        stop(child)


async def prepare(owner: DatabaseSettings, rows: int) -> DatabaseSettings:
    """The database with so many calls, made where it is not there yet, on the newest schema."""
    name = f"calls_{rows}"
    connection = await asyncpg.connect(**owner.connect_arguments())
    known = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
    if name not in known:
        await connection.execute(f'DROP DATABASE IF EXISTS "{TEMPLATE}"')  # may be older than the migrations are
        template = await build_template(owner)
        await connection.execute(f'DROP DATABASE IF EXISTS "making_{rows}"')
        await connection.execute(f'CREATE DATABASE "making_{rows}" TEMPLATE "{template}"')
        making = await asyncpg.connect(
            **replace(owner, name=f"making_{rows}").connect_arguments(), statement_cache_size=0
        )
        await make(making, rows, say)
        await making.close()
        await connection.execute(f'ALTER DATABASE "making_{rows}" RENAME TO "{name}"')
    await connection.close()
    login = replace(owner, name=name)
    for file in await migrate(login, migration_sets()):
        say(f"{file} was newer than the calls that were kept")
    database = Database(login)
    await database.open()
    await fill_totals(database)
    await database.close()
    return login


async def plain_times(login: DatabaseSettings) -> dict[str, float]:
    """The best time of each question as SQL over the facts."""
    connection = await asyncpg.connect(**login.connect_arguments())
    found = {}
    for asked in QUESTIONS:
        if asked.plain is None:
            continue
        at = f"{'started_at' if asked.kind == 'legacy' else 'entered_at'} AT TIME ZONE '{ZONE}'"
        statement = asked.plain.format(at=at, calls=FACTS[asked.kind])
        times = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            await connection.fetch(statement)
            times.append(time.perf_counter() - started)
        found[asked.name] = min(times)
        say(f"facts: {asked.name} {found[asked.name]:.3f} s")
    await connection.close()
    return found


def duckdb_times(login: DatabaseSettings, folder: Path, rows: int, python: str) -> dict[str, float] | None:
    """The best time of each question in DuckDB, with two threads, or None where there is no DuckDB."""
    if subprocess.run([python, "-c", "import duckdb"], check=False, capture_output=True).returncode:
        say(
            f"{python} has no duckdb: year_vs_duckdb is left out. `python -m venv duck && duck/bin/pip install duckdb`"
            " makes one that has, then --duckdb-python duck/bin/python"
        )
        return None
    script = str(Path(__file__).with_name("analytics_duckdb.py"))
    file = folder / f"calls_{rows}.duckdb"
    if not file.exists():
        _export(login, folder, [python, script, "load", f"{file}.making"])
        Path(f"{file}.making").rename(file)
    asked = [each for each in QUESTIONS if each.plain is not None]
    statements = [each.plain.format(at="local_at", calls=each.kind) for each in asked if each.plain is not None]
    done = subprocess.run(
        [python, script, "ask", str(file)], input=json.dumps(statements), text=True, check=True, stdout=subprocess.PIPE
    )
    return dict(zip([each.name for each in asked], json.loads(done.stdout), strict=True))


def _export(login: DatabaseSettings, folder: Path, load: list[str]) -> None:
    """The facts, month after month, so that no file holds them all."""
    path = folder / "rows.csv"
    for table, statement in EXPORTS.items():
        for month in range(13):
            first = f"{YEAR + month // 12}-{month % 12 + 1:02}-01"
            since, until = f"timestamptz '{first}Z'", f"timestamptz '{first}Z' + interval '1 month'"
            asyncio.run(_write_csv(login, statement.replace("$1", since).replace("$2", until), path))
            subprocess.run([*load, table, str(path)], check=True)
    path.unlink()


async def _write_csv(login: DatabaseSettings, query: str, path: Path) -> None:
    connection = await asyncpg.connect(**login.connect_arguments())
    await connection.copy_from_query(query, output=path, format="csv", header=True)
    await connection.close()


@contextlib.contextmanager
def gateway(login: DatabaseSettings) -> Iterator[tuple[int, list[int]]]:
    """The service behind the gateway: its port, and the processes."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        write_key_pair(folder)
        ports = [free_port() for _ in range(3)]
        environment = {
            **os.environ,
            "IACT_SECRETS_DIR": name,
            "DB_ANALYTICS_HOST": login.host,
            "DB_ANALYTICS_PORT": str(login.port),
            "DB_ANALYTICS_NAME": login.name,
            "DB_ANALYTICS_USER": login.user,
            "DB_ANALYTICS_PASSWORD": login.password,
            **{f"IACT_{each}_URL": f"http://127.0.0.1:{ports[0]}" for each in ("SESSIONS", "IVR", "DORA")},
            "IACT_ANALYTICS_URL": f"http://127.0.0.1:{ports[1]}",
        }
        uvicorn = [sys.executable, "-m", "uvicorn", "--log-level", "error", "--no-access-log"]
        start(
            stack,
            [*uvicorn, "tests.benchmarks.analytics:introspection", "--port", str(ports[0])],
            ports[0],
            timeout_s=START_S,
        )
        service = [*uvicorn, "services.analytics.main:app", "--port", str(ports[1])]
        pids = [start(stack, service, ports[1], environment, timeout_s=START_S)]
        pids.append(
            start(
                stack,
                [sys.executable, "-m", "gateway", "--port", str(ports[2])],
                ports[2],
                environment,
                timeout_s=START_S,
            )
        )
        yield ports[2], pids


def ask(asked: Asked, when: dict[str, str], port: int, *, clients: int, requests: int) -> list[float]:
    load = Questions(requests * clients, json.dumps(asked.body(when)).encode())
    uvloop.run(load.run(port, clients))
    return sorted(load.times)


def ours(port: int, requests: int) -> dict[str, dict[str, float]]:
    """p50 and p95 in milliseconds of every question, range and number of clients."""
    found: dict[str, dict[str, float]] = {}
    for asked in QUESTIONS:
        figures: dict[str, float] = {}
        for label, when in RANGES.items():
            ask(asked, when, port, clients=1, requests=2)  # what is read once is in memory from then on
            for clients in CLIENTS:
                times = ask(asked, when, port, clients=clients, requests=requests)
                figures[f"{label}_p50_ms_{clients}"] = round(times[len(times) // 2] * 1_000, 2)
                figures[f"{label}_p95_ms_{clients}"] = round(times[int(len(times) * 0.95)] * 1_000, 2)
        found[asked.name] = figures
        say(f"ours: {asked.name} {figures}")
    return found


def run(rows: int, folder: Path, python: str, requests: int) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    with server(folder) as owner:
        login = asyncio.run(prepare(owner, rows))
        with gateway(login) as (port, pids):
            before = [cpu_s(pid) for pid in pids]
            mine = ours(port, requests)
            cpu = [round(cpu_s(pid) - used, 2) for pid, used in zip(pids, before, strict=True)]
        facts = asyncio.run(plain_times(login))
        duck = duckdb_times(login, folder, rows, python)
    same = sum(mine[name]["year_p50_ms_1"] / 1_000 for name in facts)
    ratios = {"year_vs_facts": round(sum(facts.values()) / same, 1)}
    if duck is not None:
        ratios["year_vs_duckdb"] = round(sum(duck.values()) / same, 2)
    for label, clients in ((label, clients) for label in RANGES for clients in CLIENTS):
        key = f"{label}_p95_ms_{clients}"
        ratios[f"{key}_worst"] = max(figures[key] for figures in mine.values())
    return {
        "ratios": ratios,
        "figures": {
            "rows": rows,
            "questions": mine,
            "facts_s": facts,
            "duckdb_s": duck,
            "cpu_s": dict(zip(("analytics", "gateway"), cpu, strict=True)),
        },
    }


def table(questions: dict[str, dict[str, float]]) -> str:
    """p95 in milliseconds of each question, range and number of clients."""
    names = [f"{label}_p95_ms_{clients}" for label in RANGES for clients in CLIENTS]
    heads = [f"{name.replace('_p95_ms_', ' x'):>10}" for name in names]
    lines = [" ".join([f"{'p95 in ms, by range and clients':32}", *heads])]
    for question, figures in questions.items():
        lines.append(" ".join([f"{question:32}", *(f"{figures[name]:10.1f}" for name in names)]))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000_000)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--requests", type=int, default=REQUESTS, help="of each question, for each client")
    parser.add_argument("--duckdb-python", default=sys.executable)
    parser.add_argument("--json", choices=["-"], help="the last line is JSON")
    given = parser.parse_args()
    result = run(given.rows, given.folder, given.duckdb_python, given.requests)
    for name, value in result["ratios"].items():
        print(f"{name}={value}")
    print(table(result["figures"]["questions"]))
    if given.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
