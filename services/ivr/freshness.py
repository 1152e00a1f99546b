"""How new the data of a source is, in one word and one sentence. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

State = Literal["fresh", "degraded", "stale", "no_data"]
ReasonCode = Literal[
    "up_to_date", "nothing_published", "last_run_failed", "units_held", "late", "too_late", "source_quiet", "by_hand"
]

DEGRADED_AFTER = timedelta(hours=12)  # twice the shortest interval between legacy runs
STALE_AFTER = timedelta(hours=24)  # a nightly run is missing
QUIET_AFTER = timedelta(hours=48)  # a weekend without a call is usual, more is not
_TOLD = ("data_as_of", "last_success_at", "last_state", "last_error", "held_units")


@dataclass(frozen=True, slots=True)
class Freshness:
    state: State
    reason_code: ReasonCode
    reason: str


def judge(
    *,
    now: datetime,
    data_as_of: datetime | None,
    last_success_at: datetime | None,
    last_state: str | None,
    last_error: str | None,
    held_units: int,
    by_hand: bool = False,
) -> Freshness:
    """Age counts from the last complete look at the source; one that has no new call for days is told apart.

    `by_hand`: no schedule reads it. Nobody promised a next time, so neither its age nor that of its calls is too great.
    """
    if data_as_of is None:
        detail = f" Its last run failed: {last_error}" if last_state == "failed" else ""
        return Freshness("no_data", "nothing_published", f"Nothing of this source is published yet.{detail}")
    age = None if last_success_at is None else now - last_success_at
    if by_hand and (last_state == "failed" or age is not None):
        return _by_hand(age, last_state, last_error, held_units)
    if last_success_at is None or age is None or age >= STALE_AFTER:
        return Freshness("stale", "too_late", f"{_since(age)}{_failure(last_state, last_error)}")
    if last_state == "failed":
        return Freshness("degraded", "last_run_failed", f"The last run failed: {last_error}")
    if age >= DEGRADED_AFTER:
        return Freshness("degraded", "late", _since(age))
    return _recently_read(now, last_success_at, data_as_of, held_units)


def judge_row(row: Mapping[str, Any], now: datetime, *, by_hand: bool) -> Freshness:
    """The same of a source as `sql/freshness.sql` tells it."""
    return judge(now=now, by_hand=by_hand, **{name: row[name] for name in _TOLD})


def quiet_when_read(read_at: datetime, data_as_of: datetime) -> bool:
    """Whether the source had had no new call for days when it was read: reading it again brings none."""
    return read_at - data_as_of > QUIET_AFTER


def _by_hand(age: timedelta | None, last_state: str | None, last_error: str | None, held_units: int) -> Freshness:
    if last_state == "failed" or age is None:
        return Freshness("degraded", "last_run_failed", f"The last run failed: {last_error}")
    if held_units:
        return _held(held_units)
    return Freshness("fresh", "by_hand", f"Only a person has this source read; it was read {_ago(age)} ago.")


def _held(units: int) -> Freshness:
    return Freshness(
        "degraded", "units_held", f"{units} units are held: the source now has fewer rows than are published."
    )


def _recently_read(now: datetime, read_at: datetime, data_as_of: datetime, held_units: int) -> Freshness:
    if held_units:
        return _held(held_units)
    age = now - read_at
    if quiet_when_read(read_at, data_as_of):
        reason = f"The source was read {_ago(age)} ago; its newest call is {_ago(now - data_as_of)} old."
        return Freshness("degraded", "source_quiet", reason)
    return Freshness("fresh", "up_to_date", _since(age))


def _since(age: timedelta | None) -> str:
    return "No run of this source was ever complete." if age is None else f"The source was read {_ago(age)} ago."


def _ago(age: timedelta) -> str:
    for size, unit in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute")):
        if age >= size:
            count = age // size
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"


def _failure(last_state: str | None, last_error: str | None) -> str:
    return f" The last run failed: {last_error}" if last_state == "failed" else ""
