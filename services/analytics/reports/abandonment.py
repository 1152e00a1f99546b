"""`abandonment`: which menus lose the calls of each segment, with subtotals and a total.

Shares are of all calls received, not of the abandoned ones: only so does a subtotal's share equal its abandonment
rate, by which it is classed.
"""

from services.analytics.question import Cell, Question
from services.analytics.reports.model import Answers, Chart, Column, Report, Request, Table, share

COLUMNS = (
    Column("row", "text", "Fila", "Row"),
    Column("segment", "text", "Segmento", "Segment"),
    Column("menu", "text", "Menú", "Menu"),
    Column("abandoned", "integer", "Abandonadas", "Abandoned"),
    Column("received", "integer", "Recibidas", "Received"),
    Column("share_of_total", "ratio", "% del total recibido", "% of all received"),
    Column("share_of_segment", "ratio", "% del segmento", "% of the segment"),
    Column("class", "text", "Clase", "Class"),
)


def questions(request: Request) -> dict[str, Question]:
    return {
        "menus": request.question("legacy", ["abandoned"], dimensions=["segment", "menu"]),
        "segments": request.question(
            "legacy", ["calls", "abandoned", "abandoned_rate"], dimensions=["segment"], totals=True
        ),
    }


def build(request: Request, answers: Answers) -> Table:
    total = answers["segments"].total()
    menus = [row for row in answers["menus"].records() if row["abandoned"]]
    menus.sort(key=lambda row: (-int(str(row["abandoned"])), str(row["menu"])))
    rows: list[list[Cell]] = []
    for segment in answers["segments"].records():
        own = [row for row in menus if row["segment"] == segment["segment"]]
        rows += [_detail(row, received=segment["calls"], total=total["calls"]) for row in own]
        rows.append(_sum("subtotal", segment, total["calls"], request))
    if rows:
        rows.append(_sum("total", {**total, "segment": None}, total["calls"], request))
    return Table(COLUMNS, rows)


def _detail(row: dict[str, Cell], *, received: Cell, total: Cell) -> list[Cell]:
    abandoned = row["abandoned"]
    return [
        "detail",
        row["segment"],
        row["menu"],
        abandoned,
        None,
        share(abandoned, total),
        share(abandoned, received),
        None,
    ]


def _sum(kind: str, row: dict[str, Cell], total: Cell, request: Request) -> list[Cell]:
    abandoned, rate = row["abandoned"], row["abandoned_rate"]
    grade = request.bands.classify(rate)
    of_segment = rate if kind == "subtotal" else None
    return [kind, row["segment"], None, abandoned, row["calls"], share(abandoned, total), of_segment, grade]


REPORT = Report(
    "abandonment",
    "legacy",
    "Llamadas abandonadas",
    "Abandoned calls",
    questions,
    build,
    chart=Chart("menu", "abandoned"),
)
