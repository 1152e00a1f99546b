"""The two generated pages of docs/requisitos: the index by kind, and the traceability matrix."""

from collections import Counter
from collections.abc import Iterable, Sequence

from scripts.requisitos.model import FOLDER, KINDS, STATES, Requirement
from scripts.requisitos.trace import COVERAGE_MIN, INDEX_MIN, Trace

INDEX_PAGE = f"{FOLDER}/README.md"
MATRIX_PAGE = f"{FOLDER}/matriz.md"
MADE = "Made by `scripts/requisitos.sh indices`; a test keeps it equal to the files and markers. Do not edit it."

NOTHING = "-"


def pages(found: Trace) -> dict[str, str]:
    """Path → text of each generated page."""
    return {INDEX_PAGE: index_page(found.requirements), MATRIX_PAGE: matrix_page(found)}


def index_page(requirements: Sequence[Requirement]) -> str:
    """Every requirement by kind, with how many there are."""
    lines = [
        "# Requirements",
        "",
        f"{MADE} [How to write one](../gobernanza/procesos/procedimientos/requisitos.md); what shows",
        "each of them in the [traceability matrix](matriz.md). Kinds and documents are those of ISO/IEC/IEEE 29148.",
        "",
        f"| kind | document | requirements | {' | '.join(STATES)} |",
        f"|---|---|---{'|---' * len(STATES)}|",
    ]
    for kind, (letters, title, document) in KINDS.items():
        states = Counter(each.state for each in requirements if each.kind == kind)
        cells = " | ".join(str(states[state]) for state in STATES)
        lines.append(f"| {title} ({letters}) | {document} | {states.total()} | {cells} |")
    for kind, (_, title, _) in KINDS.items():
        chosen = [each for each in requirements if each.kind == kind]
        if chosen:
            lines += ["", f"## {title}", "", "| id | title | domain | comes from | state |", "|---|---|---|---|---|"]
            lines += [
                f"| {_link(each)} | {each.title} | {each.domain} | {', '.join(each.upward) or NOTHING} | {each.state} |"
                for each in chosen
            ]
    return "\n".join(lines) + "\n"


def matrix_page(found: Trace) -> str:
    """Requirement → code → test, then what is missing."""
    lines = [
        "# Traceability matrix",
        "",
        f'{MADE} A test names the requirement that it shows: `@pytest.mark.requirement("RF-001")`.',
        "",
        "| figure | value | at least |",
        "|---|---|---|",
        f"| traceability index: links upward and to code that are there | {found.index:.2f} | {INDEX_MIN:.2f} |",
        f"| coverage: built requirements that a test shows | {found.coverage:.2f} | {COVERAGE_MIN:.2f} |",
        "",
        "## From requirement to code and test",
        "",
        "| requirement | comes from | code | shown by |",
        "|---|---|---|---|",
    ]
    lines += [_row(each, found) for each in found.requirements if each.kind in {"funcional", "no_funcional"}]
    for title, missing in (
        ("Orphans: they come from nothing", found.orphans),
        ("Nothing built comes from them", found.unanswered),
        ("Without code", found.without_code),
        ("Without a test", found.untested),
        ("Not built yet", [each for each in found.active if each.state in {"propuesto", "aprobado"}]),
    ):
        lines += ["", f"## {title}", "", *(_list(missing) or ["None."])]
    lines += ["", "## Markers that name no requirement", "", *([f"- `{each}`" for each in found.unknown] or ["None."])]
    return "\n".join(lines) + "\n"


def _row(each: Requirement, found: Trace) -> str:
    code = ", ".join(f"`{path}`" for path in each.code) or NOTHING
    tests = ", ".join(f"`{test}`" for test in found.tests.get(each.id, ())) or NOTHING
    return f"| {_link(each)} {each.title} | {', '.join(each.upward) or NOTHING} | {code} | {tests} |"


def _list(missing: Iterable[Requirement]) -> list[str]:
    return [f"- {_link(each)} {each.title}" for each in missing]


def _link(each: Requirement) -> str:
    return f"[{each.id}]({each.path.removeprefix(FOLDER + '/')})"
