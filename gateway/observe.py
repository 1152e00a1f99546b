"""The access log and the metrics of the gateway: route, status, times; never a query, a body or a credential.

A structured-logging call costs as much as forwarding the request, so these lines are written by hand, in the same
form as all others, and reach standard output together a few times a second.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TextIO

from prometheus_client import Counter, Histogram

from gateway.upstream import Upstream
from shared import metrics

SERVICE = "gateway"
PAIRS_REMEMBERED = 4096  # routes times statuses; both are ours, so there are a few hundred
FLUSH_AFTER_S = 0.2  # what a kill may cost; a person following the log does not notice
LINES_MAX = 1000  # held at most; beyond it they are written at once


class Observer:
    """Notes each answered request once."""

    def __init__(self, upstreams: Mapping[str, Upstream], *, access_log: bool, output: TextIO | None = None) -> None:
        self._access_log = access_log
        self._output = output or sys.stdout
        self._lines: list[str] = []
        self._timer: asyncio.TimerHandle | None = None
        for name, upstream in upstreams.items():
            metrics.IN_FLIGHT.labels(f"{SERVICE}:{name}").set_function(upstream.gate.load)

    def note(self, *, method: str, label: str, status: int, started: float, request_id: str) -> None:
        """`started` is a time of time.perf_counter(); a status of 0 is an answer that broke off."""
        elapsed_s = time.perf_counter() - started
        count, seconds = _metrics(label, status)
        count.inc()
        seconds.observe(elapsed_s)
        if self._access_log and not label.startswith("/health"):
            self._lines.append(
                f'{{"method": {_quoted(method)}, "route": {_quoted(label)}, "status": {status}, '
                f'"elapsed_s": {elapsed_s:.5f}, "request_id": "{request_id}", "event": "request", "level": "info", '
                f'"timestamp": "{_now()}", "service": "{SERVICE}"}}\n'
            )
            self._soon()

    def flush(self) -> None:
        """Write what is held."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines, self._lines = self._lines, []
        if lines:
            self._output.write("".join(lines))
            self._output.flush()

    def _soon(self) -> None:
        if len(self._lines) >= LINES_MAX:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_AFTER_S, self.flush)


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=PAIRS_REMEMBERED)
def _quoted(text: str) -> str:
    return json.dumps(text)


@lru_cache(maxsize=PAIRS_REMEMBERED)
def _metrics(label: str, status: int) -> tuple[Counter, Histogram]:
    return metrics.REQUESTS.labels(SERVICE, label, str(status)), metrics.REQUEST_SECONDS.labels(SERVICE, label)
