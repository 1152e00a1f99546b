"""`python -m tests.deploy.upgrade_drill [--from REF]`: an upgrade and its way back under load, nothing stubbed.

Installs the commit REF from this repository, puts nginx as `deploy/nginx/iact.conf` has it before its two gateways,
and reads and writes through it without a pause while `deploy/upgrade.sh` puts this tree, with two migrations more, in
its place, `deploy/rollback.sh` takes it back, and `deploy/upgrade.sh` goes the whole way: expand, roll, contract. What
is expanded and contracted is a table that the load writes to. Ends with 0 only when no request failed. Takes minutes:
not part of the suite. REF must know `iact up --processes`.
"""

import argparse
import collections
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from iact.ports import METRICS_OFFSET, process_ports
from shared.ports import free_port
from shared.testing.plugin import ROOT
from tests.gateway.test_nginx import MAIN, NAME, configured, write_certificate

READERS = 2
PAUSE_S = 0.02  # two cores also run what is upgraded
REQUESTS_PER_S = 40  # of the 50 that one gateway allows one token, for while the other is replaced it gets them all
WRITE_PAUSE_S = 0.1  # a sign-in alone costs a twentieth of a second of a core
READS = ("/api/v1/sessions/current", "/api/v1/ivr/sources", "/api/v1/ivr/freshness", "/health/live")
USERNAME = "drill"
PASSWORD = "correct horse battery staple"  # of a system that lives for minutes
EXTRA = {
    "9990_drill.sql": "SET LOCAL lock_timeout = '5s'; ALTER TABLE analytics.views ADD COLUMN drill integer;",
    "9991_drill_contract.sql": "SET LOCAL lock_timeout = '5s'; ALTER TABLE analytics.views DROP COLUMN drill;",
}
QUESTION = {
    "metrics": ["calls"],
    "source_kind": "legacy",
    "time": {"from": "2025-07-01T00:00:00-06:00", "to": "2025-10-01T00:00:00-06:00"},
}


