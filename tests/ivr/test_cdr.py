"""Records of cdr told as tables: what a row says, and the leg that it is."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ivr.cdr import SECONDS_MAX, CdrReader, Leg, Record, leg_hash
from services.ivr.clock import LocalClock
from services.ivr.column_names import ColumnNames
from services.ivr.keys import Keys
from services.ivr.names import NAME_CHARS_MAX, BadRow

pytestmark = pytest.mark.unit

KEYS = Keys(bytes(range(32)))
UPSTREAM = (
    "accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer end duration billsec "
    "disposition amaflags userfield uniqueid linkedid peeraccount sequence"
)
FREEPBX = (
    "calldate clid src dst dcontext channel dstchannel lastapp lastdata duration billsec disposition amaflags "
    "accountcode uniqueid userfield did recordingfile cnum cnam outbound_cnum outbound_cnam dst_cnam linkedid "
    "peeraccount sequence"
)
GRANDSTREAM = (
    "AcctId accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer end duration billsec "
    "disposition amaflags uniqueid userfield channel_ext dstchannel_ext service"
)
PBXWARE = (
    "AcctId tenant clid src dst dcontext channel dstchannel lastapp lastdata calldate duration billsec billamount "
    "disposition amaflags accountcode uniqueid userfield linkedid sequence agiuniqueid trunk did sipcallid"
)
MASTER = (
    "accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer end duration billsec "
    "disposition amaflags uniqueid userfield"
)
PAGE = (  # of a Grandstream UCM's web page, its headers with _ for spaces
    "Call_From Call_To Context Source_Channel Dest_Channel Start_Time Answer_Time End_Time Call_Time Talk_Time "
    "Call_Status Unique_ID"
)
ROW = {
    "start": "2025-07-01 09:00:00",
    "calldate": "2025-07-01 09:00:00",
    "Start Time": "2025-07-01 09:00:00",
    "answer": "2025-07-01 09:00:10",
    "Answer Time": "2025-07-01 09:00:10",
    "end": "2025-07-01 09:01:00",
    "End Time": "2025-07-01 09:01:00",
    "duration": "60",
    "billsec": "50",
    "Call Time": "0:01:00",
    "Talk Time": "0:00:50",
    "disposition": "ANSWERED",
    "Call Status": "ANSWERED",
    "uniqueid": "1751382000.7",
    "Unique ID": "1751382000.7",
    "linkedid": "1751382000.5",
    "sequence": "3",
    "AcctId": "41",
    "src": "5512345678",
    "Call From": "5512345678",
    "dst": "8000",
    "Call To": "8000",
    "dcontext": "from-trunk",
    "Context": "from-trunk",
    "channel": "PJSIP/trunk-0000000a",
    "Source Channel": "PJSIP/trunk-0000000a",
    "dstchannel": "PJSIP/2001-0000000b",
    "Dest Channel": "PJSIP/2001-0000000b",
    "lastapp": "Queue",
    "lastdata": "sales,t,,,300",
}


def reader(columns: list[str], zone: str = "UTC", *, stream: str = "s", positioned: bool = True) -> CdrReader:
    return CdrReader(
        keys=KEYS,
        clock=LocalClock(zone),
        source="pbx",
        stream=stream,
        places=ColumnNames().places("cdr", columns),
        positioned=positioned,
    )


def record(*, place: int = 0, columns: str = UPSTREAM, changed: Mapping[str, str] | None = None) -> Record:
    names = [name.replace("_", " ") if columns is PAGE else name for name in columns.split()]
    values = ROW | dict(changed or {})
    return reader(names).read(place, [values.get(name, "") for name in names])


def leg(*, place: int = 0, columns: str = UPSTREAM, **changed: str) -> Leg:
    return leg_of(changed, place=place, columns=columns)


def leg_of(changed: Mapping[str, str], *, place: int = 0, columns: str = UPSTREAM) -> Leg:
    found = record(place=place, columns=columns, changed=changed)
    return reader(columns.split()).with_id(found)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        # the columns of a product: linked_id, sequence, answered after, ended after, duration, talked, queue, agent
        (UPSTREAM, ("1751382000.5", 3, 10, 60, 60, 50, "sales", "PJSIP/2001")),
        (FREEPBX, ("1751382000.5", 3, 10, 60, 60, 50, "sales", "PJSIP/2001")),
        (PBXWARE, ("1751382000.5", 3, 10, 60, 60, 50, "sales", "PJSIP/2001")),
        (GRANDSTREAM, ("1751382000.7", None, 10, 60, 60, 50, "sales", "PJSIP/2001")),
        (MASTER, ("1751382000.7", None, 10, 60, 60, 50, "sales", "PJSIP/2001")),
        (PAGE, ("1751382000.7", None, 10, 60, 60, 50, None, None)),
    ],
    ids=["upstream", "freepbx", "pbxware", "grandstream", "master", "page"],
)
def test_every_product_tells_the_same_leg(columns: str, expected: tuple[Any, ...]) -> None:
    found = leg(columns=columns)
    answered = None if found.answered_at is None else found.answered_at - found.started_at
    ended = None if found.ended_at is None else found.ended_at - found.started_at
    told = (found.linked_id, found.sequence, answered, ended, found.duration_s, found.billsec, found.queue, found.agent)
    assert told == expected
    assert (found.started_at, found.disposition, found.context) == (1751360400.0, "answered", "from-trunk")
    assert (found.channel, found.dst_channel) == ("PJSIP/trunk-0000000a", "PJSIP/2001-0000000b")


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("ANSWERED", "answered"),
        ("ANSWER", "answered"),
        ("NO ANSWER", "no_answer"),
        ("NOANSWER", "no_answer"),
        ("no_answer", "no_answer"),
        ("BUSY", "busy"),
        ("FAILED", "failed"),
        ("CONGESTION", "congestion"),
        ("", "unknown"),
        ("CANCEL", "unknown"),
    ],
)
def test_dispositions_are_written_in_many_ways(written: str, normal: str) -> None:
    assert leg(disposition=written).disposition == normal


@pytest.mark.parametrize(
    ("app", "data", "dst_channel", "queue", "agent"),
    [
        ("Queue", "sales,t,,,300", "PJSIP/2001-0000000b", "sales", "PJSIP/2001"),
        ("queue", "sales|tT||60", "SIP/2001-08a3b1c0", "sales", "SIP/2001"),
        ("Queue", "sales", "", "sales", None),
        ("Queue", "", "Local/1109@agents-00000065;1", None, "Local/1109@agents"),
        ("Dial", "PJSIP/2001,30", "PJSIP/2001-0000000b", None, None),
        ("Queue", "sales", "PJSIP/5512345678-0000000b", "sales", "tel-"),
    ],
)
def test_queue_and_agent_come_from_the_queue_application(
    app: str, data: str, dst_channel: str, queue: str | None, agent: str | None
) -> None:
    found = leg(lastapp=app, lastdata=data, dstchannel=dst_channel)
    assert found.queue == queue
    if agent == "tel-":
        assert re.fullmatch("PJSIP/tel-[0-9a-f]{6}", found.agent or "")
    else:
        assert found.agent == agent


@pytest.mark.parametrize(
    ("changed", "answered_after", "ended_after"),
    [
        ({"answer": "", "disposition": "NO ANSWER"}, None, 60),
        ({"answer": "0000-00-00 00:00:00"}, None, 60),
        ({"answer": "NULL"}, None, 60),
        ({"end": ""}, 10, 60),  # a record without an end lasted as long as it says
        ({"end": "2025-07-01 08:59:59"}, 10, 60),  # and so did one that ended before it began
        ({"end": "", "duration": ""}, 10, None),
        ({"answer": "2025-07-01 10:00:00"}, None, 60),  # an answer after the end is none
        ({"duration": "-1", "end": ""}, 10, None),
        ({"duration": f"{SECONDS_MAX + 1}", "end": ""}, 10, None),
    ],
)
def test_times_that_cannot_be(changed: dict[str, str], answered_after: int | None, ended_after: int | None) -> None:
    found = leg_of(changed)
    assert (found.answered_at and found.answered_at - found.started_at) == answered_after
    assert (found.ended_at and found.ended_at - found.started_at) == ended_after


def test_a_product_without_answer_tells_it_by_what_was_billed() -> None:
    found = leg(columns=PBXWARE, billsec="0")
    assert found.answered_at == found.ended_at
    assert leg(columns=PBXWARE, disposition="BUSY").answered_at is None


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"uniqueid": " "}, "the record has no uniqueid"),
        ({"start": "never"}, "the start of the record cannot be read"),
        ({"start": "0000-00-00 00:00:00"}, "the start of the record cannot be read"),
        ({"userfield": "x", "dst": "\x00"}, "the row contains a NUL byte"),
        ({"channel": "x" * (NAME_CHARS_MAX + 1)}, "a name is longer than 256 characters"),
    ],
)
def test_a_record_that_cannot_be_used_says_why(changed: dict[str, str], reason: str) -> None:
    with pytest.raises(BadRow, match=re.escape(reason)):
        record(changed=changed)


@pytest.mark.parametrize(
    ("zone", "start", "made", "expected"),
    [
        # clocks are put back at 02:00 on 2025-11-02 in New York: 01:30 is 05:30 UTC, then 06:30 UTC
        ("America/New_York", "2025-11-02 01:30:00", 1762061400, 1762061400),
        ("America/New_York", "2025-11-02 01:30:00", 1762065000, 1762065000),
        ("America/New_York", "2025-11-02 01:30:00", None, 1762061400),
        ("America/New_York", "2025-07-01 09:00:00", 1762061400, 1751374800),
    ],
)
def test_the_unique_id_tells_the_passes_of_a_doubled_hour_apart(
    zone: str, start: str, made: int | None, expected: int
) -> None:
    names = UPSTREAM.split()
    unique_id = "strange" if made is None else f"pbx-{made}.4"
    row = [(ROW | {"start": start, "answer": "", "end": "", "uniqueid": unique_id}).get(name, "") for name in names]
    assert reader(names, zone).read(0, row).leg.started_at == expected


@pytest.mark.parametrize(
    ("columns", "changed", "same_elsewhere"),
    [
        (UPSTREAM, {}, True),  # linkedid, uniqueid and sequence: wherever it stands
        (UPSTREAM, {"linkedid": ""}, False),  # a migrated table: old records have an empty linkedid and sequence 0
        (UPSTREAM, {"sequence": ""}, False),
        (GRANDSTREAM, {}, True),  # by the number of the record
        (MASTER, {}, False),  # by its place
    ],
)
def test_what_a_record_is_known_by(columns: str, changed: dict[str, str], same_elsewhere: bool) -> None:
    one, other = leg_of(changed, columns=columns), leg_of(changed, place=700, columns=columns)
    assert (one.leg_id == other.leg_id) is same_elsewhere
    assert leg_of(changed, columns=columns).leg_id == one.leg_id
    assert leg_of({**changed, "uniqueid": "1751382000.8"}, columns=columns).leg_id != one.leg_id


def test_the_number_of_a_record_may_be_bytes_of_any_kind() -> None:
    found, again = (leg(columns=GRANDSTREAM, AcctId=number) for number in ("\udcff", "\udcff"))
    assert found.leg_id == again.leg_id != leg(columns=GRANDSTREAM).leg_id


def test_a_sequence_of_thousands_of_digits_is_none() -> None:
    assert leg(sequence="7" * 5_000).sequence is None


def test_identical_records_without_any_key_all_count() -> None:
    names = MASTER.split()
    found = reader(names, positioned=False)
    told = found.read(0, [ROW.get(name, "") for name in names])
    assert told.key is None
    assert len({found.with_id(told, occurrence).leg_id for occurrence in (1, 2, 3)}) == 3
    assert found.content_id(told) == found.content_id(found.read(9, [ROW.get(name, "") for name in names]))


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("channel", "SIP/149167199-00000000", r"SIP/tel-[0-9a-f]{6}-00000000"),
        ("channel", "PJSIP/1115-0000012a", r"PJSIP/1115-0000012a"),
        ("channel", "PJSIP/trunk-5512345678", r"PJSIP/trunk-tel-[0-9a-f]{6}"),
        ("channel", "PJSIP/trunk-55123456", r"PJSIP/trunk-tel-[0-9a-f]{6}"),
        ("channel", "Local/13156076440@LocalSets-00000004;2", r"Local/tel-[0-9a-f]{6}@LocalSets-00000004;2"),
        ("dst", "011919868162665", r"tel-[0-9a-f]{6}"),
        ("dst", "+52 55 1234 5678", r"\+?tel-[0-9a-f]{6}"),
        ("dst", "8000", r"8000"),
        ("dcontext", "outbound-5512345678", r"outbound-tel-[0-9a-f]{6}"),
    ],
)
def test_no_telephone_is_left(field: str, value: str, shown: str) -> None:
    found = leg_of({field: value})
    text = {"channel": found.channel, "dst": found.dst, "dcontext": found.context}[field]
    assert re.fullmatch(shown, text or "")


def test_the_caller_is_the_same_id_everywhere() -> None:
    assert leg().caller_id == KEYS.caller_id(b"5512345678") == leg(columns=PBXWARE).caller_id
    assert leg(src="").caller_id == leg(src="anonymous").caller_id == 0


FIELD = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=12) | st.just("x" * 300)


@given(
    st.lists(FIELD, min_size=21, max_size=21),
    st.text("0123456789", min_size=7, max_size=15),
)
def test_whatever_a_row_holds_it_is_a_leg_without_a_number_or_has_a_reason(row: list[str], number: str) -> None:
    row = [text.replace("7", number) for text in row]
    names = UPSTREAM.split()
    row[names.index("uniqueid")] = "1751382000.7"
    row[names.index("linkedid")] = ""
    row[names.index("start")] = "2025-07-01 09:00:00"
    row[names.index("end")] = ""
    try:
        found = reader(names).read(0, row).leg
    except BadRow:
        assert any(len(text) > NAME_CHARS_MAX for text in row)  # the only reason that is left
        return
    texts = [found.context, found.dst, found.last_app, found.queue, found.agent]
    assert not any(re.search("[0-9]{7}", text) for text in texts if text)
    assert leg_hash(found) == leg_hash(found)
    assert found.duration_s is None or 0 <= found.duration_s <= SECONDS_MAX
