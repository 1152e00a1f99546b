"""Lines of a queue_log as events: every verb, each in the columns of both dialects."""

import pytest

from services.ivr.clock import LocalClock
from services.ivr.keys import Keys
from services.ivr.queue_calls import OpenCalls
from services.ivr.queue_events import (
    PBXWARE_DIALECT,
    UPSTREAM_DIALECT,
    AgentEvent,
    Dialect,
    EventReader,
    QueueEvent,
    dialect_of,
    text_row,
)

pytestmark = pytest.mark.unit

KEYS = Keys(bytes(range(32)))
START = 1_751_371_200
CALLER = KEYS.caller_id(b"5512345678")
NUMBERS = ("caller_id", "wait_s", "talk_s", "ring_s", "entry_position")


def reader(dialect: Dialect = UPSTREAM_DIALECT) -> EventReader:
    return EventReader(keys=KEYS, clock=LocalClock("UTC"), dialect=dialect, stream="s")


def numbers(event: QueueEvent) -> dict[str, float]:
    """What the event says, without what it does not."""
    return {name: getattr(event, name) for name in NUMBERS if getattr(event, name)}


@pytest.mark.parametrize(
    ("verb", "data", "said"),
    [
        ("ENTERQUEUE", "|5512345678|3|Ana", {"caller_id": CALLER, "entry_position": 3}),
        ("CONNECT", "26|1751371226.9|6", {"wait_s": 26.0, "ring_s": 6.0}),
        ("COMPLETEAGENT", "26|60|2", {"wait_s": 26.0, "talk_s": 60.0, "entry_position": 2}),
        ("COMPLETECALLER", "26|60|2", {"wait_s": 26.0, "talk_s": 60.0, "entry_position": 2}),
        ("ABANDON", "1|2|130", {"wait_s": 130.0, "entry_position": 2}),
        ("EXITEMPTY", "1|2|130", {"wait_s": 130.0, "entry_position": 2}),
        ("EXITWITHTIMEOUT", "1|2|130", {"wait_s": 130.0, "entry_position": 2}),
        ("EXITWITHKEY", "9|1|2|130", {"wait_s": 130.0, "entry_position": 2}),
        ("WITHDRAW", "1|2|130|moved on", {"wait_s": 130.0, "entry_position": 2}),
        ("BLINDTRANSFER", "200|default|26|60|2", {"wait_s": 26.0, "talk_s": 60.0, "entry_position": 2}),
        ("ATTENDEDTRANSFER", "BRIDGE|x|26|60|2", {"wait_s": 26.0, "talk_s": 60.0, "entry_position": 2}),
        ("ATTENDEDTRANSFER", "BRIDGE|x|26|60|2|", {"wait_s": 26.0, "talk_s": 60.0, "entry_position": 2}),
        ("TRANSFER", "200|default|26|60|2", {"wait_s": 26.0, "talk_s": 60.0, "entry_position": 2}),
        ("RINGNOANSWER", "9500", {"ring_s": 9.5}),
        ("RINGCANCELED", "9500", {}),
        ("AGENTDUMP", "", {}),
        ("SYSCOMPAT", "", {}),
        ("PENALTY", "5", {}),
        ("RINGINUSE", "1", {}),
        ("OUTCALL", "5512345678", {}),
        ("DID", "5512345678", {}),
        ("CONFIGRELOAD", "", {}),
        ("MYOWNVERB", "5512345678|7", {}),
    ],
)
def test_every_verb_of_the_text_form(verb: str, data: str, said: dict[str, float]) -> None:
    event = reader().read(0, text_row(f"{START}|1751371200.1|sales|Agent/7|{verb}|{data}\n"))
    assert (event.verb, event.callid, event.queue, event.agent) == (verb, "1751371200.1", "sales", "Agent/7")
    assert numbers(event) == said


