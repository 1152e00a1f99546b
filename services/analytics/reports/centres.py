"""Reports on transfer centres: who is sent where, from which menus and options.

Calls that reached no readable centre are no centre's; `menu-errors` alone counts them too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from services.analytics.periods import month_starts
from services.analytics.question import Cell, Filter, Order, Question, zone_of
from services.analytics.reports.model import Answers, Chart, Column, Report, Request, Table, share

TRANSFERRED: Final = Filter("outcome", "in", ("transferred",))
MOST_FIRST: Final = [Order("calls", descending=True)]
QUARTILES: Final = 4
MONTH_LENGTH: Final = len("2025-07")
LINES: Final = ("same_line", "different_line", "no_typed_line")
SPLIT: Final = ("calls", *LINES, "weekday_calls", "weekend_calls")

CENTRE_COLUMNS = (
    Column("month", "text", "Mes", "Month"),
    Column("segment", "text", "Segmento", "Segment"),
    Column("centre", "text", "Centro", "Centre"),
    Column("menu", "text", "Menú", "Menu"),
    Column("option", "text", "Opción", "Option"),
    Column("calls", "integer", "Llamadas", "Calls"),
    Column("share_of_month", "ratio", "% del mes", "% of the month"),
    Column("same_line", "integer", "Misma línea", "Same line"),
    Column("different_line", "integer", "Línea diferente", "Different line"),
    Column("no_typed_line", "integer", "Sin dígito", "Nothing typed"),
    Column("weekday_calls", "integer", "Entre semana", "Weekdays"),
    Column("weekend_calls", "integer", "Fin de semana", "Weekends"),
    Column("centre_quartile", "integer", "Cuartil del centro", "Centre quartile"),
)


def centre_questions(request: Request) -> dict[str, Question]:
    """A question a month: the months of one question would be filled with the combinations of all."""
    dimensions = ["segment", "centre", "menu", "option"]
    whole = request.question("legacy", SPLIT, dimensions=dimensions, order_by=MOST_FIRST)
    asked = {
        f"month {since:%Y-%m}": replace(whole, since=max(request.since, start), until=min(request.until, until))
        for since, start, until in _months(request)
    }
    return {**asked, "centres": request.question("legacy", ["calls"], dimensions=["centre"], filters=[TRANSFERRED])}


def _months(request: Request) -> Iterable[tuple[datetime, datetime, datetime]]:
    """Local first of each month that the period touches, and its span in UTC."""
    zone = zone_of(request.zone)
    starts = month_starts(request.since, request.until, zone)
    for start, end in pairwise(starts):
        yield start.astimezone(zone), start.astimezone(UTC), end.astimezone(UTC)


def build_centres(_: Request, answers: Answers) -> Table:
    quartiles = quartiles_of(answers["centres"].records())
    rows: list[list[Cell]] = []
    for name, answer in answers.items():
        if name == "centres":
            continue
        records = answer.records()
        total = sum(_count(row["calls"]) for row in records)
        for row in records:
            named = [row["segment"], row["centre"], row["menu"], row["option"]]
            counts = [row["calls"], share(row["calls"], total), *(row[each] for each in SPLIT[1:])]
            rows.append([name.removeprefix("month "), *named, *counts, quartiles.get(row["centre"])])
    return Table(CENTRE_COLUMNS, rows)


def quartiles_of(centres: Sequence[dict[str, Cell]]) -> dict[Cell, int]:
    """1 for the quarter of the centres with the most calls of the period, to 4; ties go by name.

    As SQL's NTILE(4): where they do not divide evenly, the first quarters have one centre more.
    """
    ranked = sorted(centres, key=lambda row: (-_count(row["calls"]), str(row["centre"])))
    each, more = divmod(len(ranked), QUARTILES)
    sizes = [each + (quarter < more) for quarter in range(QUARTILES)]
    numbers = [quarter for quarter, size in enumerate(sizes, 1) for _ in range(size)]
    return {row["centre"]: number for row, number in zip(ranked, numbers, strict=True)}


REDIRECT_COLUMNS = (
    Column("menu", "text", "Menú", "Menu"),
    Column("centre", "text", "Centro", "Centre"),
    Column("calls", "integer", "Llamadas", "Calls"),
    Column("share_of_menu", "ratio", "% del menú", "% of the menu"),
    Column("share_of_total", "ratio", "% del total", "% of all"),
)


def redirect_questions(request: Request) -> dict[str, Question]:
    dimensions = ["menu", "centre"]
    return {
        "redirects": request.question(
            "legacy", ["calls"], dimensions=dimensions, filters=[TRANSFERRED], order_by=MOST_FIRST
        )
    }


def build_redirects(_: Request, answers: Answers) -> Table:
    """Of the calls that were transferred; the menu with the most of them first."""
    return Table(REDIRECT_COLUMNS, _shares(answers["redirects"].records(), "menu", ("menu", "centre")))


FEED_COLUMNS = (
    Column("centre", "text", "Centro", "Centre"),
    Column("menu", "text", "Menú", "Menu"),
    Column("option", "text", "Opción", "Option"),
    Column("calls", "integer", "Llamadas", "Calls"),
    Column("share_of_centre", "ratio", "% del centro", "% of the centre"),
    Column("share_of_total", "ratio", "% del total", "% of all"),
)


def feed_questions(request: Request) -> dict[str, Question]:
    dimensions = ["centre", "menu", "option"]
    return {
        "feeds": request.question(
            "legacy", ["calls"], dimensions=dimensions, filters=[TRANSFERRED], order_by=MOST_FIRST
        )
    }


def build_feeds(_: Request, answers: Answers) -> Table:
    return Table(FEED_COLUMNS, _shares(answers["feeds"].records(), "centre", ("centre", "menu", "option")))


def _shares(records: Sequence[dict[str, Cell]], group: str, shown: Sequence[str]) -> list[list[Cell]]:
    """Rows with their share of the group and of everything; the largest group first, in it the largest row."""
    totals: dict[Cell, int] = {}
    for row in records:
        totals[row[group]] = totals.get(row[group], 0) + _count(row["calls"])
    whole = sum(totals.values())
    ordered = sorted(
        records,
        key=lambda row: (
            -totals[row[group]],
            str(row[group]),
            -_count(row["calls"]),
            [str(row[name]) for name in shown],
        ),
    )
    return [
        [
            *(row[name] for name in shown),
            row["calls"],
            share(row["calls"], totals[row[group]]),
            share(row["calls"], whole),
        ]
        for row in ordered
    ]


ERROR_COLUMNS = (
    Column("row", "text", "Fila", "Row"),
    Column("segment", "text", "Segmento", "Segment"),
    Column("centre", "text", "Centro", "Centre"),
    Column("menu_errors", "integer", "Teléfono en el menú", "Telephone in the menu"),
    Column("calls", "integer", "Llamadas", "Calls"),
    Column("share_of_calls", "ratio", "% de sus llamadas", "% of its calls"),
    Column("share_of_errors", "ratio", "% de los errores", "% of the errors"),
)


def error_questions(request: Request) -> dict[str, Question]:
    most = [Order("menu_errors", descending=True)]
    return {
        "errors": request.question(
            "legacy", ["menu_errors", "calls"], dimensions=["segment", "centre"], order_by=most, totals=True
        )
    }


def build_errors(_: Request, answers: Answers) -> Table:
    """Counts only: the menu of such a call is a caller's number, which is nowhere stored."""
    total = answers["errors"].total()
    found = [row for row in answers["errors"].records() if row["menu_errors"]]
    rows: list[list[Cell]] = [
        ["detail", row["segment"], row["centre"], *_errors(row, total["menu_errors"])] for row in found
    ]
    if total.get("calls"):
        rows.append(["total", None, None, *_errors(total, total["menu_errors"])])
    return Table(ERROR_COLUMNS, rows)


def _errors(row: dict[str, Cell], all_errors: Cell) -> list[Cell]:
    errors, calls = row["menu_errors"], row["calls"]
    return [errors, calls, share(errors, calls), share(errors, all_errors)]


def _count(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0


TRANSFER_CENTRES = Report(
    "transfer-centres",
    "legacy",
    "Centros de transferencia",
    "Transfer centres",
    centre_questions,
    build_centres,
    chart=Chart("centre", "calls"),
)
MENU_REDIRECTS = Report(
    "menu-redirects",
    "legacy",
    "Menús redirigidos",
    "Menu redirects",
    redirect_questions,
    build_redirects,
    chart=Chart("menu", "calls"),
)
CENTRE_MENUS = Report(
    "centre-menus",
    "legacy",
    "Menús por centro",
    "Menus by centre",
    feed_questions,
    build_feeds,
    chart=Chart("centre", "calls"),
)
MENU_ERRORS = Report(
    "menu-errors",
    "legacy",
    "Teléfonos en el menú",
    "Menu errors",
    error_questions,
    build_errors,
    chart=Chart("centre", "menu_errors"),
)
