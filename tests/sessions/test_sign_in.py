from datetime import timedelta
from typing import Any

import pytest

from services.sessions.sweep import sweep
from shared.identity import Identity, csrf_token
from tests.sessions.conftest import ELSEWHERE, PASSWORD, Service, Start

pytestmark = pytest.mark.integration

AGE = """
    UPDATE sessions.sessions SET created_at = created_at - $1::interval, last_seen_at = last_seen_at - $1::interval,
        expires_at = expires_at - $1::interval"""


async def test_sign_in_tells_who_one_is_and_sets_a_strict_cookie(service: Service) -> None:
    user_id = await service.administrator()
    visitor = service.visitor()

    answer = await visitor.sign_in("  Ana.Admin ")

    assert answer.status_code == 201, answer.text
    state = answer.json()
    assert state["user"]["id"] == str(user_id)
    assert state["user"]["preferences"]["language"] is None
    assert {"RPT-001", "USR-001", "ACC-004", "PIP-005", "DOR-001"} <= set(state["functions"])
    assert not {f for f in state["functions"] if f.startswith("AUD")}
    assert state["must_change_password"] is False
    assert visitor.cookie is not None
    assert state["csrf_token"] == csrf_token(visitor.cookie)
    attributes = {part.strip().lower() for part in visitor.seen_cookies[0].split(";")[1:]}
    assert attributes == {"secure", "httponly", "samesite=lax", "path=/"}
    assert answer.headers["cache-control"] == "no-store"
    current: dict[str, Any] = (await visitor.call("GET", "/sessions/current")).json()
    assert current == state


@pytest.mark.requirement("RF-023")
async def test_signing_out_ends_the_session_for_good(service: Service) -> None:
    await service.administrator()
    visitor = await service.signed_in()
    kept = visitor.cookie

    answer = await visitor.call("DELETE", "/sessions/current")

    assert answer.status_code == 204
    assert visitor.cookie is None
    visitor.cookie = kept
    assert (await visitor.introspect())["reason"] == "SIGNED_OUT"
    assert (await visitor.call("GET", "/sessions/current")).status_code == 401


@pytest.mark.requirement("RF-023")
async def test_a_second_sign_in_supersedes_the_first(service: Service) -> None:
    await service.administrator()
    first = await service.signed_in()
    second = await service.signed_in()

    assert (await first.introspect())["reason"] == "SUPERSEDED"
    assert (await second.introspect())["active"] is True
    closed = await service.conn.fetchval("SELECT count(*) FROM audit.events WHERE event = 'SESSION_CLOSED'")
    assert closed == 1


async def test_several_sessions_a_person_is_a_setting(start: Start) -> None:
    service = await start(iact_sessions_per_user=2)
    await service.administrator()
    visitors = [await service.signed_in() for _ in range(3)]
    assert [(await each.introspect())["active"] for each in visitors] == [False, True, True]


@pytest.mark.parametrize(
    ("idle_for", "active"),
    [(timedelta(minutes=14), True), (timedelta(minutes=15), False), (timedelta(hours=12), False)],
)
@pytest.mark.requirement("RF-023")
async def test_fifteen_idle_minutes_end_a_session(service: Service, idle_for: timedelta, active: bool) -> None:
    await service.administrator()
    visitor = await service.signed_in()
    await service.conn.execute(AGE, idle_for)
    assert (await visitor.introspect())["active"] is active


@pytest.mark.requirement("RF-023")
async def test_twelve_hours_end_a_busy_session(service: Service) -> None:
    await service.administrator()
    visitor = await service.signed_in()
    for _ in range(12 * 6 - 1):
        await service.conn.execute(AGE, timedelta(minutes=10))
        assert (await visitor.introspect())["active"] is True
    await service.conn.execute(AGE, timedelta(minutes=10))
    assert (await visitor.introspect())["reason"] == "EXPIRED"


async def test_background_polls_do_not_extend(service: Service) -> None:
    await service.administrator()
    visitor = await service.signed_in()
    await service.conn.execute(AGE, timedelta(minutes=10))
    before = (await visitor.introspect(background=True))["idle_expires_at"]
    assert (await visitor.introspect(background=True))["idle_expires_at"] == before
    assert (await visitor.introspect())["idle_expires_at"] > before


async def test_activity_is_written_at_most_once_a_minute(service: Service) -> None:
    await service.administrator()
    visitor = await service.signed_in()
    before = await service.conn.fetchval("SELECT last_seen_at FROM sessions.sessions")
    await visitor.introspect()
    assert await service.conn.fetchval("SELECT last_seen_at FROM sessions.sessions") == before
    await service.conn.execute(AGE, timedelta(seconds=61))
    await visitor.introspect()
    assert await service.conn.fetchval("SELECT last_seen_at FROM sessions.sessions") > before - timedelta(seconds=61)


