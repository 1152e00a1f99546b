"""The real sessions service behind the gateway: cookie and CSRF, personal token, sign-out, nobody without either."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from gateway.settings import Settings
from services.sessions.accounts import create_superuser, create_token
from services.sessions.main import create_service
from services.sessions.settings import Settings as SessionsSettings
from shared.identity import Identity, Signer
from shared.settings import DatabaseSettings
from tests.gateway.conftest import Served, serve, serve_gateway

pytestmark = pytest.mark.integration

NAME = "ana.admin"
PASSWORD = "siete caballos miran el lago"
COOKIE = "__Host-iact_session"


@pytest.fixture
async def sessions(
    database_settings: DatabaseSettings, identity_keys: Path, conn: asyncpg.Connection, tmp_path: Path
) -> AsyncIterator[Served]:
    """The sessions service on a port, with an administrator."""
    settings = SessionsSettings(
        _env_file=None,
        db_analytics_host=database_settings.host,
        db_analytics_port=database_settings.port,
        db_analytics_name=database_settings.name,
        db_analytics_user=database_settings.user,
        db_analytics_password=SecretStr(database_settings.password),
        iact_secrets_dir=identity_keys,
        iact_data_dir=tmp_path,
        iact_argon2_memory_mib=19,
    )
    async with conn.transaction():
        await create_superuser(conn, settings, username=NAME, password=PASSWORD)
    async with serve(create_service(settings), http="httptools") as served:
        yield served


@pytest.fixture
async def browser(
    sessions: Served, echo: Served, make_settings: Callable[..., Settings]
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway whose sessions are real."""
    async with (
        serve_gateway(make_settings(echo.url, iact_sessions_url=sessions.url)) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client,
    ):
        yield client


async def sign_in(browser: httpx.AsyncClient) -> dict[str, str]:
    """The headers that a browser sends after signing in: cookie and, for changes, the CSRF token."""
    answer = await browser.post("/api/v1/sessions", json={"username": NAME, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    [line] = answer.headers.get_list("set-cookie")
    assert line.startswith(f"{COOKIE}=")
    for attribute in ("Secure", "HttpOnly", "Path=/"):
        assert attribute.lower() in line.lower()
    browser.cookies.clear()
    cookie = line.split(";", 1)[0]
    return {"cookie": cookie, "x-csrf-token": answer.json()["csrf_token"]}


async def test_signed_in_by_cookie_and_csrf_token(browser: httpx.AsyncClient) -> None:
    headers = await sign_in(browser)
    current = await browser.get("/api/v1/sessions/current", headers={"cookie": headers["cookie"]})
    assert (current.status_code, current.json()["csrf_token"]) == (200, headers["x-csrf-token"])
    change = {"language": "en", "locale": "en-GB", "zone": "Europe/Madrid", "theme": "dark"}
    without = await browser.put("/api/v1/users/me/preferences", headers={"cookie": headers["cookie"]}, json=change)
    assert (without.status_code, without.json()["type"]) == (403, "urn:iact:problem:csrf-mismatch")
    with_token = await browser.put("/api/v1/users/me/preferences", headers=headers, json=change)
    assert with_token.status_code not in {401, 403}, with_token.text


async def test_a_wrong_password_is_a_401_of_sessions(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/api/v1/sessions", json={"username": NAME, "password": "wrong wrong wrong"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert "set-cookie" not in answer.headers


async def test_signed_out_is_at_once(browser: httpx.AsyncClient) -> None:
    headers = await sign_in(browser)
    assert (await browser.get("/api/v1/ivr/runs", headers=headers)).status_code == 200
    assert (await browser.delete("/api/v1/sessions/current", headers=headers)).status_code in {200, 204}
    assert (await browser.get("/api/v1/ivr/runs", headers=headers)).status_code == 401
    assert (await browser.get("/api/v1/sessions/current", headers=headers)).status_code == 401


async def test_a_new_sign_in_ends_the_older_session_at_once(browser: httpx.AsyncClient) -> None:
    old = await sign_in(browser)
    assert (await browser.get("/api/v1/ivr/runs", headers=old)).status_code == 200
    new = await sign_in(browser)
    ended = await browser.get("/api/v1/ivr/runs", headers=old)
    assert (ended.status_code, "SUPERSEDED" in ended.json()["detail"]) == (401, True)
    assert (await browser.get("/api/v1/ivr/runs", headers=new)).status_code == 200


async def test_a_session_ended_elsewhere_is_out_within_a_second(
    browser: httpx.AsyncClient, conn: asyncpg.Connection
) -> None:
    headers = await sign_in(browser)
    assert (await browser.get("/api/v1/ivr/runs", headers=headers)).status_code == 200
    await conn.execute("UPDATE sessions.users SET state = 'blocked'")
    async with asyncio.timeout(30):  # the cache keeps an answer one second; the rest is for a busy machine
        while (await browser.get("/api/v1/ivr/runs", headers=headers)).status_code == 200:  # noqa: ASYNC110 - the gateway tells nobody when its cache ends
            await asyncio.sleep(0.02)


async def test_signed_in_by_personal_token(browser: httpx.AsyncClient, conn: asyncpg.Connection) -> None:
    async with conn.transaction():
        made = await create_token(conn, username=NAME, functions=None, days=1)
    headers = {"authorization": f"Bearer {made.token}"}
    assert (await browser.get("/api/v1/users", headers=headers)).status_code == 200
    assert (await browser.post("/api/v1/ivr/runs", headers=headers, json={})).status_code == 200, "no CSRF for tokens"
    assert (
        await browser.get("/api/v1/users", headers={"authorization": "Bearer iact_pat_" + "x" * 40})
    ).status_code == 401


async def test_nobody_is_refused_by_the_service(browser: httpx.AsyncClient) -> None:
    for path in ("/api/v1/sessions/current", "/api/v1/users", "/api/v1/tokens"):
        answer = await browser.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_a_service_reached_directly_refuses(sessions: Served, identity_keys: Path) -> None:
    forged = {"X-IACT-Identity": Signer.load(identity_keys).sign(Identity(kind="user", user_id="1"), "ivr")}
    async with httpx.AsyncClient(base_url=sessions.url, trust_env=False, timeout=60) as direct:
        assert (await direct.get("/api/v1/users")).status_code == 401
        assert (await direct.get("/api/v1/users", headers=forged)).status_code == 401, "signed for another service"
        assert (await direct.post("/internal/introspections", json={})).status_code == 401


async def test_ready_only_with_the_database(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/health/ready")
    assert answer.json()["checks"]["sessions"]["checks"]["postgres"]["status"] == "ok"
