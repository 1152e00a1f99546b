"""The rules that this service judges by: those of a file, read again when it changes, or the defaults without one."""

from pathlib import Path

from services.dora.delivery.model import Rules
from services.dora.delivery.ruling import RulesError, read_rules
from services.dora.webhooks.told import Reading
from shared.errors import Unavailable


class RulesUnreadable(Unavailable):
    """The file of rules cannot be used; numbers by other rules than the chosen ones would mislead."""


class RuleBook:
    """One per process. Every process reads the same file, so all judge alike within one question."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self._stamp: tuple[int, int, int] | None = None
        self.latest = Rules()  # the last that could be read
        self._reading = Reading()

    def current(self) -> Rules:
        """The rules as the file says now; RulesUnreadable, with what is wrong in it, when they cannot be used."""
        if self.file is None:
            return self.latest
        try:
            status = self.file.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            if stamp != self._stamp:
                self.latest, self._stamp = read_rules(self.file), stamp
                self._reading = Reading.of(self.latest)
        except (RulesError, OSError) as error:
            self._stamp = None
            raise RulesUnreadable(f"IACT_DORA_RULES_FILE: {error}") from error
        return self.latest

    def reading(self) -> Reading:
        """Those of the rules by which deliveries are read; RulesUnreadable as above."""
        self.current()
        return self._reading
