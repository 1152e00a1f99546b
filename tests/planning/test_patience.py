import random

import pytest

from services.analytics.planning.patience import estimate_patience

pytestmark = pytest.mark.unit


def test_answered_calls_are_censored_observations() -> None:
    rng = random.Random(5)
    waited, abandoned = 0.0, 0
    for _ in range(20_000):
        patience, wait = rng.expovariate(1 / 120), rng.expovariate(1 / 40)
        waited += min(patience, wait)
        abandoned += patience < wait
    found = estimate_patience(waited_s=waited, abandoned=abandoned)
    assert found is not None
    assert found.low_s < 120 < found.high_s
    assert found.mean_s == pytest.approx(120, rel=0.05)


def test_too_few_gave_up() -> None:
    assert estimate_patience(waited_s=1_000, abandoned=29) is None
    assert estimate_patience(waited_s=0, abandoned=300) is None
