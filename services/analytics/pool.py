"""Threads for work that would hold up the event loop, such as writing a workbook: few, with a short queue."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from shared.errors import Unavailable

WORKERS = 2  # as many as the cores of the smallest supported machine
WAITING_MAX = 8  # a workbook takes seconds: whoever would wait longer than a few of them is told to come back
RETRY_AFTER_S = 5

T = TypeVar("T")


class TooBusy(Unavailable):
    """Too many files are being written at this moment; try again in a few seconds."""


class BoundedPool:
    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(WORKERS, thread_name_prefix="workbook")
        self._inside = 0

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`, done in a thread. Raises TooBusy when the queue is full."""
        if self._inside >= WORKERS + WAITING_MAX:
            raise TooBusy(retry_after_s=RETRY_AFTER_S)
        self._inside += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._inside -= 1

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)
