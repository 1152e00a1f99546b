"""Writes the delivery metrics of this repository to docs/dora/README.md.

    python scripts/dora_report.py [--repo .] [--days 90] [--deployments 'tags:v*'] [--output docs/dora/README.md]

The window ends with the day of the newest commit and is judged at that end, so that the same repository gives the
same page whenever and wherever it is made, but for the figures of the last run of all tests, which it names. Standard
library and git only. Exit codes: 0 written, 1 the repository or a log cannot be read, 2 wrong usage.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.dora_metrics import DAYS_MAX, make_parser, measured, rules_of, source_of
from services.dora.delivery.git import GitError, read_history
from services.dora.delivery.logs import LogError
from services.dora.delivery.model import DAY_S, Window
from services.dora.delivery.text import markdown

OUTPUT = Path("docs/dora/README.md")
DAYS = 90  # a quarter: what a team looks back on
ABOUT = """
Made by `python scripts/dora_report.py`; do not edit. The window ends with the day of the newest commit, `{head}`. The
metrics describe the delivery of this repository as a whole, never of a person, and are no targets. The quality targets
at the end are the customer's; their figures are those of the last run of all tests in this folder.
"""


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; its exit code."""
    parser = argparse.ArgumentParser(prog="dora_report.py", description="The delivery metrics of a repository, a page.")
    parser.add_argument("--repo", type=Path, default=Path(), help="a complete clone (default: this folder)")
    parser.add_argument("--days", type=int, default=DAYS, help=f"how many days (default {DAYS})")
    parser.add_argument("--deployments", default="tags:v*", help="as of dora_metrics.py")
    parser.add_argument("--output", type=Path, help=f"the page (default: {OUTPUT} of the repository)")
    asked = parser.parse_args(words)
    if not 1 <= asked.days <= DAYS_MAX:
        parser.error(f"--days takes 1 to {DAYS_MAX}")
    shared = make_parser().parse_args(["--repo", str(asked.repo), "--deployments", asked.deployments])
    try:
        source = source_of(shared)
    except ValueError as error:
        parser.error(str(error))
    try:
        head, window = window_of(asked.repo, asked.days)
        page = markdown(measured(shared, source, window, rules_of(shared)))
        title, _, rest = page.partition("\n")
        output: Path = asked.repo / OUTPUT if asked.output is None else asked.output
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(f"{title}\n{ABOUT.format(head=head[:12])}{rest}", encoding="utf-8")
    except (GitError, LogError, OSError) as error:
        print(f"dora_report: {error}", file=sys.stderr)
        return 1
    return 0


def window_of(repository: Path, days: int) -> tuple[str, Window]:
    """The newest commit of the main line, and so many whole days (UTC) up to the end of its day."""
    history = read_history(repository)
    if history.head is None:
        raise GitError(f"{repository} has no commit yet; make one first")
    newest = datetime.fromtimestamp(history.commits[history.head].commit_s, UTC)
    until = newest.replace(hour=0, minute=0, second=0) + timedelta(days=1)
    return history.head, Window(
        since=until.timestamp() - days * DAY_S, until=until.timestamp(), as_of=until.timestamp()
    )


if __name__ == "__main__":
    sys.exit(main())
