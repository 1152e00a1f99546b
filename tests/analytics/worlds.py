"""Random calls around the days of 23 and 25 hours, and random questions that meet them."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from typing_extensions import override

from services.analytics.catalog import LASTING, Metric, SourceKind, catalog
from services.analytics.periods import add_months, to_local, to_utc
from services.analytics.question import GRANULARITIES, OPERATORS, Filter, Granularity, Question, ServiceLevel
from tests.analytics.facts import CENTRE_KINDS, LINE_KINDS, LegacyCall, QueueCall
from tests.analytics.model import Call, Model

# Around the days of 23 and 25 hours in Madrid; Mexico City has had none since 2022.
FIRST, LAST = datetime(2025, 3, 28, tzinfo=UTC), datetime(2025, 4, 2, tzinfo=UTC)
AUTUMN = timedelta(days=210)
DATA_AS_OF = LAST + AUTUMN - timedelta(hours=30)
HOLIDAYS = {date(2025, 3, 30), date(2025, 10, 27)}
ZONES = ("America/Mexico_City", "Europe/Madrid", "UTC", "Asia/Kolkata")
EXITS = ("answered", "abandoned", "timeout", "key_exit", "empty", "withdrawn", "flow_out", "open")

# Keyed hashes, as ingestion makes them: sketches count on ids that are spread over all 64 bits. 0 is unknown.
CALLERS = (0, 0x5B1C9E2D3A4F6071, 0x5B1C9E2D3A4F6071, -0x123456789ABCDEF, 0x0FEDCBA987654321, -0x7A3B1C9D5E2F4861, 42)


def instant(random: Random, season: timedelta) -> datetime:
    # Steps of 450 s: many calls begin at the same instant or on the edge of a bucket.
    return FIRST + season + timedelta(seconds=450 * random.randrange(5 * 192))


def legacy_call(random: Random, call_id: int, season: timedelta) -> LegacyCall:
    return LegacyCall(
        call_id=call_id,
        started_at=instant(random, season),
        caller_id=random.choice(CALLERS),
        duration_s=random.choice((None, 0, 1, 10, 11, 60, 61, 600, 601, 895)),
        did=random.choice(("19028031", "19020001", "19020084", "1902001")),
        menu=random.choice(("VACIO", "RES-FallaInternet", "RES-SaldooPagos", "TELEFONO_EN_MENU", "cliente_colgo")),
        option=random.choice(("DEFAULT", "SIN_OPCION", "=1+1")),
        centre=random.choice(sorted(CENTRE_KINDS)),
        line_kind=random.choice(LINE_KINDS),
        labels=random.choice(((), ("vip",), ("vip", "mora"), ("Vip", "mora", "vip"))),
        swapped=random.random() < 0.4,
    )


def queue_call(random: Random, call_id: int, season: timedelta) -> QueueCall:
    entered_at, left = instant(random, season), random.choice((*EXITS, "answered", "answered"))
    wait_s = random.choice((0.0, 0.5, 5.0, 5.5, 20.0, 20.001, 61.0, 301.0))
    talk_s = random.choice((None, 1.0, 60.0, 183.5)) if left == "answered" else None
    return QueueCall(
        call_id=call_id,
        entered_at=entered_at,
        caller_id=random.choice(CALLERS),
        queue=random.choice(("sales", "soporte")),
        agent=random.choice(("ana", "beto")) if left == "answered" else None,
        ended_at=None if left == "open" else entered_at + timedelta(seconds=wait_s + (talk_s or 0)),
        exit=left,
        wait_s=None if left == "open" else wait_s,
        talk_s=talk_s,
        transfers=random.randrange(3),
        ring_no_answer=random.randrange(4),
    )


@st.composite
def filters(draw: st.DrawFn, kind: SourceKind, calls: list[Call]) -> Filter:
    """A filter with values that some calls have, so that it neither always passes nor never does."""
    known = [each for each in catalog().dimensions.values() if kind in each.kinds]
    dimension = draw(st.sampled_from(known))
    texts = dimension.value_type == "text"
    operator = draw(st.sampled_from([each for each in OPERATORS if each != "prefix" or texts]))
    plain = Question(kind=kind, metrics=(), since=FIRST, until=LAST, zone="UTC")
    model = Model([], DATA_AS_OF, HOLIDAYS)
    if dimension.name == "label":
        seen: set[Any] = {"vip", "mora"}
    else:
        seen = {model.dimension(plain, dimension.name, call) for call in calls}
    values = sorted((value for value in seen if value is not None), key=str) or ["x" if texts else 1]
    if dimension.value_type == "boolean":
        values = [False, True]
    match operator:
        case "in" | "not_in":
            chosen = draw(st.lists(st.sampled_from([*values, None]), min_size=1, max_size=3))
        case "between":
            chosen = sorted(draw(st.lists(st.sampled_from(values), min_size=2, max_size=2)))
        case "prefix":
            chosen = [draw(st.sampled_from(values))[: draw(st.integers(0, 3))]]
        case "is_null":
            chosen = [draw(st.booleans())]
    if dimension.name == "menu" and operator != "between" and draw(st.booleans()):
        chosen = [value.swapcase() if isinstance(value, str) else value for value in chosen]
    return Filter(dimension.name, operator, tuple(chosen))


@st.composite
def ranges(draw: st.DrawFn, season: timedelta, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Anything, whole local days, or whole months: what facts, days and months answer."""
    shape = draw(st.sampled_from(("any", "days", "days", "months")))
    begin = FIRST + season + timedelta(minutes=draw(st.sampled_from((-60, 0, 15, 90, 360, 2_880))))
    if shape == "any":
        return begin, begin + timedelta(minutes=draw(st.sampled_from((15, 60, 1_440, 2_880, 7_200))))
    day = to_local(begin, zone).replace(hour=0, minute=0, second=0)
    if shape == "days":
        return to_utc(day, zone), to_utc(day + timedelta(days=draw(st.integers(1, 5))), zone)
    month = day.replace(day=1)
    return to_utc(month, zone), to_utc(add_months(month, draw(st.integers(1, 3))), zone)


