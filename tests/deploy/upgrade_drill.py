"""`python -m tests.deploy.upgrade_drill [--from REF]`: an upgrade and its way back under load, nothing stubbed.

Installs the commit REF from this repository, puts nginx as `deploy/nginx/iact.conf` has it before its two gateways,
and reads through it without a pause while `deploy/upgrade.sh` puts this tree, with two migrations more, in its place
and `deploy/rollback.sh` takes it back. Ends with 0 only when no request failed. Takes minutes: not part of the suite.
REF must know `iact up --processes`.
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
from pathlib import Path

import httpx

from iact.ports import METRICS_OFFSET, process_ports
from shared.ports import free_port
from shared.testing.plugin import ROOT
from tests.gateway.test_nginx import MAIN, NAME, configured, write_certificate

READERS = 3
PAUSE_S = 0.02  # two cores also run what is upgraded
READS = ("/api/v1/sessions/current", "/api/v1/ivr/sources", "/api/v1/ivr/freshness", "/health/live")
USERNAME = "drill"
PASSWORD = "correct horse battery staple"  # of a system that lives for minutes
EXTRA = {
    "9990_drill.sql": "CREATE TABLE public.drill (old int)",
    "9991_drill_contract.sql": "ALTER TABLE public.drill DROP COLUMN old",
}


class Load:
    """Readers that never stop; every answer counted, every failure kept."""

    def __init__(self, url: str, certificate: Path, token: str) -> None:
        self.url, self.certificate, self.token = url, certificate, token
        self.answers: collections.Counter[str] = collections.Counter()
        self.failures: list[str] = []
        self.slowest_s = 0.0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._read) for _ in range(READERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        context = ssl.create_default_context(cafile=str(self.certificate))
        headers = {"host": NAME, "authorization": f"Bearer {self.token}"}
        with httpx.Client(base_url=self.url, verify=context, trust_env=False, headers=headers, timeout=30) as client:
            while not self._stop.is_set():
                for path in READS:
                    self._ask(client, path)
                time.sleep(PAUSE_S)

    def _ask(self, client: httpx.Client, path: str) -> None:
        began = time.monotonic()
        try:
            answer = client.get(path, extensions={"sni_hostname": NAME})
        except httpx.HTTPError as error:
            self.failures.append(f"{path}: {error!r}")
            return
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        self.answers[path] += 1
        if answer.status_code >= 400:
            self.failures.append(f"{time.strftime('%X')} {path}: {answer.status_code} {answer.text[:200]}")


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
    """Install, load, upgrade, go back; the load, stopped."""
    old, new = tree(ref, folder / "old"), tree("HEAD", folder / "new")
    for name, text in EXTRA.items():
        (new / "shared" / "migrations" / name).write_text(text, encoding="utf-8")
    data, prefix, first = folder / "data", folder / "iact", free_ports()
    where = ("--prefix", prefix, "--data-dir", data)
    deploy = new / "deploy"
    server = None
    load = None
    try:
        run(deploy / "install.sh", "--source", old, "--venv", ROOT / ".venv", *where, "--port", str(first))
        run(
            sys.executable,
            "-m",
            "iact",
            "createsuperuser",
            "--username",
            USERNAME,
            "--password-stdin",
            "--data-dir",
            data,
            stdin=PASSWORD,
        )
        created = run(
            sys.executable,
            "-m",
            "iact",
            "token",
            "create",
            "--username",
            USERNAME,
            "--json",
            "--data-dir",
            data,
        )
        (folder / "nginx").mkdir()
        server, port, certificate = nginx(folder / "nginx", first)
        load = Load(f"https://127.0.0.1:{port}", certificate, json.loads(created)["token"])
        load.start()
        run(deploy / "upgrade.sh", "--no-contract", "--source", new, "--venv", ROOT / ".venv", *where)
        run(deploy / "rollback.sh", *where)
        return load
    finally:
        if load is not None:
            load.stop()
        if server is not None:
            server.terminate()
            server.wait()
        run(sys.executable, "-m", "iact", "down", "--data-dir", data)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.deploy.upgrade_drill", description=__doc__)
    parser.add_argument("--from", dest="ref", default="HEAD~1", help="the commit that runs before")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="iact-upgrade-") as made:
        folder = Path(made)
        folder.chmod(0o755)  # as root PostgreSQL runs as somebody else, who must pass through
        load = drill(folder, given.ref)
    print(f"{sum(load.answers.values())} requests, {len(load.failures)} failed, slowest {load.slowest_s:.1f} s")
    print("\n".join(load.failures[:20]))
    return 1 if load.failures or not load.answers else 0


if __name__ == "__main__":
    sys.exit(main())
