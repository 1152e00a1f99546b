"""When a rule holds, and what follows from it. Pure: the clock, the data and the database are elsewhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, assert_never

Comparison: TypeAlias = Literal["gt", "gte", "lt", "lte"]
Step: TypeAlias = Literal["open", "resolve", "keep"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a rule stands before it is evaluated. `opened_at` is when its newest alert began, open or not."""

    firing: bool
    opened_at: datetime | None
    cooldown: timedelta


def holds(value: float | None, comparison: Comparison, limit: float) -> bool | None:
    """Whether a value is beyond a rule's limit; None where there is no value, which proves nothing."""
    if value is None:
        return None
    match comparison:
        case "gt":
            return value > limit
        case "gte":
            return value >= limit
        case "lt":
            return value < limit
        case "lte":
            return value <= limit
        case _:
            assert_never(comparison)


def step(standing: Standing, breached: bool | None, now: datetime) -> Step:
    """What an evaluation changes. Between the beginnings of two alerts of a rule lies at least its cool-down."""
    if breached is None:
        return "keep"
    if standing.firing:
        return "keep" if breached else "resolve"
    if not breached:
        return "keep"
    cooling = standing.opened_at is not None and now - standing.opened_at < standing.cooldown
    return "keep" if cooling else "open"


def age_s(now: datetime, as_of: datetime | None) -> float | None:
    """How old the newest data is; None where there has never been any."""
    return None if as_of is None else max((now - as_of).total_seconds(), 0.0)
