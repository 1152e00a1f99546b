"""What stands behind each number: every deployment, commit and link that counts, and what does not, with why. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from services.dora.answer_models import CommitRef, DeploymentRef, EvidenceItem, FailureLinkRef
from services.dora.delivery.metrics import Measured
from services.dora.delivery.model import Deployment, FailureLink, History
from services.dora.measuring import moment
from services.dora.models import MetricName


class Line(NamedTuple):
    """One line before it is put into words: there may be a hundred thousand, of which a page shows few."""

    deployment: Deployment
    why: str | None = None
    value_s: float | None = None
    numerator: bool | None = None
    sha: str | None = None
    shipped_as: str | None = None
    links: Sequence[FailureLink] = ()


def lines(metric: MetricName, measured: Measured) -> list[Line]:
    """Everything behind one number, newest first, in an order that does not change."""
    found = MAKERS[metric](measured)
    return sorted(found, key=lambda line: (-line.deployment.at, line.deployment.id, line.sha or "", line.why or ""))


def left_out(found: Sequence[Line]) -> dict[str, int]:
    """How many lines do not count, by reason, the most frequent first."""
    reasons = Counter(line.why for line in found if line.why is not None)
    return dict(sorted(reasons.items(), key=lambda each: (-each[1], each[0])))


def item(line: Line, measured: Measured, history: History) -> EvidenceItem:
    """One line as it leaves the service."""
    return EvidenceItem(
        counted=line.why is None,
        reason=line.why,
        value_s=line.value_s,
        numerator=line.numerator,
        deployment=reference(line.deployment),
        commit=None if line.sha is None else _commit(history, line.sha, line.shipped_as),
        links=[_link(measured, link) for link in line.links],
    )


def _frequency(measured: Measured) -> list[Line]:
    return [*(Line(each) for each in measured.counted), *_left_out(measured)]


def _lead(measured: Measured) -> list[Line]:
    by_id = {each.id: each for each in measured.deployments}
    shipped = [
        Line(by_id[each.deployment], value_s=each.lead_s, sha=each.sha, shipped_as=each.shipped_as)
        for each in measured.lead.changes
    ]
    return shipped + [Line(by_id[each.deployment], each.reason, sha=each.sha) for each in measured.lead.left_out]


def _fail_rate(measured: Measured) -> list[Line]:
    latest = measured.window.as_of - measured.rules.judge_after_s
    links = _links(measured)
    found = [
        Line(
            each,
            None if each.at <= latest else "not_yet_judgeable",
            numerator=each.id in measured.judged.failed,
            links=links[each.id],
        )
        for each in measured.counted
    ]
    return [*found, *_left_out(measured)]


def _recovery(measured: Measured) -> list[Line]:
    found = []
    links = _links(measured)
    for each in measured.counted:
        link = measured.judged.failed.get(each.id)
        if link is None:
            continue
        recovered = link.recovered_at
        if recovered is None or recovered > measured.window.as_of:
            lasted = max(0.0, measured.window.as_of - each.at)
            found.append(Line(each, "open", lasted, links=links[each.id]))
        elif recovered < each.at:
            found.append(Line(each, "negative", links=links[each.id]))
        else:
            found.append(Line(each, None, recovered - each.at, links=links[each.id]))
    return found


def _rework(measured: Measured) -> list[Line]:
    repairs = measured.judged.remediations
    told: defaultdict[str, list[FailureLink]] = defaultdict(list)
    for link in measured.judged.links:
        if link.fix is not None:
            told[link.fix].append(link)
    found = [
        Line(each, numerator=each.id in repairs and each.planned is not True, links=told[each.id])
        for each in measured.counted
    ]
    return [*found, *_left_out(measured)]


def _left_out(measured: Measured) -> list[Line]:
    return [Line(each, reason) for each, reason in measured.left_out]


def _links(measured: Measured) -> defaultdict[str, list[FailureLink]]:
    found: defaultdict[str, list[FailureLink]] = defaultdict(list)
    for link in measured.judged.links:
        found[link.failed].append(link)
    return found


def _link(measured: Measured, link: FailureLink) -> FailureLinkRef:
    return FailureLinkRef(
        grade=link.grade,
        reason=link.reason,
        deciding=measured.judged.failed.get(link.failed) == link,
        failed=link.failed,
        fix=link.fix,
        incident=link.incident,
        recovered_at=None if link.recovered_at is None else moment(link.recovered_at),
    )


def reference(deployment: Deployment) -> DeploymentRef:
    """A deployment as evidence."""
    return DeploymentRef(
        id=deployment.id,
        name=deployment.name,
        service=deployment.service,
        environment=deployment.environment,
        version=deployment.version,
        commits=list(deployment.shas),
        at=moment(deployment.at),
        time_quality=deployment.time_quality,
        planned=deployment.planned,
    )


def _commit(history: History, sha: str, shipped_as: str | None) -> CommitRef:
    commit = history.commits.get(sha)
    return CommitRef(
        sha=sha,
        shipped_as=shipped_as if shipped_as != sha else None,
        subject=None if commit is None else commit.subject,
        authored_at=None if commit is None else moment(commit.author_s),
    )


MAKERS: Final[Mapping[MetricName, Callable[[Measured], list[Line]]]] = {
    "change_lead_time": _lead,
    "deployment_frequency": _frequency,
    "failed_deployment_recovery_time": _recovery,
    "change_fail_rate": _fail_rate,
    "deployment_rework_rate": _rework,
}
