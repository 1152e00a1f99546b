"""What the soak calls growth: the slope after the warm-up, which no single reading decides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks.growth import Samples

pytestmark = pytest.mark.unit

HOURS_2 = range(0, 7201, 10)


def sampled(kib: list[float]) -> Samples:
    found = Samples()
    for at_s, rss_kib in zip(HOURS_2, kib, strict=True):
        found.add(float(at_s), rss_kib, 25)
    return found


@given(st.floats(-0.2, 0.2), st.floats(0, 30_000))
def test_the_warm_up_is_no_growth(per_h: float, warm_up_kib: float) -> None:
    """A line that begins after ten minutes of anything is found as it is."""
    at_600 = [80_000 * (1 + per_h * (at_s - 600) / 3600) for at_s in HOURS_2]
    kib = [each - warm_up_kib * (at_s < 600) for at_s, each in zip(HOURS_2, at_600, strict=True)]
    kept = sampled(kib).after_warm_up()
    assert kept.at_s[0] == 600
    assert kept.growth_per_h() == pytest.approx(per_h, abs=1e-9)


def test_a_single_reading_decides_nothing() -> None:
    kib = [80_000.0] * len(HOURS_2)
    kib[-1] = 90_000
    assert abs(sampled(kib).after_warm_up().growth_per_h()) < 0.002


def test_a_leak_of_two_percent_an_hour_is_found_through_noise() -> None:
    kib = [80_000 * (1 + 0.02 * at_s / 3600) + 300 * (at_s % 70 - 30) / 30 for at_s in HOURS_2]
    assert sampled(kib).after_warm_up().growth_per_h() == pytest.approx(0.02, abs=0.001)


def test_a_short_run_leaves_a_quarter_out() -> None:
    found = Samples()
    for at_s in range(0, 401, 10):
        found.add(float(at_s), 80_000.0, 25)
    assert found.after_warm_up().at_s[0] == 100
    assert "31 samples from 2 to 7 min: 78.1 to 78.1 MiB, 25 to 25 open files, slope +0.00% an hour" in (
        found.after_warm_up().said()
    )
