"""CSV that PostgreSQL writes against CSV that csvfile.py writes: the same bytes, whatever stands in the cells."""

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.analytics import csvfile, store
from services.analytics.call_routes import call_out
from services.analytics.call_rows import call_cells, compile_call_lines, one_offset
from services.analytics.call_schemas import LegacyCallOut, QueueCallOut
from services.analytics.catalog import SourceKind, catalog
from services.analytics.columns import Column
from services.analytics.csv_sql import BLANK_MAX, Cells, LineEnds, lines
from services.analytics.drilldown import Listing, in_turn
from services.analytics.question import Question, zone_of
from services.analytics.sheet_rows import RowTexts
from shared.formulas import INNER_BLANK, neutral
from tests.analytics.facts import LegacyCall, QueueCall, Warehouse

COLUMNS = (
    Column("time", "time", "key_time", "timestamptz"),
    Column("menu", "dimension", "key_0", "text"),
    Column("option", "dimension", "key_1", "text"),
    Column("band", "dimension", "key_2", "bigint", labels=("0", "=1-5", "6+")),
    Column("is_holiday", "dimension", "key_3", "boolean"),
    Column("calls", "metric", "value_0", "bigint"),
    Column("rate", "metric", "value_1", "float8"),
)
DIRTY = [
    *("", " ", "=1+1", " =1", "a;=1", "a|\t @x", "-", "\t", "\r\n", "a\nb", 'a"b', '"', "a,b", "'=1", "\\.", "a\x01=b"),
    *("\x01", "\uff1d1", "\u200b=1", "\xa0\n+1", ";\ufeff\u202e-1", "\u00bd=1", "NULL", "a\r", "x;\x00".rstrip("\x00")),
]
PIECES = st.sampled_from([*"=+-@;|\t\r\n\", '\\a1\x01\xa0", "\uff1d", "\u200b", "\ufeff", "\U000e0020", "\u00e1"])
# PostgreSQL's texts hold neither NUL nor surrogates.
ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
ALMOST_PLAIN = st.from_regex(r"[0-9A-Za-z\u00c0-\u024f][ -~\u00a0-\u0250]{0,8}", fullmatch=True)
TEXTS = st.one_of(st.none(), st.sampled_from(DIRTY), st.lists(PIECES, max_size=8).map("".join), ANY)
INSTANTS = st.datetimes(datetime(1996, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone comes with timezones
WHOLE_SECONDS = INSTANTS.map(lambda at: at.replace(microsecond=0))
FLOATS = st.one_of(st.none(), st.floats(-1e15, 1e15), st.integers(0, 10**16 - 1).map(float), st.just(-0.0))
ROWS = st.tuples(
    st.one_of(st.none(), INSTANTS, WHOLE_SECONDS),
    TEXTS,
    TEXTS,
    st.one_of(st.none(), st.integers(0, 2)),
    st.one_of(st.none(), st.booleans()),
    st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
    FLOATS,
)
PLAIN = (datetime(2025, 7, 1, 15, tzinfo=UTC), "menu", "option", 0, True, 1, 0.5)


def shown(row: tuple[Any, ...], zone: str) -> list[Any]:
    """What shown_rows() makes of a record."""
    cells = list(row)
    cells[0] = None if row[0] is None else row[0].astimezone(zone_of(zone)).isoformat()
    cells[3] = None if row[3] is None else COLUMNS[3].labels[row[3]]
    return cells


async def copied(conn: asyncpg.Connection, rows: list[tuple[Any, ...]], zone: str) -> tuple[bytes, int]:
    """The same rows through COPY: the file without its header, and how many rows were counted."""
    values = ", ".join(f"${number}::{column.sql_type}[]" for number, column in enumerate(COLUMNS, start=1))
    names = ", ".join(column.sql for column in COLUMNS)
    sql = f"SELECT {names} FROM unnest({values}) WITH ORDINALITY AS given({names}, place) ORDER BY place"
    arguments = [[row[index] for row in rows] for index in range(len(COLUMNS))]
    cells, ends, parts, counted = Cells(len(COLUMNS)), LineEnds(), [], 0

    async def write(chunk: bytes) -> None:
        nonlocal counted
        text, ended = ends.write(bytes(chunk))
        parts.append(text)
        counted += ended

    sql, bound = lines(sql, arguments, cells, [cells.column(column, column.sql) for column in COLUMNS])
    async with conn.transaction():
        await store.copy_lines(conn, sql, bound, write, zone=zone, timeout_s=60)
    return b"".join(parts), counted


@pytest.mark.integration
async def test_both_writers_write_the_same_bytes(conn: asyncpg.Connection) -> None:
    dirty: list[tuple[Any, ...]] = [(PLAIN[0], text, other, *PLAIN[3:]) for text in DIRTY for other in ("clean", text)]
    for zone in ("America/Mexico_City", "UTC", "Asia/Kolkata", "Europe/London"):
        text, counted = await copied(conn, dirty, zone)
        expected = csvfile.to_csv(["x"], [shown(row, zone) for row in dirty]).removeprefix("x\r\n")
        assert text.decode() == expected
        assert counted == len(dirty)


@pytest.mark.integration
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(ROWS, min_size=1, max_size=40), zone=st.sampled_from(("America/Mexico_City", "Asia/Kathmandu")))
@example(rows=[(PLAIN[0], *[";\n\"'=1"] * 2, *PLAIN[3:]), PLAIN], zone="UTC")
async def test_both_writers_agree_on_anything(conn: asyncpg.Connection, rows: list[tuple[Any, ...]], zone: str) -> None:
    text, counted = await copied(conn, rows, zone)
    assert text.decode() == csvfile.to_csv(["x"], [shown(row, zone) for row in rows]).removeprefix("x\r\n")
    assert counted == len(rows)


@pytest.mark.integration
async def test_ordinary_texts_need_one_look(conn: asyncpg.Connection) -> None:
    """A call without labels once had each of its texts looked at again, which took half of an export's time."""
    cells = Cells(2)
    ordinary = ["RES-FallaInternet", "19028031", "nacional_A", "", None]
    texts = [*ordinary, *DIRTY]
    sql, arguments = lines(
        "SELECT one, other FROM unnest($1::text[], $2::text[]) AS given(one, other)",
        [texts, ["menu"] * len(texts)],
        cells,
        ["harmless", cells.text("one"), cells.text("other")],
    )
    looked = await conn.fetch(sql, *arguments)
    told = dict(zip(texts, (row[0] for row in looked), strict=True))
    assert [told[text] for text in ordinary] == [True] * len(ordinary)
    assert [text for text, harmless in told.items() if text and harmless and neutral(text) != text] == []


@pytest.mark.integration
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(st.one_of(ANY.filter(bool), ALMOST_PLAIN)))
@example(texts=[text for text in DIRTY if text])
@example(texts=["a_x0041_", "a&b", "a<b", "a\\b", "a;=1", "a|b", "a ", "a\xa0", "x" * 40_000, "a\n"])
async def test_plain_texts_are_the_same_in_every_file(conn: asyncpg.Connection, texts: list[str]) -> None:
    """The view of calls tells it by their dimensions, and then nobody looks again."""
    for (text,) in await conn.fetch("SELECT told FROM unnest($1::text[]) AS told WHERE ivr.is_plain(told)", texts):
        assert neutral(text) == text
        row = RowTexts(["any"], [""]).rows([[text]], [2])
        assert row == f'<row r="2"><c r="A2" t="inlineStr"><is><t>{text}</t></is></c></row>\n'
        assert "\\" not in text  # COPY would double it


