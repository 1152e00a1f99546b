"""Work that goes on beside other work, and ends with it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

ASK_AGAIN_S = 5.0  # none of them needs as long to put its things away


@asynccontextmanager
async def beside(*jobs: Coroutine[Any, Any, object]) -> AsyncIterator[list[asyncio.Task[object]]]:
    """Run jobs while the block runs. What one of them raises ends itself, neither the block nor the others."""
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        yield tasks
    finally:
        await end(tasks)


async def end(tasks: Sequence[asyncio.Task[object]]) -> None:
    """Cancel endless tasks, and wait until all of them have ended.

    Whoever goes on is told again: a library may keep a cancellation to itself, as asyncio.wait_for does before Python
    3.12 when it comes together with what is waited for. Nobody else would end the task, nor who waits for it.
    """
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=ASK_AGAIN_S)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # seen: asyncio would tell of it once more
