"""Whoever loses a right is told to every reader of every instance at commit, and silence means: do not trust."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.sessions import revocations
from services.sessions.accounts import create_token
from services.sessions.revocations import LINES_WAITING_MAX, SUBSCRIBERS_MAX, Hub, StreamUnavailable, Subscription
from services.sessions.routes.context import Parts
from shared.identity import ANONYMOUS, Identity
from shared.settings import DatabaseSettings
from tests.sessions.conftest import PASSWORD, Service, Start

pytestmark = pytest.mark.integration

GATEWAY = Identity(kind="gateway")


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine an answer that takes half a second is no lost connection, of which `all` would be told."""
    monkeypatch.setattr(revocations, "ANSWER_S", 30.0)


class Reader:
    """What one gateway reads."""

    def __init__(self, lines: AsyncIterator[bytes]) -> None:
        self._lines = lines

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(60):
            document: dict[str, Any] = json.loads(await anext(self._lines))
        return document

    async def told(self) -> dict[str, Any]:
        """The next line that is no heartbeat."""
        while (line := await self.next())["type"] == "heartbeat":
            pass
        return line


def hub_of(service: Service) -> Hub:
    transport = service.http._transport
    assert isinstance(transport, httpx.ASGITransport)
    assert isinstance(transport.app, FastAPI)
    parts: Parts = transport.app.state.parts
    return parts.hub


async def until_listening(hub: Hub) -> None:
    async with asyncio.timeout(60):
        while not hub.listening:  # noqa: ASYNC110 - the hub tells its readers, and there is none yet
            await asyncio.sleep(0.01)


@asynccontextmanager
async def reading(service: Service) -> AsyncIterator[Reader]:
    hub = hub_of(service)
    await until_listening(hub)
    with hub.subscribe() as subscription:
        reader = Reader(subscription.lines())
        assert (await reader.next())["type"] == "heartbeat"
        yield reader


def key_of(secret: str | None) -> str:
    return hashlib.sha256(str(secret).encode()).hexdigest()


async def test_a_heartbeat_comes_first_and_every_quarter_of_a_second(service: Service) -> None:
    async with reading(service) as reader:
        moments = [datetime.fromisoformat((await reader.next())["at"]) for _ in range(5)]
    assert datetime.now(UTC) - moments[-1] < timedelta(seconds=60)
    assert moments == sorted(moments)


async def test_every_end_of_a_session_or_token_names_its_key(service: Service) -> None:
    await service.administrator()
    leo_id = await service.person("leo.viewer", "AGR-002")
    admin, leo = await service.signed_in(), await service.signed_in("leo.viewer")
    async with reading(service) as reader:
        kept = leo.cookie
        await leo.call("DELETE", "/sessions/current")
        assert await reader.told() == {"type": "revoked", "key": key_of(kept)}
        leo = await service.signed_in("leo.viewer")
        newer = await service.signed_in("leo.viewer")
        assert await reader.told() == {"type": "revoked", "key": key_of(leo.cookie)}
        listed = (await newer.call("GET", "/sessions")).json()["items"]
        await admin.call("DELETE", f"/sessions/{listed[0]['id']}")
        assert await reader.told() == {"type": "revoked", "key": key_of(newer.cookie)}
        leo = await service.signed_in("leo.viewer")
        before = leo.cookie
        changed = {"current_password": PASSWORD, "new_password": "nueve barcos sin capitan"}
        assert (await leo.call("PUT", "/users/me/password", changed)).status_code == 200
        assert await reader.told() == {"type": "revoked", "key": key_of(before)}
        before = leo.cookie
        again = await leo.call("POST", "/sessions/current/reauthentication", {"password": "nueve barcos sin capitan"})
        assert again.status_code == 200, again.text
        assert await reader.told() == {"type": "revoked", "key": key_of(before)}
        made = (await leo.call("POST", "/tokens", {"name": "x", "functions": ["RPT-001"]})).json()
        assert (await leo.call("DELETE", f"/tokens/{made['id']}")).status_code == 204
        assert await reader.told() == {"type": "revoked", "key": key_of(made["token"])}
        assert (await admin.call("POST", f"/users/{leo_id}/block")).status_code == 200
        assert [await reader.told() for _ in range(2)] == [
            {"type": "user", "user_id": str(leo_id)},
            {"type": "revoked", "key": key_of(leo.cookie)},
        ]


async def test_permissions_are_told_by_person_or_all_at_once(service: Service) -> None:
    await service.administrator()
    leo_id = await service.person("leo.viewer")
    admin = await service.signed_in()
    async with reading(service) as reader:
        await admin.call("POST", f"/users/{leo_id}/groups", {"groups": ["AGR-001"]})
        assert await reader.told() == {"type": "user", "user_id": str(leo_id)}
        await admin.call("PATCH", f"/users/{leo_id}", {"segment": "puebla"})
        assert await reader.told() == {"type": "user", "user_id": str(leo_id)}
        await admin.call("PATCH", f"/users/{leo_id}", {"display_name": "Leo"})
        await admin.call("PATCH", "/groups/AGR-003", {"active": False})
        assert await reader.told() == {"type": "all"}


async def test_a_change_that_is_rolled_back_is_told_to_nobody(service: Service) -> None:
    await service.administrator()
    visitor = await service.signed_in()
    async with reading(service) as reader:
        change = service.conn.transaction()
        await change.start()
        await service.conn.execute("UPDATE sessions.sessions SET revoked_at = now(), revoke_reason = 'CLOSED'")
        await change.rollback()
        await visitor.call("DELETE", "/sessions/current")
        assert (await reader.told())["type"] == "revoked"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.6):
                await reader.told()


