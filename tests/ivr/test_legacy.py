"""The per-row interpreter: no row lost, any chunks the same, order of days and rows without meaning."""

import random
import re
from collections import Counter
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ivr import occurrences as occurrences_module
from services.ivr.clock import LocalClock
from services.ivr.keys import Keys, digest, row_id
from services.ivr.legacy import COLUMNS, NO_DATE, Call, DigestPass, Interpreter, Reject, months
from services.ivr.occurrences import Occurrences
from services.ivr.rows import first_field, pack_row, unpack_row
from services.ivr.units import decide
from tests.ivr.conftest import LegacyRow, legacy_row

pytestmark = pytest.mark.unit

KEYS = Keys(bytes(range(32)))


def packed(row: LegacyRow) -> bytes:
    return pack_row([None if value is None else value.encode("utf-8", "surrogateescape") for value in row])


def interpreter(zone: str = "America/Mexico_City", wanted: frozenset[date] | None = None) -> Interpreter:
    return Interpreter(keys=KEYS, clock=LocalClock(zone), source="s", table="t", wanted=wanted)


def one(row: LegacyRow, zone: str = "America/Mexico_City") -> tuple[Call, Interpreter]:
    reading = interpreter(zone)
    (call,) = reading.take([packed(row)]).calls
    return call, reading


def rejected(row: LegacyRow) -> Reject:
    (reject,) = interpreter().take([packed(row)]).rejects
    return reject


@pytest.mark.parametrize(
    ("start", "end", "started", "duration_s", "swapped"),
    [
        ("09:00:00", "09:02:00", "15:00:00", 120, False),
        ("09:02:00", "09:00:00", "15:00:00", 120, True),
        ("09:00:00", "09:00:00", "15:00:00", 0, False),
        ("09:00:00", None, "15:00:00", None, False),
        (None, "09:00:00", "15:00:00", None, False),
    ],
)
def test_times(start: str | None, end: str | None, started: str, duration_s: int | None, swapped: bool) -> None:
    call, _ = one(legacy_row(start=start, end=end))
    assert f"{datetime.fromtimestamp(call.started, UTC):%H:%M:%S}" == started
    assert (call.duration_s, call.swapped) == (duration_s, swapped)


def test_a_call_over_midnight_lasts_what_it_lasted() -> None:
    row = list(legacy_row())
    row[1:3] = ["2025-07-01 23:59:00", "2025-07-02 00:01:00"]
    assert one(tuple(row))[0].duration_s == 120
    row[1:3] = reversed(row[1:3])
    call, _ = one(tuple(row))
    assert (call.duration_s, call.swapped) == (120, True)


def test_a_doubled_hour_does_not_look_swapped() -> None:
    row = list(legacy_row())
    row[1:3] = ["2025-10-26 02:59:50", "2025-10-26 03:00:10"]
    call, _ = one(tuple(row), "Europe/Madrid")
    assert (call.duration_s, call.swapped) == (20, False)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (legacy_row(start=None, end=None), "neither dHoraInicio nor dHoraFin is a time"),
        (legacy_row(menu="x" * 201), "cMenu is longer than 200 characters"),
        (legacy_row(option="x" * 201), "cOpcion is longer than 200 characters"),
        (legacy_row(labels="x," * 600), "cEtiquetacliente is longer than 1000 characters"),
        (("2025-07-01", "1991-01-01 00:00:00", "2090-01-01 00:00:00", *legacy_row()[3:]), "68 years apart"),
    ],
)
def test_rows_that_cannot_be_calls(row: LegacyRow, reason: str) -> None:
    reject = rejected(row)
    assert reason in reject.reason
    assert "5510000001" not in reject.row_masked
    assert len(reject.row_masked) <= 2_000


def test_a_masked_row_shows_everything_but_telephones() -> None:
    row = legacy_row(start=None, end=None, menu="marque 55 1234 5678", centre="109282535512345678")
    text = rejected(row).row_masked
    assert text.startswith("dFecha=2025-07-01; dHoraInicio=NULL; dHoraFin=NULL; cDID_800Transfer=********;")
    assert "cMenu=marque ** **** ****" in text
    assert "5512345678" not in text


def test_a_telephone_as_centre_is_not_kept() -> None:
    call, reading = one(legacy_row(centre="5510000001"))
    meaning = reading.meanings[call.combination]
    assert (meaning.centre, meaning.centre_kind) == ("TELEFONO_EN_CENTRO", "bad_start")


def test_odd_bytes_become_calls() -> None:
    call, reading = one(legacy_row(menu="caf\udce9", option="ñ\udcff", labels="=cmd|' /C calc'!A0"))
    meaning = reading.meanings[call.combination]
    assert (meaning.menu, meaning.option) == ("café", "ñ\ufffd")
    assert reading.label_sets[call.label_set] == ("=cmd|' /C calc'!A0",)


