"""Which legs may be published already: a first load has to ask PostgreSQL for next to none of them. Pure."""

from typing import Final

import numpy as np

from services.ivr.event_columns import Bools, Ints

SLOTS: Final = 1 << 24  # 16 MB; of a million legs one in seventeen is asked for in vain


class PublishedLegs:
    """Sets a mark for each leg that a run has written, while these are all that its source has.

    A marked id may be published, any other is not. Ids are keyed hashes: their last bits tell them apart well enough.
    """

    def __init__(self, *, none_yet: bool) -> None:
        self._marks: Bools | None = np.zeros(SLOTS, dtype=np.bool_) if none_yet else None

    def may_have(self, leg_ids: Ints) -> Bools:
        """Which of these legs must be looked up."""
        if self._marks is None:
            return np.ones(len(leg_ids), dtype=np.bool_)
        found: Bools = self._marks[leg_ids & (SLOTS - 1)]
        return found

    def add(self, leg_ids: Ints) -> None:
        """These are written; a transaction that is rolled back leaves marks that cost a look and do no harm."""
        if self._marks is not None:
            self._marks[leg_ids & (SLOTS - 1)] = True
