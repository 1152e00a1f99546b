"""Columns of legs say what the per-row interpreter says, over rows of any kind and in any batches."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ivr.cdr import CdrReader, Leg, leg_hash
from services.ivr.cdr_columns import LegChunk, LegColumnReader
from services.ivr.clock import LocalClock, moment
from services.ivr.column_names import CDR
from services.ivr.columns import Block
from services.ivr.copy_fields import HEADER, TRAILER
from services.ivr.detail_batches import KnownLeg, LegRows, Order, Read, Rows, Settled, settle_bad, settle_legs
from services.ivr.keys import Keys
from services.ivr.leg_columns import DISPOSITION_NAMES, LEG_COLUMNS, columns_of, pack_legs
from services.ivr.leg_settling import settle_leg_columns
from services.ivr.rows import pack_row, unpack_row
from services.ivr.sources.details import DetailBatch
from services.ivr.text_columns import Arena
from services.ivr.zone_check import ZoneTally

pytestmark = pytest.mark.unit

KEYS = Keys(bytes(range(32)))
ZONE = "America/New_York"  # its clocks are put back in the night of 2025-11-02
LATEST = 1.9e9
ALL = tuple(CDR)
SIZES = st.lists(st.integers(1, 6), max_size=6)

DIRT = st.sampled_from(
    ["", "", "NULL", "\\N", " ", "\x00", "\udcff\udcfe", "x" * 251, "y" * 300, "ñandú", "5512345678"]
)
TIMES = st.sampled_from(
    [
        *("2025-07-01 09:00:00", "2025-07-01 09:00:10", "2025-07-01 09:01:00", "2025-11-02 01:30:00"),
        *("2025-11-02 02:10:00", "2025-03-09 02:30:00", "2025-07-01 09:00:00.25", "2025-07-01T09:00:03"),
        *("1751374800", "1751374805.5", " 2025-07-01 09:00:01", "0000-00-00 00:00:00", "2025-02-30 09:00:00"),
        *("2025-07-01 24:00:00", "never", "2035-01-01 00:00:00"),
    ]
)
SECONDS = st.sampled_from(["0", "10", "60", "060", "3600", "0:01:00", "60.5", "-1", "10000001", "9999999", "nan", "x"])
UNIQUE = st.sampled_from(
    [
        *("1751374800.7", "1751374800.8", "1762061400.7", "1762065000.7", "pbx-1751374800.7", " 1751374800.7"),
        *("1751374800", "1751374800.", "strange", "5512345678", "123456789.1", "1751374800.12345678901234567890"),
    ]
)
NAMES = st.sampled_from(
    ["from-trunk", " from-trunk ", "Queue", "queue", "QUEUE", "Dial", "8000", "+52 55 1234 5678", "x" * 45, "a" * 260]
)
CHANNELS = st.sampled_from(
    [
        *("PJSIP/trunk-0000000a", "PJSIP/2001-0000012b", "Local/1109@agents-00000065;1", "SIP/2001-08a3b1c0"),
        *(" PJSIP/2001-0000012b", "PJSIP/2001-0000012b ", "SIP/149167199-00000000", "PJSIP/trunk-5512345678"),
        *("PJSIP/a-b-0000000c;2", "PJSIP/a-0000000C", "Local/13156076440@x-00000004;2", "-0000000a", "NULL-0000000a"),
        *("PJSIP/2001-1a", "DAHDI/i1/5512345678-3f", "PJSIP/" + "n" * 50 + "-0000000d", "PJSIP/2001-12345678"),
    ]
)
FIELDS = {
    "id": st.sampled_from(["1", "2", "0003", "x7", "99999999999999999999"]),
    "start": TIMES,
    "answer": TIMES,
    "end": TIMES,
    "duration": SECONDS,
    "billsec": SECONDS,
    "disposition": st.sampled_from(["ANSWERED", "NO ANSWER", "no_answer", "BUSY", "CANCEL", "CONGESTION"]),
    "src": st.sampled_from(
        ["5512345678", " 5512345678", "+52 55", "anonymous", "1" * 70, "7", "<sip:42@x>", "5\x0012"]
    ),
    "dst": NAMES,
    "dcontext": NAMES,
    "clid": NAMES,
    "channel": CHANNELS,
    "dstchannel": CHANNELS,
    "lastapp": NAMES,
    "lastdata": st.sampled_from(["sales,t,,,300", "sales|tT||60", "5512345678,30", ",x", "s" * 60, "q" * 257]),
    "uniqueid": UNIQUE,
    "linkedid": UNIQUE,
    "sequence": st.sampled_from(["0", "1", "2", "07", " 3", "-1", "9" * 20, "9223372036854775807", "9" * 5_000]),
}
USUAL = {
    "start": "2025-07-01 09:00:00",
    "answer": "2025-07-01 09:00:10",
    "end": "2025-07-01 09:01:00",
    "duration": "60",
    "billsec": "50",
    "disposition": "ANSWERED",
    "src": "5512345678",
    "dst": "8000",
    "channel": "PJSIP/trunk-0000000a",
    "dstchannel": "PJSIP/2001-0000000b",
    "lastapp": "Queue",
    "lastdata": "sales,t",
    "uniqueid": "1751374800.7",
    "linkedid": "1751374800.5",
    "sequence": "3",
}


@st.composite
def records(draw: st.DrawFn) -> list[str]:
    """A usual record with some fields that are of their kind, and now and then one that is of none."""
    values = {name: USUAL.get(name, "") for name in ALL}
    for name in draw(st.lists(st.sampled_from(ALL), max_size=8)):
        values[name] = draw(FIELDS[name])
    if draw(st.integers(0, 3)) == 0:
        values[draw(st.sampled_from(ALL))] = draw(DIRT)
    return [values[name] for name in ALL]


TABLES = st.sets(st.sampled_from(["id", "answer", "end", "billsec", "src", "linkedid", "sequence", "lastdata"])).map(
    lambda without: {name: at for at, name in enumerate(ALL) if name not in without}
)


class Both:
    """One stream read by rows and by columns; what one publishes the next batch of both finds."""

    def __init__(self, places: dict[str, int], *, positioned: bool) -> None:
        self.positioned = positioned
        self.order: Order = "place" if positioned else "content"
        self.zones = (ZoneTally(), ZoneTally())
        readers = []
        for zone in self.zones:
            clock = LocalClock(ZONE)
            reader = CdrReader(keys=KEYS, clock=clock, source="pbx", stream="t", places=places, positioned=positioned)
            readers.append((reader, Rows(KEYS, clock, positioned=positioned, places=places), zone))
        self.rows = readers[1][1]
        self.by_rows = LegRows(*readers[0])
        self.by_columns = LegColumnReader(*readers[1], len(ALL))
        self.published: dict[int, Leg] = {}

    def read(self, batch: Sequence[tuple[int, list[str] | str]], known_below: int) -> None:
        packed = DetailBatch.of(batch, None)
        assert packed.rows == list(batch)
        found = self.by_rows.read(batch, known_below=known_below, latest=LATEST)
        chunk = self.by_columns.read(
            packed.packets, packed.positions, packed.bad, known_below=known_below, latest=LATEST
        )
        self.compare(found, chunk)
        told, columns = Settled(), Settled()
        for settled, bad in ((told, found.bad), (columns, chunk.bad)):
            settle_bad(bad, settled, set())
        known = {leg.leg_id: _known(leg) for leg in self.published.values()}
        settle_legs(found, told, known, order=self.order, table="cdr")
        rows = settle_leg_columns(chunk, self.rows, columns, known, order=self.order, table="cdr")
        written = {leg.leg_id: leg for leg in (chunk.legs.leg(at, chunk.arena) for at in rows.tolist())}
        assert (written, len(rows)) == (told.legs, len(told.legs))
        assert (columns.days, columns.rejects, columns.changed) == (told.days, told.rejects, told.changed)
        assert sorted(columns.replaced) == sorted(told.replaced)
        self.published |= told.legs

    def compare(self, found: Read, chunk: LegChunk) -> None:
        legs = [chunk.legs.leg(at, chunk.arena) for at in range(len(chunk.legs))]
        assert legs == [item.leg for item in found.legs]
        assert chunk.repeated.tolist() == [item.repeated for item in found.legs]
        assert chunk.again.tolist() == [item.again for item in found.legs]
        assert (chunk.bad, chunk.newest_at) == (found.bad, found.newest_at)
        assert self.zones[0].differences == self.zones[1].differences


def _known(leg: Leg) -> KnownLeg:
    ended = None if leg.ended_at is None else moment(leg.ended_at)
    return KnownLeg(leg.caller_id, moment(leg.started_at), ended, leg_hash(leg), "cdr", leg.position)


@settings(deadline=None, max_examples=200)
@given(st.lists(records(), max_size=30), SIZES, TABLES, st.booleans(), st.integers(0, 20))
def test_columns_say_what_rows_say(
    rows: list[list[str]], sizes: list[int], places: dict[str, int], positioned: bool, known_below: int
) -> None:
    both = Both(places, positioned=positioned)
    at = 0
    for size in [*sizes, len(rows)]:
        batch = [(n if positioned else 0, row) for n, row in enumerate(rows[at : at + size], at)]
        at += size
        both.read(batch, known_below if positioned else 0)


@pytest.mark.parametrize("changed", [{"channel": "A" * 248 + "-1"}, {"dstchannel": "A" * 248 + "-1"}])
def test_a_channel_as_long_as_a_name_may_be_is_read(changed: dict[str, str]) -> None:
    both = Both({name: at for at, name in enumerate(ALL)}, positioned=True)
    both.read([(1, [(USUAL | changed).get(name, "") for name in ALL])], 0)
    assert len(both.published) == 1


def test_lines_that_are_no_rows_are_rejected_where_they_stand() -> None:
    both = Both({name: at for at, name in enumerate(ALL)}, positioned=True)
    usual = [USUAL.get(name, "") for name in ALL]
    never = [(USUAL | {"start": "never"}).get(name, "") for name in ALL]
    both.read([(0, usual), (10, "no row 5512345678"), (20, never), (30, "another"), (40, usual)], 25)


@given(
    st.lists(
        st.builds(
            Leg,
            *(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1), st.sampled_from(["1.2", "ñ"])),
            *(st.just("1751374800.7"), st.none() | st.integers(0, 2**63 - 1), st.floats(9e8, 2e9)),
            *(st.none() | st.floats(9e8, 2e9), st.none() | st.floats(9e8, 2e9)),
            *(st.none() | st.integers(0, 10_000_000), st.none() | st.integers(0, 10_000_000)),
            st.sampled_from(DISPOSITION_NAMES),
            *(st.none() | st.sampled_from(["sales", "añb", "tel-0a1b2c"]) for _ in range(7)),
            st.integers(0, 2**63 - 1),
        ),
        max_size=5,
    )
)
def test_what_is_packed_is_what_postgresql_would_be_sent(legs: list[Leg]) -> None:
    arena = Arena(b"")
    columns = columns_of(legs, arena)
    assert [columns.leg(at, arena.joined()) for at in range(len(legs))] == legs
    packed = pack_legs(columns, arena.joined(), 7, "cdr")
    assert packed == HEADER + b"".join(_row(leg) for leg in legs) + TRAILER


def _row(leg: Leg) -> bytes:
    fields = b"".join(_field(name, value) for name, value in zip(leg._fields, leg, strict=True))
    return len(LEG_COLUMNS).to_bytes(2, "big") + fields + _field("source_id", 7) + _field("source_table", "cdr")


def _field(name: str, value: Any) -> bytes:
    widths = {"duration_s": 4, "billsec": 4, "source_id": 2}
    if value is None:
        return b"\xff\xff\xff\xff"
    if name.endswith("_at"):
        value = (moment(value) - datetime(2000, 1, 1, tzinfo=moment(0).tzinfo)) // (moment(1e-6) - moment(0))
    sent = value.encode() if isinstance(value, str) else value.to_bytes(widths.get(name, 8), "big", signed=True)
    return len(sent).to_bytes(4, "big") + sent


def test_blocks_that_are_joined_keep_their_rows() -> None:
    rows = [pack_row([b"%d" % n, None, b"x" * (n % 7)]) for n in range(20)]
    blocks = [Block.of(rows[:3]), Block.of([]), Block.of(rows[3:4]), Block.of(rows).where(np.arange(4, 20))]
    joined = Block.join(blocks)
    assert list(joined) == rows
    assert [unpack_row(row)[0] for row in joined] == [b"%d" % n for n in range(20)]
    assert not len(Block.join([Block.of([])]))
