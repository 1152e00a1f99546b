"""One report from its parameters to a table, and from there to the form that was asked for."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.analytics import csvfile, pdf, spreadsheet, store
from services.analytics.answer import Answer, Notice, absent, estimated
from services.analytics.catalog import catalog
from services.analytics.pool import OffLoop
from services.analytics.question import Question, zone_of
from services.analytics.report_request import understand_report
from services.analytics.report_schemas import FormatName, Formula, ReportPeriod, ReportQuery
from services.analytics.report_words import Language, notice_told, segment_named
from services.analytics.reports.model import ALL_SEGMENTS, ROWS_MAX, Bands, Report, Table
from services.analytics.reports.model import Request as ReportRequest
from services.analytics.routes import meta_of
from services.analytics.schemas import Meta
from services.analytics.settings import Settings
from services.analytics.sources import DataVersion, asked_sources, known_of, refuse_removed_calls
from shared.errors import TooLarge
from shared.postgres import Connection

FUNCTIONS: dict[FormatName, str] = {"json": "RPT-001", "csv": "RPT-004", "xlsx": "RPT-005", "pdf": "RPT-006"}
# Listings that read single calls.
CALL_BY_CALL = frozenset({"recall_list", "centre_activity_facts"})


class ReportTooLong(TooLarge):
    """The report has more than 10 000 rows: have it made as an export (POST /analytics/exports), or choose less."""


class TooManyPages(TooLarge):
    """The report has more than 2 000 rows, too many pages for anybody; ask for it as XLSX or CSV."""


@dataclass(frozen=True, slots=True)
class Made:
    """A report as it was made, before it takes a form."""

    report: Report
    request: ReportRequest
    table: Table
    answers: Mapping[str, Answer]
    meta: Meta
    absent: bool

    @property
    def notices(self) -> list[Notice]:
        """What the answers warn of, each once."""
        told = [notice for answer in self.answers.values() for notice in answer.notices]
        told += estimated(self.answers.values())
        found = list(dict.fromkeys((*told, *self.report.notices(self.request))))
        return [absent(self.report.kind)] if self.absent and self.report.listing else found

    @property
    def formulas(self) -> list[Formula]:
        columns = (column for answer in self.answers.values() for column in answer.columns)
        metrics = {column.metric.name: column.metric for column in columns if column.metric is not None}
        return [
            Formula(metric=each.name, version=each.version, formula=each.formula.en, formula_es=each.formula.es)
            for each in metrics.values()
        ]


async def understood(
    conn: Connection, report: Report, query: ReportQuery, *, own_segment: str | None, config: Settings
) -> ReportRequest:
    """The report's period and segment. Raises Unprocessable naming every bad parameter, or SegmentDenied."""
    return understand_report(
        query,
        own_segment=own_segment,
        segments=await store.segments(conn),
        zone_default=config.iact_zone_default,
        kind=report.kind,
        bands=Bands(config.iact_abandonment_optimal_below, config.iact_abandonment_critical_above),
    )


async def make(
    conn: Connection,
    report: Report,
    request: ReportRequest,
    versions: Sequence[DataVersion],
    off_loop: OffLoop,
    *,
    rows_max: int = ROWS_MAX,
) -> Made:
    """The report from the state of this transaction. Raises ReportTooLong beyond `rows_max`."""
    started = time.perf_counter()
    questions = {name: _at_length(question, rows_max) for name, question in report.questions(request).items()}
    answers = await store.ask_all(conn, catalog(), questions, versions, off_loop)
    table = await _table(conn, report, request, answers, versions, rows_max)
    meta = meta_of(
        asked_sources(versions, kind=report.kind),
        kind=report.kind,
        zone=request.zone,
        segment=request.own_segment,
        answered_from=" + ".join(sorted({answer.answered_from for answer in answers.values()})) or report.code,
        elapsed_s=time.perf_counter() - started,
    )
    published = any(version.kind == report.kind and version.version > 0 for version in versions)
    return Made(report, request, table, answers, meta, absent=not published)


def _at_length(question: Question, rows_max: int) -> Question:
    """A question for all rows asks for as many as there may be; one for the first few stays as it is."""
    return replace(question, limit=rows_max) if question.limit == ROWS_MAX else question


