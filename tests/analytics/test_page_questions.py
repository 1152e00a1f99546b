"""Every question that the page asks, over a year: which route answers it. Facts are read where it is written why."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.analytics.catalog import SourceKind, catalog
from services.analytics.navigation import Known, choose_route
from services.analytics.periods import to_utc
from services.analytics.question import Filter, Granularity, Question
from services.analytics.sources import DataVersion, known_of

pytestmark = pytest.mark.unit

UI = Path(__file__).resolve().parents[2] / "ui" / "src"
ASKS = re.compile(r"\b(?:useAnswer|useTrend|useShifts|useRunQueryQuery)\(")
DECLARES = re.compile(r"export function (?:useAnswer|useTrend|useShifts)\(")
ZONE = "America/Mexico_City"
# Rollups of every source are there, and so many calls that nothing is counted exactly from facts on purpose.
KNOWN = Known(frozenset({ZONE}), complete=True, sources_asked=1, sources_of_kind=1, fact_rows=20_000_000)
TREND: tuple[Granularity, ...] = ("day", "week", "month")  # what granularitiesFor() of a year offers
TOTAL: tuple[Granularity, ...] = ("total",)
LEGACY_TILES = ("calls", "abandoned", "abandoned_rate", "unique_callers", "duration_s_p50", "duration_s_p90")
QUEUES = ("offered", "answered", "abandoned", "abandoned_rate", "service_level", "wait_s_p90")


@dataclass(frozen=True)
class Asked:
    """`why` names what keeps the question on facts in the source's own zone; None: it must not read them."""

    file: str
    kind: SourceKind
    metrics: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    granularities: tuple[Granularity, ...] = TOTAL
    why: str | None = None
    # In other zones days are told from hours, and a whole range from days with the calls at its ends. Callers are not.
    elsewhere: bool = True


def legacy(
    file: str, *metrics: str, by: tuple[str, ...] = (), each: tuple[Granularity, ...] = TOTAL, elsewhere: bool = True
) -> Asked:
    return Asked(file, "legacy", metrics, by, each, elsewhere=elsewhere)


def queues(file: str, *metrics: str, by: tuple[str, ...] = (), each: tuple[Granularity, ...] = TOTAL) -> Asked:
    return Asked(file, "asterisk", metrics, by, each)


