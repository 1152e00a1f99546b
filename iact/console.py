"""What the person at the terminal sees while the system starts: ticked steps with their times."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

TEXT_WIDTH = 74


class Step:
    """One step in progress; set `text` to what was found, and it is said when the step is done."""

    def __init__(self, text: str) -> None:
        self.text = text


class Steps:
    """Numbered steps, as `scripts/start.sh` prints its own first ones."""

    def __init__(self, *, done: int, total: int, output: TextIO = sys.stdout) -> None:
        self._done = done
        self._total = total
        self._output = output
        self._began = time.monotonic()

    @contextmanager
    def step(self, text: str) -> Iterator[Step]:
        """Say what is being done, and tick it when the block ends without an exception."""
        number = f"{self._done + 1}/{self._total}"
        step = Step(text)
        began = time.monotonic()
        self._write(f"[..] {number} {text}", end="" if self._output.isatty() else "\n")
        try:
            yield step
        except BaseException:
            self._write("" if not self._output.isatty() else "\r[!!]")
            raise
        self._done += 1
        start = "\r\033[K" if self._output.isatty() else ""
        self._write(f"{start}[ok] {number} {step.text:<{TEXT_WIDTH}} {time.monotonic() - began:6.1f} s")

    def say(self, text: str) -> None:
        """A line of its own below the running step."""
        start = "\r\033[K" if self._output.isatty() else ""
        self._write(f"{start}     {text}")

    def _write(self, text: str, end: str = "\n") -> None:
        self._output.write(text + end)
        self._output.flush()
