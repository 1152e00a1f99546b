"""The cache of a second."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ttl import TtlCache

pytestmark = pytest.mark.unit


def test_an_entry_dies_at_its_age() -> None:
    cache: TtlCache[str, int] = TtlCache(ttl_s=1, entries_max=10)
    cache.put("a", 1, now=100.0)
    assert cache.get("a", now=100.999) == 1
    assert cache.get("a", now=101.0) is None
    assert len(cache) == 0


def test_zero_turns_it_off() -> None:
    cache: TtlCache[str, int] = TtlCache(ttl_s=0, entries_max=10)
    cache.put("a", 1, now=100.0)
    assert cache.get("a", now=100.0) is None


def test_dropped_and_cleared() -> None:
    cache: TtlCache[str, int] = TtlCache(ttl_s=1, entries_max=10)
    for key in "abc":
        cache.put(key, 1, now=0)
    cache.drop("a")
    cache.drop("never there")
    assert cache.get("a", now=0) is None
    assert cache.get("b", now=0) == 1
    cache.clear()
    assert len(cache) == 0


@given(st.lists(st.tuples(st.integers(0, 20), st.floats(0, 5)), max_size=60), st.integers(1, 5))
def test_it_never_outgrows_its_bound_or_outlives_its_time(puts: list[tuple[int, float]], bound: int) -> None:
    cache: TtlCache[int, float] = TtlCache(ttl_s=1, entries_max=bound)
    now = 0.0
    for key, pause in puts:
        now += pause
        cache.put(key, now, now)
        assert len(cache) <= bound
        assert cache.get(key, now) == now
    for key, _ in puts:
        value = cache.get(key, now)
        assert value is None or now - value < 1
