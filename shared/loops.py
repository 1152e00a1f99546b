"""What the endless loops of the services do alike: an outage is waited out, all else is told, and the loop goes on."""

import time
from types import TracebackType
from typing import Self

import asyncpg

from shared.errors import Unavailable
from shared.log import log
from shared.postgres import OUTAGES
from shared.tasks import FAILURES

TELL_AGAIN_S = 60.0  # what fails in one round mostly fails in the next, too: the log must stay readable
# InternalClientError: the server's last words came while nobody listened, and the driver lost its step.
AWAY = (*OUTAGES, Unavailable, asyncpg.InternalClientError)


class Rounds:
    """Guards the rounds of an endless loop, `with rounds: …`: what a round raises is told, and ends that round only.

    The same failure in a row is logged once a minute; all but outages are counted. A cancellation ends the loop.
    """

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._told: type[BaseException] | None = None
        self._told_at = 0.0
        FAILURES.labels(subject)  # seen from now on: an increase is told from the first one on

    def well(self) -> None:
        """What a round is for works; a failure from now on is a new one."""
        self._told = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        if kind is None or error is None:
            self.well()
            return False
        if not isinstance(error, Exception):
            return False
        away = isinstance(error, AWAY)
        if not away:
            FAILURES.labels(self._subject).inc()
        now = time.monotonic()
        if kind is not self._told or now - self._told_at >= TELL_AGAIN_S:
            self._told, self._told_at = kind, now
            if away:
                log.warning(f"{self._subject}: waiting for PostgreSQL", error=kind.__name__)
            else:
                log.error(f"{self._subject}: a round failed, the next one follows", exc_info=error)
        return True
