"""Real supervisord, PostgreSQL and MariaDB, with stand-ins for the five services: what outlives what."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from iact import mariadb, run_file, services
from iact.console import Steps
from iact.data_dir import Layout, prepare
from iact.errors import CommandFailed, SystemNotRunning
from iact.process_table import from_json, identify, is_alive
from iact.shutdown import erase_everything, stop
from iact.startup import Started, Wanted, start
from iact.status import collect
from iact.system import System
from shared.ports import is_free
from shared.testing.postgres import shared_memory
from tests.iact.blocks import free_block

pytestmark = pytest.mark.integration

STUBS = dict.fromkeys(services.MODULES, "tests.iact.stub_service:app")
PATIENCE_S = 60.0


def until(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def bring_up(root: Path, port: int | None, *, demo: bool = False) -> Started:
    return start(Wanted(root, port, rows=100, demo=demo), Steps(done=0, total=2), STUBS)


def pid_of(root: Path, name: str) -> int:
    return int(run_file.read(root)["pids"][name]["pid"])


def select_one(root: Path) -> bool:
    async def ask() -> bool:
        conn = await asyncpg.connect(**System.load(root).owner.connect_arguments(), timeout=2)
        try:
            return bool(await conn.fetchval("SELECT count(*) > 0 FROM public.iact_migrations"))
        finally:
            await conn.close()

    try:
        return asyncio.run(ask())
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """One running system for this module; as root the database's user must be able to reach it."""
    folder = Path(tempfile.mkdtemp(prefix="iact-run-"))
    folder.chmod(0o755)
    data = folder / "data"
    try:
        bring_up(data, free_block(), demo=mariadb.find() is not None)
        yield data
    finally:
        stop(Layout(data))
        shutil.rmtree(folder)


def test_everything_is_in_the_run_file(root: Path) -> None:
    run = run_file.read(root)
    assert run["services"].keys() == STUBS.keys()
    assert run["pids"].keys() >= {"supervisor", "postgres", *STUBS}
    assert all(is_alive(from_json(entry)) for entry in run["pids"].values())
    assert run["databases"]["postgres"]["embedded"] is True
    assert (root / "run.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.requirement("RNF-013")
def test_no_password_is_on_a_command_line_or_in_a_configuration(root: Path) -> None:
    passwords = [path.read_text().strip() for path in (root / "secrets").glob("*password*")]
    lines = [Path(f"/proc/{entry['pid']}/cmdline").read_text() for entry in run_file.read(root)["pids"].values()]
    configuration = (root / "supervisor" / "supervisord.conf").read_text()
    assert passwords
    assert not [password for password in passwords if password in configuration or password in "".join(lines)]


def test_the_supervisor_keeps_no_file_outside_the_folder(root: Path) -> None:
    """What lies in /tmp stays there when it is killed."""
    pid = pid_of(root, "supervisor")
    opened = {entry.resolve() for entry in Path(f"/proc/{pid}/fd").iterdir()}
    files = {path for path in opened if path.is_file()}
    assert root / "logs" / "watch.log" in files
    assert not [path for path in files if not path.is_relative_to(root.resolve())]


def test_databases_listen_on_loopback_only(root: Path) -> None:
    port = run_file.read(root)["databases"]["postgres"]["port"]
    own = socket.gethostbyname(socket.gethostname())
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) == 0
    if not own.startswith("127."):
        with socket.socket() as probe:
            assert probe.connect_ex((own, port)) != 0


@pytest.mark.parametrize("name", ["gateway", "ivr", "dora"])
def test_a_killed_service_is_back_by_itself(root: Path, name: str) -> None:
    before, url = pid_of(root, name), run_file.read(root)["services"][name]["url"]
    os.kill(before, signal.SIGKILL)
    until(lambda: pid_of(root, name) != before, "run.json names the new process")
    until(lambda: services.readiness(url)[0] == 200, f"{name} answers")
    assert run_file.read(root)["services"][name]["pid"] == pid_of(root, name)


def test_a_killed_postgres_is_back_with_its_data(root: Path) -> None:
    before = pid_of(root, "postgres")
    os.kill(before, signal.SIGKILL)
    until(lambda: pid_of(root, "postgres") != before, "run.json names the new process")
    until(lambda: select_one(root), "it answers")


def test_a_killed_mariadb_is_back(root: Path) -> None:
    if mariadb.find() is None:
        pytest.skip("mariadbd is not installed")
    before = pid_of(root, "mariadb")
    os.kill(before, signal.SIGKILL)
    until(lambda: pid_of(root, "mariadb") != before, "run.json names the new process")
    port = run_file.read(root)["databases"]["ivr"]["port"]
    until(lambda: not is_free(port), "it listens")


