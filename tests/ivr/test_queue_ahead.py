"""A slice that is told while the one before it is written gives what it would give afterwards."""

import asyncio
import struct
import threading
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from services.ivr.ahead import Coming, ahead, in_thread
from services.ivr.copy_fields import HEADER
from services.ivr.event_columns import Callids, EventColumns, Names, columns_of
from services.ivr.manners import Manners, keep_manners
from services.ivr.queue_ahead import Handover, who_tells
from services.ivr.queue_calls import QueueCall
from services.ivr.queue_events import QueueEvent
from services.ivr.queue_pack import pack_kept, unpack_kept
from services.ivr.queue_telling import Teller, single_calls
from tests.ivr.test_queue_telling import KEYS, LOGS, one_by_one

pytestmark = pytest.mark.unit

Stored = dict[str, bytes]  # what PostgreSQL keeps of each callid


def records(packed: bytes) -> Iterator[list[bytes]]:
    """The rows of a binary COPY."""
    at = len(HEADER)
    while (count := struct.unpack_from(">h", packed, at)[0]) >= 0:
        at += 2
        fields = []
        for _ in range(count):
            size = struct.unpack_from(">i", packed, at)[0]
            fields.append(packed[at + 4 : at + 4 + size])
            at += 4 + size
        yield fields


def events_of(columns: EventColumns, names: Names, callids: Callids) -> list[QueueEvent]:
    return [columns.event(n, names, callids.texts) for n in range(len(columns))]


def unpacked(stored: Stored, wanted: list[str], names: Names, callids: Callids) -> tuple[EventColumns, list[str]]:
    rows = [(callid, stored[callid]) for callid in wanted if callid in stored]
    by_number = {number: number for number in range(len(names.texts))}
    return unpack_kept(rows, by_number, names, callids), [callid for callid, _ in rows]


def told_ahead(log: list[QueueEvent], sizes: list[int], lags: list[int]) -> dict[int, QueueCall]:
    """What is stored is some slices behind; at each step both ways must give the same kept events."""
    facts: dict[int, QueueCall] = {}
    names, newest, rest = Names(), None, list(log)
    teller = Teller("pbx", KEYS, names)
    stored: list[Stored] = [{}]  # after each slice
    handovers: list[Handover] = []
    for size, lag in zip([*sizes, len(log)], [*lags, *[1] * len(sizes), 1], strict=False):
        part, rest = rest[:size], rest[size:]
        callids = Callids()
        events = columns_of(part, names, callids)
        wanted = teller.callids_of(events, callids)
        kept, outdated = unpacked(stored[-1], wanted, names, callids)
        before = [*reversed(handovers)][:lag]
        told_of = who_tells(wanted, before)
        ahead, found = unpacked(stored[-1 - len(before)], told_of[-1], names, callids)
        for handover, asked in zip(before, told_of, strict=False):
            handed, more = handover.events_of(asked, callids)
            ahead, found = EventColumns.join([ahead, handed]), found + more
        assert sorted(found) == sorted(outdated)
        for callid in wanted:
            mine, theirs = (events_of(each, names, callids) for each in (ahead, kept))
            assert [e for e in mine if e.callid == callid] == [e for e in theirs if e.callid == callid]
        told = teller.tell(ahead, events, callids, newest)
        facts.update((call.call_id, call) for call in single_calls(told.calls, names, callids))
        newest = told.newest_at
        now = {callid: kept for callid, kept in stored[-1].items() if callid not in told.touched}
        packed, _ = pack_kept(told.kept, told.kept_open, 1, np.arange(len(names.texts)), names, callids)
        now.update((fields[1].decode(), fields[4]) for fields in records(packed))
        stored.append(now)
        handovers.append(Handover.of(told, callids, names))
    return facts


@given(LOGS, st.lists(st.integers(1, 9), max_size=8), st.lists(st.integers(0, 4), max_size=8))
@settings(max_examples=200, deadline=None)  # every slice is stored, too: slow on a busy machine
def test_what_is_handed_over_is_what_would_be_stored(log: list[QueueEvent], sizes: list[int], lags: list[int]) -> None:
    parts = [event._replace(at=event.at + event.position % 7 * 0.1234567) for event in log]
    facts = {(c.callid, c.queue, round(c.entered_at, 4)): c.exit for c in told_ahead(parts, sizes, lags).values()}
    assert facts == {(c.callid, c.queue, round(c.entered_at, 4)): c.exit for c in one_by_one(parts).values()}