@pytest.mark.parametrize(
    ("verb", "row", "said"),
    [
        ("ENTERQUEUE", {"param1": "5512345678", "entpos": "3"}, {"caller_id": CALLER, "entry_position": 3}),
        ("CONNECT", {"param3": "6", "htime": "26"}, {"wait_s": 26.0, "ring_s": 6.0}),
        (
            "COMPLETEAGENT",
            {"param1": "5512345678", "entpos": "2", "htime": "26", "ttime": "60"},
            {"wait_s": 26.0, "talk_s": 60.0, "entry_position": 2},
        ),
        ("ABANDON", {"param1": "5512345678", "entpos": "2", "htime": "130"}, {"wait_s": 130.0, "entry_position": 2}),
        ("EXITWITHTIMEOUT", {"entpos": "2", "htime": "300"}, {"wait_s": 300.0, "entry_position": 2}),
        ("EXITWITHKEY", {"param1": "9", "entpos": "2", "htime": "30"}, {"wait_s": 30.0, "entry_position": 2}),
        ("BLINDTRANSFER", {"param2": "1142", "htime": "6", "ttime": "38"}, {"wait_s": 6.0, "talk_s": 38.0}),
        ("RINGNOANSWER", {"htime": "10000"}, {"ring_s": 10.0}),
        ("OUTANSWER", {"param1": "5512345678", "htime": "4", "ttime": "54"}, {}),
    ],
)
def test_the_split_columns_of_pbxware(verb: str, row: dict[str, str], said: dict[str, float]) -> None:
    head = {"date_time": str(START), "callid": "1.1", "queue_name": "IT", "type": "NONE", "event": verb}
    event = reader(PBXWARE_DIALECT).read(0, dict.fromkeys(PBXWARE_DIALECT.required, "") | head | row)
    assert (event.agent, event.at) == (None, float(START))
    assert numbers(event) == said


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("1.1|sales|Agent/7|ADDMEMBER|PAUSED", ("Agent/7", "sales", "PAUSED", None)),
        ("MANAGER|sales|Agent/7|REMOVEMEMBER|", ("Agent/7", "sales", "", None)),
        ("NONE|sales|Agent/7|PAUSE|lunch", ("Agent/7", "sales", "lunch", None)),
        ("NONE|sales|Agent/7|PAUSE|Auto-Pause", ("Agent/7", "sales", "Auto-Pause", None)),
        ("NONE|NONE|Agent/7|PAUSEALL|call 5512345678", ("Agent/7", "", "call tel-", None)),
        ("NONE|sales|Agent/7|UNPAUSE|Auto-Unpause", ("Agent/7", "sales", "", None)),
        ("NONE|NONE|Agent/7|UNPAUSEALL|", ("Agent/7", "", "", None)),
        ("1.1|NONE|Agent/7|AGENTLOGIN|SIP/7-1", ("Agent/7", "", "", None)),
        ("1.1|NONE|Agent/7|AGENTLOGOFF|SIP/7-1|3600", ("Agent/7", "", "", 3600.0)),
        ("1.1|NONE|Agent/7|AGENTCALLBACKLOGIN|7@agents", ("Agent/7", "", "", None)),
        ("1.1|NONE|Agent/7|AGENTCALLBACKLOGOFF|7@agents|3600|Autologoff", ("Agent/7", "", "Autologoff", 3600.0)),
        ("1.1|IT|Local/1127@callback-agent|ADDMEMBER|", ("Agent/1127", "IT", "", None)),
        ("NONE|NONE|NONE|QUEUESTART|", ("", "", "", None)),
        ("NONE|sales|NONE|PAUSE|", None),
        ("1.1|sales|Agent/7|CONNECT|1|2|3", None),
    ],
)
def test_what_lines_say_about_agents(line: str, told: tuple[str, str, str, float | None] | None) -> None:
    row = text_row(f"{START}|{line}")
    found = reader().read_agent(reader().read(0, row), row)
    if told is None:
        assert found is None
        return
    assert isinstance(found, AgentEvent)
    agent, queue, reason, signed_in_s = told
    assert (found.agent, found.queue, found.signed_in_s) == (agent, queue, signed_in_s)
    assert found.reason.startswith(reason)
    assert "5512345678" not in found.reason


def test_a_line_of_freepbx_that_tells_the_did_changes_no_call() -> None:
    """It comes before ENTERQUEUE, under the callid and no queue, with a trailing pipe."""
    text = """
        0|1.1|NONE|NONE|DID|8005551212|
        1|1.1|sales|NONE|ENTERQUEUE||5512345678|1|
        8|1.1|sales|Agent/7|CONNECT|7|1.2|3|
        9|1.1|NONE|NONE|DID|8005551212|
       68|1.1|sales|Agent/7|COMPLETECALLER|7|60|1|
    """
    state = OpenCalls("pbx", KEYS)
    for position, line in enumerate(text.split()):
        second, _, rest = line.partition("|")
        state.add(reader().read(position, text_row(f"{START + int(second)}|{rest}")))
    (call,) = state.changed()
    assert (call.queue, call.exit, call.wait_s, call.ring_s, call.talk_s) == ("sales", "answered", 7.0, 3.0, 60.0)


@pytest.mark.parametrize(
    "verb", ["RINGCANCELED", "AGENTDUMP", "SYSCOMPAT", "PENALTY", "QUEUESTART", "CONFIGRELOAD", "OUTCALL"]
)
def test_what_is_no_part_of_a_call_changes_none(verb: str) -> None:
    state = OpenCalls("pbx", KEYS)
    state.add(reader().read(0, text_row(f"{START}|1.1|sales|NONE|ENTERQUEUE||5512345678|1")))
    state.add(reader().read(1, text_row(f"{START + 9}|1.1|sales|NONE|{verb}|1|1|9")))
    assert [(call.exit, call.ended_at) for call in state.changed()] == [("open", None)]


def test_calls_without_a_callid_are_no_calls() -> None:
    state = OpenCalls("pbx", KEYS)
    for position, callid in enumerate(("", "NONE", "REALTIME", "MANAGER", "CLI")):
        state.add(reader().read(position, text_row(f"{START}|{callid}|sales|NONE|ENTERQUEUE||5512345678|1")))
    assert state.changed() == []


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        (["id", "time", "callid", "queuename", "agent", "event", "data1"], "upstream"),
        (["ID", "Time", "CallID", "QueueName", "Agent", "Event", "data", "serverid", "created"], "upstream"),
        (["uid", *PBXWARE_DIALECT.required], "pbxware"),
        (["id", "time", "callid"], None),
    ],
)
def test_dialects_are_told_apart_by_their_columns(columns: list[str], name: str | None) -> None:
    found = dialect_of(columns)
    assert (found and found.name) == name
