"""Requests a second through the gateway, beside no gateway at all, nginx, and FastAPI with httpx: one run, one load.

`python -m tests.benchmarks.gateway [--rows N] [--connections C] [--json -]`. The upstream is one fixed FastAPI route
that answers 1 KB of JSON and checks no identity, the same for every contestant; the gateway recognises a token with
its cache at the default (one question a second), nginx checks nothing. Rounds take turns and the median of each
round's ratios counts, because contestants, upstream and load share the same cores. The same again in front of a static
upstream (nginx with the bytes in memory) shows what each costs when the service behind costs nothing.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop
from fastapi import FastAPI
from fastapi.responses import Response, StreamingResponse
from typing_extensions import override

from shared.identity import write_key_pair
from shared.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 5
PATH = "/api/v1/ivr/fixed"
TOKEN = "Authorization: Bearer anna-anna-anna-anna.RPT-001"
BODY = json.dumps({"rows": [{"day": "2025-07-01", "segment": "puebla", "calls": 812} for _ in range(18)]}).encode()
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
START_TIMEOUT_S = 20.0
HEARTBEAT_S = 0.25  # as sessions

NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/{port}.pid; error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; keepalive_requests 10000000;
  {rest}
}}
"""
FORWARDING = """
  upstream service {{ server 127.0.0.1:{upstream}; keepalive 64; }}
  server {{ listen 127.0.0.1:{port}; keepalive_requests 10000000;
    location / {{ proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}
"""
STATIC = """
  server {{ listen 127.0.0.1:{port}; location / {{ default_type application/json; return 200 '{body}'; }} }}
"""

upstream = FastAPI(openapi_url=None)


@upstream.get(PATH)
async def fixed() -> Response:
    """The route that everybody forwards to."""
    return Response(BODY, media_type="application/json")


@upstream.post("/internal/introspections")
async def introspections() -> dict[str, Any]:
    identity = {"kind": "token", "user_id": "7", "username": "anna", "session_id": "1", "functions": ["RPT-001"]}
    return {"active": True, "reason": None, "identity": identity}


@upstream.get("/internal/revocations")
async def revocations() -> StreamingResponse:
    async def beats() -> AsyncIterator[bytes]:
        while True:
            yield b'{"type":"heartbeat"}\n'
            await asyncio.sleep(HEARTBEAT_S)

    return StreamingResponse(beats(), media_type="application/x-ndjson")


@dataclass(frozen=True)
class Contestant:
    name: str
    port: int
    pid: int
    slowness: int = 1  # its rounds are shorter by this, so that they take as long as the others'


@dataclass(frozen=True)
class Round:
    requests_per_s: float
    p50_s: float
    p99_s: float
    cpu_s_per_request: float


class Asking(asyncio.Protocol):
    """One connection that asks again as soon as it is answered."""

    def __init__(self, load: "Load") -> None:
        self.load = load
        self.buffer = bytearray()
        self.asked_at = 0.0
        self.done = asyncio.get_running_loop().create_future()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.ask()

    def ask(self) -> None:
        if self.load.left <= 0:
            self.transport.close()
            self.done.set_result(None)
            return
        self.load.left -= 1
        self.asked_at = time.perf_counter()
        self.transport.write(self.load.request)

    @override
    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        length = LENGTH.search(self.buffer, 0, end) if end >= 0 else None
        if length is not None and len(self.buffer) >= end + 4 + int(length[1]):
            assert self.buffer.startswith(b"HTTP/1.1 200 "), bytes(self.buffer[:80])
            self.load.times.append(time.perf_counter() - self.asked_at)
            self.buffer.clear()
            self.ask()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("closed before the end"))


class Load:
    """A closed loop of connections: what the contestants can do at most, not what users feel."""

    def __init__(self, requests: int) -> None:
        self.left = requests
        self.times: list[float] = []
        self.request = f"GET {PATH} HTTP/1.1\r\nHost: benchmark\r\nAccept: */*\r\n{TOKEN}\r\n\r\n".encode()

    async def run(self, port: int, connections: int) -> float:
        loop = asyncio.get_running_loop()
        started = time.perf_counter()
        made = [await loop.create_connection(lambda: Asking(self), "127.0.0.1", port) for _ in range(connections)]
        await asyncio.gather(*(protocol.done for _, protocol in made))
        return time.perf_counter() - started


