import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts import commit_lint

ROOT = Path(__file__).resolve().parents[2]
unit = pytest.mark.unit
integration = pytest.mark.integration


@unit
@pytest.mark.parametrize(
    "message",
    [
        "docs: name the ports",
        "feat(ivr): read queue_log\n\nThe dialect of the field has another order of columns.",
        "fix(api)!: refuse unknown fields\n\nA typo was ignored and the answer was wrong.",
        "chore(deps,ui/build): raise vite",
        "Merge branch 'main' into x",
        'Revert "feat: x"\n\nThis reverts commit 123.',
        "fixup! feat: x",
        "refactor: " + "x" * 90,
        "test: tick → done ✓",
    ],
)
def test_good_message_is_accepted(message: str) -> None:
    assert list(commit_lint.problems(message)) == []


@unit
@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ("", "the message is empty"),
        ("added things", "is not `type(scope): what changed`"),
        ("feature: x\n\nwhy", "is not `type(scope): what changed`"),
        ("feat:x\n\nwhy", "is not `type(scope): what changed`"),
        ("feat(): x\n\nwhy", "is not `type(scope): what changed`"),
        ("docs: x.", "full stop"),
        ("docs: " + "x" * 95, "at most 100"),
        ("docs: x\nmore", "second line must be empty"),
        ("feat: x", "a feat needs a body"),
        ("fix(a): x\n\nSigned-off-by: A <a@example.org>", "a fix needs a body"),
        ("docs: done \U0001f389", "U+1F389"),
    ],
)
def test_bad_message_is_told_what_is_wrong(message: str, problem: str) -> None:
    (found,) = commit_lint.problems(message)
    assert problem in found


@unit
def test_comments_of_the_editor_are_no_part_of_the_message() -> None:
    shown = "feat: x\n\nwhy\n# Please enter\n# ------------------------ >8 ------------------------\ndiff --git a b\n"
    assert commit_lint.clean(shown).strip() == "feat: x\n\nwhy"


@unit
@given(st.text())
def test_any_text_is_judged_without_failing(message: str) -> None:
    assert all(isinstance(problem, str) for problem in commit_lint.problems(commit_lint.clean(message)))


def git(folder: Path, *arguments: str, succeed: bool = True) -> subprocess.CompletedProcess[str]:
    identity = {
        f"GIT_{who}_{what}": "test@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    environment = {**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=500
    )
    assert not succeed or done.returncode == 0, done.stderr
    return done


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with our hooks and nothing else of ours."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    for folder in (".githooks", "scripts"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    return tmp_path


@integration
def test_hook_refuses_a_bad_message_and_lets_a_good_one_through(clone: Path) -> None:
    installed = subprocess.run(
        [clone / "scripts/install_hooks.sh", "--help"], capture_output=True, text=True, check=True
    )
    assert "Usage:" in installed.stdout
    git(clone, "config", "core.hooksPath", ".githooks")
    refused = git(clone, "commit", "--allow-empty", "-m", "added things", succeed=False)
    assert refused.returncode == 1
    assert "type(scope)" in refused.stdout + refused.stderr
    git(clone, "commit", "--allow-empty", "-m", "docs: begin")
    assert git(clone, "log", "--format=%s").stdout == "docs: begin\n"


@integration
def test_history_is_checked_and_missing_history_is_no_error(clone: Path) -> None:
    def check(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["python3", str(ROOT / "scripts/commit_lint.py"), "--history", *arguments]
        return subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False, timeout=500)

    assert (check().returncode, check().stdout) == (0, "No commits to check.\n")
    git(clone, "commit", "--allow-empty", "-m", "docs: begin")
    git(clone, "commit", "--allow-empty", "-m", "oops")
    assert check().returncode == 1
    assert "oops" in check().stdout
    assert check("HEAD~1").returncode == 0
    assert check("no-such-branch").returncode == 1


@integration
def test_hooks_are_installed_checked_and_taken_out(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "scripts").mkdir()
    script = tmp_path / "scripts" / "install_hooks.sh"
    shutil.copy(ROOT / "scripts" / "install_hooks.sh", script)

    def hooks(*arguments: str) -> int:
        return subprocess.run([script, *arguments], capture_output=True, check=False, timeout=500).returncode

    assert [hooks("--check"), hooks(), hooks(), hooks("--check")] == [1, 0, 0, 0]
    assert git(tmp_path, "config", "core.hooksPath").stdout == ".githooks\n"
    assert [hooks("--uninstall"), hooks("--check"), hooks("--bogus"), hooks("--check", "x")] == [0, 1, 2, 2]
    git(tmp_path, "config", "core.hooksPath", "elsewhere")
    assert hooks() == 1
    assert git(tmp_path, "config", "core.hooksPath").stdout == "elsewhere\n"
