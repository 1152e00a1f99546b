"""All calls of a list as rows of a file, cell by cell what call_routes.call_out() shows of a call. Pure."""

from collections.abc import Callable, Mapping

from services.analytics.catalog import Catalog, SourceKind
from services.analytics.csv_sql import Cells, Lines, lines
from services.analytics.drilldown import Listing, compile_listing
from services.analytics.facts import Facts


def compile_call_lines(
    catalog: Catalog, listing: Listing, *, limit: int, cells_of: Callable[[int], Cells] = Cells
) -> Lines:
    """The calls in the order of time and id, one more than `limit` when there are more, each column as `cells_of`."""
    sql, arguments = compile_listing(catalog, listing, limit=limit, after=None)
    cells = cells_of(len(arguments))
    return lines(sql, arguments, cells, list(call_cells(listing.question.kind, cells).values()))


def call_cells(kind: SourceKind, cells: Cells) -> Mapping[str, str]:
    """The cells of a call by name, in the order of its schema."""
    time = Facts(kind).time
    same = {
        "id": f"'{kind}-' || (extract(epoch FROM {time}) * 1000000)::bigint || '-' || call_id",
        "call_id": cells.identifier("call_id"),
        "source": cells.text("source"),
        "caller_id": cells.identifier("nullif(caller_id, 0)"),
    }
    return {**same, **(_legacy(cells) if kind == "legacy" else _queue(cells))}


def _legacy(cells: Cells) -> dict[str, str]:
    return {
        "started_at": cells.instant_or_z("started_at"),
        "duration_s": "duration_s",
        **{name: cells.text(name) for name in ("did", "segment", "menu", "option", "centre")},
        "line_kind": "line_kind",
        "labels": cells.text("array_to_string(labels, ', ')"),
        "outcome": "outcome",
        "swapped": cells.boolean("swapped"),
        "source_table": cells.text("source_table"),
        "unit_date": cells.day("unit_date"),
        "occurrence": "occurrence",
    }


def _queue(cells: Cells) -> dict[str, str]:
    return {
        **{name: cells.text(name) for name in ("callid", "queue", "agent")},
        **{name: cells.instant_or_z(name) for name in ("entered_at", "ended_at")},
        "exit": "exit",
        **{name: cells.number(name) for name in ("wait_s", "ring_s", "talk_s")},
        **{name: name for name in ("entry_position", "transfers", "ring_no_answer")},
    }
