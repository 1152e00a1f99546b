"""Which ids are read is remembered exactly, whatever their gaps, and survives being stored."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ivr.id_blocks import BLOCK_IDS, ReadIds

pytestmark = pytest.mark.unit

IDS = st.lists(st.one_of(st.integers(0, 3 * BLOCK_IDS), st.integers(0, 2**62)), max_size=40)


def array(ids: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(ids, dtype=np.int64)


@given(st.lists(IDS, max_size=4), IDS)
def test_what_was_added_is_known_and_nothing_else(batches: list[list[int]], asked: list[int]) -> None:
    ids = ReadIds()
    stored: dict[int, bytes] = {}
    for batch in batches:
        ids.add(array(batch), np.ones(len(batch)))
        stored |= {number: bits for number, bits, _ in ids.changed()}
    read = {each for batch in batches for each in batch}
    for kept in (ids, ReadIds(stored.items())):
        assert kept.known(array(asked)).tolist() == [each in read for each in asked]
        assert [each in kept for each in asked] == [each in read for each in asked]


def test_a_block_carries_its_newest_time_and_is_told_once() -> None:
    ids = ReadIds()
    ids.add(array([2, 1, BLOCK_IDS]), np.array([5.0, 7.0, 6.0]))
    ids.add(array([3]), np.array([4.0]))
    assert [(number, at) for number, _, at in ids.changed()] == [(0, 7.0), (1, 6.0)]
    assert ids.changed() == []
