"""The page says in its own words what the services say in English sentences: each of them is known to the page."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from services.analytics.report_words import SHOWN
from services.dora import answers
from services.dora.delivery.metrics import DEFINITIONS
from services.dora.delivery.targets import WRITTEN_BY
from services.ivr import examine, key_epochs, lease, reconcile_legacy, reconciler, runner
from services.ivr.sources import guard

pytestmark = pytest.mark.unit

Part = TypeVar("Part", bound=ast.AST)
ROOT = Path(__file__).resolve().parents[1]
SCREEN = ROOT / "ui" / "src" / "system"
WORDS = "".join((SCREEN / name).read_text(encoding="utf-8") for name in ("serverWords.ts", "ivrWords.ts"))
CODES = (ROOT / "ui" / "src" / "reports" / "codes.ts").read_text(encoding="utf-8")
WARNINGS = (ROOT / "ui" / "src" / "reports" / "warnings.ts").read_text(encoding="utf-8")
NAMES = (ROOT / "ui" / "src" / "permissions" / "names.ts").read_text(encoding="utf-8")
EXACT = set(re.findall(r"^  (?:'(.+?)'|(\w+)): msg`", WORDS, re.MULTILINE))
KNOWN = {quoted or bare for quoted, bare in EXACT}
SHAPES = [re.compile(shape.replace(r"\/", "/")) for shape in re.findall(r"(?<=\[)\s*/(\^.+?\$)/,", WORDS)]
NEXT = re.compile(r"(?<=\.) ")  # where one sentence of a text ends and another begins
# What stands for what is put into a sentence, where a name would not do.
PUT_IN = {
    "columns": "columns",
    "plural": "columns",
    "_columns(self.new)": "a column",
    "_columns(self.missing)": "columns",
    "_plural(missing)": "column x",
    "hours": "6 h after",
    "kind": "call",
    "user": " 'x'",
    "INTERRUPTED": runner.INTERRUPTED,
    "LEFT": examine.LEFT,
}
PHASE = re.compile(r"""\bphase\s*(?::\s*str\s*)?=\s*f?["']([^"']+)["']""")
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


def sentences_of(path: str, *names: str) -> set[str]:
    """Every text with a blank in these functions of a file, in all if none is named; what is put into it is x."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    found = set()
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) or (names and function.name not in names):
            continue
        said = function.body[1:] if ast.get_docstring(function) is not None else function.body
        found |= texts_in(said)
    return found


def texts_in(said: Sequence[ast.AST]) -> set[str]:
    """Every text with a blank in these pieces of code."""
    inside = {id(each) for node in said for joined in parts(node, ast.JoinedStr) for each in joined.values}
    whole = [
        each
        for node in said
        for each in (*parts(node, ast.JoinedStr), *parts(node, ast.Constant))
        if id(each) not in inside
    ]
    return {text for text in map(text_of, whole) if text is not None and " " in text.strip()}


def trees_of(place: str) -> list[ast.Module]:
    """Of a file, or of all below a folder."""
    found = ROOT / place
    paths = sorted(found.rglob("*.py")) if found.is_dir() else [found]
    return [ast.parse(path.read_text(encoding="utf-8")) for path in paths]


def calls_in(place: str) -> Iterator[tuple[str, ast.Call]]:
    for tree in trees_of(place):
        for call in parts(tree, ast.Call):
            yield ast.unparse(call.func).rpartition(".")[2], call


def parts(node: ast.AST, kind: type[Part]) -> list[Part]:
    return [each for each in ast.walk(node) if isinstance(each, kind)]


