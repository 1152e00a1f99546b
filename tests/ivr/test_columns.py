"""The column path gives what the per-row interpreter gives, whatever the rows and however they are cut into chunks."""

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.ivr.clock import LocalClock
from services.ivr.columns import UNKNOWN, Block, hour_places, hour_text, plain_numbers
from services.ivr.dictionary import Dictionary, hash_words
from services.ivr.keys import Keys
from services.ivr.legacy import NO_DATE, Call, Chunk, DigestPass, Interpreter, Reject, UnitCount
from services.ivr.legacy_columns import ColumnChunk, ColumnInterpreter, Facts
from services.ivr.pgbinary import COPY_HEADER, Numbers, pack, pack_calls
from services.ivr.rows import pack_row
from services.ivr.rules import Meaning
from services.ivr.sources.legacy import bad_width
from services.ivr.unit_columns import ColumnDigests
from tests.ivr.conftest import LegacyRow, legacy_row

pytestmark = pytest.mark.unit

KEYS = Keys(bytes(range(32)))
# No deadlines below: each interpreter begins with tables of 8 MiB, a busy machine takes its time for them.
MADRID = "Europe/Madrid"  # clocks change on 2025-03-30 and 2025-10-26
# Zones with changes of half an hour, at midnight, and of the whole day.
ZONES = ["America/Mexico_City", MADRID, "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia"]

days = st.one_of(
    st.sampled_from(["2025-07-01", "2025-07-02", "2025-10-26", "2025-03-30", "2024-02-29"]),
    st.sampled_from(["0000-00-00", "", "2025-02-31", "2025-13-01", "1989-12-31", "2100-01-01", "2025-7-1", "20250701"]),
    st.sampled_from(["2025-07-01 00:00:00", "2025-W27-2", "2025-07-0\u0661", " 2025-07-01", "x" * 300]),
    st.none(),
)
usual_times = st.builds(
    "{} {:02}:{:02}:{:02}".format,
    st.sampled_from(["2025-07-01", "2025-07-02", "2025-10-26", "2025-10-25", "2025-03-30", "2025-04-06", "2011-12-30"]),
    st.integers(0, 4),
    st.integers(0, 59),
    st.integers(0, 59),
)
odd_times = st.sampled_from(
    [
        *("0000-00-00 00:00:00", "2025-07-01", "2025-07-01T09:00:00", "2025-07-01 24:00:00", "2025-07-01 09:60:00"),
        *("2025-07-01 09:00:00.5", "2025-07-01 09:00:00.", "2025-07-01 09:00:00x", "2025-02-30 09:00:00", "", "x"),
        *("1991-01-01 00:00:00", "2090-01-01 00:00:00", "1989-12-31 23:59:59", "2025/07/01 09:00:00"),
    ]
)
times = st.one_of(usual_times, usual_times, usual_times, odd_times, st.none())
telephones = st.sampled_from(
    ["5510000001", "5510000002", " 5510000001", "+525510000001", "anonymous", "5", "551000000155100000", "", " ", "é"]
)
numbers = st.one_of(st.none(), telephones, telephones, st.text(max_size=20))
centres = st.one_of(
    st.none(),
    st.sampled_from(["10928253", "109282535512345678", "cliente_colgo", "00000000000", "5510000001", " 10928253"]),
    st.sampled_from(["5510000001\t", "10928253" + "5512345678" * 2, "a" * 60, "x" * 260, "5510000003", ""]),
)
menus = st.one_of(
    st.none(),
    st.sampled_from(["RES-FallaInternet", "res-fallainternet", "5512345678", " 5512345678", "1234567", "123456"]),
    st.sampled_from(["sin cMenu", "VACIO", "caf\u00e9\x00", "x" * 201, "x" * 160, "1-x-7654", "\u0661" * 8]),
)
names = st.one_of(st.none(), st.sampled_from(["DEFAULT", "", "x" * 201, "call 5512345678 now", "\udce9"]))
labels = st.one_of(
    st.none(), st.sampled_from(["VIP", "VIP, REGULAR,", "", ",,", "x," * 600, "x" * 70, "5512345678", "\x00"])
)
dirty = st.tuples(days, times, times, names, centres, menus, names, numbers, numbers, labels)
dirty_names = st.tuples(
    st.just("2025-07-01"), usual_times, usual_times, names, centres, menus, names, telephones, numbers, labels
)
clean = st.builds(
    lambda day, start, end, origin: (day, start, end, *legacy_row(origin=origin)[3:]),
    st.sampled_from(["2025-07-01", "2025-07-02"]),
    usual_times,
    usual_times,
    telephones,
)
tables = st.builds(
    # Some rows again: identical ones all count.
    lambda rows, again: [*rows, *(rows[at % len(rows)] for at in again if rows)],
    st.lists(st.one_of(clean, dirty_names, dirty_names, dirty), max_size=30),
    st.lists(st.integers(0, 99), max_size=8),
)


def packed(rows: Sequence[LegacyRow]) -> list[bytes]:
    return [pack_row([None if each is None else each.encode("utf-8", "surrogateescape") for each in r]) for r in rows]


