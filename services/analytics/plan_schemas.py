"""Bodies of the planning calls: forecasts of arrivals, and the agents that they need."""

from datetime import date, datetime, time
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from services.analytics.catalog import SourceKind
from services.analytics.planning.erlang import AGENTS_MAX
from services.analytics.schemas import FILTERS_MAX, AnswerWarning, FilterIn, Instant, Meta, Name, Strict

HORIZON_DAYS_MAX = 92  # a quarter: beyond it the same weekday of last month says little
POINTS_MAX = 9_000  # a quarter by 15 minutes
INTERVALS_MAX = POINTS_MAX
HOLIDAYS_MAX = 400
CLOSED_MAX = 50
CALLS_MAX = 1_000_000.0
SECONDS_MAX = 86_400.0

IntervalName = Literal["15min", "30min", "hour", "day"]
INTERVAL_S: dict[IntervalName, int] = {"15min": 900, "30min": 1_800, "hour": 3_600, "day": 86_400}


class ClosedHoursIn(Strict):
    """Wall-clock hours in which nobody is served, on weekdays 1 (Monday) to 7. Without `to`: to the end of the day."""

    weekdays: Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(min_length=1, max_length=7)]
    since: Annotated[time, Field(alias="from")] = time()
    until: Annotated[time | None, Field(alias="to")] = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since.tzinfo is not None or (self.until is not None and self.until.tzinfo is not None):
            raise ValueError("from and to are hours of the forecast's own zone; leave the offset out, as in 18:00")
        if self.until is not None and self.until <= self.since:
            raise ValueError("to must lie after from; leave it out for the end of the day")
        return self


class ForecastRequest(Strict):
    """Arrivals of local days in [from, to). History before `from` or the end of the data, whichever is earlier."""

    source_kind: SourceKind | None = None
    metric: Annotated[
        Literal["calls", "transferred", "offered"],
        Field(
            description="What arrives: all calls, those that the IVR transfers to agents, or those offered to queues. "
            "Agents are planned for the last two: calls that end in the IVR need none."
        ),
    ] = "calls"
    since: Annotated[date, Field(alias="from")]
    until: Annotated[date, Field(alias="to")]
    interval: IntervalName = "30min"
    zone: Name | None = None
    filters: Annotated[tuple[FilterIn, ...], Field(max_length=FILTERS_MAX)] = ()
    holidays: Annotated[
        tuple[date, ...],
        Field(max_length=HOLIDAYS_MAX, description="Beside those of the calendar: past and coming ones."),
    ] = ()
    closed: Annotated[tuple[ClosedHoursIn, ...], Field(max_length=CLOSED_MAX)] = ()


class ForecastPoint(BaseModel):
    """`value`, `low` and `high` are calls in the interval; null where the history cannot tell."""

    time: datetime
    kind: Literal["open", "closed", "holiday"]
    value: float | None
    low: float | None
    high: float | None


class AccuracyOut(BaseModel):
    """What the method was worth on weeks that it had not seen. null: too little history to try it.

    WAPE: sum of absolute errors over sum of calls. bias: sum of errors over sum of calls, above 0 when too many were
    foretold. coverage: share of open intervals inside the 80 % band.
    """

    folds: Annotated[int, Field(description="Weeks that were foretold and compared.")]
    intervals: int
    wape_interval: float | None
    wape_day: float | None
    bias: float | None
    coverage: float | None
    baseline_wape_interval: Annotated[
        float | None, Field(description="Of the mean of the last 4 weeks, on the same weeks.")
    ]


class ForecastAnswer(BaseModel):
    method: str
    band: float = 0.8
    interval_s: int
    history_from: date | None
    history_to: date | None
    accuracy: AccuracyOut
    points: list[ForecastPoint]
    meta: Meta
    warnings: list[AnswerWarning]


class CallsIn(Strict):
    time: Instant
    calls: Annotated[float, Field(ge=0, le=CALLS_MAX, allow_inf_nan=False)]


class TargetIn(Strict):
    service_level: Annotated[float, Field(gt=0, lt=1)] = 0.8
    threshold_s: Annotated[float, Field(ge=0, le=SECONDS_MAX)] = 20.0
    occupancy_max: Annotated[float, Field(gt=0, le=1)] = 1.0


class LearnFrom(Strict):
    """Asterisk calls in [from, to) whose talk time and patience are taken."""

    since: Annotated[Instant, Field(alias="from")]
    until: Annotated[Instant, Field(alias="to")]
    filters: Annotated[tuple[FilterIn, ...], Field(max_length=FILTERS_MAX)] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until <= self.since:
            raise ValueError("to must lie after from")
        return self


class StaffingRequest(Strict):
    """Give `intervals` or `forecast`; and `aht_s` (for Erlang A also `patience_s`), or `learn_from` for estimates."""

    model: Literal["erlang_a", "erlang_c"] = "erlang_a"
    intervals: Annotated[list[CallsIn] | None, Field(min_length=1, max_length=INTERVALS_MAX)] = None
    interval_s: Annotated[int, Field(ge=300, le=86_400)] = 1_800
    forecast: ForecastRequest | None = None
    aht_s: Annotated[float | None, Field(gt=0, le=SECONDS_MAX)] = None
    patience_s: Annotated[float | None, Field(gt=0, le=SECONDS_MAX)] = None
    learn_from: LearnFrom | None = None
    target: TargetIn = TargetIn()
    shrinkage: Annotated[
        float, Field(ge=0, lt=0.95, description="Share of paid time away from the queue: breaks, training, illness.")
    ] = 0.3
    agents: Annotated[
        int | None, Field(ge=0, le=AGENTS_MAX, description="Ask instead what this many agents would achieve.")
    ] = None

    @model_validator(mode="after")
    def _one_source_of_calls(self) -> Self:
        if (self.intervals is None) == (self.forecast is None):
            raise ValueError("give intervals or forecast, one of them")
        return self


class StaffingPoint(BaseModel):
    """`agents` at work, `rostered` people with shrinkage, what they achieve. null: unknown (see warnings)."""

    time: datetime
    calls: float | None
    load_erlang: float | None
    agents: int | None
    rostered: int | None
    service_level: float | None
    asa_s: float | None
    occupancy: float | None
    p_wait: float | None
    p_abandon: float | None


class Assumption(BaseModel):
    """Where a number comes from: given with the request, or estimated from calls."""

    name: Literal["aht_s", "patience_s"]
    value: float
    low: float | None = None
    high: float | None = None
    origin: Literal["given", "estimated"]
    detail: str


class StaffingAnswer(BaseModel):
    model: Literal["erlang_a", "erlang_c"]
    interval_s: int
    target: TargetIn
    shrinkage: float
    assumptions: list[Assumption]
    points: list[StaffingPoint]
    agents_hours: Annotated[float | None, Field(description="Hours at work over all intervals.")]
    rostered_hours: Annotated[float | None, Field(description="The same with shrinkage: hours to be paid.")]
    forecast: ForecastAnswer | None
    warnings: list[AnswerWarning]
