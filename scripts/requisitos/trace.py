"""From requirements to tests and back: markers `requirement("RF-001")` are read from the syntax tree of tests/."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.requisitos.model import Requirement

MARKER = "requirement"
TEST_FOLDERS = ("tests", "docs/testing")
INDEX_MIN = 0.95  # the customer's: at most one link in twenty may be missing
COVERAGE_MIN = 0.90  # the customer's: at most one built requirement in ten may be without a test

Tests = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Trace:
    """What the matrix is made of. `tests` maps an id to `file::test`; `unknown` are markers without a requirement."""

    requirements: tuple[Requirement, ...]
    tests: Tests
    unknown: tuple[str, ...]

    @property
    def active(self) -> list[Requirement]:
        return [requirement for requirement in self.requirements if requirement.state != "retirado"]

    @property
    def orphans(self) -> list[Requirement]:
        """Those that come from nothing although they should."""
        return [each for each in self.active if each.kind != "necesidad" and not each.upward]

    @property
    def without_code(self) -> list[Requirement]:
        return [each for each in self.active if each.is_built and not each.code]

    @property
    def untested(self) -> list[Requirement]:
        return [each for each in self.active if each.is_built and not self.tests.get(each.id)]

    @property
    def unanswered(self) -> list[Requirement]:
        """Those above which nothing that is built comes from: wished for, and nobody works on it."""
        named = {upward for each in self.active for upward in each.upward}
        above = ("necesidad", "negocio", "stakeholder")
        return [each for each in self.active if each.kind in above and each.id not in named]

    @property
    def index(self) -> float:
        """The share of links that are there: upward for all but needs, to code for what is built."""
        wanted = sum(each.kind != "necesidad" for each in self.active) + sum(each.is_built for each in self.active)
        return 1.0 if not wanted else 1 - (len(self.orphans) + len(self.without_code)) / wanted

    @property
    def coverage(self) -> float:
        """The share of built requirements that at least one test shows."""
        built = sum(each.is_built for each in self.active)
        return 1.0 if not built else 1 - len(self.untested) / built


def trace(requirements: Sequence[Requirement], tests: Tests) -> Trace:
    """Requirements with their tests; markers of unknown ids apart."""
    known = {requirement.id for requirement in requirements}
    unknown = [f"{test}: {name}" for name in sorted(tests) if name not in known for test in tests[name]]
    return Trace(tuple(requirements), {name: tests[name] for name in tests if name in known}, tuple(unknown))


def read_tests(root: Path) -> dict[str, list[str]]:
    """Requirement id → `tests/a/test_b.py::test_c`, from every test file; a file that does not parse has none."""
    found: dict[str, list[str]] = {}
    for folder in TEST_FOLDERS:
        for file in sorted((root / folder).rglob("test_*.py")):
            path = file.relative_to(root).as_posix()
            for name, test in marked(file.read_text(encoding="utf-8")):
                found.setdefault(name, []).append(f"{path}::{test}")
    return found


def marked(text: str) -> Iterator[tuple[str, str]]:
    """(id, test) of each marker in a test file: on functions, classes and in `pytestmark`."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return  # pytest itself says so
    yield from _in_body(tree.body, [])


def _in_body(body: Sequence[ast.stmt], above: Sequence[str]) -> Iterator[tuple[str, str]]:
    inherited = [*above, *_of_pytestmark(body)]
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            own = [name for decorator in node.decorator_list for name in _ids(decorator)]
            yield from _in_body(node.body, [*inherited, *own])
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            own = [name for decorator in node.decorator_list for name in _ids(decorator)]
            for name in dict.fromkeys([*inherited, *own]):
                yield name, node.name


def _of_pytestmark(body: Sequence[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
        ):
            marks = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
            for mark in marks:
                yield from _ids(mark)


def _ids(mark: ast.expr) -> Iterator[str]:
    """The ids in `pytest.mark.requirement("RF-001", "RF-002")`."""
    match mark:
        case ast.Call(func=ast.Attribute(attr=name), args=arguments) if name == MARKER:
            for argument in arguments:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value
        case _:
            return
