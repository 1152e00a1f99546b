"""Flows over HTTP: the graph of menus, and how it has changed."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from services.analytics.catalog import SourceKind
from services.analytics.flow_logic import NodeKind
from services.analytics.periods import Compare
from services.analytics.schemas import AnswerWarning, Instant, Meta, Name, OtherRange, Strict

EDGES_MAX = 2_000  # more than any picture can show


class FlowRange(Strict):
    """Half open: [from, to)."""

    since: Annotated[Instant, Field(alias="from")]
    until: Annotated[Instant, Field(alias="to")]
    zone: Name | None = None


class FlowRequest(Strict):
    """`edges` keeps the busiest ones; the traffic of nodes counts all of them."""

    source_kind: SourceKind = "legacy"
    time: FlowRange
    segment: Name | None = None
    compare: Compare | OtherRange | None = None
    edges: Annotated[int, Field(ge=1, le=EDGES_MAX)] = 500


class FlowChange(BaseModel):
    """`difference` of the share to that of the other period, and its 95 % interval [low, high].

    The share is that of an edge, or the attrition of a node.
    """

    passes_before: int
    share_before: float | None
    difference: float | None
    low: float | None
    high: float | None


class FlowNode(BaseModel):
    """`passes` counts every visit, loops included; `attrition` is the share of them that was lost from here.

    `callers` are different ones, the unknown counted as one. `goal` and `abandoned` say what a legacy menu counts as.
    """

    id: str
    kind: NodeKind
    name: str
    passes: int
    callers: int
    lost: int
    attrition: float | None
    goal: bool | None = None
    abandoned: bool | None = None
    change: FlowChange | None = None


class FlowEdge(BaseModel):
    """`share` is that of the passes of `source`; `callers` are different ones, the unknown counted as one."""

    source: str
    target: str
    passes: int
    callers: int
    share: float | None
    change: FlowChange | None = None


class FlowAnswer(BaseModel):
    """`compared_with` is the other period."""

    nodes: list[FlowNode]
    edges: list[FlowEdge]
    edges_left_out: int
    compared_with: list[datetime] | None
    meta: Meta
    warnings: list[AnswerWarning]
