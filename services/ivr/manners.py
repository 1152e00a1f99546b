"""Whether people ask while a run loads: then its parts take turns and work in bites, and questions find a processor.

A load at full speed keeps the source's server, this process and PostgreSQL busy at once: on two processors a question
stands behind one of them each time one part of the system hands it to the next. One after the other they leave a
processor free, for a run that takes twice as long or more. What a service tells of itself is in shared/asked.py.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class Manners:
    """Of one run: what it last heard, and the seconds in which it held back. `now` is a clock in seconds."""

    asked: bool = False
    gave_way_s: float = 0.0
    rest_s: float = 0.0  # after a bite, as PostgreSQL has needed it so far
    now: Callable[[], float] = time.monotonic
    _heard_at: float = field(init=False)
    _gave_way: bool = False  # since it last heard

    def __post_init__(self) -> None:
        self._heard_at = self.now()

    def heard(self, *, asked: bool) -> None:
        """What is so from now on."""
        before, self._heard_at = self._heard_at, self.now()
        if self._gave_way:
            self.gave_way_s += self._heard_at - before
        self.asked, self._gave_way = asked, False

    def give_way(self) -> bool:
        """Whether to hold back: whoever asks this does so then. What a run waits for otherwise is no giving way."""
        self._gave_way |= self.asked
        return self.asked


_of_this_run: ContextVar[Manners] = ContextVar("manners")


def keep_manners(kept: Manners) -> None:
    """From here on for this task, and for what it starts."""
    _of_this_run.set(kept)


def manners() -> Manners:
    """Those of the run that this is part of; outside of runs those of somebody whom nobody hears."""
    return _of_this_run.get(Manners())
