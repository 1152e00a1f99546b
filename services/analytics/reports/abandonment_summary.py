"""`abandonment-summary`: the roll-up of `abandonment`: each abandoned menu's share of what was lost.

Shares here are of the abandoned calls: every column adds up to one, and `abandonment` tells the rates beside it.
"""

from services.analytics.question import Cell, Question
from services.analytics.reports.model import Answers, Chart, Column, Report, Request, Table, share

COLUMNS = (
    Column("row", "text", "Fila", "Row"),
    Column("segment", "text", "Segmento", "Segment"),
    Column("menu", "text", "Menú", "Menu"),
    Column("abandoned", "integer", "Abandonadas", "Abandoned"),
    Column("share_of_segment_abandoned", "ratio", "% de lo abandonado en el segmento", "% of the segment's abandoned"),
    Column("share_of_abandoned", "ratio", "% de lo abandonado", "% of all abandoned"),
)


def questions(request: Request) -> dict[str, Question]:
    return {
        "menus": request.question("legacy", ["abandoned"], dimensions=["segment", "menu"], totals=True),
        "segments": request.question("legacy", ["abandoned"], dimensions=["segment"]),
    }


def build(_: Request, answers: Answers) -> Table:
    total = answers["menus"].total().get("abandoned")
    menus = [row for row in answers["menus"].records() if row["abandoned"]]
    menus.sort(key=lambda row: (-int(str(row["abandoned"])), str(row["menu"])))
    rows: list[list[Cell]] = []
    for segment in answers["segments"].records():
        name, lost = segment["segment"], segment["abandoned"]
        rows += [
            [
                "detail",
                name,
                row["menu"],
                row["abandoned"],
                share(row["abandoned"], lost),
                share(row["abandoned"], total),
            ]
            for row in menus
            if row["segment"] == name
        ]
        rows.append(["subtotal", name, None, lost, share(lost, lost), share(lost, total)])
    if rows:
        rows.append(["total", None, None, total, None, share(total, total)])
    return Table(COLUMNS, rows)


REPORT = Report(
    "abandonment-summary",
    "legacy",
    "Resumen de abandono",
    "Abandonment summary",
    questions,
    build,
    chart=Chart("menu", "abandoned"),
)
