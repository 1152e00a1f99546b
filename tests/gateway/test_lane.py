"""The way without a task: the same rules and the same answers as the general path, and nothing lost on it."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from gateway import routing
from gateway.lane import Lane
from gateway.settings import Settings
from shared.identity import Verifier
from tests.gateway.conftest import RawRequest, Served, begun, eventually, on_its_way, seen, serve_gateway

pytestmark = pytest.mark.integration

COOKIE = "anna-anna-anna-anna.RPT-001.RPT-002"
WITH_COOKIE = {"cookie": f"__Host-iact_session={COOKIE}"}
WITH_TOKEN = {"authorization": f"Bearer {COOKIE}"}
ALWAYS_NEW = {"x-request-id", "traceparent", "date", "ratelimit", "x-iact-identity"}
MIB = 1024 * 1024


@pytest.fixture
def finished(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The labels of the requests that ended on the lane."""
    labels: list[str] = []
    finish = Lane.finish

    def note(lane: Lane, crossing: Any, connection: Any) -> None:
        labels.append(crossing.route.label)
        finish(lane, crossing, connection)

    monkeypatch.setattr(Lane, "finish", note)
    return labels


@pytest.fixture
async def trusting(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client of a gateway that hears of revocations already, and thus remembers answers."""

    async def remembered() -> bool:
        before = (await seen(client))["introspections"]
        await client.get("/api/v1/ivr/x", headers=WITH_TOKEN)
        await client.get("/api/v1/ivr/x", headers=WITH_TOKEN)
        return (await seen(client))["introspections"] <= before + 1

    await eventually(remembered)
    return client


@pytest.mark.parametrize("headers", [WITH_TOKEN, WITH_COOKIE, {}, {**WITH_TOKEN, "x-background": "1", "accept": "a/b"}])
async def test_both_ways_say_the_same(
    trusting: httpx.AsyncClient, finished: list[str], identity_keys: Any, headers: dict[str, str]
) -> None:
    async def asked(**more: str) -> tuple[dict[str, str], dict[str, str], Any]:
        answer = await trusting.get("/api/v1/users?x=1&y=%20", headers={**headers, **more})
        told = {name: value for name, value in answer.headers.items() if name not in ALWAYS_NEW}
        document = answer.json()
        told.pop("content-length")
        heard = dict(document.pop("headers"))
        return told, heard, document

    answers = [await asked()]

    async def took_the_lane() -> bool:
        """An answer of sessions dies after a second: on a busy machine that may fall in between."""
        finished.clear()
        answers.append(await asked())
        return len(finished) == 1

    await eventually(took_the_lane)
    told, heard, document = answers[-1]
    # A request id of one's own is reason enough for the general path.
    other_told, other_heard, other_document = await asked(**{"x-request-id": "my-request-1"})
    assert len(finished) == 1
    assert told == other_told
    assert document == other_document
    assert {k: v for k, v in heard.items() if k not in ALWAYS_NEW} == {
        k: v for k, v in other_heard.items() if k not in ALWAYS_NEW
    }
    verifier = Verifier.load(identity_keys, "sessions")
    assert verifier.verify(heard["x-iact-identity"]) == verifier.verify(other_heard["x-iact-identity"])


# Who shows no credential needs no answer of sessions: these take the lane however busy the machine is.


async def test_ids_are_new_each_time_and_told(trusting: httpx.AsyncClient, finished: list[str]) -> None:
    await trusting.get("/api/v1/ivr/x")
    finished.clear()
    answers = [await trusting.get("/api/v1/ivr/x") for _ in range(5)]
    assert len(finished) == 5
    assert len({answer.headers["x-request-id"] for answer in answers}) == 5
    for answer in answers:
        heard = dict(answer.json()["headers"])
        assert heard["x-request-id"] == answer.headers["x-request-id"]
        assert heard["traceparent"] == answer.headers["traceparent"]


async def test_a_connection_with_other_headers_is_another_caller(
    trusting: httpx.AsyncClient, identity_keys: Any, finished: list[str]
) -> None:
    async def later_ones_took_the_lane() -> bool:
        names = []
        for token in ("anna-anna-anna-anna", "berta-berta-berta", "anna-anna-anna-anna", "berta-berta-berta"):
            answer = await trusting.get("/api/v1/ivr/x", headers={"authorization": f"Bearer {token}"})
            signed = dict(answer.json()["headers"])["x-iact-identity"]
            names.append(Verifier.load(identity_keys, "ivr").verify(signed).username)
        assert names == ["anna-anna-anna-anna", "berta-berta-berta"] * 2
        return bool(finished)

    await eventually(later_ones_took_the_lane)


async def test_pipelined_requests_keep_their_order(trusting: httpx.AsyncClient, raw: RawRequest) -> None:
    one = b"GET /api/v1/ivr/%b HTTP/1.1\r\nhost: a\r\n%b\r\n"
    answer = await raw(
        one % (b"first", b"")
        + one % (b"second", b"")
        + b"POST /api/v1/ivr/third HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nab"
        + one % (b"fourth", b"connection: close\r\n")
    )
    assert answer.count(b"HTTP/1.1 200") == 4
    places = [answer.index(b"/api/v1/ivr/" + name) for name in (b"first", b"second", b"third", b"fourth")]
    assert places == sorted(places)


async def test_connection_close_is_done(trusting: httpx.AsyncClient, gateway: Served, finished: list[str]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    request = b"GET /api/v1/ivr/x HTTP/1.1\r\nhost: a\r\n%b\r\n"
    writer.write(request % b"")
    await asyncio.sleep(0.2)
    writer.write(request % b"connection: close\r\n")
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    assert answer.count(b"HTTP/1.1 200") == 2
    assert answer.count(b"connection: close") == 1
    assert len(finished) >= 1


async def test_a_large_answer_goes_on_in_pieces(trusting: httpx.AsyncClient, finished: list[str]) -> None:
    finished.clear()
    for _ in range(2):
        answer = await trusting.get("/api/v1/ivr/big?mib=3")
        assert (answer.status_code, len(answer.content), set(answer.content)) == (200, 3 * MIB, {ord("x")})
    assert (await trusting.get("/api/v1/ivr/x")).status_code == 200
    assert finished == ["/api/v1/ivr/*"], "an answer in pieces left the lane, the next one took it"


@pytest.mark.parametrize("code", [200, 204, 304, 404, 503])
async def test_every_status_on_the_lane(trusting: httpx.AsyncClient, finished: list[str], code: int) -> None:
    finished.clear()
    for _ in range(3):
        answer = await trusting.get(f"/api/v1/ivr/status?code={code}")
        assert (answer.status_code, answer.content) == (code, b"" if code in {204, 304} else b"body")
    assert finished


async def test_a_slow_answer_is_a_504(trusting: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    await trusting.get("/api/v1/ivr/y", headers=WITH_TOKEN)
    with monkeypatch.context() as hurried:  # what is asked afterwards has all the time of a busy machine
        hurried.setitem(routing.ANSWER_S, "ivr", 0.3)
        answer = await trusting.get("/api/v1/ivr/slow?s=60", headers=WITH_TOKEN)
    assert (answer.status_code, answer.json()["type"]) == (504, "urn:iact:problem:gateway-timeout")

    async def aborted() -> bool:
        return (await seen(trusting))["aborted"] == 1

    await eventually(aborted)


async def test_a_client_that_leaves_ends_the_work(trusting: httpx.AsyncClient, gateway: Served) -> None:
    for number, path in enumerate((b"slow?s=200", b"trickle"), 1):
        before = (await seen(trusting))["aborted"]
        await trusting.get("/api/v1/ivr/x")  # leaves a kept connection to the service
        _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(b"GET /api/v1/ivr/" + path + b" HTTP/1.1\r\nhost: a\r\n\r\n")
        await begun(number)
        writer.close()
        await writer.wait_closed()

        async def aborted(than: int = before) -> bool:
            return (await seen(trusting))["aborted"] == than + 1

        await eventually(aborted)
    upstreams = [await trusting.get("/api/v1/ivr/x", headers=WITH_TOKEN) for _ in range(3)]
    assert {answer.status_code for answer in upstreams} == {200}


async def test_a_client_that_leaves_after_its_answer_is_no_error(
    trusting: httpx.AsyncClient, gateway: Served, finished: list[str]
) -> None:
    problems: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
    await trusting.get("/api/v1/ivr/x")
    finished.clear()
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"GET /api/v1/ivr/x HTTP/1.1\r\nhost: a\r\n\r\n")
    assert b" 200 " in await reader.readline()
    writer.close()
    await writer.wait_closed()
    await trusting.get("/api/v1/ivr/x")  # the gateway has come to run since
    await on_its_way()
    assert (len(finished), problems) == (2, [])


async def test_a_service_that_dies_while_it_answers(make_settings: Callable[..., Settings]) -> None:
    """The first request is answered, the second, on the kept connection, is not: a read is asked again, once."""
    asked = 0

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                if b"/internal/" in head:
                    break
                asked += 1
                if asked == 2:
                    break
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        writer.close()

    async with (
        await asyncio.start_server(speak, "127.0.0.1", 0) as dying,
        serve_gateway(make_settings(f"http://127.0.0.1:{dying.sockets[0].getsockname()[1]}")) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client,
    ):
        assert [(await client.get("/api/v1/ivr/x")).status_code for _ in range(3)] == [200] * 3
        assert asked == 4


async def test_a_half_answer_breaks_off(make_settings: Callable[..., Settings]) -> None:
    asked = 0

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                if b"/internal/" in head:
                    break
                asked += 1
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n{}" % (2 if asked == 1 else 9))
                if asked > 1:
                    break
        writer.close()

    async with (
        await asyncio.start_server(speak, "127.0.0.1", 0) as half,
        serve_gateway(make_settings(f"http://127.0.0.1:{half.sockets[0].getsockname()[1]}")) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client,
    ):
        assert (await client.get("/api/v1/ivr/x")).status_code == 200
        try:
            answer = await client.get("/api/v1/ivr/x")
        except httpx.RemoteProtocolError:
            return
        assert answer.status_code == 503, "known to be broken before anything was passed on"


async def test_what_breaks_while_answering_closes_the_connection(
    trusting: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.lane.passed_on", lambda *_, **__: 1 // 0)
    with pytest.raises(httpx.RemoteProtocolError):
        await trusting.get("/api/v1/ivr/x")
    monkeypatch.undo()
    for _ in range(3):
        answer = await trusting.get("/api/v1/ivr/x")
        assert json.loads(answer.content)["path"] == "/api/v1/ivr/x"


async def test_an_answer_is_renewed_before_it_dies(
    trusting: httpx.AsyncClient, finished: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for a question that comes once a second: it is asked while the last answer still counts."""
    monkeypatch.setattr("gateway.revocations.REVOCATIONS_SILENT_S", 30)
    await trusting.get("/api/v1/ivr/x", headers=WITH_TOKEN)
    before = (await seen(trusting))["introspections"]
    finished.clear()
    sent = 0
    while sent < 60:
        sent += 1
        await trusting.get("/api/v1/ivr/x", headers=WITH_TOKEN)
        await asyncio.sleep(0.05)
        if (await seen(trusting))["introspections"] >= before + 2:
            break
    assert finished.count("/api/v1/ivr/*") >= sent * 0.8, "hardly one of them had to wait on the general path"
