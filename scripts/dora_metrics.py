"""The five delivery metrics of a git repository, with nothing but git and the standard library.

    python scripts/dora_metrics.py --repo . --days 90 --deployments 'tags:v*' --format markdown

Exit codes: 0 done, 1 the repository or a log cannot be read or the answer not written, 2 wrong usage.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from services.dora.delivery import cycle, logs, scope, targets
from services.dora.delivery.git import GitError, read_history, touching
from services.dora.delivery.memory import uncollected
from services.dora.delivery.metrics import measure, report
from services.dora.delivery.model import HOUR_S, Deployment, History, Incident, Rules, Window
from services.dora.delivery.quality import quality
from services.dora.delivery.ruling import read_rules
from services.dora.delivery.tags import select
from services.dora.delivery.text import markdown

DAYS = 30
DAYS_MAX = 36_600  # a century: more than any repository holds
WINDOW_HOURS_MAX = 24 * 31  # an incident a month later has nothing to do with what was deployed last
LOGS = "logs_data"
DOCS = "docs"


@dataclass(frozen=True, slots=True)
class Source:
    """Where deployments come from: tags by globs, or log files; `name` is what the answer calls it."""

    name: str
    globs: tuple[str, ...] = ()
    file: Path | None = None

    @property
    def from_tags(self) -> bool:
        return bool(self.globs)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; its exit code."""
    parser = make_parser()
    asked = parser.parse_args(words)
    now = datetime.now(UTC).replace(microsecond=0)
    try:
        window, source, rules = _window(asked, now), source_of(asked), rules_of(asked)
    except ValueError as error:
        parser.error(str(error))
    try:
        answer = measured(asked, source, window, rules)
        text = json.dumps(answer, indent=2) + "\n" if asked.format == "json" else markdown(answer)
        if asked.output is None:
            sys.stdout.write(text)
        else:
            asked.output.write_text(text, encoding="utf-8")
        if asked.record:
            made = cycle.record(answer, scope=answer["scope"], source=source.name)
            print(f"dora_metrics: recorded in {cycle.write(_logs(asked), made)}", file=sys.stderr)
    except (GitError, logs.LogError, OSError) as error:
        print(f"dora_metrics: {error}", file=sys.stderr)
        return 1
    return 0


def make_parser() -> argparse.ArgumentParser:
    """The options, which scripts/dora_report.py shares."""
    parser = argparse.ArgumentParser(prog="dora_metrics.py", description="Five delivery metrics of a git repository.")
    add = parser.add_argument
    add("--repo", type=Path, default=Path(), help="a complete clone (default: this folder)")
    add("--days", type=int, help=f"the last so many days (default {DAYS}); not with --start or --end")
    add("--start", type=_day, help="first day, like 2026-03-01 (UTC)")
    add("--end", type=_day, help="last day, to its end; today if left out")
    add("--format", choices=("json", "markdown"), default="json")
    add("--output", type=Path, help="write here instead of to standard output")
    add("--docs-only", action="store_true", help=f"only commits that change {DOCS}/, and what shipped them")
    add(
        "--deployments",
        default="tags:v*",
        help="tags:GLOB[,GLOB...]; logs_data, the deployment logs of --logs; or the path of one such log",
    )
    add("--logs", type=Path, help=f"the folder of the logs (default: {LOGS} of the repository); incidents are read too")
    add("--service", help="only what the logs say of this service")
    add("--environment", choices=logs.ENVIRONMENTS, help="of the deployment logs (default production)")
    add("--incident-window", type=float, metavar="HOURS", help="blame what was deployed so shortly before an incident")
    add("--remediation", metavar="GLOB[,GLOB...]", help="versions whose predecessor failed (default *hotfix*)")
    add("--rules", type=Path, metavar="FILE", help="rules of evidence as JSON, as the service reads them")
    add(
        "--figures",
        type=Path,
        help=f"what the last run of all tests left (default: {targets.FOLDER} of the repository)",
    )
    add("--record", action="store_true", help=f"add the result to {cycle.FILE} of --logs")
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


def source_of(asked: argparse.Namespace) -> Source:
    """What --deployments names. ValueError, with the way out, when it names nothing."""
    text: str = asked.deployments
    kind, parted, globs = text.partition(":")
    found = tuple(glob for glob in globs.split(",") if glob)
    if kind == "tags" and found and asked.environment is not None:
        raise ValueError("--environment contradicts --deployments tags:GLOB; name the environment by its tags")
    if kind == "tags" and found:
        return Source(text, globs=found)
    if text == LOGS:
        return Source(text)
    if parted or not text.endswith(".json"):
        raise ValueError(f"--deployments {text!r} is not known; write tags:GLOB, like tags:v*, {LOGS} or a .json file")
    return Source(Path(text).name, file=Path(text))


def rules_of(asked: argparse.Namespace) -> Rules:
    """The rules of evidence that were asked for. ValueError, with the way out, when they cannot be."""
    hours = asked.incident_window
    if asked.rules is not None:
        if hours is not None or asked.remediation is not None:
            raise ValueError("--rules contradicts --incident-window and --remediation; write them into its file")
        return read_rules(asked.rules)
    if hours is not None and not 0 < hours <= WINDOW_HOURS_MAX:
        raise ValueError(f"--incident-window takes more than 0 and at most {WINDOW_HOURS_MAX} hours")
    window_s = None if hours is None else hours * HOUR_S
    if asked.remediation is None:
        return Rules(incident_window_s=window_s)
    globs = tuple(glob for glob in asked.remediation.split(",") if glob)
    return Rules(incident_window_s=window_s, remediation_versions=globs)


def _logs(asked: argparse.Namespace) -> Path:
    folder: Path = asked.repo / LOGS if asked.logs is None else asked.logs
    return folder


@uncollected()
def measured(asked: argparse.Namespace, source: Source, window: Window, rules: Rules) -> dict[str, Any]:
    """The whole answer: what is missing first, then the metrics, then the quality targets."""
    history = read_history(asked.repo)
    deployments, left = _deployments(asked, source, history)
    told = _incidents(asked)
    found = measure(history, deployments, told or (), window=window, rules=rules)
    about = quality(history, found, left)
    if asked.docs_only:
        found, about["deployments_without_docs"] = scope.only(found, touching(asked.repo, DOCS))
    figures = asked.repo / targets.FOLDER if asked.figures is None else asked.figures
    return {
        "scope": DOCS if asked.docs_only else "repository",
        "source": source.name,
        "data_quality": about,
        **report(found),
        "quality_targets": targets.report(targets.targets(figures, told, window), targets.run_of(figures)),
    }


def _incidents(asked: argparse.Namespace) -> list[Incident] | None:
    files = logs.logs_of(_logs(asked), "incident_logs")
    return logs.read_incidents(files, service=asked.service) if files else None


def _deployments(
    asked: argparse.Namespace, source: Source, history: History
) -> tuple[Sequence[Deployment], dict[str, int]]:
    if source.from_tags:
        return select(history, source.globs), {}
    files = logs.logs_of(_logs(asked), "deployment_logs") if source.file is None else [source.file]
    if not files:
        raise logs.LogError(f"{_logs(asked)} holds no deployment_logs.json; give its folder with --logs")
    read = logs.read_deployments(files, environment=asked.environment or "production", service=asked.service)
    return read.deployments, dict(read.left_out)


if __name__ == "__main__":
    sys.exit(main())