def calls_of(facts: Facts) -> list[Call]:
    columns = (facts.call_id, facts.caller_id, facts.started, facts.duration_s, facts.units, facts.combination)
    more = (facts.label_set, facts.line_kind, facts.swapped, facts.occurrence)
    return [
        Call(c[0], c[1], c[2], c[3], facts.dates[c[4]], *c[5:])
        for c in zip(*(each.tolist() for each in (*columns, *more)), strict=True)
    ]


Result = tuple[list[object], list[Reject], dict[date, UnitCount], set[date]]


def result(
    reading: Interpreter | ColumnInterpreter, rows: list[bytes], sizes: Sequence[int]
) -> tuple[Result, list[Meaning]]:
    """All that rows become, calls in the order of their ids, and the meanings in the order they were first seen."""
    calls: list[object] = []
    rejects: list[Reject] = []
    units: set[date] = set()
    at = 0
    for size in [*sizes, len(rows)]:
        chunk: Chunk | ColumnChunk = reading.take(rows[at : at + size])
        at += size
        of_chunk = chunk.calls
        if isinstance(chunk, ColumnChunk) and chunk.facts is not None:
            of_chunk = of_chunk + calls_of(chunk.facts)
        assert all(call.combination < chunk.meanings and call.label_set < chunk.label_sets for call in of_chunk)
        calls += [
            (*call._replace(label_set=0), reading.meanings[call.combination], reading.label_sets[call.label_set])
            for call in of_chunk
        ]
        rejects += chunk.rejects
        units |= chunk.units
    calls.sort(key=lambda call: call[0])  # type: ignore[index] # a tuple that begins with its id
    return (calls, rejects, reading.units, units), reading.meanings


def both(zone: str, wanted: frozenset[date] | None = None) -> tuple[Interpreter, ColumnInterpreter]:
    return (
        Interpreter(keys=KEYS, clock=LocalClock(zone), source="s", table="t", wanted=wanted),
        ColumnInterpreter(keys=KEYS, clock=LocalClock(zone), source="s", table="t", wanted=wanted),
    )


@settings(max_examples=400, deadline=None)
@given(
    tables,
    st.lists(st.integers(0, 9), max_size=6),
    st.sampled_from(ZONES),
    st.sampled_from([None, frozenset({date(2025, 7, 1), NO_DATE}), frozenset[date]()]),
)
@example([legacy_row(menu="x" * 201), legacy_row()], [], MADRID, None)
@example([legacy_row(centre="5510000001", origin=f"551000000{n}") for n in (2, 1, 3)], [], MADRID, None)
@example([legacy_row(centre="5510000001" * 2, origin=f"551000000{n}") for n in (2, 1, 3)], [], MADRID, None)
@example([("2025-07-01", "1991-01-01 00:00:00", "2090-01-01 00:00:00", *legacy_row()[3:])], [], MADRID, None)
def test_columns_give_what_rows_give(
    rows: list[LegacyRow], sizes: list[int], zone: str, wanted: frozenset[date] | None
) -> None:
    lines = packed(rows)
    by_row, by_column = both(zone, wanted)
    expected = result(by_row, lines, [])
    assert result(by_column, lines, sizes) == expected


@settings(deadline=None)
@given(tables, st.lists(st.integers(0, 9), max_size=6))
def test_digests_of_columns_are_those_of_rows(rows: list[LegacyRow], sizes: list[int]) -> None:
    lines = packed([row for row in rows if len(row[0] or "") < 251])
    by_row, by_column = DigestPass(KEYS, "s", "t"), ColumnDigests(KEYS, "s", "t")
    by_row.take(lines)
    for size in [*sizes, len(lines)]:
        by_column.take(lines[:size])
        lines = lines[size:]
    assert by_column.units == by_row.units


def test_usual_rows_do_not_meet_the_per_row_interpreter() -> None:
    rows = [legacy_row(f"2025-07-{n % 28 + 1:02}", f"{n % 24:02}:00:00", origin=f"55{n:08}") for n in range(500)]
    rows += [legacy_row(centre=f"10928253551{n:07}") for n in range(50)]
    rows += [legacy_row(menu=f"551{n:07}", centre="", option=None, typed="5510000001") for n in range(50)]
    _, reading = both("America/Mexico_City")
    chunk = reading.take(packed(rows))
    assert chunk.facts is not None
    assert (len(chunk.facts), len(chunk.calls), len(chunk)) == (600, 0, 600)


@pytest.mark.parametrize("zone", ZONES)
def test_every_hour_of_the_years_with_a_change(zone: str) -> None:
    rows = [
        (f"{day}", f"{day} {hour:02}:59:50", f"{day} {hour:02}:10:10", *legacy_row(origin=f"55{hour:08}")[3:])
        for day in np.arange("2011-12-25", "2012-01-05", dtype="datetime64[D]").tolist()
        + np.arange("2025-03-25", "2025-04-10", dtype="datetime64[D]").tolist()
        + np.arange("2025-09-01", "2025-11-05", dtype="datetime64[D]").tolist()
        for hour in range(24)
    ]
    by_row, by_column = both(zone)
    assert result(by_column, packed(rows), [100]) == result(by_row, packed(rows), [])


