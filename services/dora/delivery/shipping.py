"""Which deployment shipped which commit first: ancestry over all branches, every commit visited once. Pure.

What is assigned is closed under ancestry, so a walk from a deployed commit stops where an earlier deployment was.
Ranges between neighbouring tags would count a maintenance line's commits again and again.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.dora.delivery.model import Commit, Deployment, History

UNKNOWN = "unknown_commit"


@dataclass(frozen=True, slots=True)
class Shipped:
    """Per deployment id its new commits, merges included; per commit the deployment that shipped it first.

    `content` is what `commits` names: looking a hundred thousand names up again takes as long as finding them.
    """

    commits: Mapping[str, tuple[str, ...]]
    content: Mapping[str, Sequence[Commit]]
    by: Mapping[str, str]
    seeds: frozenset[str]
    unknown: Mapping[str, tuple[str, ...]]

    @property
    def apart(self) -> bool:
        """Whether no commit was shipped twice, as it is with one service and environment."""
        return sum(map(len, self.commits.values())) == len(self.by)


def ship(history: History, deployments: Iterable[Deployment]) -> Shipped:
    """Assign commits to deployments, which come in order of time, service by service and environment by environment."""
    commits: dict[str, tuple[str, ...]] = {}
    content: dict[str, Sequence[Commit]] = {}
    first: dict[str, str] = {}
    taken: dict[tuple[str, str], set[str]] = {}
    seeds: set[str] = set()
    unknown: dict[str, tuple[str, ...]] = {}
    for deployment in deployments:
        stream = (deployment.service, deployment.environment)
        known = [sha for each in deployment.shas if (sha := resolve(history, each)) is not None]
        if len(known) < len(deployment.shas):
            unknown[deployment.id] = tuple(sha for sha in deployment.shas if resolve(history, sha) is None)
        if known and stream not in taken:
            taken[stream] = set()
            seeds.add(deployment.id)
        new = walk(history.commits, known, taken.get(stream, set()))
        content[deployment.id] = new
        commits[deployment.id] = shas = tuple([commit.sha for commit in new])
        for sha in shas:
            first.setdefault(sha, deployment.id)
    return Shipped(commits, content, first, frozenset(seeds), unknown)


def walk(commits: Mapping[str, Commit], tips: Iterable[str], taken: set[str]) -> list[Commit]:
    """Everything below `tips` that is not taken; takes it."""
    found: list[Commit] = []
    waiting = list(tips)
    while waiting:
        sha = waiting.pop()
        if sha in taken or (commit := commits.get(sha)) is None:
            continue
        taken.add(sha)
        found.append(commit)
        waiting += commit.parents
    return found


def resolve(history: History, sha: str) -> str | None:
    """The full name of a commit; a shortened one only when exactly one commit begins with it."""
    if sha in history.commits:
        return sha
    if len(sha) >= FULL_SHA_CHARS:
        return None
    if not history.sorted_shas:
        history.sorted_shas.extend(sorted(history.commits))
    ordered = history.sorted_shas
    place = bisect_left(ordered, sha)
    begins = [each for each in ordered[place : place + 2] if each.startswith(sha)]
    return begins[0] if len(begins) == 1 else None


FULL_SHA_CHARS = 40


def originals(history: History, shipped: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The commits behind each squash commit, from the head of its pull request; nothing where that is not known.

    `shipped` are the commits of the main lines: an original among them was merged, not squashed. An original belongs
    to one squash commit only, the oldest, so that stacked pull requests do not count twice.
    """
    if not history.pulls:
        return {}
    trunk = set(shipped)
    squashed = [
        commit for sha in trunk if (commit := history.commits[sha]).pull in history.pulls and len(commit.parents) == 1
    ]
    found: dict[str, tuple[str, ...]] = {}
    taken = set(trunk)
    for commit in sorted(squashed, key=lambda each: (each.commit_s, each.sha)):
        head = history.pulls[commit.pull or 0]
        if head in trunk:  # merged as it was: the shipped commit is the original
            continue
        behind = [each.sha for each in walk(history.commits, [head], taken) if len(each.parents) <= 1]
        if behind:
            found[commit.sha] = tuple(sorted(behind))
    return found


def brought(history: History, shipped: Sequence[str], tips: Sequence[str]) -> dict[str, int]:
    """Of the commits that one deployment ships, the number of the pull request whose merge commit brought each.

    Along the first parents of what was deployed, the oldest merge first: what a merge brings is what its other
    parents reach and no earlier one brought. So main, merged into a branch, is not taken for work of that branch. What
    was brought is gone through in the same way, so that the pull request of a release holds on to none of those that
    were merged into its branch: the innermost number counts.
    """
    within = {sha: history.commits[sha] for sha in shipped}
    taken: set[str] = set()
    waiting = _sides([commit for tip in tips for commit in _line(within, tip, taken)], None)
    found: dict[str, int] = {}
    while waiting:
        tip, pull = waiting.pop()
        line = _line(within, tip, taken)
        if pull is not None:
            found |= {commit.sha: pull for commit in line}
        waiting += _sides(line, pull)
    return found


def _line(within: Mapping[str, Commit], tip: str, taken: set[str]) -> list[Commit]:
    """A commit, its first parent, and so on until one is taken; takes them."""
    found: list[Commit] = []
    sha: str | None = tip
    while sha is not None and sha in within and sha not in taken:
        taken.add(sha)
        found.append(within[sha])
        sha = next(iter(within[sha].parents), None)
    return found


def _sides(line: Iterable[Commit], pull: int | None) -> list[tuple[str, int | None]]:
    """What the merges of a line merged, the oldest last, each with its number, else with that of the line."""
    return [
        (parent, pull if commit.pull is None else commit.pull)
        for commit in line
        for parent in reversed(commit.parents[1:])
    ]
