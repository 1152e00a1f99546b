"""The test pyramid: a pytest plugin that notes every test's marker, and a command that prints the shares.

`pytest -p scripts.pyramid` with IACT_PYRAMID_FILE set writes the notes; `python -m scripts.pyramid FILE` reads them.
The aim is 60/30/10; only a test without a marker, or with two, is an error.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

FILE_SETTING = "IACT_PYRAMID_FILE"
AIMS = {"unit": 60, "integration": 30, "e2e": 10}
EXAMPLES_MAX = 10  # enough to see which file is meant


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Write down the markers; every worker of a parallel run collects the same, so any of them may write."""
    file = os.environ.get(FILE_SETTING)
    worker = getattr(config, "workerinput", {"workerid": "gw0"})["workerid"]
    if file and worker == "gw0":
        notes = {item.nodeid: [name for name in AIMS if item.get_closest_marker(name)] for item in items}
        Path(file).write_text(json.dumps(notes), encoding="utf-8")


def report(notes: Mapping[str, Sequence[str]]) -> tuple[list[str], bool]:
    """The lines to print, and whether every test has exactly one marker."""
    counts = Counter(markers[0] for markers in notes.values() if len(markers) == 1)
    total = sum(counts.values()) or 1
    lines = [
        f"{name:<12} {counts[name]:>5} tests {100 * counts[name] / total:>5.1f} % (aim {aim} %)"
        for name, aim in AIMS.items()
    ]
    wrong = sorted(test for test, markers in notes.items() if len(markers) != 1)
    if wrong:
        lines.append(f"{len(wrong)} tests need exactly one of the markers {', '.join(AIMS)} (pytestmark at the top):")
        lines += [f"  {test}" for test in wrong[:EXAMPLES_MAX]]
    return lines, not wrong


def main(arguments: Sequence[str]) -> int:
    """Print the pyramid; 0 when every test has its marker, 1 when not, 2 for wrong usage."""
    usage = "usage: python -m scripts.pyramid FILE (written by pytest -p scripts.pyramid)"
    if list(arguments) in (["--help"], ["-h"]):
        print(f"{usage}\n\nExit codes: 0 every test has one marker, 1 not, 2 wrong usage.")
        return 0
    if len(arguments) != 1 or not Path(arguments[0]).is_file():
        print(f"{usage}; not {' '.join(arguments) or 'nothing'}", file=sys.stderr)
        return 2
    lines, complete = report(json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    print("\n".join(lines))
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
