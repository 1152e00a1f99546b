"""Holds the tree tidy: sizes, names, comments, nothing that belongs to one machine; and says what to do instead."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from scripts.restrictions.findings import Source, sources

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parent.parent
FUNCTION_LINES_MAX = 50  # what fits on a screen
FILE_LINES_MAX = 400  # what a reader can keep in mind as one thing
DOCSTRING_FROM_LINES = 30  # a shorter module explains itself
CODE = frozenset({".py", ".ts", ".tsx", ".sh"})
GENERATED = ("ui/src/api/generated", "ui/src/locales/", "ui/package-lock.json", "gateway/openapi.json")
PRODUCT = ("shared/", "services/", "gateway/", "iact/")
# The tree of docs/architecture.md. A new folder at the top is a decision: write it there first.
TOP = frozenset(
    {
        ".ci",
        ".github",
        ".githooks",
        "deploy",
        "docs",
        "gateway",
        "iact",
        "infrastructure",
        "logs_data",
        "scripts",
        "services",
        "shared",
        "tests",
        "ui",
        ".coveragerc",
        ".editorconfig",
        ".env.example",
        ".gitattributes",
        ".gitignore",
        ".importlinter",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "README.es.md",
        "README.md",
        "Vagrantfile",
        "pyproject.toml",
        "requirements.txt",
        "requirements-dev.txt",
    }
)
# Spelled in two parts where this file would otherwise find itself.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
BANNER = re.compile(r"^\s*(#|//|--|\*)\s*[-=*#~_]{4,}", re.MULTILINE)
BARE_IGNORE = re.compile(r"#\s*type: ignore(?!\[[a-z-, ]+\]\s*#\s*\S)|(eslint-disable|@ts-ignore)(?!.*--\s*\S)")
# The reason may also stand in the line above, where two follow one another or a comment explains more.
BARE_NOQA = re.compile(r"(?:^[^#\n]*\n|\A)[^\n]*#\s*noqa(?!: [A-Z]+\d+(, ?[A-Z]+\d+)*\s+-\s+\S)", re.MULTILINE)
BARE_SKIP = re.compile(r"mark\.(skip|xfail)(?!\w)(?!.*(reason=|,\s*[\"']))|pytest\.skip\(\)|\.(skip|todo)\(\s*\)")
PACKAGE_HOST = re.compile(
    r"\b(py" r"pi|pythonhosted|npm" r"js|npmmirror|yarnpkg|jsdelivr|unpkg|cdnjs)\.(org|com|io|net|dev)\b"
)
PACKAGE_FILES = frozenset(
    {"requirements.txt", "requirements-dev.txt", "pyproject.toml", "package-lock.json", "package.json", ".npmrc"}
)
PACKAGE_INDEX = re.compile(
    r'--(extra-)?index-url|--find-links|"resolved": *"[a-z+]+:|^ *(registry|url) *= *"?http', re.MULTILINE
)
FILE_BYTES_MAX = 1_000_000  # the contract of the API is the largest: 400 KB
MACHINE_PATH = re.compile(r"(?<![\w.$}~-])/(home/[a-z]\w*|root|Users/\w+|mnt/\w+|tmp)(?=/[\w.])|\b[A-Z]:\\\\?Users")


@cache
def tree() -> tuple[Source, ...]:
    return tuple(sources(ROOT))


def code(*suffixes: str) -> Iterator[Source]:
    for source in tree():
        if source.suffix in (suffixes or CODE) and not source.path.startswith(GENERATED):
            yield source


def places(pattern: re.Pattern[str], files: Iterator[Source]) -> list[str]:
    """`file:line: text` of every match outside this file."""
    return [
        f"{source.path}:{source.line_of(found.start())}: {found[0].strip()}"
        for source in files
        if source.path != "tests/test_tidy.py"
        for found in pattern.finditer(source.text)
    ]


def tell(found: list[str], way_out: str) -> None:
    assert not found, f"{way_out}\n" + "\n".join(found)


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_file_is_larger_than_what_people_read() -> None:
    """Packages, dumps and recordings are no sources: git keeps them for ever."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    sizes = {name: (ROOT / name).stat().st_size for name in tracked.split("\0") if name and (ROOT / name).is_file()}
    assert len(sizes) > 1_000, "it looked at the tree"
    tell([f"{name}: {size} bytes" for name, size in sizes.items() if size > FILE_BYTES_MAX], "Leave it out of git.")


@pytest.mark.requirement("RNF-014")
def test_functions_fit_on_a_screen() -> None:
    lengths = (
        (source.path, node, (node.end_lineno or node.lineno) - node.lineno + 1)
        for source in code(".py")
        for node in functions(source)
    )
    found = [f"{path}:{node.lineno}: {node.name} has {n} lines" for path, node, n in lengths if n > FUNCTION_LINES_MAX]
    tell(found, f"A function has at most {FUNCTION_LINES_MAX} lines: name its steps and put them below it.")