async def test_the_next_item_is_made_while_the_last_one_is_worked_on() -> None:
    made: list[int] = []
    goes_on, has_ended = asyncio.Event(), asyncio.Event()

    async def items() -> AsyncGenerator[int]:
        try:
            for item in (1, 2):
                made.append(item)
                yield item
                await goes_on.wait()
        finally:
            has_ended.set()

    async with aclosing(Coming(items())) as coming:
        assert await coming.take() == 1
        assert (made, coming.ready) == ([1], False)
        goes_on.set()
        assert await coming.take() == 2
        await has_ended.wait()
        await asyncio.sleep(0)
        assert coming.ready
        assert (await coming.take(), await coming.take()) == (None, None)


async def test_what_was_made_is_worked_on_whole_before_a_failure_is_told() -> None:
    async def items() -> AsyncGenerator[int]:
        yield 1
        raise ZeroDivisionError

    async with aclosing(Coming(items())) as coming:
        assert await coming.take() == 1
        for _ in range(5):
            await asyncio.sleep(0)
        assert not coming.ready
        with pytest.raises(ZeroDivisionError):
            await coming.take()


async def test_whoever_leaves_early_ends_what_is_being_made() -> None:
    ended = asyncio.Event()

    async def items() -> AsyncGenerator[int]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with aclosing(Coming(items())) as coming:
        assert await coming.take() == 1
        await asyncio.sleep(0)
    assert ended.is_set()


async def test_while_people_ask_the_next_item_is_made_when_it_is_taken() -> None:
    made: list[int] = []
    kept = Manners(asked=True)
    keep_manners(kept)

    async def items() -> AsyncGenerator[int]:
        for item in range(1, 5):
            made.append(item)
            yield item

    async def taken(coming: Coming[int]) -> tuple[int | None, list[int], bool]:
        item = await coming.take()
        for _ in range(5):
            await asyncio.sleep(0)
        return item, list(made), coming.ready

    async with aclosing(Coming(items())) as coming:
        assert await taken(coming) == (1, [1], False)
        assert await taken(coming) == (2, [1, 2], False)
        kept.heard(asked=False)
        assert await taken(coming) == (3, [1, 2, 3, 4], True)
        kept.heard(asked=True)
        assert await taken(coming) == (4, [1, 2, 3, 4], False)
        assert [await coming.take(), await coming.take()] == [None, None]
    assert kept.gave_way_s > 0


@given(st.integers(0, 12), st.lists(st.booleans(), max_size=14), st.integers(0, 2))
def test_every_item_comes_once_and_in_order_however_often_people_begin_to_ask(
    count: int, asked: list[bool], depth: int
) -> None:
    async def items() -> AsyncGenerator[int]:
        for item in range(count):
            await asyncio.sleep(0)
            yield item

    async def taken() -> list[int]:
        kept = Manners()
        keep_manners(kept)
        found, changes = [], iter(asked)
        stream = items()
        for _ in range(depth + 1):
            stream = ahead(stream)
        async with aclosing(stream):
            async for item in stream:
                found.append(item)
                kept.heard(asked=next(changes, False))
        return found

    assert asyncio.run(taken()) == list(range(count))


async def test_while_people_ask_work_beside_something_comes_before_it() -> None:
    done: list[str] = []

    async def both(*, asked: bool) -> list[str]:
        keep_manners(Manners(asked=asked))
        goes_on = threading.Event()
        done.clear()

        def work() -> int:
            if not asked:
                goes_on.wait(30)
            done.append("beside")
            return 7

        async with in_thread(work) as result:
            done.append("block")
            goes_on.set()
            assert await result == 7
        return done

    assert await both(asked=True) == ["beside", "block"]
    assert await both(asked=False) == ["block", "beside"]


async def test_what_fails_beside_something_fails_where_it_is_awaited_for_people_too() -> None:
    keep_manners(Manners(asked=True))
    async with in_thread(lambda: 1 // 0) as result:
        assert result.done()
        with pytest.raises(ZeroDivisionError):
            await result


class SlowName(str):
    """A name at which every look into a dictionary lets another thread go on."""

    __slots__ = ()

    @override
    def __hash__(self) -> int:
        time.sleep(0.001)
        return super().__hash__()


def test_threads_give_each_name_one_number() -> None:
    names = Names()
    threads = [
        threading.Thread(target=lambda n=n: [names.number(SlowName(f"{at * (1 + n % 2)}")) for at in range(1, 20)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names.texts)) == len(names.texts)
    assert [names.number(text) for text in names.texts] == list(range(len(names.texts)))


async def test_work_beside_something_that_fails_has_ended_before_the_failure_is_told() -> None:
    ended = threading.Event()

    def work() -> None:
        threading.Event().wait(0.05)
        ended.set()

    async def failing() -> None:
        async with in_thread(work):
            await asyncio.sleep(0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    assert ended.is_set()