@pytest.mark.integration
async def test_ordinary_texts_are_called_plain(conn: asyncpg.Connection) -> None:
    ordinary = [
        "",
        "RES-FallaInternet",
        "19028031",
        "nacional_A",
        "VACIO",
        "vip, gold",
        "Atenci\u00f3n (2)",
        "\u00c1rea",
    ]
    ordinary += ["tbl_historico_t3_2025", "t3.csv", "OPT1"]
    assert await conn.fetchval("SELECT bool_and(ivr.is_plain(text)) FROM unnest($1::text[]) AS text", ordinary)


@pytest.mark.unit
@given(rows=st.integers(0, 500), each=st.integers(1, 600), seconds=st.integers(1, 10**8))
def test_parts_of_a_list_join(rows: int, each: int, seconds: int) -> None:
    since = datetime(2025, 7, 1, tzinfo=UTC)
    until = since + timedelta(seconds=seconds)
    question = Question(kind="legacy", metrics=(), since=since, until=until, zone="UTC")
    parts = list(in_turn(Listing(question, count="abandoned"), rows, each))
    assert len(parts) == max(1, -(-rows // each))
    assert {part.count for part in parts} == {"abandoned"}
    ends = [(part.question.since, part.question.until) for part in parts]
    assert [low for low, _ in ends] == [since, *(high for _, high in ends[:-1])]
    assert ends[-1][1] == until
    bucket = Listing(question, bucket=since)
    assert list(in_turn(bucket, rows, each)) == [bucket]


@pytest.mark.unit
@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=9), st.data())
def test_line_ends_hold_wherever_the_file_is_cut(rows: list[list[str | None]], data: st.DataObject) -> None:
    written = csvfile.to_csv(["a", "b"], rows)
    # As COPY would send it: what is inside of quotes stays.
    raw = '"'.join(
        part if index % 2 else part.replace("\r\n", "\n") for index, part in enumerate(written.split('"'))
    ).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=5)))
    pieces = [raw[low:high] for low, high in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    ends = LineEnds()
    told = [ends.write(piece) for piece in pieces]
    assert b"".join(text for text, _ in told) == written.encode()
    assert sum(count for _, count in told) == len(rows) + 1


@pytest.mark.unit
def test_no_blank_lies_beyond_the_characters_that_are_looked_at() -> None:
    blank = re.compile(INNER_BLANK)
    assert not [code for code in range(ord(BLANK_MAX) + 1, sys.maxunicode + 1) if blank.fullmatch(chr(code))]


@pytest.mark.unit
@pytest.mark.parametrize(("kind", "model"), [("legacy", LegacyCallOut), ("asterisk", QueueCallOut)])
def test_every_field_of_a_call_has_its_cell(kind: Any, model: Any) -> None:
    assert list(call_cells(kind, Cells(0))) == [name for name in model.model_fields if name != "source_kind"]


def call_row(values: dict[str, Any], names: list[str]) -> list[Any]:
    cells = (values[name] for name in names)
    return [", ".join(cell) if isinstance(cell, list) else cell for cell in cells]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("zone", "since", "days", "hours"),
    [
        ("America/Mexico_City", "2025-01-01", 365, -6),
        ("Europe/Madrid", "2025-07-01", 90, 2),
        ("Europe/Madrid", "2025-10-20", 6, 2),
        ("Europe/Madrid", "2025-10-20", 7, None),
        ("Europe/Madrid", "2025-10-27", 30, None),  # what entered in the day before
        ("Asia/Kathmandu", "2025-07-01", 1, 5.75),
        ("UTC", "2025-07-01", 1, 0),
    ],
)
def test_one_offset_is_that_of_a_whole_span(zone: str, since: str, days: int, hours: float | None) -> None:
    at = datetime.fromisoformat(since).replace(tzinfo=UTC)
    question = Question(kind="legacy", metrics=(), since=at, until=at + timedelta(days=days), zone=zone)
    assert one_offset(question) == (None if hours is None else timedelta(hours=hours))


