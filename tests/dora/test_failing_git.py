"""A git that fails, is ended or hangs while a log is read: a sentence for a person, soon, and no git left behind."""

import os
import shutil
import time
from pathlib import Path

import pytest

from services.dora.delivery import git as reader
from tests.dora.repository import build

pytestmark = pytest.mark.integration

HUNG_S = 60  # how long a git hangs here: a test that waits for it fails by its time
SOON_S = 20


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two tips, so that two gits read."""
    build(
        tmp_path / "shop",
        """
        name  author    parents
        a     01T10:00  .
        b     02T10:00  a
        """,
        refs="""
        ref              target
        refs/heads/old   a
        """,
    )
    monkeypatch.setattr(reader, "TIPS_MIN", 2)
    return tmp_path / "shop"


@pytest.fixture
def instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in front of PATH for a git of the test's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def put(folder: Path, log: str) -> None:
    """A git that does `log` instead of reading a log, and notes its number; everything else is git's."""
    (folder / "numbers").touch()
    program = folder / "git"
    program.write_text(
        f"""#!/bin/sh
case " $* " in
*" log "*) echo $$ >> {folder}/numbers
{log}
;;
*) exec {shutil.which("git")} "$@" ;;
esac
""",
        encoding="utf-8",
    )
    program.chmod(0o755)


def left(folder: Path) -> list[int]:
    """The gits that still run."""
    numbers = [int(each) for each in (folder / "numbers").read_text().split()]
    return [number for number in numbers if Path(f"/proc/{number}").exists()]


def test_git_that_is_ended_within_a_commit_is_told(repository: Path, instead: Path) -> None:
    put(instead, "printf 'aaaa\\0bbbb\\0'; kill -9 $$")
    with pytest.raises(reader.GitError, match="git log failed"):
        reader.read_history(repository)


def test_log_that_ends_within_a_commit_without_a_word_is_told(repository: Path, instead: Path) -> None:
    put(instead, "printf 'aaaa\\0bbbb\\0'")
    with pytest.raises(reader.GitError, match="middle of a commit"):
        reader.read_history(repository)


def test_git_that_fails_ends_the_other(repository: Path, instead: Path) -> None:
    """The half of the newer tips, which leaves the older ones out, fails once the other runs; that one would hang."""
    ready = instead / "ready"
    fails = f"while [ ! -e {ready} ]; do sleep 0.02; done; echo 'fatal: bad object' >&2; exit 128"
    put(instead, f"if grep -q '^^'; then {fails}; fi; : > {ready}; exec sleep {HUNG_S}")
    began = time.monotonic()
    with pytest.raises(reader.GitError, match="bad object"):
        reader.read_history(repository)
    assert time.monotonic() - began < SOON_S
    assert left(instead) == []


def test_log_has_a_time_limit(repository: Path, instead: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(instead, f"exec sleep {HUNG_S}")
    monkeypatch.setattr(reader, "LOG_S_MAX", 1)
    began = time.monotonic()
    with pytest.raises(reader.GitError, match="git log took longer than 1 s"):
        reader.read_history(repository)
    assert time.monotonic() - began < SOON_S
    assert left(instead) == []
