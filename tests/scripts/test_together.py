"""Tests of a file stay in one worker, and what takes longest begins first."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from scripts.together import SLOW_FIRST, turn

ROOT = Path(__file__).resolve().parents[2]
TESTS = """
import os
import pytest

@pytest.fixture(scope="module")
def costly():
    with open({notes!r}, "a") as notes:
        notes.write(f"{name} {{os.environ['PYTEST_XDIST_WORKER']}}\\n")

@pytest.mark.parametrize("number", range(8))
def test_something(costly, number):
    pass
"""


@pytest.mark.integration
def test_what_a_file_sets_up_is_set_up_once(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    names = ["one", "two", "tests/e2e/three", "tests/e2e/four"]
    for name in names:
        file = tmp_path / f"{name}_test.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(TESTS.format(notes=str(notes), name=name), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "scripts.together", "-p", "no:cacheprovider", "."]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "32 passed" in ran.stdout, ran.stdout + ran.stderr
    told = [line.split() for line in notes.read_text(encoding="utf-8").splitlines()]
    assert Counter(name for name, _ in told) == dict.fromkeys(names, 1)
    workers = dict(told)
    assert workers["tests/e2e/three"] == workers["tests/e2e/four"], "one system serves all of them"


@pytest.mark.unit
def test_the_longest_comes_first() -> None:
    files = [
        "docs/testing/test_links.py",
        "tests/ivr/test_truth.py",
        "tests/e2e/test_page.py",
        "tests/dora/test_git.py",
    ]
    assert sorted(files, key=turn)[:2] == ["tests/e2e/test_page.py", "tests/ivr/test_truth.py"]
    for folder in SLOW_FIRST:
        assert (ROOT / folder).is_dir()
