"""How many webhook deliveries a second one process of dora keeps: signature, storage, reading, commit.

`python -m tests.benchmarks.dora_deliveries [--deliveries N] [--json -]`. PostgreSQL runs with the settings it comes
with; client, service and database share the machine. CPU seconds say what the machine would do without the client.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

import uvloop

from shared.embedded_postgres import EmbeddedPostgres, place, stop
from shared.identity import ANONYMOUS, HEADER, write_key_pair
from shared.ports import free_port
from shared.settings import DatabaseSettings
from shared.testing.postgres import PostgresServer, build_template
from tests.dora.process import Process
from tests.dora.samples import github

CONNECTIONS = 64  # as many as the gateway has under way at once
DELIVERIES = 10_000
PADDING = "x" * 7_000  # a deployment_status from the field has 8 kB
ACCEPTED = b"HTTP/1.1 202"
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


async def load(port: int, requests: list[bytes]) -> tuple[float, list[float], int]:
    """Seconds, the time of each answer, and how many were not accepted."""
    times: list[float] = []
    refused = 0
    waiting = iter(requests)

    async def send() -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.partition(b":")[2]))
            refused += not head.startswith(ACCEPTED)
            times.append(time.perf_counter() - began)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(CONNECTIONS)))
    return time.perf_counter() - began, times, refused


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


def measure(deliveries: int) -> dict[str, Any]:
    """The figures of one run on a database of its own."""
    folder = Path(tempfile.mkdtemp(prefix="iact-benchmark-"))
    folder.chmod(0o755)
    write_key_pair(folder)
    install, cluster = place(folder / "pg")
    server = EmbeddedPostgres(install, cluster, free_port())
    server.create("password")
    child = server.start(folder / "log", shared_buffers="512MB", max_wal_size="4GB")
    try:
        owner = DatabaseSettings("127.0.0.1", server.port, "postgres", server.user, "password")
        template = asyncio.run(build_template(owner))
        process = Process.of(PostgresServer(owner, server, child).login(template), folder, folder)
        process.start()
        try:
            return _figures(process, deliveries)
        finally:
            process.stop(signal.SIGTERM)
    finally:
        stop(child)
        shutil.rmtree(cluster, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _figures(process: Process, deliveries: int) -> dict[str, Any]:
    if process.child is None:
        raise RuntimeError("the service does not run")
    identity = process.signer.sign(ANONYMOUS, "dora")  # lives for a minute: the run has to be shorter
    requests = [request_of(number, identity) for number in range(deliveries)]
    before = cpu_s(process.child.pid)
    seconds, times, refused = uvloop.run(load(process.port, requests))
    cpu = cpu_s(process.child.pid) - before
    ordered = sorted(times)
    return {
        "deliveries": deliveries,
        "refused": refused,
        "seconds": round(seconds, 3),
        "deliveries_per_s": round(deliveries / seconds),
        "service_cpu_s": round(cpu, 3),
        "deliveries_per_cpu_s": round(deliveries / cpu) if cpu else None,
        "answer_ms_p50": round(1000 * ordered[len(ordered) // 2], 1),
        "answer_ms_p99": round(1000 * ordered[int(len(ordered) * 0.99)], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--deliveries", type=int, default=DELIVERIES)
    parser.add_argument("--json", choices=["-"], help="the last line is JSON")
    options = parser.parse_args()
    figures = measure(options.deliveries)
    for name, value in figures.items():
        print(f"{name:<24} {value}")
    if options.json:
        ratios = {"deliveries_per_s_of_2000": figures["deliveries_per_s"] / 2000}
        print(json.dumps({"ratios": ratios, "figures": figures}))


if __name__ == "__main__":
    main()
