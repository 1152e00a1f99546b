"""No two things of the product take the same advisory lock for theirs."""

import re

import pytest

from shared import locks
from shared.testing.plugin import ROOT

pytestmark = pytest.mark.unit

NUMBERS = {name: value for name, value in vars(locks).items() if name.isupper() and not name.endswith("_MAX")}
PRODUCT = ("services", "shared", "gateway", "iact")


def spaces() -> list[int]:
    found: list[int] = []
    for name, value in NUMBERS.items():
        first = value[0] if isinstance(value, tuple) else value
        width = locks.SOURCE_CONNECTIONS_MAX if name == "SOURCE_CONNECTIONS" else 1
        found += range(first, first + width)
    return found


def test_no_number_has_two_meanings() -> None:
    assert len(NUMBERS) >= 8
    assert len(set(spaces())) == len(spaces())


def test_numbers_are_written_nowhere_else() -> None:
    written = re.compile(r"\b0x1AC\w+", re.IGNORECASE)
    places = [
        str(path.relative_to(ROOT))
        for folder in PRODUCT
        for suffix in ("*.py", "*.sql")
        for path in (ROOT / folder).rglob(suffix)
        if written.search(path.read_text(encoding="utf-8"))
    ]
    assert places == ["shared/locks.py"]