@pytest.mark.integration
@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("America/Mexico_City", datetime(2025, 7, 1, 15, tzinfo=UTC)),
        ("UTC", datetime(2025, 7, 1, 15, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2025, 7, 1, 15, tzinfo=UTC)),
        ("Europe/London", datetime(2025, 10, 26, 0, 59, 50, tzinfo=UTC)),  # the clocks change within the calls
    ],
)
async def test_calls_are_written_as_they_are_shown(
    conn: asyncpg.Connection, warehouse: Warehouse, zone: str, at: datetime
) -> None:
    await warehouse.add(
        [
            LegacyCall(
                started_at=at + timedelta(seconds=number, microseconds=(0, 1, 500_000)[number % 3]),
                call_id=number,
                caller_id=number % 3,
                duration_s=None if number % 4 else number,
                option=text,
                labels=("vip", "=a;b")[: number % 3],
                swapped=number % 2 == 0,
            )
            for number, text in enumerate(DIRTY)
        ]
    )
    await warehouse.add_queue(
        [
            QueueCall(entered_at=at, call_id=1, queue="=1;-2", agent=""),
            QueueCall(
                entered_at=at + timedelta(seconds=1.5), call_id=2, exit="answered", ended_at=at, wait_s=1.25, talk_s=3
            ),
        ]
    )
    kinds: tuple[SourceKind, ...] = ("legacy", "asterisk")
    for kind in kinds:
        question = Question(kind=kind, metrics=(), since=at, until=at + timedelta(hours=1), zone=zone)
        listing, ends = Listing(question), LineEnds()
        parts: list[bytes] = []

        async def write(chunk: bytes, ends: LineEnds = ends, parts: list[bytes] = parts) -> None:
            parts.append(ends.write(bytes(chunk))[0])

        sql, arguments = compile_call_lines(catalog(), listing, limit=100)
        async with conn.transaction():
            await store.copy_lines(conn, sql, arguments, write, zone=zone, timeout_s=60)
        model = LegacyCallOut if kind == "legacy" else QueueCallOut
        names = [name for name in model.model_fields if name != "source_kind"]
        records = await store.calls(conn, catalog(), listing, limit=100, after=None)
        rows = [call_row(call_out(question, record).model_dump(mode="json"), names) for record in records]
        assert b"".join(parts).decode() == csvfile.to_csv(["x"], rows).removeprefix("x\r\n")
        assert len(rows) == {"legacy": len(DIRTY), "asterisk": 2}[kind]
