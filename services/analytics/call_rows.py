"""All calls of a list as rows of a file, cell by cell what call_routes.call_out() shows of a call. Pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from services.analytics.catalog import Catalog, SourceKind
from services.analytics.csv_sql import Cells, Lines, lines
from services.analytics.drilldown import PLAIN_TEXTS, Listing, compile_listing
from services.analytics.facts import CALL_LENGTH_MAX, Facts
from services.analytics.question import Question, zone_of
from services.analytics.sheet_sql import sheet_lines

DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)
# What tells whether the texts of a call are harmless; queue calls carry their own texts, so each is looked at.
TOLD: Mapping[SourceKind, str | None] = {"legacy": PLAIN_TEXTS, "asterisk": None}


def compile_call_lines(catalog: Catalog, listing: Listing, *, limit: int) -> Lines:
    """The calls in the order of time and id as lines of CSV, one more than `limit` when there are more."""
    sql, arguments = compile_listing(catalog, listing, limit=limit, after=None, plain=True)
    kind, offset = listing.question.kind, one_offset(listing.question)
    cells = Cells(len(arguments), told=TOLD[kind], offset=offset)
    return lines(sql, arguments, cells, list(call_cells(kind, cells).values()))


def compile_call_rows(
    catalog: Catalog, listing: Listing, styles: Sequence[str], *, limit: int, before: int = 0
) -> Lines:
    """The same calls as rows of a worksheet, below so many `before` them."""
    sql, arguments = compile_listing(catalog, listing, limit=limit, after=None, plain=True)
    kind = listing.question.kind
    return sheet_lines(
        sql,
        arguments,
        lambda cells: list(call_cells(kind, cells).values()),
        styles,
        before=before,
        told=TOLD[kind],
    )


def one_offset(question: Question) -> timedelta | None:
    """The zone's offset from UTC in all of the question's span; None where the clocks change in it.

    Nowhere do clocks change twice in a day. Calls that are listed by another moment may have entered a day earlier.
    """
    zone = zone_of(question.zone)
    at, last = question.since - CALL_LENGTH_MAX, question.until
    seen = {last.astimezone(zone).utcoffset()}
    while at < last and len(seen) == 1:
        seen.add(at.astimezone(zone).utcoffset())
        at += DAY
    (offset,) = seen if len(seen) == 1 else (None,)
    return None if offset is None or offset % MINUTE else offset


def call_cells(kind: SourceKind, cells: Cells) -> Mapping[str, str]:
    """The cells of a call by name, in the order of its schema."""
    time = Facts(kind).time
    same = {
        # Seconds as a float hold microseconds for two hundred years around 1970; numeric is five times as slow.
        "id": cells.word(f"('{kind}-' || (date_part('epoch', {time}) * 1e6::float8)::bigint || '-' || call_id)"),
        "call_id": cells.identifier("call_id"),
        "source": cells.text("source"),
        "caller_id": cells.identifier("nullif(caller_id, 0)"),
    }
    return {**same, **(_legacy(cells) if kind == "legacy" else _queue(cells))}


def _legacy(cells: Cells) -> dict[str, str]:
    return {
        "started_at": cells.moment("started_at"),
        "duration_s": cells.whole("duration_s"),
        **{name: cells.text(name) for name in ("did", "segment", "menu", "option", "centre")},
        "line_kind": cells.word("line_kind"),
        "labels": cells.text("array_to_string(labels, ', ')"),
        "outcome": cells.word("outcome"),
        "swapped": cells.boolean("swapped"),
        "source_table": cells.text("source_table"),
        "unit_date": cells.day("unit_date"),
        "occurrence": cells.whole("occurrence"),
    }


def _queue(cells: Cells) -> dict[str, str]:
    return {
        **{name: cells.text(name) for name in ("callid", "queue", "agent")},
        "entered_at": cells.moment("entered_at"),
        "ended_at": cells.instant_or_z("ended_at"),
        "exit": cells.word("exit"),
        **{name: cells.number(name) for name in ("wait_s", "ring_s", "talk_s")},
        **{name: cells.whole(name) for name in ("entry_position", "transfers", "ring_no_answer")},
    }
