"""What browsers are told: other origins, other places to go, scripts, frames, TLS."""

import re
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from gateway import answers
from gateway.settings import Settings
from tests.gateway.conftest import Served, serve_gateway

pytestmark = pytest.mark.integration

FRIEND = "https://wall.example"
STRANGER = "https://evil.example"
WITH_TOKEN = {"authorization": "Bearer anna-anna-anna-anna.RPT-001"}
ASKING = {"access-control-request-method": "GET", "access-control-request-headers": "authorization"}


@pytest.fixture
async def listed(echo: Served, make_settings: Callable[..., Settings]) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway that lists one other origin."""
    async with (
        serve_gateway(make_settings(echo.url, iact_cors_origins=f"{FRIEND}/, https://b.example")) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client,
    ):
        yield client


async def test_nobody_else_may_read_our_answers(client: httpx.AsyncClient) -> None:
    for origin in (FRIEND, STRANGER, "null"):
        answer = await client.get("/api/v1/ivr/x", headers={**WITH_TOKEN, "origin": origin})
        assert not [name for name in answer.headers if name.startswith("access-control")]
        asked = await client.options("/api/v1/ivr/x", headers={**ASKING, "origin": origin})
        assert asked.status_code == 405
        assert not [name for name in asked.headers if name.startswith("access-control")]


async def test_a_listed_origin_may_read_without_cookies(listed: httpx.AsyncClient) -> None:
    asked = await listed.options("/api/v1/ivr/x", headers={**ASKING, "origin": FRIEND})
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, FRIEND)
    assert "authorization" in asked.headers["access-control-allow-headers"]
    answer = await listed.get("/api/v1/ivr/x", headers={**WITH_TOKEN, "origin": FRIEND})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, FRIEND)
    assert answer.headers["vary"] == "origin"
    assert "access-control-allow-credentials" not in {**asked.headers, **answer.headers}


async def test_a_listed_origin_does_not_open_the_door_for_others(listed: httpx.AsyncClient) -> None:
    for origin in (STRANGER, "null", FRIEND + ".evil.example", FRIEND.replace("https", "http"), "*"):
        answer = await listed.get("/api/v1/ivr/x", headers={**WITH_TOKEN, "origin": origin})
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["vary"] == "origin"
        assert (await listed.options("/api/v1/ivr/x", headers={**ASKING, "origin": origin})).status_code == 405


async def test_every_answer_says_that_it_depends_on_the_origin(listed: httpx.AsyncClient) -> None:
    for _ in range(3):
        assert (await listed.get("/api/v1/ivr/x", headers=WITH_TOKEN)).headers["vary"] == "origin"


async def test_the_page_allows_no_inline_script_and_no_frame(client: httpx.AsyncClient) -> None:
    policies = []
    for path in ("/", "/api/docs"):
        policy = (await client.get(path)).headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        policies += re.findall(r"script-src 'self' 'nonce-([\w-]{16,})'", policy)
    assert len(set(policies)) == 2, "a nonce is for one answer"


async def test_strict_transport_security_under_tls_only(echo: Served, make_settings: Callable[..., Settings]) -> None:
    async with (
        serve_gateway(make_settings(echo.url, iact_trusted_proxies="127.0.0.1")) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client,
    ):
        for path in ("/", "/api/v1/ivr/x", "/api/v1/ivr/x", "/health/live"):
            assert "strict-transport-security" not in (await client.get(path)).headers
            secure = await client.get(path, headers={"x-forwarded-proto": "https"})
            assert int(re.findall(r"max-age=(\d+)", secure.headers["strict-transport-security"])[0]) >= 31_536_000


@pytest.mark.parametrize(
    ("location", "told"),
    [
        (b"http://127.0.0.1:8002/api/v1/users/7", b"/api/v1/users/7"),
        (b"http://127.0.0.1:8002", b"/"),
        (b"/api/v1/users/7", b"/api/v1/users/7"),
        (b"https://evil.example/", None),
        (b"//evil.example/", None),
        (b"/\\evil.example/", None),
        (b"\\\\evil.example/", None),
        (b"http://127.0.0.1:8002//evil.example", None),
        (b"http://127.0.0.1:8002.evil.example/", None),
        (b"http://127.0.0.1:8002@evil.example/", None),
        (b"javascript:alert(1)", None),
        (b"evil", None),
        (b"", None),
    ],
)
def test_no_answer_sends_a_browser_elsewhere(location: bytes, told: bytes | None) -> None:
    headers, _ = answers.of_a_service(
        [(b"location", location)], status=302, keep_cookies=False, origin=b"http://127.0.0.1:8002"
    )
    assert dict(headers).get(b"location") == told
