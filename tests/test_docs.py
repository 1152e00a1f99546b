"""Holds the documents true: every link leads somewhere, every named script and command exists."""

import re
import urllib.parse
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from iact.cli import command_modules
from scripts.restrictions.findings import Source, sources

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]]+\]:\s+(\S+)", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
SCRIPT = re.compile(r"(?<![\w/-])(?:\./)?(scripts/[a-z_]+\.(?:sh|py))\b")
COMMAND = re.compile(r"(?<![\w/.-])iact ([a-z]+)\b")
ABSOLUTE = re.compile(r"^(https?|mailto):")
READER_FILES = ("README.md", "README.es.md", "CONTRIBUTING.md", "CHANGELOG.md")


@cache
def documents() -> tuple[Source, ...]:
    return tuple(
        source
        for source in sources(ROOT)
        if source.suffix == ".md" and (source.path in READER_FILES or source.path.startswith("docs/"))
    )


def blanked(text: str, *patterns: re.Pattern[str]) -> str:
    """The text with what matches turned to spaces, so that lines keep their numbers."""
    for pattern in patterns:
        text = pattern.sub(lambda found: re.sub(r"\S", " ", found[0]), text)
    return text


def links(source: Source) -> Iterator[tuple[int, str]]:
    text = blanked(source.text, FENCE, CODE_SPAN)
    for found in LINK.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, found[1] or found[2]


def anchor(heading: str) -> str:
    """The anchor that git hosts make of a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "")
    return re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def anchors(text: str) -> set[str]:
    found: set[str] = set()
    for heading in HEADING.findall(blanked(text, FENCE)):
        name = anchor(heading)
        repeated = sum(1 for known in found if re.fullmatch(rf"{re.escape(name)}(-\d+)?", known))
        found.add(f"{name}-{repeated}" if repeated else name)
    return found


def broken(source: Source, target: str) -> str | None:
    """Why a link leads nowhere; None when it leads somewhere."""
    if ABSOLUTE.match(target):
        return None
    path, _, fragment = target.partition("#")
    file = (ROOT / source.path).parent / urllib.parse.unquote(path) if path else ROOT / source.path
    if path.startswith("/"):
        return "begins with /: write it relative to the document"
    if not file.exists():
        return "does not exist"
    if ROOT not in file.resolve().parents and file.resolve() != ROOT:
        return "lies outside the repository"
    if fragment and file.suffix == ".md" and fragment not in anchors(file.read_text(encoding="utf-8")):
        return f"has no heading #{fragment}"
    return None


@pytest.mark.requirement("RNF-016")
def test_every_link_leads_somewhere() -> None:
    found = [
        f"{source.path}:{line}: {target} {why}"
        for source in documents()
        for line, target in links(source)
        if (why := broken(source, target))
    ]
    assert not found, "Repair the link or the file it names:\n" + "\n".join(found)


def test_every_named_script_exists() -> None:
    found = [
        f"{source.path}:{source.line_of(match.start())}: {match[1]}"
        for source in documents()
        for match in SCRIPT.finditer(source.text)
        if not (ROOT / match[1]).exists()
    ]
    assert not found, "No such script; documents name what is there:\n" + "\n".join(found)


def commands(source: Source) -> Iterator[tuple[int, str]]:
    """`iact WORD` in code: in prose the name of the product may precede any word."""
    for block in (*FENCE.finditer(source.text), *CODE_SPAN.finditer(source.text)):
        for match in COMMAND.finditer(block[0]):
            yield source.line_of(block.start() + match.start()), match[1]


@pytest.mark.requirement("RNF-016")
def test_every_named_command_exists() -> None:
    known = set(command_modules(""))
    found = [
        f"{source.path}:{line}: iact {word}"
        for source in documents()
        for line, word in commands(source)
        if word not in known
    ]
    assert not found, "No such command; documents name what is there:\n" + "\n".join(found)


def test_every_document_has_one_title_and_an_index_entry() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    found = []
    for source in documents():
        titles = re.findall(r"^# ", blanked(source.text, FENCE), re.MULTILINE)
        if len(titles) != 1:
            found.append(f"{source.path}: {len(titles)} titles instead of one")
        folder, _, name = source.path.removeprefix("docs/").rpartition("/")
        listed = name in index or (folder and f"{folder}/" in index)
        if source.path.startswith("docs/") and name != "index.md" and not listed:
            found.append(f"{source.path}: docs/index.md does not mention it")
    assert not found, "A document has one title and can be found from docs/index.md:\n" + "\n".join(found)


def test_spanish_and_english_readme_have_the_same_sections() -> None:
    levels = [
        re.findall(r"^(#+) ", blanked((ROOT / name).read_text(encoding="utf-8"), FENCE), re.MULTILINE)
        for name in ("README.md", "README.es.md")
    ]
    assert levels[0] == levels[1], "README.md and README.es.md have different sections: translate what is new."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](b.md) ![c](d.png)", ["b.md", "d.png"]),
        ("[a](<b.md>) [c](d.md#e)", ["b.md", "d.md#e"]),
        ('[a](b.md "title")', ["b.md"]),
        ("[a]: b.md", ["b.md"]),
        ("`[a](b.md)`", []),
        ("```\n[a](b.md)\n```", []),
        ("f(x)[1] (y)", []),
    ],
)
def test_links_are_found_in_prose_only(text: str, expected: list[str]) -> None:
    assert [target for _, target in links(Source("docs/x.md", text))] == expected


def test_anchors_are_those_of_git_hosts() -> None:
    assert anchors("# One & two\n## `iact up`: start!\n## Uno\n## Uno\n```\n# no\n```\n") == {
        "one--two",
        "iact-up-start",
        "uno",
        "uno-1",
    }


@pytest.mark.parametrize("target", ["nowhere.md", "../../outside.md", "/docs/index.md", "#no-such-heading"])
def test_broken_links_are_recognised(target: str) -> None:
    assert broken(Source("docs/index.md", ""), target)


def test_scripts_are_found_with_and_without_the_dot_and_never_inside_another_folder() -> None:
    text = "`scripts/a.sh` ./scripts/b.sh (scripts/c.py) tests/scripts/d.py"
    assert SCRIPT.findall(text) == ["scripts/a.sh", "scripts/b.sh", "scripts/c.py"]
