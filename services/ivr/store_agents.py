"""Agents' events and spans. Functions take a connection first and never begin or commit.

Spans are told anew from a moment at which the agent was neither signed in nor paused: that gives what the whole history
would give, in whatever order and batches the events came.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.ivr.agent_pack import EVENT_COLUMNS, SPAN_COLUMNS, pack_agent_events, pack_spans
from services.ivr.agents import Span, spans_of
from services.ivr.cdr import micros
from services.ivr.clock import moment
from services.ivr.copying import copy_packed
from services.ivr.queue_events import RESTART, AgentEvent
from shared.postgres import Connection
from shared.sql import folder

load = folder(__file__)

TIMEOUT_S = 600.0  # agents who never sign off have years of events


async def add_events(conn: Connection, source_id: int, events: Sequence[AgentEvent]) -> None:
    """Keep the events and tell the spans that they change."""
    if not events:
        return
    await _keep(conn, source_id, events)
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


async def _keep(conn: Connection, source_id: int, events: Sequence[AgentEvent]) -> None:
    """What is there already stays as it is; what lies behind all that is there needs no look at each."""
    first: dict[str, int] = {}
    for event in events:
        first[event.stream] = min(event.position, first.get(event.stream, event.position))
    is_new = len({(event.stream, event.position) for event in events}) == len(events)
    if is_new and not await conn.fetchval(load("has_agent_events"), source_id, list(first), list(first.values())):
        packed = await asyncio.to_thread(pack_agent_events, source_id, events)
        await copy_packed(conn, "agent_events", EVENT_COLUMNS, packed, len(events))
        return
    # One JSON text: asyncpg asks of each element of an array whether it is an array, and there are tens of thousands.
    rows = json.dumps([(*event[:2], micros(event.at), *event[3:]) for event in events])
    await conn.execute(load("add_agent_events"), source_id, rows, timeout=TIMEOUT_S)


async def _tell(conn: Connection, source_id: int, first: dict[str, datetime]) -> None:
    rows = await conn.fetch(load("agents_from"), source_id, list(first), list(first.values()), timeout=TIMEOUT_S)
    agents, since = [row["agent"] for row in rows], [row["since"] for row in rows]
    events: dict[str, list[AgentEvent]] = defaultdict(list)
    for row in await conn.fetch(load("agent_events_from"), source_id, agents, since, timeout=TIMEOUT_S):
        events[row["agent"]].append(AgentEvent(*row.values()))
    spans = await asyncio.to_thread(_spans, agents, since, events)
    await conn.execute(load("delete_agent_spans"), source_id, agents, since, timeout=TIMEOUT_S)
    packed = await asyncio.to_thread(pack_spans, source_id, spans)
    await copy_packed(conn, "agent_spans", SPAN_COLUMNS, packed, len(spans))


def _spans(agents: Sequence[str], since: Sequence[datetime], events: Mapping[str, Sequence[AgentEvent]]) -> list[Span]:
    spans: list[Span] = []
    for agent, begin in zip(agents, since, strict=True):
        restarts = [event for event in events.get("", ()) if moment(event.at) >= begin]
        spans += spans_of(agent, [*events.get(agent, ()), *restarts])
    return spans
