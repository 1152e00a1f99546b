"""An OpenTelemetry collector on loopback, which remembers what it got."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from typing_extensions import override

from shared.ports import free_port


class Collector(HTTPServer):
    """Takes traces; `status` is what it answers."""

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Take)
        self.taken: list[dict[str, Any]] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def spans(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for each in self.taken:
            found += each["resourceSpans"][0]["scopeSpans"][0]["spans"]
        return found


class _Take(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        assert isinstance(self.server, Collector)
        if self.path == "/v1/traces" and self.server.status < 400:
            self.server.taken.append(body)
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that takes traces while the block runs."""
    with Collector(free_port()) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
