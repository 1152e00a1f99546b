"""Whether people ask, for everybody to see: a service that was asked a moment ago holds a lock in PostgreSQL.

It holds it on the connection of its pulse, which is asked four times a second anyway: no statement more, no row, and
the lock of a process that dies is gone with it. Whoever has heavy work that can wait looks for it (`PEOPLE_ASK`).
"""

import time
from collections.abc import Callable

from shared.locks import PEOPLE_ASK

# Somebody who clicks through pages asks more often than this: full speed in between would meet the next click.
LATELY_S = 5.0
_NOTHING = "SELECT 1"
_TAKE = f"SELECT pg_try_advisory_lock_shared({PEOPLE_ASK[0]}, {PEOPLE_ASK[1]})"
_LET_GO = f"SELECT pg_advisory_unlock_shared({PEOPLE_ASK[0]}, {PEOPLE_ASK[1]})"


class Asked:
    """When this process was last asked. `now` is a clock in seconds that only goes forward."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._at = float("-inf")

    def note(self) -> None:
        """Somebody asks now."""
        self._at = self._now()

    @property
    def lately(self) -> bool:
        return self._now() - self._at < LATELY_S


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
