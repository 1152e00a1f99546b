"""The gateway's own metrics, beside those that every process has (shared/metrics.py). docs/operaciones names them."""

import asyncio
from collections.abc import Mapping

from prometheus_client import Counter, Gauge

from gateway.revocations import Revocations
from gateway.upstream import Upstream
from shared.metrics import REGISTRY

LAG_LOOK_S = 0.5  # how often the event loop's delay is looked at

RETRIES = Counter(
    "iact_gateway_retries_total", "Requests sent to a service a second time", ["upstream"], registry=REGISTRY
)
REFUSED = Counter("iact_gateway_refused_total", "Requests refused at the gateway", ["reason"], registry=REGISTRY)
LEFT_OUT = Gauge(
    "iact_gateway_left_out", "Processes of a service that are not asked now", ["upstream"], registry=REGISTRY
)
IN_FLIGHT_LIMIT = Gauge(
    "iact_gateway_in_flight_limit", "Requests a service is asked at once at most", ["upstream"], registry=REGISTRY
)
REVOCATIONS_AGE = Gauge(
    "iact_gateway_revocations_age_seconds", "Time since sessions was last heard of", registry=REGISTRY
)
LOOP_LAG = Gauge("iact_gateway_event_loop_lag_seconds", "How late the event loop was lately", registry=REGISTRY)


def observe(upstreams: Mapping[str, Upstream], revocations: Revocations) -> None:
    """Point the gauges at what they measure."""
    for name, upstream in upstreams.items():
        LEFT_OUT.labels(name).set_function(upstream.left_out)
        IN_FLIGHT_LIMIT.labels(name).set_function(upstream.gate.allowed)
    REVOCATIONS_AGE.set_function(lambda: revocations.age_s)


async def watch_lag() -> None:
    """For ever: how much later than asked for the loop comes back."""
    loop = asyncio.get_running_loop()
    while True:
        asked = loop.time()
        await asyncio.sleep(LAG_LOOK_S)
        LOOP_LAG.set(max(0.0, loop.time() - asked - LAG_LOOK_S))
