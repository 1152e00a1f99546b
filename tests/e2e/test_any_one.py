"""kill -9 of any one process under load: no read fails, and writes are refused for seconds with `Retry-After`.

Two PostgreSQL servers in streaming replication, two processes of each service and three gateways behind nginx, as
docs/escala.md sets them up. `IACT_SURVIVAL_STRICT=1` on a quiet machine holds the promised 5 s.
"""

import collections
import json
import os
import shutil
import signal
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from iact.data_dir import Layout
from iact.embedded import embedded
from iact.supervision import spec_file
from shared.ports import free_port
from shared.testing.standby import Standby, standby_of
from tests.deploy.upgrade_drill import free_ports
from tests.e2e.conftest import running_system
from tests.e2e.system import RunningSystem, run_iact
from tests.e2e.test_survival import family
from tests.gateway.processes import Running, ending, start
from tests.gateway.test_nginx import MAIN, NAME, configured, write_certificate

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed (apt install nginx-light)"),
]

REFUSED_S = 5.0 if os.environ.get("IACT_SURVIVAL_STRICT") == "1" else 60.0
WAIT_S = 90.0
FROZEN_S = 8.0
READERS = 2
PAUSE_S = 0.02  # two cores also run what is killed
QUESTION = {
    "metrics": ["calls", "abandoned"],
    "dimensions": ["segment"],
    "source_kind": "legacy",
    "time": {"from": "2025-07-01T00:00:00-06:00", "to": "2025-10-01T00:00:00-06:00", "granularity": "month"},
}


@dataclass
class Load:
    """Readers and a writer that never stop: every failure is kept, and when a write was refused."""

    url: str
    certificate: Path
    token: str
    answers: collections.Counter[str] = field(default_factory=collections.Counter)
    failures: list[str] = field(default_factory=list)
    refused_at_s: list[float] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self.threads = [threading.Thread(target=self._read) for _ in range(READERS)]
        self.threads.append(threading.Thread(target=self._write))
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def wait(self, seconds: float) -> None:
        """Let it run, and so many more reads be answered."""
        before, ends_at = self.answers.total(), time.monotonic() + WAIT_S
        time.sleep(seconds)
        while self.answers.total() < before + 20 and not self.failures:
            assert time.monotonic() < ends_at, "nothing is answered any more"
            time.sleep(0.05)

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self.url,
            verify=ssl.create_default_context(cafile=str(self.certificate)),
            trust_env=False,
            headers={"host": NAME, "authorization": f"Bearer {self.token}"},
            timeout=30,
        )

    def _read(self) -> None:
        with self.client() as client:
            while not self.stopping.is_set():
                self._ask(client, "POST", "/api/v1/analytics/query", QUESTION)
                self._ask(client, "GET", "/api/v1/analytics/reports/abandonment?quarter=2025-Q3", None)
                time.sleep(PAUSE_S)

    def _ask(self, client: httpx.Client, method: str, path: str, body: object) -> None:
        began = time.monotonic()
        try:
            answer = client.request(method, path, json=body, extensions={"sni_hostname": NAME})
        except httpx.HTTPError as error:
            self.failures.append(f"{path}: {error!r} after {time.monotonic() - began:.2f} s")
            return
        self.answers[path] += 1
        if answer.status_code != 200:
            self.failures.append(f"{path}: {answer.status_code} {answer.text[:300]}")

    def _write(self) -> None:
        with self.client() as client:
            while not self.stopping.is_set():
                self._keep(client)
                time.sleep(10 * PAUSE_S)

    def _keep(self, client: httpx.Client) -> None:
        """Keep a view and forget it again."""
        body = {"name": f"View {time.monotonic_ns()}", "query": QUESTION}
        try:
            answer = client.post("/api/v1/analytics/views", json=body, extensions={"sni_hostname": NAME})
            if answer.status_code == 201:
                self.written.append(answer.json()["id"])
                path = f"/api/v1/analytics/views/{answer.json()['id']}"
                answer = client.delete(path, extensions={"sni_hostname": NAME})
        except httpx.HTTPError:
            # Sent and not answered: whether it was done is not known, and so it is not sent twice by anybody.
            self.refused_at_s.append(time.monotonic())
            return
        if answer.request.method == "DELETE" and answer.status_code == 404:
            # Nobody else forgets this view: nginx sent the request again after a gateway died with it, and had done it.
            self.repeated.append(str(answer.url))
        elif answer.status_code >= 400:
            self.refused_at_s.append(time.monotonic())
            if answer.status_code != 503 or "retry-after" not in answer.headers:
                self.failures.append(f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text[:300]}")


