"""The page says in its own words why something was refused or failed: each sentence is known to it."""

import ast
import re
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from gateway.problems import ForeignOrigin
from services.analytics import export_store, export_worker
from services.analytics.report_request import QUARTER_HINT
from services.sessions.routes.duties import LastHolder
from services.sessions.routes.people import BeyondOneself
from shared import validation
from shared.identity import FunctionNeeded, Identity, Kind, need
from tests import test_page_sentences
from tests.test_page_sentences import HOLE, calls_in, parts, said_in, sentences_of, texts_in, trees_of

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[1]
UI = ROOT / "ui" / "src"
WORDS = "".join(
    (UI / "sentences" / f"{name}.ts").read_text(encoding="utf-8") for name in ("account", "figures", "machine")
)
EXACT = re.compile(r"""^  (?:'(?P<single>[^']+)'|"(?P<double>[^"]+)"): msg`""", re.MULTILINE)
KNOWN = {match["single"] or match["double"] for match in EXACT.finditer(WORDS)}
SHAPES = [re.compile(shape.replace(r"\/", "/")) for shape in re.findall(r"(?<=\[)\s*/(\^.+?\$)/,", WORDS)]

RULE = re.compile(r"\('SOD-\d+', '([^']+)'\)")
REFUSALS = {"Conflict", "Forbidden", "Unprocessable"}
FAILURES = REFUSALS | {"TooLarge", "Gone"}  # of what is made later: a file, a schedule, a rule
PLACES = {
    "services/sessions": REFUSALS,
    "services/analytics": FAILURES,
    "services/ivr": REFUSALS,
    "services/dora/metric_routes.py": REFUSALS,
    "shared/identity.py": {"Forbidden", "FunctionNeeded"},
    "gateway/problems.py": {"Forbidden"},
}
# What is found out after it was asked for, of which each has to be found.
LATER: list[tuple[str, tuple[str, ...], str]] = [
    ("services/sessions/passwords.py", ("refusal",), "This password repeats too few characters."),
    ("services/sessions/audit_chain.py", ("follow", "compare"), "The event was sealed and is gone."),
    ("services/analytics/alert_watch.py", ("_age", "_measure", "_evaluate"), "Fewer than x calls in the window."),
    ("services/dora/metric_routes.py", ("read_delivery_metrics",), "this window has more than x buckets"),
    ("gateway/health.py", ("_ask",), "x does not answer"),
]
SECOND = {"unprocessable", "FieldError", "add"}  # these say first which field it is
CODES = "PERM-003 and AUD-001"
# What stands for what is put in, where x would not do.
AS_SAID = {
    "x: x": f"{CODES}: who administers people does not read the audit trail",
    "x holds x: x": f"ana holds {CODES}: who administers people does not read the audit trail",
    "there is no x x": "there is no metric 'x'",
    "The seals x are gone.": "The seals 4 to 7 are gone.",
    "x, which this token does not carry; who holds it can make one that does.": (
        "Filtering needs the function RPT-003, which this token does not carry; who holds it can make one that does."
    ),
    "x, which you do not hold; whoever administers permissions can give it to you.": (
        "CSV needs the function RPT-004, which you do not hold; whoever administers permissions can give it to you."
    ),
    "x This person holds x. At the machine: iact user": (
        f"{BeyondOneself.__doc__} This person holds PERM-003. At the machine: iact user"
    ),
    "x, not both": f"{QUARTER_HINT}, not both",
    "An interval of x calls cannot be planned: x.": (
        "An interval of x calls cannot be planned: more than x agents would be needed."
    ),
    "x Only through this group does anybody hold x: give another group that has it to an active account first.": (
        f"{LastHolder.__doc__} Only through this group does anybody hold x: give another group that has it to an "
        "active account first."
    ),
}
# What no form of the page can bring about: it names, limits or leaves out what these are about, or has another status.
UNMET = {
    "x x",  # a refusal that names each clash by itself, which is what the page shows
    "This belongs to a person; the operator's command line and displays have no account.",
    "This belongs to a person; the operator's command line has no account.",
    "The operator's command line has no session.",
    "This needs a person who is signed in with a password; a token cannot do it.",
    "A token cannot make tokens; sign in with a password.",
    "Tokens belong to people; use: iact token create --username NAME",
    "Only the gateway may ask this.",
    "This needs a function that you do not hold; whoever administers permissions can give it to you.",  # never alone
    "The calls of this period were removed by retention; their counts are still there.",  # never alone
    "lies beyond the last link, which is x",
    "asks for more than x links at once",
    "x cannot stand on both sides",
    "a bucket needs its offset, and time.granularity says how long it is",
    "write the bucket as the answer shows it, like 2025-07-01T00:00:00-06:00",
    "write a time as RFC 3339 text with its offset, like 2025-07-01T00:00:00-06:00",
    "ask for exactly one of report, query and calls",
    "from and to are hours of the forecast's own zone; leave the offset out, as in 18:00",
    "to must lie after from; leave it out for the end of the day",
    "give intervals or forecast, one of them",
    "more than x agents would be needed",  # stands within another sentence, as the next one does
    "x to x",
    "a coarser granularity or a shorter window",  # a way out, of which the page says nothing here
    "The export is x: x",  # its file is offered when it is made
    "is_null takes no value, or true or false",
    "between takes two values, the lowest and the highest",
    "prefix takes one text and a dimension of texts",
    "a page has at most x rows; for more ask for an export (POST /analytics/exports)",
    "IACT_ABANDONMENT_OPTIMAL_BELOW lies above IACT_ABANDONMENT_CRITICAL_ABOVE",
    "IACT_SERVICE_LEVEL_CRITICAL_BELOW lies above IACT_SERVICE_LEVEL_TARGET",
    "display is longer than x characters",
    "display holds a character that cannot be stored",
    "name either a username or a group",
    "a DID is 3 to 20 digits",
    "The rollups of an Asterisk source are made from facts with every batch; there is nothing to rebuild.",
}


