"""How many webhook deliveries a second dora keeps: signature, storage, reading, commit; against one transaction each.

`python -m tests.benchmarks.dora_deliveries [--deliveries N] [--processes N] [--traced] [--json -]`. The client is a
process of its own; client, service and PostgreSQL share the machine. PostgreSQL runs with the settings it comes with.
CPU seconds say what the machine would do without the client, and hold on a machine that does something else too:
they are taken when everything that was accepted has been read as well. The other side of the ratio is
tests/benchmarks/fastapi_deliveries.py, measured first and in the same run. With --traced each delivery is a span, too,
which a collector in the process of the benchmark takes.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from shared.embedded_postgres import EmbeddedPostgres, place, stop
from shared.identity import ANONYMOUS, HEADER, write_key_pair
from shared.ports import free_port
from shared.settings import DatabaseSettings
from shared.testing.postgres import PostgresServer, build_template
from tests.dora.process import SERVICE, Process
from tests.dora.samples import github
from tests.shared.collector import Collector, collecting

CONNECTIONS = 64  # as many as the gateway has under way at once
DELIVERIES = 10_000
PADDING = "x" * 7_000  # a deployment_status from the field has 8 kB
ACCEPTED = b"HTTP/1.1 202"
OBVIOUS = "tests.benchmarks.fastapi_deliveries:app"
ALL_READ_S = 60
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def body_of(number: int) -> bytes:
    """A status of a deployment, as large as those from the field."""
    told = {
        "action": "created",
        "deployment": {"id": number // 2, "sha": f"{number // 2:040x}", "environment": "production", "note": PADDING},
        "deployment_status": {
            "state": "success" if number % 2 else "in_progress",
            "created_at": f"2026-03-{1 + number % 28:02}T10:00:00Z",
        },
        "repository": {"full_name": "acme/shop"},
    }
    return json.dumps(told).encode()


def request_of(number: int, identity: str) -> bytes:
    body = body_of(number)
    headers = github("deployment_status", body, delivery=f"delivery-{number}") | {HEADER: identity}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    start = f"POST /api/v1/dora/webhooks/github HTTP/1.1\r\nhost: dora\r\ncontent-length: {len(body)}\r\n{head}\r\n"
    return start.encode() + body


async def load(ports: list[int], requests: list[bytes]) -> tuple[float, list[float], int]:
    """Seconds, the time of each answer, and how many were not accepted."""
    times: list[float] = []
    refused = 0
    waiting = iter(requests)

    async def send(port: int) -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = head[head.index(b"content-length: ") + 16 :]
            await reader.readexactly(int(length[: length.index(b"\r")]))
            refused += not head.startswith(ACCEPTED)
            times.append(time.perf_counter() - began)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(send(ports[number % len(ports)]) for number in range(CONNECTIONS)))
    return time.perf_counter() - began, times, refused


def client(ports: list[int], first: int, deliveries: int) -> None:
    """The process that sends: what it sends is made before its clock starts. Prints its figures."""
    identity = sys.stdin.readline().strip()
    requests = [request_of(number, identity) for number in range(first, first + deliveries)]
    before = time.process_time()
    seconds, times, refused = uvloop.run(load(ports, requests))
    print(json.dumps([seconds, time.process_time() - before, refused, times]))


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and of the children that it has or had."""
    own = _cpu_ticks(pid, 11, 15)
    children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    return (own + sum(_cpu_ticks(each, 11, 13) for each in children)) * TICK_S


