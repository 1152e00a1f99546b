"""`scripts/dora_metrics.py` as a person runs it: no site packages, nothing but git."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dora.repository import build

pytestmark = pytest.mark.integration

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "dora_metrics.py"
MARCH = ("--start", "2026-03-02", "--end", "2026-03-31")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    # -I -S: neither this environment's packages nor its folders.
    return subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), *words], capture_output=True, text=True, check=False
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    build(
        tmp_path / "repository",
        """
        name  author    parents
        a     01T10:00  .
        b     31T20:00  a
        """,
        refs="""
        ref           target  tagger
        refs/tags/v1  a       01T11:00
        refs/tags/v2  b       31T23:00
        """,
    )
    return tmp_path / "repository"


def test_end_is_inclusive_and_no_package_is_needed(repository: Path, tmp_path: Path) -> None:
    done = run("--repo", str(repository), *MARCH)
    assert done.returncode == 0, done.stderr
    lead = json.loads(done.stdout)["metrics"]["change_lead_time"]
    assert (lead["n"], lead["median_s"]) == (1, 3 * 3_600)
    written = tmp_path / "report.md"
    assert run("--repo", str(repository), *MARCH, "--format", "markdown", "--output", str(written)).returncode == 0
    assert "| change_lead_time | 1.08e+04 s | 1 | hour_to_day |" in written.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--days", "3", "--start", "2026-03-01"), "contradicts"),
        (("--end", "2026-03-01"), "needs --start"),
        (("--start", "2026-03-02", "--end", "2026-03-01"), "before --start"),
        (("--start", "yesterday"), "is not a day"),
        (("--days", "0"), "takes 1 to"),
        (("--deployments", "magic"), "write tags:GLOB"),
    ],
)
def test_wrong_usage_is_2_with_the_way_out(words: tuple[str, ...], sentence: str) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_unreadable_repository_is_1(tmp_path: Path) -> None:
    done = run("--repo", str(tmp_path))
    assert done.returncode == 1
    assert "not a git repository" in done.stderr
