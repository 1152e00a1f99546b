"""The page says in its own words what the services say in English sentences: each of them is known to the page."""

import re
from pathlib import Path

import pytest

from services.dora import answers
from services.dora.delivery.metrics import DEFINITIONS
from services.dora.delivery.targets import WRITTEN_BY

pytestmark = pytest.mark.unit

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
