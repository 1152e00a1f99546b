"""Which deployments failed, and by what evidence. Pure: a function of deployments, incidents, commits and rules.

Explicit word goes before a rollback, that before the revert of something already shipped, that before a rule on
names, that before an incident in a time window. Every link is kept; the strongest grade of a deployment decides.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from services.dora.delivery.gitlog import merged_branch
from services.dora.delivery.model import GRADES, Commit, Deployment, FailureLink, Grade, History, Incident, Rules
from services.dora.delivery.shipping import Shipped, resolve

NAMED_SHA_CHARS_MIN = 7  # a shorter word is a version, not a commit
MERGES = ("Merge ", "Merged in ")  # how subjects begin that may name a branch


@dataclass(frozen=True, slots=True)
class Judged:
    """Every link, the deciding one per failed deployment, and what could not be linked, by reason."""

    links: tuple[FailureLink, ...]
    failed: Mapping[str, FailureLink]
    unlinked: Mapping[str, int]

    @property
    def remediations(self) -> frozenset[str]:
        return frozenset(link.fix for link in self.links if link.fix is not None)


@dataclass(frozen=True)
class Evidence:
    """What is judged: `deployments` in order of time, one per id."""

    deployments: Sequence[Deployment]
    incidents: Sequence[Incident]
    history: History
    shipped: Shipped
    rules: Rules

    @cached_property
    def telling(self) -> Mapping[str, Sequence[Commit]]:
        """Per deployment those of its commits, few of many, that say what they undo, repair or merge."""
        branches = self.history.branches
        return {
            name: [
                each
                for each in commits
                if each.reverts_title is not None
                or each.reverts
                or each.fixes
                or each.subject.startswith(MERGES)
                or each.sha in branches
            ]
            for name, commits in self.shipped.content.items()
        }


def judge(evidence: Evidence) -> Judged:
    """All failure links; of each failed deployment the strongest, and among equals the earliest recovery."""
    unlinked: Counter[str] = Counter()
    links: list[FailureLink] = []
    for stream in _streams(evidence.deployments):
        links += _told(stream)
        links += _trailers(evidence, stream, unlinked)
        links += _rollbacks(stream)
        links += _rules(evidence, stream)
    links += _reverts(evidence, unlinked)
    links += _incidents(evidence, unlinked)
    ordered = sorted(set(links), key=_strength)
    deciding: dict[str, FailureLink] = {}
    for link in ordered:
        deciding.setdefault(link.failed, link)
    return Judged(tuple(ordered), deciding, dict(unlinked))


def _strength(link: FailureLink) -> tuple[str, int, float, str]:
    recovered = float("inf") if link.recovered_at is None else link.recovered_at
    return link.failed, GRADES.index(link.grade), recovered, repr(link)


def _streams(deployments: Sequence[Deployment]) -> list[list[Deployment]]:
    found: defaultdict[tuple[str, str], list[Deployment]] = defaultdict(list)
    for each in deployments:
        found[each.service, each.environment].append(each)
    return list(found.values())


def _told(stream: Sequence[Deployment]) -> Iterator[FailureLink]:
    """The sender says what a deployment repairs, or that it was rolled back."""
    for place, each in enumerate(stream):
        if each.rolled_back_at is not None:
            yield FailureLink(
                failed=each.id, grade="explicit", reason="reported as rolled back", recovered_at=each.rolled_back_at
            )
        if each.fixes is not None and (failed := _named(stream[:place], each.fixes)) is not None:
            yield _repaired(failed, each, "explicit", f"the report says it fixes {each.fixes}")


def _trailers(evidence: Evidence, stream: Sequence[Deployment], unlinked: Counter[str]) -> Iterator[FailureLink]:
    for place, each in enumerate(stream):
        if each.id in evidence.shipped.seeds:
            continue
        for commit in evidence.telling.get(each.id, ()):
            for name in commit.fixes:
                if (failed := _named(stream[:place], name)) is None:
                    unlinked["trailer_names_no_earlier_deployment"] += 1
                else:
                    reason = f"commit {commit.sha[:12]} has Fixes-deployment: {name}"
                    yield _repaired(failed, each, "explicit", reason)


def _named(stream: Sequence[Deployment], name: str) -> Deployment | None:
    """The latest deployment that goes by this id, version or commit."""
    for each in reversed(stream):
        shas = each.shas if len(name) >= NAMED_SHA_CHARS_MIN else ()
        if name in (each.id, each.name, each.version) or any(sha.startswith(name.lower()) for sha in shas):
            return each
    return None


def _rollbacks(stream: Sequence[Deployment]) -> Iterator[FailureLink]:
    """What ran earlier runs again: the deployment that had replaced it failed. The same right again is no rollback."""
    last: dict[tuple[str, ...], int] = {}
    for place, each in enumerate(stream):
        artefact = each.artefact
        if artefact is None:
            continue
        before = last.get(artefact)
        if before is not None and before < place - 1:
            failed = stream[before + 1]
            yield _repaired(failed, each, "rollback", f"{_label(stream[before])} was deployed again")
        last[artefact] = place


def _rules(evidence: Evidence, stream: Sequence[Deployment]) -> Iterator[FailureLink]:
    """A name or a label says that a deployment repairs: the one before it failed."""
    for place, each in enumerate(stream[1:], start=1):
        glob = _fitting(each.version or "", evidence.rules.remediation_versions)
        if glob is not None:
            yield _repaired(stream[place - 1], each, "rule", f"{_label(each)} fits the rule {glob}")
        if each.id not in evidence.shipped.seeds:
            for reason in (*_labelled(evidence, each), *_branched(evidence, each)):
                yield _repaired(stream[place - 1], each, "rule", reason)


def _labelled(evidence: Evidence, deployment: Deployment) -> Iterator[str]:
    """Why what a deployment ships repairs, by the labels of the pull requests that its commits merged."""
    labels = evidence.history.labels
    named = [
        (sha, label, glob)
        for sha in (evidence.shipped.commits.get(deployment.id, ()) if labels else ())
        for label in labels.get(sha, ())
        if (glob := _fitting(label.lower(), evidence.rules.remediation_labels)) is not None
    ]
    new = _bringing(evidence, deployment, {sha for sha, _, _ in named})
    for sha, label, glob in named:
        if sha in new:
            yield f"{sha[:12]} merged what has the label {label}, which fits the rule {glob}"


def _branched(evidence: Evidence, deployment: Deployment) -> Iterator[str]:
    """Why what a deployment ships repairs, by the branches that its commits merged: as told, else as git words it."""
    told = evidence.history.branches
    named = [
        (commit.sha, branch, glob)
        for commit in evidence.telling.get(deployment.id, ())
        if (branch := told.get(commit.sha) or merged_branch(commit.subject))
        and (glob := _fitting(branch.lower(), evidence.rules.remediation_branches)) is not None
    ]
    new = _bringing(evidence, deployment, {sha for sha, _, _ in named})
    for sha, branch, glob in named:
        if sha in new:
            yield f"{sha[:12]} merged the branch {branch}, which fits the rule {glob}"


def _bringing(evidence: Evidence, deployment: Deployment, named: Collection[str]) -> set[str]:
    """Those of the named commits that brought something new to a deployment: of merges, one of their other parents.

    A hotfix that has been shipped is merged again, into develop: what ships that merge repairs nothing.
    """
    if not named:
        return set()
    shipped = set(evidence.shipped.commits.get(deployment.id, ()))
    others = {sha: evidence.history.commits[sha].parents[1:] for sha in named}
    return {sha for sha, merged in others.items() if not merged or not shipped.isdisjoint(merged)}


def _fitting(name: str, globs: Sequence[str]) -> str | None:
    return next((glob for glob in globs if fnmatchcase(name, glob)), None)


def _reverts(evidence: Evidence, unlinked: Counter[str]) -> Iterator[FailureLink]:
    """A shipped revert of a commit that an earlier deployment had shipped. Undone before it shipped is no failure."""
    by_id = {each.id: each for each in evidence.deployments}
    titles = _titles(evidence)
    for deployment in evidence.deployments:
        if deployment.id in evidence.shipped.seeds:
            continue
        for commit in evidence.telling.get(deployment.id, ()):
            if not commit.reverts and commit.reverts_title is None:
                continue
            for target in _targets(evidence.history, titles, commit, unlinked):
                carrier = evidence.shipped.by.get(target)
                why = _not_a_failure(evidence, target, carrier, by_id, deployment)
                if why is not None or carrier is None:
                    unlinked[why or "revert_of_something_never_shipped"] += 1
                    continue
                reason = f"{commit.sha[:12]} reverts {target[:12]}: {commit.subject[:80]}"
                yield _repaired(by_id[carrier], deployment, "revert", reason)


def _not_a_failure(
    evidence: Evidence, target: str, carrier: str | None, by_id: Mapping[str, Deployment], deployment: Deployment
) -> str | None:
    original = evidence.history.commits[target]
    if original.reverts or original.reverts_title is not None:
        return "revert_of_a_revert"
    if carrier is None:
        return "revert_of_something_never_shipped"
    if carrier in evidence.shipped.seeds:
        return "revert_of_something_older_than_the_records"
    found = by_id[carrier]
    if (found.service, found.environment) != (deployment.service, deployment.environment):
        return "revert_shipped_in_another_service"
    if carrier == deployment.id:
        return "reverted_before_it_shipped"
    return None if found.at <= deployment.at else "revert_shipped_before_its_target"


def _titles(evidence: Evidence) -> dict[str, list[str]]:
    """Shipped commits by subject, only of those subjects that a revert without a sha names."""
    wanted = {commit.reverts_title for told in evidence.telling.values() for commit in told} - {None}
    found: defaultdict[str, list[str]] = defaultdict(list)
    if not wanted:
        return found
    # Most subjects are nobody's: those that may be are found in one look, and only they are asked for.
    by, commits = evidence.shipped.by, evidence.history.commits.values()
    for each in [each for each in commits if each.subject in wanted or each.subject[-1:] == ")"]:
        title = each.subject
        if each.sha in by and title in wanted:
            found[title].append(each.sha)
        if each.sha in by and title[-1:] == ")" and (bare := title.rpartition(" (#")[0]) in wanted:
            found[bare].append(each.sha)
    return found


def _targets(
    history: History, titles: Mapping[str, Sequence[str]], commit: Commit, unlinked: Counter[str]
) -> Iterable[str]:
    if commit.reverts:
        found = [resolve(history, each) for each in commit.reverts]
        unlinked["revert_of_an_unknown_commit"] += found.count(None)
        return [each for each in found if each is not None]
    if commit.reverts_title is None:
        return []
    named = [each for each in titles.get(commit.reverts_title, ()) if each != commit.sha]
    if len(named) != 1:
        unlinked["revert_title_fits_several_commits" if named else "revert_of_an_unknown_commit"] += 1
        return []
    return named


def _incidents(evidence: Evidence, unlinked: Counter[str]) -> Iterator[FailureLink]:
    for incident in sorted({each.id: each for each in evidence.incidents}.values(), key=lambda each: each.id):
        before = [
            each
            for each in evidence.deployments
            if each.environment == incident.environment
            and incident.service in (None, each.service)
            and each.at <= incident.detected_at
        ]
        if incident.caused_by is not None:
            named = _named(before, incident.caused_by)
            if named is None:
                unlinked["incident_names_no_earlier_deployment"] += 1
            else:
                yield _disturbed(named, incident, "explicit", f"incident {incident.id} says it caused it")
            continue
        limit = evidence.rules.incident_window_s
        if limit is not None and before and incident.detected_at - before[-1].at <= limit:
            yield _disturbed(before[-1], incident, "window", f"incident {incident.id} began within {limit:.0f} s")
        else:
            unlinked["incident_without_a_cause"] += 1


def _repaired(failed: Deployment, fix: Deployment, grade: Grade, reason: str) -> FailureLink:
    return FailureLink(failed=failed.id, grade=grade, reason=reason, fix=fix.id, recovered_at=fix.at)


def _disturbed(failed: Deployment, incident: Incident, grade: Grade, reason: str) -> FailureLink:
    return FailureLink(
        failed=failed.id, grade=grade, reason=reason, incident=incident.id, recovered_at=incident.resolved_at
    )


def _label(deployment: Deployment) -> str:
    return deployment.version or ", ".join(sha[:12] for sha in deployment.shas) or deployment.id
