"""Delivery metrics of a long history against git itself, in one run.

`python -m tests.benchmarks.dora [--commits N] [--tags N] [--rounds N] [--pairs N] [--json -]`: all five metrics in a
process of its own against one `git log` of parents and dates, then ten new commits, then one `git log A..B` for each
pair of tags: what git prints thrown away, and read into the lead times of its commits, without which it is no answer.
By the clock the five metrics use both cores, for two gits read for them; the pairs are asked one after the other, as
scripts do. That each tag ships what `git rev-list TAG --not EARLIER-TAGS` says is checked in the same run. The history
is made anew, with merges, release lines that are repaired side by side, reverts and messages of an ordinary length.
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
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from services.dora.delivery.git import read_history
from services.dora.delivery.memory import uncollected
from services.dora.delivery.metrics import measure, report
from services.dora.delivery.model import Window, in_order
from services.dora.delivery.shipping import ship
from services.dora.delivery.tags import select

BORN_S = int(datetime(2016, 1, 4, tzinfo=UTC).timestamp())
STEP_S = 3_600  # a commit an hour
NEW = 10
GITS = 2  # that read side by side; Linux tells of the largest of those that ended, not of their sum
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
CHECKED = 30  # tags whose commits are held against git's own answer
PAIRS_TIMED = 150  # of all pairs, one in six in order of time; with --pairs 899 every one, which takes minutes
LINES = 40  # a release line every eleven weeks of nine years
SUPPORTED = 6  # lines that still get repairs: about fifteen months
ROOM = 600  # commits at the end, so that the last tag finds its place
LOG = ("log", "--all", "--format=%H%x00%P%x00%at")
WORDS = ("calls", "queue", "agent", "report", "export", "session", "menu", "centre", "rollup", "schema", "gateway")


@dataclass
class Story:
    """What is drawn commit by commit: a main line, short branches merged into it, and release lines beside it.

    A line leaves the main one LINES times, is repaired for as long as SUPPORTED younger ones, and each of its tags
    stands on one to five repairs. The newest lines are tagged most often. Every second repair is merged into the main
    line. Tags in order of time therefore lie on lines that are thousands of commits apart.
    """

    count: int
    tags: int
    drawn: random.Random
    main: int = 0
    branch: list[int] = field(default_factory=list)
    lines: dict[int, int] = field(default_factory=dict)  # the newest commit of each supported line
    patches: Counter[int] = field(default_factory=Counter)
    fixing: tuple[int, int] | None = None  # which line, and how many repairs are still to come
    merge: int | None = None  # a repaired line on its way into the main one
    names: list[str] = field(default_factory=list)

    def stream(self) -> Iterator[str]:
        """For `git fast-import`."""
        tagged = 0
        for mark in range(1, self.count + 1):
            if self.main and (mark - 2) % (self.count // LINES) == 0:
                self.lines[mark] = self.main
                self.lines = dict(sorted(self.lines.items())[-SUPPORTED:])
            if (
                self.lines
                and self.fixing is None
                and tagged < self.tags
                and mark * self.tags >= (tagged + 1) * (self.count - ROOM)
            ):
                tagged += 1
                newest_last = range(1, len(self.lines) + 1)
                line = self.drawn.choices(sorted(self.lines), weights=newest_last)[0]
                self.fixing = (line, self.drawn.randrange(1, 6))
            yield self._repair(mark) if self.fixing else self._work(mark)

    def _repair(self, mark: int) -> str:
        line, left = self.fixing or (0, 0)
        made = self._commit(f"line-{line}", mark, self.lines[line])
        self.lines[line] = mark
        self.fixing = (line, left - 1) if left > 1 else None
        if self.fixing is None:
            self.patches[line] += 1
            self.merge = mark if self.drawn.random() < 1 / 2 else None
            self.names.append(f"v{line}.{self.patches[line]}")
            made += (
                f"tag {self.names[-1]}\nfrom :{mark}\n"
                f"tagger Rel <rel@example.org> {BORN_S + mark * STEP_S + 60} +0000\ndata 1\nx\n"
            )
        return made

    def _work(self, mark: int) -> str:
        merging = len(self.branch) >= self.drawn.randrange(2, 9)
        if self.merge is not None and self.main:
            second, self.merge = self.merge, None
            made = self._commit("main", mark, self.main, second)
            self.main = mark
            return made
        if merging or not self.main:
            made = self._commit("main", mark, self.main, self.branch[-1] if self.branch else 0)
            self.main, self.branch = mark, []
            return made
        made = self._commit("work", mark, self.branch[-1] if self.branch else self.main)
        self.branch.append(mark)
        return made

    def _commit(self, branch: str, mark: int, first: int, second: int = 0) -> str:
        at = BORN_S + mark * STEP_S
        message = _message(mark, self.drawn)
        people = f"Dev {self.drawn.randrange(60)} <dev{self.drawn.randrange(60)}@example.org>"
        return (
            f"commit refs/heads/{branch}\nmark :{mark}\n"
            f"author {people} {at - self.drawn.randrange(1, 200_000)} +0000\ncommitter {people} {at} +0000\n"
            f"data {len(message.encode())}\n{message}\n"
            + (f"from :{first}\n" if first else "")
            + (f"merge :{second}\n" if second else "")
        )


def _message(mark: int, drawn: random.Random) -> str:
    title = f"{drawn.choice(WORDS)}: {' '.join(drawn.choices(WORDS, k=6))} {mark}"
    if drawn.random() < 0.02:
        title = f'Revert "{title}"'
    body = [" ".join(drawn.choices(WORDS, k=11)) for _ in range(drawn.randrange(9))]
    return "\n".join([title, "", *body])


def make(folder: Path, count: int, tags: int) -> list[str]:
    """A bare repository with so many commits and annotated tags; the tags' names in order of time."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(folder)], check=True)
    story = Story(count, tags, random.Random(9))
    stream = "".join(story.stream())
    subprocess.run(["git", "-C", str(folder), "fast-import", "--quiet", "--force"], check=True, input=stream.encode())
    return story.names


