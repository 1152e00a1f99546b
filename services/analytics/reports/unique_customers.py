"""`unique-customers`: distinct callers per segment and in total, for the period and each month in it.

Nothing here is a sum: a caller of two months or two segments is one caller of the whole.
"""

from services.analytics.question import Cell, Question
from services.analytics.reports.model import Answers, Chart, Column, Report, Request, Table, share

FIXED = (
    Column("row", "text", "Fila", "Row"),
    Column("segment", "text", "Segmento", "Segment"),
    Column("unique_callers", "integer", "Llamantes únicos", "Unique callers"),
    Column("share_of_total", "ratio", "% del total de únicos", "% of all unique"),
)
MONTH_LENGTH = len("2025-07")


def questions(request: Request) -> dict[str, Question]:
    metrics = ["unique_callers"]
    return {
        "segments": request.question("legacy", metrics, dimensions=["segment"], totals=True),
        "segments_by_month": request.question("legacy", metrics, dimensions=["segment"], granularity="month"),
        "months": request.question("legacy", metrics, granularity="month"),
    }


def build(_: Request, answers: Answers) -> Table:
    months = [str(row["time"])[:MONTH_LENGTH] for row in answers["months"].records()]
    by_month = {
        (row["segment"], str(row["time"])[:MONTH_LENGTH]): row["unique_callers"]
        for row in answers["segments_by_month"].records()
    }
    total = answers["segments"].total().get("unique_callers")
    rows: list[list[Cell]] = []
    for row in answers["segments"].records():
        own, segment = row["unique_callers"], row["segment"]
        monthly = [by_month.get((segment, month), 0) for month in months]
        rows.append(["detail", segment, own, share(own, total), *monthly])
    if rows:
        monthly = [row["unique_callers"] for row in answers["months"].records()]
        rows.append(["total", None, total, share(total, total), *monthly])
    return Table((*FIXED, *(Column(month, "integer", month, month) for month in months)), rows)


REPORT = Report(
    "unique-customers",
    "legacy",
    "Llamantes únicos",
    "Unique callers",
    questions,
    build,
    chart=Chart("segment", "unique_callers"),
)
