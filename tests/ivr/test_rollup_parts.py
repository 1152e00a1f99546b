"""What rollups are made of, each against plain Python."""

import random
import struct
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.ivr import aggregate, repeats, rollup_rows
from services.ivr.aggregate import MEASURES, Aggregate, Counted, Rollups, Rows
from services.ivr.calendar_periods import month_of, months_of, next_month, quarter_of, year_of
from services.ivr.callers import count_callers, read_set, set_of, shards_of, sketch_of, union, write_set
from services.ivr.cells import Ints, Subject, Subjects
from services.ivr.grouping import grouped
from services.ivr.kept_calls import STARTED_FIRST, Calls
from services.ivr.load_months import months_of_days
from services.ivr.local_days import LocalDays
from services.ivr.repeats import REPEAT_MEASURES, RepeatCount, in_shards, joined
from services.ivr.rollup_rows import Numbers
from shared.sketches import hyperloglog, merge_sketches, write_registers

pytestmark = pytest.mark.unit

DAY_S = 86_400
FIRST = 1_761_400_000  # 2025-10-25, the day before summer time ends in Europe
# Clocks at the hour, by half an hour, a whole day left out, and put back across midnight at one minute past it.
ZONES = ["Europe/Madrid", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns", "Asia/Kathmandu"]
ids = st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from([0, 1, 2, -1, 2**62, -(2**62)]))
sets = st.lists(ids, max_size=60).map(lambda values: np.array(values, dtype=np.int64))
MENU_KINDS, CENTRE_KINDS = ("empty", "phone", "menu"), ("vdn", "null", "zeros")
SUBJECTS = [
    Subject(
        did, menu, option, centre, menu == 1, ["empty", "phone", "menu"][menu % 3], ["vdn", "null", "zeros"][centre]
    )
    for did in (11, 22)
    for menu in (1, 2, 3)
    for option in (1, 2)
    for centre in (0, 1, 2)
]


@given(st.lists(st.integers(631_200_000, 4_102_000_000), max_size=20), st.sampled_from(ZONES))
@example([1_289_098_860 + n for n in range(-900, 900, 60)], "America/St_Johns")  # 2010-11-07 00:01 became 23:01
@example([1_325_239_200 + n for n in range(-7_200, 7_200, 900)], "Pacific/Apia")  # 2011-12-30 did not happen
@settings(deadline=None, max_examples=30)
def test_local_days_are_those_of_the_calendar(moments: list[int], zone: str) -> None:
    started = np.array(moments, dtype=np.int64)
    days = LocalDays(zone)
    expected = [datetime.fromtimestamp(each, ZoneInfo(zone)).toordinal() - 719_163 for each in moments]
    for _ in range(2):  # learned, then remembered
        assert days.of(started).tolist() == expected
        slots = days.slots(started)
        assert days.days(slots).tolist() == expected
        assert (slots // 2 == started // 900).all()


@given(sets, sets)
def test_sets_of_callers_are_sets(first: Ints, second: Ints) -> None:
    one, two = set_of(first), set_of(second)
    assert one.tolist() == sorted(set(first.tolist()) - {0})
    assert union([one, two]).tolist() == sorted((set(first.tolist()) | set(second.tolist())) - {0})
    assert read_set(write_set(one)).tolist() == one.tolist()
    assert sketch_of(one) == write_registers(hyperloglog(one))
    shards = shards_of(one)
    assert np.concatenate(shards).tolist() == one.tolist()
    assert all((shard >> 58 == number - 32).all() for number, shard in enumerate(shards))
    counts = count_callers([(1, one), (2, two), (3, two)], {1: "a", 2: "b", 3: "a"})
    both = len(set(one.tolist()) | set(two.tolist()))
    assert counts == {None: both, "a": both, "b": len(two)}


@given(st.lists(st.integers(0, 200), min_size=1, max_size=50), st.sampled_from([201, 1 << 40]))
def test_grouping_gives_each_key_its_place(values: list[int], size: int) -> None:
    keys, at = grouped(np.array(values, dtype=np.int64), size)
    assert keys.tolist() == sorted(set(values))
    assert keys[at].tolist() == values


calls = st.lists(
    st.tuples(
        st.integers(0, 2),  # unit
        st.integers(0, len(SUBJECTS) - 1),
        st.integers(FIRST, FIRST + 12 * DAY_S),
        st.one_of(st.integers(0, 300), st.sampled_from([-1, 3_600, 3_601, 3_660, 10_000_000])),
        st.integers(0, 5),
        st.sampled_from([0, 1, 2, -5, 2**62, 2**62 + 1]),
        st.integers(-(2**63), 2**63 - 1),
    ),
    min_size=1,
    max_size=60,
)


def rows_of(values: list[tuple[int, ...]]) -> Rows:
    return Rows(*(np.array(column, dtype=np.int64) for column in zip(*values, strict=True)))


def rollups_of(values: list[tuple[int, ...]], sizes: list[int], together: int) -> tuple[list[object], Rollups]:
    subjects = Subjects()
    subjects.add(SUBJECTS)
    made = Aggregate(subjects, LocalDays("Europe/Madrid"))
    counted = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aggregate, "COUNTED_TOGETHER", together)
        patch.setattr("services.ivr.grouping.DENSE_MIN", together)
        patch.setattr(aggregate, "DENSE_MIN", together)
        at = 0
        for size in [*sizes, len(values)]:
            if part := values[at : at + size]:
                batch = made.take(rows_of(part))
                counted += len(batch.rows) if batch else 0
            at += size
        batch = made.flush()
        counted += len(batch.rows) if batch else 0
    assert counted == len(values)
    done = made.done()
    told = [
        [column.tolist() for column in (each.unit, each.bucket, each.cell, each.measures)]
        for each in (done.quarter_hours, done.hours, *done.days.values())
    ]
    return [*told, done.hour_sketches, done.day_sketches], done


