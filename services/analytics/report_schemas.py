"""Reports over HTTP. The JSON form carries the same table as CSV and XLSX, and its titles in both languages."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from services.analytics.catalog import SourceKind
from services.analytics.reports.model import ColumnType
from services.analytics.schemas import AnswerWarning, Meta, Name, OutCell, Strict, Texts

FormatName = Literal["json", "csv", "xlsx", "pdf"]


class ReportQuery(Strict):
    """`quarter`, or `since` and `until`: a date means local midnight in the zone, and the end is not included."""

    quarter: Name | None = None
    since: Annotated[Name | None, Field(alias="from")] = None
    until: Annotated[Name | None, Field(alias="to")] = None
    segment: Name = "todas"
    zone: Name | None = None
    format: FormatName = "json"
    language: Literal["es", "en"] = "es"
    bom: bool = False


ReportParameters = Annotated[ReportQuery, Query()]


class ReportEntry(BaseModel):
    code: str
    title: Texts
    source_kind: SourceKind
    formats: list[FormatName]


class ReportList(BaseModel):
    items: list[ReportEntry]
    next_cursor: str | None = None


class ReportColumn(BaseModel):
    name: str
    type: ColumnType
    title: Texts


class ReportPeriod(BaseModel):
    """Half open: [from, to)."""

    quarter: str | None
    since: datetime = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")
    zone: str
    segment: str


class Formula(BaseModel):
    """How a metric of the report is calculated, in English and in Spanish."""

    metric: str
    version: int
    formula: str
    formula_es: str


class ReportAnswer(BaseModel):
    code: str
    title: Texts
    parameters: ReportPeriod
    columns: list[ReportColumn]
    rows: list[list[OutCell]]
    formulas: list[Formula]
    meta: Meta
    warnings: list[AnswerWarning]
