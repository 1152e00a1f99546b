"""kill -9 in the middle of a load: after the restart the load finishes by itself and the truth still holds."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import USERNAME, port_range
from tests.e2e.system import PASSWORD, RunningSystem, run_iact
from tests.e2e.test_flow import by_day_and_segment, legacy_period

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

ROWS = 500_000  # many seconds of loading, so that a kill lands in the middle
PATIENCE_S = 120.0
SOURCES = """
[[source]]
id = "legacy"
kind = "legacy"
zone = "America/Mexico_City"
paths = ["{folder}/tbl_historico_*.csv"]
"""


@pytest.fixture(scope="module")
def empty_system() -> Iterator[RunningSystem]:
    """A system without sample, whose source is a folder of simulated tables that nobody has read yet."""
    folder = Path(tempfile.mkdtemp(prefix="iact-faults-"))
    folder.chmod(0o755)
    home = folder / "data"
    source = folder / "source"
    try:
        made = run_iact(
            *("simulate", "--kind", "legacy", "--rows", str(ROWS), "--seed", "5", "--to-dir", str(source)),
            data_dir=home,
        )
        assert made.returncode == 0, made.stderr
        sources = folder / "sources.toml"
        sources.write_text(SOURCES.format(folder=source), encoding="utf-8")
        settings = {"IACT_SOURCES_FILE": str(sources)}
        started = run_iact("up", "--detach", "--port", str(port_range()), data_dir=home, settings=settings)
        assert started.returncode == 0, started.stdout + started.stderr
        person = ("createsuperuser", "--username", USERNAME, "--password-stdin")
        assert run_iact(*person, data_dir=home, stdin=PASSWORD).returncode == 0
        shutil.copy(source / "manifest.json", home / "manifest.json")
        yield RunningSystem(home, USERNAME)
    finally:
        run_iact("erase", "--yes", data_dir=home)
        shutil.rmtree(folder, ignore_errors=True)


def until(what: str, check: Callable[[], Any]) -> Any:
    """The first true answer of `check`; a system that is restarting may refuse meanwhile."""
    deadline = time.monotonic() + PATIENCE_S
    seen: Any = None
    while time.monotonic() < deadline:
        try:
            if seen := check():
                return seen
        except (httpx.HTTPError, KeyError) as error:
            seen = error
        time.sleep(0.05)
    pytest.fail(f"{what} did not happen within {PATIENCE_S:g} s; last: {seen}")


def load_and_kill(system: RunningSystem, process: str, *, force: bool) -> list[dict[str, Any]]:
    """Start a run, kill `process` once rows have been read, wait until the source is loaded; the runs."""
    client = system.sign_in()
    started = client.post("/api/v1/ivr/runs", json={"source": "legacy", "force": force})
    assert started.status_code == 202, started.text
    first = started.json()["id"]
    path = f"/api/v1/ivr/runs/{first}"
    until("reading", lambda: client.get(path).json()["read"] > 0)
    os.kill(system.run["pids"][process]["pid"], signal.SIGKILL)

    def finished() -> list[dict[str, Any]]:
        answer = client.get("/api/v1/ivr/runs")
        runs: list[dict[str, Any]] = answer.json()["items"] if answer.status_code == 200 else []
        newest = max(runs, key=lambda run: int(run["id"]), default=None)
        return runs if newest is not None and newest["state"] == "succeeded" else []

    runs: list[dict[str, Any]] = until("a finished load", finished)
    return [run for run in runs if int(run["id"]) >= int(first)]


def assert_truth(system: RunningSystem) -> None:
    truth = system.manifest["legacy"]
    expected = {(day, segment): (c, a, u) for day, segment, c, a, u, *_ in truth["by_day_segment"]}
    assert by_day_and_segment(system.sign_in(), legacy_period(system)) == expected


def test_kill_of_the_ivr_service(empty_system: RunningSystem) -> None:
    runs = load_and_kill(empty_system, "ivr", force=False)
    assert len(runs) > 1, "the kill came too late: the run it hit had finished"
    assert_truth(empty_system)


def test_kill_of_postgresql(empty_system: RunningSystem) -> None:
    load_and_kill(empty_system, "postgres", force=True)
    assert_truth(empty_system)
