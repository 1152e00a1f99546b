"""Services that are down, full, slow, odd, or killed: the caller is told at once, and nothing is sent twice."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from gateway import routing
from gateway.settings import Settings
from shared.ports import free_port
from shared.testing.plugin import ROOT
from tests.gateway.conftest import Served, eventually, holding, seen, serve_gateway

pytestmark = pytest.mark.integration

COOKIE = "anna-anna-anna-anna.RPT-001.RPT-002"
WITH_COOKIE = {"cookie": f"__Host-iact_session={COOKIE}"}
WITH_TOKEN = {"authorization": f"Bearer {COOKIE}"}


async def test_a_service_that_is_down_is_named_at_once(echo: Served, make_settings: Callable[..., Settings]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with (
            serve_gateway(make_settings(echo.url, iact_dora_url=nobody)) as served,
            httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client,
        ):
            for method in ("GET", "POST"):
                answer = await client.request(method, "/api/v1/dora/deployments", headers=WITH_TOKEN)
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.json()["detail"] == "dora does not answer."
            assert (await client.get("/api/v1/ivr/runs", headers=WITH_TOKEN)).status_code == 200


async def test_without_sessions_nobody_is_recognised(echo: Served, make_settings: Callable[..., Settings]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with (
            serve_gateway(make_settings(echo.url, iact_sessions_url=nobody)) as served,
            httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client,
        ):
            answer = await client.get("/api/v1/ivr/runs", headers=WITH_TOKEN)
            assert (answer.status_code, "sessions" in answer.json()["detail"]) == (503, True)


async def test_what_breaks_in_the_gateway_is_a_problem_too(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.proxy.credentials.credential_of", lambda _: 1 // 0)
    answer = await client.get("/api/v1/ivr/runs")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "division" not in answer.text
    monkeypatch.setattr("gateway.health.Prober.readiness", lambda _: 1 // 0)
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")


async def test_a_request_in_the_open_is_refused(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.binding.is_loopback", lambda _: False)
    for path in ("/", "/api/v1/sessions/current", "/health/live"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:iact:problem:insecure-address")
        assert "IACT_PUBLIC_BIND" in answer.json()["detail"]


@pytest.mark.requirement("RNF-017")
async def test_a_full_service_is_an_instant_503(echo: Served, make_settings: Callable[..., Settings]) -> None:
    async with (
        serve_gateway(make_settings(echo.url, iact_gateway_in_flight=4)) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client,
    ):
        async with holding(client, "/api/v1/ivr/held", 4) as waiting:
            refused = await client.get("/api/v1/ivr/runs")
            assert not any(task.done() for task in waiting), "refused at once, not after the others"
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert (await client.get("/api/v1/analytics/x")).status_code == 200, "another service is not full"
        assert {(await answer).status_code for answer in waiting} == {200}
        assert (await client.get("/api/v1/ivr/runs")).status_code == 200


async def test_a_slow_service_is_a_504(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as hurried:  # what is asked afterwards has all the time of a busy machine
        hurried.setitem(routing.ANSWER_S, "ivr", 0.2)
        answer = await client.get("/api/v1/ivr/slow?s=60")
    assert (answer.status_code, answer.json()["type"]) == (504, "urn:iact:problem:gateway-timeout")

    async def aborted() -> bool:
        return (await seen(client))["aborted"] == 1

    await eventually(aborted)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"nonsense\r\n\r\n", 502),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 502),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", 502),
        (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", 502),
        (b"HTTP/1.1 200 OK\r\nx: " + b"x" * 100_000 + b"\r\n\r\n", 502),
        (b"", 503),
        (b"HTTP/1.1 200 OK\r\ncontent-le", 503),
        (b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", 200),
        (b"HTTP/1.0 200 OK\r\n\r\nok", 200),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\nsmuggled", 200),
    ],
)
async def test_odd_answers_of_a_service(make_settings: Callable[..., Settings], answer: bytes, status: int) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    odd = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with (
        odd,
        serve_gateway(make_settings(f"http://127.0.0.1:{odd.sockets[0].getsockname()[1]}")) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client,
    ):
        for _ in range(2):
            got = await client.post("/api/v1/ivr/x", content=b"{}")
            assert got.status_code == status
            if status == 200:
                assert got.content == b"ok"


async def test_an_answer_that_breaks_off_breaks_off(make_settings: Callable[..., Settings]) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.close()

    half = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with (
        half,
        serve_gateway(make_settings(f"http://127.0.0.1:{half.sockets[0].getsockname()[1]}")) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client,
    ):
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/api/v1/ivr/x")


async def test_only_harmless_requests_are_sent_twice(make_settings: Callable[..., Settings]) -> None:
    """A kept connection that the service closes instead of answering: GET is repeated, POST is told."""
    heard: list[bytes] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            for answered in (True, False):
                head = await reader.readuntil(b"\r\n\r\n")
                if b"/internal/revocations" not in head:
                    heard.append(head.split(b" ")[0])
                if answered:
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        writer.close()

    stale = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with (
        stale,
        serve_gateway(make_settings(f"http://127.0.0.1:{stale.sockets[0].getsockname()[1]}")) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client,
    ):
        assert (await client.get("/api/v1/ivr/x")).status_code == 200
        assert (await client.get("/api/v1/ivr/x")).status_code == 200
        assert heard == [b"GET"] * 3
        assert (await client.post("/api/v1/ivr/x")).status_code == 503
        assert heard == [*[b"GET"] * 3, b"POST"]


async def test_a_killed_service_comes_back(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    def start() -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "uvicorn", "tests.gateway.echo_app:app", "--port", str(port)]
        return subprocess.Popen([*command, "--log-level", "error"], cwd=ROOT)

    port = free_port()
    process = start()
    try:
        async with (
            serve_gateway(make_settings(f"http://127.0.0.1:{port}")) as served,
            httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client,
        ):

            async def answers() -> bool:
                return (await client.get("/api/v1/ivr/runs")).status_code == 200

            await eventually(answers, within_s=60)
            waiting = asyncio.create_task(client.get("/api/v1/ivr/slow?s=1000", timeout=100))

            async def asked() -> bool:
                return (await seen(client))["begun"] == 1

            await eventually(asked)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            async with asyncio.timeout(60):  # the service would never have answered
                assert (await waiting).status_code == 503
                assert (await client.get("/api/v1/ivr/runs")).status_code == 503
            process = start()
            await eventually(answers, within_s=60)
    finally:
        process.kill()
        process.wait()
