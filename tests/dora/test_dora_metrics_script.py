"""`scripts/dora_metrics.py` as a person runs it: no site packages, nothing but git."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dora import figures
from tests.dora.logfiles import DEPLOYMENT, INCIDENT, write
from tests.dora.repository import build, git

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


@pytest.mark.requirement("RF-059")
def test_end_is_inclusive_and_no_package_is_needed(repository: Path, tmp_path: Path) -> None:
    done = run("--repo", str(repository), *MARCH)
    assert done.returncode == 0, done.stderr
    lead = json.loads(done.stdout)["metrics"]["change_lead_time"]
    assert (lead["n"], lead["median_s"]) == (1, 3 * 3_600)
    written = tmp_path / "report.md"
    assert run("--repo", str(repository), *MARCH, "--format", "markdown", "--output", str(written)).returncode == 0
    assert "| change_lead_time | 3 hours | 1 | - | 3 hours | 3 hours | hour_to_day |" in written.read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--days", "3", "--start", "2026-03-01"), "contradicts"),
        (("--end", "2026-03-01"), "needs --start"),
        (("--start", "2026-03-02", "--end", "2026-03-01"), "before --start"),
        (("--start", "yesterday"), "is not a day"),
        (("--days", "0"), "takes 1 to"),
        (("--deployments", "magic"), "write tags:GLOB"),
        (("--environment", "staging"), "contradicts --deployments tags"),
        (("--incident-window", "0"), "more than 0"),
        (("--deployments", "logs_data:elsewhere"), "is not known"),
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


@pytest.mark.requirement("RF-059")
def test_logs_are_a_source_and_incidents_blame_by_word_or_window(repository: Path, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    write(
        logs,
        "deployment_logs",
        DEPLOYMENT,
        {**DEPLOYMENT, "deployment_id": "d-2", "version": "1.5.0", "timestamp": "2026-03-20T12:00:00Z"},
        {**DEPLOYMENT, "deployment_id": "d-3", "version": "1.5.1", "status": "failed"},
        {**DEPLOYMENT, "deployment_id": "d-4", "environment": "staging"},
    )
    write(
        logs,
        "incident_logs",
        {**INCIDENT, "caused_by": "1.4.0"},
        {
            **INCIDENT,
            "incident_id": "i-2",
            "detected_at": "2026-03-20T14:00:00Z",
            "resolved_at": "2026-03-20T15:00:00Z",
        },
    )
    asked = ("--repo", str(repository), *MARCH, "--logs", str(logs), "--deployments", "logs_data")
    answer = json.loads(run(*asked).stdout)
    rate = answer["metrics"]["change_fail_rate"]
    assert (rate["numerator"], rate["denominator"], rate["by_grade"]) == (1, 2, {"explicit": 1})
    # Deployed at 12:00, well again at 13:35.
    assert answer["metrics"]["failed_deployment_recovery_time"]["median_s"] == 95 * 60
    assert answer["data_quality"]["deployments_left_out"] == {"another_environment": 1, "failed_before_production": 1}
    windowed = json.loads(run(*asked, "--incident-window", "2").stdout)["metrics"]["change_fail_rate"]
    assert windowed["by_grade"] == {"explicit": 1, "window": 1}
    staging = json.loads(run(*asked, "--environment", "staging").stdout)
    assert staging["metrics"]["deployment_frequency"]["n"] == 1
    file = str(logs / "deployment_logs.json")
    assert json.loads(run(*asked[:-1], file).stdout)["metrics"] == answer["metrics"]


def test_tags_fail_by_incidents_of_the_logs_and_by_the_rule_asked_for(tmp_path: Path) -> None:
    build(
        tmp_path / "repository",
        """
        name  author    parents
        a     01T10:00  .
        b     02T10:00  a
        c     09T11:00  b
        d     10T10:00  c
        """,
        refs="""
        ref                  target  tagger
        refs/tags/v1         a       01T11:00
        refs/tags/v2         b       08T12:00
        refs/tags/v3-repair  c       09T12:00
        refs/tags/v4         d       10T12:00
        """,
    )
    write(tmp_path / "repository" / "logs_data", "incident_logs", {**INCIDENT, "caused_by": "v4"})
    asked = ("--repo", str(tmp_path / "repository"), *MARCH)
    found = json.loads(run(*asked, "--remediation", "*repair*").stdout)
    assert {link["failed"]: link["grade"] for link in found["failures"]} == {"tag:v2": "rule", "tag:v4": "explicit"}
    assert json.loads(run(*asked).stdout)["metrics"]["change_fail_rate"]["by_grade"] == {"explicit": 1}


def test_docs_only_counts_commits_of_docs_and_what_shipped_them(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    git(folder, "init", "--quiet", str(folder))
    for day, path in ((1, "docs/a.md"), (2, "docs/b.md"), (3, "code.py"), (4, "docs.md")):
        file = folder / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(path, encoding="utf-8")
        dates = {f"GIT_{role}_DATE": f"2026-03-0{day}T10:00:00Z" for role in ("AUTHOR", "COMMITTER")}
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "-m", path, extra=dates)
        git(
            folder, "tag", "-a", "-m", "x", f"v{day}", extra={"GIT_COMMITTER_DATE": f"2026-03-0{day}T{10 + day}:00:00Z"}
        )
    found = json.loads(run("--repo", str(folder), *MARCH, "--docs-only").stdout)
    lead = found["metrics"]["change_lead_time"]
    assert (lead["n"], lead["median_s"], found["metrics"]["deployment_frequency"]["n"]) == (1, 2 * 3_600, 1)
    assert found["exclusions"]["commits"] == {"changes_nothing_in_the_folder": 2}
    assert (found["scope"], found["data_quality"]["deployments_without_docs"]) == ("docs", 2)


@pytest.mark.requirement("RF-059")
def test_recorded_cycle_is_added_once_and_replaced_when_measured_again(repository: Path, tmp_path: Path) -> None:
    logs = tmp_path / "new" / "logs"
    asked = ("--repo", str(repository), *MARCH, "--logs", str(logs), "--record")
    assert run(*asked).returncode == run(*asked).returncode == 0
    again = run("--repo", str(repository), "--start", "2026-03-01", "--end", "2026-03-31", *asked[6:])
    assert again.returncode == 0, again.stderr
    first, second = json.loads((logs / "dora_metrics.json").read_text(encoding="utf-8"))
    assert (first["from"], first["to"]) == ("2026-03-02T00:00:00Z", "2026-04-01T00:00:00Z")
    assert first["lead_time_for_changes"]["median_hours"] == 3.0
    assert (first["metric_period"], second["from"]) == ("monthly", "2026-03-01T00:00:00Z")


@pytest.mark.requirement("RF-047")
def test_quality_targets_stand_beside_with_their_figures(repository: Path, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    critical = {**INCIDENT, "severity": "critical"}
    write(logs, "incident_logs", critical, {**critical, "incident_id": "i-2", "resolved_at": "2026-03-14T12:25:00Z"})
    kept = figures.write(repository / "build" / "quality", complexity="")
    asked = ("--repo", str(repository), *MARCH, "--logs", str(logs))
    told = json.loads(run(*asked).stdout)["quality_targets"]
    assert told["run"] == {"commit": "3f2a9c1d" * 5, "at": "2026-03-30T10:00:00Z"}
    found = {each["name"]: (each["value"], each["holds"]) for each in told["targets"]}
    assert found["coverage"] == (100 / 120, True)
    assert found["complexity"] == (None, None)
    # 35 minutes, and 3 days, 23 hours and 25 minutes: two days on average.
    assert found["critical_repair_time"] == (2 * 86_400, True)
    page = run(*asked, "--format", "markdown").stdout
    assert "| coverage | at least 80.0 % | 83.3 % | 120 | yes | coverage.xml |" in page
    assert "| test_pyramid | 60/30/10 %, at most 10 points off | 60/31/9 % | 100 | yes | pyramid.json |" in page
    assert "| complexity | at most 10 | no data: complexity.json is missing: " in page
    assert "| critical_repair_time | at most 2 days | 2 days (0 open) | 2 | yes | incident_logs.json |" in page
    elsewhere = kept.rename(tmp_path / "elsewhere")
    moved = json.loads(run(*asked, "--figures", str(elsewhere)).stdout)
    assert moved["quality_targets"] == told
    unknown = json.loads(run(*asked[:-1], str(tmp_path)).stdout)["quality_targets"]
    assert [each["value"] for each in unknown["targets"]] == [None] * 4
    assert unknown["run"] is None


def test_log_that_cannot_be_read_is_1_with_file_record_field_and_way_out(repository: Path, tmp_path: Path) -> None:
    file = write(tmp_path, "deployment_logs", DEPLOYMENT, {**DEPLOYMENT, "deployment_id": "d-2", "timestamp": "10.3."})
    done = run("--repo", str(repository), *MARCH, "--deployments", str(file))
    assert done.returncode == 1
    assert f"{file}: record 2: timestamp: '10.3.' is no time with a zone; write it like" in done.stderr
    none = run("--repo", str(repository), *MARCH, "--deployments", "logs_data")
    assert none.returncode == 1
    assert "give its folder with --logs" in none.stderr
