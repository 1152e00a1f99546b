"""Spans of requests, as a collector on loopback gets them."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any

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
    asked: dict[str, Any] = {
        "traceparent": f"00-{TRACE}-{PARENT}-01",
        "method": "GET",
        "route": "/",
        "request_id": "abcdefgh",
    }
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


ASKED: dict[str, Any] = {
    "traceparent": f"00-{TRACE}-{PARENT}-01",
    "method": "GET",
    "route": "/",
    "request_id": "abcdefgh",
}


@pytest.mark.integration
@pytest.mark.parametrize(
    ("status", "left", "told"),
    [(0, True, {}), (0, False, {"code": 2}), (500, False, {"code": 2}), (499, False, {}), (200, True, {})],
)
async def test_a_client_that_leaves_is_no_error_of_the_service(
    collector: Collector, status: int, told: dict[str, int], *, left: bool
) -> None:
    spans = Spans(collector.url, "gateway")
    spans.note(**ASKED, status=status, elapsed_s=0.1, client_left=left)
    await spans.send()
    await spans.close()
    (span,) = collector.spans()
    assert span["status"] == told


Answering = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]


def answered_by(answer: Answering, monkeypatch: pytest.MonkeyPatch) -> Spans:
    """Spans of a collector that is a function."""
    transport = httpx.MockTransport(answer)
    monkeypatch.setattr(
        tracing, "client", lambda url, **_: httpx.AsyncClient(transport=transport, base_url=url, trust_env=False)
    )
    return Spans("http://collector", "ivr")


def noted(spans: Spans, numbers: Iterable[int]) -> set[str]:
    names = {f"request{number:05}" for number in numbers}
    for name in sorted(names):
        spans.note(**{**ASKED, "request_id": name}, status=200, elapsed_s=0.1)
    return names


def names_in(request: httpx.Request) -> set[str]:
    (resource,) = json.loads(request.content)["resourceSpans"]
    return {each["attributes"][0]["value"]["stringValue"] for each in resource["scopeSpans"][0]["spans"]}


@pytest.mark.unit
@pytest.mark.parametrize("more", [1, WAITING_MAX])
async def test_what_is_on_its_way_when_a_process_ends_is_sent_at_its_end_or_told(
    monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    told: list[int] = []
    monkeypatch.setattr(log, "warning", lambda _, dropped: told.append(dropped))
    asked = asyncio.Event()
    taken: set[str] = set()

    async def answer(request: httpx.Request) -> httpx.Response:
        if not asked.is_set():
            asked.set()
            await asyncio.Event().wait()  # the first document is never answered
        taken.update(names_in(request))
        return httpx.Response(200)

    spans = answered_by(answer, monkeypatch)
    async with tracing.sending(spans):
        names = noted(spans, range(tracing.TOGETHER_MAX))
        await asked.wait()
        names |= noted(spans, range(tracing.TOGETHER_MAX, tracing.TOGETHER_MAX + more))
    assert len(taken) == min(len(names), WAITING_MAX)
    assert len(taken) + sum(told) == len(names)


@pytest.mark.unit
async def test_after_a_failure_a_full_document_is_sent_at_once_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "TOGETHER_MAX", 4)
    monkeypatch.setattr(tracing, "SEND_EVERY_S", 0.2)
    failed, done = asyncio.Event(), asyncio.Event()
    taken: set[str] = set()

    async def answer(request: httpx.Request) -> httpx.Response:
        if not failed.is_set():
            failed.set()
            return httpx.Response(503)
        taken.update(names_in(request))
        if len(taken) == 6:
            done.set()
        return httpx.Response(200)

    spans = answered_by(answer, monkeypatch)
    async with tracing.sending(spans):
        noted(spans, range(9))
        await failed.wait()
        await asyncio.sleep(0.05)  # the pause after the failure has begun
        monkeypatch.setattr(tracing, "SEND_EVERY_S", 60.0)
        noted(spans, [9])
        async with asyncio.timeout(60):
            await done.wait()
