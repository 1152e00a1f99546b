"""Processes on free ports, ended by their id: the gateway and the echo service as an operator runs them."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.ports import free_port
from shared.testing.plugin import ROOT

START_TIMEOUT_S = 90.0  # an import on a busy machine
STOP_TIMEOUT_S = 60.0


@dataclass
class Running:
    """A process that listens."""

    process: "subprocess.Popen[bytes]"
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and wait; its exit code."""
        if self.process.poll() is None:
            os.kill(self.process.pid, how)
        try:
            return self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


def start(command: Sequence[str], port: int, environment: Mapping[str, str] | None = None) -> Running:
    """Start a command and wait until it listens on `port`."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return Running(process, port)
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise RuntimeError(f"{' '.join(command[:4])} did not start")
        time.sleep(0.05)


def start_app(app: str, port: int | None = None, environment: Mapping[str, str] | None = None) -> Running:
    """An ASGI application under uvicorn, as the services run."""
    port = port or free_port()
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--log-level", "error", "--no-access-log"]
    return start([*command, "--timeout-graceful-shutdown", "5"], port, environment)


def start_gateway(
    secrets_dir: Path, services: Mapping[str, str], port: int | None = None, **settings: object
) -> Running:
    """`python -m gateway` in front of these services (name to addresses)."""
    port = port or free_port()
    environment = {"IACT_SECRETS_DIR": str(secrets_dir)}
    environment |= {f"IACT_{name.upper()}_URL": urls for name, urls in services.items()}
    environment |= {name.upper(): str(value) for name, value in settings.items()}
    return start([sys.executable, "-m", "gateway", "--port", str(port)], port, environment)


@contextlib.contextmanager
def ending(*running: Running) -> Iterator[None]:
    """End them with the block, whatever happens."""
    try:
        yield
    finally:
        for each in running:
            if each.process.poll() is None:
                each.process.kill()
            each.process.wait()


def get(url: str, headers: Mapping[str, str] | None = None, timeout_s: float = 10) -> tuple[int, bytes]:
    """Status and body; 0 when there is no answer."""
    try:
        request = urllib.request.Request(url, headers=dict(headers or {}))  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""
