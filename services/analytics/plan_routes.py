"""Planning over HTTP: what will come, and how many people it takes. What the numbers mean is decided in planning/."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from services.analytics import store
from services.analytics.answer import Answer, Notice
from services.analytics.catalog import SourceKind, catalog, closest
from services.analytics.plan_schemas import (
    HORIZON_DAYS_MAX,
    INTERVAL_S,
    POINTS_MAX,
    AccuracyOut,
    Assumption,
    ForecastAnswer,
    ForecastPoint,
    ForecastRequest,
    LearnFrom,
    StaffingAnswer,
    StaffingPoint,
    StaffingRequest,
)
from services.analytics.planning.erlang import Goal, Staffed, Traffic, agents_needed, expect, rostered
from services.analytics.planning.forecast import FOLDS_MAX, WEEKS_LOOKED_AT, Forecast, forecast
from services.analytics.planning.patience import ABANDONED_MIN, estimate_patience
from services.analytics.planning.series import ClosedHours, Grid, closed_intervals, history_of
from services.analytics.pool import BoundedPool
from services.analytics.question import Faults, Filter, Granularity, Question, SegmentForbidden, zone_of, zones
from services.analytics.routes import meta_of, settings, warnings_of
from services.analytics.schemas import FilterIn
from services.analytics.settings import Settings
from services.analytics.sources import DataVersion, asked_sources, data_as_of
from services.analytics.understand import check_year, understand_filters
from shared.errors import Unprocessable
from shared.identity import Identity, need, require
from shared.postgres import Connection, Database
from shared.replicas import ReadAgain, reading

router = APIRouter(prefix="/api/v1/analytics", tags=["planning"], route_class=ReadAgain)

# Eight weeks behind each of the eight weeks that the method is tried on, and some for holidays between.
HISTORY_DAYS = 7 * (WEEKS_LOOKED_AT + FOLDS_MAX + 4)
HANDLE_TIME_PARTS = "talk time only: hold and wrap-up are not recorded by this source"


async def pool(request: Request) -> BoundedPool:
    found: BoundedPool = request.app.state.answers
    return found


@dataclass(frozen=True, slots=True)
class _Asker:
    """What planning needs of a request beside its body."""

    conn: Connection
    identity: Identity
    config: Settings
    versions: Sequence[DataVersion]
    work: BoundedPool


@router.post("/forecasts")
async def make_forecast(
    body: ForecastRequest,
    identity: Annotated[Identity, Depends(require("RPT-013"))],
    db: Annotated[Database, Depends(reading)],
    config: Annotated[Settings, Depends(settings)],
    work: Annotated[BoundedPool, Depends(pool)],
) -> ForecastAnswer:
    """Arrivals by interval with an 80 % band, from the same weekday and interval of the weeks before.

    Holidays are told from past holidays, closed hours are 0, and the answer says what the method was worth on weeks
    that it had not seen.
    """
    if body.filters:
        need(identity, "RPT-003", what="Filtering")
    async with db.transaction(readonly=True, one_snapshot=True) as conn:
        versions = await store.data_versions(conn)
        return await _forecast(_Asker(conn, identity, config, versions, work), body)


@router.post("/staffing")
async def plan_staffing(
    body: StaffingRequest,
    identity: Annotated[Identity, Depends(require("RPT-013"))],
    db: Annotated[Database, Depends(reading)],
    config: Annotated[Settings, Depends(settings)],
    work: Annotated[BoundedPool, Depends(pool)],
) -> StaffingAnswer:
    """Agents by interval for a service level (Erlang A or C), with shrinkage; or what a number of agents achieves."""
    if (body.forecast and body.forecast.filters) or (body.learn_from and body.learn_from.filters):
        need(identity, "RPT-003", what="Filtering")
    async with db.transaction(readonly=True, one_snapshot=True) as conn:
        asker = _Asker(conn, identity, config, await store.data_versions(conn), work)
        assumptions = await _assumptions(asker, body)
        foretold = None if body.forecast is None else await _forecast(asker, body.forecast)
    return await work.run(lambda: _staffing(body, assumptions, foretold))


async def _forecast(asker: _Asker, body: ForecastRequest) -> ForecastAnswer:
    started = time.perf_counter()
    kind, grid = _understand(asker, body)
    sources = asked_sources(asker.versions, kind=kind)
    end = _end_of_history(data_as_of(sources), grid, body.since)
    begin = end - timedelta(days=HISTORY_DAYS)
    answer = await _counts(asker, body, kind, grid, begin, end)
    holidays = frozenset(await store.holidays(asker.conn)) | frozenset(body.holidays)
    closed = closed_intervals([ClosedHours(each.weekdays, each.since, each.until) for each in body.closed], grid)
    days = [body.since + timedelta(days=n) for n in range((body.until - body.since).days)]

    def work() -> tuple[Forecast, list[date]]:
        counts = [(datetime.fromisoformat(str(row[0])), float(str(row[1]))) for row in answer.rows]
        history = history_of(counts, grid, since=begin, until=end, holidays=holidays, closed=closed)
        return forecast(history, days, origin=end), sorted(history.days)

    made, known = await asker.work.run(work)
    return ForecastAnswer(
        method=made.method,
        interval_s=grid.interval_s,
        history_from=known[0] if known else None,
        history_to=known[-1] + timedelta(days=1) if known else None,
        accuracy=AccuracyOut(**asdict(made.accuracy)),
        points=_points(made, grid, days),
        meta=meta_of(
            sources,
            kind=kind,
            zone=grid.zone.key,
            segment=asker.identity.segment,
            answered_from=answer.answered_from,
            elapsed_s=time.perf_counter() - started,
        ),
        warnings=warnings_of([*answer.notices, *_doubts(made)]),
    )


def _understand(asker: _Asker, body: ForecastRequest) -> tuple[SourceKind, Grid]:
    faults = Faults()
    zone = body.zone or asker.config.iact_zone_default
    if zone not in zones():
        faults.add("zone", f"there is no IANA time zone {zone!r}", closest(zone, zones()))
    days = (body.until - body.since).days
    if days < 1:
        faults.add("to", "must lie after from")
    elif days > HORIZON_DAYS_MAX:
        faults.add("to", f"at most {HORIZON_DAYS_MAX} days are foretold; narrow the range")
    elif days * 86_400 // INTERVAL_S[body.interval] > POINTS_MAX:
        faults.add("interval", f"at most {POINTS_MAX} intervals are foretold; take a longer interval")
    for param, day in (("from", body.since), ("to", body.until)):
        check_year(param, datetime.combine(day, datetime.min.time(), UTC), faults)
    faults.check()
    kind: SourceKind = body.source_kind or ("asterisk" if body.metric == "offered" else "legacy")
    if asker.identity.segment is not None and kind != "legacy":
        raise SegmentForbidden
    if catalog().metric(body.metric, kind) is None:
        faults.add("metric", f"{kind} calls have no metric {body.metric!r}", "calls")
        faults.check()
    return kind, Grid(INTERVAL_S[body.interval], zone_of(zone))


def _end_of_history(as_of: datetime | None, grid: Grid, first: date) -> date:
    """The first day that is not wholly known: a day half told would pull every forecast down."""
    return first if as_of is None else min(first, grid.place(as_of)[0])


async def _counts(asker: _Asker, body: ForecastRequest, kind: SourceKind, grid: Grid, begin: date, end: date) -> Answer:
    faults = Faults()
    filters = understand_filters(catalog(), kind, body.filters, faults)
    faults.check()
    granularity: Granularity = body.interval
    question = Question(
        kind=kind,
        metrics=(body.metric,),
        since=grid.midnight(begin),
        until=grid.midnight(end),
        zone=grid.zone.key,
        granularity=granularity,
        filters=filters,
        segment=asker.identity.segment,
        limit=(end - begin).days * (grid.intervals + 8),  # a day of 25 hours has up to four quarters more
    )
    return await store.ask(asker.conn, catalog(), question, asker.versions, asker.work.unless_small)


def _points(made: Forecast, grid: Grid, days: Sequence[date]) -> list[ForecastPoint]:
    told = {(point.day, point.interval): point for point in made.points}
    found = []
    for day in days:
        for instant in grid.instants(day):
            point = told[day, grid.place(instant)[1]]
            found.append(
                ForecastPoint(
                    time=instant.astimezone(grid.zone),
                    kind=point.kind,
                    value=point.value,
                    low=point.low,
                    high=point.high,
                )
            )
    return found


def _doubts(made: Forecast) -> list[Notice]:
    """What the reader of these numbers must know."""
    notices = []
    untold = [point for point in made.points if point.value is None]
    if any(point.kind == "holiday" for point in untold):
        notices.append(
            Notice("holiday_unknown", "The history holds no holiday, so what comes on one is null and not guessed.")
        )
    if any(point.kind != "holiday" for point in untold):
        notices.append(
            Notice("history_too_short", "Intervals without two earlier weeks of the same weekday cannot be foretold.")
        )
    if made.accuracy.wape_interval is None:
        notices.append(Notice("not_tried", "The history is too short to try the method on weeks it has not seen."))
    return notices


async def _assumptions(asker: _Asker, body: StaffingRequest) -> list[Assumption]:
    """Handle time and patience, given or learned. Raises Unprocessable when one is missing or cannot be learned."""
    found = {
        name: Assumption(name=name, value=value, origin="given", detail="given with the request")
        for name, value in (("aht_s", body.aht_s), ("patience_s", body.patience_s))
        if value is not None
    }
    wanted = ["aht_s"] + (["patience_s"] if body.model == "erlang_a" else [])
    if missing := [name for name in wanted if name not in found]:
        if body.learn_from is None:
            faults = Faults()
            for name in missing:
                faults.add(name, "give it, or learn_from to estimate it from calls")
            faults.check()
        else:
            learned = await _learn(asker, body.learn_from, missing)
            found.update({assumption.name: assumption for assumption in learned})
    return [found[name] for name in wanted]


async def _learn(asker: _Asker, past: LearnFrom, missing: Sequence[str]) -> list[Assumption]:
    if asker.identity.segment is not None:
        raise SegmentForbidden
    faults = Faults()
    question = Question(
        kind="asterisk",
        metrics=("offered", "open", "abandoned", "answered", "wait_s_mean", "talk_s_mean"),
        since=past.since.astimezone(UTC),
        until=past.until.astimezone(UTC),
        zone=asker.config.iact_zone_default,
        filters=_filters(past.filters, faults),
    )
    faults.check()
    answer = await store.ask(asker.conn, catalog(), question, asker.versions, asker.work.unless_small)
    counts = answer.records()[0] if answer.rows else {}
    left = _number(counts.get("offered")) - _number(counts.get("open"))
    learned = []
    if "aht_s" in missing:
        talk = counts.get("talk_s_mean")
        if talk is None:
            faults.add("learn_from", "no answered call of this range has ended, so the handle time is unknown")
        else:
            detail = f"mean talk of answered calls; {HANDLE_TIME_PARTS}"
            learned.append(Assumption(name="aht_s", value=_number(talk), origin="estimated", detail=detail))
    if "patience_s" in missing:
        waited = _number(counts.get("wait_s_mean")) * left
        patience = estimate_patience(waited_s=waited, abandoned=int(_number(counts.get("abandoned"))))
        if patience is None:
            faults.add(
                "learn_from", f"fewer than {ABANDONED_MIN} calls were abandoned: give patience_s, or a longer range"
            )
        else:
            learned.append(
                Assumption(
                    name="patience_s",
                    value=patience.mean_s,
                    low=patience.low_s,
                    high=patience.high_s,
                    origin="estimated",
                    detail=f"time in queue of all calls over {patience.abandoned} abandoned (answered are censored)",
                )
            )
    faults.check()
    return learned


def _filters(filters: Sequence[FilterIn], faults: Faults) -> tuple[Filter, ...]:
    return understand_filters(catalog(), "asterisk", filters, faults)


def _number(cell: object) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0


def _staffing(body: StaffingRequest, assumptions: list[Assumption], foretold: ForecastAnswer | None) -> StaffingAnswer:
    values = {assumption.name: assumption.value for assumption in assumptions}
    goal = Goal(body.target.service_level, body.target.threshold_s, body.target.occupancy_max)
    interval_s = foretold.interval_s if foretold else body.interval_s
    calls = (
        [(point.time, point.value) for point in foretold.points]
        if foretold
        else [(each.time, each.calls) for each in body.intervals or ()]
    )
    traffic = {
        count: Traffic(count, interval_s, values["aht_s"], values.get("patience_s"))
        for count in {count for _, count in calls if count is not None}  # many intervals of a night are alike
    }
    made = _plans(traffic, goal, body.agents)
    points = [
        _unknown(moment) if count is None else _point(moment, traffic[count], made[count], body.shrinkage)
        for moment, count in calls
    ]
    hours = [point.agents * interval_s / 3_600 for point in points if point.agents is not None]
    paid = [point.rostered * interval_s / 3_600 for point in points if point.rostered is not None]
    whole = len(hours) == len(points)
    return StaffingAnswer(
        model=body.model,
        interval_s=interval_s,
        target=body.target,
        shrinkage=body.shrinkage,
        assumptions=assumptions,
        points=points,
        agents_hours=sum(hours) if whole else None,
        rostered_hours=sum(paid) if whole else None,
        forecast=foretold,
        warnings=warnings_of(_cautions(points)),
    )


def _plans(traffic: Mapping[float, Traffic], goal: Goal, agents: int | None) -> dict[float, Staffed]:
    """By calls, the fewest first: more calls never need fewer agents, so each search begins where the last ended."""
    made: dict[float, Staffed] = {}
    last: int | None = None
    for count in sorted(traffic):
        made[count] = _plan(traffic[count], goal, agents, last)
        last = made[count].agents
    return made


def _plan(traffic: Traffic, goal: Goal, agents: int | None, at_least: int | None) -> Staffed:
    if agents is not None:
        return expect(traffic, agents, goal.target_s)
    try:
        return agents_needed(traffic, goal, at_least=at_least)
    except ValueError as error:
        raise Unprocessable(f"An interval of {traffic.calls:g} calls cannot be planned: {error}.") from error


def _point(moment: datetime, traffic: Traffic, staffed: Staffed, shrinkage: float) -> StaffingPoint:
    return StaffingPoint(
        time=moment,
        calls=traffic.calls,
        load_erlang=traffic.load,
        agents=staffed.agents,
        rostered=rostered(staffed.agents, shrinkage),
        service_level=staffed.service_level,
        asa_s=staffed.asa_s,
        occupancy=staffed.occupancy,
        p_wait=staffed.p_wait,
        p_abandon=staffed.p_abandon,
    )


def _unknown(moment: datetime) -> StaffingPoint:
    return StaffingPoint(
        time=moment,
        calls=None,
        load_erlang=None,
        agents=None,
        rostered=None,
        service_level=None,
        asa_s=None,
        occupancy=None,
        p_wait=None,
        p_abandon=None,
    )


def _cautions(points: Sequence[StaffingPoint]) -> list[Notice]:
    notices = []
    if any(point.calls is None for point in points):
        notices.append(
            Notice(
                "calls_unknown", "Intervals whose calls cannot be foretold have no plan, and no sum of hours is told."
            )
        )
    if any(point.agents is not None and point.asa_s is None for point in points):
        notices.append(
            Notice("queue_grows", "With so few agents the queue grows without bound: there is no mean wait (null).")
        )
    return notices