async def test_what_another_instance_or_the_command_line_does_is_told_here(start: Start) -> None:
    here, there = await start(), await start()
    user_id = await here.administrator()
    visitor = await here.signed_in()
    async with reading(here) as first, reading(there) as second:
        elsewhere = there.visitor()
        elsewhere.cookie = visitor.cookie
        await elsewhere.call("DELETE", "/sessions/current")
        for reader in (first, second):
            assert await reader.told() == {"type": "revoked", "key": key_of(visitor.cookie)}
        await here.conn.execute("UPDATE sessions.users SET state = 'blocked' WHERE user_id = $1", user_id)
        for reader in (first, second):
            assert await reader.told() == {"type": "user", "user_id": str(user_id)}


async def test_a_lost_connection_is_silence_and_then_all(service: Service) -> None:
    async with reading(service) as reader:
        ended = await service.conn.fetchval(
            """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        )
        assert ended
        assert await reader.told() == {"type": "all"}
        assert (await reader.next())["type"] == "heartbeat"


async def test_without_a_listening_connection_there_is_no_stream(database_settings: DatabaseSettings) -> None:
    hub = Hub(database_settings)
    with pytest.raises(StreamUnavailable), hub.subscribe():
        pass


async def test_a_half_open_connection_sends_no_heartbeat(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server holds the answer back for ever, as a path that lost its way does."""
    async with reading(service) as reader:
        monkeypatch.setattr(revocations, "ANSWER_S", 0.0)
        async with asyncio.timeout(60):
            while hub_of(service).listening:  # noqa: ASYNC110 - the hub tells its readers nothing, which is the point
                await asyncio.sleep(0.005)
        while not reader_is_empty(service):
            await reader.next()
        monkeypatch.setattr(revocations, "ANSWER_S", 30.0)
        assert await reader.told() == {"type": "all"}


def reader_is_empty(service: Service) -> bool:
    return all(each._lines.empty() for each in hub_of(service)._subscriptions)


async def test_a_reader_that_is_too_slow_is_told_to_begin_anew() -> None:
    subscription = Subscription()
    for _ in range(LINES_WAITING_MAX):
        subscription.put(b"{}\n")
    assert sum([1 async for _ in _until(subscription, LINES_WAITING_MAX)]) == LINES_WAITING_MAX
    for _ in range(LINES_WAITING_MAX + 1):
        subscription.put(b"{}\n")
    assert [line async for line in subscription.lines()] == []


async def _until(subscription: Subscription, count: int) -> AsyncIterator[bytes]:
    lines = subscription.lines()
    for _ in range(count):
        yield await anext(lines)


async def test_readers_are_bounded_and_take_no_place_of_requests(start: Start) -> None:
    service = await start(iact_pool_connections_max=1)
    await service.administrator()
    hub = hub_of(service)
    await until_listening(hub)
    visitor = await service.signed_in()
    stack = [hub.subscribe() for _ in range(SUBSCRIBERS_MAX)]
    for each in stack:
        each.__enter__()
    with pytest.raises(StreamUnavailable), hub.subscribe():
        pass
    assert (await visitor.introspect())["active"] is True
    for each in stack:
        each.__exit__(None, None, None)
    assert not hub._subscriptions


async def test_the_stream_is_for_the_gateway_alone(service: Service) -> None:
    user = Identity(kind="user", user_id="1", session_id="1", functions=frozenset({"AUTH-001"}))
    for who, status in ((ANONYMOUS, 403), (user, 403)):
        headers = {"X-IACT-Identity": service.signer.sign(who, "sessions")}
        assert (await service.http.get("/internal/revocations", headers=headers)).status_code == status
    assert (await service.http.get("/internal/revocations")).status_code == 401


async def test_an_introspection_names_the_key_and_the_person(service: Service) -> None:
    user_id = await service.administrator()
    visitor = await service.signed_in()
    found = await visitor.introspect()
    assert (found["key"], found["user_id"]) == (key_of(visitor.cookie), str(user_id))
    kept = visitor.cookie
    await visitor.call("DELETE", "/sessions/current")
    visitor.cookie = kept
    ended = await visitor.introspect()
    assert (ended["active"], ended["key"], ended["user_id"]) == (False, key_of(kept), str(user_id))
    async with service.conn.transaction():
        token = await create_token(service.conn, username="ana.admin", functions=["RPT-001"], days=1)
    script = service.visitor()
    script.bearer = token.token
    found = await script.introspect()
    assert (found["key"], found["user_id"]) == (key_of(token.token), str(user_id))
    script.bearer = "iact_pat_nobody"
    assert await script.introspect() == {
        "active": False,
        "reason": "UNKNOWN",
        "identity": None,
        "idle_expires_at": None,
        "key": key_of("iact_pat_nobody"),
        "user_id": None,
    }


async def test_a_database_that_does_not_answer_lets_nobody_in(start: Start) -> None:
    """Fail closed: a time-out is a 503 within a second, and never a yes."""
    service = await start()
    await service.administrator()
    visitor = await service.signed_in()
    headers = {"X-IACT-Identity": service.signer.sign(GATEWAY, "sessions")}
    async with service.conn.transaction():
        await service.conn.execute("LOCK TABLE sessions.users IN ACCESS EXCLUSIVE MODE")
        async with asyncio.timeout(20):
            answer = await service.http.post(
                "/internal/introspections", json={"session_token": visitor.cookie}, headers=headers
            )
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert (await visitor.introspect())["active"] is True