# Rows are buckets times combinations of dimensions, which the slow model fills one by one: so many buckets for each
# number of dimensions. A quarter of an hour over months by three dimensions had 350 000 rows and took minutes.
BUCKETS_MAX = (3_000, 500, 200, 100)
BUCKET_S = {"15min": 900, "30min": 1_800, "hour": 3_600}
DAY_S = 86_400


def granularities(span: timedelta, dimensions: int) -> list[Granularity]:
    """Those that cut the span into so few buckets that the model can fill them."""
    most = BUCKETS_MAX[dimensions]
    return [each for each in GRANULARITIES if span.total_seconds() / BUCKET_S.get(each, DAY_S) <= most]


def lasts(metric: Metric) -> bool:
    return isinstance(metric.recipe, LASTING)


@st.composite
def questions(draw: st.DrawFn, kind: SourceKind, calls: list[Call], season: timedelta) -> Question:
    # What lasts longer than a moment has tests of its own.
    metrics = [name for (name, known), each in catalog().metrics.items() if known == kind and not lasts(each)]
    dimensions = [name for name, each in catalog().dimensions.items() if kind in each.kinds]
    zone = draw(st.sampled_from(ZONES))
    since, until = draw(ranges(season, ZoneInfo(zone)))
    told_apart = tuple(draw(st.lists(st.sampled_from(dimensions), max_size=3, unique=True)))
    return Question(
        kind=kind,
        metrics=tuple(draw(st.lists(st.sampled_from(metrics), min_size=1, max_size=8, unique=True))),
        dimensions=told_apart,
        since=since,
        until=until,
        zone=zone,
        granularity=draw(st.sampled_from(granularities(until - since, len(told_apart)))),
        filters=tuple(draw(st.lists(filters(kind, calls), max_size=2))),
        segment=draw(st.sampled_from((None, None, "puebla"))) if kind == "legacy" else None,
        service_level=ServiceLevel(
            draw(st.sampled_from("ABCD")), draw(st.sampled_from((0.0, 5.0, 20.0))), draw(st.sampled_from(("lt", "lte")))
        ),
        limit=1_000_000,
        totals=True,
    )


class Calls(list[Call]):
    """Calls that print as the seed they came from: a hundred calls in a failure's report hide the question."""

    def __init__(self, kind: SourceKind, seed: int, season: timedelta, count: int) -> None:
        random = Random(seed)
        make = legacy_call if kind == "legacy" else queue_call
        super().__init__(make(random, call_id, season) for call_id in range(count))
        self.told = f"Calls({kind!r}, {seed}, {season!r}, {count})"

    @override
    def __repr__(self) -> str:
        return self.told


@st.composite
def worlds(draw: st.DrawFn, kind: SourceKind) -> tuple[list[Call], list[Question]]:
    """Calls from a seed (hypothesis by itself likes worlds that are nearly empty) and questions that meet them."""
    season = draw(st.sampled_from((timedelta(0), AUTUMN)))
    calls = Calls(kind, draw(st.integers(0, 10_000)), season, draw(st.sampled_from((60, 120, 20, 0))))
    return calls, draw(st.lists(questions(kind, calls, season), min_size=3, max_size=6))
