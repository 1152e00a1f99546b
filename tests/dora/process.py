"""The service as a process of its own, for what only a process shows: kill -9, and what it can take in a second."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from services.dora.webhooks.senders import PROVIDERS
from shared.identity import ANONYMOUS, HEADER, Signer
from shared.ports import free_port
from shared.settings import DatabaseSettings
from tests.dora.samples import SECRET

START_S = 60.0
SERVICE = "services.dora.main:app"


@dataclass
class Process:
    """One running service."""

    port: int
    environment: dict[str, str]
    signer: Signer
    log: Path
    app: str = SERVICE
    child: "subprocess.Popen[bytes] | None" = None

    @classmethod
    def of(cls, database: DatabaseSettings, secrets_dir: Path, folder: Path, *, app: str = SERVICE) -> "Process":
        for provider in PROVIDERS:
            (secrets_dir / f"webhook_secret_{provider}").write_bytes(SECRET)
        environment = {
            "DB_ANALYTICS_HOST": database.host,
            "DB_ANALYTICS_PORT": str(database.port),
            "DB_ANALYTICS_NAME": database.name,
            "DB_ANALYTICS_USER": database.user,
            "DB_ANALYTICS_PASSWORD": database.password,
            "IACT_SECRETS_DIR": str(secrets_dir),
            "IACT_DATA_DIR": str(folder / "data"),
        }
        return cls(free_port(), environment, Signer.load(secrets_dir), folder / "dora.log", app)

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        command = [sys.executable, "-m", "uvicorn", self.app, "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--no-access-log", "--no-proxy-headers"]
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(command, env={**os.environ, **self.environment}, stdout=log, stderr=log)
        deadline = time.monotonic() + START_S
        while not self._ready():
            assert time.monotonic() < deadline, self.log.read_text()
            assert self.child.poll() is None, self.log.read_text()
            time.sleep(0.05)

    def stop(self, how: signal.Signals) -> None:
        if self.child is not None and self.child.poll() is None:
            self.child.send_signal(how)
            self.child.wait(timeout=60)

    def deliver(self, connection: http.client.HTTPConnection, number: int) -> str:
        """Send one finished build over this connection; the outcome. OSError or HTTPException when nobody answers."""
        told = {"number": number, "phase": "COMPLETED", "status": "SUCCESS", "timestamp": 1_772_445_600_000 + number}
        body = json.dumps({"name": "deploy-shop", "url": "job/deploy-shop/", "build": told})
        connection.request("POST", "/api/v1/dora/webhooks/jenkins", body=body, headers=self.headers())
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 202:
            raise http.client.HTTPException(f"{answer.status}: {text!r}")
        return str(json.loads(text)["outcome"])

    def headers(self) -> dict[str, str]:
        identity = self.signer.sign(ANONYMOUS, "dora")
        return {HEADER: identity, "Authorization": f"Bearer {SECRET.decode()}", "Content-Type": "application/json"}

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def _ready(self) -> bool:
        connection = self.connect()
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
