"""A caller's way through the menus told as tables: rows of cel, and the steps that they are."""

import random
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ivr.call_steps import CLOSED_KEPT_S, OPEN_KEPT_S, CallsInMenus, Step, step_hash, tell
from services.ivr.cel import CelEvent, CelReader
from services.ivr.clock import LocalClock
from services.ivr.column_names import ColumnNames
from services.ivr.keys import Keys
from services.ivr.names import BadRow

pytestmark = pytest.mark.unit

KEYS = Keys(bytes(range(32)))
START = 1_751_382_000
COLUMNS = (
    *("id", "eventtype", "eventtime", "userdeftype", "cid_num", "exten", "context", "channame", "appname", "appdata"),
    *("uniqueid", "linkedid", "extra"),
)
SHOWN = ("number", "menu", "digit", "ended")


def reader(zone: str = "UTC") -> CelReader:
    return CelReader(keys=KEYS, clock=LocalClock(zone), stream="s", places=ColumnNames().places("cel", COLUMNS))


def read(text: str, linked: str = f"{START}.1") -> list[CelEvent]:
    """Lines of `second channel place type [app [data]]`; a place is exten@context, - is nothing."""
    events = []
    for position, line in enumerate(text.strip().splitlines()):
        second, channel, place, kind, app, data = [*line.split(maxsplit=5), "", ""][:6]
        exten, _, context = place.partition("@")
        user = kind == "USER_DEFINED"
        row = {
            "eventtype": kind,
            "eventtime": f"{START + int(second)}",
            "cid_num": "5512345678",
            "exten": exten.replace("-", ""),
            "context": context,
            "linkedid": linked,
            "uniqueid": f"{START}.{channel}",
            "userdeftype": app if user else "",
            "appname": "" if user else app,
            "extra": data if user else "",
            "appdata": "" if user else data,
        }
        events.append(reader().read(position, [row.get(name, "") for name in COLUMNS]))
    return events


def told(text: str) -> list[tuple[Any, ...]]:
    return [
        (*(getattr(step, name) for name in SHOWN), step.left_at and step.left_at - step.at)
        for step in tell(read(text), "pbx", KEYS)
    ]


def test_a_dialplan_that_names_its_menus_and_keys() -> None:
    assert told("""
        0   1 800@trunk   CHAN_START
        1   1 800@trunk   USER_DEFINED IVR_MENU principal
        9   1 800@trunk   USER_DEFINED IVR_DIGIT 2
        10  1 800@trunk   USER_DEFINED IVR_MENU ventas,1
        12  1 800@trunk   APP_START Queue ventas
        90  1 800@trunk   HANGUP
        90  1 800@trunk   LINKEDID_END
    """) == [
        (1, "principal", "2", "digit", 8),
        (2, "ventas", "1", "digit", 0),
    ]


@pytest.mark.parametrize(
    ("after", "digit", "ended"),
    [
        ("8 1 2@main      APP_START Dial", "2", "digit"),
        ("8 1 #@main      CHAN_END", None, "hung_up"),
        ("8 1 12@main     ANSWER", "12", "digit"),
        ("8 1 1105@main   ANSWER", None, "typed"),  # an extension, an account, a secret: not kept
        ("8 1 t@main      APP_START Playback", None, "timeout"),
        ("8 1 i@main      APP_START Playback", None, "invalid"),
        ("8 1 h@main      APP_START Playback", None, "hung_up"),
        ("8 1 s@sales     APP_START Background", None, "moved"),
        ("8 1 1@sales     APP_START Playback", None, "moved"),  # another context: which key led there is not known
        ("8 1 8000@queues APP_START Queue", None, "queue"),
        ("8 1 s@main      APP_START Queue", None, "queue"),
        ("8 1 s@main      APP_START Dial", None, "dialled"),
        ("8 1 s@vm        APP_START VoiceMail", None, "voicemail"),
        ("8 1 s@main      BRIDGE_ENTER", None, "connected"),
        ("8 1 s@main      HANGUP", None, "hung_up"),
        ("8 1 s@main      APP_START WaitExten", None, "repeated"),  # it had waited for keys already
        ("8 1 s@main      APP_END WaitExten", None, "open"),
        ("8 1 -           APP_START Playback", None, "open"),
        ("8 2 s@sales     CHAN_START", None, "open"),  # another channel says nothing about this one
        ("8 2 s@sales     LINKEDID_END", None, "hung_up"),  # but the end of the call does
    ],
)
def test_every_way_out_of_a_menu_that_asks_for_keys(after: str, digit: str | None, ended: str) -> None:
    first = told(f"""
        0  1 s@main APP_START Background hello
        2  1 s@main APP_START Background choose
        5  1 s@main APP_START WaitExten 5
        {after}
    """)[0]
    assert first == (1, "main", digit, ended, None if ended == "open" else 8)