async def _table(
    conn: Connection,
    report: Report,
    request: ReportRequest,
    answers: Mapping[str, Answer],
    versions: Sequence[DataVersion],
    rows_max: int,
) -> Table:
    """Raises ReportTooLong when not all of it fits: a report with its end cut off would be taken for the whole."""
    if report.listing is None:
        if any(answer.next_cursor is not None and answer.question.limit == rows_max for answer in answers.values()):
            raise ReportTooLong
        table = report.build(request, answers)
    else:
        name, arguments = report.listing.statement(request, known_of(versions, kind=report.kind))
        if name in CALL_BY_CALL:
            refuse_removed_calls(versions, request.since)
        # Where a statement takes a limit it is one row more than fit.
        longer: list[Any] = [rows_max + 1 if each == ROWS_MAX + 1 else each for each in arguments]
        table = report.listing.build(request, await store.listing(conn, name, longer))
    if len(table.rows) > rows_max:
        raise ReportTooLong
    return table


def render(made: Made, query: ReportQuery) -> bytes:
    """The report as CSV, XLSX or PDF; takes seconds where it is long. Raises TooManyPages."""
    table = _said(made, query.language)
    match query.format:
        case "csv":
            names = [column.name for column in table.columns]
            return csvfile.to_csv(names, table.rows, bom=query.bom).encode(errors="replace")
        case "xlsx":
            facts = facts_of(made, query.language)
            return spreadsheet.to_xlsx(
                table,
                title=title_of(made, query.language),
                facts=facts,
                language=query.language,
                chart=made.report.chart,
            )
        case "pdf":
            if len(made.table.rows) > pdf.ROWS_MAX:
                raise TooManyPages
            return pdf.to_pdf(made.table, _sheet(made, query.language), chart=made.report.chart)
        case "json":
            raise AssertionError("JSON is the answer itself")


def _said(made: Made, language: Language) -> Table:
    """The table; where no source of its kind has published, one row that says so: a file tells nothing else beside."""
    if not made.absent or made.table.rows:
        return made.table
    sentence = notice_told(absent(made.report.kind), made.report.kind, language)
    return replace(made.table, rows=[[sentence, *[None] * (len(made.table.columns) - 1)]])


def file_name(made: Made, form: FormatName) -> str:
    return f"{made.report.code}-{made.request.quarter or made.request.since.date().isoformat()}.{form}"


def period_of(request: ReportRequest) -> ReportPeriod:
    zone = zone_of(request.zone)
    return ReportPeriod(
        quarter=request.quarter,
        since=request.since.astimezone(zone),
        until=request.until.astimezone(zone),
        zone=request.zone,
        segment=request.segment or request.own_segment or ALL_SEGMENTS,
    )


FACTS: dict[str, tuple[str, ...]] = {
    "es": (
        *("Informe", "Trimestre", "Desde", "Hasta (no incluido)", "Zona horaria", "Segmento"),
        *("Fuentes", "Datos hasta", "Aviso"),
    ),
    "en": (
        *("Report", "Quarter", "From", "To (not included)", "Time zone", "Segment"),
        *("Sources", "Data until", "Note"),
    ),
}


def facts_of(made: Made, language: Language) -> Sequence[tuple[str, str]]:
    """What was asked, of which data, by which formulas: a workbook's second sheet and the end of a PDF."""
    period = period_of(made.request)
    as_of = made.meta.data_as_of
    report, quarter, since, until, zone, segment, sources, until_data, note = FACTS[language]
    return [
        (report, f"{title_of(made, language)} ({made.report.code})"),
        (quarter, period.quarter or ""),
        (since, period.since.isoformat()),
        (until, period.until.isoformat()),
        (zone, period.zone),
        *([(segment, segment_named(period.segment, language))] if made.report.kind == "legacy" else []),
        (sources, ", ".join(made.meta.sources)),
        (until_data, as_of.astimezone(zone_of(period.zone)).isoformat() if as_of else ""),
        *(
            (f"{each.metric} (v{each.version})", each.formula_es if language == "es" else each.formula)
            for each in made.formulas
        ),
        *((note, notice_told(notice, made.report.kind, language)) for notice in made.notices),
    ]


def title_of(made: Made, language: str) -> str:
    return made.report.es if language == "es" else made.report.en


def _sheet(made: Made, language: Language) -> pdf.Sheet:
    period = period_of(made.request)
    as_of = made.meta.data_as_of
    about = [
        period.quarter or f"{period.since:%Y-%m-%d} / {period.until:%Y-%m-%d}",
        *([segment_named(period.segment, language)] if made.report.kind == "legacy" else []),
        ", ".join(made.meta.sources) or made.report.kind,
    ]
    absence = notice_told(absent(made.report.kind), made.report.kind, language) if made.absent else None
    return pdf.Sheet(
        title=title_of(made, language),
        subtitle=" · ".join(about),
        zone=period.zone,
        data_as_of=None if as_of is None else as_of.astimezone(zone_of(period.zone)),
        facts=facts_of(made, language),
        language=language,
        nothing=absence,
    )