@dataclass
class Site:
    """The whole, and the parts that a test kills."""

    system: RunningSystem
    standby: Standby
    gateway: Running
    load: Load

    def start_gateway(self) -> None:
        """The third one again, on its port."""
        self.gateway.process.wait()
        layout = Layout(self.system.data_dir)
        self.gateway.process = gateway_like(layout, "gateway-2", self.gateway.port).process

    def pid(self, name: str) -> int | None:
        """The process of that name; None while there is none."""
        status = json.loads(self.system.iact("status", "--json").stdout)
        pids: dict[str, int | None] = {each["name"]: each["pid"] for each in status["processes"]}
        return pids[name]

    def kill(self, name: str) -> None:
        """kill -9, and until the supervisor has started it again."""
        before = self.pid(name)
        assert before is not None
        os.kill(before, signal.SIGKILL)
        ends_at = time.monotonic() + WAIT_S
        while self.pid(name) in {before, None}:
            assert time.monotonic() < ends_at, f"{name} did not come back"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, replica, first = tmp_path_factory.mktemp("nginx"), free_port(), free_ports()
    settings = {"IACT_REPLICAS": f"127.0.0.1:{replica}", "IACT_TRUSTED_PROXIES": "127.0.0.1"}
    with running_system() as system:
        assert system.iact("down").returncode == 0
        options = ("--detach", "--processes", "2", "--port", str(first))
        started = run_iact("up", *options, data_dir=system.data_dir, settings=settings)
        assert started.returncode == 0, started.stdout + started.stderr
        layout = Layout(system.data_dir)
        primary = embedded(layout, postgres_port(layout), print)
        with (
            standby_of(primary.server, primary.owner.password, primary.server.cluster.parent, replica) as standby,
            ending(third := gateway_like(layout, "gateway-2", free_port())),
            ending(nginx := before(folder, [first, first + 100, third.port])),
        ):
            made = json.loads(system.iact("token", "create", "--username", system.username, "--json").stdout)
            with Load(f"https://127.0.0.1:{nginx.port}", folder / "cert.pem", made["token"]) as load:
                yield Site(system, standby, third, load)


def postgres_port(layout: Layout) -> int:
    argv: list[str] = json.loads(spec_file(layout, "postgres").read_text(encoding="utf-8"))["argv"]
    return int(next(each for each in argv if each.startswith("port=")).removeprefix("port="))


def gateway_like(layout: Layout, name: str, port: int) -> Running:
    """One more gateway, as the supervisor would start it, on a port of its own."""
    spec: dict[str, Any] = json.loads(spec_file(layout, name).read_text(encoding="utf-8"))
    environment = {**spec["environment"], "IACT_METRICS_PORT": str(free_port())}
    return start([*spec["argv"][:-1], str(port)], port, environment)


def before(folder: Path, gateways: list[int]) -> Running:
    """nginx as deploy/ has it, before three gateways."""
    write_certificate(folder)
    ports = {"one": gateways[0], "two": gateways[1], "plain": free_port(), "tls": free_port()}
    line = f"server 127.0.0.1:{gateways[1]} max_fails=3 fail_timeout=1s;"
    text = configured(folder, ports)
    assert line in text
    text = text.replace(line, f"{line}\n    {line.replace(str(gateways[1]), str(gateways[2]))}")
    (folder / "iact.conf").write_text(text, encoding="utf-8")
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder), encoding="utf-8")
    command = ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    return start(command, ports["tls"])


