"""Agents' events and spans. Functions take a connection first and never begin or commit.

Spans are told anew from a moment at which the agent was neither signed in nor paused: that gives what the whole history
would give, in whatever order and batches the events came.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from services.ivr.agents import Span, spans_of
from services.ivr.cdr import micros
from services.ivr.clock import moment
from services.ivr.queue_events import RESTART, AgentEvent
from shared.postgres import Connection
from shared.sql import folder

load = folder(__file__)

TIMEOUT_S = 600.0  # agents who never sign off have years of events


async def add_events(conn: Connection, source_id: int, events: Sequence[AgentEvent]) -> None:
    """Keep the events and tell the spans that they change."""
    if not events:
        return
    # One JSON text: asyncpg asks of each element of an array whether it is an array, and there are tens of thousands.
    rows = json.dumps([(*event[:2], micros(event.at), *event[3:]) for event in events])
    await conn.execute(load("add_agent_events"), source_id, rows, timeout=TIMEOUT_S)
    earliest: dict[str, float] = {}
    for event in events:
        if event.verb != RESTART:
            earliest[event.agent] = min(event.at, earliest.get(event.agent, event.at))
    first = {agent: moment(at) for agent, at in earliest.items()}
    restarts = [moment(event.at) for event in events if event.verb == RESTART]
    for row in await conn.fetch(load("agents_at"), source_id, restarts, timeout=TIMEOUT_S):
        first[row["agent"]] = min(row["since"], first.get(row["agent"], row["since"]))
    if first:
        await _tell(conn, source_id, first)


async def _tell(conn: Connection, source_id: int, first: dict[str, datetime]) -> None:
    rows = await conn.fetch(load("agents_from"), source_id, list(first), list(first.values()), timeout=TIMEOUT_S)
    agents, since = [row["agent"] for row in rows], [row["since"] for row in rows]
    events: dict[str, list[AgentEvent]] = defaultdict(list)
    for row in await conn.fetch(load("agent_events_from"), source_id, agents, since, timeout=TIMEOUT_S):
        events[row["agent"]].append(AgentEvent(*row.values()))
    spans: list[Span] = []
    for agent, begin in zip(agents, since, strict=True):
        restarts = [event for event in events[""] if moment(event.at) >= begin]
        spans += spans_of(agent, [*events[agent], *restarts])
    await conn.execute(load("delete_agent_spans"), source_id, agents, since, timeout=TIMEOUT_S)
    await conn.copy_records_to_table(
        "agent_spans",
        schema_name="ivr",
        columns=("source_id", "agent", "queue", "kind", "reason", "since", "until", "settled_at"),
        records=[
            (
                *(source_id, span.agent, span.queue or None, span.kind, span.reason, moment(span.since)),
                *(None if at is None else moment(at) for at in (span.until, span.settled_at)),
            )
            for span in spans
        ],
    )
