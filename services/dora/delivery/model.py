"""What the engine works on: commits, deployments, incidents, rules. Frozen; times are seconds since 1970."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, TypeAlias

Grade: TypeAlias = Literal["explicit", "rollback", "revert", "rule", "window"]
GRADES: tuple[Grade, ...] = ("explicit", "rollback", "revert", "rule", "window")  # strongest evidence first
TimeQuality: TypeAlias = Literal["exact", "tagger", "name", "commit", "started", "received"]

DAY_S = 86_400
HOUR_S = 3_600


class Commit(NamedTuple):
    """One commit as the log tells it. A tuple, not a dataclass: a history holds a hundred thousand of them."""

    sha: str
    parents: tuple[str, ...]
    author_s: int
    commit_s: int
    author: str
    subject: str
    reverts: tuple[str, ...] = ()
    reverts_title: str | None = None
    fixes: tuple[str, ...] = ()
    pull: int | None = None


class Tag(NamedTuple):
    """One tag: `tagger_s` is None for a lightweight one, which has no date of its own."""

    name: str
    sha: str
    tagger_s: int | None


@dataclass(frozen=True, slots=True)
class History:
    """Everything read from one repository: commits by sha, tags, heads of pull or merge requests by number."""

    commits: Mapping[str, Commit]
    tags: tuple[Tag, ...] = ()
    pulls: Mapping[int, str] = field(default_factory=dict)
    head: str | None = None
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of the pull request that a commit merged
    branches: Mapping[str, str] = field(default_factory=dict)  # that a commit merged, where its message need not say
    sorted_shas: list[str] = field(default_factory=list, repr=False, compare=False)  # filled by the first look-up


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One finished, successful change of an environment. `at` is when the environment changed."""

    id: str
    at: float
    name: str | None = None  # what its sender calls it, where that is not the id
    service: str = "service"
    environment: str = "production"
    shas: tuple[str, ...] = ()
    version: str | None = None
    time_quality: TimeQuality = "exact"
    planned: bool | None = None
    fixes: str | None = None
    rolled_back_at: float | None = None

    @property
    def artefact(self) -> tuple[str, ...] | None:
        """What runs after it: commits, else the version, else nobody can tell."""
        if self.shas:
            return tuple(sorted(self.shas))
        return None if self.version is None else (self.version,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A disturbance of a service; `resolved_at` is None while it lasts."""

    id: str
    detected_at: float
    service: str | None = "service"
    environment: str = "production"
    resolved_at: float | None = None
    caused_by: str | None = None
    severity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How raw events are judged; data with a version, so that a number can be computed again."""

    version: str = "1"
    gap_s: float | None = 60 * DAY_S  # a deployment after a longer silence ships what piled up, not a flow
    gap_commits_max: int | None = None
    judge_after_s: float = DAY_S  # a younger deployment may still turn out to have failed
    remediation_versions: tuple[str, ...] = ("*hotfix*",)  # globs on versions: the deployment before it failed
    remediation_labels: tuple[str, ...] = ("*hotfix*",)  # globs on labels of pull requests that a deployment ships
    remediation_branches: tuple[str, ...] = ("*hotfix*",)  # globs on branches that a deployment ships the merge of
    incident_window_s: float | None = None  # off: whatever was deployed last is not to blame by that alone
    bots: tuple[str, ...] = ()  # globs on authors to leave out
    # Globs on names in lower case, by which deliveries are read: what is a deployment job, what marks an incident.
    deploy_jobs: tuple[str, ...] = ("*deploy*", "*release*", "*desplieg*")
    incident_labels: tuple[str, ...] = (
        *("incident", "incidente", "outage"),
        *("production-failure", "type/incident", "kind/incident"),
    )
    count_redeployments: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The interval that is measured, [since, until), and the moment at which it is judged."""

    since: float
    until: float
    as_of: float
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureLink:
    """One reason to call a deployment failed, with its grade. `recovered_at` is None while it lasts."""

    failed: str
    grade: Grade
    reason: str
    fix: str | None = None
    incident: str | None = None
    recovered_at: float | None = None


def in_order(deployments: Sequence[Deployment]) -> list[Deployment]:
    """By time, one per id: neither the order in which reports came nor a duplicate makes a difference.

    An id that several services or environments use gets theirs in front; its own stays as the `name`.
    """
    found: dict[tuple[str, str, str], Deployment] = {}
    for each in sorted(deployments, key=lambda d: (d.at, d.id, repr(d))):
        found.setdefault((each.service, each.environment, each.id), each)
    used = Counter(key[2] for key in found)
    return [each if used[each.id] == 1 else _qualified(each) for each in found.values()]


def _qualified(each: Deployment) -> Deployment:
    return replace(each, id=f"{each.service}/{each.environment}/{each.id}", name=each.name or each.id)
