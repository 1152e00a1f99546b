"""Asterisk calls told as tables: lines of a queue_log, and the calls that they are."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ivr.clock import LocalClock
from services.ivr.keys import Keys
from services.ivr.queue_calls import DAY_S, OpenCalls, QueueCall, tell
from services.ivr.queue_events import UPSTREAM_DIALECT, BadEvent, EventReader, QueueEvent, text_row

pytestmark = pytest.mark.unit

KEYS = Keys(bytes(range(32)))
START = 1_751_371_200
SHOWN = ("queue", "exit", "agent", "wait_s", "ring_s", "talk_s", "transfers", "ring_no_answer")


def read(text: str, callid: str = "1.1") -> list[QueueEvent]:
    """Lines of `second queue agent verb data…` as events of one call; - is an empty field."""
    reader = EventReader(keys=KEYS, clock=LocalClock("UTC"), dialect=UPSTREAM_DIALECT, stream="s")
    events = []
    for position, line in enumerate(text.strip().splitlines()):
        second, queue, agent, verb, *data = line.split()
        fields = [str(START + int(second)), callid, queue, agent, verb, *data]
        events.append(reader.read(position, text_row("|".join("" if f == "-" else f for f in fields))))
    return events


def told(text: str) -> list[tuple[Any, ...]]:
    return [tuple(getattr(call, name) for name in SHOWN) for call in tell(read(text), "pbx", KEYS)]


@pytest.mark.parametrize(
    ("verb", "data", "how", "wait_s"),
    [
        ("ABANDON", "1 1 130", "abandoned", 130.0),
        ("EXITWITHTIMEOUT", "1 1 130", "timeout", 130.0),
        ("EXITEMPTY", "1 1 130", "empty", 130.0),
        ("EXITWITHKEY", "9 1 1 130", "key_exit", 130.0),
        ("WITHDRAW", "1 1 130 moved", "withdrawn", 130.0),
        ("ABANDON", "", "abandoned", 125.0),  # no number: the clock tells
    ],
)
def test_every_way_out_without_an_answer(verb: str, data: str, how: str, wait_s: float) -> None:
    assert told(f"""
        0    sales NONE ENTERQUEUE - 5512345678 1
        125  sales NONE {verb} {data}
    """) == [("sales", how, None, wait_s, None, None, 0, 0)]


@pytest.mark.parametrize("verb", ["COMPLETEAGENT", "COMPLETECALLER"])
def test_an_answered_call_after_an_agent_did_not_pick_up(verb: str) -> None:
    assert told(f"""
        0    sales NONE    ENTERQUEUE - 5512345678 2
        10   sales Agent/1 RINGNOANSWER 9000
        20   sales Agent/2 RINGNOANSWER 9500
        26   sales Agent/3 CONNECT 26 channel 6
        86   sales Agent/3 {verb} 26 60 2
    """) == [("sales", "answered", "Agent/3", 26.0, 6.0, 60.0, 0, 2)]


def test_a_call_that_has_not_ended_is_open() -> None:
    assert told("0 sales NONE ENTERQUEUE - 5512345678 1") == [("sales", "open", None, None, None, None, 0, 0)]


def test_a_call_whose_completion_was_never_logged_is_answered_without_a_talk_time() -> None:
    assert told("""
        0  sales NONE    ENTERQUEUE - 5512345678 1
        7  sales Agent/1 CONNECT 7 channel 3
    """) == [("sales", "answered", "Agent/1", 7.0, 3.0, None, 0, 0)]


def test_the_caller_leaves_while_the_agent_picks_up() -> None:
    assert told("""
        0  sales NONE    ENTERQUEUE - 5512345678 1
        9  sales Agent/1 ABANDON 1 1 9
    """) == [("sales", "abandoned", "Agent/1", 9.0, None, None, 0, 0)]


@pytest.mark.parametrize(
    "transfer", ["BLINDTRANSFER 200 default 7 30 1", "ATTENDEDTRANSFER BRIDGE x 7 30 1", "TRANSFER 200 default 7 30 1"]
)
def test_a_transfer_ends_the_talk_and_is_counted(transfer: str) -> None:
    assert told(f"""
        0   sales NONE    ENTERQUEUE - 5512345678 1
        7   sales Agent/1 CONNECT 7 channel 3
        37  sales Agent/1 {transfer}
    """) == [("sales", "answered", "Agent/1", 7.0, 3.0, 30.0, 1, 0)]


def test_a_second_connect_under_another_queue_is_a_transfer_and_no_second_call() -> None:
    assert told("""
        0    sales   NONE    ENTERQUEUE - 5512345678 1
        7    sales   Agent/1 CONNECT 7 channel 3
        60   billing Agent/2 CONNECT 5 channel 2
        100  billing Agent/2 COMPLETEAGENT 5 40 1
        101  sales   Agent/1 COMPLETECALLER 7 53 1
    """) == [("sales", "answered", "Agent/1", 7.0, 3.0, 53.0, 1, 0)]


def test_a_call_that_goes_on_to_another_queue_is_two_calls() -> None:
    assert told("""
        0    sales   NONE    ENTERQUEUE - 5512345678 1
        60   sales   NONE    EXITWITHTIMEOUT 1 1 60
        61   billing NONE    ENTERQUEUE - 5512345678 1
        70   billing Agent/2 CONNECT 9 channel 2
        110  billing Agent/2 COMPLETEAGENT 9 40 1
    """) == [
        ("sales", "timeout", None, 60.0, None, None, 0, 0),
        ("billing", "answered", "Agent/2", 9.0, 2.0, 40.0, 0, 0),
    ]


def test_a_call_that_enters_another_queue_without_leaving_the_first_flowed_out() -> None:
    assert told("""
        0   sales   NONE ENTERQUEUE - 5512345678 1
        45  billing NONE ENTERQUEUE - 5512345678 1
        50  billing NONE ABANDON 1 1 5
    """) == [
        ("sales", "flow_out", None, 45.0, None, None, 0, 0),
        ("billing", "abandoned", None, 5.0, None, None, 0, 0),
    ]


def test_a_completion_without_its_connect_says_that_somebody_talked() -> None:
    assert told("""
        0   sales NONE    ENTERQUEUE - 5512345678 1
        90  sales Agent/1 COMPLETEAGENT 30 60 1
    """) == [("sales", "answered", "Agent/1", 30.0, None, 60.0, 0, 0)]


def test_an_end_without_a_beginning_is_no_call() -> None:
    assert told("10 sales NONE ABANDON 1 1 10") == []


def test_a_trailing_pipe_does_not_spoil_the_last_number() -> None:
    reader = EventReader(keys=KEYS, clock=LocalClock("UTC"), dialect=UPSTREAM_DIALECT, stream="s")
    event = reader.read(
        0, {"time": str(START), "callid": "1.1", "queuename": "q", "event": "BLINDTRANSFER", "data5": "3|"}
    )
    assert event.entry_position == 3


@pytest.mark.parametrize("row", [{"time": "x", "event": "CONNECT"}, {"time": "1751371200"}, {"time": "", "event": "A"}])
def test_rows_without_a_time_or_a_verb_are_refused(row: dict[str, str]) -> None:
    reader = EventReader(keys=KEYS, clock=LocalClock("UTC"), dialect=UPSTREAM_DIALECT, stream="s")
    with pytest.raises(BadEvent):
        reader.read(0, row)


def test_telephones_of_agents_and_queues_become_names() -> None:
    reader = EventReader(keys=KEYS, clock=LocalClock("UTC"), dialect=UPSTREAM_DIALECT, stream="s")
    event = reader.read(
        0,
        {
            "time": "2025-07-01 09:00:00.5",
            "callid": "pbx1-1751371200.7",
            "queuename": "5512345678",
            "agent": "Local/5587654321@from-queue/n",
            "event": "connect",
            "data1": "-3",
        },
    )
    assert event.callid == "pbx1-1751371200.7"
    assert event.at == 1_751_360_400.5
    assert event.wait_s is None
    for text in (event.queue, str(event.agent)):
        assert "5512345678" not in text
        assert "5587654321" not in text


VERBS = [
    "ENTERQUEUE",
    "CONNECT",
    "COMPLETEAGENT",
    "COMPLETECALLER",
    "ABANDON",
    "EXITEMPTY",
    "EXITWITHTIMEOUT",
    "EXITWITHKEY",
    "WITHDRAW",
    "RINGNOANSWER",
    "BLINDTRANSFER",
    "ATTENDEDTRANSFER",
    "PAUSE",
    "QUEUESTART",
]
events = st.builds(
    QueueEvent,
    stream=st.just("s"),
    position=st.just(0),
    at=st.integers(START, START + 9 * DAY_S).map(float),
    callid=st.sampled_from(["1.1", "1.2", "1.3", "NONE"]),
    queue=st.sampled_from(["sales", "billing"]),
    agent=st.sampled_from([None, "Agent/1"]),
    verb=st.sampled_from(VERBS),
    caller_id=st.sampled_from([0, 7]),
    wait_s=st.one_of(st.none(), st.floats(0, 600)),
    talk_s=st.one_of(st.none(), st.floats(0, 600)),
    ring_s=st.one_of(st.none(), st.floats(0, 60)),
    entry_position=st.one_of(st.none(), st.integers(0, 9)),
)
logs = st.lists(events, max_size=30).map(
    lambda log: [event._replace(position=n) for n, event in enumerate(sorted(log, key=lambda event: event.at))]
)


@given(logs)
def test_every_entry_is_one_call_with_one_exit_and_no_negative_time(log: list[QueueEvent]) -> None:
    calls = tell([event for event in log if event.callid == "1.1"], "pbx", KEYS)
    assert len(calls) == sum(event.verb == "ENTERQUEUE" for event in log if event.callid == "1.1")
    assert len({call.call_id for call in calls}) == len(calls)
    for call in calls:
        assert (call.wait_s is None) == (call.exit == "open")
        assert min(call.wait_s or 0, call.talk_s or 0, call.ring_s or 0) >= 0


def batched(log: list[QueueEvent], sizes: list[int], *, restart: bool) -> dict[int, QueueCall]:
    """What the facts are after the log came in batches, every run beginning with what the one before stored."""
    facts: dict[int, QueueCall] = {}
    stored: dict[str, list[QueueEvent]] = {}
    state = OpenCalls("pbx", KEYS)
    rest = list(log)
    for size in [*sizes, len(log)]:
        batch, rest = rest[:size], rest[size:]
        for event in batch:
            state.add(event)
        facts.update((call.call_id, call) for call in state.changed())
        outdated, kept = state.save()
        stored = {callid: events for callid, events in stored.items() if callid not in outdated}
        for event in kept:
            stored.setdefault(event.callid, []).append(event)
        if restart:
            newest = state.newest_at
            state = OpenCalls("pbx", KEYS, newest)
            state.restore(sorted(each for events in stored.values() for each in events))
    return facts


@given(logs, st.lists(st.integers(1, 5), max_size=10), st.booleans())
def test_any_batches_and_restarts_give_the_same_calls(log: list[QueueEvent], sizes: list[int], restart: bool) -> None:
    assert batched(log, sizes, restart=restart) == batched(log, [], restart=False)


@given(logs)
def test_offered_is_the_sum_of_the_exits_and_the_open(log: list[QueueEvent]) -> None:
    facts = batched(log, [], restart=False).values()
    entered = {(e.callid, e.at, e.queue) for e in log if e.verb == "ENTERQUEUE" and e.callid != "NONE"}
    assert {(call.callid, call.entered_at, call.queue) for call in facts} == entered


def test_calls_are_let_go_when_nothing_can_change_them() -> None:
    state = OpenCalls("pbx", KEYS)
    ended = read("0 sales NONE ENTERQUEUE - 5 1\n5 sales NONE ABANDON 1 1 5", "ended")
    waiting = read("0 sales NONE ENTERQUEUE - 5 1", "waiting")
    for event in (*ended, *waiting):
        state.add(event)
    state.changed()
    assert len(state.save()[1]) == 3
    later = replace_at(read("0 sales NONE PAUSE", "NONE")[0], START + 2 * DAY_S)
    state.add(later)
    state.changed()
    assert state.save() == (["ended"], [])
    state.add(replace_at(later, START + 8 * DAY_S))
    assert state.save() == (["waiting"], [])


def replace_at(event: QueueEvent, at: float) -> QueueEvent:
    return event._replace(at=float(at))
