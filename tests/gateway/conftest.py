"""Real servers on loopback ports: an echo service, and the gateway in front of it, as a process would run them."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from gateway.main import create_gateway
from gateway.server import StrictProtocol
from gateway.settings import Settings
from tests.gateway import echo_app

SILENCE_S = 2.0


@dataclass(frozen=True)
class Served:
    """A server that listens."""

    port: int
    server: uvicorn.Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.asynccontextmanager
async def serve(app: Any, **options: Any) -> AsyncIterator[Served]:
    """Run an ASGI application with uvicorn in this loop, on a free port."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="on", ws="none", timeout_graceful_shutdown=1, **options)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not running.done():  # noqa: ASYNC110 - uvicorn offers nothing to wait for
        await asyncio.sleep(0.005)
    assert server.started, "the server did not start"
    try:
        yield Served(listener.getsockname()[1], server)
    finally:
        server.should_exit = True
        await running


def serve_gateway(settings: Settings) -> contextlib.AbstractAsyncContextManager[Served]:
    return serve(create_gateway(settings), http=StrictProtocol, proxy_headers=False, server_header=False)


@pytest.fixture(autouse=True)
def _nothing_counted_yet() -> None:
    echo_app.SEEN.update(dict.fromkeys(echo_app.SEEN, 0))
    echo_app.HELD.clear()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gateway and service share a loop and a machine here: a heartbeat that is late is no silence."""
    monkeypatch.setattr("gateway.revocations.REVOCATIONS_SILENT_S", 30.0)


@pytest.fixture
async def echo() -> AsyncIterator[Served]:
    async with serve(echo_app.app, http="httptools") as served:
        yield served


@pytest.fixture
def make_settings(identity_keys: Path, tmp_path: Path) -> Callable[..., Settings]:
    """Settings of a gateway whose services are all at one address, unless said otherwise."""

    def make(url: str, **changes: Any) -> Settings:
        values: dict[str, Any] = {
            "iact_secrets_dir": identity_keys,
            "iact_ui_dir": tmp_path / "dist",
            **{f"iact_{name}_url": url for name in ("sessions", "ivr", "analytics", "dora")},
            **changes,
        }
        return Settings(_env_file=None, **values)

    return make


@pytest.fixture
async def gateway(echo: Served, make_settings: Callable[..., Settings]) -> AsyncIterator[Served]:
    """A gateway with the echo service behind every prefix."""
    async with serve_gateway(make_settings(echo.url)) as served:
        yield served


@pytest.fixture
async def client(gateway: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=gateway.url, trust_env=False, timeout=60) as made:
        yield made


RawRequest = Callable[[bytes], Awaitable[bytes]]


@pytest.fixture
def raw(gateway: Served) -> RawRequest:
    """Sends bytes as they are and reads until the gateway closes or says nothing for longer than a busy machine."""

    async def send(request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(request)
        received = bytearray()
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            while piece := await asyncio.wait_for(reader.read(65536), timeout=SILENCE_S):
                received += piece
        writer.close()
        with contextlib.suppress(ConnectionResetError):
            await writer.wait_closed()
        return bytes(received)

    return send


async def seen(client: httpx.AsyncClient) -> dict[str, int]:
    counted: dict[str, int] = (await client.get("/api/v1/ivr/seen")).json()
    return counted


async def eventually(check: Callable[[], Any], *, within_s: float = 30) -> None:
    deadline = time.monotonic() + within_s
    while not await check():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


async def on_its_way() -> None:
    """Until what was sent within this process has arrived: turns of its loop rather than time, which a machine that
    stands still lets pass without one.
    """
    for _ in range(20):
        await asyncio.sleep(0.02)


async def begun(count: int) -> None:
    """Until so many requests are under way in the echo service of this process."""

    async def under_way() -> bool:
        return echo_app.SEEN["begun"] >= count

    await eventually(under_way)


@contextlib.asynccontextmanager
async def holding(
    client: httpx.AsyncClient, path: str, count: int
) -> AsyncIterator[list["asyncio.Task[httpx.Response]"]]:
    """So many requests that the echo service answers at the end of the block, and not before."""
    before = len(echo_app.HELD)
    waiting = [asyncio.create_task(client.get(path)) for _ in range(count)]

    async def all_held() -> bool:
        return len(echo_app.HELD) == before + count

    try:
        await eventually(all_held)
        yield waiting
    finally:
        for let in echo_app.HELD[before : before + count]:
            let.set()
        await asyncio.gather(*waiting, return_exceptions=True)
