"""Whatever a document tells its reader to type exists: words and options of iact, modules, tests, variables."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main

from iact.cli import build
from scripts.restrictions.findings import Source, sources

pytestmark = [pytest.mark.unit, pytest.mark.requirement("RNF-016")]

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"^(?:```|~~~)[^\n]*\n.*?^(?:```|~~~)|`[^`\n]+`", re.MULTILINE | re.DOTALL)
REST = r"((?:\\\n|[^\n`|;#])*)"  # up to the end of the command, over lines that go on
IACT = re.compile(rf"(?<![\w./-])(?:\.venv/bin/|python -m )?iact ((?:[a-z]+(?:-[a-z]+)* ?){{1,2}}){REST}")
MODULE = re.compile(rf"python -m ([a-z_]+(?:\.[a-z_]+)*){REST}")
PYTEST = re.compile(r"pytest ([^\n`|;#]*)")
TEST_PATH = re.compile(r"(?<![\w/=])(?:tests|docs)/[\w./-]+")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]+")
VARIABLE = re.compile(r"\b(?:IACT|DB)_[A-Z][A-Z0-9_]*")
PROGRAMS = (".py", ".sh", ".ts", ".tsx", ".service", ".example", ".yml", "Vagrantfile")
OURS = ("gateway", "iact", "scripts", "services", "shared", "tests")


@cache
def documents() -> tuple[Source, ...]:
    """Everything written for readers; what changed is told by names of then, so the changelog is left out."""
    return tuple(each for each in sources(ROOT) if each.path.endswith(".md") and each.path != "CHANGELOG.md")


def code(source: Source) -> str:
    return "\n".join(found[0] for found in CODE.finditer(source.text))


def told(pattern: re.Pattern[str]) -> Iterator[tuple[str, re.Match[str]]]:
    for source in documents():
        for found in pattern.finditer(code(source)):
            yield source.path, found


@cache
def command_of(first: str) -> Any:  # typer's own kind of click command
    return typer.main.get_command(build(first))


def unknown_of_iact(words: str, rest: str) -> list[str]:
    """What of `iact WORDS REST` does not exist."""
    command = command_of(words.split(maxsplit=1)[0])
    for word in words.split():
        if not hasattr(command, "commands"):
            break  # what follows is an argument
        if word not in command.commands:
            return [word]
        command = command.commands[word]
    taken = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    return [option for option in OPTION.findall(rest) if option not in taken | {"--help"}]


def unknown_of_module(name: str, rest: str) -> list[str]:
    """What of `python -m NAME REST` does not exist; modules of others are theirs."""
    place = ROOT.joinpath(*name.split("."))
    if name.partition(".")[0] not in OURS or name == "iact":
        return []
    files = [*place.glob("*.py")] if (place / "__main__.py").is_file() else [place.with_suffix(".py")]
    if not all(file.is_file() for file in files):
        return [name]
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    return [option for option in OPTION.findall(rest) if f'"{option}"' not in text and option != "--help"]


def test_every_word_and_option_of_iact_exists() -> None:
    wrong = [
        f"{path}: {found[0].strip()}: {each}"
        for path, found in told(IACT)
        for each in unknown_of_iact(found[1], found[2])
    ]
    assert wrong == []


def test_every_module_that_is_run_exists_with_its_options() -> None:
    calls = list(told(MODULE))
    assert len(calls) > 20
    assert [f"{path}: {found[0]}" for path, found in calls if unknown_of_module(found[1], found[2])] == []


def test_every_test_that_is_named_exists() -> None:
    named = [(path, name) for path, found in told(PYTEST) for name in TEST_PATH.findall(found[1])]
    assert len(named) > 5
    assert [f"{path}: {name}" for path, name in named if not (ROOT / name).exists()] == []


def test_every_variable_that_is_named_is_read_by_something() -> None:
    read = {name for each in sources(ROOT) if each.path.endswith(PROGRAMS) for name in VARIABLE.findall(each.text)}
    read |= {name.upper() for each in sources(ROOT) if each.path.endswith("settings.py") for name in words(each)}
    wrong = [
        f"{path}: {name}"
        for path, found in told(VARIABLE)
        for name in [found[0]]
        if name not in read and not (name.endswith("_") and any(each.startswith(name) for each in read))
    ]
    assert wrong == []


def words(source: Source) -> list[str]:
    """Fields of a class of settings are variables in capitals."""
    return re.findall(r"^    ((?:iact|db)_\w+):", source.text, re.MULTILINE)


@pytest.mark.parametrize(
    ("line", "unknown"),
    [
        ("iact status --json", []),
        ("iact statis --json", ["statis"]),
        ("iact status --jsno", ["--jsno"]),
        ("iact ingest legacy --force", []),
        ("iact backup now --to DIR --keep 7", []),
        ("iact backup then --to DIR", ["then"]),
        ("iact user block NAME", []),
    ],
)
def test_what_of_a_command_line_is_unknown(line: str, unknown: list[str]) -> None:
    found = IACT.match(line)
    assert found
    assert unknown_of_iact(found[1], found[2]) == unknown


def test_what_of_a_module_is_unknown() -> None:
    assert unknown_of_module("tests.benchmarks.ingestion", " --rows 5") == []
    assert unknown_of_module("tests.benchmarks.ingestion", " --lines 5") == ["--lines"]
    assert unknown_of_module("tests.benchmarks.digestion", "") == ["tests.benchmarks.digestion"]
    assert unknown_of_module("venv", " --anything") == []
