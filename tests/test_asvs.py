"""docs/seguridad/asvs.md names tests; each of them exists, and every requirement names one."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "seguridad" / "asvs.md").read_text(encoding="utf-8")
CLAIMED = PAGE.partition("## What is not claimed")[0]
NAMED = re.compile(r"`([a-z0-9]+)/([a-z_0-9]+)::(test_[a-z_0-9]+)`")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+)\*? \|.*$", re.MULTILINE)


def missing(text: str) -> list[str]:
    """Tests that the text names and nobody wrote."""
    found = []
    for folder, module, test in NAMED.findall(text):
        path = ROOT / "tests" / folder / f"test_{module}.py"
        if not path.is_file() or not re.search(rf"def {test}\(", path.read_text(encoding="utf-8")):
            found.append(f"{folder}/{module}::{test}")
    return found


def test_every_named_test_exists() -> None:
    assert len(NAMED.findall(CLAIMED)) > 60
    assert missing(CLAIMED) == []


def test_every_claimed_requirement_names_a_test_once() -> None:
    rows = {found[1]: found[0] for found in ROW.finditer(CLAIMED)}
    assert len(rows) == len(ROW.findall(CLAIMED)), "an id stands twice"
    assert [number for number, row in rows.items() if not NAMED.search(row)] == []
    chapters = {number.split(".")[0] for number in rows}
    assert {"6", "7", "8"} <= chapters


def test_the_check_can_fail() -> None:
    assert missing("`sessions/sign_in::test_nobody_wrote_this`") == ["sessions/sign_in::test_nobody_wrote_this"]
    assert missing("`sessions/no_such_file::test_x`") == ["sessions/no_such_file::test_x"]
