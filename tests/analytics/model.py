"""The same questions answered slowly and obviously, one Python list at a time. The oracle of the compiler's tests."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.analytics.dimensions import DURATION_BANDS_S, WAIT_BANDS_S
from services.analytics.periods import add_months
from services.analytics.question import Filter, Question
from tests.analytics.facts import ABANDONED_MENUS, GOAL_MENUS, LegacyCall, QueueCall

Call = LegacyCall | QueueCall
WINDOWS = {"1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7)}
STRIDES = {"15min": timedelta(minutes=15), "30min": timedelta(minutes=30), "hour": timedelta(hours=1)}


class Model:
    def __init__(self, calls: Sequence[Call], data_as_of: datetime, holidays: set[date]) -> None:
        self.calls = calls
        self.data_as_of = data_as_of
        self.holidays = holidays

    def rows(self, question: Question) -> list[list[Any]]:
        """Rows of (bucket, dimensions…, metrics…) in the default order, gaps filled."""
        calls = self._in(question, question.since, question.until)
        keyed: dict[tuple[Any, ...], list[Call]] = {}
        for call in calls:
            for key in self._keys(question, call):
                keyed.setdefault(key, []).append(call)
        if question.granularity != "total":
            combinations = {key[1:] for key in keyed} or ({()} if not question.dimensions else set())
            for bucket in buckets(question, question.since, question.until):
                for combination in combinations:
                    keyed.setdefault((bucket, *combination), [])
        elif not question.dimensions:
            keyed.setdefault((), [])
        ordered = sorted(keyed.items(), key=lambda item: [(part is None, part) for part in item[0]])
        return [[*key, *(self.metric(question, name, group) for name in question.metrics)] for key, group in ordered]

    def totals(self, question: Question) -> list[Any]:
        calls = self._in(question, question.since, question.until)
        return [self.metric(question, name, calls) for name in question.metrics]

    def _in(self, question: Question, since: datetime, until: datetime) -> list[Call]:
        return [
            call
            for call in self.calls
            if since <= call.at < until
            and (question.segment is None or getattr(call, "segment", None) == question.segment)
            and all(self._passes(question, each, call) for each in question.filters)
        ]

    def _keys(self, question: Question, call: Call) -> Iterable[tuple[Any, ...]]:
        first = (bucket_of(question, question.since, call.at),) if question.granularity != "total" else ()
        combinations: list[tuple[Any, ...]] = [first]
        for name in question.dimensions:
            values: list[Any] = (
                [*sorted(set(call.labels))] or [None]
                if name == "label" and isinstance(call, LegacyCall)
                else [self.dimension(question, name, call)]
            )
            combinations = [(*before, value) for before in combinations for value in values]
        return combinations

    def dimension(self, question: Question, name: str, call: Call) -> Any:
        local = call.at.astimezone(ZoneInfo(question.zone))
        special: dict[str, Callable[[], Any]] = {
            "hour_of_day": lambda: local.hour,
            "weekday": local.isoweekday,
            "is_holiday": lambda: local.date() in self.holidays,
            "duration_band": lambda: band(duration_s(call), DURATION_BANDS_S),
            "wait_band": lambda: band(wait_s(call), WAIT_BANDS_S),
            "outcome": lambda: outcome(call),
        }
        return special[name]() if name in special else getattr(call, name)

    def _passes(self, question: Question, each: Filter, call: Call) -> bool:
        if each.dimension == "label" and isinstance(call, LegacyCall):
            return _label_passes(each, call.labels)
        value = self.dimension(question, each.dimension, call)
        if each.dimension == "menu" and each.operator in ("in", "not_in", "prefix"):
            value = value.casefold()
            each = replace(each, values=tuple(asked and str(asked).casefold() for asked in each.values))
        match each.operator:
            case "in":
                return value in each.values
            case "not_in":
                return value not in each.values
            case "between":
                low, high = each.values
                return value is not None and low <= value <= high
            case "prefix":
                return value is not None and value.startswith(each.values[0])
            case "is_null":
                return (value is None) == each.values[0]

    def metric(self, question: Question, name: str, calls: Sequence[Call]) -> Any:
        if name == "unique_callers":
            return len({call.caller_id for call in calls} - {0})
        if name.startswith("repeat_rate_"):
            return self._repeat_rate(question, name.removeprefix("repeat_rate_"), calls)
        if name == "contained_rate":
            return self._contained_rate(question, calls)
        if name == "aht_s":
            name = "talk_s_mean"
        for value in ("duration_s", "wait_s", "talk_s"):
            if name.startswith(f"{value}_"):
                measured = [got for call in calls if (got := _measure(value, call)) is not None]
                return spread(name.removeprefix(f"{value}_"), measured)
        if question.kind == "legacy":
            return legacy_metric(question, name, [call for call in calls if isinstance(call, LegacyCall)])
        return queue_metric(question, name, [call for call in calls if isinstance(call, QueueCall)])

    def _again(self, question: Question, call: Call, window: timedelta) -> bool:
        """Whether the same caller called again, among the calls that the asking person may see."""
        visible = [other for other in self.calls if question.segment in (None, getattr(other, "segment", None))]
        later = (
            other
            for other in visible
            if other.caller_id == call.caller_id and (call.at, call.call_id) < (other.at, other.call_id)
        )
        return any(other.at <= call.at + window for other in later)

    def _repeat_rate(self, question: Question, name: str, calls: Sequence[Call]) -> float | None:
        window = WINDOWS[name]
        known = [call for call in calls if call.caller_id != 0 and call.at + window <= self.data_as_of]
        return ratio(sum(self._again(question, call, window) for call in known), len(known))

    def _contained_rate(self, question: Question, calls: Sequence[Call]) -> float | None:
        day = WINDOWS["24h"]
        known = contained = 0
        for call in calls:
            ended = outcome(call) == "ended_in_ivr"
            goal = isinstance(call, LegacyCall) and call.menu in GOAL_MENUS
            traceable = call.caller_id != 0 and call.at + day <= self.data_as_of
            known += not ended or goal or traceable
            contained += ended and (goal or (traceable and not self._again(question, call, day)))
        return ratio(contained, known)


def legacy_metric(question: Question, name: str, calls: Sequence[LegacyCall]) -> Any:
    zone = ZoneInfo(question.zone)
    tests: dict[str, Callable[[LegacyCall], bool]] = {
        "calls": lambda _: True,
        "abandoned": lambda call: call.menu in ABANDONED_MENUS,
        "transferred": lambda call: call.centre_kind == "vdn",
        "ended_in_ivr": lambda call: call.centre_kind in ("hung_up", "null"),
        "same_line": lambda call: call.line_kind == "misma_linea",
        "different_line": lambda call: call.line_kind == "linea_diferente",
        "no_typed_line": lambda call: call.line_kind == "no_digito",
        "weekday_calls": lambda call: call.at.astimezone(zone).isoweekday() <= 5,
        "weekend_calls": lambda call: call.at.astimezone(zone).isoweekday() > 5,
        "menu_errors": lambda call: call.menu == "TELEFONO_EN_MENU",
        "swapped_times": lambda call: call.swapped,
    }
    if name.endswith("_rate"):
        return ratio(sum(map(tests[name.removesuffix("_rate")], calls)), len(calls))
    return sum(map(tests[name], calls))


def queue_metric(question: Question, name: str, calls: Sequence[QueueCall]) -> Any:
    level = question.service_level
    exits = {
        "answered": "answered",
        "abandoned": "abandoned",
        "timed_out": "timeout",
        "key_exits": "key_exit",
        "empty_exits": "empty",
        "withdrawn": "withdrawn",
        "flowed_out": "flow_out",
        "open": "open",
    }
    by_exit = {key: [call for call in calls if call.exit == value] for key, value in exits.items()}
    short = [call for call in by_exit["abandoned"] if _wait(call) <= level.short_abandon_s]

    def in_time(group: Sequence[QueueCall]) -> int:
        inside = (
            _wait(c) < level.threshold_s if level.comparison == "lt" else _wait(c) <= level.threshold_s for c in group
        )
        return sum(inside)

    answered, abandoned = by_exit["answered"], by_exit["abandoned"]
    levels = {
        "A": (in_time(answered), len(answered)),
        "B": (in_time(answered), len(answered) + len(abandoned)),
        "C": (in_time(answered), len(calls) - len(short)),
        "D": (in_time(answered) + in_time(abandoned), len(answered) + len(abandoned)),
    }
    values: dict[str, Any] = {
        **{key: len(group) for key, group in by_exit.items()},
        "calls": len(calls),
        "offered": len(calls),
        "short_abandoned": len(short),
        "answered_rate": ratio(len(answered), len(calls)),
        "abandoned_rate": ratio(len(abandoned), len(calls)),
        "asa_s": mean([_wait(call) for call in answered]),
        "asa_queued_s": mean([_wait(call) for call in answered if _wait(call) > 0]),
        "transfers": sum(call.transfers for call in calls),
        "ring_no_answer": sum(call.ring_no_answer for call in calls),
        "service_level": ratio(*levels[level.variant]),
    }
    return values[name]


def buckets(question: Question, since: datetime, until: datetime) -> list[datetime]:
    """Every bucket that touches [since, until), one after the other."""
    found: list[datetime] = []
    at = since
    while at < until:
        start = bucket_of(question, since, at)
        if not found or found[-1] != start:
            found.append(start)
        # Small steps cannot jump over the shortest bucket.
        at += STRIDES.get(question.granularity, timedelta(hours=1))
    if not found:
        return []  # a range inside the hour that a change of the clocks skips is empty a week before or after
    last = bucket_of(question, since, until - timedelta(microseconds=1))
    return found if found[-1] == last else [*found, last]


def bucket_of(question: Question, since: datetime, at: datetime) -> datetime:
    zone = ZoneInfo(question.zone)
    local = at.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    match question.granularity:
        case "15min" | "30min" | "hour":
            anchor = since.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)
            stride = STRIDES[question.granularity]
            return anchor + stride * ((at - anchor) // stride)
        case "day":
            start = midnight
        case "week":
            start = midnight - timedelta(days=local.isoweekday() - 1)
        case "month":
            start = midnight.replace(day=1)
        case "quarter":
            start = add_months(midnight.replace(day=1), -((local.month - 1) % 3))
        case _:
            start = midnight.replace(month=1, day=1)
    return start.replace(fold=0).astimezone(UTC)


def outcome(call: Call) -> str | None:
    if not isinstance(call, LegacyCall):
        return None
    return {"vdn": "transferred", "hung_up": "ended_in_ivr", "null": "ended_in_ivr"}.get(call.centre_kind, "unreadable")


def duration_s(call: Call) -> float | None:
    if isinstance(call, LegacyCall):
        return call.duration_s
    return None if call.ended_at is None else (call.ended_at - call.entered_at).total_seconds()


def wait_s(call: Call) -> float | None:
    return call.wait_s if isinstance(call, QueueCall) and call.exit != "open" else None


def _measure(value: str, call: Call) -> float | None:
    if value == "talk_s":
        return call.talk_s if isinstance(call, QueueCall) and call.exit == "answered" else None
    return duration_s(call) if value == "duration_s" else wait_s(call)


def _wait(call: QueueCall) -> float:
    return math.inf if call.wait_s is None else call.wait_s


def _label_passes(each: Filter, labels: Sequence[str]) -> bool:
    match each.operator:
        case "in":
            return bool(set(labels) & set(each.values)) or (None in each.values and not labels)
        case "not_in":
            return not (set(labels) & set(each.values)) and not (None in each.values and not labels)
        case "between":
            return any(str(each.values[0]) <= label <= str(each.values[1]) for label in labels)
        case "prefix":
            return any(label.startswith(str(each.values[0])) for label in labels)
        case "is_null":
            return (not labels) == each.values[0]


def band(value: float | None, upper_bounds: Sequence[int]) -> int | None:
    return None if value is None else sum(value > upper for upper in upper_bounds)


def spread(name: str, values: Sequence[float]) -> float | None:
    if not values:
        return None
    match name:
        case "mean":
            return mean(values)
        case "max":
            return max(values)
        case _:
            rank = math.ceil(int(name[1:]) * len(values) / 100)
            return sorted(values)[max(rank, 1) - 1]


def mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