@pytest.mark.parametrize("column", range(len(COLUMNS)))
def test_a_nul_byte_anywhere_rejects_its_row_and_no_other(column: int) -> None:
    row = [value or "" for value in legacy_row(typed="5510000001", labels="A" * 300)]
    row[column] = row[column][:4] + "\x00" + row[column][4:]
    taken = interpreter().take(
        [packed(legacy_row(option="")), packed(tuple(row)), packed(legacy_row(labels="A" * 256))]
    )
    assert len(taken.calls) == 2
    (reject,) = taken.rejects
    assert (reject.position, reject.reason) == (2, "the row contains a NUL byte")
    assert "\\x00" in reject.row_masked
    assert "\x00" not in reject.row_masked
    assert not re.search("[0-9]{5}", reject.row_masked.replace("\\x00", ""))


def test_callers_are_the_same_everywhere_and_unknown_is_zero() -> None:
    assert KEYS.caller_id(b"5512345678") == KEYS.caller_id(b" 5512345678 ")
    assert KEYS.caller_id(b"5512345678") != Keys(bytes(32)).caller_id(b"5512345678")
    assert [KEYS.caller_id(text) for text in (b"", b"  ", b"anonymous", b"Restricted")] == [0] * 4
    assert one(legacy_row(origin=None))[0].caller_id == 0


LOCAL = st.datetimes(datetime(2025, 6, 30), datetime(2025, 10, 2))  # noqa: DTZ001 - local times
values = st.one_of(st.none(), st.text(max_size=12), st.sampled_from(["5512345678", "0000-00-00", "sin cMenu"]))
dates = st.sampled_from(["2025-07-01", "2025-07-02", "2025-09-30", "0000-00-00", ""])
times = st.one_of(st.none(), st.just("x"), LOCAL.map(str))
legacy_rows = st.lists(
    st.tuples(dates, times, times, values, values, values, values, values, values, values), max_size=25
)


def shape(rows: list[bytes], sizes: list[int]) -> tuple[Counter[object], Counter[object], dict[date, object]]:
    """What the rows become, without what depends on chance: numbers of combinations, positions."""
    reading = interpreter()
    calls: Counter[object] = Counter()
    rejects: Counter[object] = Counter()
    at = 0
    for size in [*sizes, len(rows)]:
        chunk = reading.take(rows[at : at + size])
        at += size
        calls.update(
            (call._replace(combination=0, label_set=0), reading.meanings[call.combination],
             reading.label_sets[call.label_set])
            for call in chunk.calls
        )  # fmt: skip
        rejects.update((reject.unit, reject.reason, reject.row_masked) for reject in chunk.rejects)
    return (
        calls,
        rejects,
        {unit: (count.rows, count.rejected, count.hash_total) for unit, count in reading.units.items()},
    )


@settings(deadline=None)
@given(legacy_rows, st.lists(st.integers(1, 6), max_size=6))
def test_any_chunks_give_the_same_calls(rows: list[LegacyRow], sizes: list[int]) -> None:
    lines = [packed(row) for row in rows]
    assert shape(lines, sizes) == shape(lines, [])