def test_a_menu_that_is_heard_again_is_another_step() -> None:
    assert told("""
        0   1 s@main APP_START Background
        5   1 s@main APP_START WaitExten
        15  1 s@main APP_START Background
        20  1 s@main APP_START WaitExten
        22  1 1@main APP_START Read account
        30  1 1@main APP_START Read secret
        40  1 h@main HANGUP
    """) == [
        (1, "main", None, "repeated", 15),
        (2, "main", "1", "digit", 7),
        (3, "main,1", None, "repeated", 8),
        (4, "main,1", None, "hung_up", 10),
    ]


def test_two_channels_of_one_call_are_followed_each_by_itself() -> None:
    assert told("""
        0   1 s@main APP_START Background
        3   2 s@side APP_START Background
        4   1 2@main APP_START Queue
        5   2 t@side APP_START Playback
        9   1 2@main LINKEDID_END
    """) == [(1, "main", "2", "digit", 4), (2, "side", None, "timeout", 2)]


@pytest.mark.parametrize(
    ("kind", "event", "extra", "appdata", "expected"),
    [
        ("USER_DEFINED", "IVR_MENU", '{"extra":"ventas"}', "IVR_MENU,ventas", ("IVR_MENU", "ventas", None)),
        ("USER_DEFINED", "IVR_MENU", "ventas|3", "", ("IVR_MENU", "ventas", "3")),
        ("USER_DEFINED", "IVR_MENU", "", "ventas", ("IVR_MENU", "ventas", None)),
        ("USER_DEFINED", "IVR_MENU", "", "IVR_MENU,ventas,*", ("IVR_MENU", "ventas", "*")),
        ("USER_DEFINED", "ventas", "", "", ("ventas", "", None)),
        ("IVR_MENU", "", "ventas", "", ("IVR_MENU", "ventas", None)),  # the PBX shows the name as the type
        ("USER_DEFINED", "PIN", "4711", "", ("PIN", "", None)),
        ("USER_DEFINED", "CARD", "card,4111111111111111", "", ("CARD", "card", None)),
        ("USER_DEFINED", "IVR", '{"extra":7}', "", ("IVR", "", None)),
        ("USER_DEFINED", "IVR", '{"extra', "", ("IVR", '{"extra', None)),
        ("user_defined", "", "", "", ("USER_DEFINED", "", None)),
    ],
)
def test_what_a_user_event_says(
    kind: str, event: str, extra: str, appdata: str, expected: tuple[str, str, str | None]
) -> None:
    row = {"eventtype": kind, "userdeftype": event, "extra": extra, "appdata": appdata, "eventtime": f"{START}"}
    found = reader().read(0, [(row | {"uniqueid": "1.1"}).get(name, "") for name in COLUMNS])
    assert (found.kind, found.app, found.menu, found.digit) == ("USER_DEFINED", *expected)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"eventtime": "never"}, "the time of the event cannot be read"),
        ({"eventtype": ""}, "the type of the event is missing, or a number"),
        ({"eventtype": "5"}, "the type of the event is missing, or a number"),
        ({"uniqueid": "", "linkedid": ""}, "the event names no channel"),
        ({"appdata": "\x00"}, "the row contains a NUL byte"),
        ({"context": "x" * 257}, "a name is longer than 256 characters"),
    ],
)
def test_an_event_that_cannot_be_used_says_why(changed: dict[str, str], reason: str) -> None:
    row = {"eventtype": "ANSWER", "eventtime": f"{START}", "uniqueid": "1.1", "linkedid": "1.1"} | changed
    with pytest.raises(BadRow, match=re.escape(reason)):
        reader().read(0, [row.get(name, "") for name in COLUMNS])


def test_a_channel_has_no_event_before_it_was_made() -> None:
    """Clocks are put back at 02:00 on 2025-11-02 in New York: 01:30 is 05:30 UTC, then 06:30 UTC."""
    times = []
    for made in (1762060000, 1762064000):
        row = {"eventtype": "ANSWER", "eventtime": "2025-11-02 01:30:00.5", "uniqueid": f"{made}.1"}
        times.append(reader("America/New_York").read(0, [row.get(name, "") for name in COLUMNS]).at)
    assert times == [1762061400.5, 1762065000.5]