def test_a_row_of_the_wrong_width_and_a_very_wide_one() -> None:
    rows = [*packed([legacy_row()] * 3), bad_width(["2025-07-01", "x"], 10), *packed([legacy_row(option="y" * 70_000)])]
    by_row, by_column = both(MADRID)
    assert result(by_column, rows, [2]) == result(by_row, rows, [])


def test_a_row_with_wrong_lengths_is_refused_as_before() -> None:
    good = packed([legacy_row()])[0]
    for broken in (good[:-1], good[:20]):
        for reading in both(MADRID):
            with pytest.raises(ValueError, match=r"middle of a field|not enough values"):
                reading.take([good, broken, good])


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=40))
def test_two_texts_never_share_a_number_though_they_share_a_hash(texts: list[bytes]) -> None:
    rows = [pack_row([text]) for text in texts]
    block = Block.of(rows)
    words = block.words(block.starts, block.ends - block.starts, 8)
    for hashes in (hash_words(words), hash_words(words) & np.uint64(1)):
        dictionary = Dictionary(8)
        for at in range(len(rows)):
            each = slice(at, at + 1)
            if dictionary.find(words[:, each], hashes[each])[0] == UNKNOWN:
                dictionary.add(words[:, each], hashes[each], [at])
        found = dictionary.find(words, hashes).tolist()
        assert all(n == UNKNOWN or rows[n] == rows[at] for at, n in enumerate(found))
        assert sum(n != UNKNOWN for n in found) >= len(set(hashes.tolist())) > 0


def test_a_dictionary_grows() -> None:
    rows = [pack_row([str(n).encode()]) for n in range(5_000)]
    block = Block.of(rows)
    words = block.words(block.starts, block.ends - block.starts, 1)
    dictionary = Dictionary(2)
    for begin in range(0, len(rows), 700):
        part = slice(begin, begin + 700)
        dictionary.add(words[:, part], hash_words(words[:, part]), range(begin, min(begin + 700, len(rows))))
    assert dictionary.find(words, hash_words(words)).tolist() == list(range(5_000))


@given(st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)))  # noqa: DTZ001 - local times
def test_the_place_of_an_hour_is_that_hour(moment: datetime) -> None:
    text = f"{moment:%Y-%m-%d %H:%M:%S}".encode()
    block = Block.of([text])
    place, seconds, usual = hour_places(block, block.starts)
    assert usual.all()
    assert hour_text(int(place[0])) == text[:13]
    assert int(seconds[0]) == int(text[14:16]) * 60 + int(text[17:19])


@settings(deadline=None)
@given(tables)
def test_columns_and_single_calls_are_packed_alike(rows: list[LegacyRow]) -> None:
    _, reading = both("America/Mexico_City")
    chunk = reading.take(packed(rows))
    if chunk.facts is None or not len(chunk.facts):
        return
    numbers = Numbers(
        7,
        {day: 100 + n for n, day in enumerate(sorted(chunk.units))},
        np.arange(4 * len(reading.meanings), dtype=np.int32).reshape(-1, 4),
        np.arange(len(reading.label_sets), dtype=np.int32) + 50,
    )
    singles = ColumnChunk(calls=calls_of(chunk.facts))
    assert pack(ColumnChunk(facts=chunk.facts), numbers) == pack(singles, numbers)
    assert bytes(pack(singles, numbers)) == COPY_HEADER + pack_calls(singles.calls, numbers) + b"\xff\xff"


fields = st.one_of(
    st.binary(max_size=20),
    st.text("0123456789", max_size=20).map(str.encode),
    st.text("0123456789:/ -.\0\xb0\xff", max_size=20).map(lambda text: text.encode("latin-1")),
)


@given(st.lists(fields, max_size=40), st.integers(min_value=1, max_value=18))
@example([b"9" * 18, b"0" * 18, b"1", b"12345678", b"123456789", b"1234567890123456", b"12345678\0", b""], 18)
@example([bytes([n]) for n in range(256)] + [b"7%b7" % bytes([n]) for n in range(256)], 3)
def test_a_number_is_what_python_reads_and_anything_else_is_none(texts: list[bytes], digits_max: int) -> None:
    block = Block.of(texts)
    length = block.ends - block.starts
    values, usual = plain_numbers(block, block.starts, length, digits_max)
    plain = [text.isdigit() and len(text) <= digits_max for text in texts]
    assert usual.tolist() == plain
    assert values.tolist() == [int(text) if is_ else 0 for text, is_ in zip(texts, plain, strict=True)]


def test_a_number_beyond_the_rows_is_none() -> None:
    block = Block.of([b"17", b"4"])
    places, length = np.array([0, 10**9, -5, 2]), np.array([2, 300, -3, 1])
    values, usual = plain_numbers(block, places, length, 18)
    assert usual.tolist() == [True, False, False, True]
    assert values[usual].tolist() == [17, 4]
