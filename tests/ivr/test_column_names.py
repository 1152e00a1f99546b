"""Columns under other names: what a source declares, and what each declaration that cannot be says."""

from typing import Any

import pytest

from services.ivr.column_names import FIELDS, BadColumns, ColumnNames, log_of, read_column_names

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("columns", "log"),
    [
        ("calldate uniqueid disposition duration", "cdr"),
        ("Start_Time Unique_ID Call_Status Call_Time", "cdr"),
        ("id EventType eventtime uniqueid linkedid", "cel"),
        ("time callid queuename agent event data1", None),
        ("disposition", None),
        ("", None),
    ],
)
def test_a_log_is_known_by_its_columns(columns: str, log: str | None) -> None:
    assert log_of(ColumnNames(), [name.replace("_", " ") for name in columns.split()]) == log


def test_a_declared_column_comes_before_one_that_has_our_name() -> None:
    names = ColumnNames({"cdr": {"start": "Begun", "disposition": "how"}})
    columns = ["id", "start", "begun", "how", "uniqueid"]
    assert names.ours("cdr", columns) == ["id", "", "start", "disposition", "uniqueid"]
    assert names.places("cdr", columns) == {"id": 0, "start": 2, "disposition": 3, "uniqueid": 4}
    assert names.ours("cel", columns) == columns
    assert log_of(names, columns) == "cdr"


def test_what_is_missing_is_named_with_what_was_declared_for_it() -> None:
    names = ColumnNames({"cdr": {"start": "begun"}})
    places = names.places("cdr", ["uniqueid", "disposition", "start"])
    assert names.missing("cdr", places) == ["start (columns.cdr.start says begun)", "duration"]


@pytest.mark.parametrize(
    ("declared", "sentence"),
    [
        ("cdr", 'write columns as tables: [source.columns.cdr], then start = "its_name"'),
        ({"cdrs": {}}, "columns.cdrs is no log; known are queue_log, cdr, cel"),
        ({"cdr": "start"}, 'columns.cdr must be a table: [source.columns.cdr], then our name = "its name"'),
        ({"cdr": {"begin": "x"}}, "columns.cdr.begin is no column of ours; known are id, start, "),
        ({"cel": {"eventtime": 3}}, "columns.cel.eventtime must be the name of a column: at most 64 characters, no `"),
        ({"cel": {"eventtime": "a`b"}}, "columns.cel.eventtime must be the name of a column"),
        ({"cel": {"eventtime": " "}}, "columns.cel.eventtime must be the name of a column"),
        ({"cdr": {"start": "at", "end": "At"}}, "columns.cdr names the column 'at' for two of ours"),
    ],
)
def test_a_declaration_that_cannot_be_is_named(declared: Any, sentence: str) -> None:
    with pytest.raises(BadColumns) as bad:
        read_column_names(declared)
    assert str(bad.value).startswith(sentence)


def test_every_log_has_fields_to_declare() -> None:
    declared = {log: {name: f"their_{name}" for name in fields} for log, fields in FIELDS.items()}
    assert read_column_names(declared).declared == declared
