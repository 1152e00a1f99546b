"""What the gateway does when there is too much: offered load beyond saturation, and a thousand slow connections.

`python -m tests.benchmarks.gateway_load [--seconds S] [--slow N] [--soak S] [--json -]`. The service behind is a real
one by its frame (admission of twice its pool) whose route holds one of four places for 20 ms, as a query holds a
connection: saturation is 200 requests a second. The soak fits a line through the gateway's memory, looked at every ten
seconds and without the first ten minutes. Load is an open model (arrivals do not wait for answers), because a
closed one slows down with the server and hides the collapse.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop
from fastapi import FastAPI
from fastapi.responses import Response, StreamingResponse
from typing_extensions import override

from shared.identity import write_key_pair
from shared.middleware import Frame
from tests.benchmarks.growth import sampled
from tests.gateway.processes import Running, ending, start_app, start_gateway

POOL = 4
HOLD_S = 0.02
SATURATION_PER_S = POOL / HOLD_S
MULTIPLES = (0.5, 1, 2, 5, 10)
CONNECTIONS_MAX = 1_000
DEADLINE_S = 2.0  # a client gives up; an answer after that is no goodput
PATH = "/api/v1/ivr/held"
TOKEN = "anna-anna-anna-anna.RPT-001"
REQUEST = f"GET {PATH} HTTP/1.1\r\nHost: load\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
SOAK_SHARE = 0.7
NORMAL_PER_S = 100.0  # beside slow connections: half of saturation

places = asyncio.Semaphore(POOL)
inner = FastAPI(openapi_url=None)


@inner.get(PATH)
async def held() -> Response:
    async with places:
        await asyncio.sleep(HOLD_S)
    return Response(b'{"rows": []}', media_type="application/json")


@inner.post("/internal/introspections")
async def introspections() -> dict[str, Any]:
    return {"active": True, "identity": {"kind": "token", "user_id": "7", "functions": ["RPT-001"]}}


@inner.get("/internal/revocations")
async def revocations() -> StreamingResponse:
    async def beats() -> AsyncIterator[bytes]:
        while True:
            yield b'{"type":"heartbeat"}\n'
            await asyncio.sleep(0.25)

    return StreamingResponse(beats(), media_type="application/x-ndjson")


service = Frame(inner, "held", in_flight_max=2 * POOL)
sessions = inner  # recognising callers is another service's work, with places of its own


@dataclass
class Outcome:
    """What the clients of one step saw."""

    offered: int = 0
    accepted_s: list[float] = field(default_factory=list)
    refused_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 1.0

    def figures(self) -> dict[str, Any]:
        return {
            "offered_per_s": round(self.offered / self.seconds),
            "goodput_per_s": round(len(self.accepted_s) / self.seconds, 1),
            "p50_ms": ms(self.accepted_s, 0.5),
            "p99_ms": ms(self.accepted_s, 0.99),
            "refused_p99_ms": ms(self.refused_s, 0.99),
            "statuses": dict(sorted(self.statuses.items())),
        }


class Client(asyncio.Protocol):
    """One connection that asks when it is told to."""

    def __init__(self, load: "OpenLoad") -> None:
        self.load = load
        self.buffer = b""
        self.asked_at = 0.0
        self.transport: Any = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def ask(self) -> None:
        self.asked_at = time.perf_counter()
        self.transport.write(REQUEST)

    @override
    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        if len(body) >= length:
            status, self.buffer = int(head[9:12]), b""
            self.load.done(self, status, time.perf_counter() - self.asked_at)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.load.lost(self)


class OpenLoad:
    """Arrivals at a constant rate, each on a connection that has nothing else to do."""

    def __init__(self, port: int, per_s: float, seconds: float) -> None:
        self.port, self.per_s, self.seconds = port, per_s, seconds
        self.outcome = Outcome(seconds=seconds)
        self.idle: list[Client] = []
        self.everybody: set[Client] = set()

    async def run(self) -> Outcome:
        started = time.perf_counter()
        connecting: set[asyncio.Task[None]] = set()
        for number in range(int(self.per_s * self.seconds)):
            wait_s = started + number / self.per_s - time.perf_counter()
            # Also when late: answers have to be heard, or the load would measure itself.
            await asyncio.sleep(max(0.0, wait_s))
            self.outcome.offered += 1
            if self.idle:
                self.idle.pop().ask()
            elif len(self.everybody) < CONNECTIONS_MAX:
                task = asyncio.create_task(self._connect_and_ask())
                connecting.add(task)
                task.add_done_callback(connecting.discard)
            else:
                self.outcome.statuses[0] += 1
        await asyncio.sleep(DEADLINE_S)
        for client in list(self.everybody):
            client.transport.abort()
        await asyncio.sleep(0.05)
        return self.outcome

    async def _connect_and_ask(self) -> None:
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            _, client = await loop.create_connection(lambda: Client(self), "127.0.0.1", self.port)
            self.everybody.add(client)
            client.ask()

    def done(self, client: Client, status: int, elapsed_s: float) -> None:
        self.outcome.statuses[status] += 1
        if status == 200:
            if elapsed_s <= DEADLINE_S:
                self.outcome.accepted_s.append(elapsed_s)
        else:
            self.outcome.refused_s.append(elapsed_s)
        self.idle.append(client)

    def lost(self, client: Client) -> None:
        self.everybody.discard(client)
        if client in self.idle:
            self.idle.remove(client)


@asynccontextmanager
async def slow_connections(port: int, count: int) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """They are all open while the block runs; what it is given tells how many were opened so far, and ends them."""
    arguments = (sys.executable, "-m", "tests.benchmarks.slow_connections", "--port", str(port), "--count", str(count))
    process = await asyncio.create_subprocess_exec(*arguments, stdin=PIPE, stdout=PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    told, heard = process.stdin, process.stdout

    async def end() -> int:
        told.close()
        return int(await heard.readline())

    try:
        assert await heard.readline() == b"open\n"
        yield end
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def ms(times_s: list[float], share: float) -> float | None:
    found = sorted(times_s)
    return round(found[int(len(found) * share)] * 1000, 2) if found else None


@asynccontextmanager
async def system(folder: Path) -> AsyncIterator[Running]:
    write_key_pair(folder)
    held_service = start_app("tests.benchmarks.gateway_load:service")
    asked = start_app("tests.benchmarks.gateway_load:sessions")
    with ending(held_service, asked):
        services = {**dict.fromkeys(("ivr", "analytics", "dora"), held_service.url), "sessions": asked.url}
        served = start_gateway(folder, services, iact_rate_token_per_s=0, iact_rate_address_per_s=0)
        with ending(served):
            await asyncio.sleep(0.7)
            yield served


async def overload(port: int, seconds: float) -> tuple[dict[str, Any], dict[str, float]]:
    steps = {each: await OpenLoad(port, each * SATURATION_PER_S, seconds).run() for each in MULTIPLES}
    after = await OpenLoad(port, MULTIPLES[0] * SATURATION_PER_S, seconds).run()
    peak = max(len(each.accepted_s) for each in steps.values())
    unloaded = steps[MULTIPLES[0]]
    ratios: dict[str, float] = {}
    for multiple in (2, 5, 10):
        ratios[f"goodput_at_{multiple}x"] = len(steps[multiple].accepted_s) / peak
        ratios[f"p99_at_{multiple}x"] = (ms(steps[multiple].accepted_s, 0.99) or 0) / (
            ms(unloaded.accepted_s, 0.99) or 1
        )
    ratios["goodput_afterwards"] = len(after.accepted_s) / after.offered
    figures = {f"at_{multiple}x": each.figures() for multiple, each in steps.items()}
    return {**figures, "afterwards": after.figures()}, ratios


async def beside_slow(port: int, seconds: float, count: int) -> tuple[dict[str, Any], dict[str, float]]:
    alone = await OpenLoad(port, NORMAL_PER_S, seconds).run()
    async with slow_connections(port, count) as end:
        beside = await OpenLoad(port, NORMAL_PER_S, seconds).run()
        cut = await end() - count
    figures = {"alone": alone.figures(), f"beside_{count}_slow": {**beside.figures(), "opened_again": cut}}
    return figures, {"p99_beside_slow": (ms(beside.accepted_s, 0.99) or 0) / (ms(alone.accepted_s, 0.99) or 1)}


async def soak(served: Running, seconds: float) -> tuple[dict[str, Any], dict[str, float]]:
    """Seven tenths of saturation for a long time: memory and open files must not grow, nothing may fail."""
    with sampled(served.process.pid) as samples:
        outcome = await OpenLoad(served.port, SOAK_SHARE * SATURATION_PER_S, seconds).run()
    after = samples.after_warm_up()
    figures = {
        "soak": {"statuses": dict(outcome.statuses), "seconds": seconds},
        "whole": samples.said(),
        "without the warm-up": after.said(),
    }
    failed = outcome.offered - outcome.statuses[200]
    return figures, {"soak_rss_growth_per_h": after.growth_per_h(), "soak_failed": failed / outcome.offered}


async def run(*, seconds: float, slow: int, soak_s: float | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        async with system(Path(folder)) as served:
            if soak_s is not None:
                figures, ratios = await soak(served, soak_s)
            else:
                figures, ratios = await overload(served.port, seconds)
                more, slow_ratios = await beside_slow(served.port, seconds, slow)
                figures, ratios = {**figures, **more}, {**ratios, **slow_ratios}
    found = {name: round(value, 4) for name, value in ratios.items()}
    return {"ratios": found, "figures": {**figures, "seconds_a_step": seconds}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each step; 60 for the long form")
    parser.add_argument("--slow", type=int, default=1_000)
    parser.add_argument("--soak", type=float, help="only this: seconds at 70 %% of saturation; 7200 for the long form")
    parser.add_argument("--json", choices=["-"], help="the last line is JSON")
    given = parser.parse_args()
    result = uvloop.run(run(seconds=given.seconds, slow=given.slow, soak_s=given.soak))
    for name, figures in result["figures"].items():
        print(f"{name:20} {figures}")
    print(*(f"{name}={value}" for name, value in result["ratios"].items()), sep="\n")
    if given.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
