"""A million calls as a file by the real worker: rows a second, memory, progress, cancelling, and who else waits.

`python -m tests.benchmarks.exports [--rows N] [--folder DIR] [--json -]`. The calls are those of
tests.benchmarks.analytics, kept in the same folder. `csv_vs_obvious` is the time of csv.writer over the same records
fetched in pages, over that of the worker, start of its process included (which is niced: on a busy machine only
`csv_cpu_vs_obvious`, the same in CPU seconds of the writing process, tells anything); `p95_meanwhile` is the 95th
percentile of a question through the gateway while the worker runs over that before, and `xlsx_p95_meanwhile` the same
while it makes a workbook. `*_server_cpu_s` are the CPU seconds of PostgreSQL's processes meanwhile. `summary_pdf_s` is
a quarter's summary as PDF through the gateway.
"""

import argparse
import asyncio
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
from pydantic import SecretStr

from services.analytics import export_store
from services.analytics.catalog import catalog
from services.analytics.drilldown import Listing, compile_listing
from services.analytics.export_runner import settings_text
from services.analytics.question import Question
from services.analytics.settings import Settings
from shared.settings import DatabaseSettings
from tests.benchmarks.analytics import FOLDER, RANGES, ask, gateway, prepare, say, server
from tests.benchmarks.analytics_questions import QUESTIONS
from tests.benchmarks.gateway import ROOT
from tests.benchmarks.year_of_calls import YEAR, ZONE

PAGE: Final = 10_000
PAUSE_S: Final = 0.1  # between looks: people do not ask without a breath
ALONE: Final = 60  # requests before the worker runs
SUMMARIES: Final = 7
MIB: Final = 1024  # ru_maxrss counts KiB on Linux
SINCE, UNTIL = datetime(YEAR, 1, 1, 6, tzinfo=UTC), datetime(YEAR, 7, 1, 6, tzinfo=UTC)
SPAN = {"from": SINCE.isoformat(), "to": UNTIL.isoformat(), "zone": ZONE}


@dataclass(slots=True)
class Ran:
    """One life of the worker."""

    seconds: float
    cpu_s: float
    mib: float
    seen: list[tuple[int, int | None]]
    p95_ms: float
    server_cpu_s: float
    export: dict[str, Any]


async def order(conn: asyncpg.Connection, form: str, until: datetime) -> int:
    """An export of calls that waits; its person may do what it needs."""
    user = await conn.fetchval(
        "INSERT INTO sessions.users (username) VALUES ('benchmark-' || gen_random_uuid()) RETURNING user_id"
    )
    await conn.execute(
        "INSERT INTO sessions.user_exceptions (user_id, function_code, effect, justification, expires_at)"
        " SELECT $1, unnest($2::text[]), 'grant', 'whoever is in this benchmark', now() + interval '1 day'",
        user,
        ["RPT-001", "RPT-003", "RPT-004", "RPT-005"],
    )
    body = json.dumps({"format": form, "calls": {"time": {**SPAN, "to": until.isoformat()}}})
    made = await export_store.insert(conn, user_id=user, kind="calls", form=form, name="all", request=body)  # type: ignore[arg-type] # csv or xlsx
    return made.export_id


async def state(conn: asyncpg.Connection, number: int) -> dict[str, Any]:
    row = await conn.fetchrow(
        "SELECT state, rows_done, rows_total, bytes, detail FROM analytics.exports WHERE export_id = $1", number
    )
    return dict(row or {})


def percentile(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)] * 1_000 if times else 0.0


async def run_worker(
    conn: asyncpg.Connection,
    settings: Settings,
    form: str,
    port: int | None,
    *,
    until: datetime = UNTIL,
    cancel: bool = False,
) -> Ran:
    """Has the real process make one export, while questions are asked at a port, and progress is looked at."""
    number = await order(conn, form, until)
    before, started = await server_cpu_s(conn), time.perf_counter()
    process = subprocess.Popen(  # noqa: ASYNC220 - nothing else waits here
        [sys.executable, "-m", "services.analytics.export_worker"], stdin=subprocess.PIPE, cwd=ROOT
    )
    if process.stdin is not None:
        process.stdin.write(settings_text(settings).encode())
        process.stdin.close()
    seen: list[tuple[int, int | None]] = []
    times: list[float] = []
    while True:
        ended, _, usage = os.wait4(process.pid, os.WNOHANG)  # noqa: ASYNC222 - it does not block
        if ended:
            break
        await asyncio.sleep(PAUSE_S)
        if port is not None:
            times += await asyncio.to_thread(ask, QUESTIONS[0], RANGES["year"], port, clients=1, requests=5)
        now = await state(conn, number)
        told = (now["rows_done"], now["rows_total"])
        if told[0] and (not seen or seen[-1] != told):
            seen.append(told)
        if cancel and seen:
            await conn.execute("UPDATE analytics.exports SET state = 'cancelled' WHERE export_id = $1", number)
            started, cancel = time.perf_counter(), False
    process.returncode = 0
    spent = time.perf_counter() - started
    cpu = usage.ru_utime + usage.ru_stime
    served = await server_cpu_s(conn) - before
    return Ran(spent, cpu, usage.ru_maxrss / MIB, seen, percentile(times), served, await state(conn, number))


async def server_cpu_s(conn: asyncpg.Connection) -> float:
    """CPU seconds of PostgreSQL: its main process, all that it started and that have ended, those that live."""
    return cpu_s(await conn.fetchval("SELECT pg_backend_pid()"))