@settings(deadline=None, max_examples=60)
@given(calls, st.lists(st.integers(0, 20), max_size=5), st.sampled_from([1, 7, 1 << 16]), st.randoms())
def test_any_portions_in_any_order_give_the_same_rollups(
    values: list[tuple[int, ...]], sizes: list[int], together: int, rng: random.Random
) -> None:
    expected, done = rollups_of(values, [], 1 << 16)
    shuffled = values.copy()
    rng.shuffle(shuffled)
    assert rollups_of(shuffled, sizes, together)[0] == expected
    assert all(int(counted.measures[0].sum()) == len(values) for counted in (done.quarter_hours, done.hours))
    assert [int(counted.measures[0].sum()) for counted in done.days.values()] == [len(values)] * 4


@settings(deadline=None, max_examples=60)
@given(calls)
def test_months_are_the_sums_of_their_days(values: list[tuple[int, ...]]) -> None:
    _, done = rollups_of(values, [], 1 << 16)
    for grain, days in done.days.items():
        sketches = done.day_sketches.get(grain)
        expected: dict[tuple[date, int], list[list[int]]] = defaultdict(list)
        weekdays: dict[tuple[date, int], int] = defaultdict(int)
        joined: dict[tuple[date, int], bytes] = defaultdict(bytes)
        for at, (day, cell) in enumerate(zip(days.bucket.tolist(), days.cell.tolist(), strict=True)):
            local = date(1970, 1, 1) + timedelta(days=day)
            key = (local.replace(day=1), cell)
            expected[key].append(days.measures[:, at].tolist())
            weekdays[key] += days.measures[0, at] * (local.isoweekday() <= 5)
            joined[key] += sketches[at] if sketches else b""
        months = months_of_days(days, sketches)
        keys = [
            (date(1970, 1, 1) + timedelta(days=month), cell)
            for month, cell in zip(months.counted.bucket.tolist(), months.counted.cell.tolist(), strict=True)
        ]
        assert sorted(expected) == sorted(keys)
        for at, key in enumerate(keys):
            columns = list(zip(*expected[key], strict=True))
            assert months.counted.measures[:, at].tolist() == [*map(sum, columns[:-1]), max(columns[-1])]
            assert months.weekday_calls[at] == weekdays[key]
            assert months.sketches is None or months.sketches[at] == merge_sketches([joined[key]])
        first = months.counted.bucket[:1].tolist()
        assert set(months.of(first).counted.bucket.tolist()) == set(first)


