"""`scripts/dora_report.py`: one repository, one page."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.dora import figures
from tests.dora.repository import build

pytestmark = pytest.mark.integration

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "dora_report.py"


def run(*words: str, zone: str = "UTC") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), *words],
        capture_output=True,
        text=True,
        check=False,
        env={"TZ": zone, "PATH": "/usr/bin:/bin:/usr/local/bin"},
    )


def make(folder: Path) -> Path:
    build(
        folder,
        """
        name  author    parents
        a     01T10:00  .
        b     02T10:00  a
        undo  09T10:00  b
        """,
        messages={"undo": 'Revert "b | *c*"\n\nThis reverts commit {b}.'},
        refs="""
        ref           target  tagger
        refs/tags/v1  a       01T11:00
        refs/tags/v2  b       02T12:00
        refs/tags/v3  undo    09T12:00
        """,
    )
    return folder


def test_same_repository_gives_the_same_page_anywhere(tmp_path: Path) -> None:
    pages = []
    for name, zone in (("one", "UTC"), ("two", "America/Mexico_City")):
        folder = make(tmp_path / name)
        assert run("--repo", str(folder), "--days", "30", zone=zone).returncode == 0
        pages.append((folder / "docs/dora/README.md").read_bytes())
    assert pages[0] == pages[1]
    text = pages[0].decode()
    assert "From 2026-02-08T00:00:00Z to 2026-03-10T00:00:00Z, judged at 2026-03-10T00:00:00Z." in text
    # v3 is younger than a day at the end of its day, and cannot be judged yet; v2 was repaired after a week.
    assert "| change_fail_rate | 50.0 % (1 of 2) | 2 |" in text
    assert "| failed_deployment_recovery_time | 7 days | 1 |" in text
    assert r"b \| \*c\*" in text
    assert "| coverage | at least 80.0 % | no data: coverage.xml is missing" in text


def test_page_carries_the_quality_targets_of_the_last_run(tmp_path: Path) -> None:
    folder = make(tmp_path / "one")
    figures.write(folder / "build" / "quality", complexity=figures.complexity(3, 12))
    assert run("--repo", str(folder)).returncode == 0
    text = (folder / "docs/dora/README.md").read_text(encoding="utf-8")
    assert "Figures of the run of all tests on `3f2a9c1d3f2a`, made at 2026-03-30T10:00:00Z." in text
    assert "| complexity | at most 10 | 12 (1 above) | 2 | no | complexity.json |" in text


def test_wrong_usage_is_2_and_what_cannot_be_read_1(tmp_path: Path) -> None:
    assert run("--days", "0").returncode == 2
    assert "write tags:GLOB" in run("--deployments", "magic").stderr
    assert run("--repo", str(tmp_path)).returncode == 1
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "new")], check=True)
    assert "has no commit yet" in run("--repo", str(tmp_path / "new")).stderr