def cpu_s(backend: int) -> float:
    main, ticks = stat(backend)[1], 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            fields = stat(int(folder.name))
            ended = fields[13:15] if folder.name == main else []
            ticks += sum(map(int, (*fields[11:13], *ended))) if main in (folder.name, fields[1]) else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def stat(process: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name: state, parent, ..., from the twelfth on ticks of CPU."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


async def obvious(conn: asyncpg.Connection, path: Path) -> tuple[float, float]:
    """What everybody would write first: csv.writer over fetched records. (seconds, CPU seconds of this process)."""
    question = Question(kind="legacy", metrics=(), since=SINCE, until=UNTIL, zone=ZONE)
    sql, arguments = compile_listing(catalog(), Listing(question), limit=1_000_000, after=None)
    started, cpu = time.perf_counter(), time.process_time()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        async with conn.transaction():
            cursor = await conn.cursor(sql, *arguments)
            while page := await cursor.fetch(PAGE):
                writer.writerows(page)
    return time.perf_counter() - started, time.process_time() - cpu


async def summary_s(port: int) -> list[float]:
    """Seconds of a quarter's summary as PDF through the gateway, the first of its process before the others."""
    headers = {"Authorization": "Bearer anna-anna-anna-anna.RPT-001"}
    times = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
        for _ in range(SUMMARIES):
            started = time.perf_counter()
            wanted = {"quarter": f"{YEAR}-Q2", "format": "pdf"}
            answer = await client.get("/api/v1/analytics/reports/quarterly-summary", params=wanted)
            times.append(time.perf_counter() - started)
            answer.raise_for_status()
    return times


def settings_of(login: DatabaseSettings, folder: Path) -> Settings:
    return Settings(
        _env_file=None,
        db_analytics_host=login.host,
        db_analytics_port=login.port,
        db_analytics_name=login.name,
        db_analytics_user=login.user,
        db_analytics_password=SecretStr(login.password),
        iact_secrets_dir=folder,
        iact_exports_dir=folder / "exports",
    )


async def measure(login: DatabaseSettings, port: int, folder: Path) -> dict[str, Any]:
    settings = settings_of(login, folder)
    conn = await asyncpg.connect(**login.connect_arguments())
    await asyncio.to_thread(ask, QUESTIONS[0], RANGES["year"], port, clients=1, requests=5)
    alone = percentile(await asyncio.to_thread(ask, QUESTIONS[0], RANGES["year"], port, clients=1, requests=ALONE))
    summaries = await summary_s(port)
    say(f"quarterly summary as PDF: {summaries}")
    made = await run_worker(conn, settings, "csv", None)
    say(f"csv: {made}")
    baseline, baseline_cpu = await obvious(conn, folder / "obvious.csv")
    say(f"obvious: {baseline:.1f} s, {baseline_cpu:.1f} CPU s")
    busy = await run_worker(conn, settings, "csv", port)
    say(f"csv while questions are asked: {busy}")
    sheet = await run_worker(conn, settings, "xlsx", None, until=datetime(YEAR, 1, 19, 6, tzinfo=UTC))
    say(f"xlsx: {sheet}")
    sheet_busy = await run_worker(conn, settings, "xlsx", port, until=datetime(YEAR, 1, 19, 6, tzinfo=UTC))
    say(f"xlsx while questions are asked: {sheet_busy}")
    stopped = await run_worker(conn, settings, "csv", port, cancel=True)
    say(f"cancelled: {stopped}")
    await conn.close()
    return {
        "ratios": {
            "csv_vs_obvious": round(baseline / made.seconds, 2),
            "csv_cpu_vs_obvious": round(baseline_cpu / made.cpu_s, 2),
            "p95_meanwhile": round(busy.p95_ms / alone, 2),
            "xlsx_p95_meanwhile": round(sheet_busy.p95_ms / alone, 2),
        },
        "figures": {
            "csv_rows": made.export["rows_done"],
            "csv_rows_per_s": round(made.export["rows_done"] / made.seconds),
            "csv_s": round(made.seconds, 1),
            "csv_worker_cpu_s": round(made.cpu_s, 1),
            "csv_server_cpu_s": round(made.server_cpu_s, 1),
            "csv_worker_mib": round(made.mib),
            "csv_bytes": made.export["bytes"],
            "csv_progress_seen": len(made.seen),
            "xlsx_rows": sheet.export["rows_done"],
            "xlsx_s": round(sheet.seconds, 1),
            "xlsx_worker_cpu_s": round(sheet.cpu_s, 1),
            "xlsx_server_cpu_s": round(sheet.server_cpu_s, 1),
            "xlsx_bytes": sheet.export["bytes"],
            "xlsx_worker_mib": round(sheet.mib),
            "cancel_s": round(stopped.seconds, 2),
            "cancelled": stopped.export["state"],
            "summary_pdf_first_s": round(summaries[0], 2),
            "summary_pdf_s": round(sorted(summaries[1:])[(SUMMARIES - 1) // 2], 2),
            "p95_alone_ms": round(alone, 1),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=4_000_000, help="of the year; a quarter of them are exported")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--json", choices=["-"], help="the last line is JSON")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with server(given.folder) as owner, tempfile.TemporaryDirectory() as name:
        login = asyncio.run(prepare(owner, given.rows))
        with gateway(login) as (port, _):
            result = asyncio.run(measure(login, port, Path(name)))
    for part in result.values():
        for key, value in part.items():
            print(f"{key}={value}")
    if given.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
