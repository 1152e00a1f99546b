"""What sessions tells of ends what is remembered; what it does not tell in time turns remembering off."""

import asyncio
import contextlib
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from gateway import revocations as module
from gateway.auth import Authenticator, Caller
from gateway.credentials import Carrier, Credential
from gateway.revocations import Revocations
from gateway.settings import Settings
from gateway.signing import Signing
from gateway.upstream import Upstream
from shared.identity import Verifier
from shared.tasks import beside
from tests.gateway import echo_app
from tests.gateway.conftest import Served, eventually, on_its_way, seen, serve_gateway

pytestmark = pytest.mark.integration

SECRET = "anna-anna-anna-anna.RPT-001"
WITH_TOKEN = {"authorization": f"Bearer {SECRET}"}
OTHER = {"authorization": "Bearer berta-berta-berta.RPT-001"}
KEY = hashlib.sha256(SECRET.encode()).hexdigest()


async def asks(client: httpx.AsyncClient, *callers: dict[str, str]) -> int:
    """How many questions sessions is asked for one request by each of these callers."""
    before = (await seen(client))["introspections"]
    for headers in callers or (WITH_TOKEN,):
        assert (await client.get("/api/v1/ivr/x", headers=headers)).status_code == 200
    return (await seen(client))["introspections"] - before


@pytest.fixture
async def client(echo: Served, make_settings: Callable[..., Settings]) -> AsyncIterator[httpx.AsyncClient]:
    """Here nothing is forgotten by its age: only what sessions tells can end an answer."""
    settings = make_settings(echo.url).model_copy(update={"iact_identity_cache_s": 60.0})
    async with (
        serve_gateway(settings) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as made,
    ):
        yield made


@pytest.fixture
async def listening(client: httpx.AsyncClient) -> httpx.AsyncClient:
    async def remembers() -> bool:
        await asks(client)
        return await asks(client) == 0

    await eventually(remembers)
    return client


async def tell(event: dict[str, str]) -> None:
    for listener in echo_app.LISTENERS:
        listener.put_nowait(event)
    await asyncio.sleep(0.1)


async def after(listening: httpx.AsyncClient, event: dict[str, str], expected: tuple[int, ...]) -> None:
    """What one and what another is asked about after an event, both remembered before it.

    An event takes its way: on a busy machine that may be longer than it is waited for here.
    """
    found = []
    for _ in range(10):
        await asks(listening, WITH_TOKEN, OTHER)
        await tell(event)
        found.append((await asks(listening, OTHER), await asks(listening, WITH_TOKEN)))
        if found[-1] == expected:
            return
    pytest.fail(f"{found} questions instead of {expected}")


async def test_a_revoked_credential_is_asked_about_at_once(listening: httpx.AsyncClient) -> None:
    await after(listening, {"type": "revoked", "key": KEY}, (0, 1))  # somebody else's answer stays


@pytest.mark.parametrize(
    ("event", "asked"),
    [
        ({"type": "user", "user_id": "7"}, 1),
        ({"type": "user", "user_id": "8"}, 0),
        ({"type": "all"}, 1),
        ({"type": "something new"}, 1),
        ({"type": "revoked", "key": "0" * 64}, 0),
        ({"type": "heartbeat", "at": "now"}, 0),
    ],
)
async def test_every_kind_of_event(listening: httpx.AsyncClient, event: dict[str, str], asked: int) -> None:
    await after(listening, event, (asked, asked))


