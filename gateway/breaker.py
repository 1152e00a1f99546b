"""When to stop asking a process that does not answer, and when to ask it again. Pure: the clock is the caller's.

After FAILURES_MAX failures in a row nobody asks for a moment; then one request, and only one, goes to see. Its outcome
decides: closed again, or open for twice as long. docs/adr says why this is no library.
"""

from enum import Enum

FAILURES_MAX = 5  # in a row; a single lost connection is a restart, five are an outage
OPEN_S = 0.25  # first pause: a process that was restarted is back within a second
OPEN_S_MAX = 2.0  # longest pause: whoever recovers is asked again within three seconds
NEVER = float("inf")
PROBE_S_MAX = 5.0  # a probe that nobody reports back from is forgotten after this


class State(Enum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """One process's record. `enter` before a request; then exactly one of `succeeded`, `failed`, `abandoned`.

    A `watched` process is asked beside the requests whether it lives: no request goes to see before it has said so.
    """

    __slots__ = ("_failures", "_open_s", "_open_until", "_probe_until", "_watched", "opened")

    def __init__(self, *, watched: bool = False) -> None:
        self._watched = watched
        self._failures = 0
        self._open_s = OPEN_S
        self._open_until = 0.0
        self._probe_until = 0.0
        self.opened = False

    def state(self, now: float) -> State:
        if not self.opened:
            return State.CLOSED
        return State.OPEN if now < self._open_until or now < self._probe_until else State.HALF_OPEN

    def enter(self, now: float) -> bool:
        """Whether a request may go; in the half-open state it goes as the one probe."""
        if not self.opened:
            return True
        if self.state(now) is State.OPEN:
            return False
        self._probe_until = now + PROBE_S_MAX
        return True

    def succeeded(self) -> None:
        self._failures = 0
        if self.opened:
            self.opened = False
            self._open_s = OPEN_S
            self._probe_until = 0.0

    def failed(self, now: float) -> None:
        self._failures += 1
        if self._probe_until:
            # The probe came back without an answer: wait twice as long.
            self._open_s = min(2 * self._open_s, OPEN_S_MAX)
            self.trip(now)
        elif self._failures >= FAILURES_MAX and not self.opened:
            self.trip(now)

    def trip(self, now: float) -> None:
        """Open at once: the process is known to be gone."""
        self.opened = True
        self._probe_until = 0.0
        self._open_until = NEVER if self._watched else now + self._open_s

    def found_alive(self) -> None:
        """Asked beside the requests, it answered: the next request may go and see at once."""
        if self.opened:
            self._open_until = 0.0

    def abandoned(self) -> None:
        """The request ended without telling anything about the process (its caller hung up): the next may probe."""
        self._probe_until = 0.0


class RetryBudget:
    """Second tries cost what first tries earn: at most a tenth more requests reach a service that is failing."""

    __slots__ = ("_saved",)
    SHARE = 0.1
    SAVED_MAX = 20.0  # what a quiet hour may spend at once: the kept connections of one restarted process

    def __init__(self) -> None:
        self._saved = 5.0  # a service that restarts right after the gateway started

    def earn(self) -> None:
        self._saved = min(self._saved + self.SHARE, self.SAVED_MAX)

    def spend(self) -> bool:
        if self._saved < 1:
            return False
        self._saved -= 1
        return True
