"""One span for each request that a service answers, sent to an OpenTelemetry collector where a setting names one.

OTLP over HTTP in its JSON form: one document, one shape of span. A collector that is away costs nobody anything: what
does not fit into the queue meanwhile is dropped, and the log says how many were.
"""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from shared.http import HTTPError, client
from shared.log import log

SEND_EVERY_S: Final = 2.0
WAITING_MAX: Final = 4_096  # spans, about a megabyte: some seconds of a busy process
TOGETHER_MAX: Final = 512  # spans of one document
SEND_TIMEOUT_S: Final = 5.0
SERVER_KIND: Final = 2  # SPAN_KIND_SERVER
ERROR: Final = 2  # STATUS_CODE_ERROR
SERVER_ERRORS: Final = 500
SAMPLED: Final = 1  # the last bit of a traceparent's flags


@dataclass(frozen=True, slots=True)
class Span:
    """A request as it was answered; `traceparent` is the caller's, whose span becomes the parent."""

    traceparent: str
    method: str
    route: str
    status: int
    request_id: str
    ended_ns: int
    elapsed_s: float

    def document(self) -> dict[str, Any]:
        """The span as OTLP's JSON has it; 64-bit numbers travel as text there."""
        _, trace, parent, _ = self.traceparent.split("-")
        about: dict[str, str | int] = {
            "http.request.method": self.method,
            "http.route": self.route,
            "http.response.status_code": self.status,
            "iact.request_id": self.request_id,
        }
        return {
            "traceId": trace,
            "spanId": secrets.token_hex(8),
            "parentSpanId": parent,
            "name": f"{self.method} {self.route}",
            "kind": SERVER_KIND,
            "startTimeUnixNano": str(self.ended_ns - round(self.elapsed_s * 1e9)),
            "endTimeUnixNano": str(self.ended_ns),
            "attributes": attributes(about),
            "status": {"code": ERROR} if self.status >= SERVER_ERRORS else {},
        }


class Spans:
    """Those of one process that wait to be sent."""

    def __init__(self, endpoint: str, service: str) -> None:
        self._service = service
        self._waiting: deque[Span] = deque()
        self._client = client(endpoint, read_timeout_s=SEND_TIMEOUT_S)
        self._dropped = 0

    def note(
        self, *, traceparent: str, method: str, route: str, status: int, request_id: str, elapsed_s: float
    ) -> None:
        """Take a request that is over; not one whose caller wants no trace of it."""
        if not int(traceparent[-2:], 16) & SAMPLED:
            return
        if len(self._waiting) == WAITING_MAX:
            self._waiting.popleft()
            self._dropped += 1
        self._waiting.append(Span(traceparent, method, route, status, request_id, time.time_ns(), elapsed_s))

    async def run(self) -> None:
        """Send what waits, until cancelled."""
        while True:
            await asyncio.sleep(SEND_EVERY_S)
            await self.send()

    async def send(self) -> None:
        """Send all that waits; what the collector does not take is dropped and told."""
        while self._waiting:
            some = [self._waiting.popleft() for _ in range(min(TOGETHER_MAX, len(self._waiting)))]
            try:
                answer = await self._client.post("/v1/traces", json=document(self._service, some))
                taken = answer.is_success
            except HTTPError:
                taken = False
            if not taken:
                self._dropped += len(some)
                break  # the next look tries again with what has come meanwhile
        if self._dropped:
            log.warning("spans were not taken by the collector", dropped=self._dropped)
            self._dropped = 0

    async def close(self) -> None:
        await self._client.aclose()


def document(service: str, spans: Sequence[Span]) -> dict[str, Any]:
    """What is sent to `/v1/traces`: an ExportTraceServiceRequest. Pure but for the new span ids."""
    resource = {"attributes": attributes({"service.name": f"iact-{service}"})}
    scope = {"scope": {"name": "iact"}, "spans": [span.document() for span in spans]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}


def attributes(values: Mapping[str, str | int]) -> list[dict[str, Any]]:
    return [
        {"key": name, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for name, value in values.items()
    ]


@asynccontextmanager
async def sending(spans: Spans | None) -> AsyncIterator[None]:
    """Spans are sent while the block runs, and the last ones at its end."""
    if spans is None:
        yield
        return
    task = asyncio.create_task(spans.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await spans.send()
        await spans.close()