async def test_a_silent_stream_turns_remembering_off(
    listening: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REVOCATIONS_SILENT_S", 0.75)
    monkeypatch.setattr(echo_app, "HEARTBEAT_S", 30)

    async def asks_each_time() -> bool:
        return (await asks(listening), await asks(listening)) == (1, 1)

    await eventually(asks_each_time)


async def test_sessions_without_a_stream_are_asked_each_time(
    echo: Served, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REVOCATIONS", "/internal/status?code=404")
    async with (
        serve_gateway(make_settings(echo.url)) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client,
    ):
        assert [await asks(client) for _ in range(3)] == [1, 1, 1]


CALLER = Caller(background=False, address="192.0.2.7", user_agent="test", request_id=b"r-1", traceparent=b"t")
ANNA = Credential(Carrier.BEARER, SECRET)
HEARTBEAT = b'{"type":"heartbeat"}\n'


class Stream:
    """A sessions whose stream says what the test writes."""

    def __init__(self) -> None:
        self.writers: list[asyncio.StreamWriter] = []
        self.questions = 0
        self.heads: list[bytes] = []
        self.began = time.monotonic()

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.heads.append(head)
                if b"revocations" in head:
                    writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + HEARTBEAT)
                    self.writers.append(writer)
                    return
                self.questions += 1
                body = json.dumps({"active": True, "identity": {"kind": "token", "user_id": "7"}}).encode()
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
        writer.close()

    async def say(self, data: bytes) -> None:
        self.writers[-1].write(data)
        await on_its_way()


@pytest.fixture
async def stream(identity_keys: Path) -> AsyncIterator[tuple[Stream, Authenticator, Revocations]]:
    said = Stream()
    async with await asyncio.start_server(said.speak, "127.0.0.1", 0) as server:
        upstream = Upstream("sessions", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", in_flight_max=8)
        heard = Revocations(upstream)
        signing = Signing(identity_keys)
        authenticator = Authenticator(upstream, signing, cache_s=60, up_to_date=heard.heard_lately)
        async with beside(heard.follow(authenticator)):
            await heard_again(said, heard, streams=1)
            yield said, authenticator, heard
        upstream.close()
        for writer in said.writers:
            writer.close()


Streaming = tuple[Stream, Authenticator, Revocations]


async def heard_again(said: Stream, heard: Revocations, *, streams: int) -> None:
    """Until the first line of so many streams was heard."""

    async def listening() -> bool:
        return len(said.writers) == streams and heard.heard_lately(time.monotonic())

    await eventually(listening)


async def test_an_event_in_two_packets_and_two_in_one(stream: Streaming) -> None:
    said, authenticator, _ = stream
    await authenticator.identify(ANNA, CALLER)
    event = json.dumps({"type": "revoked", "key": KEY}).encode()
    await said.say(event[:20])
    await authenticator.identify(ANNA, CALLER)
    assert said.questions == 1
    await said.say(event[20:] + b"\n" + HEARTBEAT + b"\n")
    await authenticator.identify(ANNA, CALLER)
    assert said.questions == 2


@pytest.mark.parametrize("nonsense", [b"nonsense\n", b"[]\n", b"{}\n", b"7\n", b"\xff\n"])
async def test_an_unreadable_line_ends_the_stream_and_what_is_remembered(stream: Streaming, nonsense: bytes) -> None:
    said, authenticator, _ = stream
    await authenticator.identify(ANNA, CALLER)
    await said.say(nonsense)
    await authenticator.identify(ANNA, CALLER)
    assert said.questions == 2


async def test_what_was_missed_between_two_streams_is_not_trusted(stream: Streaming) -> None:
    said, authenticator, heard = stream
    await authenticator.identify(ANNA, CALLER)
    said.writers[-1].close()
    await heard_again(said, heard, streams=2)
    await authenticator.identify(ANNA, CALLER)
    assert said.questions == 2
    await authenticator.identify(ANNA, CALLER)
    assert said.questions == 2, "the second stream is trusted again"


async def test_the_stream_is_asked_for_as_the_gateway(stream: Streaming, identity_keys: Path) -> None:
    said, _, heard = stream
    age_s, asked_at = heard.age_s, time.monotonic()
    [head] = [each for each in said.heads if b"revocations" in each]
    signed = head.decode().split("x-iact-identity: ")[1].split("\r\n")[0]
    assert Verifier.load(identity_keys, "sessions").verify(signed).kind == "gateway"
    assert 0 <= age_s <= asked_at - said.began
    assert heard.age_s > age_s, "nothing was said since"