@settings(deadline=None)
@given(legacy_rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_days_means_nothing(rows: list[LegacyRow], chance: random.Random) -> None:
    lines = [packed(row) for row in rows]
    shuffled = list(lines)
    chance.shuffle(shuffled)
    assert shape(shuffled, []) == shape(lines, [])


@settings(deadline=None)
@given(legacy_rows)
def test_no_row_is_lost_and_no_time_is_negative(rows: list[LegacyRow]) -> None:
    lines = [packed(row) for row in rows]
    reading = interpreter()
    chunk = reading.take(lines)
    assert len(chunk.calls) + len(chunk.rejects) == len(rows) == sum(count.rows for count in reading.units.values())
    assert len({call.call_id for call in chunk.calls}) == len(chunk.calls)
    assert all(call.duration_s is None or call.duration_s >= 0 for call in chunk.calls)
    assert months(chunk.calls) == {
        date(moment.year, moment.month, 1)
        for moment in (datetime.fromtimestamp(call.started, UTC) for call in chunk.calls)
    }


@settings(deadline=None)
@given(legacy_rows)
def test_the_digest_pass_sees_what_the_interpreter_sees(rows: list[LegacyRow]) -> None:
    lines = [packed(row) for row in rows]
    digests, reading = DigestPass(KEYS, "s", "t"), interpreter()
    assert digests.take(lines) == len(lines)
    reading.take(lines)
    assert {u: (c.rows, c.hash_total) for u, c in digests.units.items()} == {
        u: (c.rows, c.hash_total) for u, c in reading.units.items()
    }
    stored = {u: _Stored(c.rows, digest(c.hash_total, c.rows)) for u, c in reading.units.items()}
    assert not decide(digests.units, stored, force=True).to_write


class _Stored:
    def __init__(self, rows_read: int, stored: bytes) -> None:
        self.rows_read = rows_read
        self.digest = stored


@settings(deadline=None)
@given(legacy_rows, st.integers(0, 24), st.integers(0, 9))
def test_one_changed_byte_changes_the_digest(rows: list[LegacyRow], at: int, column: int) -> None:
    if not rows:
        return
    changed = [list(row) for row in rows]
    row = changed[at % len(rows)]
    row[column] = f"{row[column]}~"
    before, after = interpreter(), interpreter()
    before.take([packed(each) for each in rows])
    after.take([packed(tuple(each)) for each in changed])
    totals = [{u: digest(c.hash_total, c.rows) for u, c in reading.units.items()} for reading in (before, after)]
    assert totals[0] != totals[1]


def test_only_wanted_units_are_interpreted() -> None:
    rows = [packed(legacy_row(f"2025-07-0{day}")) for day in (1, 2, 2, 3)]
    rows.append(packed(("0000-00-00", *legacy_row()[1:])))
    reading = interpreter(wanted=frozenset({date(2025, 7, 2), NO_DATE}))
    chunk = reading.take(rows)
    assert sorted(call.unit for call in chunk.calls) == [NO_DATE, date(2025, 7, 2), date(2025, 7, 2)]
    assert interpreter(wanted=frozenset()).take(rows).calls == []


@pytest.mark.parametrize(
    ("rows", "changed", "force", "decision"),
    [
        (None, False, False, "new"),
        (10, False, False, "unchanged"),
        (10, False, True, "unchanged"),
        (10, True, False, "replaced"),
        (9, True, False, "replaced"),
        (11, True, False, "held"),
        (11, True, True, "replaced"),
    ],
)
def test_what_happens_to_a_unit(rows: int | None, changed: bool, force: bool, decision: str) -> None:
    day = date(2025, 7, 1)
    reading = DigestPass(KEYS, "s", "t")
    reading.take([packed(legacy_row())] * 10)
    total = reading.units[day].hash_total
    published = {} if rows is None else {day: _Stored(rows, digest(total + changed, 10))}
    assert decide(reading.units, published, force=force).decisions == {day: decision}


fields = st.lists(st.one_of(st.none(), st.binary(max_size=300)), max_size=12)


@settings(deadline=None)
@given(fields)
def test_a_row_is_taken_apart_as_it_was_put_together(row: list[bytes | None]) -> None:
    assert unpack_row(pack_row(row)) == row
    if row and (row[0] is None or len(row[0]) <= 250):
        assert first_field(pack_row(row)) == row[0]


@pytest.mark.parametrize("length", [250, 251, 65_535, 65_536, 1 << 24])
def test_lengths_at_the_edges(length: int) -> None:
    assert unpack_row(pack_row([b"x" * length, None])) == [b"x" * length, None]


def test_a_row_with_wrong_lengths_is_refused() -> None:
    with pytest.raises(ValueError, match="middle of a field"):
        unpack_row(b"\x05ab")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(-5, 5), max_size=20), max_size=20))
def test_occurrences_are_counted_across_chunks(chunks: list[list[int]]) -> None:
    occurrences = Occurrences()
    seen: Counter[int] = Counter()
    for chunk in chunks:
        expected = []
        for value in chunk:
            seen[value] += 1
            expected.append(seen[value])
        assert occurrences.count(chunk) == expected


def test_ids_are_signed_64_bit_and_never_zero() -> None:
    ids = [row_id(KEYS.rows("s", "t").one(bytes([n]))) for n in range(200)]
    assert min(ids) < 0 < max(ids)
    assert all(-(2**63) <= each < 2**63 for each in ids)
    assert KEYS.call_id(0, 1) == 1
    assert KEYS.call_id(ids[0], 2) != KEYS.call_id(ids[0], 3) != ids[0]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 4)), max_size=60), st.lists(st.integers(0, 9), max_size=8))
def test_occurrences_of_columns_count_like_a_counter(rows: list[tuple[int, int]], sizes: list[int]) -> None:
    """Ids of one unit, among them some that share their place in its table; any chunks give the same."""
    spread = 0x9E3779B97F4A7C15
    ids = np.array([(unit + 1) * spread % (1 << 62) + value for value, unit in rows], dtype=np.int64)
    units = np.array([unit for _, unit in rows], dtype=np.uint16)
    seen: Counter[int] = Counter()
    expected = []
    for each in ids.tolist():
        seen[each] += 1
        expected.append(seen[each])
    occurrences = Occurrences()
    found: list[int] = []
    for size in [*sizes, len(rows)]:
        at = len(found)
        found += occurrences.count_array(ids[at : at + size], units[at : at + size]).tolist()
    assert found == expected


def test_units_that_rest_know_their_rows_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(occurrences_module, "REST_CHUNKS", 2)
    chance = np.random.default_rng(7)
    ids = {unit: chance.integers(-(2**63), 2**63 - 1, 3_000) for unit in range(4)}
    occurrences = Occurrences()
    for times in (1, 2, 3):
        for unit, values in ids.items():
            for part in np.array_split(values, 3):
                found = occurrences.count_array(part, np.full(len(part), unit, dtype=np.uint16))
                assert (found == times).all()
