"""Prometheus metrics of one process, on a loopback port of their own and never on a public one."""

import contextlib
from collections.abc import Iterator
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

REGISTRY = CollectorRegistry(auto_describe=True)

REQUESTS = Counter("iact_http_requests_total", "Requests answered", ["service", "route", "status"], registry=REGISTRY)
REQUEST_SECONDS = Histogram(
    "iact_http_request_seconds",
    "Time from the first byte in to the last byte out",
    ["service", "route"],
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
IN_FLIGHT = Gauge("iact_http_in_flight", "Requests being served", ["service"], registry=REGISTRY)
SHED = Counter("iact_http_shed_total", "Requests refused because the process was full", ["service"], registry=REGISTRY)


@contextlib.contextmanager
def serve(port: int | None) -> Iterator[None]:
    """Serve the registry on 127.0.0.1:`port` while the block runs; nothing when no port is set."""
    if port is None:
        yield
        return
    server: WSGIServer
    try:
        server, thread = start_http_server(port, addr="127.0.0.1", registry=REGISTRY)
    except OSError as error:
        raise OSError(
            error.errno, f"metrics cannot be served on 127.0.0.1:{port} (IACT_METRICS_PORT): {error.strerror}"
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=2)