def test_a_strangers_process_under_the_old_number_does_not_stop_postgres(root: Path) -> None:
    """A pid file that names a living process of the same user makes PostgreSQL refuse to start."""
    cluster = Path(json.loads((root / "supervisor" / "postgres.json").read_text())["folder"])
    user = json.loads((root / "supervisor" / "postgres.json").read_text())["user"]
    stranger = subprocess.Popen(["sleep", "60"], user=user)
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        before = pid_of(root, "postgres")
        os.kill(before, signal.SIGKILL)
        (cluster / "postmaster.pid").write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        until(lambda: pid_of(root, "postgres") != before, "run.json names the new process")
        until(lambda: select_one(root), "it answers")
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_second_start_while_it_runs_keeps_the_processes(root: Path) -> None:
    before = run_file.read(root)["pids"]
    bring_up(root, None, demo="mariadb" in before)
    assert run_file.read(root)["pids"] == before


def test_another_port_while_it_runs_is_refused(root: Path) -> None:
    with pytest.raises(CommandFailed, match=r"already runs at http://127.0.0.1"):
        bring_up(root, free_block())


def test_another_system_on_its_port_is_refused_before_anything_starts(root: Path, tmp_path: Path) -> None:
    port = int(run_file.read(root)["gateway_url"].rsplit(":", 1)[1])
    with pytest.raises(CommandFailed, match=f"port {port} is taken by another program"):
        bring_up(tmp_path / "other", port)
    assert not (tmp_path / "other").exists()


def test_status_tells_every_process_and_no_secret(root: Path) -> None:
    # supervisord calls a process "starting" for its first second
    until(lambda: {process["state"] for process in collect(root)["processes"]} == {"running"}, "all run")
    found = collect(root)
    assert found["ready"] is True
    text = json.dumps(found)
    assert not [path for path in (root / "secrets").glob("*password*") if path.read_text().strip() in text]


def test_when_the_supervisor_was_killed_the_next_start_clears_up(root: Path) -> None:
    before = {name: from_json(entry) for name, entry in run_file.read(root)["pids"].items()}
    os.kill(before["supervisor"].pid, signal.SIGKILL)
    until(lambda: not is_alive(before["supervisor"]), "it is gone")
    bring_up(root, None, demo="mariadb" in before)
    assert not [name for name, known in before.items() if is_alive(known)]
    assert select_one(root)


def test_a_system_that_was_killed_leaves_no_shared_memory_when_it_is_stopped(root: Path) -> None:
    before = {name: from_json(entry) for name, entry in run_file.read(root)["pids"].items()}
    held = shared_memory(before["postgres"].pid)
    assert held
    for name in ("supervisor", "postgres"):
        os.kill(before[name].pid, signal.SIGKILL)
    until(lambda: not is_alive(before["postgres"]), "it is gone")
    stop(Layout(root))
    assert not [file for file in held if file.exists()]
    bring_up(root, None, demo="mariadb" in before)
    assert select_one(root)


def test_stop_ends_all_and_the_next_start_finds_the_same_ports(root: Path) -> None:
    before = run_file.read(root)
    assert stop(Layout(root))
    assert not [name for name, entry in before["pids"].items() if is_alive(from_json(entry))]
    with pytest.raises(SystemNotRunning):
        System.load(root)
    assert collect(root)["state"] == "stopped"
    assert not stop(Layout(root))
    bring_up(root, None, demo="mariadb" in before["pids"])
    after = run_file.read(root)
    assert after["databases"] == before["databases"]
    assert after["gateway_url"] == before["gateway_url"]


def test_a_service_that_cannot_start_is_told_and_nothing_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iact.startup.TROUBLE_S", 1.0)
    folder = Path(tempfile.mkdtemp(prefix="iact-run-"))
    folder.chmod(0o755)
    wanted = Wanted(folder / "data", free_block(), rows=100, demo=False)
    try:
        with pytest.raises(CommandFailed, match=r"do not become ready: gateway said: .*see .*gateway\.log"):
            start(wanted, Steps(done=0, total=2), {**STUBS, "gateway": "tests.iact.no_such_module:app"})
        assert collect(folder / "data")["state"] == "stopped"
        erase_everything(folder / "data", ask=None)
        assert list(folder.iterdir()) == []
    finally:
        shutil.rmtree(folder)


def test_erase_asks_and_a_no_keeps_everything(tmp_path: Path) -> None:
    prepare(tmp_path / "data")
    with pytest.raises(CommandFailed, match="nothing was erased"):
        erase_everything(tmp_path / "data", ask=lambda _: False)
    assert (tmp_path / "data").exists()


def test_a_process_number_that_went_to_another_is_not_the_same_process() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    known = identify(child.pid)
    assert known is not None
    assert is_alive(known)
    child.kill()
    child.wait()
    assert not is_alive(known)
    assert child.stdin is not None
    child.stdin.close()