async def test_own_and_other_peoples_sessions(service: Service) -> None:
    await service.administrator()
    await service.person("leo.viewer", "AGR-002")
    admin, leo = await service.signed_in(), await service.signed_in("leo.viewer")

    own = (await leo.call("GET", "/sessions")).json()["items"]
    assert [(each["username"], each["current"], each["client_address"]) for each in own] == [
        ("leo.viewer", True, "192.0.2.10")
    ]
    assert (await leo.call("GET", "/sessions?of=all")).status_code == 403
    everybody = (await admin.call("GET", "/sessions?of=all&limit=1")).json()
    assert everybody["items"][0]["username"] == "leo.viewer"
    rest = (await admin.call("GET", f"/sessions?of=all&limit=1&cursor={everybody['next_cursor']}")).json()
    assert [each["username"] for each in rest["items"]] == ["ana.admin"]
    assert rest["next_cursor"] is None

    admin_session = rest["items"][0]["id"]
    assert (await leo.call("DELETE", f"/sessions/{admin_session}")).status_code == 404
    assert (await admin.call("DELETE", f"/sessions/{own[0]['id']}")).status_code == 204
    assert (await leo.introspect())["reason"] == "CLOSED"
    assert (await admin.call("DELETE", f"/sessions/{own[0]['id']}")).status_code == 404


@pytest.mark.parametrize("cursor", ["x", "MA", "LTE", "w6k", "A" * 64])
async def test_an_invented_cursor_is_refused(service: Service, cursor: str) -> None:
    await service.administrator()
    admin = await service.signed_in()
    answer = await admin.call("GET", f"/sessions?cursor={cursor}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["param"] == "cursor"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "x"},
        {"username": "x", "password": "hunter", "extra": 1},
        {"username": "x" * 300, "password": "y"},
    ],
)
async def test_a_malformed_sign_in_is_422_and_never_repeats_the_password(
    service: Service, body: dict[str, object]
) -> None:
    answer = await service.visitor().call("POST", "/sessions", body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "hunter" not in answer.text


async def test_without_a_signed_identity_nothing_is_served(service: Service) -> None:
    for method, path in (
        ("POST", "/api/v1/sessions"),
        ("POST", "/api/v1/sessions/redeem"),
        ("GET", "/api/v1/sessions/current"),
        ("POST", "/internal/introspections"),
        ("GET", "/api/v1/users"),
    ):
        answer = await service.http.request(method, path, json={"username": "x", "password": "y"})
        assert answer.status_code == 401, path


async def test_introspection_is_for_the_gateway_alone(service: Service) -> None:
    user = Identity(kind="user", user_id="1", session_id="1", functions=frozenset({"AUTH-001"}))
    headers = {"X-IACT-Identity": service.signer.sign(user, "sessions")}
    answer = await service.http.post("/internal/introspections", json={"session_token": "x"}, headers=headers)
    assert answer.status_code == 403


async def test_the_sweep_closes_lapsed_sessions_and_records_it(service: Service) -> None:
    await service.administrator()
    await service.signed_in()
    async with service.conn.transaction():
        assert await sweep(service.conn, service.settings) == 0
    await service.conn.execute(AGE, timedelta(minutes=16))
    async with service.conn.transaction():
        assert await sweep(service.conn, service.settings) == 1
    row = await service.conn.fetchrow("SELECT revoke_reason, revoked_at FROM sessions.sessions")
    assert row is not None
    assert row["revoke_reason"] == "IDLE"
    assert await service.conn.fetchval("SELECT count(*) FROM audit.events WHERE event = 'SESSION_TIMEOUT'") == 1


async def test_hashes_are_renewed_when_the_parameters_rise(start: Start) -> None:
    service = await start(iact_argon2_memory_mib=19)
    await service.administrator()
    await service.signed_in()
    raised = await start(iact_argon2_memory_mib=20)
    await raised.signed_in()
    stored = await raised.conn.fetchval("SELECT password_hash FROM sessions.users")
    assert stored.startswith("$argon2id$v=19$m=20480,")
    await raised.signed_in()


async def test_every_sign_in_is_in_the_audit_trail(service: Service) -> None:
    user_id = await service.administrator()
    visitor = service.visitor(ELSEWHERE)
    await visitor.sign_in("ana.admin", "not the right one")
    await visitor.sign_in("ana.admin")
    await visitor.call("DELETE", "/sessions/current")

    rows = await service.conn.fetch("SELECT * FROM audit.events ORDER BY event_id")

    assert [row["event"] for row in rows] == ["SUPERUSER_CREATED", "LOGIN_FAILED", "LOGIN", "LOGOUT"]
    assert [row["actor_id"] for row in rows] == [None, None, user_id, user_id]
    assert str(rows[2]["address"]) == ELSEWHERE
    assert rows[2]["service"] == "sessions"
    assert PASSWORD not in str([dict(row) for row in rows])
