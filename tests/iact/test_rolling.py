"""Real supervisord and PostgreSQL, two stand-ins of each kind: processes replaced one after the other, or put back."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from iact import rolling, run_file, services
from iact.console import Steps
from iact.data_dir import Layout
from iact.errors import CommandFailed, SystemNotRunning
from iact.migrations import ROOT
from iact.ports import METRICS_OFFSET, PROCESSES, process_ports
from iact.rolling import roll
from iact.shutdown import stop
from iact.startup import Wanted, start
from iact.status import collect
from iact.supervision import Supervisor, base_environment, spec_file
from iact.watch import with_process
from shared.ports import free_port

pytestmark = pytest.mark.integration

STUBS = dict.fromkeys(services.MODULES, "tests.iact.stub_service:app")
BROKEN = {**STUBS, "ivr": "tests.iact.no_such_service:app"}
TWO = 2


def two_blocks() -> int:
    """A port with room for two processes of each kind and their metrics."""
    own = [port - 1 for port in process_ports(1, TWO).values()]
    return free_port(beside=[offset for port in own for offset in (port, port + METRICS_OFFSET) if offset])


def pids(root: Path) -> dict[str, int]:
    known = {each["name"]: each["pid"] for each in collect(root)["processes"]}
    return {name: pid for name, pid in known.items() if name != "postgres"}


def working_folders(root: Path) -> set[Path]:
    return {Path(f"/proc/{pid}/cwd").readlink() for pid in pids(root).values()}


def environment_of(root: Path, name: str) -> dict[str, str]:
    known: dict[str, str] = json.loads(spec_file(Layout(root), name).read_text())["environment"]
    return known


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """Ten stand-ins, started by a release in another folder."""
    folder = Path(tempfile.mkdtemp(prefix="iact-roll-"))
    folder.chmod(0o755)
    data, old = folder / "data", folder / "old"
    old.mkdir()
    here = Path.cwd()
    try:
        os.chdir(old)
        # Stand-ins are found although the old release has none.
        started = {**base_environment(), "PYTHONPATH": str(ROOT)}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("iact.services.base_environment", lambda: started)
            start(Wanted(data, two_blocks(), 0, demo=False, processes=TWO), Steps(done=0, total=2), STUBS)
        os.chdir(here)
        yield data
    finally:
        os.chdir(here)
        stop(Layout(data))
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def first_roll(root: Path) -> tuple[dict[str, int], list[str], list[str]]:
    """The processes before the first whole replacement, the names of those that it replaced, and what it said."""
    before, said = pids(root), list[str]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rolling, "SETTLE_S", 0.0)
        return before, roll(root, said.append, modules=STUBS), said


def test_two_of_each_kind_run_and_the_gateways_know_both(root: Path) -> None:
    found = collect(root)
    assert found["ready"]
    assert {each["name"] for each in found["processes"]} == {"postgres", *process_ports(1, TWO)}
    run = run_file.read(root)
    first = int(run["gateway_url"].rsplit(":", 1)[1])
    environment = json.loads(spec_file(Layout(root), "gateway-2").read_text())["environment"]
    assert environment["IACT_IVR_URL"] == f"http://127.0.0.1:{first + 2},http://127.0.0.1:{first + 102}"
    assert environment["IACT_GATEWAY_WORKERS"] == "2"
    assert run["more_processes"]["ivr-2"]["url"] == f"http://127.0.0.1:{first + 102}"
    assert run["services"].keys() == set(PROCESSES)


@pytest.mark.requirement("RF-052")
def test_a_broken_release_is_put_back_and_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolling, "TROUBLE_S", 1.0)
    monkeypatch.setattr(rolling, "SETTLE_S", 0.0)
    before = spec_file(Layout(root), "ivr").read_text()
    with pytest.raises(
        CommandFailed, match=r"ivr of .* does not become ready: .*no_such_service.* runs again as it was"
    ):
        roll(root, print, modules=BROKEN)
    assert spec_file(Layout(root), "ivr").read_text() == before
    assert collect(root)["ready"]
    assert ROOT in working_folders(root), "sessions stays replaced"


@pytest.mark.requirement("RF-052")
def test_what_is_not_of_this_release_is_replaced_once(
    root: Path, first_roll: tuple[dict[str, int], list[str], list[str]]
) -> None:
    before, replaced, said = first_roll
    assert replaced[-2:] == ["gateway", "gateway-2"]
    assert {"ivr", "ivr-2", "dora-2"} <= set(replaced)
    assert said[-1].startswith(f"{len(replaced)}/{len(replaced)} gateway-2 runs from {ROOT}")
    assert working_folders(root) == {ROOT}
    after = pids(root)
    assert all(after[name] != before[name] for name in replaced)
    assert roll(root, print, modules=STUBS) == []
    assert pids(root) == after


@pytest.mark.requirement("RF-052")
@pytest.mark.usefixtures("first_roll")
def test_a_setting_that_is_changed_reaches_every_process_one_after_the_other(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As docs/operaciones/replicas.md has it: IACT_REPLICAS=HOST:PORT iact roll --all."""
    monkeypatch.setattr(rolling, "SETTLE_S", 0.0)
    before, port = pids(root), environment_of(root, "ivr-2")["IACT_METRICS_PORT"]
    away: list[set[str]] = []

    def note(line: str) -> None:
        now = pids(root)
        away.append({name for name in before if name not in now})
        assert line

    monkeypatch.setenv("IACT_REPLICAS", "db2:5432")
    monkeypatch.setenv("IACT_METRICS_PORT", "1")  # of a process each: never of the shell
    replaced = roll(root, note, everything=True, modules=STUBS)
    assert len(replaced) == len(away) == TWO * len(PROCESSES)
    assert away == [set()] * len(away), "each is back before the next goes"
    assert all(pid != before[name] for name, pid in pids(root).items() if name in replaced)
    for name in replaced:
        assert environment_of(root, name)["IACT_REPLICAS"] == "db2:5432"
    assert environment_of(root, "ivr-2")["IACT_METRICS_PORT"] == port
    monkeypatch.delenv("IACT_REPLICAS")
    assert roll(root, print, modules=STUBS) == [], "what was told stays told"


def test_the_watcher_notes_the_second_process_too(root: Path) -> None:
    run, known = run_file.read(root), Layout(root)
    assert known.root == root
    noted = with_process(run, "ivr-2", Supervisor(known).process_ids()["ivr-2"])
    assert noted is not None
    assert noted["more_processes"]["ivr-2"]["pid"] == pids(root)["ivr-2"]


def test_nothing_that_runs_is_told(tmp_path: Path) -> None:
    with pytest.raises(SystemNotRunning, match=r"start it with ./scripts/start.sh"):
        roll(tmp_path, print)
