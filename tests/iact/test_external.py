"""A server of the customer's own in DB_ANALYTICS_*: used as it is, no samples, wrong settings told in a sentence."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from iact import ports, run_file, services
from iact.console import Steps
from iact.data_dir import Layout
from iact.shutdown import stop
from iact.startup import Wanted, start
from shared.settings import DatabaseSettings
from tests.iact.blocks import free_block

pytestmark = pytest.mark.integration

STUBS = dict.fromkeys(services.MODULES, "tests.iact.stub_service:app")


@pytest.fixture
def server(database_settings: DatabaseSettings, monkeypatch: pytest.MonkeyPatch) -> DatabaseSettings:
    """The test's database, named in the environment."""
    for name, value in variables(database_settings).items():
        monkeypatch.setenv(name, value)
    return database_settings


def variables(settings: DatabaseSettings) -> dict[str, str]:
    return {
        "DB_ANALYTICS_HOST": settings.host,
        "DB_ANALYTICS_PORT": str(settings.port),
        "DB_ANALYTICS_NAME": settings.name,
        "DB_ANALYTICS_USER": settings.user,
        "DB_ANALYTICS_PASSWORD": settings.password,
    }


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    stop(Layout(tmp_path / "data"))


def test_it_is_used_without_samples(server: DatabaseSettings, root: Path) -> None:
    started = start(Wanted(root, free_block(), rows=100, demo=True), Steps(done=0, total=2), STUBS)
    run = run_file.read(root)
    assert started.sample is None
    assert run["databases"]["postgres"] == {
        "host": server.host,
        "port": server.port,
        "name": server.name,
        "user": server.user,
        "embedded": False,
    }
    assert run["databases"]["ivr"] is None
    assert run["pids"].keys() == {"supervisor", *STUBS}
    assert not (root / "postgres").exists()


def test_a_wrong_password_is_one_sentence_and_nothing_stays(server: DatabaseSettings, tmp_path: Path) -> None:
    environment = {**os.environ, **variables(server), "DB_ANALYTICS_PASSWORD": "wrong"}
    done = up(tmp_path, environment)
    assert done.returncode == 1
    assert f"refuses the user {server.user}" in done.stderr
    assert "wrong" not in done.stderr.replace("password authentication failed", "")
    assert len(done.stderr.strip().splitlines()) == 1
    assert not run_file.read(tmp_path / "data").get("pids")


def test_a_server_that_is_down_is_one_sentence(server: DatabaseSettings, tmp_path: Path) -> None:
    environment = {**os.environ, **variables(server), "DB_ANALYTICS_PORT": str(ports.free_port())}
    done = up(tmp_path, environment)
    assert done.returncode == 1
    assert "cannot be reached (Connection refused); check DB_ANALYTICS_HOST and DB_ANALYTICS_PORT" in done.stderr


def test_a_port_that_is_no_number_is_one_sentence(tmp_path: Path) -> None:
    done = up(tmp_path, {**os.environ, "DB_ANALYTICS_HOST": "db.example", "DB_ANALYTICS_PORT": "five"})
    assert done.returncode == 1
    assert "the setting DB_ANALYTICS_PORT is wrong" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_full_disk_is_told_before_anything_is_written() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], check=False).returncode != 0:
            pytest.skip("this machine does not let us mount a small disk")
        try:
            done = up(Path(folder), dict(os.environ))
            assert done.returncode == 1
            assert "has 0.1 GB free and 1.5 GB are needed" in done.stderr
            assert list(Path(folder).iterdir()) == []
        finally:
            subprocess.run(["umount", folder], check=True)


def up(folder: Path, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    arguments = ["up", "--detach", "--data-dir", str(folder / "data"), "--port", str(free_block())]
    return subprocess.run(
        [sys.executable, "-m", "iact", *arguments], capture_output=True, text=True, check=False, env=environment
    )
