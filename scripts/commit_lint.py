"""Conventional Commits: one commit tells one thing, and its message says why (CONTRIBUTING.md).

`commit_lint.py FILE` checks a message file (the commit-msg hook), `commit_lint.py --history [RANGE]` the commits of a
range, all by default. Standard library only, so the hook works before anything is installed.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.restrictions.emojis import EMOJI

TYPES = ("feat", "fix", "docs", "test", "refactor", "perf", "build", "ci", "chore")
TYPES_WITH_BODY = frozenset({"feat", "fix"})
SUBJECT_CHARS_MAX = 100  # what `git log --oneline` and the web pages of git hosts show on one line
SUBJECT = re.compile(rf"^(?P<type>{'|'.join(TYPES)})(\((?P<scope>[a-z0-9][a-z0-9_,/-]*)\))?!?: (?P<what>\S.*)$")
# What git writes itself; an autosquash commit disappears before it is pushed.
WRITTEN_BY_GIT = re.compile(r"^(Merge |Revert \"|fixup! |squash! |amend! )")
SCISSORS = re.compile(r"^# -+ >8 -+$.*", re.MULTILINE | re.DOTALL)
TRAILER = re.compile(r"^[A-Za-z-]+(-[Bb]y)?: \S")


def problems(message: str) -> Iterator[str]:
    """What is wrong with a message, one sentence each."""
    lines = [line.rstrip() for line in message.strip().splitlines()]
    if not lines:
        yield "the message is empty; write `type(scope): what changed` and, below, why."
        return
    subject, body = lines[0], lines[1:]
    if not WRITTEN_BY_GIT.match(subject):
        yield from _subject(subject)
        yield from _body(subject, body)
    if found := EMOJI.search(message):
        yield f"the message has the emoji U+{ord(found[0]):04X}; say it in words."


def _subject(subject: str) -> Iterator[str]:
    found = SUBJECT.match(subject)
    if not found:
        yield f"`{subject[:60]}` is not `type(scope): what changed`; types are {', '.join(TYPES)}."
    elif found["what"].endswith("."):
        yield "the subject ends with a full stop; leave it out."
    if len(subject) > SUBJECT_CHARS_MAX:
        yield f"the subject has {len(subject)} characters, at most {SUBJECT_CHARS_MAX}; move the rest to the body."


def _body(subject: str, body: Sequence[str]) -> Iterator[str]:
    if body and body[0]:
        yield "the second line must be empty: it parts the subject from the body."
    prose = [line for line in body if line and not TRAILER.match(line)]
    found = SUBJECT.match(subject)
    if found and found["type"] in TYPES_WITH_BODY and not prose:
        yield f"a {found['type']} needs a body that says why and what was tried."


def clean(message: str) -> str:
    """The message without the comments that git shows in the editor."""
    text = SCISSORS.sub("", message)
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


def history(span: str) -> list[tuple[str, str]]:
    """(commit, message) of a range; empty where there is no history."""
    command = ["git", "log", "-z", "--no-merges", "--format=%h%n%B", *([span] if span else [])]
    log = subprocess.run(command, capture_output=True, text=True, check=False)
    if log.returncode:
        if span:
            raise SystemExit(f"commit_lint.py: {log.stderr.strip()}")
        return []
    entries = [entry.partition("\n") for entry in log.stdout.split("\0") if entry]
    return [(commit, message) for commit, _, message in entries]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what is wrong; 0 nothing, 1 something, 2 wrong usage."""
    options = _options(arguments)
    if options.history is None:
        checked = [(options.file.name, clean(options.file.read_text(encoding="utf-8")))]
    else:
        checked = history(options.history)
        if not checked:
            print("No commits to check.")
            return 0
    wrong = [f"{name}: {problem}" for name, message in checked for problem in problems(message)]
    print("\n".join(wrong) if wrong else f"{len(checked)} commit messages are well formed.")
    return 1 if wrong else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Check commit messages: Conventional Commits, a reason for every feat and fix, no emoji.",
        epilog="Exit codes: 0 well formed, 1 not, 2 wrong usage.",
        allow_abbrev=False,
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("file", nargs="?", type=_file, help="a file that holds one message")
    what.add_argument("--history", nargs="?", const="", metavar="RANGE", help="the commits of a range (default: all)")
    return parser.parse_args(arguments)


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{text} is not a file")
    return path


if __name__ == "__main__":
    sys.exit(main())
