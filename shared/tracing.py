"""One span for each request that a process answers, sent to an OpenTelemetry collector where a setting names one.

OTLP over HTTP in its JSON form: one document, one shape of span. A collector that is away costs nobody anything: what
does not fit into the queue meanwhile is dropped, and the log says how many were.
"""

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from typing import Any, Final

from shared.http import HTTPError, client
from shared.log import log
from shared.tasks import beside

SEND_EVERY_S: Final = 2.0
WAITING_MAX: Final = 4_096  # spans, about a megabyte: a second of a busy gateway
TOGETHER_MAX: Final = 512  # spans of one document: written in a millisecond or two, in which nobody else is served
SEND_TIMEOUT_S: Final = 5.0
SERVER_KIND: Final = 2  # SPAN_KIND_SERVER
ERROR: Final = 2  # STATUS_CODE_ERROR
SERVER_ERRORS: Final = 500
SAMPLED: Final = 1  # the last bit of a traceparent's flags
KINDS_REMEMBERED: Final = 4_096  # methods, templates of paths and statuses: some hundreds
JSON_BODY: Final = {"content-type": "application/json"}


# traceparent, caller, method, route, status, whether it failed, request id, end in ns, seconds, peer: as Spans.note has
# them. Plain tuples of texts and numbers, for Python's search for garbage passes over them: thousands of objects would
# call it up often.
Noted = tuple[str, str | None, str, str, int, bool, str, int, float, str]


def written(noted: Noted) -> str:
    """A request as OTLP's JSON has its span; 64-bit numbers travel as text there."""
    traceparent, caller, method, route, status, failed, request_id, ended_ns, elapsed_s, peer = noted
    trace, span = traceparent[3:35], traceparent[36:52]
    if caller is None:
        span, parent = secrets.token_hex(8), span
    else:
        # What came counts where its trace is the one that goes on; else the process has begun another.
        parent = caller[36:52] if caller[3:35] == trace else ""
    return (
        f'{{"traceId": "{trace}", "spanId": "{span}", "parentSpanId": "{parent}",'
        f' "startTimeUnixNano": "{ended_ns - round(elapsed_s * 1e9)}", "endTimeUnixNano": "{ended_ns}",'
        f' "attributes": [{{"key": "iact.request_id", "value": {{"stringValue": "{request_id}"}}}},'
        f" {_about(method, route, status, failed, peer)}"
    )


@lru_cache(maxsize=KINDS_REMEMBERED)
def _about(method: str, route: str, status: int, failed: bool, peer: str) -> str:
    """The rest of a span from its second attribute on, which is the same for many."""
    about: dict[str, str | int] = {"http.request.method": method, "http.route": route}
    if status:
        about["http.response.status_code"] = status
    if peer:
        about["peer.service"] = f"iact-{peer}"
    rest = {"name": f"{method} {route}", "kind": SERVER_KIND, "status": {"code": ERROR} if failed else {}}
    return f"{json.dumps(attributes(about))[1:-1]}], {json.dumps(rest)[1:]}"


class Spans:
    """Those of one process that wait to be sent."""

    def __init__(self, endpoint: str, service: str) -> None:
        self._service = service
        self._waiting: deque[Noted] = deque()
        self._client = client(endpoint, read_timeout_s=SEND_TIMEOUT_S)
        self._dropped = 0
        self._enough = asyncio.Event()

    def note(
        self,
        *,
        traceparent: str,
        method: str,
        route: str,
        status: int,
        request_id: str,
        elapsed_s: float,
        caller: str | None = None,
        peer: str = "",
        client_left: bool = False,
    ) -> None:
        """Take a request that is over; not one whose caller wants no trace of it. A status of 0: the answer broke off,
        which is no error of the service where the client left.

        `traceparent` is the caller's, whose span becomes the parent. With `caller` (what came, empty for nothing) it is
        the process's own instead, which the service behind, `peer`, was told.
        """
        if not int(traceparent[-2:], 16) & SAMPLED:
            return
        if len(self._waiting) == WAITING_MAX:
            self._waiting.popleft()
            self._dropped += 1
        failed = status >= SERVER_ERRORS or not (status or client_left)
        ended_ns = time.time_ns()
        self._waiting.append(
            (traceparent, caller, method, route, status, failed, request_id, ended_ns, elapsed_s, peer)
        )
        if len(self._waiting) >= TOGETHER_MAX:
            self._enough.set()

    async def run(self) -> None:
        """Send what waits, until cancelled: a full document at once, the rest every two seconds."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SEND_EVERY_S):
                    await self._enough.wait()
            self._enough.clear()
            if not await self.send():
                await asyncio.sleep(SEND_EVERY_S)

    async def send(self) -> bool:
        """Send all that waits; what the collector does not take is dropped and told. Whether it took everything.

        Cancelled in between, what was on its way waits again: it may have come and then comes twice.
        """
        taken = True
        while self._waiting and taken:
            some = [self._waiting.popleft() for _ in range(min(TOGETHER_MAX, len(self._waiting)))]
            try:
                body = document(self._service, some)
                answer = await self._client.post("/v1/traces", content=body, headers=JSON_BODY)
                taken = answer.is_success
            except HTTPError:
                taken = False
            except asyncio.CancelledError:
                self._put_back(some)
                raise
            if not taken:
                self._dropped += len(some)  # the next look tries again with what has come meanwhile
        if self._dropped:
            log.warning("spans were not taken by the collector", dropped=self._dropped)
            self._dropped = 0
        return taken

    def _put_back(self, some: Sequence[Noted]) -> None:
        """The newest of them as far as there is room."""
        room = min(WAITING_MAX - len(self._waiting), len(some))
        self._dropped += len(some) - room
        self._waiting.extendleft(reversed(some[len(some) - room :]))

    async def close(self) -> None:
        await self._client.aclose()


def document(service: str, spans: Sequence[Noted]) -> bytes:
    """What is sent to `/v1/traces`: an ExportTraceServiceRequest. Pure but for the new span ids."""
    resource = json.dumps({"attributes": attributes({"service.name": f"iact-{service}"})})
    each = ", ".join([written(span) for span in spans])
    scope = f'{{"scope": {{"name": "iact"}}, "spans": [{each}]}}'
    return f'{{"resourceSpans": [{{"resource": {resource}, "scopeSpans": [{scope}]}}]}}'.encode()


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
    try:
        async with beside(spans.run()):
            yield
    finally:
        await spans.send()
        await spans.close()
