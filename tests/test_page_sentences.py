"""The page says in its own words what the services say in English sentences: each of them is known to the page."""

import ast
import re
from pathlib import Path
from typing import TypeVar

import pytest

from services.dora import answers
from services.dora.delivery.metrics import DEFINITIONS
from services.dora.delivery.targets import WRITTEN_BY

pytestmark = pytest.mark.unit

Part = TypeVar("Part", bound=ast.AST)
ROOT = Path(__file__).resolve().parents[1]
WORDS = (ROOT / "ui" / "src" / "system" / "serverWords.ts").read_text(encoding="utf-8")
EXACT = set(re.findall(r"^  (?:'(.+?)'|(\w+)): msg`", WORDS, re.MULTILINE))
KNOWN = {quoted or bare for quoted, bare in EXACT}
SHAPES = [re.compile(shape.replace(r"\/", "/")) for shape in re.findall(r"(?<=\[)\s*/(\^.+?\$)/,", WORDS)]
PHASE = re.compile(r"""\bphase\s*(?::\s*str\s*)?=\s*f?["']([^"']+)["']""")
RULE = re.compile(r"\('SOD-\d+', '([^']+)'\)")
HOLE = re.compile(r"\{[^}]+\}")
SAID = re.compile(
    r"""(?:\breason\s*=\s*|"reason":\s*None if [^"\n]+ else |\breturn None, )f?"([^"\n]{12,})",?$""", re.MULTILINE
)
SCRIPT = WRITTEN_BY.removesuffix(" it")
# The service says of the whole answer why there is nothing, instead of these.
REPLACED = {"no data in this window", "no deployment is known up to the end of this window"}
REBUILDING = {"units", "complete"}  # of rollups, which no screen shows


def known(sentence: str) -> bool:
    return sentence in KNOWN or any(shape.match(sentence) for shape in SHAPES)


def said_in(folder: str, pattern: re.Pattern[str], ending: str) -> set[str]:
    """Every sentence that the pattern finds in files of a folder; what is put into it is put in as x."""
    paths = (ROOT / folder).rglob(f"*{ending}")
    return {HOLE.sub("x", text) for path in paths for text in pattern.findall(path.read_text(encoding="utf-8"))}


def test_a_sentence_that_nobody_taught_the_page_is_not_known() -> None:
    assert not known("The moon is full.")
    assert len(SHAPES) > 15


@pytest.mark.parametrize(
    "sentence",
    [
        *DEFINITIONS.values(),
        *(answers.NEEDS_GIT, answers.NEEDS_COMMITS, answers.NEEDS_INCIDENTS, answers.NO_FAILURE),
    ],
)
def test_the_page_knows_what_a_measure_of_delivery_is_and_why_it_has_no_number(sentence: str) -> None:
    assert known(sentence)


def test_the_page_knows_each_phase_of_a_run() -> None:
    told = said_in("services/ivr", PHASE, ".py") | said_in("services/ivr/sql", PHASE, "_run.sql")
    found = {each for each in told - REBUILDING if not each.startswith("month ")}
    assert {"connecting", "finished", "indexing", "loading x"} <= found
    assert [each for each in sorted(found) if not known(each)] == []


def test_the_page_knows_the_rules_that_every_installation_begins_with() -> None:
    found = said_in("services/sessions/migrations", RULE, ".sql")
    assert len(found) == 3
    assert [each for each in sorted(found) if not known(each)] == []


def sentences_of(path: str, *names: str) -> set[str]:
    """Every text with a blank in these functions of a file, in all if none is named; what is put into it is x."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    found = set()
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) or (names and function.name not in names):
            continue
        said = function.body[1:] if ast.get_docstring(function) is not None else function.body
        inside = {id(each) for node in said for joined in parts(node, ast.JoinedStr) for each in joined.values}
        for node in said:
            whole = [
                *parts(node, ast.JoinedStr),
                *(each for each in parts(node, ast.Constant) if id(each) not in inside),
            ]
            found |= {text for text in map(text_of, whole) if text is not None and " " in text.strip()}
    return found


def parts(node: ast.AST, kind: type[Part]) -> list[Part]:
    return [each for each in ast.walk(node) if isinstance(each, kind)]


def text_of(node: ast.expr) -> str | None:
    """What is said; None where a piece of a sentence, or something else, stands."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    return "".join(str(each.value) if isinstance(each, ast.Constant) else "x" for each in node.values)


def test_the_page_knows_every_reason_for_which_a_deployment_is_called_failed() -> None:
    """As they stand in the code that says them; what is put into a sentence is put in as x."""
    said = sentences_of("services/dora/delivery/failures.py")
    assert {"reported as rolled back", "x was deployed again", "incident x says it caused it"} <= said
    whole = {each.replace("within x s", "within 60 s") for each in said}
    assert [each for each in sorted(whole) if not known(each)] == []


def test_the_page_knows_every_reason_that_the_services_write_down() -> None:
    """As they stand in the code that says them; what is put into a sentence is put in as x."""
    said = [
        text
        for name in ("failures", "metrics", "targets")
        for text in SAID.findall((ROOT / "services/dora/delivery" / f"{name}.py").read_text(encoding="utf-8"))
    ]
    whole = {
        text.replace("{WRITTEN_BY.removesuffix(' it')}", SCRIPT).replace("{WRITTEN_BY}", WRITTEN_BY) for text in said
    }
    found = {HOLE.sub("x", text) for text in whole}
    assert len(found) > 6
    assert [each for each in sorted(found - REPLACED) if not known(each)] == []
