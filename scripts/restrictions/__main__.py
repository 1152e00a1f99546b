"""`python -m scripts.restrictions`: all checks over all files; 0 clean, 1 findings, 2 wrong usage."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from scripts.restrictions.dependencies import check_dependencies
from scripts.restrictions.emojis import check_commit_messages, check_emojis
from scripts.restrictions.findings import Finding, Source, sources
from scripts.restrictions.forbidden import PRODUCTS
from scripts.restrictions.machines import check_provisioning, check_settings_file, check_unit
from scripts.restrictions.python_code import check_python
from scripts.restrictions.python_sql import check_ivr_sql_file
from scripts.restrictions.web_code import check_web

CHECKS: tuple[Callable[[Source], Iterator[Finding]], ...] = (
    check_dependencies,
    check_python,
    check_ivr_sql_file,
    check_settings_file,
    check_unit,
    check_provisioning,
    check_web,
    check_emojis,
)
OTHER_RULES = {
    "pickle": "pickle, shelve, marshal, yaml.load: data that can run code",
    "eval": "eval, exec, new Function: text run as code",
    "string-built-sql": "SQL assembled from values",
    "ivr-access": "MariaDB drivers outside services/ivr/sources",
    "ivr-write": "statements that change the IVR database or lock its rows",
    "emoji": "emojis in code, documents and commit messages",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the repository and print one line for each breach."""
    options = _options(arguments)
    if options.list:
        rules = {product.rule: product.title for product in PRODUCTS} | OTHER_RULES
        print("\n".join(f"{rule:<18} {title}" for rule, title in rules.items()))
        return 0
    root = options.root.resolve()
    findings = sorted(check(root, history=not options.no_history))
    for finding in findings:
        print(finding.sentence())
    if findings:
        print(f"{len(findings)} breaches of the restrictions.", file=sys.stderr)
        return 1
    print("The restrictions hold.")
    return 0


def check(root: Path, *, history: bool) -> Iterator[Finding]:
    """Every finding in the files below `root`, and in the commit messages when asked."""
    for source in sources(root):
        for check_one in CHECKS:
            yield from check_one(source)
    if history:
        yield from check_commit_messages(root)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="validate_critical_restrictions.sh",
        description="Check the restrictions: RNF-002 (nothing but PostgreSQL), no cloud, no e-mail, nothing "
        "written to the IVR, no code from data, no SQL from strings, no emojis.",
        epilog="Exit codes: 0 the restrictions hold, 1 something breaks them, 2 wrong usage.",
        allow_abbrev=False,
    )
    parser.add_argument("--root", type=_folder, default=Path(), metavar="DIR", help="check this folder")
    parser.add_argument("--no-history", action="store_true", help="leave the commit messages out")
    parser.add_argument("--list", action="store_true", help="print the rules and stop")
    return parser.parse_args(arguments)


def _folder(text: str) -> Path:
    folder = Path(text)
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is not a folder")
    return folder


if __name__ == "__main__":
    sys.exit(main())
