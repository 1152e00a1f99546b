"""The next item of a stream is being made while the last one is worked on; work in a thread beside something else."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

T = TypeVar("T")


async def ahead(items: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """One item waits while one is worked on: two are held, and one more for each `ahead` within `items`.

    To be closed by whoever leaves it early, as `items` is then.
    """
    coming = asyncio.ensure_future(anext(items, None))
    try:
        while (item := await coming) is not None:
            coming = asyncio.ensure_future(anext(items, None))
            yield item
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
        await items.aclose()


@asynccontextmanager
async def beside(work: Callable[[], T]) -> AsyncIterator[asyncio.Task[T]]:
    """Work in a thread while the block does something else. A thread cannot be stopped: the block ends after it."""
    task = asyncio.create_task(asyncio.to_thread(work))
    try:
        yield task
    finally:
        await asyncio.gather(task, return_exceptions=True)
