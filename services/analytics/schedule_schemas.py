"""Schedules over HTTP: a report, when it is made, and in which form."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from services.analytics.calendar_rule import CalendarRule, Every
from services.analytics.export_schemas import ExportFormat, ExportRequest, ReportWanted
from services.analytics.question import zone_of
from services.analytics.schemas import Name, Strict, Text

DAY_MAX = 28  # every month has one


class CalendarIn(Strict):
    """`weekday` (1 is Monday) counts for weeks, `day` for months and quarters; `at` is a wall clock like 07:30."""

    every: Every
    at: Annotated[Text, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    weekday: Annotated[int, Field(ge=1, le=7)] = 1
    day: Annotated[int, Field(ge=1, le=DAY_MAX)] = 1


class ScheduleIn(Strict):
    """The report is about the last whole day, week, month or quarter before each run."""

    name: Name
    calendar: CalendarIn
    report: Name
    segment: Name = "todas"
    format: ExportFormat
    zone: Name | None = None
    language: Literal["es", "en"] = "es"
    bom: bool = False
    active: bool = True

    def rule(self, zone_default: str) -> CalendarRule:
        return CalendarRule(
            every=self.calendar.every,
            at=dt.time.fromisoformat(self.calendar.at),
            zone=zone_of(self.zone or zone_default),
            weekday=self.calendar.weekday,
            day=self.calendar.day,
        )

    def export(self, since: dt.date, until: dt.date) -> ExportRequest:
        """The export that one run asks for."""
        report = ReportWanted.model_validate(
            {
                "code": self.report,
                "from": since.isoformat(),
                "to": until.isoformat(),
                "segment": self.segment,
                "zone": self.zone,
            }
        )
        return ExportRequest(format=self.format, report=report, language=self.language, bom=self.bom)


class ScheduleOut(BaseModel):
    """`detail` says why the last run failed; after three failures in a row a schedule is paused."""

    id: str
    name: str
    request: dict[str, Any]
    state: Literal["active", "paused"]
    detail: str | None
    failures: int
    next_at: dt.datetime
    last_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime


class ScheduleList(BaseModel):
    items: list[ScheduleOut]
    next_cursor: str | None = None
