"""Calls that `iact retention` has dropped: their counts answer on, what needs them row by row is refused. Pure.

An empty list would say that nobody called. The refusal says since when calls are there, and when the others went.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from services.analytics.edges import call_by_call
from services.analytics.facts import CALL_LENGTH_MAX, Facts
from services.analytics.lasting import AgentTime, Concurrent
from services.analytics.question import Question
from services.analytics.relations import Route, Span
from services.analytics.rollups import Rollup
from shared.errors import FieldError, Gone


class CallsRemoved(Gone):
    """The calls of this period were removed by retention; their counts are still there."""


@dataclass(frozen=True, slots=True)
class Removed:
    """All calls are there from `kept_since` on; those before were dropped, the last of them at `removed_at`."""

    kept_since: datetime
    removed_at: datetime

    def refuse(self, since: datetime) -> None:
        """Raises CallsRemoved when what begins at `since` needs calls that are gone."""
        if since >= self.kept_since:
            return
        kept = f"{self.kept_since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        raise CallsRemoved(
            f"The calls before {kept} were removed by retention on {self.removed_at.astimezone(UTC):%Y-%m-%d}."
            " Their counts by quarter of an hour, hour, day and month are kept; single calls, and what is counted call"
            f" by call, are there from {kept} on. Ask for a range that begins then, or for whole days in the zone of"
            " the source without what only single calls can tell.",
            errors=[FieldError("time.from", f"calls are there from {kept} on", self.kept_since.isoformat())],
        )


def refuse_removed(routes: Iterable[Route], question: Question, span: Span, removed: Removed | None) -> None:
    """Raises CallsRemoved when one of the routes would read calls of the span that are gone."""
    if removed is None or span[0] - CALL_LENGTH_MAX >= removed.kept_since:
        return
    for route in routes:
        for since in _calls_from(route, question, span):
            removed.refuse(since)


def _calls_from(route: Route, question: Question, span: Span) -> Iterator[datetime]:
    """The moments from which on a route reads single calls; none where it reads only what was counted before."""
    match route:
        case Facts(moment="entry"):
            yield span[0]
        case Facts() | Concurrent() | AgentTime():
            yield span[0] - CALL_LENGTH_MAX  # what happens in the span can belong to a call that began before it
        case Rollup(edges=True):
            yield from (each[0] for each in call_by_call(span, route.zone or question.zone))
        case _:
            pass
