"""The gateway as a process: it drains, it is refused on a public address, it takes up a new key, it survives."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shared.identity import Signer, Verifier, rotate_key_pair, write_key_pair
from shared.ports import free_port
from shared.testing.plugin import ROOT
from tests.gateway.conftest import eventually, seen
from tests.gateway.processes import Running, ending, start_app, start_gateway

pytestmark = pytest.mark.integration

ECHO = "tests.gateway.echo_app:app"
SERVICES = ("sessions", "ivr", "analytics", "dora")
ROLLING_RESTARTS = int(os.environ.get("IACT_ROLLING_RESTARTS", "1"))  # of each process; 20 by hand
ANSWERED_MIN = 100
WITH_TOKEN = {"authorization": "Bearer anna-anna-anna-anna.RPT-001"}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    write_key_pair(tmp_path)
    return tmp_path


@pytest.fixture
def echo_process() -> Iterator[Running]:
    running = start_app(ECHO)
    with ending(running):
        yield running


@pytest.fixture
def gateway_process(echo_process: Running, keys: Path) -> Iterator[Running]:
    running = start_gateway(keys, dict.fromkeys(SERVICES, echo_process.url), iact_rate_address_per_s=0)
    with ending(running):
        yield running


async def begun(client: httpx.AsyncClient, count: int) -> bool:
    return (await seen(client))["begun"] == count


async def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
    except ConnectionRefusedError:
        return True
    return False


async def test_what_is_under_way_is_finished_before_the_end(gateway_process: Running) -> None:
    async with httpx.AsyncClient(base_url=gateway_process.url, trust_env=False, timeout=60) as client:
        await client.get("/api/v1/ivr/x")
        waiting = [asyncio.create_task(client.get("/api/v1/ivr/slow?s=3")) for _ in range(5)]
        posting = asyncio.create_task(client.post("/api/v1/ivr/sip", content=b"x" * 100_000))
        await eventually(lambda: begun(client, 6))
        os.kill(gateway_process.process.pid, signal.SIGTERM)
        started = time.monotonic()
        await eventually(lambda: refuses(gateway_process.port))
        assert not all(task.done() for task in waiting), "nobody new is taken while they are answered"
        answers = await asyncio.gather(*waiting, posting)
    assert {answer.status_code for answer in answers} == {200}
    assert await asyncio.to_thread(gateway_process.process.wait, 60) is not None
    assert time.monotonic() - started < 30, "three seconds, and what ending takes on a busy machine"


async def test_what_does_not_end_is_cut_after_ten_seconds(gateway_process: Running) -> None:
    async with httpx.AsyncClient(base_url=gateway_process.url, trust_env=False, timeout=60) as client:
        endless = asyncio.create_task(client.get("/api/v1/ivr/trickle"))
        await eventually(lambda: begun(client, 1))
        os.kill(gateway_process.process.pid, signal.SIGTERM)
        started = time.monotonic()
        await asyncio.to_thread(gateway_process.process.wait, 60)
        assert 8 < time.monotonic() - started < 30, "ten seconds, and what ending takes on a busy machine"
        with contextlib.suppress(httpx.HTTPError):
            await endless


async def test_a_new_key_needs_no_restart_and_no_request_fails(gateway_process: Running, keys: Path) -> None:
    old = Signer.load(keys).key_id
    verify = Verifier.load(keys, "ivr")

    async def key_of(client: httpx.AsyncClient, name: str) -> str:
        answer = await client.get("/api/v1/ivr/x", headers={"authorization": f"Bearer {name}.RPT-001"})
        signed = dict(answer.json()["headers"])["x-iact-identity"]
        import jwt  # noqa: PLC0415 - used here only

        identity = Verifier.load(keys, "ivr").verify(signed)
        assert identity.username == name
        return str(jwt.get_unverified_header(signed)["kid"])

    async with httpx.AsyncClient(base_url=gateway_process.url, trust_env=False, timeout=60) as client:
        assert await key_of(client, "anna-anna-anna-anna") == old
        rotated = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "gateway", "--rotate-key"],
            cwd=ROOT,
            env={**os.environ, "IACT_SECRETS_DIR": str(keys)},
            capture_output=True,
            text=True,
            check=True,
        )
        new = Signer.load(keys).key_id
        assert new != old
        assert new in rotated.stdout
        assert await key_of(client, "anna-anna-anna-anna") in {old, new}, "still valid, whichever it is"

        async def signed_with_the_new_one() -> bool:
            return await key_of(client, "berta-berta-berta-berta") == new

        await eventually(signed_with_the_new_one)
    assert list(verify.keys) == [old], "a service that has not read the files again would refuse the new key"


def test_rotating_keeps_the_last_key_only(keys: Path) -> None:
    first = Signer.load(keys).key_id
    second = rotate_key_pair(keys)
    assert set(Verifier.load(keys, "ivr").keys) == {first, second}
    third = rotate_key_pair(keys)
    assert set(Verifier.load(keys, "ivr").keys) == {second, third}
    for file in keys.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600, file
    assert not list(keys.glob(".*"))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104 - that is what is refused
def test_a_public_address_without_tls_is_refused(keys: Path, host: str) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "gateway", "--host", host, "--port", str(free_port())],
        cwd=ROOT,
        env={**os.environ, "IACT_SECRETS_DIR": str(keys)},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert refused.returncode == 1
    assert "without TLS" in refused.stderr


def test_without_keys_it_says_what_is_missing(tmp_path: Path) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "gateway", "--rotate-key"],
        cwd=ROOT,
        env={**os.environ, "IACT_SECRETS_DIR": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert refused.returncode == 1
    assert "iact up" in refused.stderr


@pytest.mark.timeout(600 + 60 * ROLLING_RESTARTS)
async def test_two_processes_of_a_service_restart_without_a_failed_request(keys: Path, echo_process: Running) -> None:
    """Reads and questions by POST go on while each process of the service is restarted in turn."""
    pair = [start_app(ECHO), start_app(ECHO)]
    with ending(*pair):
        services = {**dict.fromkeys(SERVICES, echo_process.url), "analytics": ",".join(each.url for each in pair)}
        served = start_gateway(keys, services, iact_rate_token_burst=10**6)
        with ending(served):
            failed, answered, ports = await _under_load(served, pair)
    assert not failed
    assert answered > ANSWERED_MIN
    assert len(ports) == 2


async def _under_load(served: Running, pair: list[Running]) -> tuple[list[str], int, set[int]]:
    failed: list[str] = []
    ports: set[int] = set()
    answered = 0
    done = asyncio.Event()

    async def ask(client: httpx.AsyncClient, method: str, path: str) -> None:
        nonlocal answered
        while not done.is_set():
            try:
                answer = await client.request(
                    method, path, headers=WITH_TOKEN, content=b"{}" if method == "POST" else b""
                )
            except httpx.HTTPError as error:
                failed.append(repr(error))
                continue
            answered += 1
            if answer.status_code != 200:
                failed.append(f"{method} {answer.status_code} {answer.text}")
            else:
                ports.add(int(dict(answer.json()["headers"])["host"].rsplit(":", 1)[1]))
            await asyncio.sleep(0.005)

    async with httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client:
        asking = [
            asyncio.create_task(ask(client, method, f"/api/v1/analytics/{path}"))
            for method, path in [("GET", "catalog"), ("GET", "catalog"), ("POST", "query"), ("POST", "query")]
        ]

        async def both_answer() -> bool:
            return len(ports) == 2 or bool(failed)

        await eventually(both_answer)
        for position in [0, 1] * ROLLING_RESTARTS:
            old = pair[position]
            await asyncio.to_thread(old.stop)
            pair[position] = await asyncio.to_thread(start_app, ECHO, old.port)
            ports.discard(old.port)
            await eventually(both_answer)  # until the gateway knows that it is back the other is all there is

        async def enough() -> bool:
            return answered > ANSWERED_MIN or bool(failed)

        await eventually(enough)
        done.set()
        await asyncio.gather(*asking)
    for each in pair:
        await asyncio.to_thread(each.stop, signal.SIGKILL)
    return failed, answered, ports


async def test_a_killed_gateway_is_nobody_s_database(
    gateway_process: Running, echo_process: Running, keys: Path
) -> None:
    """Nothing is lost with it: a new one serves within three seconds of its start."""
    gateway_process.stop(signal.SIGKILL)
    started = time.monotonic()
    again = await asyncio.to_thread(
        start_gateway, keys, dict.fromkeys(SERVICES, echo_process.url), gateway_process.port
    )
    with ending(again):
        async with httpx.AsyncClient(base_url=again.url, trust_env=False, timeout=60) as client:
            answer = await client.get("/api/v1/ivr/x", headers=WITH_TOKEN)
            assert answer.status_code == 200
            assert json.loads(answer.content)["path"] == "/api/v1/ivr/x"
    assert time.monotonic() - started < 60, "three seconds by command on a quiet machine"
