"""Whose columns are whose: the names that products give to the columns of queue_log, cdr and cel. Pure.

A source may say more: `[source.columns.cdr]` names the column of the source for each of ours that it calls otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Log = Literal["queue_log", "cdr", "cel"]
LOGS: Final[tuple[Log, ...]] = ("queue_log", "cdr", "cel")
COLUMN_CHARS_MAX: Final = 64  # what MariaDB allows

# Ours first, then: FreePBX, PBXware, the web page of a Grandstream UCM. Compared without case.
CDR: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("id", "acctid", "cdr_id"),
    "start": ("start", "calldate", "start time"),
    "answer": ("answer", "answer time"),
    "end": ("end", "end time"),
    "duration": ("duration", "call time"),
    "billsec": ("billsec", "talk time"),
    "disposition": ("disposition", "call status"),
    "src": ("src", "caller number", "call from"),
    "dst": ("dst", "callee number", "call to"),
    "dcontext": ("dcontext", "context"),
    "clid": ("clid", "caller id"),
    "channel": ("channel", "source channel"),
    "dstchannel": ("dstchannel", "dest channel"),
    "lastapp": ("lastapp", "last app", "last application"),
    "lastdata": ("lastdata", "last data"),
    "uniqueid": ("uniqueid", "unique id"),
    "linkedid": ("linkedid", "linked id"),
    "sequence": ("sequence",),
}
CDR_REQUIRED: Final = ("start", "duration", "disposition", "uniqueid")
CEL: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("id", "cel_id"),
    "eventtype": ("eventtype",),
    "eventtime": ("eventtime",),
    "userdeftype": ("userdeftype",),
    "cid_num": ("cid_num",),
    "exten": ("exten",),
    "context": ("context",),
    "appname": ("appname",),
    "appdata": ("appdata",),
    "uniqueid": ("uniqueid",),
    "linkedid": ("linkedid",),
    "extra": ("extra", "eventextra"),
}
CEL_REQUIRED: Final = ("eventtype", "eventtime", "exten", "context", "appname", "uniqueid", "linkedid")
QUEUE_LOG: Final = (
    *("id", "time", "callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5"),
    *("uid", "date_time", "queue_name", "type", "param1", "param2", "param3", "entpos", "expos", "htime", "ttime"),
)
FIELDS: Final[Mapping[Log, tuple[str, ...]]] = {"queue_log": QUEUE_LOG, "cdr": tuple(CDR), "cel": tuple(CEL)}


class BadColumns(ValueError):  # noqa: N818 - reads as what it is
    """The declared columns cannot be; the text names the field."""


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """What a source declares: the source's column by ours, for each log."""

    declared: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def ours(self, log: Log, columns: Sequence[str]) -> list[str]:
        """The columns under our names; one that stands where another was declared has none."""
        declared = self.declared.get(log, {})
        by_theirs = {theirs.casefold(): ours for ours, theirs in declared.items()}
        return [
            by_theirs.get(name, "" if name in declared else name)
            for name in (column.strip().casefold() for column in columns)
        ]

    def places(self, log: Literal["cdr", "cel"], columns: Sequence[str]) -> dict[str, int]:
        """Where each of our columns stands among those of a table or file."""
        names = self.ours(log, columns)
        known = CDR if log == "cdr" else CEL
        # What is declared stands under our name: it is found before any other name of the same column.
        found = {ours: [names.index(name) for name in theirs if name in names] for ours, theirs in known.items()}
        return {ours: at[0] for ours, at in found.items() if at}

    def missing(self, log: Literal["cdr", "cel"], places: Mapping[str, int]) -> list[str]:
        """The required columns that are not there, each with what was declared for it."""
        required = CDR_REQUIRED if log == "cdr" else CEL_REQUIRED
        declared = self.declared.get(log, {})
        return [
            f"{name} (columns.{log}.{name} says {declared[name]})" if name in declared else name
            for name in required
            if name not in places
        ]


def log_of(names: ColumnNames, columns: Sequence[str]) -> Literal["cdr", "cel"] | None:
    """Which log these columns are of, by some that no other has; None when it is neither."""
    cdr = names.places("cdr", columns).keys()
    if "disposition" in cdr and cdr & {"uniqueid", "billsec", "src"}:
        return "cdr"
    if {"eventtype", "eventtime"} <= names.places("cel", columns).keys():
        return "cel"
    return None


def read_column_names(value: Any) -> ColumnNames:
    """The table `columns` of a source. BadColumns says which entry cannot be."""
    if not isinstance(value, dict):
        raise BadColumns('write columns as tables: [source.columns.cdr], then start = "its_name"')
    return ColumnNames({_log(log): _declared(log, entries) for log, entries in value.items()})


def _log(log: str) -> str:
    if log not in LOGS:
        raise BadColumns(f"columns.{log} is no log; known are {', '.join(LOGS)}")
    return log


def _declared(log: Any, entries: Any) -> dict[str, str]:
    if not isinstance(entries, dict):
        raise BadColumns(f'columns.{log} must be a table: [source.columns.{log}], then our name = "its name"')
    known = FIELDS[log]
    for ours, theirs in entries.items():
        if ours not in known:
            raise BadColumns(f"columns.{log}.{ours} is no column of ours; known are {', '.join(known)}")
        if not isinstance(theirs, str) or not 0 < len(theirs.strip()) <= COLUMN_CHARS_MAX or "`" in theirs:
            raise BadColumns(
                f"columns.{log}.{ours} must be the name of a column: at most {COLUMN_CHARS_MAX} characters, no `"
            )
    folded = [theirs.strip().casefold() for theirs in entries.values()]
    if twice := sorted({each for each in folded if folded.count(each) > 1}):
        raise BadColumns(f"columns.{log} names the column {twice[0]!r} for two of ours")
    return {ours: theirs.strip() for ours, theirs in entries.items()}
