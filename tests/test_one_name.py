"""One thing has one name on every screen and in every report, in both languages: that of its metric."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from services.analytics.report_words import SHOWN, Language
from services.analytics.reports import REPORTS
from services.analytics.reports.model import Column

pytestmark = pytest.mark.unit

ROOT: Final = Path(__file__).resolve().parents[1]
UI: Final = ROOT / "ui" / "src"
MESSAGE: Final = re.compile(r'^msgid "(?P<es>.+)"\nmsgstr "(?P<own>.*)"$', re.MULTILINE)
NAMED: Final = re.compile(r"^  (?P<metric>\w+): msg`(?P<name>[^`]+)`,$", re.MULTILINE)
# Counted things that more than one screen or report names in full; others stand under a heading that says the rest.
COUNTED: Final = {
    "abandoned",
    "answered",
    "empty_exits",
    "flowed_out",
    "key_exits",
    "occupancy",
    "offered",
    "open",
    "ring_no_answer",
    "timed_out",
    "transfers",
    "unique_callers",
    "withdrawn",
}
# Names that the same things had elsewhere.
RETIRED: Final = {
    "es": r"clientes? (?:únicos?|distintos?)|llamantes distintos|^entraron|desbordad|contestadas|enviadas a otra cola",
    "en": r"different callers|distinct callers|unique customers|flowed to|offered to queues",
}
# Another thing under a like word: each has two translations for that reason.
TWO_MEANINGS: Final = {"Tramos", "Cambiar"}


class Named(NamedTuple):
    """A column of a report, by its names."""

    name: str
    es: str
    en: str


def catalogues(language: str) -> Iterator[tuple[str, str, str]]:
    """Folder, Spanish and the sentence in a language, of every message of the page."""
    for path in sorted(UI.rglob(f"locales/{language}.po")):
        for message in MESSAGE.finditer(path.read_text(encoding="utf-8")):
            yield path.parts[-3], message["es"], message["own"]


def in_english() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for folder, spanish, english in catalogues("en"):
        # What a service says has its own English, which is what the page shows there.
        if folder not in {"sentences", "system"}:
            found[spanish].add(english)
    return found


def names_of_rules() -> dict[str, str]:
    return {each["metric"]: each["name"] for each in NAMED.finditer((UI / "rules" / "words.ts").read_text("utf-8"))}


def columns() -> list[Named]:
    """Every column that a report declares with all its names."""
    found = []
    for path in sorted((ROOT / "services" / "analytics" / "reports").glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "Column":
                values = [each.value for each in call.args if isinstance(each, ast.Constant)]
                if len(values) == len(fields(Column)):
                    name, _, spanish, english = map(str, values)
                    found.append(Named(name, spanish, english))
    return found


def test_every_counted_thing_is_looked_at() -> None:
    assert names_of_rules().keys() >= COUNTED
    assert {column.name for column in columns()} >= COUNTED
    assert len(in_english()) > 800


@pytest.mark.parametrize("metric", sorted(COUNTED))
def test_reports_call_a_thing_as_rules_do(metric: str) -> None:
    spanish = names_of_rules()[metric]
    (english,) = in_english()[spanish]
    found = {(column.es, column.en) for column in columns() if column.name == metric}
    assert found == {(spanish, english)}


@pytest.mark.parametrize("language", ["es", "en"])
def test_no_screen_or_report_uses_a_name_that_was_given_up(language: Language) -> None:
    retired = re.compile(RETIRED[language], re.IGNORECASE)
    said = {text for _, _, text in catalogues(language)}
    said |= set(SHOWN[language].values())
    said |= {getattr(column, language) for column in columns()}
    said |= {getattr(report, language) for report in REPORTS.values()}
    assert len(said) > 1000
    assert sorted(filter(retired.search, said)) == []


def test_the_same_spanish_is_the_same_english_on_every_screen() -> None:
    assert {spanish: english for spanish, english in in_english().items() if len(english) > 1}.keys() <= TWO_MEANINGS


def test_what_is_usual_and_what_is_an_outlier_are_two_limits_with_two_names() -> None:
    """Between p10 and p90 lies what is usual; an outlier is a day beyond 3.5 robust deviations."""
    said = {spanish for folder, spanish, _ in catalogues("es") if folder == "demand"}
    assert {"Habitual (p10 a p90)", "Días atípicos", "Atípico"} <= said
    assert [each for each in said if re.search(r"(?:fuera|se sale) de lo habitual", each, re.IGNORECASE)] == []
