"""Every script explains itself and refuses what it does not know."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import pyramid, readme
from scripts.restrictions.findings import sources

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = readme.scripts()
# Folders of scripts/ that are run as modules, and no script stands before this one.
COMMANDS = {script.name: readme.command(script) for script in SCRIPTS} | {
    "reference": [sys.executable, "-m", "scripts.reference"]
}


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )


@pytest.mark.integration
@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_an_answer_and_an_unknown_option_a_refusal(name: str) -> None:
    command = COMMANDS[name]
    helped, refused = run(*command, "--help"), run(*command, "--no-such-option")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "usage" in helped.stdout.lower()
    assert (refused.returncode, refused.stdout) == (2, "")
    # argparse names what is missing before what is unknown.
    assert "--no-such-option" in refused.stderr or (name.endswith(".py") and "required" in refused.stderr)


@pytest.mark.integration
def test_page_of_the_scripts_is_what_they_say() -> None:
    assert readme.PAGE.read_text(encoding="utf-8") == readme.page(), "run python -m scripts.readme"


@pytest.mark.unit
def test_every_script_of_the_contract_is_on_the_page() -> None:
    promised = (
        "start run_all_tests verificar_servicios validate_critical_restrictions install_hooks requisitos lock release"
    )
    assert {f"{name}.sh" for name in promised.split()} <= {script.name for script in SCRIPTS}


@pytest.mark.integration
def test_ci_calls_the_script_and_nothing_else() -> None:
    lines = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[-1] == "./scripts/run_all_tests.sh"
    assert len(lines) == 3  # besides it: stop at errors, go to the root


@pytest.mark.integration
@pytest.mark.parametrize("tool", ["shellcheck", "shfmt"])
def test_shell_scripts_are_clean(tool: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    named = [source.path for source in sources(ROOT) if source.suffix == ".sh"]
    assert {path.partition("/")[0] for path in named} >= {"scripts", "deploy", "infrastructure"}
    files = [*(ROOT / path for path in named), *(ROOT / ".githooks").iterdir(), ROOT / ".ci" / "run"]
    done = run(tool, *(["-d"] if tool == "shfmt" else []), *files)
    assert done.returncode == 0, done.stdout


@pytest.mark.integration
def test_a_script_that_sources_another_is_clean_by_itself() -> None:
    """As the hook before a commit takes it: the files of that commit only."""
    hook = (ROOT / ".githooks" / "pre-commit").read_text(encoding="utf-8")
    tool = re.search(r"shellcheck[ -]*\w*", hook)
    assert tool is not None
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    files = [source.path for source in sources(ROOT) if source.suffix == ".sh"]
    sourcing = [path for path in files if "# shellcheck source=" in (ROOT / path).read_text(encoding="utf-8")]
    assert {"scripts/start.sh", "deploy/install.sh"} <= set(sourcing)
    for path in sourcing:
        done = run(*tool[0].split(), path)
        assert done.returncode == 0, done.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A tree with the real run_all_tests.sh, a prepared .venv and stand-ins for every tool in it."""
    for folder in ("scripts", ".githooks", ".ci", ".venv/bin", "ui"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("run_all_tests.sh", "common.sh"):
        shutil.copy(ROOT / "scripts" / name, tmp_path / "scripts")
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    shutil.copy(ROOT / ".editorconfig", tmp_path)
    for name in ("requirements-dev.txt", "pyproject.toml"):
        (tmp_path / name).write_text("")
    for tool in ("python", "ruff", "mypy", "lint-imports", "diff-cover"):
        stand_in(tmp_path / ".venv/bin" / tool, "exit 0")
    stand_in(
        tmp_path / ".venv/bin/coverage",
        'env | grep -E "^(DB_|IACT_)" >env.txt; [[ $1 == run ]] && echo "=== 3 passed in 0.10s ==="; exit 0',
    )
    for script in ("lock.sh", "validate_critical_restrictions.sh"):
        stand_in(tmp_path / "scripts" / script, "exit 0")
    return tmp_path


def stand_in(path: Path, body: str) -> None:
    path.write_text(f"#!/usr/bin/env bash\n{body}\n")
    path.chmod(0o755)


def run_all(repository: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    scratch = repository / "scratch"
    scratch.mkdir(exist_ok=True)
    script = repository / "scripts" / "run_all_tests.sh"
    return run(script, "--skip-frontend", *options, cwd=repository, TMPDIR=str(scratch), **environment)


@pytest.mark.integration
def test_run_closes_with_the_summary_of_pytest_and_leaves_nothing_behind(repository: Path) -> None:
    done = run_all(repository, DB_ANALYTICS_HOST="db.example.org", IACT_TEST_DATA="data", IACT_SECRETS_DIR="x")
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] == "=== 3 passed in 0.10s ==="
    assert "All suites passed" in done.stdout
    assert list((repository / "scratch").iterdir()) == []
    seen = {line.partition("=")[0] for line in (repository / "env.txt").read_text().splitlines()}
    assert seen == {"IACT_TEST_DATA", "IACT_PYRAMID_FILE"}


@pytest.mark.integration
def test_failing_suite_does_not_keep_the_others_from_running(repository: Path) -> None:
    stand_in(repository / ".venv/bin/ruff", "echo 'E501 too long'; exit 1")
    stand_in(repository / "scripts/validate_critical_restrictions.sh", "echo 'a.py:1: redis'\nexit 1")
    done = run_all(repository)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "=== 3 passed in 0.10s ==="
    assert "E501 too long" in done.stdout
    assert "a.py:1: redis" in done.stdout
    assert "mypy: passed" in done.stdout
    assert "3 of 17 suites failed" in done.stdout  # ruff check, ruff format, restrictions


@pytest.mark.integration
def test_what_is_left_out_is_said(repository: Path) -> None:
    stand_in(repository / "scripts/validate_critical_restrictions.sh", "exit 1")
    done = run_all(repository, "--skip-backend", "--skip-security")
    assert done.returncode == 0, done.stdout
    assert "python tests: skipped, as asked" in done.stdout
    assert "critical restrictions: skipped, as asked" in done.stdout
    assert "page: skipped, as asked" in done.stdout


@pytest.mark.integration
def test_index_out_of_reach_is_no_failure_and_a_difference_is(repository: Path) -> None:
    stand_in(repository / "scripts/lock.sh", "exit 2")
    assert run_all(repository).returncode == 0
    stand_in(repository / "scripts/lock.sh", "echo differs\nexit 1")
    done = run_all(repository)
    assert done.returncode == 1
    assert "requirements agree with pyproject: FAILED" in done.stdout


@pytest.mark.unit
def test_pyramid_counts_and_names_tests_without_a_marker() -> None:
    notes = {"a": ["unit"], "b": ["unit"], "c": ["integration"], "d": ["e2e"]}
    lines, complete = pyramid.report(notes)
    assert complete
    assert [line.split()[:4] for line in lines] == [
        ["unit", "2", "tests", "50.0"],
        ["integration", "1", "tests", "25.0"],
        ["e2e", "1", "tests", "25.0"],
    ]
    lines, complete = pyramid.report({**notes, "e": [], "f": ["unit", "e2e"]})
    assert not complete
    assert [line.strip() for line in lines[-2:]] == ["e", "f"]


@pytest.mark.unit
def test_pyramid_of_no_tests_is_empty() -> None:
    assert pyramid.report({})[1]
    assert pyramid.main([]) == 2
