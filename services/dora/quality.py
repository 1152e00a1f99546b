"""What is missing or doubtful behind the metrics of a window, check by check. Pure; the sentences stand here."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from services.dora.delivery.metrics import Measured
from services.dora.delivery.model import DAY_S
from services.dora.measuring import Known, Question

EXAMPLES_MAX: Final = 5
WEAK_TIMES: Final = frozenset({"commit", "name", "started", "received"})
OPEN_S: Final = 7 * DAY_S  # an incident of a week is mostly one that nobody closed

CheckName: TypeAlias = Literal[
    "undated_deployments",
    "orphan_deployments",
    "deployments_without_a_commit",
    "clock_skew",
    "open_incidents",
    "incidents_without_a_cause",
    "reverts_that_could_not_be_linked",
    "commits_left_out",
    "silent_or_broken_repositories",
    "deliveries_not_understood",
]


@dataclass(frozen=True, slots=True)
class Found:
    """What one check found: how many, of how many (None: no share makes sense), a sentence, a few names."""

    name: CheckName
    count: int
    of: int | None
    detail: str
    examples: tuple[str, ...] = ()


def checks(
    question: Question, known: Known, measured: Measured, repositories: Sequence[Any], deliveries: Sequence[Any]
) -> list[Found]:
    """Every check, worst first by share, then by count; a check that found nothing says so with 0."""
    made = [
        *(each(question, known, measured) for each in OF_WINDOW),
        _repositories(repositories),
        _deliveries(deliveries),
    ]
    return sorted(made, key=lambda found: (-(found.count / found.of if found.of else 0), -found.count, found.name))


def _undated(_: Question, __: Known, measured: Measured) -> Found:
    weak = [each for each in measured.counted if each.time_quality in WEAK_TIMES]
    return Found(
        "undated_deployments",
        len(weak),
        len(measured.counted),
        "deployments whose moment is a guess: the date of a commit or a name, their start, or when the report came",
        _names(weak),
    )


def _orphans(_: Question, known: Known, measured: Measured) -> Found:
    with_commit = [each for each in measured.counted if each.shas]
    lost = [each for each in with_commit if each.id in measured.shipped.unknown] if known.history.commits else []
    return Found(
        "orphan_deployments",
        len(lost),
        len(with_commit),
        "deployments of commits that no connected repository holds",
        _names(lost),
    )


def _without_commit(_: Question, __: Known, measured: Measured) -> Found:
    bare = [each for each in measured.counted if not each.shas]
    detail = "deployments that name no commit: they count in frequency, and ship nothing that has a lead time"
    return Found("deployments_without_a_commit", len(bare), len(measured.counted), detail, _names(bare))


def _skew(_: Question, __: Known, measured: Measured) -> Found:
    future = [each for each, reason in measured.left_out if reason == "in_the_future"]
    before = [each for each in measured.lead.left_out if each.reason == "negative"]
    backwards = sum(each.resolved_at is not None and each.resolved_at < each.detected_at for each in measured.incidents)
    detail = "deployments in the future, commits younger than their deployment, incidents over before they began"
    names = (*_names(future), *(each.sha[:12] for each in before))[:EXAMPLES_MAX]
    return Found("clock_skew", len(future) + len(before) + backwards, None, detail, names)


def _open(question: Question, known: Known, _: Measured) -> Found:
    latest = question.as_of.timestamp() - OPEN_S
    open_ = [each for each in known.incidents if each.resolved_at is None and each.detected_at <= latest]
    detail = "incidents open for more than a week; those that nobody closed make recovery look endless"
    return Found("open_incidents", len(open_), len(known.incidents), detail, tuple(each.id for each in open_[:5]))


def _causeless(_: Question, known: Known, measured: Measured) -> Found:
    reasons = ("incident_without_a_cause", "incident_names_no_earlier_deployment")
    count = sum(measured.judged.unlinked.get(reason, 0) for reason in reasons)
    detail = "incidents that name no deployment as their cause: they fail no deployment"
    return Found("incidents_without_a_cause", count, len(known.incidents), detail)


def _unlinked(_: Question, __: Known, measured: Measured) -> Found:
    unlinked = Counter(
        {
            why: n
            for why, n in measured.judged.unlinked.items()
            if why.startswith(("revert_of_an_unknown", "revert_title"))
        }
    )
    detail = "reverts whose target could not be told"
    return Found("reverts_that_could_not_be_linked", sum(unlinked.values()), None, detail, tuple(sorted(unlinked)))


def _commits(_: Question, known: Known, measured: Measured) -> Found:
    left_out = measured.lead.left_out if known.history.commits else ()
    reasons = Counter(each.reason for each in left_out if each.reason != "merge")
    examples = tuple(f"{reason}: {count}" for reason, count in reasons.most_common(EXAMPLES_MAX))
    detail = "commits without a lead time, merges aside"
    total = sum(reasons.values())
    return Found("commits_left_out", total, total + len(measured.lead.changes), detail, examples)


def _repositories(rows: Sequence[Any]) -> Found:
    broken = [row["name"] for row in rows if row["problem"] is not None or row["synced_at"] is None]
    detail = "repositories that could not be looked into, or not yet"
    return Found("silent_or_broken_repositories", len(broken), len(rows), detail, tuple(broken[:EXAMPLES_MAX]))


def _deliveries(rows: Sequence[Any]) -> Found:
    lost = [row for row in rows if row["outcome"] == "not_understood"]
    examples = tuple(f"{row['source']}: {row['reason']}" for row in lost[:EXAMPLES_MAX])
    detail = "deliveries that were kept and not understood"
    total = sum(row["events"] for row in rows)
    return Found("deliveries_not_understood", sum(row["events"] for row in lost), total, detail, examples)


def _names(deployments: Sequence[Any]) -> tuple[str, ...]:
    return tuple(f"{each.service} {each.version or each.name or each.id}" for each in deployments[:EXAMPLES_MAX])


OF_WINDOW: Final[tuple[Callable[[Question, Known, Measured], Found], ...]] = (
    *(_undated, _orphans, _without_commit, _skew, _open, _causeless, _unlinked, _commits),
)