PAGE = (
    legacy("demand/DemandTiles.tsx", "calls"),
    queues("demand/DemandTiles.tsx", "offered"),
    legacy("demand/DemandTiles.tsx", "calls", by=("hour_of_day",)),
    queues("demand/DemandTiles.tsx", "offered", by=("hour_of_day",)),
    legacy("demand/useDemand.ts", "calls", each=("day",)),
    queues("demand/useDemand.ts", "offered", each=("day",)),
    legacy("demand/useDemand.ts", "calls", by=("hour_of_day",), each=("day",)),
    queues("demand/useDemand.ts", "offered", by=("hour_of_day",), each=("day",)),
    legacy("ivr/CentresPanel.tsx", "calls", "abandoned", by=("centre",)),
    legacy("ivr/ErrorsPanel.tsx", "calls", "menu_errors", each=TREND),
    legacy("ivr/FlowPanel.tsx", "calls", by=("menu", "option", "centre")),
    legacy("ivr/IvrTiles.tsx", "calls", "abandoned", "abandoned_rate", "transferred", "ended_in_ivr", "menu_errors"),
    legacy("ivr/MenuShiftPanel.tsx", "calls", "abandoned", by=("menu",)),
    legacy("overview/FilterBar.tsx", "calls", by=("segment",)),
    queues("overview/FilterBar.tsx", "offered", by=("queue",)),
    legacy("overview/HeatPanel.tsx", "calls", "abandoned", "abandoned_rate", by=("weekday", "hour_of_day")),
    queues("overview/HeatPanel.tsx", "offered", "abandoned", "abandoned_rate", by=("weekday", "hour_of_day")),
    legacy("overview/HeatPanel.tsx", "calls", "abandoned", "abandoned_rate", by=("segment", "hour_of_day")),
    queues("overview/HeatPanel.tsx", "offered", "abandoned", "abandoned_rate", by=("queue", "hour_of_day")),
    legacy(
        "overview/LegacyOverview.tsx",
        *("calls", "abandoned", "abandoned_rate", "duration_s_p50", "ended_in_ivr"),
        each=("week",),
    ),
    legacy(
        "overview/LegacyOverview.tsx",
        *("calls", "abandoned", "abandoned_rate", "duration_s_p50", "ended_in_ivr", "unique_callers"),
        each=("day", "month"),
        elsewhere=False,
    ),
    legacy("overview/LegacyTiles.tsx", *LEGACY_TILES, "ended_in_ivr", elsewhere=False),
    legacy("overview/MenusPanel.tsx", "calls", "abandoned", by=("menu",)),
    queues("overview/QueueTiles.tsx", *QUEUES, "answered_rate", "open", "asa_s", "wait_s_p50"),
    queues("overview/QueueTrend.tsx", "offered", "answered", "abandoned", "service_level", "wait_s_p90", each=TREND),
    queues("overview/QueuesPanel.tsx", *QUEUES, "asa_s", by=("queue",)),
    legacy("rules/useRuleChoices.ts", "calls", by=("segment",)),
    queues("rules/useRuleChoices.ts", "offered", by=("queue",)),
    legacy("service/BandsPanel.tsx", "calls", "abandoned", each=TREND),
    queues("service/BandsPanel.tsx", "offered", "abandoned", each=TREND),
    legacy("service/ControlPanel.tsx", "calls", "abandoned", each=TREND),
    queues("service/ControlPanel.tsx", "offered", "answered", "abandoned", "service_level", each=TREND),
    legacy("service/DistributionPanel.tsx", "calls", "abandoned", by=("duration_band",)),
    queues("service/DistributionPanel.tsx", "offered", "abandoned", by=("wait_band",)),
    replace(
        queues("service/DistributionPanel.tsx", "offered", "abandoned", by=("duration_band",)),
        why="durations are kept for all calls of a queue together, not for the abandoned ones alone",
    ),
    legacy("service/SegmentsPanel.tsx", "calls", "abandoned", "abandoned_rate", "duration_s_p50", by=("segment",)),
    queues("service/VariantsPanel.tsx", "service_level", "offered", by=("queue",)),
    legacy("today/useHands.ts", "calls", "abandoned", "abandoned_rate", by=("segment",)),
    queues("today/useHands.ts", *QUEUES, by=("queue",)),
)


def year(asked: Asked, granularity: Granularity, zone: str, *, odd: bool) -> Question:
    place = ZoneInfo(zone)
    first, last = ("2025-01-10", "2025-11-21") if odd else ("2025-01-01", "2026-01-01")
    since, until = (to_utc(datetime.fromisoformat(day), place) for day in (first, last))
    return Question(
        kind=asked.kind,
        metrics=asked.metrics,
        dimensions=asked.dimensions,
        since=since,
        until=until,
        zone=zone,
        granularity=granularity,
        limit=2_000,
    )


def narrowed(question: Question) -> Iterator[Question]:
    """The question as it is, with the filter of the page, and as somebody asks it who is held to a segment."""
    yield question
    dimension = "segment" if question.kind == "legacy" else "queue"
    yield replace(question, filters=(Filter(dimension, "in", ("one",)),))
    if question.kind == "legacy":
        yield replace(question, segment="one")


def name(asked: Asked) -> str:
    return "-".join((asked.file, asked.kind, asked.metrics[0], *asked.dimensions))


@pytest.mark.parametrize("asked", PAGE, ids=name)
@pytest.mark.parametrize("odd", [False, True], ids=["whole", "odd"])
def test_a_year_reads_no_facts_but_where_it_is_written_why(asked: Asked, odd: bool) -> None:
    for granularity in asked.granularities:
        for question in narrowed(year(asked, granularity, ZONE, odd=odd)):
            plan = choose_route(catalog(), question, (question.since, question.until), KNOWN)
            # A reason that no longer holds has to go, too.
            assert plan.reads_facts == (asked.why is not None), (plan.name, question)


