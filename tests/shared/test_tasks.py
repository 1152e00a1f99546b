"""Work beside other work: it ends with it, also when it did not hear that it is to end."""

import asyncio

import pytest

from shared import tasks
from shared.tasks import beside

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


async def test_one_that_fails_takes_nothing_with_it() -> None:
    async def fails() -> None:
        raise ValueError

    async with beside(fails(), asyncio.sleep(60)) as (failed, other):
        await asyncio.sleep(0)
        assert failed.done()
        assert not other.done()
    assert isinstance(failed.exception(), ValueError)


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
