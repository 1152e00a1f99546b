"""The five delivery metrics of a git repository, with nothing but git and the standard library.

    python scripts/dora_metrics.py --repo . --days 90 --deployments 'tags:v*' --format markdown

Exit codes: 0 done, 1 the repository cannot be read, 2 wrong usage.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from services.dora.delivery.git import GitError, read_history
from services.dora.delivery.metrics import measure, report
from services.dora.delivery.model import Window
from services.dora.delivery.tags import families, select

DAYS = 30
DAYS_MAX = 36_600  # a century: more than any repository holds


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; its exit code."""
    parser = _parser()
    asked = parser.parse_args(words)
    now = datetime.now(UTC)
    try:
        window = _window(asked, now)
        globs = _globs(asked.deployments)
    except ValueError as error:
        parser.error(str(error))
    try:
        answer = _measured(asked.repo, globs, window)
        text = json.dumps(answer, indent=2) + "\n" if asked.format == "json" else markdown(answer)
        if asked.output is None:
            sys.stdout.write(text)
        else:
            asked.output.write_text(text, encoding="utf-8")
    except (GitError, OSError) as error:
        print(f"dora_metrics: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dora_metrics.py", description="Five delivery metrics of a git repository.")
    parser.add_argument("--repo", type=Path, default=Path(), help="a complete clone (default: this folder)")
    parser.add_argument("--days", type=int, help=f"the last so many days (default {DAYS}); not with --start or --end")
    parser.add_argument("--start", type=_day, help="first day, like 2026-03-01 (UTC)")
    parser.add_argument("--end", type=_day, help="last day, to its end; today if left out")
    parser.add_argument("--format", choices=("json", "markdown"), default="json")
    parser.add_argument("--output", type=Path, help="write here instead of to standard output")
    parser.add_argument("--deployments", default="tags:v*", help="tags:GLOB, several globs parted by commas")
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write it like 2026-03-01") from error


def _window(asked: argparse.Namespace, now: datetime) -> Window:
    if asked.days is not None and (asked.start is not None or asked.end is not None):
        raise ValueError("--days contradicts --start and --end; give one or the other")
    if asked.end is not None and asked.start is None:
        raise ValueError("--end needs --start")
    days = DAYS if asked.days is None else asked.days
    if not 1 <= days <= DAYS_MAX:
        raise ValueError(f"--days takes 1 to {DAYS_MAX}")
    since = now - timedelta(days=days) if asked.start is None else _midnight(asked.start)
    if asked.end is not None and asked.end < asked.start:
        raise ValueError("--end lies before --start")
    until = now if asked.end is None else min(now, _midnight(asked.end) + timedelta(days=1))
    if since >= until:
        raise ValueError("--start lies in the future")
    return Window(since=since.timestamp(), until=until.timestamp(), as_of=now.timestamp())


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _globs(text: str) -> list[str]:
    kind, _, globs = text.partition(":")
    found = [glob for glob in globs.split(",") if glob]
    if kind != "tags" or not found:
        raise ValueError(f"--deployments {text!r} is not known; write tags:GLOB, like tags:v*")
    return found


def _measured(repository: Path, globs: Sequence[str], window: Window) -> dict[str, Any]:
    history = read_history(repository)
    deployments = select(history, globs)
    undated = sum(each.time_quality == "commit" for each in deployments)
    quality = {
        "commits": len(history.commits),
        "deployments": len(deployments),
        "tags_dated_only_by_their_commit": undated,
        "tag_families": families(history.tags),
    }
    return {"data_quality": quality, **report(measure(history, deployments, window=window))}


def markdown(answer: dict[str, Any]) -> str:
    """The report for a person: what is missing first, then the numbers."""
    window, quality = answer["window"], answer["data_quality"]
    lines = [
        "# Delivery metrics",
        "",
        (
            f"From {window['from']} to {window['to']}: {quality['deployments']} deployments known,"
            f" {quality['tags_dated_only_by_their_commit']} of them without a date of their own."
        ),
        "",
        "| metric | value | n | Quick Check |",
        "|---|---|---|---|",
    ]
    for name, metric in answer["metrics"].items():
        value = f"no data: {metric['reason']}" if metric["value"] is None else f"{metric['value']:.4g} {metric['unit']}"
        lines.append(f"| {name} | {value} | {metric['n']} | {metric.get('quick_check') or '-'} |")
    lines += ["", "Left out:", ""]
    left = [f"- {kind}: {why}: {n}" for kind, counts in answer["exclusions"].items() for why, n in counts.items()]
    return "\n".join([*lines, *(left or ["- nothing"]), ""])


if __name__ == "__main__":
    sys.exit(main())
