import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^(?P<name>[a-z0-9_.-]+)(?:\[[^\]]*\])?==(?P<version>\S+)(?P<marker> ;[^\\]*)? \\$", re.MULTILINE)
FILES = ("requirements.txt", "requirements-dev.txt")


def pins(file: str) -> dict[str, set[str]]:
    """Versions by package; several where they differ by Python version."""
    found: dict[str, set[str]] = {}
    for match in PIN.finditer((ROOT / file).read_text()):
        found.setdefault(canonicalize_name(match["name"]), set()).add(match["version"])
    return found


def declared(*extras: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    texts = [*project["dependencies"], *(text for extra in extras for text in project["optional-dependencies"][extra])]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize(("file", "extras"), [(FILES[0], ()), (FILES[1], ("dev",))])
@pytest.mark.requirement("RNF-015")
def test_every_declared_package_is_pinned_to_a_version_that_fits(file: str, extras: tuple[str, ...]) -> None:
    pinned = pins(file)
    for requirement in declared(*extras):
        versions = pinned.get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement.name} is not in {file}; run ./scripts/lock.sh"
        assert all(requirement.specifier.contains(version) for version in versions), f"{requirement} in {file}"


@pytest.mark.parametrize("file", FILES)
@pytest.mark.requirement("RNF-015")
def test_every_pin_has_hashes(file: str) -> None:
    text = (ROOT / file).read_text()
    blocks = re.split(r"\n(?=[a-z])", text)
    assert len(blocks) == len(PIN.findall(text))
    assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize("file", FILES)
def test_no_host_and_no_path_is_named(file: str) -> None:
    text = (ROOT / file).read_text()
    assert not re.search(r"https?:|file:|--index-url|--extra-index-url|--find-links|/opt/", text)


def test_what_runs_is_what_is_tested() -> None:
    runtime, development = pins(FILES[0]), pins(FILES[1])
    assert {name: development[name] for name in runtime} == runtime
