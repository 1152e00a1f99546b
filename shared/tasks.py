"""Work that goes on beside other work, and ends with it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from prometheus_client import Counter

from shared.log import log
from shared.metrics import REGISTRY

Job = Coroutine[Any, Any, object]

ASK_AGAIN_S = 10.0  # twice as long as any of them gives itself to put its things away
BEGIN_AGAIN_FIRST_S = 1.0
BEGIN_AGAIN_MOST_S = 60.0  # what makes it fail may be a row that a person must look at; the log is to stay readable

FAILURES = Counter("iact_background_failures_total", "Failures of endless background work", ["work"], registry=REGISTRY)


@asynccontextmanager
async def beside(*jobs: Job) -> AsyncIterator[list[asyncio.Task[object]]]:
    """Run jobs while the block runs. One that fails is told in the log; it ends neither the block nor the others."""
    tasks = [asyncio.create_task(job) for job in jobs]
    for task in tasks:
        task.add_done_callback(_tell_failure)
    try:
        yield tasks
    finally:
        await end(tasks)


def lasting_beside(*jobs: Callable[[], Job]) -> AbstractAsyncContextManager[list[asyncio.Task[object]]]:
    """The endless work of a service while the block runs: what fails is told and begun again."""
    return beside(*(_lasting(job) for job in jobs))


async def _lasting(job: Callable[[], Job]) -> None:
    """Again after each failure, after a pause that grows up to a minute."""
    name, pause_s = _name(job), BEGIN_AGAIN_FIRST_S
    failures = FAILURES.labels(name)  # seen from now on: an increase is told from the first one on
    while True:
        began = time.monotonic()
        try:
            await job()
        except Exception:  # noqa: BLE001 - whatever ends it, a service without it looks well and is not
            failures.inc()
            if time.monotonic() - began > BEGIN_AGAIN_MOST_S:
                pause_s = BEGIN_AGAIN_FIRST_S
            log.exception(f"{name} failed; it is begun again in {pause_s:g} s", work=name)
        else:
            return
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, BEGIN_AGAIN_MOST_S)


async def end(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Cancel tasks, and wait until all of them have ended.

    Whoever goes on is told again: a library may keep a cancellation to itself, as asyncio.wait_for does before Python
    3.12 when it comes together with what is waited for, and an error on the way out may take its place. Nobody else
    would end the task, nor who waits for it.
    """
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=ASK_AGAIN_S)
    for task in tasks:
        _see(task)


async def settled(task: asyncio.Future[Any]) -> None:
    """Wait until it has ended, however often this is cancelled meanwhile: a thread cannot be stopped, and what it works
    on must not go away under it. The cancellation is raised afterwards; what the task raises is its own.
    """
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    _see(task)
    if cancelled is not None:
        raise cancelled


def _see(task: asyncio.Future[Any]) -> None:
    """What it raised is told elsewhere: asyncio would tell of it once more."""
    if not task.cancelled():
        task.exception()


def _name(job: Callable[[], Job]) -> str:
    return str(getattr(job, "func", job).__qualname__)  # of what a partial calls


def _tell_failure(task: asyncio.Task[object]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error(f"{task.get_name()} failed", exc_info=error)