@uncollected()
def measured(folder: Path, count: int) -> dict[str, Any]:
    """What dora_metrics.py works out, over ten years."""
    end = BORN_S + (count + 48) * STEP_S
    history = read_history(folder)
    return report(measure(history, select(history, ["v*"]), window=Window(since=BORN_S, until=end, as_of=end)))


def child(folder: Path, count: int) -> None:
    """The measured process: prints its figures, its time after the start of Python, its most memory and a git's."""
    began = time.perf_counter()
    cpu = sum(os.times()[:4])
    answer = measured(folder, count)
    taken, cpu = time.perf_counter() - began, sum(os.times()[:4]) - cpu
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    git_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    history = read_history(folder)
    tags = in_order(select(history, ["v*"]))
    shipping_s = spent(lambda: ship(history, tags))[1]
    figures = {name: metric["n"] for name, metric in answer["metrics"].items()}
    memory = {"peak_mib": peak_mib, "git_mib": git_mib}
    print(json.dumps({"seconds": taken, "cpu_s": cpu, **memory, "n": figures, "shipping_s": shipping_s}))


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


def run(folder: Path, names: list[str], *, count: int, pairs: int, rounds: int) -> dict[str, Any]:
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
    pairs_s, pairs_cpu_s, timed = _pairs(folder, names, pairs, git)
    read_s, read_cpu_s, _ = _pairs(folder, names, pairs, _leads)
    _check(folder, names)
    tips = list(dict.fromkeys(tag.sha for tag in read_history(folder).tags))
    head = subprocess.run(["git", "-C", str(folder), "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    known = [head.stdout.strip(), *tips]
    add(folder, count)
    return {
        "commits": count,
        "tags": len(names),
        "pairs timed": timed,
        "one git log A..B a pair, seconds and CPU seconds of all": (round(pairs_s, 1), round(pairs_cpu_s, 1)),
        "git log, seconds and CPU seconds": (log_s, log_cpu_s),
        "five metrics, seconds and CPU seconds": (whole_s, whole_cpu_s),
        "five metrics / git log": [round(each[0] / log[0], 2) for each, log in zip(whole, logs, strict=True)],
        "the same of CPU seconds": [round(each[1] / log[1], 2) for each, log in zip(whole, logs, strict=True)],
        "one git log A..B a pair / five metrics": round(pairs_s / whole_s, 2),
        "that of CPU seconds": round(pairs_cpu_s / whole_cpu_s, 2),
        "the pairs read into lead times": (round(read_s, 1), round(read_cpu_s, 1)),
        "those / five metrics": round(read_s / whole_s, 2),
        "those of CPU seconds": round(read_cpu_s / whole_cpu_s, 2),
        "the pairs / which tag ships which commit, in memory": round(pairs_cpu_s / max(made["shipping_s"], TICK_S), 1),
        "MiB, the largest git's, both gits beside it at most": (
            *(made["peak_mib"], made["git_mib"]),
            made["peak_mib"] + GITS * made["git_mib"],
        ),
        "n": made["n"],
        "CPU seconds for what is new": spent(lambda: read_history(folder, since=known))[1],
    }


def _check(folder: Path, names: list[str]) -> None:
    """The answers are equal: a tag ships what git finds below it and below no earlier one. ValueError if not."""
    history = read_history(folder)
    shipped = ship(history, in_order(select(history, ["v*"]))).commits
    for place in range(1, len(names), len(names) // CHECKED):
        command = ["git", "-C", str(folder), "rev-list", names[place], "--not", *names[:place]]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        if sorted(told) != sorted(shipped[f"tag:{names[place]}"]):
            raise ValueError(f"{names[place]} does not ship what git says")


def _leads(folder: Path, *words: str) -> tuple[float, float]:
    """One git command whose commits are read: the dates from which lead times are counted, merges aside."""

    def read() -> list[int]:
        told = subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True).stdout
        commits = [line.split(b"\0") for line in told.splitlines()]
        return [int(at) for _, parents, at in commits if b" " not in parents]

    return spent(read)


def _pairs(
    folder: Path, names: list[str], pairs: int, ask: Callable[..., tuple[float, float]]
) -> tuple[float, float, int]:
    """Seconds and CPU seconds of all pairs of neighbours in time, worked out from those that are timed."""
    neighbours = [*pairwise(names)]
    chosen = neighbours[:: max(1, len(neighbours) // pairs)]
    taken = [ask(folder, "log", LOG[2], f"{one}..{other}") for one, other in chosen]
    share = len(neighbours) / len(chosen)
    return share * sum(each[0] for each in taken), share * sum(each[1] for each in taken), len(chosen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, default=80_000)
    parser.add_argument("--tags", type=int, default=900)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pairs", type=int, default=PAIRS_TIMED, help="how many pairs of tags are timed at least")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--json", choices=["-"])
    asked = parser.parse_args()
    if asked.child is not None:
        child(asked.child, asked.commits)
        return
    with tempfile.TemporaryDirectory() as folder:
        names = make(Path(folder), asked.commits, asked.tags)
        found = run(Path(folder), names, count=asked.commits, pairs=asked.pairs, rounds=asked.rounds)
    print("\n".join(f"{name:56} {value}" for name, value in found.items()))
    if asked.json:
        ratios = {
            "cold_vs_git_log": median(found["the same of CPU seconds"]),
            "pairs_vs_cold": found["that of CPU seconds"],
            "pairs_vs_cold_by_the_clock": found["one git log A..B a pair / five metrics"],
            "read_pairs_vs_cold_by_the_clock": found["those / five metrics"],
            "pairs_vs_shipping": found["the pairs / which tag ships which commit, in memory"],
        }
        print(json.dumps({"ratios": ratios, "figures": found}))


if __name__ == "__main__":
    main()
