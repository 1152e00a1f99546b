"""At what share of its full speed a load may read, and when it gives way to the source's own work. Pure.

What the source's statements take is compared with their median before the first row was asked for: once it has
doubled, the share is halved again and again, and grows back when it is calm. Full speed is what reading and taking in
reach together: time that is spent waiting for bytes says little, buffers on the way fill while we rest.
"""

from collections import deque
from collections.abc import Sequence
from statistics import median

PACE_MIN, PACE_MAX = 0.05, 1.0
CALM_PROBES = 5  # an odd number, so that the median was really measured
RECENT_PROBES = 3  # one slow answer is chance, two of three are not
BUSY_FACTOR = 2.0
CALM_AGAIN_FACTOR = 1.5  # below this it recovers; between the two it stays, so that it does not swing
NOISE_S = 0.005  # what a busy event loop adds to any answer: less than this cannot be told from our own work
SHARE_MIN = 0.05  # never to a standstill: a snapshot that lasts for hours costs the source more than reading does
RECOVERY = 1.5
FREE_S = 0.25  # read at full speed first: a share of it needs the whole
SPEED_MEMORY = 0.9  # of the speed known so far, whenever a chunk was read without a rest
REST_S_MAX = 2.0  # a run that rests longer would not hear that it was cancelled


class Pace:
    """The share of full speed at which may be read, now."""

    def __init__(self, share: float = PACE_MAX) -> None:
        self._allowed = share
        self._recent: deque[float] = deque(maxlen=RECENT_PROBES)
        self.share = share
        self.share_least = share
        self.calm_s: float | None = None
        self.slowed_s = 0.0
        self._free_rows, self._free_s = 0, 0.0
        self._speed = 0.0

    @property
    def slowed(self) -> bool:
        return self.share < self._allowed

    def calm(self, latencies_s: Sequence[float]) -> None:
        """What a tiny statement took before this load began; the calmest beginning counts."""
        found = median(latencies_s)
        self.calm_s = found if self.calm_s is None else min(self.calm_s, found)

    def observe(self, latency_s: float, elapsed_s: float) -> None:
        """What it takes now, `elapsed_s` after the last question."""
        if self.slowed:
            self.slowed_s += elapsed_s
        self._recent.append(latency_s)
        if self.calm_s is None or len(self._recent) < RECENT_PROBES:
            return
        now, calm = median(self._recent), max(self.calm_s, NOISE_S)
        if now >= BUSY_FACTOR * calm:
            self.share = max(min(SHARE_MIN, self._allowed), self.share / 2)
            self.share_least = min(self.share_least, self.share)
        elif now < CALM_AGAIN_FACTOR * calm:
            self.share = min(self._allowed, self.share * RECOVERY)

    def rest_s(self, rows: int, elapsed_s: float) -> float:
        """How long to rest after so many rows, read and taken in within `elapsed_s`."""
        if self._free_s < FREE_S:
            self._free_rows += rows
            self._free_s += elapsed_s
            self._speed = self._free_rows / self._free_s if self._free_s else 0.0
            return 0.0
        if self.share >= PACE_MAX:
            if elapsed_s > 0:
                self._speed = SPEED_MEMORY * self._speed + (1 - SPEED_MEMORY) * rows / elapsed_s
            return 0.0
        if not self._speed:
            return 0.0
        return min(REST_S_MAX, max(0.0, rows / (self.share * self._speed) - elapsed_s))
