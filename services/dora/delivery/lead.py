"""Change lead time per commit, and every commit that is left out, by reason. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple

from services.dora.delivery.model import Commit, Deployment, History, Rules, Window
from services.dora.delivery.shipping import Shipped, originals, walk


class Change(NamedTuple):
    """One commit that reached production; `shipped_as` is the squash commit, where it was squashed."""

    sha: str
    shipped_as: str
    deployment: str
    lead_s: float
    committer_lead_s: float


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
    by_deployment: dict[str, list[Change]] = {}
    left_out: list[LeftOut] = []
    squashed = recovered = 0
    for each in deployments:
        if not window.since <= each.at < window.until:
            continue
        unknown = shipped.unknown.get(each.id, ())
        left_out += [LeftOut(sha, each.id, "deployed_commit_not_in_the_repository") for sha in unknown]
        whole = "seed_deployment" if each.id in shipped.seeds else gaps.get(each.id)
        changes = by_deployment.setdefault(each.id, [])
        for sha in shipped.commits[each.id]:
            commit = history.commits[sha]
            if (why := _why_not(commit, whole, first=shipped.by[sha] == each.id)) is not None:
                left_out.append(LeftOut(sha, each.id, why))
                continue
            squashed += commit.pull is not None
            recovered += sha in behind
            originals_of = [history.commits[one] for one in behind[sha]] if sha in behind else (commit,)
            _add(changes, left_out, each, commit, originals_of, rules)
        changes.sort()  # by sha: in small groups, without a key, in a tenth of the time that sorting all takes
    waiting = _waiting(history, shipped)
    oldest = min((commit.author_s for commit in waiting), default=None)
    return Lead(
        tuple(change for name in sorted(by_deployment) for change in by_deployment[name]),
        dict(sorted(Counter(each.reason for each in left_out).items())),
        squashed,
        recovered,
        len(waiting),
        None if oldest is None else max(0.0, window.as_of - oldest),
        tuple(left_out),
    )


def _why_not(commit: Commit, whole: str | None, *, first: bool) -> str | None:
    """Why a commit that a deployment ships has no lead time there; `whole` is the deployment's own reason."""
    if len(commit.parents) > 1:
        return "merge"
    if whole is not None:
        return whole
    return None if first else "shipped_first_in_another_service_or_environment"


def _add(
    changes: list[Change],
    left_out: list[LeftOut],
    deployment: Deployment,
    shipped_as: Commit,
    commits: Sequence[Commit],
    rules: Rules,
) -> None:
    for commit in commits:
        lead_s = deployment.at - commit.author_s
        if rules.bots and any(fnmatchcase(commit.author, glob) for glob in rules.bots):
            left_out.append(LeftOut(commit.sha, deployment.id, "bot"))
        elif lead_s < 0:
            left_out.append(LeftOut(commit.sha, deployment.id, "negative"))
        else:
            committer_s = deployment.at - commit.commit_s
            changes.append(Change(commit.sha, shipped_as.sha, deployment.id, lead_s, max(committer_s, 0.0)))


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
    return [history.commits[sha] for sha in below if len(history.commits[sha].parents) <= 1]
