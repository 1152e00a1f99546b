"""Files of cdr and cel: what each is taken for, and which of its lines are records."""

import csv
import gzip
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.ivr.column_names import ColumnNames
from services.ivr.keys import Keys
from services.ivr.sources.csv_records import RECORD_LINES_MAX, mended, records
from services.ivr.sources.details import MASTER, DetailFile, Resume, detail_file
from services.ivr.sources.errors import SourceDamaged
from services.ivr.sources.files import Lines

pytestmark = pytest.mark.unit

KEYS = Keys(bytes(range(32)))
HEADER = "calldate,clid,src,dst,channel,lastdata,duration,disposition,uniqueid"
ROW = '2025-07-01 09:00:00,"""Ana"" <5512345678>",5512345678,8000,PJSIP/a-1,"sales,t",60,ANSWERED,1751382000.1'
MASTER_ROW = (
    '"","1500","8000","local","""device"" <1500>","SIP/1500-00000000","","Dial","SIP/8000,,r","2016-09-06 16:38:55",,'
    '"2016-09-06 16:38:56",0,0,"NO ANSWER","DOCUMENTATION","1473179935.0",""'
)


async def read(path: Path, names: ColumnNames | None = None) -> list[tuple[int, list[str] | str]]:
    stream = detail_file(path, KEYS, names or ColumnNames())
    assert isinstance(stream, DetailFile)
    return [row async for batch in stream.batches(Resume()) for row in batch.rows]


def write(folder: Path, *lines: str, name: str = "cdr.csv", end: str = "\n") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + end, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("first", "log"),
    [
        (HEADER, "cdr"),
        (HEADER.replace(",", ";"), "cdr"),
        ("id,eventtype,eventtime,exten,context,appname,uniqueid,linkedid", "cel"),
        (MASTER_ROW, "cdr"),
        ("id,time,callid,queuename,agent,event,data1", None),
        ("1751371200|1.1|sales|NONE|ENTERQUEUE||5512345678|1", None),
        ("", None),
        ("PK\x03\x04\x00", None),
    ],
)
def test_a_file_is_known_by_its_first_line(tmp_path: Path, first: str, log: str | None) -> None:
    found = detail_file(write(tmp_path, first, "x"), KEYS, ColumnNames())
    assert (found and found.log) == log


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(SourceDamaged, match=r"cdr\.csv has no columns start, duration; nothing of it was published"):
        detail_file(write(tmp_path, "src,uniqueid,disposition", "1,2,3"), KEYS, ColumnNames())


async def test_growth_renaming_and_gzip_change_neither_the_stream_nor_the_places(tmp_path: Path) -> None:
    path = write(tmp_path, MASTER_ROW, MASTER_ROW, name="Master.csv")
    zipped = tmp_path / "Master.csv.1.gz"
    zipped.write_bytes(gzip.compress(path.read_bytes() + MASTER_ROW.encode() + b"\n"))
    first, second = detail_file(path, KEYS, ColumnNames()), detail_file(zipped, KEYS, ColumnNames())
    assert first is not None
    assert second is not None
    assert first.id == second.id
    rows = await read(zipped)
    assert rows[:2] == await read(path)
    assert [offset for offset, _ in rows] == [0, len(MASTER_ROW) + 1, 2 * len(MASTER_ROW) + 2]
    assert rows[0][1][MASTER.index("clid")] == '"device" <1500>'


async def test_the_line_that_is_being_written_waits(tmp_path: Path) -> None:
    path = write(tmp_path, MASTER_ROW, MASTER_ROW[:-9], name="Master.csv", end="")
    stream = detail_file(path, KEYS, ColumnNames())
    assert stream is not None
    rows = [row async for batch in stream.batches(Resume()) for row in batch.rows]
    assert (len(rows), stream.unfinished_lines) == (1, 1)
    assert len(await read(write(tmp_path, MASTER_ROW, MASTER_ROW, name="Master.csv", end=""))) == 2


async def test_an_export_that_ends_in_the_middle_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(SourceDamaged, match=r"cdr\.csv ends in the middle of its last row"):
        await read(write(tmp_path, HEADER, ROW, ROW[:-20], end=""))
    assert len(await read(write(tmp_path, HEADER, ROW, ROW, end=""))) == 2


