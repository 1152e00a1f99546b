"""The access log and the metrics of the gateway: route, status, times; never a query, a body or a credential.

A structured-logging call costs as much as forwarding the request, so these lines are written by hand, in the same
form as all others, and reach standard output together a few times a second.
"""

import asyncio
import json
import sys
import time
from collections import Counter as Counting
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TextIO

from prometheus_client import Histogram

from gateway.upstream import Upstream
from shared import metrics
from shared.tracing import Spans

SERVICE = "gateway"
PAIRS_REMEMBERED = 4096  # routes times statuses; both are ours, so there are a few hundred
FLUSH_AFTER_S = 0.2  # what a kill may cost; a person following the log does not notice
NOTED_MAX = 1000  # held at most; beyond it they are written at once


class Observer:
    """Notes each answered request once."""

    def __init__(
        self,
        upstreams: Mapping[str, Upstream],
        *,
        access_log: bool,
        output: TextIO | None = None,
        spans: Spans | None = None,
    ) -> None:
        self._spans = spans
        self._access_log = access_log
        self._output = output or sys.stdout
        self._noted: list[tuple[str, str, int, float, str, float]] = []
        self._timer: asyncio.TimerHandle | None = None
        for name, upstream in upstreams.items():
            metrics.IN_FLIGHT.labels(f"{SERVICE}:{name}").set_function(upstream.gate.load)

    def note(
        self,
        *,
        method: str,
        label: str,
        status: int,
        started: float,
        request_id: str,
        traceparent: bytes = b"",
        caller: bytes | None = None,
        service: str = "",
        client_left: bool = False,
    ) -> None:
        """`started` is a time of time.perf_counter(); a status of 0 is an answer that broke off, because of the service
        or because the client left. `traceparent` is what the `service` was told (none: no span), `caller` what the
        gateway was told.
        """
        elapsed_s = time.perf_counter() - started
        self._noted.append((method, label, status, elapsed_s, request_id, time.time()))
        if self._spans is not None and traceparent and not label.startswith("/health"):
            self._spans.note(
                traceparent=traceparent.decode("ascii"),
                caller=(caller or b"").decode("latin-1"),
                method=method,
                route=label,
                status=status,
                request_id=request_id,
                elapsed_s=elapsed_s,
                peer=service,
                client_left=client_left,
            )
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_AFTER_S, self.flush)
        elif len(self._noted) >= NOTED_MAX:
            self.flush()

    def flush(self) -> None:
        """Count and write what is held."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        noted, self._noted = self._noted, []
        for (label, status), count in Counting((label, status) for _, label, status, *_ in noted).items():
            metrics.REQUESTS.labels(SERVICE, label, str(status)).inc(count)
        for _, label, _, elapsed_s, _, _ in noted:
            _seconds(label).observe(elapsed_s)
        if self._access_log and noted:
            self._output.write("".join([_line(*each) for each in noted if not each[1].startswith("/health")]))
            self._output.flush()


def _line(method: str, label: str, status: int, elapsed_s: float, request_id: str, at: float) -> str:
    return (
        f'{{"method": {_quoted(method)}, "route": {_quoted(label)}, "status": {status}, '
        f'"elapsed_s": {elapsed_s:.5f}, "request_id": "{request_id}", "event": "request", "level": "info", '
        f'"timestamp": "{_second(int(at))}.{int(at % 1 * 1e6):06}Z", "service": "{SERVICE}"}}\n'
    )


@lru_cache(maxsize=4)
def _second(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(maxsize=PAIRS_REMEMBERED)
def _quoted(text: str) -> str:
    return json.dumps(text)


@lru_cache(maxsize=PAIRS_REMEMBERED)
def _seconds(label: str) -> Histogram:
    return metrics.REQUEST_SECONDS.labels(SERVICE, label)