@pytest.mark.requirement("RNF-014")
def test_files_are_about_one_thing() -> None:
    lengths = ((source.path, len(source.text.splitlines())) for source in code())
    found = [f"{path}: {n} lines" for path, n in lengths if n > FILE_LINES_MAX]
    tell(found, f"A file has at most {FILE_LINES_MAX} lines: split it where its docstring says 'and'.")


@pytest.mark.requirement("RNF-014")
def test_there_is_no_makefile() -> None:
    found = [path.name for path in ROOT.iterdir() if path.name.lower() in {"makefile", "gnumakefile"}]
    tell(found, "No Makefile at the root: put the command into scripts/, where CI and people call it by name.")


def test_nothing_unexpected_lies_at_the_top() -> None:
    found = sorted({source.path.partition("/")[0] for source in tree()} - TOP)
    tell(found, "The tree is fixed in docs/architecture.md: find the right folder, or change tree and list together.")


def test_nothing_is_left_unfinished() -> None:
    found = places(UNFINISHED, code(".py", ".ts", ".tsx", ".sh", ".sql", ".css", ".html"))
    tell(found, "Finish it, or open an issue and say in a sentence what the code does not do.")


def test_comments_have_no_banners() -> None:
    found = places(BANNER, code(".py", ".ts", ".tsx", ".sql"))
    tell(found, "No banners: where a file needs headings, it wants to be two files.")


def test_product_modules_open_with_their_job() -> None:
    found = [
        source.path
        for source in code(".py")
        if source.path.startswith(PRODUCT)
        and len(source.text.splitlines()) >= DOCSTRING_FROM_LINES
        and not ast.get_docstring(ast.parse(source.text))
    ]
    tell(found, "A module opens with one to three sentences on its job and its one surprise.")


def test_silenced_checks_say_why() -> None:
    tell(
        places(BARE_IGNORE, code(".py", ".ts", ".tsx")) + places(BARE_NOQA, code(".py")),
        "Name code and reason: `# type: ignore[code] # why`, `# noqa: CODE - why`, `eslint-disable rule -- why`.",
    )


def test_skipped_tests_say_why() -> None:
    tell(places(BARE_SKIP, code(".py", ".ts", ".tsx")), "A test that does not run says why: reason='…'.")


def test_no_file_names_a_package_host() -> None:
    installing = (source for source in tree() if source.name in PACKAGE_FILES)
    found = places(PACKAGE_HOST, iter(tree())) + places(PACKAGE_INDEX, installing)
    tell(found, "Where packages come from is a setting of the machine (pip.conf, .npmrc), not of the repository.")


@pytest.mark.requirement("RNF-014")
def test_no_file_holds_a_path_of_one_machine() -> None:
    found = places(MACHINE_PATH, (source for source in tree() if source.path != "ui/package-lock.json"))
    tell(found, "Use a path relative to the repository, a setting, or a temporary folder that the system gives.")


def test_scripts_can_be_run_and_stop_at_errors() -> None:
    found = []
    for source in tree():
        if source.suffix == ".sh" or source.path.startswith((".githooks/", ".ci/")):
            if not source.text.startswith("#!/usr/bin/env bash\n"):
                found.append(f"{source.path}: begins without #!/usr/bin/env bash")
            if not re.search(r"^set -[a-z]*u[a-z]*o pipefail$", source.text, re.MULTILINE):
                found.append(f"{source.path}: has no `set -euo pipefail`")
            if not (ROOT / source.path).stat().st_mode & 0o111:
                found.append(f"{source.path}: is not executable")
    tell(found, "A script names its shell, stops at errors and can be run.")


@pytest.mark.parametrize(
    ("pattern", "caught", "allowed"),
    [
        (UNFINISHED, "# TODO: later", "todas, METODO, todo"),
        (BANNER, "# ------ helpers", "# - a list item"),
        (BARE_IGNORE, "x = 1  # type: ignore[misc]", "x = 1  # type: ignore[misc] # the stub lacks it"),
        (BARE_NOQA, "x = 1  # noqa: S608", "x = 1  # noqa: S608 - our own names"),
        (BARE_SKIP, "@pytest.mark.skip", "@pytest.mark.skip(reason='no browser')"),
        (PACKAGE_INDEX, '"resolved": "https://packages.example/x.tgz"', '"url": "https://example.org/funding"'),
        (PACKAGE_HOST, "files." + "pythonhosted" + ".org", "pypika.org, npmjson"),
        (MACHINE_PATH, "/home/ana/iact", "ui/home/ana ~/root/x $HOME/tmp/x"),
        (MACHINE_PATH, "cd /mnt/disk/iact", "https://host/mnt/disk/x"),
    ],
)
def test_patterns_catch_what_they_mean_and_no_more(pattern: re.Pattern[str], caught: str, allowed: str) -> None:
    assert pattern.search(caught)
    assert not pattern.search(allowed)
