"""What a person may do, and why: revoke exception before grant exception before group.

Whatever has expired, was taken back or belongs to an inactive group does not count, and what nothing grants is denied.
The same rule in SQL is `sessions.effective_functions`; a test holds the two equal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Origin = Literal["GRANTED_BY_AGR", "GRANTED_EXCEPTIONAL", "REVOKED_EXCEPTIONAL", "DENIED_NO_GRANT"]
Effect = Literal["grant", "revoke"]


# What administers people, permissions and the audit, as opposed to looking at them (USR-004, 005, 009, ACC-003, 005).
ADMINISTRATION = frozenset(
    {
        *(f"AUTH-{n:03}" for n in (2, 3, 4)),
        *(f"USR-{n:03}" for n in (1, 2, 3, 6, 7, 8)),
        *(f"ACC-{n:03}" for n in (1, 2, 4, 6, 7, 8, 9, 10, 11, 12)),
        *(f"AUD-{n:03}" for n in (1, 2, 3, 4)),
    }
)

# With these any right can be given again. Where nobody holds one of them, only the command line on the machine helps.
KEYS = frozenset({"ACC-004", "ACC-006", "ACC-007"})


@dataclass(frozen=True, slots=True)
class GroupHolding:
    """One group that a person was given. `expires_at` None: until taken back."""

    group: str
    functions: frozenset[str]
    active: bool = True
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FunctionException:
    """One function more or less than the groups give."""

    function: str
    effect: Effect
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether one function is held, by what, and which groups would give it."""

    function: str
    allowed: bool
    origin: Origin
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeparationRule:
    """No one may hold a function of side A and one of side B."""

    code: str
    name: str
    side_a: frozenset[str]
    side_b: frozenset[str]


@dataclass(frozen=True, slots=True)
class Clash:
    """The rule that a set of functions breaks, and one pair that breaks it."""

    rule: str
    name: str
    pair: tuple[str, str]


def decide(
    function: str, *, groups: Iterable[GroupHolding], exceptions: Iterable[FunctionException], at: datetime
) -> Decision:
    """The decision on one function at one moment."""
    giving = tuple(sorted(group.group for group in groups if _counts(group, at) and function in group.functions))
    effects = {each.effect for each in exceptions if each.function == function and each.expires_at > at}
    if "revoke" in effects:
        return Decision(function, allowed=False, origin="REVOKED_EXCEPTIONAL", groups=giving)
    if "grant" in effects:
        return Decision(function, allowed=True, origin="GRANTED_EXCEPTIONAL", groups=giving)
    if giving:
        return Decision(function, allowed=True, origin="GRANTED_BY_AGR", groups=giving)
    return Decision(function, allowed=False, origin="DENIED_NO_GRANT")


def explain(
    *, groups: Sequence[GroupHolding], exceptions: Sequence[FunctionException], at: datetime
) -> Mapping[str, Decision]:
    """A decision on every function that a live group or exception names."""
    named = {name for group in groups if _counts(group, at) for name in group.functions}
    named |= {each.function for each in exceptions if each.expires_at > at}
    return {name: decide(name, groups=groups, exceptions=exceptions, at=at) for name in sorted(named)}


def effective(
    *, groups: Sequence[GroupHolding], exceptions: Sequence[FunctionException], at: datetime
) -> frozenset[str]:
    """The functions held at one moment."""
    decisions = explain(groups=groups, exceptions=exceptions, at=at)
    return frozenset(name for name, decision in decisions.items() if decision.allowed)


def reachable(
    *, groups: Sequence[GroupHolding], exceptions: Sequence[FunctionException], at: datetime
) -> frozenset[str]:
    """The functions held once every revoke exception has run out: what separation of duties must look at."""
    grants = [each for each in exceptions if each.effect == "grant"]
    return effective(groups=groups, exceptions=grants, at=at)


def is_audit(function: str) -> bool:
    return function.startswith("AUD-")


def beyond(own: frozenset[str], other: frozenset[str]) -> list[str]:
    """What of `other` administers and is not in `own`: whoever can sign in as the other would gain it."""
    return sorted((other & ADMINISTRATION) - own)


def clashes(functions: frozenset[str], rules: Iterable[SeparationRule]) -> list[Clash]:
    """Every rule that these functions break together."""
    found = []
    for rule in rules:
        a, b = functions & rule.side_a, functions & rule.side_b
        if a and b:
            found.append(Clash(rule.code, rule.name, (min(a), min(b))))
    return found


def _counts(group: GroupHolding, at: datetime) -> bool:
    return group.active and (group.expires_at is None or group.expires_at > at)