@pytest.mark.parametrize("asked", PAGE, ids=name)
def test_in_other_zones_facts_are_read_for_callers_alone(asked: Asked) -> None:
    for granularity in asked.granularities:
        question = year(asked, granularity, "Europe/Madrid", odd=False)
        plan = choose_route(catalog(), question, (question.since, question.until), KNOWN)
        assert plan.reads_facts == (asked.why is not None or not asked.elsewhere), (plan.name, question)


@pytest.mark.parametrize("asked", PAGE, ids=name)
def test_a_range_of_months_and_some_days_reads_months(asked: Asked) -> None:
    question = year(asked, "total", ZONE, odd=True)
    plan = choose_route(catalog(), question, (question.since, question.until), KNOWN)
    by_clock = {"weekday", "hour_of_day"} & set(asked.dimensions)
    if asked.why is None and not by_clock:
        assert plan.name.startswith("rollup_month + rollup_day"), plan.name


# Dimensions that no rollup tells of a year of calls, and why.
BY_CALLS = {("legacy", "label"): "a call has any number of labels, and no row of a rollup is about a set of them"}


@pytest.mark.parametrize(
    ("kind", "dimension"),
    [(kind, each.name) for each in catalog().dimensions.values() for kind in each.kinds],
)
def test_every_dimension_splits_a_year_of_calls_without_reading_them(kind: SourceKind, dimension: str) -> None:
    question = year(Asked("", kind, ("calls",), (dimension,)), "total", ZONE, odd=False)
    plan = choose_route(catalog(), question, (question.since, question.until), KNOWN)
    assert plan.reads_facts == ((kind, dimension) in BY_CALLS), plan.name


@pytest.mark.parametrize("asked", [each for each in PAGE if each.elsewhere], ids=name)
def test_a_range_between_any_two_instants_reads_calls_at_its_ends_alone(asked: Asked) -> None:
    question = year(asked, "total", ZONE, odd=True)
    ragged = replace(question, since=question.since + timedelta(minutes=7), until=question.until + timedelta(hours=10))
    plan = choose_route(catalog(), ragged, (ragged.since, ragged.until), KNOWN)
    by_hour = "hour_of_day" in asked.dimensions
    assert plan.reads_facts == (asked.why is not None or by_hour), plan.name


def test_every_file_of_the_page_that_asks_is_here() -> None:
    asking = {
        path.relative_to(UI).as_posix()
        for path in (*UI.rglob("*.ts"), *UI.rglob("*.tsx"))
        if ".test." not in path.name and ASKS.search(DECLARES.sub("", path.read_text(encoding="utf-8")))
    }
    # What hands on the metrics of others: they are asked for where it is called.
    hand_on = {"overview/useAnswer.ts", "overview/useTrend.ts", "ivr/useShifts.ts", "api/generated.ts"}
    assert asking - hand_on == {asked.file for asked in PAGE}


def test_hours_of_months_are_left_out_where_a_source_asked_has_another_clock_by_now() -> None:
    right = DataVersion("right", "legacy", ZONE, 1, None, None, rollups_complete=True)
    versions = [right, replace(right, source="moved", month_hours_fit=False)]
    asked = legacy("overview/HeatPanel.tsx", "calls", by=("weekday", "hour_of_day"))
    question = year(asked, "total", ZONE, odd=False)
    for sources, route in ((("right",), "rollup_month_hour"), (("moved",), "rollup_hour"), ((), "rollup_hour")):
        filters = (Filter("source", "in", sources),) if sources else ()
        known = known_of(versions, kind="legacy", filters=filters)
        plan = choose_route(catalog(), replace(question, filters=filters), (question.since, question.until), known)
        assert plan.name == route, sources
