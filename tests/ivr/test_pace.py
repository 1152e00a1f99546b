"""The share of time that goes into reading, told as what the source answers and what follows from it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.ivr.pace import FREE_S, NOISE_S, REST_S_MAX, SHARE_MIN, Pace

pytestmark = pytest.mark.unit

CALM_S, BUSY_S = 0.020, 0.041


def after(*latencies_s: float, share: float = 1.0, calm_s: float = CALM_S) -> Pace:
    pace = Pace(share)
    pace.calm([calm_s] * 5)
    for latency_s in latencies_s:
        pace.observe(latency_s, 1.0)
    return pace


@pytest.mark.parametrize(
    ("latencies_s", "share"),
    [
        ([], 1.0),
        ([BUSY_S] * 2, 1.0),
        ([BUSY_S] * 3, 0.5),
        ([BUSY_S] * 5, 0.125),
        ([CALM_S, 5.0, CALM_S], 1.0),
        ([BUSY_S] * 50, SHARE_MIN),
        ([BUSY_S] * 3 + [0.035] * 4, 0.25),
        ([BUSY_S] * 3 + [CALM_S] * 2, 0.375),
        ([BUSY_S] * 3 + [CALM_S] * 9, 1.0),
    ],
    ids=["quiet", "twice", "doubled", "goes on", "one slow answer", "floor", "between", "recovers", "recovered"],
)
def test_it_gives_way_when_the_latency_has_doubled(latencies_s: list[float], share: float) -> None:
    assert after(*latencies_s).share == share


def test_seconds_at_a_lower_pace_are_counted() -> None:
    pace = after(*[BUSY_S] * 4, *[CALM_S] * 12)
    assert (pace.slowed, pace.slowed_s, pace.share_least) == (False, 8.0, 0.125)


def test_a_doubling_below_our_own_noise_is_none() -> None:
    assert after(*[0.004] * 9, calm_s=0.0001).share == 1.0
    assert after(*[2 * NOISE_S] * 9, calm_s=0.0001).share < 1.0


@pytest.mark.parametrize(
    ("share", "rows", "elapsed_s", "rest_s"),
    [
        (1.0, 100, 0.1, 0.0),
        (0.5, 100, 0.1, 0.1),
        (0.5, 100, 0.15, 0.05),
        (0.5, 100, 0.9, 0.0),
        (0.05, 1_000, 0.1, REST_S_MAX),
    ],
    ids=["full speed", "half of it", "slow by itself", "slower than asked", "no longer than this"],
)
def test_the_rest_after_a_chunk(share: float, rows: int, elapsed_s: float, rest_s: float) -> None:
    pace = Pace(share)
    assert [pace.rest_s(100, 0.1) for _ in range(3)] == [0.0] * 3  # 1 000 rows a second: full speed is found out first
    assert pace.rest_s(rows, elapsed_s) == pytest.approx(rest_s)


@settings(suppress_health_check=[HealthCheck.too_slow])  # two hundred chunks take their time on a loaded machine
@given(st.floats(0.1, 0.99), st.lists(st.tuples(st.integers(1, 20_000), st.floats(0.001, 0.2)), min_size=200))
def test_over_a_long_time_the_share_is_kept(share: float, chunks: list[tuple[int, float]]) -> None:
    pace = Pace(share)
    rows = seconds = free = 0.0
    for n, (size, elapsed_s) in enumerate(chunks):
        rest_s = pace.rest_s(size, elapsed_s)
        assert rest_s <= REST_S_MAX
        if free < FREE_S:
            free += elapsed_s
            speed = pace._speed
        elif rest_s < REST_S_MAX and n:
            rows += size
            seconds += elapsed_s + rest_s
    assert rows <= 1.001 * share * speed * seconds + 1


@given(st.lists(st.floats(0, 10), max_size=200), st.floats(0.05, 1.0), st.floats(0, 1))
def test_the_share_stays_within_what_is_allowed_and_comes_back(
    latencies_s: list[float], share: float, calm_s: float
) -> None:
    pace = after(*latencies_s, share=share, calm_s=calm_s)
    assert SHARE_MIN <= pace.share <= share
    for _ in range(20):
        pace.observe(calm_s, 1.0)
    assert pace.share == share
    assert not pace.slowed
