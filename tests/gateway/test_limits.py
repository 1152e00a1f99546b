"""Limits by route, the order in which load is shed, rates as a client sees them."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.limits import BODY_AHEAD_BYTES, BODY_BYTES_OF_DOCUMENTS_MAX, IN_FLIGHT_MIN, InFlight
from gateway.routing import SHARE_OF_BACKGROUND, SHARE_OF_LONG, Routing, Templates
from gateway.settings import Settings
from tests.gateway.conftest import Served, eventually, holding, serve_gateway

pytestmark = pytest.mark.integration

WITH_TOKEN = {"authorization": "Bearer anna-anna-anna-anna.RPT-001"}
MIB = 1024 * 1024


def test_routes_differ_in_what_they_take_and_how_they_wait() -> None:
    find = Routing(Templates.of([])).find
    assert find("POST", b"/api/v1/dora/webhooks/github").body_bytes_max == 10 * MIB
    assert find("PUT", b"/api/v1/ivr/segments").body_bytes_max == 10 * MIB
    for path in (b"/api/v1/analytics/query", b"/api/v1/users", b"/api/v1/sessions", b"/api/v1/dora/deployments"):
        assert find("POST", path).body_bytes_max == BODY_BYTES_OF_DOCUMENTS_MAX
    assert find("POST", b"/api/v1/analytics/exports").share == SHARE_OF_LONG
    assert find("GET", b"/api/v1/analytics/reports").share == SHARE_OF_LONG
    assert find("POST", b"/api/v1/analytics/query").share == 1
    assert find("POST", b"/api/v1/sessions").share == 1
    assert SHARE_OF_LONG < SHARE_OF_BACKGROUND < 1


@pytest.mark.parametrize(
    ("method", "path", "repeatable"),
    [
        ("GET", b"/api/v1/users", True),
        ("HEAD", b"/api/v1/users", True),
        ("POST", b"/api/v1/analytics/query", True),
        ("POST", b"/api/v1/analytics/exports", False),
        ("POST", b"/api/v1/ivr/runs", False),
        ("PUT", b"/api/v1/analytics/query", False),
        ("DELETE", b"/api/v1/users/7", False),
    ],
)
def test_only_what_changes_nothing_is_asked_twice(method: str, path: bytes, repeatable: bool) -> None:
    assert Routing(Templates.of([])).find(method, path).repeatable is repeatable


async def test_a_document_has_a_smaller_limit(client: httpx.AsyncClient) -> None:
    for path, size, status in [
        ("/api/v1/analytics/query", MIB + 1, 413),
        ("/api/v1/analytics/query", MIB, 200),
        ("/api/v1/ivr/segments", 2 * MIB, 200),
    ]:
        answer = await client.post(path, content=b"x" * size, headers=WITH_TOKEN)
        assert answer.status_code == status, path


def test_what_can_wait_gives_way_first() -> None:
    gate = InFlight(10)
    assert all(gate.enter(SHARE_OF_LONG) for _ in range(5))
    assert not gate.enter(SHARE_OF_LONG)
    assert all(gate.enter(SHARE_OF_BACKGROUND) for _ in range(3))
    assert not gate.enter(SHARE_OF_BACKGROUND)
    assert [gate.enter() for _ in range(3)] == [True, True, False]
    gate.leave()
    assert not gate.enter(SHARE_OF_LONG)
    assert gate.enter()


def test_a_service_that_says_it_is_full_is_asked_less_and_a_little_more_each_time() -> None:
    gate = InFlight(64)
    places = [gate.enter() for _ in range(20)]
    assert all(places)
    gate.leave()
    gate.told(full=True)
    assert gate.allowed() == 19
    assert not gate.enter()
    for _ in range(19):
        gate.leave()
        gate.told(full=False)
    assert gate.allowed() == 19, "one more after a limit's worth of answers"
    gate.told(full=False)
    assert gate.allowed() == 20
    for _ in range(5000):
        gate.told(full=False)
    assert gate.allowed() == 64


@given(st.integers(1, 100), st.lists(st.sampled_from(["enter", "leave", "full", "fine"]), max_size=300))
def test_the_limit_stays_between_its_bounds_and_never_locks(limit: int, steps: list[str]) -> None:
    gate, under_way = InFlight(limit), 0
    for step in steps:
        if step == "enter":
            under_way += gate.enter()
        elif step == "leave" and under_way:
            gate.leave()
            under_way -= 1
        elif step in {"full", "fine"}:
            gate.told(full=step == "full")
        assert min(IN_FLIGHT_MIN, limit) <= gate.allowed() <= limit
        assert gate.now == under_way <= limit
    for _ in range(under_way):
        gate.leave()
    assert gate.enter(), "there is always room for one when nothing is under way"


async def test_a_full_service_is_asked_less(client: httpx.AsyncClient) -> None:
    """It answers 503 itself; later requests are refused here, until it answers otherwise."""
    warm = [client.get("/api/v1/ivr/x", headers=WITH_TOKEN) for _ in range(3)]
    await asyncio.gather(*warm)
    async with holding(client, "/api/v1/ivr/held", 6) as waiting:
        assert (await client.get("/api/v1/ivr/status?code=503", headers=WITH_TOKEN)).content == b"body", "its own"
        for _ in range(2):
            refused = await client.get("/api/v1/ivr/x", headers=WITH_TOKEN)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert refused.json()["type"] == "urn:iact:problem:service-full"
            assert refused.json()["request_id"] == refused.headers["x-request-id"]
            assert refused.headers["x-content-type-options"] == "nosniff"
    assert {(await answer).status_code for answer in waiting} == {200}
    assert (await client.get("/api/v1/ivr/x", headers=WITH_TOKEN)).status_code == 200


async def test_exports_are_refused_before_questions_and_health_never_is(
    echo: Served, make_settings: Callable[..., Settings]
) -> None:
    settings = make_settings(echo.url, iact_gateway_in_flight=4, iact_rate_token_burst=1000)
    async with (
        serve_gateway(settings) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, headers=WITH_TOKEN, timeout=60) as client,
    ):
        report, question = "/api/v1/analytics/reports/abandonment", "/api/v1/analytics/catalog"
        async with holding(client, "/api/v1/analytics/held", 2) as first:
            refused = await client.get(report)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert (await client.get(question)).status_code == 200
            async with holding(client, "/api/v1/analytics/held", 2) as second:
                assert (await client.get(question)).status_code == 503
                assert (await client.get("/health/live")).status_code == 200
                assert (await client.get("/health/ready")).status_code == 200
                assert (await client.post("/api/v1/sessions")).status_code == 200, "another service's work"
        assert {(await answer).status_code for answer in [*first, *second]} == {200}


@pytest.mark.parametrize(
    "sent", [pytest.param(0, id="nothing of the body"), pytest.param(2 * BODY_AHEAD_BYTES, id="the beginning of it")]
)
async def test_who_sends_a_body_slowly_keeps_nobody_else_out(
    echo: Served, make_settings: Callable[..., Settings], sent: int
) -> None:
    head = b"POST /api/v1/ivr/x HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n"
    settings = make_settings(echo.url, iact_gateway_in_flight=4)
    async with (
        serve_gateway(settings) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, headers=WITH_TOKEN, timeout=60) as client,
    ):
        slow = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(12)]
        for _, writer in slow:
            writer.write(head + b"x" * sent)
        await asyncio.sleep(0.5)
        assert [(await client.get("/api/v1/ivr/x")).status_code for _ in range(3)] == [200] * 3
        assert (await client.post("/api/v1/ivr/x", content=b"x" * 1000)).status_code == 200
        for _, writer in slow:
            writer.close()


async def test_a_caller_that_is_too_fast_is_told_and_others_are_not_slowed(
    echo: Served, make_settings: Callable[..., Settings]
) -> None:
    settings = make_settings(echo.url, iact_rate_token_burst=5, iact_rate_token_per_s=0.05)
    other = {"authorization": "Bearer berta-berta-berta.RPT-001"}
    async with (
        serve_gateway(settings) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client,
    ):
        answers = [await client.get("/api/v1/ivr/x", headers=WITH_TOKEN) for _ in range(7)]
        assert [answer.status_code for answer in answers[:5]] == [200] * 5
        assert answers[-1].status_code == 429
        assert answers[0].headers["ratelimit-policy"] == '"token";q=5;w=100'
        assert answers[0].headers["ratelimit"] == '"token";r=4;t=20'
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 20
        assert answers[-1].json()["type"] == "urn:iact:problem:rate-exceeded"
        assert answers[-1].headers["ratelimit"].startswith('"token";r=0')
        assert (await client.get("/api/v1/ivr/x", headers=other)).status_code == 200
        assert (await client.get("/health/live")).status_code == 200


async def test_guessing_tokens_is_limited_by_address_and_spares_sessions(
    echo: Served, make_settings: Callable[..., Settings]
) -> None:
    settings = make_settings(echo.url, iact_rate_address_burst=5, iact_rate_address_per_s=0.01)
    async with (
        serve_gateway(settings) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client,
    ):
        statuses = []
        for guess in range(9):
            token = {"authorization": f"Bearer revoked-guess-{guess:06}"}
            statuses.append((await client.get("/api/v1/ivr/x", headers=token)).status_code)
        assert statuses == [401] * 5 + [429] * 4


async def test_metrics_name_what_happens(client: httpx.AsyncClient, make_settings: Callable[..., Settings]) -> None:
    from prometheus_client import generate_latest  # noqa: PLC0415 - used here only

    from shared.metrics import REGISTRY  # noqa: PLC0415 - used here only

    await client.get("/api/v1/ivr/x", headers=WITH_TOKEN)
    wanted: list[Any] = [
        'iact_http_requests_total{route="/api/v1/ivr/*",service="gateway",status="200"}',
        'iact_gateway_left_out{upstream="ivr"} 0.0',
        'iact_gateway_in_flight_limit{upstream="ivr"} 64.0',
        "iact_gateway_revocations_age_seconds 0.",
        "iact_gateway_event_loop_lag_seconds",
        "iact_gateway_retries_total",
        "iact_gateway_refused_total",
    ]

    async def all_named() -> bool:
        text = generate_latest(REGISTRY).decode()
        return all(each in text for each in wanted)

    await eventually(all_named)
