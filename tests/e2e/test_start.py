"""`./scripts/start.sh` as a stranger meets it: nothing installed, one command, true numbers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.iact.blocks import free_block

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = (".git", ".venv", "node_modules", "dist", ".iact", "__pycache__", "*.egg-info", ".*_cache", ".hypothesis")
ROWS = 20_000
PASSWORD = "a long sentence that only this test knows"
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Clone:
    """A copy of the tree, the data folder beside it, and what the first start printed."""

    root: Path
    data: Path
    first_output: str

    def script(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return run_script(self.root, *arguments, "--data-dir", str(self.data))

    def run(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.data / "run.json").read_text())
        return content


def strangers_environment() -> dict[str, str]:
    """A stranger's shell has none of this run's settings, and no activated environment."""
    ours = ("IACT_", "DB_", "VIRTUAL_ENV", "PYTEST_", "COV")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    folders = environment["PATH"].split(os.pathsep)
    environment["PATH"] = os.pathsep.join(folder for folder in folders if not folder.startswith(sys.prefix))
    return environment


def run_script(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(root / "scripts" / "start.sh"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
        env=strangers_environment(),
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def clone() -> Iterator[Clone]:
    folder = Path(tempfile.mkdtemp(prefix="iact-clone-"))
    folder.chmod(0o755)
    root, data = folder / "iact", folder / "data"
    shutil.copytree(ROOT, root, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
    arguments = ("--detach", "--port", str(free_block()), "--rows", str(ROWS), "--data-dir", str(data))
    started = run_script(root, *arguments)
    try:
        assert started.returncode == 0, started.stdout + started.stderr
        yield Clone(root, data, started.stdout)
    finally:
        run_script(root, "erase", "--yes", "--data-dir", str(data))
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def signed_in(clone: Clone) -> Iterator[httpx.Client]:
    """Signed in through the printed link, with nothing but an HTTP client."""
    run = clone.run()
    link = run["admin_sign_in_url"]
    assert link in clone.first_output
    with httpx.Client(base_url=f"{run['gateway_url']}/api/v1", timeout=30) as client:
        body = {"code": link.partition("#code=")[2], "new_password": PASSWORD}
        answer = client.post("/sessions/redeem", json=body)
        assert answer.is_success, answer.text
        # Libraries do not send a Secure cookie to plain http, browsers do on loopback.
        cookie = answer.headers["set-cookie"].partition(";")[0]
        client.headers.update({"Cookie": cookie, "X-CSRF-Token": answer.json()["csrf_token"]})
        yield client


@pytest.mark.requirement("RF-034")
def test_five_steps_are_ticked_with_their_times(clone: Clone) -> None:
    ticked = [line for line in clone.first_output.splitlines() if line.startswith("[ok]")]
    assert [line.split()[1] for line in ticked] == [f"{number}/5" for number in range(1, 6)]
    assert all(line.endswith(" s") for line in ticked)
    for word in ("Open", "Look first", "Stop", "Erase", "Diagnose"):
        assert word in clone.first_output


def test_the_page_is_there(clone: Clone) -> None:
    answer = httpx.get(clone.run()["gateway_url"], timeout=60)
    assert answer.status_code == 200
    assert "<script" in answer.text


@pytest.mark.requirement("RF-034")
def test_the_numbers_are_those_of_the_manifest(clone: Clone, signed_in: httpx.Client) -> None:
    truth = json.loads((clone.data / "manifest.json").read_text())["legacy"]
    zone = truth["zone"]
    question = {
        "source_kind": "legacy",
        "metrics": ["calls", "abandoned", "unique_callers"],
        "time": {
            "from": "2025-07-01T00:00:00-06:00",
            "to": "2026-01-01T00:00:00-06:00",
            "granularity": "total",
            "zone": zone,
        },
    }
    answer = signed_in.post("/analytics/query", json=question)
    assert answer.status_code == 200, answer.text
    assert answer.json()["rows"] == [[truth["calls"], truth["abandoned"], truth["unique_callers"]["total"]]]
    assert truth["calls"] == ROWS


def test_the_used_link_is_gone_and_a_second_start_names_the_account(clone: Clone, signed_in: httpx.Client) -> None:
    assert clone.run()["admin_sign_in_url"] is None
    assert signed_in.get("/sessions/current").json()["user"]["username"] == "admin"
    again = clone.script("--detach")
    assert again.returncode == 0, again.stderr
    assert "sign in as admin" in again.stdout
    assert "#code=" not in again.stdout


def test_everything_that_is_killed_is_back(clone: Clone) -> None:
    before = clone.run()["pids"]
    for name, entry in before.items():
        if name != "supervisor":
            os.kill(entry["pid"], signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while clone.script("status").returncode != 0 or clone.run()["pids"]["postgres"] == before["postgres"]:
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.requirement("RF-034")
def test_stopped_and_started_again_with_the_same_data(clone: Clone) -> None:
    assert clone.script("stop").returncode == 0
    stopped = clone.script("status")
    assert stopped.returncode == 1
    assert "Nothing runs" in stopped.stdout
    again = clone.script("--detach", "--rows", str(ROWS + 1))
    assert again.returncode == 0, again.stderr
    assert f"Sample of {ROWS:,} IVR calls, loaded before; erase it to have {ROWS + 1:,}" in again.stdout


def test_who_looks_again_neither_stays_nor_ends_what_runs(clone: Clone) -> None:
    again = clone.script("--rows", str(ROWS))
    assert again.returncode == 0, again.stderr
    assert "start.sh stop" in again.stdout
    assert clone.script("status").returncode == 0


def test_a_log_has_the_address_while_the_system_runs(clone: Clone, tmp_path: Path) -> None:
    assert clone.script("stop").returncode == 0
    log = tmp_path / "log"
    with log.open("w") as output:
        command = [str(clone.root / "scripts" / "start.sh"), "--data-dir", str(clone.data), "--rows", str(ROWS)]
        with subprocess.Popen(command, stdout=output, stderr=output, env=strangers_environment()) as process:
            try:
                deadline = time.monotonic() + PATIENCE_S
                while "Diagnose" not in log.read_text():
                    assert process.poll() is None, log.read_text()
                    assert time.monotonic() < deadline, log.read_text()
                    time.sleep(0.1)
                assert "Ctrl-C" in log.read_text()
            finally:
                process.send_signal(signal.SIGINT)
    assert process.returncode == 0, log.read_text()
    assert clone.script("status").returncode == 1
    assert clone.script("--detach").returncode == 0


def test_no_secret_was_printed_or_logged(clone: Clone) -> None:
    values = [path.read_text().strip() for path in (clone.data / "secrets").iterdir()]
    logs = "".join(path.read_text(errors="replace") for path in (clone.data / "logs").glob("*.log"))
    assert not [value for value in values if value in logs or value in clone.first_output]
