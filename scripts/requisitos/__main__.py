"""`scripts/requisitos.sh`: validate, count, list and index the requirements, and hold their traceability."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from scripts.requisitos.model import KINDS, STATES, read_all
from scripts.requisitos.pages import MATRIX_PAGE, matrix_page, pages
from scripts.requisitos.trace import COVERAGE_MIN, INDEX_MIN, Trace, read_tests, trace

COMMANDS = ("validar", "contar", "listar", "indices", "trazabilidad")
OK, INVALID, INDEX_LOW, COVERAGE_LOW, BOTH_LOW = 0, 1, 10, 11, 12
EPILOG = f"""Commands:
  validar      every front matter, link and path; exit 1 with a line for each thing that is wrong
  contar       how many there are, by kind and state
  listar       one line each
  indices      write docs/requisitos/README.md and matriz.md; with --check only compare
  trazabilidad the figures of the matrix and what is missing, against the thresholds

Exit codes: 0 good, 1 something is wrong or out of date, 2 wrong usage, 10 the traceability index is below
{INDEX_MIN:.2f}, 11 the coverage is below {COVERAGE_MIN:.2f}, 12 both."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; see EPILOG for what the exit codes mean."""
    options = _options(arguments)
    root = options.root.resolve()
    requirements, wrong = read_all(root)
    if wrong and options.command != "contar":
        print("\n".join(wrong), file=sys.stderr)
        print(f"{len(wrong)} problems in the requirements.", file=sys.stderr)
        return INVALID
    found = trace(requirements, read_tests(root))
    match options.command:
        case "validar":
            return _validate(found)
        case "contar":
            return _count(found, as_json=options.json)
        case "listar":
            for each in found.requirements:
                print(f"{each.id:<8} {each.state:<13} {each.title}")
            return OK
        case "indices":
            return _write(found, root, check=options.check)
        case _:
            return _traceability(found, as_json=options.json)


def _validate(found: Trace) -> int:
    for unknown in found.unknown:
        print(f"{unknown}: the marker names no requirement; write it or correct the id.", file=sys.stderr)
    if not found.unknown:
        print(f"{len(found.requirements)} requirements are well formed.")
    return INVALID if found.unknown else OK


def _count(found: Trace, *, as_json: bool) -> int:
    counts = {kind: Counter(each.state for each in found.requirements if each.kind == kind) for kind in KINDS}
    if as_json:
        print(json.dumps({kind: {"total": states.total(), **states} for kind, states in counts.items()}, indent=2))
        return OK
    print(f"{'kind':<14}{'total':>6}" + "".join(f"{state:>14}" for state in STATES))
    for kind, states in counts.items():
        print(f"{kind:<14}{states.total():>6}" + "".join(f"{states[state]:>14}" for state in STATES))
    print(f"{'all':<14}{len(found.requirements):>6}")
    return OK


def _write(found: Trace, root: Path, *, check: bool) -> int:
    stale = [
        path
        for path, text in pages(found).items()
        if not (root / path).is_file() or (root / path).read_text(encoding="utf-8") != text
    ]
    if check:
        for path in stale:
            print(f"{path} is out of date; run scripts/requisitos.sh indices.", file=sys.stderr)
        return INVALID if stale else OK
    for path, text in pages(found).items():
        (root / path).write_text(text, encoding="utf-8")
    print(f"Wrote {' and '.join(pages(found))}.")
    return OK


def _traceability(found: Trace, *, as_json: bool) -> int:
    if as_json:
        figures = {
            "index": round(found.index, 4),
            "coverage": round(found.coverage, 4),
            "orphans": [each.id for each in found.orphans],
            "unanswered": [each.id for each in found.unanswered],
            "without_code": [each.id for each in found.without_code],
            "untested": [each.id for each in found.untested],
            "unknown_markers": list(found.unknown),
        }
        print(json.dumps(figures, indent=2))
    else:
        print(matrix_page(found).partition("## From requirement")[0].strip())
        print(f"\nThe matrix is {MATRIX_PAGE}; orphans: {_ids(found.orphans)}; without a test: {_ids(found.untested)}.")
    low = (found.index < INDEX_MIN, found.coverage < COVERAGE_MIN)
    return {(False, False): OK, (True, False): INDEX_LOW, (False, True): COVERAGE_LOW, (True, True): BOTH_LOW}[low]


def _ids(requirements: Sequence[object]) -> str:
    return ", ".join(str(getattr(each, "id", each)) for each in requirements) or "none"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="requisitos.sh",
        description="The requirements in docs/requisitos: Markdown with front matter, ISO/IEC/IEEE 29148.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("command", nargs="?", choices=COMMANDS, metavar="COMMAND")
    parser.add_argument("--root", type=_folder, default=Path(), metavar="DIR", help="the repository, here by default")
    parser.add_argument("--check", action="store_true", help="indices: write nothing, exit 1 when out of date")
    parser.add_argument("--json", action="store_true", help="contar, trazabilidad: JSON")
    options = parser.parse_args(arguments)
    if options.command is None:
        # Asked for here: argparse itself would name the missing command before an unknown option.
        parser.error(f"a command is missing: {', '.join(COMMANDS)}")
    return options


def _folder(text: str) -> Path:
    folder = Path(text)
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is not a folder")
    return folder


if __name__ == "__main__":
    sys.exit(main())