@pytest.fixture
def load(site: Site) -> Load:
    """The load as the test before left it: all processes are ready again, nothing failed, writes come through."""
    ready_at = time.monotonic() + WAIT_S
    while site.system.iact("status").returncode != 0:  # else two were away at once, and it is about any one
        assert time.monotonic() < ready_at, site.system.iact("status").stdout
    site.load.failures.clear()
    site.load.refused_at_s.clear()
    site.load.repeated.clear()
    written, ends_at = len(site.load.written), time.monotonic() + WAIT_S
    while len(site.load.written) == written:
        assert time.monotonic() < ends_at, f"nothing can be written: {site.load.failures[-3:]}"
        time.sleep(0.05)
    return site.load


@pytest.mark.requirement("RNF-011", "RNF-020")
def test_the_standby(site: Site, load: Load) -> None:
    load.wait(2)
    site.standby.kill()
    load.wait(2)
    site.standby.start()
    load.wait(2)
    assert load.failures[:5] == []
    assert load.refused_at_s == [], "it has nothing to do with writes"


@pytest.mark.requirement("RNF-011", "RNF-020")
def test_the_primary(site: Site, load: Load) -> None:
    load.wait(2)
    site.kill("postgres")
    load.wait(2)
    written, ends_at = len(load.written), time.monotonic() + WAIT_S
    while len(load.written) == written:
        assert time.monotonic() < ends_at, "nothing can be written any more"
        time.sleep(0.05)
    assert load.failures[:5] == []
    assert load.refused_at_s, "the test killed nothing that matters"
    refused_s = load.refused_at_s[-1] - load.refused_at_s[0]
    print(f"writes were refused for {refused_s:.2f} s")  # shown with -s
    assert refused_s <= REFUSED_S


@pytest.mark.requirement("RNF-011", "RNF-020")
def test_the_primary_that_says_nothing(site: Site, load: Load) -> None:
    """All its processes are stopped, and nothing refuses: reads go on, who writes is told in seconds to come again."""
    load.wait(2)
    primary = site.pid("postgres")
    assert primary is not None
    stopped = family(primary)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        ends_at, asked_s, written = time.monotonic() + FROZEN_S, list[float](), len(load.written)
        with load.client() as client:
            while time.monotonic() < ends_at:
                began = time.monotonic()
                body = {"name": "Nobody keeps it", "query": QUESTION}
                answer = client.post("/api/v1/analytics/views", json=body, extensions={"sni_hostname": NAME})
                asked_s.append(time.monotonic() - began)
                assert (answer.status_code, "retry-after" in answer.headers) == (503, True), answer.text
        load.wait(1)
        assert len(load.written) <= written + 1, "one may have been under way"
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    print(f"frozen: {len(asked_s)} writes refused, the slowest after {max(asked_s):.2f} s")  # shown with -s
    assert load.failures[:5] == []
    assert max(asked_s) <= REFUSED_S


@pytest.mark.parametrize("name", ["analytics", "sessions", "gateway"])
@pytest.mark.requirement("RNF-011")
def test_a_process(site: Site, load: Load, name: str) -> None:
    site.kill(name)
    load.wait(1)
    assert load.failures[:5] == []
    assert len(load.repeated) <= (1 if name == "gateway" else 0), "one writer has one request under way"


@pytest.mark.requirement("RNF-011")
def test_a_gateway_that_nobody_starts_again(site: Site, load: Load) -> None:
    site.gateway.process.kill()
    load.wait(2)
    assert load.failures[:5] == []
    # Of the three one may be gone, and the next test kills another.
    site.start_gateway()
