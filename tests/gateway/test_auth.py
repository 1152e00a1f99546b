"""What is remembered about a credential, and what must not be."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.auth import Authenticator, Caller
from gateway.credentials import Carrier, Credential
from gateway.problems import ServiceDown, ServiceFull
from gateway.signing import Signing
from gateway.upstream import Upstream
from shared.identity import Identity, Verifier

pytestmark = pytest.mark.integration

ANNA = Credential(Carrier.COOKIE, "anna-anna-anna-anna")
CALLER = Caller(background=False, address="192.0.2.7", user_agent="test", request_id=b"r-1", traceparent=b"t")
ACTIVE: dict[str, Any] = {"active": True, "identity": {"kind": "user", "user_id": "7"}, "new_field": "ignored"}


@dataclass
class Asked:
    """A place on a port that answers introspections as told, when told."""

    keep: bool = True
    answer: object = field(default_factory=lambda: dict(ACTIVE))
    status: int = 200
    questions: list[dict[str, Any]] = field(default_factory=list)
    identities: list[str] = field(default_factory=list)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lines = dict(line.split(": ", 1) for line in head.strip().split("\r\n")[1:])
                self.questions.append(json.loads(await reader.readexactly(int(lines["content-length"]))))
                self.identities.append(lines["x-iact-identity"])
                self.was_asked.set()
                await self.may_answer.wait()
                body = json.dumps(self.answer).encode()
                writer.write(f"HTTP/1.1 {self.status} X\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
                if not self.keep:
                    break
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@pytest.fixture
async def asked() -> Asked:
    found = Asked()
    found.may_answer.set()
    return found


@pytest.fixture
async def authenticator(asked: Asked, identity_keys: Path) -> AsyncIterator[Authenticator]:
    async with await asyncio.start_server(asked.speak, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        upstream = Upstream("sessions", f"http://127.0.0.1:{port}", in_flight_max=8)
        yield Authenticator(upstream, Signing(identity_keys), cache_s=1)
        upstream.close()
        await asyncio.sleep(0.05)  # both ends of the connections close before the loop does


async def test_the_question_is_signed_and_complete(
    asked: Asked, authenticator: Authenticator, identity_keys: Path
) -> None:
    answer = await authenticator.identify(ANNA, CALLER)
    assert answer.identity == Identity(kind="user", user_id="7")
    assert asked.questions == [
        {
            "session_token": "anna-anna-anna-anna",
            "bearer_token": None,
            "background": False,
            "client_address": "192.0.2.7",
            "user_agent": "test",
        }
    ]
    assert Verifier.load(identity_keys, "sessions").verify(asked.identities[0]).kind == "gateway"


async def test_many_ask_once(asked: Asked, authenticator: Authenticator) -> None:
    await asyncio.gather(*(authenticator.identify(ANNA, CALLER) for _ in range(50)))
    await authenticator.identify(ANNA, CALLER)
    assert len(asked.questions) == 1


async def test_one_credential_s_answer_is_nobody_else_s(asked: Asked, authenticator: Authenticator) -> None:
    await authenticator.identify(ANNA, CALLER)
    await authenticator.identify(Credential(Carrier.BEARER, ANNA.secret), CALLER)
    await authenticator.identify(Credential(Carrier.COOKIE, ANNA.secret + "x"), CALLER)
    assert len(asked.questions) == 3


async def test_an_answer_under_way_when_the_session_ended_is_not_kept(
    asked: Asked, authenticator: Authenticator
) -> None:
    asked.may_answer.clear()
    early = asyncio.create_task(authenticator.identify(ANNA, CALLER))
    await asked.was_asked.wait()
    authenticator.forget(ANNA)
    asked.may_answer.set()
    assert (await early).identity is not None
    asked.answer = {"active": False, "reason": "SIGNED_OUT"}
    later = await authenticator.identify(ANNA, CALLER)
    assert (later.identity, later.reason) == (None, "SIGNED_OUT")


async def test_a_connection_closed_meanwhile_is_replaced(asked: Asked, authenticator: Authenticator) -> None:
    """The service closes after the answer without saying so; the next question finds out and asks anew."""
    asked.keep = False
    for n in range(3):
        assert (await authenticator.identify(Credential(Carrier.COOKIE, f"anna-anna-anna-{n:04}"), CALLER)).identity
    assert len(asked.questions) == 3


async def test_forgetting_everything(asked: Asked, authenticator: Authenticator) -> None:
    await authenticator.identify(ANNA, CALLER)
    authenticator.forget_all()
    await authenticator.identify(ANNA, CALLER)
    assert len(asked.questions) == 2


async def test_who_asked_first_may_hang_up(asked: Asked, authenticator: Authenticator) -> None:
    asked.may_answer.clear()
    first = asyncio.create_task(authenticator.identify(ANNA, CALLER))
    second = asyncio.create_task(authenticator.identify(ANNA, CALLER))
    await asked.was_asked.wait()
    first.cancel()
    asked.may_answer.set()
    assert (await second).identity is not None


@pytest.mark.parametrize(
    ("status", "answer"), [(500, {}), (503, {}), (200, "nonsense"), (200, {"active": "perhaps"}), (200, [])]
)
async def test_no_clear_answer_recognises_nobody_and_is_not_kept(
    asked: Asked, authenticator: Authenticator, status: int, answer: object
) -> None:
    asked.status, asked.answer = status, answer
    with pytest.raises(ServiceDown):
        await authenticator.identify(ANNA, CALLER)
    asked.status, asked.answer = 200, ACTIVE
    assert (await authenticator.identify(ANNA, CALLER)).identity is not None


async def test_a_flood_of_unknown_tokens_is_bounded(asked: Asked, authenticator: Authenticator) -> None:
    asked.may_answer.clear()
    flood = [
        asyncio.create_task(authenticator.identify(Credential(Carrier.BEARER, f"flood-flood-{n:06}"), CALLER))
        for n in range(20)
    ]
    async with asyncio.timeout(60):
        while sum(task.done() for task in flood) < 12:  # noqa: ASYNC110 - until those beyond the limit are refused
            await asyncio.sleep(0.01)
    refused, waiting = await asyncio.wait(flood, timeout=0.2)  # and nobody else
    assert {type(task.exception()) for task in refused} == {ServiceFull}
    assert (len(refused), len(waiting)) == (12, 8)
    asked.may_answer.set()
    await asyncio.gather(*waiting)
    assert (await authenticator.identify(ANNA, CALLER)).identity is not None


async def test_a_signed_identity_is_used_again_for_its_service_only(authenticator: Authenticator) -> None:
    anna = Identity(kind="user", user_id="7")
    assert authenticator.header(anna, "ivr") is not None
    assert authenticator.header(anna, "ivr")[1] is authenticator.header(anna, "ivr")[1]
    assert authenticator.header(anna, "ivr") != authenticator.header(anna, "dora")
    assert authenticator.header(anna, "ivr") != authenticator.header(Identity(kind="user", user_id="8"), "ivr")


async def test_what_cannot_be_read_is_told_to_the_log_without_its_words(
    asked: Asked, authenticator: Authenticator
) -> None:
    asked.answer = {"identity": {"kind": "user", "user_id": "anna-secret"}}
    with capture_logs() as written, pytest.raises(ServiceDown):
        await authenticator.identify(ANNA, CALLER)
    [told] = [each for each in written if each["log_level"] == "error"]
    assert told["wrong"] == ["active: missing"]
    assert told["bytes"] == len(json.dumps(asked.answer))
    assert "anna" not in str(told)
