"""Bands cut out of sketches are those of the values that went into them."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.bands import BANDS_S, Bands, by_band
from services.analytics.catalog import Count, Mean, Ratio
from services.analytics.expressions import Raw, Spread
from services.analytics.rollups import Rollup
from shared.sketches import codes_of, write_sketch
from tests.analytics.model import band

pytestmark = pytest.mark.unit

MONTHS = Rollup("asterisk", "month")
CALLS, WAITS = Raw(MONTHS, "calls", "bigint"), Raw(MONTHS, "waits", "bytea")
bounds = st.sampled_from(sorted({upper for uppers in BANDS_S.values() for upper in uppers}))
values = st.one_of(
    bounds.map(float),
    bounds.map(lambda upper: float(np.nextafter(upper, 1e9))),
    bounds.map(lambda upper: max(0.0, float(np.nextafter(upper, 0)))),
    st.floats(0, 8_000),
)
records = st.lists(st.lists(st.one_of(st.none(), values), max_size=20), max_size=6)


def sketch_of(waits: list[float | None]) -> bytes:
    known = np.array([wait for wait in waits if wait is not None], dtype=np.float64)
    return write_sketch(*np.unique(codes_of(known), return_counts=True))


@given(records, st.sampled_from(sorted(BANDS_S)))
def test_every_call_lies_in_its_band(rows: list[list[float | None]], name: str) -> None:
    columns: dict[Raw, list[Any]] = {CALLS: [len(row) for row in rows], WAITS: [sketch_of(row) for row in rows]}
    found = Bands(name, columns).count(Spread(CALLS, WAITS)).tolist()
    expected = []
    for row in rows:
        counted = Counter(band(wait, BANDS_S[name]) for wait in row)
        expected.append([counted[at] for at in (*range(len(BANDS_S[name]) + 1), None)])
    assert found == expected


def test_a_share_of_each_band_needs_both_counts() -> None:
    assert by_band(MONTHS, "wait_band", Ratio(("abandoned",), ("offered",))) is not None
    assert by_band(MONTHS, "wait_band", Count("timed_out")) is None
    assert by_band(MONTHS, "wait_band", Ratio(("abandoned",), ("timed_out",))) is None
    assert by_band(MONTHS, "wait_band", Mean("talk_s")) is None


def test_what_is_taken_away_is_taken_away_in_every_band() -> None:
    waits = [0.0, 7.0, 7.0, None]
    columns: dict[Raw, list[Any]] = {CALLS: [len(waits)], WAITS: [sketch_of(waits)]}
    assert Bands("wait_band", columns).count(Spread(CALLS, WAITS, -1)).tolist() == [[-1, 0, -2, 0, 0, 0, 0, 0, 0, -1]]
