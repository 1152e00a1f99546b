"""Delivery metrics of a long history against git itself, in one run.

`python -m tests.benchmarks.dora [--commits N] [--tags N] [--rounds N] [--json -]`: all five metrics in a process of its
own against one `git log` of parents and dates, then ten new commits, then one `git log A..B` for each pair of tags.
The history is made anew, with merges, maintenance lines, reverts and messages of an ordinary length.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from services.dora.delivery.git import read_history
from services.dora.delivery.metrics import measure, report
from services.dora.delivery.model import Window
from services.dora.delivery.tags import select

BORN_S = int(datetime(2016, 1, 4, tzinfo=UTC).timestamp())
STEP_S = 3_600  # a commit an hour
NEW = 10
PAIRS_TIMED = 60  # of all pairs; the rest costs as much, for each walks what lies between
LOG = ("log", "--all", "--format=%H%x00%P%x00%at")
WORDS = ("calls", "queue", "agent", "report", "export", "session", "menu", "centre", "rollup", "schema", "gateway")


def commits(count: int, drawn: random.Random) -> Iterator[str]:
    """A fast-import stream: a main line, short branches merged into it, and a tag now and then."""
    branch: list[int] = []
    main = 0
    for mark in range(1, count + 1):
        at = BORN_S + mark * STEP_S
        merging = len(branch) >= drawn.randrange(2, 9)
        onto = f"from :{branch[-1] if branch and not merging else main}\n" if main else ""
        second = f"merge :{branch[-1]}\n" if merging else ""
        message = _message(mark, drawn)
        people = f"Dev {drawn.randrange(60)} <dev{drawn.randrange(60)}@example.org>"
        yield (
            f"commit refs/heads/{'main' if merging or not main else 'work'}\nmark :{mark}\n"
            f"author {people} {at - drawn.randrange(1, 200_000)} +0000\ncommitter {people} {at} +0000\n"
            f"data {len(message.encode())}\n{message}\n{onto}{second}"
        )
        if merging or not main:
            main, branch = mark, []
        else:
            branch.append(mark)


def _message(mark: int, drawn: random.Random) -> str:
    title = f"{drawn.choice(WORDS)}: {' '.join(drawn.choices(WORDS, k=6))} {mark}"
    if drawn.random() < 0.02:
        title = f'Revert "{title}"'
    body = [" ".join(drawn.choices(WORDS, k=11)) for _ in range(drawn.randrange(9))]
    return "\n".join([title, "", *body])


def make(folder: Path, count: int, tags: int) -> None:
    """A bare repository with so many commits, and annotated tags on every so-manieth."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(folder)], check=True)
    stream = [*commits(count, random.Random(9))]
    for number in range(1, tags + 1):
        mark = number * count // tags
        # An hour in three the next release comes from a line that is behind.
        stream.append(
            f"tag v{number}\nfrom :{max(1, mark - (400 if number % 3 == 0 else 0))}\n"
            f"tagger Rel <rel@example.org> {BORN_S + mark * STEP_S + 60} +0000\ndata 1\nx\n"
        )
    subprocess.run(
        ["git", "-C", str(folder), "fast-import", "--quiet", "--force"], check=True, input="".join(stream).encode()
    )


def measured(folder: Path, count: int) -> dict[str, Any]:
    """What dora_metrics.py works out, over ten years."""
    end = BORN_S + (count + 48) * STEP_S
    history = read_history(folder)
    return report(measure(history, select(history, ["v*"]), window=Window(since=BORN_S, until=end, as_of=end)))


def child(folder: Path, count: int) -> None:
    """The measured process: prints its figures, its time after the start of Python, and the most memory it took."""
    began = time.perf_counter()
    cpu = sum(os.times()[:4])
    answer = measured(folder, count)
    taken, cpu = time.perf_counter() - began, sum(os.times()[:4]) - cpu
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {name: metric["n"] for name, metric in answer["metrics"].items()}
    print(json.dumps({"seconds": taken, "cpu_s": cpu, "peak_mib": peak_mib, "n": figures}))


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and CPU seconds of this process and of what it started."""
    began, before = time.perf_counter(), sum(os.times()[:4])
    work()
    return time.perf_counter() - began, sum(os.times()[:4]) - before


def git(folder: Path, *words: str) -> tuple[float, float]:
    """One git command whose answer nobody reads."""
    command = ["git", "-C", str(folder), *words]
    return spent(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))


def add(folder: Path, count: int) -> None:
    stream = ""
    for number in range(1, NEW + 1):
        at = BORN_S + (count + number) * STEP_S
        onto = f"from :{number - 1}" if number > 1 else "from refs/heads/main^0"
        stream += f"commit refs/heads/main\nmark :{number}\ncommitter A <a@example.org> {at} +0000\ndata 1\nx\n{onto}\n"
    subprocess.run(["git", "-C", str(folder), "fast-import", "--quiet"], check=True, input=stream.encode())


def run(folder: Path, *, count: int, tags: int, rounds: int) -> dict[str, Any]:
    """Every round measures both sides one after the other; medians, as the machine is shared."""
    logs, whole, made = [], [], {}
    for _ in range(rounds):
        logs.append(git(folder, *LOG))
        words = [sys.executable, "-m", "tests.benchmarks.dora", "--child", str(folder), "--commits", str(count)]
        made = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
        whole.append((made["seconds"], made["cpu_s"]))
    (log_s, log_cpu_s), (whole_s, whole_cpu_s) = (
        [median(each) for each in zip(*side, strict=True)] for side in (logs, whole)
    )
    pairs_s, pairs_cpu_s = _pairs(folder, tags)
    tips = list(dict.fromkeys(tag.sha for tag in read_history(folder).tags))
    head = subprocess.run(["git", "-C", str(folder), "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    known = [head.stdout.strip(), *tips]
    add(folder, count)
    return {
        "commits": count,
        "tags": tags,
        "git log, seconds and CPU seconds": (log_s, log_cpu_s),
        "five metrics, seconds and CPU seconds": (whole_s, whole_cpu_s),
        "five metrics / git log": [round(each[0] / log[0], 2) for each, log in zip(whole, logs, strict=True)],
        "the same of CPU seconds": [round(each[1] / log[1], 2) for each, log in zip(whole, logs, strict=True)],
        "one git log A..B a pair / five metrics": round(pairs_s / whole_s, 2),
        "that of CPU seconds": round(pairs_cpu_s / whole_cpu_s, 2),
        "MiB": made["peak_mib"],
        "n": made["n"],
        "CPU seconds for what is new": spent(lambda: read_history(folder, since=known))[1],
    }


def _pairs(folder: Path, tags: int) -> tuple[float, float]:
    step = max(1, tags // PAIRS_TIMED)
    numbers = range(1, tags, step)
    taken = [git(folder, "log", LOG[2], f"v{number}..v{number + 1}") for number in numbers]
    share = (tags - 1) / len(numbers)
    return share * sum(each[0] for each in taken), share * sum(each[1] for each in taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, default=80_000)
    parser.add_argument("--tags", type=int, default=900)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--json", choices=["-"])
    asked = parser.parse_args()
    if asked.child is not None:
        child(asked.child, asked.commits)
        return
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), asked.commits, asked.tags)
        found = run(Path(folder), count=asked.commits, tags=asked.tags, rounds=asked.rounds)
    print(json.dumps(found) if asked.json else "\n".join(f"{name:42} {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