@settings(deadline=None, max_examples=100)
@given(calls, st.sampled_from([1, 5, 1 << 19]), st.integers(FIRST, FIRST + 20 * DAY_S))
def test_repeats_are_those_of_plain_python(values: list[tuple[int, ...]], together: int, as_of: int) -> None:
    subjects = Subjects()
    subjects.add(SUBJECTS)
    local = LocalDays("Europe/Madrid")
    days = sorted({int(day) for day in local.of(np.array([call[2] for call in values], dtype=np.int64))})
    wanted = days[len(days) // 4 :]
    rows = rows_of(values)
    kept = Calls(
        rows.caller_id,
        (rows.started - STARTED_FIRST).astype(np.uint32),
        rows.subject.astype(np.int32),
        (rows.call_id >> 32).astype(np.int32),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repeats, "LOOKED_AT_TOGETHER", together)
        shards = in_shards([kept])
    count = RepeatCount(subjects, local, as_of, np.array(wanted, dtype=np.int64))
    for shard in shards:
        if shard:
            count.take(joined(shard))
    found = count.done()
    if not found.certain:
        return
    names = {
        (int(day), subjects.lists[2][int(cell)][1:3]): dict(zip(REPEAT_MEASURES, column.tolist(), strict=True))
        for day, cell, column in zip(found.day, found.cell, found.measures.T, strict=True)
    }
    assert names == expected_repeats(values, set(wanted), as_of)


def expected_repeats(
    values: list[tuple[int, ...]], wanted: set[int], as_of: int
) -> dict[tuple[int, tuple[int, int]], dict[str, int]]:
    following: dict[int, int] = {}
    of_caller: dict[int, list[int]] = defaultdict(list)
    for number in sorted(range(len(values)), key=lambda n: (values[n][2], values[n][6] >> 32)):
        of_caller[values[number][5]].append(number)
    for numbers in of_caller.values():
        following.update({first: values[second][2] for first, second in pairwise(numbers)})
    result: dict[tuple[int, tuple[int, int]], dict[str, int]] = {}
    for number, (_, subject, started, _, _, caller, _) in enumerate(values):
        day = datetime.fromtimestamp(started, ZoneInfo("Europe/Madrid")).toordinal() - 719_163
        if day not in wanted:
            continue
        about = SUBJECTS[subject]
        sums = result.setdefault((day, (about.did_id, about.menu_id)), dict.fromkeys(REPEAT_MEASURES, 0))
        ended = about.centre_kind == "null"
        sums["calls"] += 1
        sums["ended_in_ivr"] += ended
        for name, window_s in (("1h", 3_600), ("24h", DAY_S), ("7d", 7 * DAY_S)):
            covered = started + window_s <= as_of
            known = covered and caller != 0
            repeated = known and following.get(number, as_of + 8 * DAY_S) <= started + window_s
            sums[f"covered_{name}"] += covered
            sums[f"known_{name}"] += known
            sums[f"repeated_{name}"] += repeated
            if name == "24h":
                sums["ended_known_24h"] += ended and known
                sums["ended_repeated_24h"] += ended and repeated
    return result


def test_calendar_periods() -> None:
    day = datetime(2025, 12, 31, tzinfo=UTC).date()
    assert [f"{each}" for each in (month_of(day), quarter_of(day), year_of(day), next_month(month_of(day)))] == [
        *("2025-12-01", "2025-10-01", "2025-01-01", "2026-01-01")
    ]
    assert months_of([day, day.replace(day=1), day.replace(month=2, day=3)]) == [
        *(day.replace(month=2, day=1), day.replace(day=1))
    ]


def test_rows_are_written_in_the_order_of_their_key() -> None:
    """Cells and units have numbers in another order than places: an index filled in its order grows at its end."""
    place = np.arange(60, dtype=np.int64)
    measures = np.ones((len(MEASURES), 60), dtype=np.int64)
    counted = Counted(place % 3, place // 20, place % 5, measures)
    numbers = Numbers(1, np.array([30, 10, 20]), {1: np.array([5, 3, 9, 1, 7])})
    table = rollup_rows.quarter_hours(counted, numbers)
    width = (len(table.stream) - len(rollup_rows.HEADER) - len(rollup_rows.TRAILER)) // 60
    rows = [table.stream[at : at + width] for at in range(len(rollup_rows.HEADER), len(table.stream) - width, width)]
    keys = [struct.unpack(">2x4xq4xi4xi", row[:30]) for row in rows]
    assert len(keys) == table.rows == 60
    assert keys == sorted(keys)