async def test_a_declared_column_is_found_under_its_own_name(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER.replace("calldate", "Begun"), ROW)
    names = ColumnNames({"cdr": {"start": "begun"}})
    stream = detail_file(path, KEYS, names)
    assert stream is not None
    assert stream.places["start"] == 0


@pytest.mark.parametrize(
    ("line", "clid", "lastdata"),
    [
        (ROW, '"Ana" <5512345678>', "sales,t"),
        # a writer that puts quotes around quotes: PBXware
        (ROW.replace('"""Ana"" <5512345678>"', '""Ana" <1115>"'), 'Ana" <1115>"', "sales,t"),
        (ROW.replace('"""Ana"" <5512345678>"', '""Doe, Ana" <1115>"'), 'Doe, Ana" <1115>"', "sales,t"),
        # and one that puts none at all: the API of a Grandstream UCM
        (ROW.replace('"sales,t"', "sales,60,"), '"Ana" <5512345678>', "sales,60,"),
        (
            ROW.replace('"sales,t"', "a,b").replace('"""Ana"" <5512345678>"', '""Doe, Ana" <1115>"'),
            'Doe, Ana" <1115>"',
            "a,b",
        ),
        (ROW.replace('"sales,t"', '"two\nlines"'), '"Ana" <5512345678>', "two\nlines"),
    ],
)
async def test_careless_quotes_survive(tmp_path: Path, line: str, clid: str, lastdata: str) -> None:
    rows = await read(write(tmp_path, HEADER, ROW, line, ROW))
    names = HEADER.split(",")
    fields = rows[1][1]
    assert len(rows) == 3
    assert (fields[names.index("clid")], fields[names.index("lastdata")]) == (clid, lastdata)
    assert fields[names.index("uniqueid")] == "1751382000.1"


@pytest.mark.parametrize(
    "bad",
    [
        "only,three,fields",
        ROW.replace('"""Ana"" <5512345678>"', '"Ana <5512345678>'),  # a quote that is never closed
        ROW + ",more,and,more",
    ],
)
async def test_a_bad_line_is_one_bad_row(tmp_path: Path, bad: str) -> None:
    rows = await read(write(tmp_path, HEADER, ROW, bad, *[ROW] * (RECORD_LINES_MAX + 5)))
    assert [row for _, row in rows if isinstance(row, str)] == [bad]
    assert len(rows) == RECORD_LINES_MAX + 7


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        ("2025-07-01 09:00:00|a|b|PJSIP/1|9", "2025-07-01 09:00:00|a,b|PJSIP/1|9"),
        ("never|a|b|PJSIP/1|9", None),
        ("2025-07-01 09:00:00|a|b|none|9", None),
        ("2025-07-01 09:00:00|a|PJSIP/1|9|9|x", None),
        ("2025-07-01 09:00:00|a|PJSIP/1", None),
    ],
)
def test_nothing_is_put_together_that_makes_no_record(fields: str, row: str | None) -> None:
    places = {"start": 0, "clid": 1, "channel": 2, "duration": 3}
    assert mended(fields.split("|"), 4, places) == (row and row.split("|"))


FIELD = st.text(st.characters(exclude_characters="\x00\r", codec="utf-8"), max_size=8)


@settings(max_examples=200)
@given(st.lists(st.lists(FIELD, min_size=3, max_size=3), min_size=1, max_size=12))
@example([["", "", "\n"]])  # a closed field that ends with a line is no open quote
def test_what_was_written_by_the_rules_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, rows: Sequence[Sequence[str]]
) -> None:
    """Whatever fields hold, line ends and quotes too, as long as one row spans no more lines than a record may."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    path = tmp_path_factory.getbasetemp() / "property.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    with Lines(path) as lines:
        found = list(records(lines, ",", 3))
    if all(sum(field.count("\n") for field in row) < RECORD_LINES_MAX - 1 for row in rows):
        assert [record.fields for record in found] == [list(row) for row in rows]
    raw = path.read_bytes()
    assert "".join(f"{record.text}\n" for record in found).encode() == raw
    assert [raw[record.offset :].startswith(record.text.encode()) for record in found] == [True] * len(found)
