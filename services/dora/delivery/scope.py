"""Narrows an answer to the commits that change one folder, like docs/. Pure; nothing is judged anew."""

from collections.abc import Collection
from dataclasses import replace

from services.dora.delivery.lead import Lead
from services.dora.delivery.metrics import Measured

ELSEWHERE = "changes_nothing_in_the_folder"


def only(measured: Measured, touching: Collection[str]) -> tuple[Measured, int]:
    """The same measurement over commits of the folder and the deployments that shipped one; how many did not.

    What waits is not told: the count of all waiting commits would be another folder's work.
    """
    shipped = measured.shipped.commits
    squashed = {each.shipped_as for each in measured.lead.changes if each.sha in touching}
    counted = [
        each for each in measured.counted if any(sha in touching or sha in squashed for sha in shipped.get(each.id, ()))
    ]
    return replace(measured, counted=counted, lead=_lead(measured.lead, touching)), len(measured.counted) - len(counted)


def _lead(lead: Lead, touching: Collection[str]) -> Lead:
    kept = tuple(each for each in lead.changes if each.sha in touching)
    squash = {each.shipped_as for each in kept if each.shipped_as != each.sha}
    excluded = {**lead.excluded, ELSEWHERE: len(lead.changes) - len(kept)}
    return replace(
        lead,
        changes=kept,
        excluded={reason: count for reason, count in sorted(excluded.items()) if count},
        squash_commits=len(squash),
        squash_recovered=len(squash),
        waiting=0,
        waiting_oldest_s=None,
    )
