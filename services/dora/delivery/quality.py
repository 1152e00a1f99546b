"""What to know before the numbers: what is undated, unknown, open or dated against the order of history. Pure."""

from collections.abc import Mapping
from typing import Any

from services.dora.delivery.metrics import Measured
from services.dora.delivery.model import History
from services.dora.delivery.tags import families


def quality(history: History, measured: Measured, left_out: Mapping[str, int]) -> dict[str, Any]:
    """Counts over everything known, not only the window; `left_out` are records of logs, by reason."""
    made, told = measured.deployments, measured.incidents
    return {
        "commits": len(history.commits),
        "deployments": len(made),
        "deployments_left_out": dict(left_out),
        "deployments_of_unknown_commits": sum(each.id in measured.shipped.unknown for each in made),
        "deployments_without_a_commit": sum(not each.shas for each in made),
        "tags_dated_only_by_their_commit": sum(each.time_quality == "commit" for each in made),
        "tag_families": families(history.tags),
        "incidents": len(told),
        "incidents_open": sum(each.resolved_at is None for each in told),
        "commits_older_than_a_parent": older_than_a_parent(history),
    }


def older_than_a_parent(history: History) -> int:
    """Commits whose committer's clock ran behind that of a parent: dates around them are not to be trusted."""
    commits = history.commits
    return sum(
        any(name in commits and commits[name].commit_s > each.commit_s for name in each.parents)
        for each in commits.values()
    )
