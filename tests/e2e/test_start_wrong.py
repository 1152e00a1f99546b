"""`./scripts/start.sh` used wrongly: one sentence, the right exit code, and nothing made."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "start.sh"


def start(*arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}
    return subprocess.run(
        [str(SCRIPT), *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=environment,
    )


def test_help() -> None:
    done = start("--help")
    assert done.returncode == 0
    for option in ("--port", "--data-dir", "--rows", "--no-demo", "--detach", "--yes", "stop", "status", "erase"):
        assert option in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--prot", "1"], 'unknown option "--prot"'),
        (["--port"], "--port needs a value"),
        (["--port", "http"], '--port needs a number, not "http"'),
        (["--rows=0"], '--rows needs a number, not "0"'),
        (["--data-dir", ""], "--data-dir needs a folder"),
        (["status", "now"], 'unknown option "now"'),
    ],
)
def test_wrong_usage(arguments: list[str], said: str) -> None:
    done = start(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_taken_port_is_told_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = start("--detach", "--port", str(port), "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 1
    assert f"port {port} is taken by another program" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert not (tmp_path / "data").exists()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").touch()
    for arguments in (["--detach"], ["erase", "--yes"]):
        done = start(*arguments, "--data-dir", str(tmp_path))
        assert done.returncode == 1
        assert "no data folder of IACT" in done.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.odt"]
