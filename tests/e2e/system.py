"""A whole running system for end-to-end tests, and nothing but an HTTP client to talk to it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
COOKIE = "__Host-iact_session"
PASSWORD = "nueve tazas verdes sobre el piano"

Completed = subprocess.CompletedProcess[str]


def run_iact(
    *arguments: str, data_dir: Path, stdin: str = "", timeout_s: float = 240, settings: dict[str, str] | None = None
) -> Completed:
    """`iact …` as a person would type it, without the DB_* variables of whoever runs the tests."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DB_", "IACT_"))}
    return subprocess.run(
        [sys.executable, "-m", "iact", *arguments, "--data-dir", str(data_dir)],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**environment, **(settings or {})},
        timeout=timeout_s,
    )


@dataclass(frozen=True)
class RunningSystem:
    """What a test needs of a system that is up."""

    data_dir: Path
    username: str

    @property
    def run(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.data_dir / "run.json").read_text(encoding="utf-8"))
        return document

    @property
    def url(self) -> str:
        address: str = self.run["gateway_url"]
        return address

    @property
    def manifest(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.data_dir / "manifest.json").read_text(encoding="utf-8"))
        return document

    def iact(self, *arguments: str, stdin: str = "") -> Completed:
        return run_iact(*arguments, data_dir=self.data_dir, stdin=stdin)

    def anonymous(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60, trust_env=False)

    def sign_in(self, username: str | None = None, password: str = PASSWORD) -> httpx.Client:
        """A client with cookie and CSRF token, as the page would have them."""
        client = self.anonymous()
        answer = client.post("/api/v1/sessions", json={"username": username or self.username, "password": password})
        assert answer.status_code == 201, answer.text
        # HTTP libraries do not send a Secure cookie to plain http; browsers do on loopback.
        token = answer.headers["set-cookie"].split(f"{COOKIE}=", 1)[1].split(";", 1)[0]
        client.cookies.clear()
        client.headers["Cookie"] = f"{COOKIE}={token}"
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return client