def measure(contestant: Contestant, *, requests: int, connections: int) -> Round:
    uvloop.run(Load(requests // 10).run(contestant.port, connections))
    load = Load(requests)
    cpu_before = cpu_s(contestant.pid)
    elapsed = uvloop.run(load.run(contestant.port, connections))
    cpu = cpu_s(contestant.pid) - cpu_before
    times = sorted(load.times)
    return Round(requests / elapsed, times[len(times) // 2], times[int(len(times) * 0.99)], cpu / requests)


def cpu_s(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def contestants(folder: Path, *, static: bool = False) -> Iterator[list[Contestant]]:
    """Everybody, started and listening; `static` puts nginx with the bytes in memory behind all of them."""
    with contextlib.ExitStack() as stack:
        uvicorn = [sys.executable, "-m", "uvicorn", "--log-level", "error", "--no-access-log"]
        service_port = free_port()
        command = [*uvicorn, "tests.benchmarks.gateway:upstream", "--port", str(service_port)]
        found = [Contestant("direct", service_port, start(stack, command, service_port))]
        fixed_port = service_port
        if static:
            fixed_port = free_port()
            found = [Contestant("direct", fixed_port, nginx(stack, folder, fixed_port, STATIC, body=BODY.decode()))]
        write_key_pair(folder)
        # One token asks for everything: its rate is counted, and set where it does not end the benchmark.
        rates = {f"IACT_RATE_TOKEN_{name}": "10000000" for name in ("PER_S", "BURST")}
        environment = {**os.environ, "IACT_SECRETS_DIR": str(folder), **rates}
        for name in ("IVR", "ANALYTICS", "DORA"):
            environment[f"IACT_{name}_URL"] = f"http://127.0.0.1:{fixed_port}"
        environment["IACT_SESSIONS_URL"] = f"http://127.0.0.1:{service_port}"
        port = free_port()
        command = [sys.executable, "-m", "gateway", "--port", str(port)]
        found.append(Contestant("gateway", port, start(stack, command, port, environment)))
        if shutil.which("nginx"):
            port = free_port()
            found.append(Contestant("nginx", port, nginx(stack, folder, port, FORWARDING, upstream=fixed_port)))
        port = free_port()
        command = [*uvicorn, "tests.benchmarks.fastapi_gateway:app", "--port", str(port)]
        found.append(Contestant("fastapi", port, start(stack, command, port, environment), slowness=10))
        yield found


def nginx(stack: contextlib.ExitStack, folder: Path, port: int, rest: str, **values: Any) -> int:
    text = NGINX.format(folder=folder, port=port, rest=rest.format(port=port, **values))
    configuration = folder / f"nginx-{port}.conf"
    configuration.write_text(text, encoding="ascii")
    return start(stack, ["nginx", "-c", str(configuration), "-p", str(folder)], port)


def start(
    stack: contextlib.ExitStack,
    command: list[str],
    port: int,
    environment: dict[str, str] | None = None,
    *,
    timeout_s: float = START_TIMEOUT_S,
) -> int:
    """Start a process that ends with the benchmark; its id once it listens."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    deadline = time.monotonic() + timeout_s
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return process.pid
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{' '.join(command[:4])} did not start")
        time.sleep(0.05)


def run(*, requests: int, connections: int) -> dict[str, Any]:
    dynamic = rounds(requests=requests, connections=connections, static=False)
    ratios = compared(dynamic)
    figures: dict[str, Any] = {name: summary(some) for name, some in dynamic.items()}
    if "nginx" in dynamic:
        still = rounds(requests=requests, connections=connections, static=True)
        ratios |= {f"static_{name}": value for name, value in compared(still).items()}
        figures |= {f"static_{name}": summary(some) for name, some in still.items()}
    return {
        "ratios": {name: round(value, 3) for name, value in ratios.items()},
        "figures": {**figures, "rows": requests, "rounds": ROUNDS, "connections": connections, "body_bytes": len(BODY)},
    }


def rounds(*, requests: int, connections: int, static: bool) -> dict[str, list[Round]]:
    found: dict[str, list[Round]] = {}
    with tempfile.TemporaryDirectory() as folder, contestants(Path(folder), static=static) as everybody:
        for _ in range(ROUNDS):
            for each in everybody:
                made = measure(each, requests=requests // each.slowness, connections=connections)
                found.setdefault(each.name, []).append(made)
    return found


def compared(found: dict[str, list[Round]]) -> dict[str, float]:
    """The gateway against each other contestant: the median over the rounds of what one round says."""

    def ratio(name: str, value: Callable[[Round], float]) -> float:
        pairs = zip(found["gateway"], found[name], strict=True)
        return statistics.median(value(gateway) / value(other) for gateway, other in pairs)

    ratios = {f"forward_vs_{name}": ratio(name, lambda r: r.requests_per_s) for name in found if name != "gateway"}
    if "nginx" in found:
        ratios["p99_vs_nginx"] = ratio("nginx", lambda r: r.p99_s)
        ratios["cpu_vs_nginx"] = ratio("nginx", lambda r: r.cpu_s_per_request)
    return ratios


def summary(rounds: list[Round]) -> dict[str, float]:
    return {
        "requests_per_s": round(statistics.median(each.requests_per_s for each in rounds)),
        "p50_ms": round(statistics.median(each.p50_s for each in rounds) * 1000, 3),
        "p99_ms": round(statistics.median(each.p99_s for each in rounds) * 1000, 3),
        "cpu_us_per_request": round(statistics.median(each.cpu_s_per_request for each in rounds) * 1e6, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000, help="requests in a round")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--json", choices=["-"], help="the last line is JSON")
    given = parser.parse_args()
    result = run(requests=given.rows, connections=given.connections)
    for name, figures in result["figures"].items():
        print(f"{name:16} {figures}")
    print(*(f"{name}={value}" for name, value in result["ratios"].items()), sep="\n")
    if given.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
