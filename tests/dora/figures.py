"""The files that a run of all tests leaves, as small as they can be."""

import json
from collections.abc import Mapping
from pathlib import Path

HEAD = '<?xml version="1.0" ?>\n<coverage version="7.6" timestamp="1772500000000" '
TAIL = ' complexity="0">\n\t<sources/>\n\t<packages/>\n</coverage>\n'


def coverage(lines: str, branches: str = "0/0") -> str:
    """coverage.xml of counts like 80/100."""
    told = ((kind, *each.split("/")) for kind, each in (("lines", lines), ("branches", branches)))
    return HEAD + " ".join(f'{kind}-covered="{hit}" {kind}-valid="{of}"' for kind, hit, of in told) + TAIL


def pyramid(**tests: int) -> str:
    """pyramid.json of so many tests of each marker; `none` and `two` have no marker, and two."""
    marks = {"none": [], "two": ["unit", "e2e"]}
    return json.dumps(
        {f"test_{name}_{n}": marks.get(name, [name]) for name, count in tests.items() for n in range(count)}
    )


def complexity(*numbers: int) -> str:
    """complexity.json of functions so complex."""
    return json.dumps([{"code": "C901", "message": f"`f` is too complex ({each} > 0)"} for each in numbers])


def write(folder: Path, **more: str) -> Path:
    """A folder of figures that hold; `more` replaces files by their stem; an empty text leaves one out."""
    folder.mkdir(parents=True, exist_ok=True)
    files: Mapping[str, str] = {
        "coverage.xml": coverage("85/100", "15/20"),
        "pyramid.json": pyramid(unit=60, integration=31, e2e=9),
        "complexity.json": complexity(1, 10, 4),
        "run.json": json.dumps({"commit": "3f2a9c1d" * 5, "at": "2026-03-30T10:00:00Z"}),
    }
    for name, text in files.items():
        if told := more.get(name.partition(".")[0], text):
            (folder / name).write_text(told, encoding="utf-8")
    return folder
