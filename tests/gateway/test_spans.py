"""The gateway's own spans: one a request, between its caller's and the service's, by whichever way it went."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from gateway.settings import Settings
from shared import tracing
from shared.middleware import Frame
from shared.tracing import WAITING_MAX, Spans
from tests.gateway import echo_app
from tests.gateway.conftest import begun, eventually, serve, serve_gateway
from tests.shared.collector import Collector
from tests.shared.test_tracing import PARENT, TRACE
from tests.shared.test_tracing import collector as collector_on_loopback

collector = collector_on_loopback
TOKEN = {"authorization": "Bearer anna-anna-anna-anna.RPT-001"}
ASKED = {"traceparent": f"00-{TRACE}-{PARENT}-01", "x-request-id": "abcdefgh"}


def about(span: dict[str, Any]) -> dict[str, str]:
    return {each["key"]: next(iter(each["value"].values())) for each in span["attributes"]}


def of(collector: Collector, service: str) -> list[dict[str, Any]]:
    """The spans of one process, in the order of its answers."""
    found: list[dict[str, Any]] = []
    for each in collector.taken:
        (resource,) = each["resourceSpans"]
        if resource["resource"]["attributes"][0]["value"]["stringValue"] == f"iact-{service}":
            found += resource["scopeSpans"][0]["spans"]
    return found


@pytest.mark.integration
async def test_a_trace_goes_through_without_a_break(
    collector: Collector, make_settings: Callable[..., Settings]
) -> None:
    services = Spans(collector.url, "ivr")

    async def echoing(scope: Scope, receive: Receive, send: Send) -> None:
        await echo_app.app(dict(scope), receive, send)

    framed = Frame(echoing, "ivr", 8, spans=services)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        # What the gateway asks for itself is no part of this test.
        await (framed if scope.get("path", "").startswith("/api/") else echoing)(scope, receive, send)

    async with serve(app, http="httptools") as echo:
        settings = make_settings(echo.url, iact_otlp_endpoint=collector.url)
        async with (
            serve_gateway(settings) as gateway,
            httpx.AsyncClient(base_url=gateway.url, trust_env=False, headers=TOKEN, timeout=60) as http,
        ):
            assert (await http.get("/api/v1/ivr/calls/5551234567?caller=5551234567", headers=ASKED)).status_code == 200
            begun = [(await http.get("/api/v1/ivr/calls")).headers["traceparent"] for _ in range(20)]
            await http.get("/api/v1/ivr/calls", headers={"traceparent": f"00-{TRACE}-{PARENT}-00"})
            await http.get("/health/live")
    await services.send()
    await services.close()
    first, *others = of(collector, "gateway")
    assert (first["traceId"], first["parentSpanId"], first["kind"], first["status"]) == (TRACE, PARENT, 2, {})
    assert about(first) == {
        "http.request.method": "GET",
        "http.route": first["name"].removeprefix("GET "),
        "http.response.status_code": "200",
        "iact.request_id": "abcdefgh",
        "peer.service": "iact-ivr",
    }
    assert int(first["startTimeUnixNano"]) < int(first["endTimeUnixNano"])
    assert "5551234567" not in str(collector.taken)
    assert len(others) == 20, "not asked for by its caller, or asked for by a balancer"
    # Without a trace of the caller's a new one begins here; each service's span hangs below the gateway's.
    assert [(each["traceId"], each["spanId"], each["parentSpanId"]) for each in others] == [
        (each[3:35], each[36:52], "") for each in begun
    ]
    behind = {each["parentSpanId"]: each["traceId"] for each in of(collector, "ivr")}
    assert behind == {each["spanId"]: each["traceId"] for each in [first, *others]}


@pytest.mark.integration
async def test_what_is_refused_or_breaks_off_has_a_span_too(
    collector: Collector, make_settings: Callable[..., Settings]
) -> None:
    async with serve(echo_app.app, http="httptools") as echo:
        away = "http://127.0.0.1:9"
        settings = make_settings(echo.url, iact_otlp_endpoint=collector.url, iact_dora_url=away)
        async with (
            serve_gateway(settings) as gateway,
            httpx.AsyncClient(base_url=gateway.url, trust_env=False, timeout=60) as http,
        ):
            for path in ("/api/v1/nowhere", "/api/v1/dora/metrics", "/api/openapi.json"):
                await http.get(path, headers=TOKEN)
    refused, failed, own = of(collector, "gateway")
    assert (refused["name"], about(refused)["http.response.status_code"]) == ("GET /api/v1/*", "404")
    assert "peer.service" not in about(refused)
    assert (about(failed)["http.response.status_code"], failed["status"]) == ("503", {"code": 2})
    assert about(failed)["peer.service"] == "iact-dora"
    assert (own["name"], own["status"]) == ("GET /api/openapi.json", {})


@pytest.mark.integration
async def test_a_collector_that_takes_and_never_answers_holds_nobody_up(
    make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "SEND_TIMEOUT_S", 8.0)
    monkeypatch.setattr(tracing, "TOGETHER_MAX", 16)
    taken = bytearray()

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65_536):
            taken.extend(piece)
        writer.close()

    silent = await asyncio.start_server(swallow, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with silent, serve(echo_app.app, http="httptools") as echo:
        settings = make_settings(echo.url, iact_otlp_endpoint=f"http://127.0.0.1:{port}")
        async with (
            serve_gateway(settings) as gateway,
            httpx.AsyncClient(base_url=gateway.url, trust_env=False, headers=TOKEN, timeout=60) as http,
        ):

            async def sent() -> bool:
                assert (await http.get("/api/v1/ivr/x")).status_code == 200
                return b"POST /v1/traces" in taken

            await eventually(sent)
            began = time.monotonic()
            for _ in range(20):
                assert (await http.get("/api/v1/ivr/x")).status_code == 200
            assert time.monotonic() - began < tracing.SEND_TIMEOUT_S, "answered while the collector kept quiet"


@pytest.mark.unit
async def test_no_more_wait_than_may() -> None:
    spans = Spans("http://127.0.0.1:9", "gateway")
    for number in range(WAITING_MAX + 10):
        spans.note(
            traceparent=f"00-{TRACE}-{PARENT}-01",
            caller="",
            method="GET",
            route="/",
            status=200,
            request_id=f"r-{number}",
            elapsed_s=0,
        )
    assert len(spans._waiting) == WAITING_MAX
    assert "r-10" in spans._waiting[0], "the oldest went"
    await spans.close()


@pytest.mark.integration
@pytest.mark.parametrize("warm", [True, False])
async def test_a_client_that_left_is_no_error(
    collector: Collector, make_settings: Callable[..., Settings], *, warm: bool
) -> None:
    """On the lane, which a second request takes, and beside it."""
    async with serve(echo_app.app, http="httptools") as echo:
        settings = make_settings(echo.url, iact_otlp_endpoint=collector.url)
        async with serve_gateway(settings) as gateway:
            reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
            head = b"HTTP/1.1\r\nhost: a\r\nauthorization: " + TOKEN["authorization"].encode() + b"\r\n\r\n"
            if warm:
                writer.write(b"GET /api/v1/ivr/x " + head)
                assert b" 200 " in await reader.readline()
                await asyncio.sleep(0.1)
            writer.write(b"GET /api/v1/ivr/slow?s=200 " + head)
            await begun(1)
            writer.close()
            await writer.wait_closed()

            async def aborted() -> bool:
                return echo_app.SEEN["aborted"] == 1

            await eventually(aborted)
    left = of(collector, "gateway")[-1]
    assert "http.response.status_code" not in about(left)
    assert left["status"] == {}
