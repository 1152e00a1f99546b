"""The next item of a stream is being made while the last one is worked on; work in a thread beside something else.

While people ask, one is done after the other: of a load that reads, tells and writes, only one part is at work then.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Generic, TypeVar

from services.ivr.manners import manners
from shared.tasks import end, settled

T = TypeVar("T")


class Coming(Generic[T]):
    """The next item of a stream is made while the last one is worked on, or after it while people ask.

    To be closed by whoever leaves it early.
    """

    def __init__(self, items: AsyncGenerator[T]) -> None:
        self._items = items
        self._next: asyncio.Future[T | None] | None = self._begun()

    @property
    def ready(self) -> bool:
        """Taking the next item, or the end, would not wait, and would not fail."""
        coming = self._next
        return coming is not None and coming.done() and not coming.cancelled() and coming.exception() is None

    async def take(self) -> T | None:
        """The next item; None at the end, however often it is asked."""
        if self._next is None:
            self._next = self._begun()
        if (item := await self._next) is not None:
            self._next = None if manners().give_way() else self._begun()
        return item

    def _begun(self) -> asyncio.Future[T | None]:
        return asyncio.ensure_future(anext(self._items, None))

    async def aclose(self) -> None:
        if self._next is not None:
            await end([self._next])
        await self._items.aclose()


async def ahead(items: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """One item waits while one is worked on: two are held, and one more for each `ahead` within `items`.

    To be closed by whoever leaves it early, as `items` is then.
    """
    async with aclosing(Coming(items)) as coming:
        while (item := await coming.take()) is not None:
            yield item


@asynccontextmanager
async def in_thread(work: Callable[[], T]) -> AsyncIterator[asyncio.Task[T]]:
    """Work in a thread while the block does something else, or before it while people ask.

    A thread cannot be stopped: the block ends after it.
    """
    task = asyncio.create_task(asyncio.to_thread(work))
    try:
        if manners().give_way():
            await asyncio.wait({task})
        yield task
    finally:
        await settled(task)
