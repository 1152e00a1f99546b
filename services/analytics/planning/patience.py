"""How long callers are ready to wait, from the centre's own calls. Pure.

An answered call says only that its caller would have waited longer: a censored observation. For exponential patience
the best estimate is the time that all of them waited over the number who gave up (censored maximum likelihood).
"""

import math
from dataclasses import dataclass
from typing import Final

ABANDONED_MIN: Final = 30  # with fewer the interval is wider than a third of the estimate either way
NORMAL_95: Final = 1.96


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds, with a 95 % interval; `abandoned` are the observed ends, `waited_s` the time of all calls in queue."""

    mean_s: float
    low_s: float
    high_s: float
    abandoned: int
    waited_s: float


def estimate_patience(*, waited_s: float, abandoned: int) -> Patience | None:
    """None when too few gave up to tell. The interval is that of a Poisson rate on the logarithmic scale."""
    if abandoned < ABANDONED_MIN or waited_s <= 0:
        return None
    mean_s = waited_s / abandoned
    factor = math.exp(NORMAL_95 / math.sqrt(abandoned))
    return Patience(mean_s, mean_s / factor, mean_s * factor, abandoned, waited_s)
