"""The sessions service as a process of its own, for what only a process shows: signals, kill -9, its memory."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.sessions.routes.context import COOKIE
from shared.identity import ANONYMOUS, HEADER, Identity, Signer
from shared.ports import free_port
from shared.settings import DatabaseSettings

START_S = 90.0  # an import on a busy machine
GRACE_S = 45  # long, so that a stop without waiting is told from one that waited
GATEWAY = Identity(kind="gateway")


@dataclass
class Process:
    """One running service and requests to it, as the gateway makes them."""

    port: int
    settings: dict[str, str]
    signer: Signer
    log: Path
    child: "subprocess.Popen[bytes] | None" = None

    def start(self, app: str = "services.sessions.main:app") -> float:
        """Start it; how long until it was ready."""
        began = time.monotonic()
        command = [sys.executable, "-m", "uvicorn", app, "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--no-access-log", "--timeout-graceful-shutdown", str(GRACE_S)]
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(command, env={**os.environ, **self.settings}, stdout=log, stderr=log)
        while self.call("GET", "/health/ready", who=ANONYMOUS)[0] != 200:
            assert time.monotonic() - began < START_S, self.log.read_text()
            assert self.child.poll() is None, self.log.read_text()
            time.sleep(0.01)
        return time.monotonic() - began

    def kill(self, how: signal.Signals = signal.SIGKILL) -> float:
        """End it; how long that took."""
        assert self.child is not None
        began = time.monotonic()
        self.child.send_signal(how)
        self.child.wait(timeout=60)
        return time.monotonic() - began

    def call(
        self, method: str, path: str, body: object = None, *, who: Identity = GATEWAY, address: str = "192.0.2.10"
    ) -> tuple[int, dict[str, Any], str | None]:
        """Status, document and session cookie of one request; status 0 when nobody answers."""
        headers = {HEADER: self.signer.sign(who, "sessions"), "X-Forwarded-For": address}
        headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
            answer = connection.getresponse()
            text = answer.read()
            cookie = (answer.getheader("set-cookie") or "").partition(f"{COOKIE}=")[2].partition(";")[0]
            return answer.status, json.loads(text) if text else {}, cookie or None
        except (OSError, http.client.HTTPException):
            return 0, {}, None
        finally:
            connection.close()

    def sign_in(self, username: str, password: str) -> str:
        body = {"username": username, "password": password}
        status, document, cookie = self.call("POST", "/api/v1/sessions", body, who=ANONYMOUS)
        assert status == 201, document
        assert cookie is not None
        return cookie

    def is_active(self, cookie: str) -> bool:
        status, document, _ = self.call("POST", "/internal/introspections", {"session_token": cookie})
        assert status == 200, document
        return bool(document["active"])

    def stream(self) -> socket.socket:
        """An open stream of revocations, its first line read."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        signed = self.signer.sign(GATEWAY, "sessions")
        request = f"GET /internal/revocations HTTP/1.1\r\nHost: sessions\r\n{HEADER}: {signed}\r\n\r\n"
        connection.sendall(request.encode())
        seen = b""
        while b'"heartbeat"' not in seen:
            part = connection.recv(4096)
            assert part, seen
            seen += part
        assert b"application/x-ndjson" in seen
        return connection


@contextmanager
def sessions_process(database: DatabaseSettings, secrets: Path, folder: Path, **settings: str) -> Iterator[Process]:
    """A service on the database, not started yet; ended at the end."""
    environment = {
        "DB_ANALYTICS_HOST": database.host,
        "DB_ANALYTICS_PORT": str(database.port),
        "DB_ANALYTICS_NAME": database.name,
        "DB_ANALYTICS_USER": database.user,
        "DB_ANALYTICS_PASSWORD": database.password,
        "IACT_SECRETS_DIR": str(secrets),
        "IACT_DATA_DIR": str(folder),
        **settings,
    }
    process = Process(free_port(), environment, Signer.load(secrets), folder / "sessions.log")
    try:
        yield process
    finally:
        if process.child is not None and process.child.poll() is None:
            process.kill()
