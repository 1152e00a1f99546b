"""Threads for work that would hold up the event loop, such as writing a workbook: few, with a short queue."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol, TypeVar

from shared.errors import Unavailable

WORKERS = 2  # as many as the cores of the smallest supported machine
WAITING_MAX = 8  # a workbook takes seconds: whoever would wait longer than a few of them is told to come back
ANSWERS_WAITING_MAX = 64  # large answers take tens of milliseconds each
RETRY_AFTER_S = 5
CELLS_ON_LOOP_MAX: Final = 2_000  # about 2 ms

T = TypeVar("T")


class TooBusy(Unavailable):
    """Too many large answers are being made at this moment; try again in a few seconds."""


class OffLoop(Protocol):
    """Does work of about so many cells somewhere, and gives its result."""

    async def __call__(self, work: Callable[[], T], cells: int) -> T: ...


async def at_once(work: Callable[[], T], cells: int) -> T:
    """Here and now: for callers without an event loop to keep free."""
    del cells
    return work()


class BoundedPool:
    def __init__(self, *, waiting_max: int = WAITING_MAX, name: str = "workbook") -> None:
        self._executor = ThreadPoolExecutor(WORKERS, thread_name_prefix=name)
        self._inside = 0
        self._waiting_max = waiting_max

    async def unless_small(self, work: Callable[[], T], cells: int) -> T:
        """In a thread, unless there is so little to do that changing threads would take longer."""
        return work() if cells <= CELLS_ON_LOOP_MAX else await self.run(work)

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`, done in a thread. Raises TooBusy when the queue is full."""
        if self._inside >= WORKERS + self._waiting_max:
            raise TooBusy(retry_after_s=RETRY_AFTER_S)
        self._inside += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._inside -= 1

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)
