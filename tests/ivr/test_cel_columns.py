"""Columns of cel say what the per-row interpreter says, over rows of any kind and in any batches."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ivr.cel import CelReader
from services.ivr.cel_columns import EventColumnReader
from services.ivr.clock import LocalClock
from services.ivr.column_names import CEL, CEL_REQUIRED
from services.ivr.detail_batches import EventRows, Rows
from services.ivr.keys import Keys
from services.ivr.sources.details import DetailBatch
from tests.ivr.test_cdr_columns import DIRT, LATEST, NAMES, SIZES, TIMES, UNIQUE, ZONE

pytestmark = pytest.mark.unit

KEYS = Keys(bytes(range(32)))
ALL = tuple(CEL)
USUAL = {
    "id": "1",
    "eventtype": "APP_START",
    "eventtime": "2025-07-01 09:00:00",
    "cid_num": "5512345678",
    "exten": "s",
    "context": "ivr-main",
    "appname": "Background",
    "appdata": "menu",
    "uniqueid": "1751374800.7",
    "linkedid": "1751374800.5",
}
FIELDS = {
    "id": st.just("2"),
    "eventtype": st.sampled_from(
        [
            "CHAN_START",
            " hangup ",
            "USER_DEFINED",
            "user_defined",
            "MENU",
            "LINKEDID_END",
            "7",
            "BRIDGE_ENTER",
            "x" * 50,
        ]
    ),
    "eventtime": TIMES,
    "userdeftype": st.sampled_from(["IVR", "MENU"]),
    "cid_num": st.sampled_from(["5512345678", " 5512345678", "anonymous", "1" * 70, "7", "+52 55 1234 5678"]),
    "exten": NAMES,
    "context": NAMES,
    "appname": NAMES,
    "appdata": st.sampled_from(["main,3", "IVR,main,12", "3", "5512345678", ""]),
    "uniqueid": UNIQUE,
    "linkedid": UNIQUE,
    "extra": st.sampled_from(["main,3", '{"extra":"main,4"}', "{", "main;*"]),
}


@st.composite
def events(draw: st.DrawFn) -> list[str]:
    """A usual event with some fields that are of their kind, and now and then one that is of none."""
    values = {name: USUAL.get(name, "") for name in ALL}
    for name in draw(st.lists(st.sampled_from(ALL), max_size=6)):
        values[name] = draw(FIELDS[name])
    if draw(st.integers(0, 3)) == 0:
        values[draw(st.sampled_from(ALL))] = draw(DIRT)
    return [values[name] for name in ALL]


TABLES = st.sets(st.sampled_from([name for name in ALL if name not in CEL_REQUIRED])).map(
    lambda without: {name: at for at, name in enumerate(ALL) if name not in without}
)


def readers(places: dict[str, int]) -> tuple[EventRows, EventColumnReader]:
    parts = []
    for _ in range(2):
        clock = LocalClock(ZONE)
        reader = CelReader(keys=KEYS, clock=clock, stream="t", places=places)
        parts.append((reader, Rows(KEYS, clock, positioned=True, places=places)))
    return EventRows(*parts[0]), EventColumnReader(*parts[1], len(ALL))


@settings(deadline=None, max_examples=200)
@given(st.lists(events(), max_size=30), SIZES, TABLES, st.integers(0, 20))
def test_columns_say_what_rows_say(
    rows: list[list[str]], sizes: list[int], places: dict[str, int], known_below: int
) -> None:
    by_rows, by_columns = readers(places)
    at = 0
    for size in [*sizes, len(rows)]:
        batch = list(enumerate(rows[at : at + size], at))
        at += size
        packed = DetailBatch.of(batch, None)
        found = by_columns.read(packed.packets, packed.positions, packed.bad, known_below=known_below, latest=LATEST)
        assert found == by_rows.read(batch, known_below=known_below, latest=LATEST)


def test_lines_that_are_no_rows_are_rejected_where_they_stand() -> None:
    by_rows, by_columns = readers({name: at for at, name in enumerate(ALL)})
    usual = [USUAL.get(name, "") for name in ALL]
    never = [(USUAL | {"eventtime": "never"}).get(name, "") for name in ALL]
    batch: list[tuple[int, list[str] | str]] = [(0, usual), (10, "no row"), (20, never), (30, "another"), (40, usual)]
    packed = DetailBatch.of(batch, None)
    found = by_columns.read(packed.packets, packed.positions, packed.bad, known_below=25, latest=LATEST)
    assert found == by_rows.read(batch, known_below=25, latest=LATEST)
    assert [(reject.position, repeated) for reject, repeated in found.bad] == [(10, True), (20, True), (30, False)]
