"""Calendar months, quarters and years by their first days. Pure."""

from collections.abc import Iterable
from datetime import date
from typing import Final

QUARTER_MONTHS: Final = 3


def month_of(day: date) -> date:
    return day.replace(day=1)


def quarter_of(day: date) -> date:
    return date(day.year, (day.month - 1) // QUARTER_MONTHS * QUARTER_MONTHS + 1, 1)


def year_of(day: date) -> date:
    return date(day.year, 1, 1)


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def months_of(days: Iterable[date]) -> list[date]:
    """The months that these days lie in."""
    return sorted({month_of(day) for day in days})
