"""Whether people ask, for everybody to see: a service that was asked a moment ago holds a lock in PostgreSQL.

It holds it on the connection of its pulse, which is asked four times a second anyway: no statement more, no row, and
the lock of a process that dies is gone with it. Whoever has heavy work that can wait looks for it (`PEOPLE_ASK`).
"""

import time
from collections.abc import Callable

from shared.locks import PEOPLE_ASK

# Somebody who reads a page before the next click is still there: full speed in between would meet that click. Longer
# than the half second that a load takes to hear of the first one, and than most people look at one page.
LATELY_S = 30.0
_NOTHING = "SELECT 1"
_TAKE = f"SELECT pg_try_advisory_lock_shared({PEOPLE_ASK[0]}, {PEOPLE_ASK[1]})"
_LET_GO = f"SELECT pg_advisory_unlock_shared({PEOPLE_ASK[0]}, {PEOPLE_ASK[1]})"


class Asked:
    """Who waits for this process, and when the last of them was answered. `now` is a clock in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._waiting = 0
        self._answered_at = float("-inf")
        self.elsewhere: Callable[[], bool] = lambda: False  # whether another server than the primary answers them

    def begin(self) -> None:
        """Somebody asks."""
        self._waiting += 1

    def end(self) -> None:
        """Somebody was answered, or left."""
        self._waiting -= 1
        self._answered_at = self._now()

    @property
    def lately(self) -> bool:
        """Whether somebody waits for an answer of the primary, or did a moment ago."""
        waits = self._waiting > 0 or self._now() - self._answered_at < LATELY_S
        return waits and not self.elsewhere()


class Saying:
    """What one connection has been told of it."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._held = False

    def statement(self) -> str:
        """The next statement of this connection, trivial for the server; the last one has been answered."""
        if self._asked.lately == self._held:
            return _NOTHING
        self._held = not self._held
        return _TAKE if self._held else _LET_GO