def known(sentence: str) -> bool:
    return sentence in KNOWN or any(shape.match(sentence) for shape in SHAPES)


def unknown(said: set[str]) -> list[str]:
    return [each for each in sorted(said - UNMET) if not known(AS_SAID.get(each, each))]


def test_what_nobody_taught_the_page_is_not_known() -> None:
    assert not known("The moon is full.")
    assert len(KNOWN) > 60
    assert len(SHAPES) > 50


def test_the_page_knows_the_rules_that_every_installation_begins_with() -> None:
    found = said_in("services/sessions/migrations", RULE, ".sql")
    assert len(found) == 3
    assert [each for each in sorted(found) if not known(each)] == []
    # In one place: the system screen, which shows them too, has no words of its own for them.
    assert [each for each in sorted(found) if test_page_sentences.known(each)] == []


def refusals_in(place: str) -> set[str]:
    """The sentence of each kind of refusal, and what is said where one is raised."""
    said: set[str] = set()
    kinds = set(PLACES[place])
    for tree in trees_of(place):
        for each in parts(tree, ast.ClassDef):
            if PLACES[place] & {ast.unparse(base) for base in each.bases}:
                kinds.add(each.name)
                said.add(" ".join((ast.get_docstring(each) or "").split()))
    for name, call in calls_in(place):
        if name in SECOND:
            said |= texts_in(call.args[1:2])
        elif name in kinds or (name == "ValueError" and place == "services/analytics"):
            said |= texts_in(call.args[:1])
    return said


@pytest.mark.parametrize("place", PLACES)
def test_the_page_knows_why_something_is_refused(place: str) -> None:
    said = refusals_in(place)
    assert len(said) >= 3
    assert unknown(said) == []


@pytest.mark.parametrize("kind", ["user", "token"])
@pytest.mark.parametrize("functions", [("RPT-001",), ("USR-004", "USR-005")])
@pytest.mark.parametrize("what", ["This", "An export as PDF"])
def test_the_page_knows_that_a_function_is_missing(kind: Kind, functions: tuple[str, ...], what: str) -> None:
    with pytest.raises(FunctionNeeded) as refused:
        need(Identity(kind=kind), *functions, what=what)
    assert known(refused.value.detail)


def test_what_the_page_need_not_know_is_still_said() -> None:
    said = {text for place in PLACES for text in refusals_in(place)}
    for path, functions, _ in LATER:
        said |= sentences_of(path, *functions)
    assert UNMET - said == set()
    assert set(AS_SAID) - said == set()


@pytest.mark.parametrize(("path", "functions", "one_of_them"), LATER)
def test_the_page_knows_what_is_found_out_later(path: str, functions: tuple[str, ...], one_of_them: str) -> None:
    """Of a password, the audit trail, a rule and the health of the services."""
    said = sentences_of(path, *functions)
    assert one_of_them in said
    assert unknown(said) == []


def test_the_page_knows_what_breaks_the_proof_of_the_audit_trail() -> None:
    said = {text for name, call in calls_in("services/sessions") if name == "Break" for text in texts_in(call.args)}
    assert "An event of x was not recorded by a service." in said
    assert unknown(said) == []


def test_the_page_knows_why_a_file_or_a_rule_failed() -> None:
    said = {export_worker.TOO_SLOW, export_worker.OUR_FAULT.format(number=7), export_store.KILLED}
    for name, call in calls_in("services/analytics"):
        if name == "_failed":
            said |= texts_in(call.args)
    assert len(said) > 4
    assert unknown(said) == []


def test_the_page_knows_what_is_wrong_with_any_field() -> None:
    said = {HOLE.sub("x", text) for text in validation.SENTENCES.values()} | {validation.NO_NUL}
    assert unknown(said) == []
    assert known("there is no such parameter")


@pytest.mark.parametrize(("limit", "value"), [("ge", 0), ("gt", 1), ("le", 2), ("lt", 1)])
def test_the_page_knows_that_a_number_is_out_of_its_limits(limit: str, value: float) -> None:
    adapter = TypeAdapter(Annotated[float, Field(**{limit: 1})])
    with pytest.raises(ValidationError) as refused:
        adapter.validate_python(value)
    assert known(refused.value.errors()[0]["msg"])


@pytest.mark.parametrize(
    ("language", "way_out"), [("es", r"ábrala por la dirección"), ("en", r"open it at the address")]
)
def test_who_opened_the_page_at_another_address_is_told_where_to_open_it(language: str, way_out: str) -> None:
    sentence = " ".join((ForeignOrigin.__doc__ or "").split())
    (words,) = re.findall(rf"'{re.escape(sentence)}': msg`([^`]+)`", WORDS)
    catalogue = (UI / "sentences" / "locales" / f"{language}.po").read_text(encoding="utf-8")
    (told,) = re.findall(rf'^msgid "{re.escape(words)}"\nmsgstr "(.+)"$', catalogue, re.MULTILINE)
    assert told != sentence
    assert re.search(way_out, told)