def text_of(node: ast.expr) -> str | None:
    """What is said; None where a piece of a sentence, or something else, stands."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    return "".join(
        PUT_IN.get(ast.unparse(each.value), "x") if isinstance(each, ast.FormattedValue) else str(text_of(each))
        for each in node.values
    )


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


IVR_SAYS = {
    "drift.py": ("sentences",),
    "engines.py": (),
    "check.py": (),
    "rekey.py": (),
    "ingest_legacy.py": ("_same_rows",),
    "runner.py": ("_ending", "_next_run"),
    "reconciler.py": ("_work", "window_of_kept"),
    "reconcile_legacy.py": (),
    "reconcile_asterisk.py": (),
    **{f"sources/{path.name}": () for path in (ROOT / "services/ivr/sources").glob("*.py")},
}
# What a run, a check or a comparison ends with that stands in a name or in a docstring.
NAMED = (
    *(runner.INTERRUPTED, runner.BROKEN, runner.BROKEN_OFF, examine.LEFT, reconciler.INTERRUPTED, reconciler.BROKEN),
    *(key_epochs.WRONG_KEY, key_epochs.RENEWING),
    *(each.__doc__ or "" for each in (lease.SourceBusy, guard.ConnectionsTaken, reconcile_legacy.Overtaken)),
)
REJECTED = re.compile(r'(?:\b(?:BadRow|BadEvent|Unusable)\(|\.reject\(\w+, \w+, )f?"([^"]+)"')


def test_the_page_knows_every_sentence_of_a_run_and_of_a_look_at_a_source() -> None:
    """As they stand in the code that says them; several of them may be one text."""
    said = {text for path, names in IVR_SAYS.items() for text in sentences_of(f"services/ivr/{path}", *names)}
    told = {each for text in said if text.endswith(".") for each in NEXT.split(text)}
    assert {"The source has no table x.", "Table x has lost columns x."} <= told
    assert len(told) > 50
    assert [each for each in sorted(told) if not known(each)] == []


def test_the_page_knows_what_is_said_under_a_name() -> None:
    assert [each for each in NAMED if not known(each.format(7, 7))] == []
    # The rest of a sentence, for a login that may not look.
    (rest,) = (each for each in sentences_of("services/ivr/sources/protocol.py", "translate") if each[0] == ",")
    assert known(f"The IVR server at x has no database 'x'{rest}.")


def test_the_page_knows_why_a_row_is_rejected() -> None:
    found = said_in("services/ivr", REJECTED, ".py")
    assert {"the row contains a NUL byte", "a name is longer than x characters"} <= found
    assert [each for each in sorted(found) if not known(each)] == []


def test_the_page_names_every_function_and_every_group_of_the_catalogue() -> None:
    """By the code and the name that the first migration gave each; a later one that adds to them is seen here, too."""
    sql = "".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "services/sessions/migrations").glob("*.sql"))
    )
    modules = re.findall(r"\('([A-Z]+)',\s+ARRAY\[([^\]]+)\]\)", sql)
    left_out = set(re.findall(r"WHERE name <> '(\w+)'", sql))
    functions = {
        (f"{module}-{at:03}", name)
        for module, names in modules
        for at, name in enumerate(re.findall(r"'(\w+)'", names), start=1)
        if name not in left_out
    }
    assert len(functions) > 60
    assert functions == set(re.findall(r"^  '([A-Z]+-\d+)': \[\s*'(\w+)',\s*msg`", NAMES, re.MULTILINE))
    groups = {name for _, name in re.findall(r"\('(AGR-\d+)', '(\w+)'\)", sql)}
    assert len(groups) == 10
    assert groups == set(re.findall(r"^  (\w+): msg`", NAMES, re.MULTILINE))
    assert sql.count("INSERT INTO sessions.functions ") == 1  # one of another form would not be found above


def test_the_page_has_words_for_every_code_of_a_warning() -> None:
    codes = set()
    for name, call in calls_in("services/analytics"):
        if name == "Notice":
            (code,) = (each.value for each in call.args[:1] if isinstance(each, ast.Constant))
            codes.add(code)
    assert {"unknown_to_source", "legacy_paths", "queue_grows", "occupancy_range_too_long"} <= codes
    assert codes == set(re.findall(r"^  (\w+): \(", WARNINGS, re.MULTILINE))


def test_the_page_has_words_for_every_code_that_paper_has() -> None:
    """Subtotals and totals are the same word in Spanish, so paper needs none for them."""
    words = dict(re.findall(r"(\w+): msg`([^`]+)`", CODES))
    assert words.keys() == set(SHOWN["es"]) | {"subtotal", "total"}
    assert {code: word.lower() for code, word in words.items() if code in SHOWN["es"]} == {
        code: word.lower() for code, word in SHOWN["es"].items()
    }
