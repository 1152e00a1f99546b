"""Releases: the archive, the list of parts, the checksums; and workflows that call scripts and nothing else."""

import base64
import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from scripts.sbom import sbom

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
REQUIREMENTS = """asyncpg==0.32.0 \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
    # via iact
Typing_Extensions==4.0 ; python_version < "4" \\
    --hash=sha256:{a}
""".format(a="a" * 64, b="b" * 64)


@pytest.mark.unit
def test_list_has_each_part_once_with_its_hashes() -> None:
    digest = base64.b64encode(b"x" * 64).decode()
    packages = {
        "": {"name": "page"},
        "node_modules/@a/b": {"version": "1.0.0", "integrity": f"sha512-{digest}"},
        "node_modules/c/node_modules/@a/b": {"version": "1.0.0", "integrity": f"sha512-{digest}"},
        "node_modules/builder": {"version": "2.0.0", "dev": True},
    }
    made = sbom("1.2.3", REQUIREMENTS, {"packages": packages})
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.5")
    assert made["metadata"]["component"]["version"] == "1.2.3"
    found = {part["purl"]: [entry["content"] for entry in part["hashes"]] for part in made["components"]}
    assert found == {
        "pkg:npm/%40a/b@1.0.0": [(b"x" * 64).hex()],
        "pkg:pypi/asyncpg@0.32.0": ["a" * 64, "b" * 64],
        "pkg:pypi/typing-extensions@4.0": ["a" * 64],
    }


@pytest.mark.requirement("RF-065")
@pytest.mark.unit
def test_list_of_this_product_has_every_pin() -> None:
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pins = [line for line in requirements.splitlines() if "==" in line and not line.startswith((" ", "#"))]
    parts = sbom("1", requirements, {})["components"]
    assert len(parts) == len(pins) > 20
    assert all(part["hashes"] for part in parts)


@pytest.mark.requirement("RF-065")
@pytest.mark.integration
def test_release_is_the_same_each_time_and_its_checksums_fit(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git clone")
    contents = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        command = [str(ROOT / "scripts" / "release.sh"), "--out", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)
        assert done.returncode == 0, done.stderr
        contents.append({file.name: file.read_bytes() for file in folder.iterdir()})
    assert contents[0] == contents[1]
    pairs = [line.split("  ") for line in contents[0]["SHA256SUMS"].decode().splitlines()]
    sums = {name: digest for digest, name in pairs}
    assert len(sums) == 2
    for name, digest in sums.items():
        assert hashlib.sha256(contents[0][name]).hexdigest() == digest
    parts = json.loads(next(text for name, text in contents[0].items() if name.endswith(".sbom.json")))["components"]
    assert {part["purl"].partition("/")[0] for part in parts} == {"pkg:pypi", "pkg:npm"}


@pytest.mark.integration
def test_release_of_no_commit_is_wrong_usage(tmp_path: Path) -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no git clone")
    command = [str(ROOT / "scripts" / "release.sh"), "--out", str(tmp_path), "--ref", "no-such-tag"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)
    assert (done.returncode, "no-such-tag" in done.stderr) == (2, True)


@pytest.mark.requirement("RF-065")
@pytest.mark.unit
@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_calls_scripts_and_nothing_else(workflow: Path) -> None:
    jobs = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]
    assert jobs
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert commands
    for command in commands:
        first = command.removeprefix("sudo --preserve-env=PATH ").split()[0]
        assert "\n" not in command.strip(), "more than one line belongs into scripts/"
        assert first in {"gh", ".venv/bin/iact"} or (ROOT / first).is_file(), command


@pytest.mark.unit
def test_templates_ask_for_what_the_process_needs() -> None:
    folder = ROOT / ".github"
    templates = {path.name: path.read_text(encoding="utf-8") for path in folder.rglob("*.md")}
    assert set(templates) == {"bug.md", "feature.md", "assisted_request.md", "PULL_REQUEST_TEMPLATE.md"}
    assert "## Execution plan" in templates["feature.md"]
    assert "./scripts/run_all_tests.sh" in templates["PULL_REQUEST_TEMPLATE.md"]
