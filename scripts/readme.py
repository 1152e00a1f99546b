"""Writes scripts/README.md from what each script answers to --help. `python -m scripts.readme [--check]`."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "scripts" / "README.md"
INFRASTRUCTURE = (
    ROOT / "infrastructure" / "cpython" / "scripts",
    ROOT / "infrastructure" / "provision",
    ROOT / "deploy",
)
# Modules, plugins of pytest and files to source, with nothing to run in them.
NOT_RUN = frozenset({"__init__.py", "common.sh", "together.py"})
HELP_TIMEOUT_S = 60  # importing pytest or a browser's driver takes seconds on a loaded machine
HEAD = """# Scripts

Made from `--help` of each script by `python -m scripts.readme`; a test keeps it equal. Every script answers
`--help` with exit code 0 and refuses what it does not know with 2. CI calls them and nothing else; no Makefile exists.

| script | first |
|---|---|
"""


def scripts() -> list[Path]:
    """Every script that a person may run, those of infrastructure/ and deploy/ last."""
    found = [
        *(ROOT / "scripts").glob("*.sh"),
        *(ROOT / "scripts").glob("*.py"),
        *(path for folder in INFRASTRUCTURE for path in folder.glob("*.sh")),
    ]
    return sorted(
        (path for path in found if path.name not in NOT_RUN), key=lambda path: (path.parent != PAGE.parent, path)
    )


def command(script: Path) -> list[str]:
    """How it is started: shell scripts by themselves, Python by the interpreter that has the product's packages."""
    if script.suffix == ".sh":
        return [str(script)]
    return [sys.executable, "-m", f"scripts.{script.stem}"]


def help_of(script: Path) -> str:
    """What the script answers to --help, wrapped at 100 columns whatever the terminal is."""
    done = subprocess.run(
        [*command(script), "--help"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=HELP_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"readme.py: {script.name} --help ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout.strip()


def page() -> str:
    """The text of scripts/README.md."""
    helps = {script: help_of(script) for script in scripts()}
    names = {script: script.relative_to(ROOT).as_posix() for script in helps}
    rows = [f"| [{names[script]}](#{anchor(names[script])}) | {purpose(script)} |" for script in helps]
    parts = [f"## `{names[script]}`\n\n```text\n{text}\n```" for script, text in helps.items()]
    return HEAD + "\n".join(rows) + "\n\n" + "\n\n".join(parts) + "\n"


def purpose(script: Path) -> str:
    """The first sentence of the comment or docstring at the top of the script."""
    lines = script.read_text(encoding="utf-8").splitlines()
    first = next(line for line in lines if not line.startswith("#!"))
    text = first.strip('"# ').replace("|", "\\|")
    return text.partition(". ")[0].rstrip(".") + "."


def anchor(name: str) -> str:
    """The anchor of a heading that is this name in backticks."""
    return "".join(letter for letter in name.lower() if letter.isalnum() or letter in "-_ ").replace(" ", "-")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or with --check only compare; 0 good, 1 out of date, 2 wrong usage."""
    parser = argparse.ArgumentParser(
        prog="readme.py",
        description="Write scripts/README.md from the scripts' own --help.",
        epilog="Exit codes: 0 done, 1 out of date, 2 wrong usage.",
        allow_abbrev=False,
    )
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when the page is out of date")
    options = parser.parse_args(arguments)
    text = page()
    if not options.check:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
        print("scripts/README.md is out of date; run python -m scripts.readme.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