KINDS = st.sampled_from(
    [
        *("USER_DEFINED M a", "USER_DEFINED M b,2", "USER_DEFINED D 1", "APP_START Background", "APP_START WaitExten"),
        *("APP_START Read", "APP_START Queue", "ANSWER", "BRIDGE_ENTER", "HANGUP", "LINKEDID_END", "CHAN_START"),
    ]
)
PLACES = st.sampled_from(["s@main", "1@main", "t@main", "s@sales", "-"])
LINES = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 3 * CLOSED_KEPT_S), st.integers(1, 2), PLACES, KINDS), max_size=40
)


def log(lines: list[tuple[int, int, int, str, str]]) -> list[CelEvent]:
    """Events of three calls, nearly in order: a row may come some minutes late."""
    events: list[CelEvent] = []
    for position, (call, second, channel, place, kind) in enumerate(lines):
        at = second // 3 + position * 40
        found = read(f"{at} {10 * call + channel} {place} {kind}", linked=f"{START}.{call}")
        events.append(found[0]._replace(position=position))
    return events


def in_batches(events: list[CelEvent], sizes: list[int]) -> dict[tuple[int, float, int], Step]:
    """What PostgreSQL holds after these batches, kept events included: a table of steps by their places."""
    steps: dict[tuple[int, float, int], Step] = {}
    kept: list[CelEvent] = []
    newest: float | None = None
    at = 0
    while at < len(events):
        size = sizes[at % len(sizes)] if sizes else len(events)
        batch, at = events[at : at + size], at + size
        touched = {event.linked_id for event in batch}
        calls = CallsInMenus("pbx", KEYS, newest, [event for event in kept if event.linked_id in touched])
        for event in batch:
            calls.add(event)
        changes, newest = calls.changes(), calls.newest_at
        for step in changes.gone:
            del steps[step.caller_id, step.at, step.step_id]
        for step in changes.steps:
            assert (step.caller_id, step.at, step.step_id) not in steps
            steps[step.caller_id, step.at, step.step_id] = step
        kept = [event for event in kept if event.linked_id not in changes.forgotten] + changes.kept
        kept = [event for event in kept if not _over(kept, event.linked_id, newest or 0)]
    return steps


def _over(kept: list[CelEvent], linked_id: str, newest: float) -> bool:
    """As prune_kept_cel_calls.sql has it."""
    of_call = [event for event in kept if event.linked_id == linked_id]
    closed = any(event.kind == "LINKEDID_END" for event in of_call)
    return max(event.at for event in of_call) < newest - (CLOSED_KEPT_S if closed else OPEN_KEPT_S)


@settings(max_examples=300)
@given(LINES, st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_any_split_into_batches_gives_the_same_steps(
    lines: list[tuple[int, int, int, str, str]], sizes: list[int]
) -> None:
    events = log(lines)
    assert in_batches(events, sizes) == in_batches(events, [])


@given(LINES, st.randoms(use_true_random=False))
def test_the_order_in_which_events_come_does_not_matter(
    lines: list[tuple[int, int, int, str, str]], mixer: random.Random
) -> None:
    events = [event for event in log(lines) if event.linked_id == f"{START}.1"]
    shuffled = list(events)
    mixer.shuffle(shuffled)
    assert tell(shuffled, "pbx", KEYS) == tell(events, "pbx", KEYS)


@given(LINES)
def test_steps_are_numbered_in_order_and_end_after_they_begin(lines: list[tuple[int, int, int, str, str]]) -> None:
    steps = tell([event._replace(linked_id="1.1") for event in log(lines)], "pbx", KEYS)
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert all(step.left_at is None or step.left_at >= step.at for step in steps)
    assert all((step.left_at is None) == (step.ended == "open") for step in steps)
    assert len({step.step_id for step in steps}) == len(steps)
    assert len({step_hash(step) for step in steps}) == len(steps)


@given(LINES)
def test_no_menu_is_lost(lines: list[tuple[int, int, int, str, str]]) -> None:
    """Every user event is a step of its own or the key of the step before."""
    events = [event._replace(linked_id="1.1") for event in log(lines)]
    steps = tell(events, "pbx", KEYS)
    menus = [event for event in events if event.menu]
    assert len([step for step in steps if step.app == "M"]) == len(menus)
