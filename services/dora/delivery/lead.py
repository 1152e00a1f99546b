"""Change lead time per commit, and every commit that is left out, by reason. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple

from services.dora.delivery.model import Commit, Deployment, History, Rules, Window
from services.dora.delivery.shipping import Shipped, brought, originals, resolve, walk

ELSEWHERE = "shipped_first_in_another_service_or_environment"


class Change(NamedTuple):
    """One commit that reached production; `shipped_as` is the squash commit, where it was squashed.

    `pull`: the pull request that it came by, squashed or merged, where that is known.
    """

    sha: str
    shipped_as: str
    deployment: str
    lead_s: float
    committer_lead_s: float
    pull: int | None = None


class LeftOut(NamedTuple):
    """One commit without a lead time, and why."""

    sha: str
    deployment: str
    reason: str


@dataclass(frozen=True, slots=True)
class Lead:
    """The lead times of a window, what was left out, and what waits on the main line."""

    changes: tuple[Change, ...]
    excluded: Mapping[str, int]
    squash_commits: int
    squash_recovered: int
    waiting: int
    waiting_oldest_s: float | None
    left_out: tuple[LeftOut, ...] = ()


def lead_times(
    history: History, deployments: Sequence[Deployment], shipped: Shipped, *, window: Window, rules: Rules
) -> Lead:
    """Per non-merge commit, its first deployment minus its author date; deployments come in order of time."""
    behind = originals(history, shipped.by)
    gaps = _gaps(deployments, shipped, rules)
    apart = shipped.apart
    changes: list[Change] = []
    left_out: list[LeftOut] = []
    squashed = recovered = 0
    for each in deployments:
        if not window.since <= each.at < window.until:
            continue
        unknown = shipped.unknown.get(each.id, ())
        left_out += [LeftOut(sha, each.id, "deployed_commit_not_in_the_repository") for sha in unknown]
        whole = "seed_deployment" if each.id in shipped.seeds else gaps.get(each.id)
        counting, merges = _counting(each, shipped, whole, left_out, apart=apart)
        named = [commit for commit in counting if commit.pull is not None]
        squashed += len(named)
        recovered += sum(commit.sha in behind for commit in named)
        plain = [commit for commit in counting if commit.sha not in behind] if behind else counting
        pulls = {commit.sha: commit.pull for commit in named if commit.pull is not None}
        if any(merge.pull is not None for merge in merges):
            tips = [sha for told in each.shas if (sha := resolve(history, told)) is not None]
            pulls = brought(history, shipped.commits[each.id], tips) | pulls
        changes += _timed(each, plain, None, pulls, rules, left_out)
        for commit in named:
            if commit.sha in behind:
                of = [history.commits[one] for one in behind[commit.sha]]
                changes += _timed(each, of, commit, pulls, rules, left_out)
    waiting = _waiting(history, shipped)
    oldest = min((commit.author_s for commit in waiting), default=None)
    return Lead(
        tuple(changes),
        dict(sorted(Counter(each.reason for each in left_out).items())),
        squashed,
        recovered,
        len(waiting),
        None if oldest is None else max(0.0, window.as_of - oldest),
        tuple(left_out),
    )


def _counting(
    deployment: Deployment, shipped: Shipped, whole: str | None, left_out: list[LeftOut], *, apart: bool
) -> tuple[list[Commit], list[Commit]]:
    """The commits of a deployment that have a lead time there, and its merges; `whole` is why none has.

    The others are left out, and so are merges.
    """
    name, commits = deployment.id, shipped.content[deployment.id]
    merges = [commit for commit in commits if len(commit.parents) > 1]
    counting = [commit for commit in commits if len(commit.parents) <= 1]
    left_out += [LeftOut(commit.sha, name, "merge") for commit in merges]
    why, late = whole, counting
    if whole is None and not apart:
        why, late = ELSEWHERE, [commit for commit in counting if shipped.by[commit.sha] != name]
        counting = [commit for commit in counting if shipped.by[commit.sha] == name]
    if why is not None:
        left_out += [LeftOut(commit.sha, name, why) for commit in late]
    return [] if whole is not None else counting, merges


def _timed(
    deployment: Deployment,
    commits: Sequence[Commit],
    squashed: Commit | None,
    pulls: Mapping[str, int],
    rules: Rules,
    left_out: list[LeftOut],
) -> list[Change]:
    """The lead times of commits, which were shipped as themselves or as one squash commit. The others are left out."""
    at, name = deployment.at, deployment.id
    as_one = None if squashed is None else squashed.sha
    of_bots = _of_bots(commits, rules)
    made = tuple.__new__  # what Change(...) ends in
    found = []
    for sha, _, author_s, commit_s, _, _, _, _, _, _ in commits:
        if sha in of_bots:
            left_out.append(LeftOut(sha, name, "bot"))
        elif author_s > at:
            left_out.append(LeftOut(sha, name, "negative"))
        else:
            shipped_as = as_one or sha
            committer_s = at - commit_s if commit_s < at else 0.0
            found.append(made(Change, (sha, shipped_as, name, at - author_s, committer_s, pulls.get(shipped_as))))
    return found


def _of_bots(commits: Sequence[Commit], rules: Rules) -> frozenset[str]:
    if not rules.bots:
        return frozenset()
    return frozenset(each.sha for each in commits if any(fnmatchcase(each.author, glob) for glob in rules.bots))


def _gaps(deployments: Sequence[Deployment], shipped: Shipped, rules: Rules) -> dict[str, str]:
    """Deployments after a long silence, or with an implausible pile of commits: they ship history, not a flow."""
    before: dict[tuple[str, str], float] = {}
    found: dict[str, str] = {}
    for each in deployments:
        stream = (each.service, each.environment)
        silence = each.at - before.get(stream, each.at)
        before[stream] = each.at
        if rules.gap_s is not None and silence > rules.gap_s:
            found[each.id] = "deployment_after_a_gap"
        elif rules.gap_commits_max is not None and len(shipped.commits[each.id]) > rules.gap_commits_max:
            found[each.id] = "deployment_with_too_many_commits"
    return found


def _waiting(history: History, shipped: Shipped) -> list[Commit]:
    if history.head is None or not shipped.by:
        return []
    below = walk(history.commits, [history.head], set(shipped.by))
    return [commit for commit in below if len(commit.parents) <= 1]
