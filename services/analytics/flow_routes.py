"""Flows over HTTP. Legacy calls tell one menu, one option and one centre each; a PBX's events tell every step."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends

from services.analytics import store
from services.analytics.answer import Notice, absent
from services.analytics.catalog import closest
from services.analytics.flow_logic import (
    Change,
    Node,
    NodeKind,
    Traffic,
    Transition,
    attrition_changes,
    changes,
    traffic,
)
from services.analytics.flow_schemas import FlowAnswer, FlowChange, FlowEdge, FlowNode, FlowRequest
from services.analytics.periods import compare_with
from services.analytics.question import Faults, SegmentForbidden, check_time, zone_of
from services.analytics.report_request import SegmentDenied
from services.analytics.routes import meta_of, settings, warnings_of
from services.analytics.schemas import OtherRange
from services.analytics.settings import Settings
from services.analytics.sources import DataVersion, asked_sources, refuse_removed_calls
from services.analytics.understand import check_year
from shared.errors import unprocessable
from shared.identity import Identity, need, require
from shared.postgres import Connection, Database
from shared.replicas import ReadAgain, reading
from shared.sql import folder

load = folder(__file__)
router = APIRouter(prefix="/api/v1/analytics", tags=["analytics"], route_class=ReadAgain)
ENTRY: Final = Node("entry", "entry")
# Nodes that calls go on from; the others are where they end.
GOING_ON: Final[frozenset[NodeKind]] = frozenset({"entry", "menu", "option"})
ALL_CALLS: Final = 7  # the level of flow_legacy.sql that is about all of them
# How a step ends when nobody and nothing has served the caller.
LOST: Final = frozenset({"hung_up", "timeout", "invalid"})
LEGACY_PATHS = Notice(
    "legacy_paths",
    "A legacy call tells its last menu, one option and one centre: this shows no way with loops.",
)
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Graph:
    """The transitions of one period, the callers of its nodes, and what its menus count as: (goal, abandoned)."""

    transitions: list[Transition]
    callers: Mapping[Node, int]
    menus: Mapping[str, tuple[bool, bool]] = field(default_factory=dict)


@router.post("/flows")
async def run_flows(
    body: FlowRequest,
    identity: Annotated[Identity, Depends(require("RPT-008"))],
    db: Annotated[Database, Depends(reading)],
    config: Annotated[Settings, Depends(settings)],
) -> FlowAnswer:
    """The graph of menus: passes, callers, exits and attrition; `compare` gives differences with 95 % intervals."""
    started = time.perf_counter()
    zone = body.time.zone or config.iact_zone_default
    span, other = _spans(body, zone)
    if body.source_kind != "legacy" and (identity.segment is not None or body.segment is not None):
        raise SegmentForbidden
    async with db.transaction(readonly=True, one_snapshot=True) as conn:
        segment = await _segment(conn, body, identity)
        versions = await store.data_versions(conn)
        refuse_removed_calls(versions, min(each[0] for each in (span, other) if each is not None))
        await store.check_flow(conn, body.source_kind, [span] if other is None else [span, other])
        graph = await _graph(conn, body.source_kind, span, segment)
        before = None if other is None else await _graph(conn, body.source_kind, other, segment)
    place = zone_of(zone)
    edges = _edges(graph.transitions, None if before is None else before.transitions)
    return FlowAnswer(
        nodes=_nodes(graph, before),
        edges=edges[: body.edges],
        edges_left_out=max(len(edges) - body.edges, 0),
        compared_with=None if other is None else [each.astimezone(place) for each in other],
        meta=meta_of(
            asked_sources(versions, kind=body.source_kind),
            kind=body.source_kind,
            zone=zone,
            segment=identity.segment,
            answered_from="facts",
            elapsed_s=time.perf_counter() - started,
        ),
        warnings=warnings_of(_notices(body, versions)),
    )


def _spans(body: FlowRequest, zone: str) -> tuple[Span, Span | None]:
    """The period and the one it is compared with, in UTC. Raises Unprocessable naming what is wrong."""
    faults = Faults()
    asked = body.time
    check_time(since=asked.since, until=asked.until, granularity="total", zone=zone, faults=faults)
    check_year("time.from", asked.since, faults)
    check_year("time.to", asked.until, faults)
    if isinstance(body.compare, OtherRange):
        if body.compare.until <= body.compare.since:
            faults.add("compare.to", "the end must lie after the beginning")
        check_year("compare.from", body.compare.since, faults)
        check_year("compare.to", body.compare.until, faults)
    faults.check()
    span = asked.since.astimezone(UTC), asked.until.astimezone(UTC)
    if body.compare is None:
        return span, None
    if isinstance(body.compare, OtherRange):
        return span, (body.compare.since.astimezone(UTC), body.compare.until.astimezone(UTC))
    other = compare_with(body.compare, since=span[0], until=span[1], zone=zone_of(zone))
    return span, (other.since, other.until)


async def _segment(conn: Connection, body: FlowRequest, identity: Identity) -> str | None:
    """The segment to look at: the caller's own, or one they choose (RPT-003)."""
    if body.segment is None or body.segment == identity.segment:
        return identity.segment
    if identity.segment is not None:
        raise SegmentDenied
    need(identity, "RPT-003", what="Filtering by segment")
    known = await store.segments(conn)
    if body.segment not in known:
        raise unprocessable("segment", f"there is no segment {body.segment!r}", closest(body.segment, known))
    return body.segment


