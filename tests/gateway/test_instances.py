"""Several processes of one service: a dead or hanging one is left out in time, and comes back in time."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from gateway.breaker import OPEN_S_MAX
from gateway.connection import AnswerTooSlow, ConnectFailed
from gateway.limits import LIVE_EVERY_S, LIVE_FAILURES_MAX, LIVE_S
from gateway.settings import Settings
from gateway.upstream import NobodyLeft, Upstream
from shared.ports import free_port
from tests.gateway.conftest import Served, eventually, on_its_way, serve_gateway

pytestmark = pytest.mark.integration


class Process:
    """One process of a service that can be made to hang, to refuse, and to come back on the same port."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.heard: Counter[str] = Counter()
        self._connections: set[asyncio.StreamWriter] = set()
        self.port = free_port()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._speak, "127.0.0.1", self.port)

    async def stop(self) -> None:
        self._server.close()
        for writer in list(self._connections):
            writer.transport.abort()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), 1)

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                if b"content-length: " in head:
                    await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
                await self.may_answer.wait()
                if b"/health/live" not in head:
                    self.heard[head.split(b" ")[0].decode()] += 1
                body = self.name.encode()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
        self._connections.discard(writer)
        writer.close()


@pytest.fixture
async def pair() -> AsyncIterator[tuple[Process, Process]]:
    one, two = Process("one"), Process("two")
    await one.start()
    await two.start()
    yield one, two
    await one.stop()
    await two.stop()


@pytest.fixture
async def client(
    echo: Served, pair: tuple[Process, Process], make_settings: Callable[..., Settings]
) -> AsyncIterator[httpx.AsyncClient]:
    urls = ",".join(f"http://127.0.0.1:{each.port}" for each in pair)
    async with (
        serve_gateway(make_settings(echo.url, iact_ivr_url=urls, iact_rate_address_per_s=0)) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=30) as made,
    ):
        yield made


async def test_work_is_shared(client: httpx.AsyncClient, pair: tuple[Process, Process]) -> None:
    await asyncio.gather(*(client.get("/api/v1/ivr/x") for _ in range(40)))
    assert min(each.heard["GET"] for each in pair) >= 10


@pytest.fixture
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asks whether a process lives: that it does not has to be seen by who asks it for something."""
    monkeypatch.setattr("gateway.liveness.LIVE_EVERY_S", 600.0)


@pytest.mark.usefixtures("unwatched")
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_dead_process_costs_nobody_an_answer(
    client: httpx.AsyncClient, pair: tuple[Process, Process], method: str
) -> None:
    for _ in range(6):
        await client.request(method, "/api/v1/ivr/x", content=b"{}")
    await pair[0].stop()
    await on_its_way()  # that its connections ended
    answers = [await client.request(method, "/api/v1/ivr/x", content=b"{}") for _ in range(30)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, "two")}


async def test_a_process_that_comes_back_is_asked_again(
    client: httpx.AsyncClient, pair: tuple[Process, Process]
) -> None:
    await pair[0].stop()
    for _ in range(10):
        assert (await client.get("/api/v1/ivr/x")).text == "two"
    await pair[0].start()

    async def asked() -> bool:
        return (await client.get("/api/v1/ivr/x")).text == "one"

    await eventually(asked)


async def test_a_hanging_process_is_left_out_within_a_second(
    client: httpx.AsyncClient, pair: tuple[Process, Process]
) -> None:
    for _ in range(4):
        await client.get("/api/v1/ivr/x")

    async def asked() -> bool:
        return (await client.get("/api/v1/ivr/x")).text == "one"

    async def left_out() -> bool:
        await eventually(asked)
        pair[0].may_answer.clear()
        await asyncio.sleep(1.2)  # the second, and a moment
        asking = [asyncio.create_task(client.get("/api/v1/ivr/x")) for _ in range(20)]
        _, late = await asyncio.wait(asking, timeout=10)
        pair[0].may_answer.set()
        return {(await each).text for each in asking} == {"two"} and not late

    for _ in range(5):  # who asks whether it lives may itself come late on a busy machine
        if await left_out():
            await eventually(asked)
            return
    pytest.fail("it was asked more than a second after it had begun to hang")


async def test_when_all_are_gone_the_answer_is_instant(
    client: httpx.AsyncClient, pair: tuple[Process, Process]
) -> None:
    for each in pair:
        await each.stop()
    for _ in range(12):
        await client.get("/api/v1/ivr/x")
    began = time.monotonic()
    answers = await asyncio.gather(*(client.get("/api/v1/ivr/x") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {503}
    assert {answer.headers["retry-after"] for answer in answers} == {"1"}
    assert time.monotonic() - began < 10, "fifty of them on a busy machine; none waits for a time-out"
    await pair[1].start()

    async def back() -> bool:
        return (await client.get("/api/v1/ivr/x")).status_code == 200

    await eventually(back, within_s=OPEN_S_MAX + 30)


# Who is chosen.


def three() -> Upstream:
    return Upstream("ivr", [f"http://127.0.0.1:{port}" for port in (1, 2, 3)], in_flight_max=10)


async def test_the_limit_grows_with_the_processes() -> None:
    assert three().gate.limit == 30


async def test_the_least_busy_is_chosen_and_ties_take_turns() -> None:
    upstream = three()
    assert {upstream.choose().port for _ in range(3)} == {1, 2, 3}
    upstream.instances[0].in_flight = upstream.instances[2].in_flight = 1
    assert {upstream.choose().port for _ in range(5)} == {2}
    assert {upstream.steady().port for _ in range(5)} == {2}  # type: ignore[union-attr] # all are closed


async def test_refused_once_is_left_out_but_slow_once_is_not() -> None:
    upstream = three()
    upstream.failed(upstream.instances[0], AnswerTooSlow("slow"))
    assert upstream.left_out() == 0
    upstream.failed(upstream.instances[0], ConnectFailed("refused"))
    assert upstream.left_out() == 1
    assert upstream.steady() is None, "there is something to consider"
    assert {upstream.choose().port for _ in range(6)} == {2, 3}


async def test_the_last_one_is_never_left_out_for_hanging() -> None:
    upstream = three()
    assert [upstream.eject(each) for each in upstream.instances] == [True, True, False]
    assert upstream.choose().port == 3
    with pytest.raises(NobodyLeft):
        upstream.choose(but=upstream.instances)


@pytest.mark.parametrize("urls", ["", " , ", "https://a", "http://127.0.0.1:1,ftp://b", "http://a/path"])
def test_addresses_are_checked(urls: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Settings(_env_file=None, iact_ivr_url=urls)


def test_who_hangs_is_found_within_a_second_whenever_it_begins_to() -> None:
    """Just after it was last found alive: all looks that it has to miss are still to come."""
    assert LIVE_FAILURES_MAX * (LIVE_EVERY_S + LIVE_S) <= 1
