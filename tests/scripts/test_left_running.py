"""Processes that tests leave are found by their temporary folder, and nobody else's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.left_running import left_running
from shared.testing.plugin import ROOT

pytestmark = pytest.mark.unit
# A process that ends when it is told to; it starts another, as a server does, which so is no child of who asks.
STARTER = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=sys.stdin)
print(child.pid, flush=True)
child.wait()
"""


@pytest.mark.parametrize("by", ["cwd", "environment", "nothing"])
def test_a_process_of_the_folder_is_named(by: str, tmp_path: Path) -> None:
    folder, other = tmp_path / "ours", tmp_path / "ours too"
    folder.mkdir()
    other.mkdir()
    environment = {**os.environ, "TMPDIR": str(folder if by == "environment" else other)}
    with subprocess.Popen(
        [sys.executable, "-c", STARTER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder if by == "cwd" else other,
        env=environment,
    ) as starter:
        assert starter.stdin is not None
        assert starter.stdout is not None
        pid = starter.stdout.readline().strip()
        told = left_running(folder, patience_s=0.0)
        assert [line.partition(" ")[0] for line in told] == ([] if by == "nothing" else [pid])
        starter.stdin.write("\n")
        starter.stdin.close()
    assert left_running(folder) == []


def test_nothing_left_is_no_failure(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.left_running", str(tmp_path)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert (done.returncode, done.stdout) == (0, "Nothing was left running.\n")
