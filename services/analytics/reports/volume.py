"""`calls-by-day` and `calls-by-hour`: volume and abandonment by day, and by weekday and hour."""

from services.analytics.question import Cell, Question
from services.analytics.reports.model import Answers, Chart, Column, Report, Request, Table

METRICS = ("calls", "abandoned", "abandoned_rate", "unique_callers")
NUMBERS = (
    Column("calls", "integer", "Llamadas", "Calls"),
    Column("abandoned", "integer", "Abandonadas", "Abandoned"),
    Column("abandoned_rate", "ratio", "% de abandono", "Abandonment"),
    Column("unique_callers", "integer", "Llamantes únicos", "Unique callers"),
    Column("class", "text", "Clase", "Class"),
)
DAY_COLUMNS = (
    Column("row", "text", "Fila", "Row"),
    Column("day", "date", "Día", "Day"),
    *NUMBERS,
)
HOUR_COLUMNS = (
    Column("weekday", "integer", "Día de la semana", "Weekday"),
    Column("hour", "integer", "Hora", "Hour"),
    *NUMBERS,
)
DATE_LENGTH = len("2025-07-01")
WEEKDAYS, HOURS = range(1, 8), range(24)
NO_CALLS: dict[str, Cell] = {"calls": 0, "abandoned": 0, "abandoned_rate": None, "unique_callers": 0}


def questions_by_day(request: Request) -> dict[str, Question]:
    return {"days": request.question("legacy", METRICS, granularity="day", totals=True)}


def build_by_day(request: Request, answers: Answers) -> Table:
    answer = answers["days"]
    rows = [["detail", str(row["time"])[:DATE_LENGTH], *_numbers(request, row)] for row in answer.records()]
    if rows:
        rows.append(["total", None, *_numbers(request, answer.total())])
    return Table(DAY_COLUMNS, rows)


def questions_by_hour(request: Request) -> dict[str, Question]:
    return {"hours": request.question("legacy", METRICS, dimensions=["weekday", "hour_of_day"])}


def build_by_hour(request: Request, answers: Answers) -> Table:
    """All 168 cells, so that an hour without calls is seen as one."""
    found = {(row["weekday"], row["hour_of_day"]): row for row in answers["hours"].records()}
    cells = [(weekday, hour) for weekday in WEEKDAYS for hour in HOURS] if found else []
    return Table(HOUR_COLUMNS, [[*cell, *_numbers(request, found.get(cell, NO_CALLS))] for cell in cells])


def _numbers(request: Request, row: dict[str, Cell]) -> list[Cell]:
    return [*(row[name] for name in METRICS), request.bands.classify(row["abandoned_rate"])]


BY_DAY = Report(
    "calls-by-day",
    "legacy",
    "Llamadas por día",
    "Calls by day",
    questions_by_day,
    build_by_day,
    chart=Chart("day", "calls", in_order=True),
)
BY_HOUR = Report(
    "calls-by-hour",
    "legacy",
    "Llamadas por hora",
    "Calls by hour",
    questions_by_hour,
    build_by_hour,
    chart=Chart("weekday", "calls", across="hour"),
)
