"""Work beside other work: it ends with it, also when it did not hear that it is to end."""

import asyncio
import time
from functools import partial

import pytest
from structlog.testing import capture_logs

from shared import tasks
from shared.metrics import REGISTRY
from shared.tasks import beside, lasting_beside, settled

pytestmark = pytest.mark.unit


async def test_they_run_while_the_block_runs_and_no_longer() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with beside(count(), count()) as running:
        await asyncio.sleep(0.01)
        assert turns > 2
        assert not any(task.done() for task in running)
    assert all(task.cancelled() for task in running)


async def fails() -> None:
    raise ValueError("for a reason")


async def test_one_that_fails_takes_nothing_with_it_and_is_told() -> None:
    with capture_logs() as logs:
        async with beside(fails(), asyncio.sleep(60)) as (failed, other):
            await asyncio.sleep(0.01)
            assert failed.done()
            assert not other.done()
    error = failed.exception()
    assert isinstance(error, ValueError)
    assert [(line["log_level"], line["exc_info"]) for line in logs] == [("error", error)]


async def test_endless_work_of_a_service_is_begun_again_after_each_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "BEGIN_AGAIN_FIRST_S", 0.01)
    begun, enough = 0, asyncio.Event()

    async def work(name: str) -> None:
        nonlocal begun
        begun += 1
        if begun == 3:
            enough.set()
            await asyncio.sleep(60)
        raise ValueError(name)

    def failures() -> float:
        return REGISTRY.get_sample_value("iact_background_failures_total", {"work": work.__qualname__}) or 0.0

    with capture_logs() as logs:
        async with asyncio.timeout(30), lasting_beside(partial(work, "it")) as running:
            await enough.wait()
            assert not running[0].done()
    assert (begun, failures()) == (3, 2.0)
    name = work.__qualname__
    assert [line["event"] for line in logs] == [
        f"{name} failed; it is begun again in 0.01 s",
        f"{name} failed; it is begun again in 0.02 s",
    ]
    assert all(line["exc_info"] for line in logs)


async def test_work_that_ends_by_itself_is_not_begun_again() -> None:
    begun = 0

    async def once() -> None:
        nonlocal begun
        begun += 1

    async with lasting_beside(once) as running:
        await asyncio.wait(running, timeout=30)
    assert begun == 1


async def test_what_a_thread_works_on_outlasts_every_cancellation() -> None:
    told: list[str] = []

    def work() -> None:
        time.sleep(0.2)
        told.append("the thread has ended")

    async def waits() -> None:
        thread = asyncio.ensure_future(asyncio.to_thread(work))
        try:
            await asyncio.sleep(60)
        finally:
            await settled(thread)
            told.append("who waits for it goes on")

    waiting = asyncio.create_task(waits())
    for _ in range(3):
        await asyncio.sleep(0.02)
        waiting.cancel()
    await asyncio.wait({waiting}, timeout=30)
    assert waiting.cancelled()
    assert told == ["the thread has ended"], "the second cancellation is raised when the thread has ended"


async def test_what_has_failed_is_settled() -> None:
    task = asyncio.ensure_future(fails())
    await settled(task)
    assert isinstance(task.exception(), ValueError)


async def test_what_the_block_raises_is_raised_when_they_have_ended() -> None:
    with pytest.raises(LookupError):
        async with beside(asyncio.sleep(60)) as running:
            raise LookupError
    assert running[0].cancelled()


async def test_a_cancellation_that_was_lost_is_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "ASK_AGAIN_S", 0.01)
    lost = 0

    async def hard_of_hearing() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost += 1
                if lost == 3:
                    raise

    async with asyncio.timeout(30), beside(hard_of_hearing()) as running:
        await asyncio.sleep(0)
    assert (lost, running[0].cancelled()) == (3, True)


async def test_one_that_puts_its_things_away_is_left_to_do_so() -> None:
    done = False

    async def orderly() -> None:
        nonlocal done
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            done = True

    async with beside(orderly()):
        await asyncio.sleep(0)
    assert done
