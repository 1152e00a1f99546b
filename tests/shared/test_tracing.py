"""Spans of requests, as a collector on loopback gets them."""

import json
from collections.abc import Iterator

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from shared import tracing
from shared.log import log
from shared.middleware import Frame
from shared.ports import free_port
from shared.tracing import WAITING_MAX, Spans
from tests.shared.collector import Collector, collecting

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as server:
        yield server


async def answering(scope: Scope, receive: Receive, send: Send) -> None:
    del receive
    scope["route"] = type("Route", (), {"path": "/api/v1/things/{thing}"})
    await send({"type": "http.response.start", "status": 503 if scope["path"].endswith("/bad") else 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.integration
async def test_a_request_is_a_span_below_its_callers(collector: Collector) -> None:
    spans = Spans(collector.url, "analytics")
    frame = Frame(answering, "analytics", 8, spans=spans)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(frame), base_url="http://analytics") as http:
        asked = {"traceparent": f"00-{TRACE}-{PARENT}-01", "x-request-id": "abcdefgh"}
        answer = await http.get("/api/v1/things/5551234567?caller=5551234567", headers=asked)
        assert answer.headers["traceparent"] == asked["traceparent"]
        await http.post("/api/v1/things/bad")  # without a trace: a new one begins
        await http.get("/health/live")
        await http.get("/api/v1/things/1", headers={"traceparent": f"00-{TRACE}-{PARENT}-00"})  # wants none
    await spans.send()
    await spans.close()
    assert collector.taken[0]["resourceSpans"][0]["resource"]["attributes"] == [
        {"key": "service.name", "value": {"stringValue": "iact-analytics"}}
    ]
    good, bad = collector.spans()
    assert (good["traceId"], good["parentSpanId"], good["kind"]) == (TRACE, PARENT, 2)
    assert good["name"] == "GET /api/v1/things/{thing}"
    assert "5551234567" not in json.dumps(collector.taken), "a path's values and the query may be a person's"
    assert {"key": "http.response.status_code", "value": {"intValue": "200"}} in good["attributes"]
    assert {"key": "iact.request_id", "value": {"stringValue": "abcdefgh"}} in good["attributes"]
    assert int(good["startTimeUnixNano"]) <= int(good["endTimeUnixNano"])
    assert len(good["spanId"]) == 16
    assert (bad["status"], good["status"]) == ({"code": 2}, {})
    assert bad["traceId"] != TRACE


@pytest.mark.integration
async def test_a_collector_that_is_away_or_full_costs_spans_and_nothing_else(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(log, "warning", lambda _, dropped: told.append(dropped))
    asked = {"traceparent": f"00-{TRACE}-{PARENT}-01", "method": "GET", "route": "/", "request_id": "abcdefgh"}
    away = Spans(f"http://127.0.0.1:{free_port()}", "ivr")
    for _ in range(WAITING_MAX + 3):
        away.note(**asked, status=200, elapsed_s=0.1)
    await away.send()
    await away.close()
    assert told == [3 + tracing.TOGETHER_MAX]
    collector.status = 429
    full = Spans(collector.url, "ivr")
    full.note(**asked, status=200, elapsed_s=0.1)
    async with tracing.sending(full):
        pass  # what waits at the end is sent, too
    assert told[1:] == [1]
    assert collector.spans() == []


@pytest.mark.unit
async def test_without_the_setting_nothing_is_sent() -> None:
    async with tracing.sending(None):
        pass