class Load:
    """Readers and writers that never stop; every answer counted, every failure kept."""

    def __init__(self, url: str, certificate: Path, token: str) -> None:
        self.url, self.certificate, self.token = url, certificate, token
        self.answers: collections.Counter[str] = collections.Counter()
        self.failures: list[str] = []
        self.slowest_s = 0.0
        self._stop = threading.Event()
        self._turn = threading.Lock()
        self._next_at = 0.0
        self._threads = [threading.Thread(target=self._repeat, args=(self._read, PAUSE_S)) for _ in range(READERS)]
        self._threads += [
            threading.Thread(target=self._repeat, args=(each, WRITE_PAUSE_S))
            for each in (self._view, self._export, self._deployment, self._session)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, once: Callable[[httpx.Client], None], pause_s: float) -> None:
        context = ssl.create_default_context(cafile=str(self.certificate))
        with httpx.Client(base_url=self.url, verify=context, trust_env=False, timeout=30) as client:
            while not self._stop.is_set():
                once(client)
                time.sleep(pause_s)

    def _wait(self) -> None:
        """For this request's turn: a faster machine must not ask for more than anybody may."""
        with self._turn:
            now = time.monotonic()
            at = self._next_at = max(now, self._next_at + 1 / REQUESTS_PER_S)
        time.sleep(at - now)

    def _read(self, client: httpx.Client) -> None:
        for path in READS:
            self._ask(client, "GET", path)
        self._ask(client, "POST", "/api/v1/analytics/query", QUESTION)

    def _view(self, client: httpx.Client) -> None:
        """Keep a view, read it, forget it."""
        path = "/api/v1/analytics/views"
        made = self._ask(client, "POST", path, {"name": f"View {time.monotonic_ns()}", "query": QUESTION})
        if made is not None:
            self._ask(client, "GET", f"{path}/{made['id']}", shown=f"{path}/ID")
            self._ask(client, "DELETE", f"{path}/{made['id']}", shown=f"{path}/ID")

    def _export(self, client: httpx.Client) -> None:
        """Have a file made, and forget it, made or not."""
        path = "/api/v1/analytics/exports"
        made = self._ask(client, "POST", path, {"format": "csv", "query": QUESTION})
        if made is not None:
            self._ask(client, "DELETE", f"{path}/{made['id']}", shown=f"{path}/ID")
        # What was cancelled is forgotten by a second time, once it has ended: a person keeps fifty at most.
        for export in (self._ask(client, "GET", path) or {"items": []})["items"]:
            if export["state"] not in {"queued", "running"}:
                self._ask(client, "DELETE", f"{path}/{export['id']}", shown=f"{path}/ID")

    def _deployment(self, client: httpx.Client) -> None:
        number = time.monotonic_ns()
        told = {"service": "drill", "environment": "production", "version": f"1.{number}", "deployment_id": f"{number}"}
        self._ask(client, "POST", "/api/v1/dora/deployments", told)

    def _session(self, client: httpx.Client) -> None:
        """Sign in as a browser does, and out again."""
        person = {"username": USERNAME, "password": PASSWORD}
        client.cookies.clear()
        made = self._ask(client, "POST", "/api/v1/sessions", person, headers={"authorization": ""})
        if made is not None:
            headers = {"authorization": "", "x-csrf-token": made["csrf_token"]}
            self._ask(client, "DELETE", "/api/v1/sessions/current", headers=headers)

    def _ask(
        self,
        client: httpx.Client,
        method: str,
        path: str,
        body: object = None,
        *,
        shown: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The answer's document; None when it has none, or failed."""
        named = {"host": NAME, "authorization": f"Bearer {self.token}", **(headers or {})}
        named = {name: value for name, value in named.items() if value}
        self._wait()
        began = time.monotonic()
        what = f"{method} {shown or path}"
        try:
            answer = client.request(method, path, json=body, headers=named, extensions={"sni_hostname": NAME})
        except httpx.HTTPError as error:
            self.failures.append(f"{what}: {error!r}")
            return None
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        self.answers[what] += 1
        if answer.status_code >= 400:
            self.failures.append(f"{time.strftime('%X')} {what}: {answer.status_code} {answer.text[:200]}")
            return None
        return answer.json() if answer.content else None


def run(*command: str | Path, stdin: str = "") -> str:
    """A command's output, shown unless it is a token; a failure ends the drill."""
    print(f"$ {' '.join(str(part) for part in command)}", flush=True)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DB_", "IACT_"))}
    done = subprocess.run(
        [str(part) for part in command],
        env=clean,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    print("(not shown)" if "--json" in command else done.stdout + done.stderr, flush=True)
    if done.returncode:
        raise SystemExit(f"it ended with {done.returncode}")
    return done.stdout


def iact(*words: str | Path, stdin: str = "") -> str:
    return run(sys.executable, "-m", "iact", *words, stdin=stdin)


def tree(ref: str, folder: Path) -> Path:
    """The files of a commit, with a page."""
    folder.mkdir()
    archive = subprocess.run(["git", "archive", ref], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    (folder / "ui" / "dist").mkdir(parents=True, exist_ok=True)
    (folder / "ui" / "dist" / "index.html").write_text("<!doctype html><title>IACT</title>", encoding="utf-8")
    return folder


def free_ports() -> int:
    own = [port - 1 for port in process_ports(1, 2).values()]
    return free_port(beside=[each for port in own for each in (port, port + METRICS_OFFSET) if each])


def nginx(folder: Path, first: int) -> tuple[subprocess.Popen[bytes], int, Path]:
    """nginx before the two gateways; its process, its port, whom to trust."""
    certificate = write_certificate(folder)
    ports = {"one": first, "two": first + 100, "plain": free_port(), "tls": free_port()}
    (folder / "iact.conf").write_text(configured(folder, ports), encoding="utf-8")
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder), encoding="utf-8")
    binary = shutil.which("nginx")
    if binary is None:
        raise SystemExit("upgrade_drill: nginx is not installed (apt install nginx-light)")
    process = subprocess.Popen([binary, "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    return process, ports["tls"], certificate


def drill(folder: Path, ref: str) -> Load:
    """Install, load, upgrade, go back, upgrade for good; the load, stopped."""
    old, new = tree(ref, folder / "old"), tree("HEAD", folder / "new")
    for name, text in EXTRA.items():
        (new / "services" / "analytics" / "migrations" / name).write_text(text, encoding="utf-8")
    data, prefix, first = folder / "data", folder / "iact", free_ports()
    where = ("--prefix", prefix, "--data-dir", data)
    deploy = new / "deploy"
    server = None
    load = None
    try:
        run(deploy / "install.sh", "--source", old, "--venv", ROOT / ".venv", *where, "--port", str(first))
        iact("createsuperuser", "--username", USERNAME, "--password-stdin", "--data-dir", data, stdin=PASSWORD)
        created = iact("token", "create", "--username", USERNAME, "--json", "--data-dir", data)
        (folder / "nginx").mkdir()
        server, port, certificate = nginx(folder / "nginx", first)
        load = Load(f"https://127.0.0.1:{port}", certificate, json.loads(created)["token"])
        load.start()
        run(deploy / "upgrade.sh", "--no-contract", "--source", new, "--venv", ROOT / ".venv", *where)
        run(deploy / "rollback.sh", *where)
        run(deploy / "upgrade.sh", "--source", new, "--venv", ROOT / ".venv", *where)
        return load
    finally:
        if load is not None:
            load.stop()
        if server is not None:
            server.terminate()
            server.wait()
        iact("down", "--data-dir", data)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.deploy.upgrade_drill", description=__doc__)
    parser.add_argument("--from", dest="ref", default="HEAD~1", help="the commit that runs before")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="iact-upgrade-") as made:
        folder = Path(made)
        folder.chmod(0o755)  # as root PostgreSQL runs as somebody else, who must pass through
        load = drill(folder, given.ref)
    for what, answers in sorted(load.answers.items()):
        print(f"{answers:7} {what}")
    print(f"{sum(load.answers.values())} requests, {len(load.failures)} failed, slowest {load.slowest_s:.1f} s")
    print("\n".join(load.failures[:40]))
    return 1 if load.failures or not load.answers else 0


if __name__ == "__main__":
    sys.exit(main())