def _cpu_ticks(pid: int, start: int, end: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except FileNotFoundError:  # a backend that has just ended: its parent has its time by then
        return 0
    return sum(int(field) for field in fields[start:end])


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[tuple[DatabaseSettings, int]]:
    """A database of its own with all tables, and the process id of its server."""
    install, cluster = place(folder / "pg")
    server = EmbeddedPostgres(install, cluster, free_port())
    server.create("password")
    child = server.start(folder / "log", shared_buffers="512MB", max_wal_size="4GB")
    try:
        owner = DatabaseSettings("127.0.0.1", server.port, "postgres", server.user, "password")
        template = asyncio.run(build_template(owner))
        yield PostgresServer(owner, server, child).login(template), child.pid
    finally:
        stop(child)
        shutil.rmtree(cluster, ignore_errors=True)


def measure(deliveries: int, processes: int, collector: Collector | None = None) -> dict[str, dict[str, Any]]:
    """The figures of both sides, one after the other."""
    folder = Path(tempfile.mkdtemp(prefix="iact-benchmark-"))
    folder.chmod(0o755)
    write_key_pair(folder)
    found = {}
    try:
        with postgres(folder) as (database, server_pid):
            for place_, (name, app, count) in enumerate((("obvious", OBVIOUS, 1), ("dora", SERVICE, processes))):
                made = [Process.of(database, folder, folder, app=app) for _ in range(count)]
                try:
                    for each in made:
                        if collector is not None:
                            each.environment["IACT_OTLP_ENDPOINT"] = collector.url
                        each.start()
                    found[name] = _figures(made, database, server_pid, place_ * deliveries, deliveries)
                finally:
                    for each in made:
                        each.stop(signal.SIGTERM)
        return found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def all_read(database: DatabaseSettings) -> float:
    """Seconds until nothing waits to be read any more."""
    began = time.perf_counter()
    conn = await asyncpg.connect(**database.connect_arguments())
    try:
        for _ in range(ALL_READ_S * 20):
            if not await conn.fetchval("SELECT EXISTS (SELECT FROM dora.unread)"):
                return time.perf_counter() - began
            await asyncio.sleep(0.05)
    finally:
        await conn.close()
    raise SystemExit(f"after {ALL_READ_S} s some of what was accepted is not read")


def _figures(
    processes: list[Process], database: DatabaseSettings, server_pid: int, first: int, deliveries: int
) -> dict[str, Any]:
    pids = [each.child.pid for each in processes if each.child is not None]
    identity = processes[0].signer.sign(ANONYMOUS, "dora")  # lives for a minute: the run has to be shorter
    words = [sys.executable, "-m", "tests.benchmarks.dora_deliveries", "--deliveries", str(deliveries)]
    words += ["--first", str(first), "--send-to", *(str(each.port) for each in processes)]
    before, server_before = sum(map(cpu_s, pids)), cpu_s(server_pid)
    answer = subprocess.run(words, check=True, capture_output=True, text=True, input=f"{identity}\n")
    behind_s = asyncio.run(all_read(database))
    cpu, server_cpu = sum(map(cpu_s, pids)) - before, cpu_s(server_pid) - server_before
    seconds, client_cpu, refused, times = json.loads(answer.stdout)
    ordered = sorted(times)
    all_cpu = cpu + server_cpu + client_cpu
    return {
        "processes": len(processes),
        "deliveries": deliveries,
        "refused": refused,
        "seconds": round(seconds, 3),
        "deliveries_per_s": round(deliveries / seconds),
        "seconds_until_all_was_read": round(behind_s, 2),
        "cpu_ms_service": round(1000 * cpu / deliveries, 3),
        "cpu_ms_postgres": round(1000 * server_cpu / deliveries, 3),
        "cpu_ms_client": round(1000 * client_cpu / deliveries, 3),
        "deliveries_per_s_of_two_cores": round(2 * deliveries / (cpu + server_cpu)),
        "deliveries_per_s_of_two_cores_with_client": round(2 * deliveries / all_cpu),
        "answer_ms_p50": round(1000 * ordered[len(ordered) // 2], 1),
        "answer_ms_p99": round(1000 * ordered[int(len(ordered) * 0.99)], 1),
        "answer_ms_max": round(1000 * ordered[-1], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--deliveries", type=int, default=DELIVERIES)
    parser.add_argument("--processes", type=int, default=1, help="of the service, which share the database")
    parser.add_argument("--traced", action="store_true", help="send a span of each delivery to a collector")
    parser.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--send-to", type=int, nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--json", choices=["-"], help="the last line is JSON")
    options = parser.parse_args()
    if options.send_to:
        client(options.send_to, options.first, options.deliveries)
        return
    with collecting() if options.traced else contextlib.nullcontext() as collector:
        figures = measure(options.deliveries, options.processes, collector)
        if collector is not None:
            figures["dora"]["spans"], figures["obvious"]["spans"] = len(collector.spans()), 0
    for name in figures["dora"]:
        print(f"{name:<42} {figures['dora'][name]:>10} obvious: {figures['obvious'][name]}")
    per_s = {side: found["deliveries_per_s"] for side, found in figures.items()}
    cpu = {side: found["cpu_ms_service"] + found["cpu_ms_postgres"] for side, found in figures.items()}
    ratios = {
        "deliveries_per_s_of_2000": round(per_s["dora"] / 2000, 2),
        "deliveries_vs_obvious": round(per_s["dora"] / per_s["obvious"], 2),
        "deliveries_vs_obvious_cpu": round(cpu["obvious"] / cpu["dora"], 2),
    }
    for name, ratio in ratios.items():
        print(f"{name:<42} {ratio:>10}")
    if options.json:
        print(json.dumps({"ratios": ratios, "figures": figures}))


if __name__ == "__main__":
    main()
