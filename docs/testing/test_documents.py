"""The documents' own tests: what there is is documented, what is documented there is.

Alone: `pytest -c docs/pytest.ini docs/testing`; a run of all tests has them as well.
"""

import json
import re
from pathlib import Path

import pytest

from scripts import readme
from scripts.reference.__main__ import FOLDER, PAGES
from scripts.reference.log_events import events
from scripts.reference.settings import CLASSES, variable
from scripts.requisitos.model import read_all

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]+")
SCRIPT_LINE = re.compile(r"(?<![\w/-])(?:\./)?(?:scripts/)?([a-z_]+\.(?:sh|py))\b([^`\n|;#]*)")
EXAMPLE = re.compile(r"^```http\n(GET|POST|PUT|DELETE) (\S+)\n(?:\n(.*?))?```", re.MULTILINE | re.DOTALL)
ROADMAP_ROW = re.compile(r"^\| \[(\w+-\d{3})\]", re.MULTILINE)
FAMILY = re.compile(r"/api/v1/(?:(?:analytics|dora|ivr)/)?[a-z-]+")
NAMED = re.compile(r"\b(?:IACT|DB)_[A-Z][A-Z_]+|/api/v1/[a-z/-]+|\bscripts/[a-z_]+\.(?:sh|py)|\biact_[a-z_]+")
SPANISH = sorted([*DOCS.rglob("*.es.md"), ROOT / "README.es.md"])


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def documents() -> list[Path]:
    return [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "README.es.md", ROOT / "CONTRIBUTING.md"]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_reference_page_says_what_the_code_says(name: str) -> None:
    assert (ROOT / FOLDER / name).read_text(encoding="utf-8") == PAGES[name](ROOT), "run python -m scripts.reference"


def test_every_setting_is_documented() -> None:
    page = text_of("reference/settings.md")
    names = {variable(name, field) for known in CLASSES.values() for name, field in known.model_fields.items()}
    assert len(names) > 30
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


def test_every_endpoint_is_documented() -> None:
    page = text_of("reference/endpoints.md")
    paths = json.loads((ROOT / "gateway" / "openapi.json").read_text(encoding="utf-8"))["paths"]
    calls = {f"{method.upper()} {path}" for path, operations in paths.items() for method in operations}
    assert len(calls) > 60
    assert [call for call in sorted(calls) if f"`{call}`" not in page and not call.startswith("PARAMETERS")] == []


def test_every_log_event_with_a_sentence_is_found() -> None:
    source = 'log.info("a", x=1)\nif b:\n    log.error(f"run {c} failed", run=c)\nlog.info(text)\nother.info("no")\n'
    assert list(events(source)) == [("info", "a", ["x"]), ("error", "run {...} failed", ["run"])]


@pytest.mark.requirement("RNF-016")
def test_every_option_that_a_document_gives_a_script_exists() -> None:
    known = {script.name: set(OPTION.findall(readme.help_of(script))) | {"--help"} for script in readme.scripts()}
    wrong = [
        f"{file.relative_to(ROOT)}: {name} {option}"
        for file in documents()
        for name, rest in SCRIPT_LINE.findall(file.read_text(encoding="utf-8"))
        if name in known
        for option in OPTION.findall(rest)
        if option not in known[name]
    ]
    assert wrong == []


@pytest.mark.requirement("RNF-016")
@pytest.mark.parametrize("spanish", SPANISH, ids=lambda path: path.name)
def test_both_languages_have_the_same_sections(spanish: Path) -> None:
    english = spanish.with_name(spanish.name.replace(".es.md", ".md"))
    levels, tables, names = [], [], []
    for file in (english, spanish):
        whole = file.read_text(encoding="utf-8")
        names.append(set(NAMED.findall(whole)))
        text = FENCE.sub("", whole)
        levels.append(re.findall(r"^(#+) ", text, re.MULTILINE))
        tables.append(len(re.findall(r"^\|", text, re.MULTILINE)))
    assert levels[0] == levels[1], f"{spanish.name}: translate the sections that differ"
    assert tables[0] == tables[1], f"{spanish.name}: the tables have different rows"
    assert names[0] == names[1], f"{spanish.name}: one language names what the other does not"


def test_examples_of_the_guide_are_calls_that_exist() -> None:
    paths = json.loads((ROOT / "gateway" / "openapi.json").read_text(encoding="utf-8"))["paths"]
    examples = EXAMPLE.findall(text_of("api/guide.md"))
    assert len(examples) >= 8
    for method, target, body in examples:
        path = target.partition("?")[0]
        known = [
            operations[method.lower()]
            for template, operations in paths.items()
            if method.lower() in operations and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
        ]
        assert known, f"{method} {path} is not in the OpenAPI document"
        assert bool(body.strip()) == ("requestBody" in known[0]), f"{method} {path}: a body where none is expected"
        if body.strip():
            json.loads(body)


def test_the_guide_has_a_word_on_every_family_of_calls() -> None:
    paths = json.loads((ROOT / "gateway" / "openapi.json").read_text(encoding="utf-8"))["paths"]
    families = {found[0] for path in paths if (found := FAMILY.match(path))}
    assert len(families) > 35
    told = set(FAMILY.findall(text_of("api/guide.md")))
    assert sorted(families - told) == [], "name them in docs/api/guide.md, with what they are for"
    assert sorted(told - families) == [], "the guide names calls that do not exist"


def test_the_roadmap_is_what_is_approved_and_not_built() -> None:
    waiting = [each.id for each in read_all(ROOT)[0] if each.state in ("propuesto", "aprobado")]
    assert sorted(ROADMAP_ROW.findall(text_of("proyecto/ROADMAP.md"))) == waiting
