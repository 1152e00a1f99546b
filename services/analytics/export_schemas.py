"""Exports over HTTP: what is asked for, and how far it has come."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, Field, model_validator

from services.analytics.call_schemas import CallsRequest
from services.analytics.report_schemas import ReportQuery
from services.analytics.schemas import Name, QueryRequest, Strict

ExportFormat: TypeAlias = Literal["csv", "xlsx", "pdf"]
ExportKind: TypeAlias = Literal["report", "query", "calls"]
ExportState: TypeAlias = Literal["queued", "running", "done", "failed", "cancelled"]


class ReportWanted(Strict):
    """A report and its parameters, as `GET /analytics/reports/{code}` takes them."""

    code: Name
    quarter: Name | None = None
    since: Annotated[Name | None, Field(alias="from")] = None
    until: Annotated[Name | None, Field(alias="to")] = None
    segment: Name = "todas"
    zone: Name | None = None


class ExportRequest(Strict):
    """One of `report`, `query` and `calls`. An export has all rows: `limit`, `cursor` and `totals` do not count."""

    format: ExportFormat
    report: ReportWanted | None = None
    query: QueryRequest | None = None
    calls: CallsRequest | None = None
    language: Literal["es", "en"] = "es"
    bom: bool = False
    name: Name | None = Field(default=None, description="What the export is called in the list and as a file.")

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if sum(part is not None for part in (self.report, self.query, self.calls)) != 1:
            raise ValueError("ask for exactly one of report, query and calls")
        if self.format == "pdf" and self.report is None:
            raise ValueError("only a report can be a PDF; ask for csv or xlsx")
        return self

    @property
    def kind(self) -> ExportKind:
        return "report" if self.report else "query" if self.query else "calls"

    def report_query(self) -> ReportQuery:
        """The parameters of the report. Only where `report` is what was asked for."""
        wanted = self.report.model_dump(by_alias=True, exclude={"code"}) if self.report else {}
        return ReportQuery(**wanted, format=self.format, language=self.language, bom=self.bom)


class ExportOut(BaseModel):
    """`rows_total` and `progress` (0-1) are null until they are known; `detail` says why an export failed.

    `expires_at` is when an ended export is forgotten together with its file.
    """

    id: str
    kind: ExportKind
    format: ExportFormat
    name: str
    state: ExportState
    rows_done: int
    rows_total: int | None
    progress: float | None
    bytes: int | None
    detail: str | None
    schedule_id: str | None
    data_as_of: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    request: dict[str, Any]


class ExportList(BaseModel):
    """The newest first; there are never more than a person may keep."""

    items: list[ExportOut]
    next_cursor: str | None = None
