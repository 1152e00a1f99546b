"""The load of the sessions benchmark: a flood of sign-ins at a fixed rate, and refusals timed class by class."""

import asyncio
import json
import math
import random
import statistics
import sys
import time
from collections import Counter
from functools import lru_cache
from typing import Any

import asyncpg

from shared.identity import ANONYMOUS, HEADER, Identity, Signer
from tests.sessions.process import GATEWAY, Process

SIGN_INS_PER_S = 200
FLOOD_S = 15
LOOK_UPS_PER_S = 20
RIGHT = "siete caballos miran el lago"
WRONG = "ocho caballos miran el lago"
CLASSES = ("unknown", "wrong", "blocked", "inactive", "unopened")


def request(process: Process, method: str, path: str, body: object, who: Identity, address: str) -> bytes:
    content = json.dumps(body).encode()
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: sessions\r\nConnection: close\r\n{HEADER}: "
        f"{signed(process.signer, who)}\r\nX-Forwarded-For: {address}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


@lru_cache
def signed(signer: Signer, who: Identity) -> str:
    """Signed once for the run, which is shorter than a signature lives: the load must not weigh more than the work."""
    return signer.sign(who, "sessions")


async def exchange(process: Process, message: bytes) -> tuple[int, float]:
    """Status of the answer and seconds until it was there."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", process.port)
    writer.write(message)
    answer = await reader.read()
    writer.close()
    return int(answer[9:12]), time.perf_counter() - began


async def flood(process: Process, cookie: str) -> dict[str, Any]:
    """Sign-ins at a rate that does not wait for answers, and look-ups meanwhile; what both met."""
    look_up = request(process, "POST", "/internal/introspections", {"session_token": cookie}, GATEWAY, "192.0.2.1")
    await exchange(process, look_up)  # the first one opens connections
    quiet = [(await exchange(process, look_up))[1] for _ in range(100)]
    before = await late(process)
    statuses: Counter[int] = Counter()
    times: list[float] = []

    async def sign_in(number: int) -> None:
        body = {"username": f"person.{number % 500}", "password": WRONG}
        address = f"203.0.{number % 250}.{number // 250 % 250}"
        message = request(process, "POST", "/api/v1/sessions", body, ANONYMOUS, address)
        statuses[(await exchange(process, message))[0]] += 1

    async def ask() -> None:
        status, elapsed = await exchange(process, look_up)
        assert status == 200, status
        times.append(elapsed)

    began = time.perf_counter()
    running: list[asyncio.Task[None]] = []
    for number in range(SIGN_INS_PER_S * FLOOD_S):
        await asyncio.sleep(max(0.0, began + number / SIGN_INS_PER_S - time.perf_counter()))
        running.append(asyncio.create_task(sign_in(number)))
        if number % (SIGN_INS_PER_S // LOOK_UPS_PER_S) == 0:
            running.append(asyncio.create_task(ask()))
    await asyncio.gather(*running)
    elapsed = time.perf_counter() - began
    after = await late(process)
    return {
        "offered_per_s": round(SIGN_INS_PER_S * FLOOD_S / elapsed),
        "statuses": dict(sorted(statuses.items())),
        "loop_late_ms_p99": ms(quantile(after["late_s"], 0.99)),
        "loop_late_ms_max": ms(max(after["late_s"])),
        "look_up_quiet_ms_p99": ms(quantile(quiet, 0.99)),
        "look_up_flooded_ms_p50": ms(quantile(times, 0.5)),
        "look_up_flooded_ms_p99": ms(quantile(times, 0.99)),
        "hashing_mib": round((after["peak_kib"] - before["now_kib"]) / 1024),
    }


async def late(process: Process) -> dict[str, Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", process.port)
    writer.write(b"GET /late HTTP/1.1\r\nHost: sessions\r\nConnection: close\r\n\r\n")
    document: dict[str, Any] = json.loads((await reader.read()).partition(b"\r\n\r\n")[2])
    writer.close()
    return document


async def refusals(process: Process, conn: asyncpg.Connection, samples: int) -> dict[str, Any]:
    """Times of refused sign-ins by class, in random order; how far apart their medians are."""
    times: dict[str, list[float]] = {name: [] for name in CLASSES}
    seen: set[tuple[str, int]] = set()
    plan = [name for name in CLASSES for _ in range(samples)]
    random.Random(7).shuffle(plan)
    for number, name in enumerate(plan):
        if number % 40 == 0:
            await conn.execute("DELETE FROM sessions.sign_in_failures")
            signed.cache_clear()
        body = {"username": f"{name}.person", "password": WRONG if name == "wrong" else RIGHT}
        message = request(process, "POST", "/api/v1/sessions", body, ANONYMOUS, f"203.0.{number % 250}.1")
        status, elapsed = await exchange(process, message)
        times[name].append(elapsed)
        seen.add((name, status))
        progress("timing", number + 1, len(plan))
    assert {status for _, status in seen} == {401}, seen
    medians = {name: statistics.median(each) for name, each in times.items()}
    middle = statistics.median(medians.values())
    return {
        "samples": samples,
        "median_ms": {name: ms(each) for name, each in medians.items()},
        "median_difference": round((max(medians.values()) - min(medians.values())) / middle, 4),
        "kolmogorov_smirnov_p_min": round(min(alike(times["unknown"], times[name]) for name in CLASSES[1:]), 4),
    }


def alike(one: list[float], other: list[float]) -> float:
    """The p of the two-sample Kolmogorov-Smirnov test: small when the two are told apart."""
    ordered = sorted([(value, 1 / len(one)) for value in one] + [(value, -1 / len(other)) for value in other])
    apart = distance = 0.0
    for _, step in ordered:
        apart += step
        distance = max(distance, abs(apart))
    size = math.sqrt(len(one) * len(other) / (len(one) + len(other)))
    scaled = (size + 0.12 + 0.11 / size) * distance
    terms = ((1 if k % 2 else -1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 101))
    return min(1.0, max(0.0, 2 * sum(terms)))


def progress(what: str, done: int, of: int) -> None:
    """A line at each twentieth."""
    if done * 20 // of != (done - 1) * 20 // of:
        print(f"{what}: {done} of {of}", file=sys.stderr, flush=True)


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
