"""Whether people ask while a run loads: then its parts take turns and work in bites, and questions find a processor.

A load at full speed keeps the source's server, this process and PostgreSQL busy at once: on two processors a question
stands behind one of them each time one part of the system hands it to the next. One after the other they leave a
processor free, for a run that takes about twice as long. What a service tells of itself is in shared/asked.py.
"""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Manners:
    """Of one run: what it last heard, and for how long it has held back so far."""

    asked: bool = False
    gave_way_s: float = 0.0

    def heard(self, *, asked: bool, elapsed_s: float) -> None:
        """What is so now, `elapsed_s` after it was last heard."""
        if self.asked:
            self.gave_way_s += elapsed_s
        self.asked = asked


_of_this_run: ContextVar[Manners] = ContextVar("manners")


def keep_manners(kept: Manners) -> None:
    """From here on for this task, and for what it starts."""
    _of_this_run.set(kept)


def manners() -> Manners:
    """Those of the run that this is part of; outside of runs those of somebody whom nobody hears."""
    return _of_this_run.get(Manners())
