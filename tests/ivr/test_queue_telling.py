"""Calls told all together are the calls told one by one, whatever the log, its batches and its rows look like."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ivr.clock import LocalClock
from services.ivr.event_columns import Callids, Names, columns_of
from services.ivr.keys import Keys
from services.ivr.queue_calls import DAY_S, OpenCalls, QueueCall
from services.ivr.queue_columns import ColumnReader
from services.ivr.queue_events import (
    AGENT_VERBS,
    CALL_VERBS,
    PBXWARE_DIALECT,
    UPSTREAM_DIALECT,
    AgentEvent,
    BadEvent,
    Dialect,
    EventReader,
    QueueEvent,
)
from services.ivr.queue_telling import Teller, single_calls
from services.ivr.rows import pack_row

pytestmark = pytest.mark.unit

KEYS = Keys(bytes(range(32)))
START = 1_751_371_200

EVENTS = st.builds(
    QueueEvent,
    stream=st.just("s"),
    position=st.just(0),
    at=st.one_of(st.integers(0, 3_000), st.integers(0, 9 * DAY_S)).map(lambda s: float(START + s)),
    callid=st.sampled_from(["1.1", "1.2", "1.3", "NONE", ""]),
    queue=st.sampled_from(["sales", "sales", "sales", "billing"]),
    agent=st.sampled_from([None, "Agent/1", "Agent/2"]),
    verb=st.sampled_from([*sorted(CALL_VERBS), "ENTERQUEUE", "CONNECT", "COMPLETEAGENT", "PAUSE", "QUEUESTART", "DID"]),
    caller_id=st.sampled_from([0, 7]),
    wait_s=st.sampled_from([None, 0.0, 12.5, 90.0]),
    talk_s=st.sampled_from([None, 30.0]),
    ring_s=st.sampled_from([None, 4.0]),
    entry_position=st.sampled_from([None, 1, 3]),
)


def in_some_order(log: list[QueueEvent], late: list[bool]) -> list[QueueEvent]:
    """Positions in the order of time, but for the late ones: these come when everything else is there."""
    log = sorted(log, key=lambda event: event.at)
    late = [*late, *[False] * len(log)]
    ordered = [e for e, is_late in zip(log, late, strict=False) if not is_late]
    ordered += [e for e, is_late in zip(log, late, strict=False) if is_late]
    return [event._replace(position=n) for n, event in enumerate(ordered)]


LOGS = st.builds(in_some_order, st.lists(EVENTS, max_size=40), st.lists(st.booleans(), max_size=12))


def one_by_one(log: list[QueueEvent]) -> dict[int, QueueCall]:
    state = OpenCalls("pbx", KEYS)
    for event in log:
        state.add(event)
    return {call.call_id: call for call in state.changed()}


def together(log: list[QueueEvent], sizes: list[int]) -> dict[int, QueueCall]:
    """As a run does it: what is kept of touched calls is all that goes from slice to slice."""
    facts: dict[int, QueueCall] = {}
    stored: list[QueueEvent] = []
    newest: float | None = None
    rest = list(log)
    names = Names()
    for size in [*sizes, len(log)]:
        part, rest = rest[:size], rest[size:]
        callids = Callids()
        teller = Teller("pbx", KEYS, names)
        events = columns_of(part, names, callids)
        touched = set(teller.callids_of(events, callids))
        kept = [event for event in stored if event.callid in touched]
        told = teller.tell(columns_of(kept, names, callids), events, callids, newest)
        assert set(told.touched) == touched
        facts.update((call.call_id, call) for call in single_calls(told.calls, names, callids))
        newest = told.newest_at
        stored = [event for event in stored if event.callid not in touched]
        stored += [told.kept.event(n, names, callids.texts) for n in range(len(told.kept))]
        stored.sort(key=lambda event: (event.at, event.stream, event.position))
    return facts


@given(LOGS, st.lists(st.integers(1, 9), max_size=8))
@settings(max_examples=200)
def test_any_slices_of_any_log_give_the_calls_of_the_slow_way(log: list[QueueEvent], sizes: list[int]) -> None:
    assert together(log, sizes) == one_by_one(log)


def test_a_plain_log_needs_no_single_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.ivr.queue_telling.tell", None)
    verbs = ("ENTERQUEUE", "RINGNOANSWER", "CONNECT", "COMPLETECALLER")
    log = [
        QueueEvent("s", 4 * call + n, START + 60.0 * call + n, f"1.{call}", "sales", None, verb, talk_s=5.0)
        for call in range(20)
        for n, verb in enumerate(verbs)
    ]
    calls = together(log, [17]).values()
    assert [call.exit for call in calls] == ["answered"] * 20
    assert {(call.wait_s, call.talk_s, call.ring_no_answer) for call in calls} == {(2.0, 5.0, 1)}


NUMBERS = st.sampled_from(
    ["", "0", "7", "12", "0012", "9999999", "10000001", "-3", "3|", " 4 ", "2.5", "x", "1e3", "nan"]
)
TIMES = st.sampled_from(
    [
        "1751371200",
        "999999999",
        "1751371200.25",
        "2025-07-01 09:00:00",
        "2025-07-01 09:00:00.123456",
        "",
        "never",
        "2025-11-02 01:30:00",
        "2025-03-09 02:30:00.5",
        "0000-00-00 00:00:00",
        "2025-07-01 09:00:00.12345x",
    ]
)
NAMES = st.one_of(
    st.sampled_from(["", "NONE", "sales", " sales", "Agent/1", "Local/1127@callback-agent", "5512345678", "a" * 300]),
    st.sampled_from(["é", "\udcff", "x\x00y", "1751371200.7", "ARAD", "a" * 70, "a" * 249]),
    st.sampled_from(["1751371200.0", "1751371200.07", "0751371200.7", "175137120.999999999", "1751371200.1234567890"]),
    st.sampled_from(
        ["8589934591.1", "8589934592.1", "9999999999.1", "1751371200.", "1751371200.7x", "pbx-1751371200.7"]
    ),
)
VERBS = st.sampled_from([*sorted(CALL_VERBS | AGENT_VERBS), "", "connect", " ABANDON ", "OUTDIAL", "DID"])


@st.composite
def rows(draw: st.DrawFn, dialect: Dialect) -> list[dict[str, str]]:
    columns = ("id", *dialect.required, "data1", "data2", "data3", "data4", "data5", "param3")
    names = tuple(dict.fromkeys(columns))
    result = []
    for n in range(draw(st.integers(0, 25))):
        row = dict.fromkeys(names, "")
        row |= {"id": str(n + 1), dialect.time: draw(TIMES), "callid": draw(NAMES), "event": draw(VERBS)}
        row |= {dialect.queue: draw(NAMES), dialect.agent: draw(NAMES)}
        row |= {
            name: draw(NUMBERS)
            for name in names
            if name not in {"id", dialect.time, "callid", "event"} and not row[name]
        }
        result.append(row)
    return result


def check(table: list[dict[str, str]], dialect: Dialect) -> None:
    reader = EventReader(keys=KEYS, clock=LocalClock("America/New_York"), dialect=dialect, stream="s")
    events: list[QueueEvent] = []
    agents: list[AgentEvent] = []
    bad: list[tuple[int, str]] = []
    for row in table:
        try:
            event = reader.read(int(row["id"]), row)
        except BadEvent as reason:
            bad.append((int(row["id"]), str(reason)))
            continue
        events.append(event)
        agents += [found for found in [reader.read_agent(event, row)] if found]
    names, callids = Names(), Callids()
    columns = list(table[0]) if table else ["id", *dialect.required]
    fast = ColumnReader(reader, columns, names)
    packets = [pack_row([text.encode("utf-8", "surrogateescape") for text in row.values()]) for row in table]
    chunk = fast.take(fast.open(packets, None, 0), callids)
    assert [chunk.events.event(n, names, callids.texts) for n in range(len(chunk.events))] == events
    assert sorted(chunk.agents) == sorted(agents)
    assert sorted((position, reason) for position, reason, _ in chunk.bad) == bad
    assert sum(chunk.verbs.values()) == len(events)


@given(rows(UPSTREAM_DIALECT))
def test_columns_read_what_the_reader_of_single_rows_reads(table: list[dict[str, str]]) -> None:
    check(table, UPSTREAM_DIALECT)


@given(rows(PBXWARE_DIALECT))
def test_columns_read_the_pbxware_dialect_too(table: list[dict[str, str]]) -> None:
    check(table, PBXWARE_DIALECT)