async def _graph(conn: Connection, kind: str, span: Span, segment: str | None) -> Graph:
    if kind == "legacy":
        return legacy_graph(await conn.fetch(load("flow_legacy"), *span, segment))
    rows = await conn.fetch(load("flow_steps"), *span)
    callers = {_place(row): row["callers"] for row in rows if row["is_node"]}
    return Graph([_step(row) for row in rows if not row["is_node"]], callers)


def legacy_graph(rows: Sequence[Any]) -> Graph:
    """Entry, menus, their options, and the centres or ends behind them."""
    transitions: list[Transition] = []
    callers: dict[Node, int] = {}
    menus: dict[str, tuple[bool, bool]] = {}
    for row in rows:
        menu = Node("menu", row["menu"] or "")
        option = Node("option", row["option"] or "", within=menu.name)
        end = Node("centre" if row["reached"] else "exit", row["centre"] or "")
        match row["level"]:
            case 7 | 6:
                callers[ENTRY if row["level"] == ALL_CALLS else end] = row["callers"]
                continue
            case 3:
                menus[menu.name] = (bool(row["goal"]), bool(row["abandoned"]))
                source, target = ENTRY, menu
            case 1:
                source, target = menu, option
            case _:
                source, target = option, end
        if target != end:
            callers[target] = row["callers"]
        transitions.append(Transition(source, target, row["passes"], row["callers"], row["lost"]))
    return Graph(transitions, callers, menus)


def _step(row: Any) -> Transition:
    source = ENTRY if row["from_menu"] is None else Node("menu", row["from_menu"])
    if row["to_menu"] is not None:
        return Transition(source, Node("menu", row["to_menu"]), row["passes"], row["callers"])
    ended = row["ended"] or "open"
    return Transition(source, Node("exit", ended), row["passes"], row["callers"], row["passes"] if ended in LOST else 0)


def _place(row: Any) -> Node:
    if row["to_menu"] is not None:
        return Node("menu", row["to_menu"])
    return ENTRY if row["ended"] is None else Node("exit", row["ended"])


def _nodes(graph: Graph, before: Graph | None) -> list[FlowNode]:
    """The busiest first; those of the other period that are gone come last, with no passes."""
    totals = traffic(graph.transitions)
    menus = graph.menus if before is None else {**before.menus, **graph.menus}
    changed = {} if before is None else attrition_changes(graph.transitions, before.transitions)
    found = []
    for node in (*totals, *(each for each in changed if each not in totals)):
        through, change = totals.get(node, Traffic(0, 0)), changed.get(node)
        goal, abandoned = menus.get(node.name, (None, None)) if node.kind == "menu" else (None, None)
        goes_on = node.kind in GOING_ON
        found.append(
            FlowNode(
                id=node.id,
                kind=node.kind,
                name=node.name,
                passes=through.passes,
                callers=graph.callers.get(node, 0),
                lost=through.lost,
                attrition=through.attrition if goes_on else None,
                goal=goal,
                abandoned=abandoned,
                change=_change(change) if change is not None and goes_on else None,
            )
        )
    return sorted(found, key=lambda node: (-node.passes, node.id))


def _edges(now: Sequence[Transition], before: Sequence[Transition] | None) -> list[FlowEdge]:
    """The busiest first; those of the other period that are gone come last, with no passes."""
    totals = traffic(now)
    changed = {} if before is None else changes(now, before)
    known = {(each.source, each.target): each for each in now}
    gone = [Transition(*edge, passes=0, callers=0) for edge in changed if edge not in known]
    edges = []
    for each in (*now, *gone):
        change = changed.get((each.source, each.target))
        whole = totals[each.source].passes if each.source in totals else 0
        edges.append(
            FlowEdge(
                source=each.source.id,
                target=each.target.id,
                passes=each.passes,
                callers=each.callers,
                share=each.passes / whole if whole else None,
                change=None if change is None else _change(change),
            )
        )
    return sorted(edges, key=lambda edge: (-edge.passes, edge.source, edge.target))


def _change(change: Change) -> FlowChange:
    return FlowChange(
        passes_before=change.passes_before,
        share_before=change.share_before,
        difference=change.difference,
        low=change.low,
        high=change.high,
    )


def _notices(body: FlowRequest, versions: Sequence[DataVersion]) -> list[Notice]:
    if not any(each.kind == body.source_kind and each.version > 0 for each in versions):
        return [absent(body.source_kind)]
    return [LEGACY_PATHS] if body.source_kind == "legacy" else []
