"""How fast a session, a token or an address may ask: token buckets in this process. Pure: the clock is the caller's.

Each of several workers gets its part of the rate, so the sum over workers is what the settings say. What a client is
told follows the IETF draft "RateLimit header fields for HTTP" (structured fields `RateLimit`, `RateLimit-Policy`).
"""

import math
from collections.abc import Hashable
from dataclasses import dataclass

from gateway.limits import BUCKETS_MAX


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` requests at once, `per_s` in the long run; `per_s` of 0 turns the limit off."""

    name: str
    per_s: float
    burst: int

    def shared_by(self, workers: int) -> "Rate":
        return Rate(self.name, self.per_s / workers, max(1, self.burst // workers))

    @property
    def policy(self) -> bytes:
        return f'"{self.name}";q={self.burst};w={max(1, math.ceil(self.burst / self.per_s))}'.encode()


class Buckets:
    """A bucket for each asker of one kind. Beyond the limit of buckets the one used longest ago is forgotten."""

    __slots__ = ("_burst", "_levels", "_name", "_per_s", "policy", "rate")

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._burst, self._per_s = float(rate.burst), rate.per_s
        self._name = rate.name.encode()
        self.policy = rate.policy if rate.per_s > 0 else b""
        self._levels: dict[Hashable, tuple[float, float]] = {}

    def __len__(self) -> int:
        return len(self._levels)

    def take(self, key: Hashable, now: float) -> int:
        """Take one; how many are left, -1 when there was none."""
        # Taken out and put back: the order of the dictionary is the order of last use.
        levels = self._levels
        known = levels.pop(key, None)
        if known is None:
            if len(levels) >= BUCKETS_MAX:
                del levels[next(iter(levels))]
            level = self._burst
        else:
            level = known[0] + (now - known[1]) * self._per_s
            level = min(level, self._burst)
        if level < 1:
            levels[key] = (level, now)
            return -1
        level -= 1
        levels[key] = (level, now)
        return int(level)

    def peek(self, key: Hashable, now: float) -> int:
        """How many there are; takes none."""
        known = self._levels.get(key)
        return self.rate.burst if known is None else int(self._filled(known, now))

    def wait_s(self, key: Hashable, now: float) -> int:
        """Whole seconds until there is one again."""
        level = self._filled(self._levels.get(key, (self.rate.burst, now)), now)
        return max(1, math.ceil((1 - level) / self.rate.per_s))

    def header(self, left: int) -> bytes:
        """The value of RateLimit: what is left and in how many seconds all of it is back."""
        return b'"%b";r=%d;t=%d' % (self._name, left, math.ceil((self._burst - left) / self._per_s))

    def _filled(self, known: tuple[float, float], now: float) -> float:
        return min(float(self.rate.burst), known[0] + (now - known[1]) * self.rate.per_s)
