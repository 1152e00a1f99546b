"""What lasts longer than a moment: calls at the same time, agents signed in, occupancy. Pure.

Spans are cut at the edges of buckets, so a call of an hour is in every bucket that it touches. Filters are applied to
the calls before anything is counted: the most calls at once of one queue is no part of that of all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from services.analytics.catalog import Concurrency, Occupancy, Recipe, SignedIn, SourceKind, catalog
from services.analytics.conditions import condition
from services.analytics.expressions import Plain, Raw
from services.analytics.facts import CALL_LENGTH_MAX, Facts
from services.analytics.question import Question
from services.analytics.relations import Scope
from services.analytics.timeline import bucket, buckets

# Agents' time can be told apart by these, calls at the same time by these.
AGENT_DIMENSIONS: Final = frozenset({"source", "queue", "agent"})
CALL_DIMENSIONS: Final = frozenset({"source", "queue"})


@dataclass(frozen=True, slots=True)
class Concurrent:
    """The running number of calls at each beginning and end, and at the beginning of each bucket."""

    kind: SourceKind = "asterisk"

    @property
    def name(self) -> str:
        return "facts"

    @property
    def filters_inside(self) -> bool:
        return True

    def relation(self, scope: Scope) -> str:
        keys = _asked(scope.question, CALL_DIMENSIONS)
        named, split = "".join(f"{key}, " for key in keys), ", ".join(keys)
        partition = f"PARTITION BY {split} " if keys else ""
        spans = (
            f"SELECT {named}calls.entered_at AS since, calls.ended_at AS until FROM ivr.queue_calls_v1 AS calls"  # noqa: S608 - declared names and bound values
            f" WHERE {' AND '.join(_touching(scope))} AND calls.ended_at > calls.entered_at"
        )
        marks = (
            f"SELECT {named}mark.at, mark.step FROM ({spans}) AS spans"  # noqa: S608 - declared names and bound values
            " CROSS JOIN LATERAL (VALUES (spans.since, 1), (spans.until, -1)) AS mark (at, step)"
            f" UNION ALL SELECT {named}edges.bucket, 0 FROM (SELECT DISTINCT {split or 'true AS every'}"
            f" FROM ({spans}) AS spans) AS kept CROSS JOIN ({_edges(scope)}) AS edges"
        )
        # At one instant calls end before others begin: spans are half open.
        return (
            f"(SELECT marks.*, sum(marks.step) OVER ({partition}ORDER BY marks.at, marks.step) AS running"  # noqa: S608 - declared names and bound values
            f" FROM ({marks}) AS marks) AS calls"
        )

    def within(self, scope: Scope) -> Iterator[str]:
        since, until = scope.instants()
        yield f"calls.at >= {since}"
        yield f"calls.at < {until}"

    def bucket(self, scope: Scope) -> str:
        return bucket(scope.question.granularity, "calls.at", scope.span[0], scope.question.zone, scope.parameters)

    def dimension(self, name: str) -> str:
        return f"calls.{name}"


@dataclass(frozen=True, slots=True)
class AgentTime:
    """Pieces of agents' time, cut at the edges of buckets: `talk`, or `free` for signed in and not paused.

    A pause without a queue is one in all of them. Where queues are not told apart, an agent who is free in one is free.
    """

    kind: SourceKind = "asterisk"

    @property
    def name(self) -> str:
        return "agent_spans"

    @property
    def filters_inside(self) -> bool:
        return True

    def relation(self, scope: Scope) -> str:
        by_queue = "queue" in _asked(scope.question, AGENT_DIMENSIONS)
        queue = "queue" if by_queue else "NULL::text"
        spans = (
            f"SELECT source, agent, {queue} AS queue, 'signed_in' AS piece, unnest(range_agg(signed_in)) AS lasting"  # noqa: S608 - declared names and bound values
            f" FROM ({self._free(scope)}) AS signed GROUP BY 1, 2, 3"
            f" UNION ALL SELECT source, agent, {queue}, 'free', unnest(range_agg(free))"
            f" FROM ({self._free(scope)}) AS free GROUP BY 1, 2, 3"
            f" UNION ALL SELECT source, agent, {queue}, 'talk', lasting FROM ({self._talk(scope)}) AS talk"
        )
        return (
            "(SELECT spans.source, spans.agent, spans.queue, spans.piece, edges.bucket AS at,"  # noqa: S608 - declared names and bound values
            " extract(epoch FROM least(upper(spans.lasting), edges.next)"
            " - greatest(lower(spans.lasting), edges.bucket))::float8 AS seconds"
            f" FROM ({spans}) AS spans JOIN ({_edges(scope)}) AS edges"
            " ON spans.lasting && tstzrange(edges.bucket, edges.next)) AS calls"
        )

    def _free(self, scope: Scope) -> str:
        """For each agent and queue the time signed in, and that part of it that no pause covers."""
        since, until = scope.instants()
        where = [f"spans.since < {until}", f"coalesce(spans.until, 'infinity') > {since}"]
        where += _filters(scope, "spans", AGENT_DIMENSIONS)
        # A span that still lasts is known up to where the data reaches.
        lasting = "tstzrange(spans.since, greatest(coalesce(spans.until, version.data_as_of), spans.since))"
        paused = (
            "SELECT range_agg(tstzrange(pauses.since, greatest(coalesce(pauses.until, 'infinity'), pauses.since)))"  # noqa: S608 - declared names and bound values
            " FROM ivr.agent_spans_v1 AS pauses WHERE pauses.kind = 'paused' AND pauses.source = spans.source"
            " AND pauses.agent = spans.agent AND (pauses.queue IS NULL OR pauses.queue = spans.queue)"
            f" AND pauses.since < {until} AND coalesce(pauses.until, 'infinity') > {since}"
        )
        return (
            "SELECT spans.source, spans.agent, spans.queue, range_agg(lasting) AS signed_in,"  # noqa: S608 - declared names and bound values
            f" range_agg(lasting) - coalesce(({paused}), tstzmultirange()) AS free"
            f" FROM (SELECT spans.*, {lasting} AS lasting FROM ivr.agent_spans_v1 AS spans"
            " JOIN ivr.data_version_v1 AS version USING (source)"
            f" WHERE spans.kind = 'signed_in' AND {' AND '.join(where)}) AS spans"
            " GROUP BY spans.source, spans.agent, spans.queue"
        )

    def _talk(self, scope: Scope) -> str:
        begun = "calls.ended_at - make_interval(secs => calls.talk_s)"
        return (
            f"SELECT calls.source, calls.agent, calls.queue, tstzrange({begun}, calls.ended_at) AS lasting"  # noqa: S608 - declared names and bound values
            f" FROM ivr.queue_calls_v1 AS calls WHERE {' AND '.join(_touching(scope))}"
            " AND calls.exit = 'answered' AND calls.talk_s > 0"
        )

    def within(self, scope: Scope) -> Iterator[str]:
        del scope
        yield "true"

    def bucket(self, scope: Scope) -> str:
        return bucket(scope.question.granularity, "calls.at", scope.span[0], scope.question.zone, scope.parameters)

    def dimension(self, name: str) -> str:
        return f"calls.{name}"


def lasting_expression(recipe: Recipe, question: Question) -> Plain | None:
    """How a metric of what lasts is made, or None where the question splits or filters by what it cannot know."""
    asked = {*question.dimensions, *(each.dimension for each in question.filters)}
    match recipe:
        # Filters may be about anything that a call has; only what splits must be told apart.
        case Concurrency() if set(question.dimensions) <= CALL_DIMENSIONS and "label" not in asked:
            return Plain(Raw(Concurrent(), "coalesce(max(calls.running), 0)::bigint", "bigint"))
        case SignedIn() if asked <= AGENT_DIMENSIONS:
            signed = "count(DISTINCT (calls.source, calls.agent)) FILTER (WHERE calls.piece = 'signed_in')"
            return Plain(Raw(AgentTime(), signed, "bigint"))
        case Occupancy() if asked <= AGENT_DIMENSIONS:
            talk, free = (f"sum(calls.seconds) FILTER (WHERE calls.piece = '{piece}')" for piece in ("talk", "free"))
            return Plain(Raw(AgentTime(), f"CASE WHEN {free} > 0 THEN coalesce({talk}, 0) / {free} END", "float8"))
        case _:
            return None


def _asked(question: Question, known: frozenset[str]) -> list[str]:
    return [name for name in question.dimensions if name in known]


def _touching(scope: Scope) -> Iterator[str]:
    """Calls that last into the span; the entry finds their partitions."""
    since, until = scope.instants()
    yield f"calls.entered_at >= {scope.parameters.bind(scope.span[0] - CALL_LENGTH_MAX, 'timestamptz')}"
    yield f"calls.entered_at < {until}"
    yield f"calls.ended_at > {since}"
    yield from _filters(scope, "calls", None)


def _filters(scope: Scope, alias: str, known: frozenset[str] | None) -> Iterator[str]:
    facts = Facts("asterisk")
    for each in scope.question.filters:
        if known is None or each.dimension in known:
            sql = scope.parameters.fill(condition(catalog(), each, facts, scope.parameters), scope.question)
            yield sql.replace("calls.", f"{alias}.")


def _edges(scope: Scope) -> str:
    """The buckets of the span with their ends, cut at the span: (bucket, next)."""
    since, until = scope.instants()
    if scope.question.granularity == "total":
        return f"SELECT {since} AS bucket, {until} AS next"
    own = buckets(scope.question.granularity, scope.span, scope.question.zone, scope.parameters)
    return (
        f"SELECT greatest(own.bucket, {since}) AS bucket,"  # noqa: S608 - only bound values
        f" coalesce(lead(own.bucket) OVER (ORDER BY own.bucket), {until}) AS next FROM ({own}) AS own"
    )
