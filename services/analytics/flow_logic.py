"""From counted transitions to a graph: nodes, edges, exits, attrition, and what has changed. Pure."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

NodeKind: TypeAlias = Literal["entry", "menu", "option", "centre", "exit"]
Z_95: Final = 1.959963984540054  # the normal distribution's two-sided 95 %


@dataclass(frozen=True, slots=True)
class Node:
    """A place in the graph. Its name is unique within its kind; an option belongs to its menu (`within`)."""

    kind: NodeKind
    name: str
    within: str = ""

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.within}:{self.name}" if self.within else f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Transition:
    """So many passes from one node to another, by so many different callers; `lost` ends without being served."""

    source: Node
    target: Node
    passes: int
    callers: int
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """The difference of a share (an edge's of its source's passes, or a node's attrition), with its 95 % interval."""

    passes_before: int
    share_before: float | None
    difference: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Traffic:
    """What comes into a node, and how much of it was lost from there on."""

    passes: int
    lost: int

    @property
    def attrition(self) -> float | None:
        return self.lost / self.passes if self.passes else None


def traffic(transitions: Sequence[Transition]) -> dict[Node, Traffic]:
    """The traffic of every node: of the entry and of menus what leaves them, of ends what comes in."""
    leaving: dict[Node, list[int]] = defaultdict(lambda: [0, 0])
    coming: dict[Node, int] = defaultdict(int)
    for each in transitions:
        leaving[each.source][0] += each.passes
        leaving[each.source][1] += each.lost
        coming[each.target] += each.passes
    nodes = {node: Traffic(passes, lost) for node, (passes, lost) in leaving.items()}
    return nodes | {node: Traffic(passes, 0) for node, passes in coming.items() if node not in nodes}


def changes(now: Sequence[Transition], before: Sequence[Transition]) -> dict[tuple[Node, Node], Change]:
    """How each edge of either period has changed; null where a source had no passes in one of them."""
    count_now, count_before = _counts(now), _counts(before)
    total_now, total_before = traffic(now), traffic(before)
    found = {}
    for edge in count_now | count_before:
        passes, earlier = count_now.get(edge, 0), count_before.get(edge, 0)
        n, m = _total(total_now, edge[0]), _total(total_before, edge[0])
        found[edge] = _change(passes, n, earlier, m, passes_before=earlier)
    return found


def attrition_changes(now: Sequence[Transition], before: Sequence[Transition]) -> dict[Node, Change]:
    """How the attrition of each node of either period has changed; null where one of them had no passes there."""
    total_now, total_before = traffic(now), traffic(before)
    nothing = Traffic(0, 0)
    found = {}
    for node in total_now | total_before:
        this, other = total_now.get(node, nothing), total_before.get(node, nothing)
        found[node] = _change(this.lost, this.passes, other.lost, other.passes, passes_before=other.passes)
    return found


def _change(part: int, n: int, earlier: int, m: int, *, passes_before: int) -> Change:
    share_before = earlier / m if m else None
    if not n or not m:
        return Change(passes_before, share_before, None, None, None)
    return Change(passes_before, share_before, part / n - earlier / m, *interval(part, n, earlier, m))


def _counts(transitions: Sequence[Transition]) -> dict[tuple[Node, Node], int]:
    return {(each.source, each.target): each.passes for each in transitions}


def _total(nodes: dict[Node, Traffic], node: Node) -> int:
    return nodes[node].passes if node in nodes else 0


def interval(passes: int, n: int, earlier: int, m: int) -> tuple[float, float]:
    """The 95 % interval of passes/n - earlier/m (Newcombe's hybrid score), which holds for shares near 0 and 1."""
    p, q = passes / n, earlier / m
    (p_low, p_high), (q_low, q_high) = wilson(passes, n), wilson(earlier, m)
    low = p - q - math.hypot(p - p_low, q_high - q)
    high = p - q + math.hypot(p_high - p, q - q_low)
    return max(low, -1.0), min(high, 1.0)


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % score interval of a share."""
    share, z2 = part / whole, Z_95**2
    centre = share + z2 / (2 * whole)
    spread = Z_95 * math.sqrt(share * (1 - share) / whole + z2 / (4 * whole**2))
    scale = 1 + z2 / whole
    return max((centre - spread) / scale, 0.0), min((centre + spread) / scale, 1.0)
