"""Reports over HTTP: the list, and each as JSON, CSV or XLSX."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response

from services.analytics import csvfile, pdf, spreadsheet, store
from services.analytics.answer import Answer, Notice, absent
from services.analytics.catalog import catalog
from services.analytics.etags import etag, matches
from services.analytics.pool import BoundedPool
from services.analytics.question import zone_of
from services.analytics.report_request import find_report, understand_report
from services.analytics.report_schemas import (
    FormatName,
    Formula,
    ReportAnswer,
    ReportColumn,
    ReportEntry,
    ReportList,
    ReportParameters,
    ReportPeriod,
)
from services.analytics.reports import REPORTS
from services.analytics.reports.model import ALL_SEGMENTS, ROWS_MAX, Bands, Report, Table
from services.analytics.reports.model import Request as ReportRequest
from services.analytics.routes import CACHE, meta_of, need, settings, warnings_of
from services.analytics.schemas import Meta, Texts
from services.analytics.settings import Settings
from services.analytics.sources import DataVersion, asked_sources, known_of
from shared.errors import TooLarge
from shared.identity import Identity, require
from shared.postgres import Connection, Database, database

router = APIRouter(prefix="/api/v1/analytics", tags=["analytics"])
FUNCTIONS: dict[FormatName, str] = {"json": "RPT-001", "csv": "RPT-004", "xlsx": "RPT-005", "pdf": "RPT-006"}
FORMATS: list[FormatName] = ["json", "csv", "xlsx", "pdf"]
BINARY = {"schema": {"type": "string", "format": "binary"}}


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
        found = list(dict.fromkeys(notice for answer in self.answers.values() for notice in answer.notices))
        return [absent(self.report.kind)] if self.absent and self.report.listing else found

    @property
    def formulas(self) -> list[Formula]:
        columns = (column for answer in self.answers.values() for column in answer.columns)
        metrics = {column.metric.name: column.metric for column in columns if column.metric is not None}
        return [Formula(metric=each.name, version=each.version, formula=each.formula) for each in metrics.values()]


class ReportTooLong(TooLarge):
    """The report has more than 10 000 rows; choose one segment, a shorter range, or the query with its pages."""


class TooManyPages(TooLarge):
    """The report has more than 2 000 rows, too many pages for anybody; ask for it as XLSX or CSV."""


def pool(request: Request) -> BoundedPool:
    found: BoundedPool = request.app.state.workbooks
    return found


@router.get("/reports")
async def list_reports(_: Annotated[Identity, Depends(require("RPT-001"))]) -> ReportList:
    """The reports that there are."""
    entries = [
        ReportEntry(code=report.code, title=Texts(es=report.es, en=report.en), source_kind=report.kind, formats=FORMATS)
        for report in REPORTS.values()
    ]
    return ReportList(items=entries)


@router.get(
    "/reports/{code}",
    response_model=ReportAnswer,
    responses={
        200: {
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                spreadsheet.MEDIA_TYPE: BINARY,
                pdf.MEDIA_TYPE: BINARY,
            }
        },
        304: {"description": "Unchanged"},
    },
)
async def read_report(
    code: str,
    query: ReportParameters,
    identity: Annotated[Identity, Depends(require("RPT-001"))],
    db: Annotated[Database, Depends(database)],
    config: Annotated[Settings, Depends(settings)],
    workbooks: Annotated[BoundedPool, Depends(pool)],
    if_none_match: Annotated[str | None, Header()] = None,
) -> Any:
    """One report over a quarter or a range, for all segments or one."""
    started = time.perf_counter()
    report = find_report(code)
    need(identity, FUNCTIONS[query.format], f"A report as {query.format.upper()}")
    if query.segment not in (ALL_SEGMENTS, identity.segment):
        need(identity, "RPT-003", "Filtering by segment")
    async with db.transaction(readonly=True) as conn:
        await store.one_snapshot(conn)
        request = understand_report(
            query,
            own_segment=identity.segment,
            segments=await store.segments(conn),
            zone_default=config.iact_zone_default,
            kind=report.kind,
            bands=Bands(config.iact_abandonment_optimal_below, config.iact_abandonment_critical_above),
        )
        versions = await store.data_versions(conn)
        questions = report.questions(request)
        counted = questions.values() if report.listing is None else ()
        state = await store.state_of(conn, catalog(), counted, versions)
        tag = etag("report", code, repr(request), query.model_dump(), state)
        headers = {**CACHE, "ETag": tag}
        if matches(if_none_match, tag):
            return Response(status_code=304, headers=headers)
        answers = await store.ask_all(conn, catalog(), questions, versions, workbooks.unless_small)
        table = await _table(conn, report, request, answers, versions)
    meta = meta_of(
        asked_sources(versions, kind=report.kind),
        kind=report.kind,
        zone=request.zone,
        segment=identity.segment,
        answered_from=" + ".join(sorted({answer.answered_from for answer in answers.values()})) or report.code,
        elapsed_s=time.perf_counter() - started,
    )
    published = any(version.kind == report.kind and version.version > 0 for version in versions)
    made = Made(report, request, table, answers, meta, absent=not published)
    return await _respond(made, query, headers, workbooks)


async def _table(
    conn: Connection,
    report: Report,
    request: ReportRequest,
    answers: Mapping[str, Answer],
    versions: Sequence[DataVersion],
) -> Table:
    """Raises ReportTooLong when not all of it fits: a report with its end cut off would be taken for the whole."""
    if report.listing is None:
        if any(answer.next_cursor is not None and answer.question.limit == ROWS_MAX for answer in answers.values()):
            raise ReportTooLong
        table = report.build(request, answers)
    else:
        name, arguments = report.listing.statement(request, known_of(versions, kind=report.kind))
        table = report.listing.build(request, await store.listing(conn, name, arguments))
    if len(table.rows) > ROWS_MAX:
        raise ReportTooLong
    return table


async def _respond(made: Made, query: ReportParameters, headers: dict[str, str], workbooks: BoundedPool) -> Response:
    name = f"{made.report.code}-{made.request.quarter or made.request.since.date().isoformat()}"
    match query.format:
        case "csv":
            text = csvfile.to_csv([column.name for column in made.table.columns], made.table.rows, bom=query.bom)
            disposition = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
            return Response(text, media_type=csvfile.MEDIA_TYPE, headers={**headers, **disposition})
        case "xlsx":
            title, facts = _title(made, query.language), _facts(made, query.language)
            book = await workbooks.run(
                lambda: spreadsheet.to_xlsx(made.table, title=title, facts=facts, language=query.language)
            )
            disposition = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
            return Response(book, media_type=spreadsheet.MEDIA_TYPE, headers={**headers, **disposition})
        case "pdf":
            if len(made.table.rows) > pdf.ROWS_MAX:
                raise TooManyPages
            document = await workbooks.run(
                lambda: pdf.to_pdf(made.table, _sheet(made, query.language), chart=made.report.chart)
            )
            disposition = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
            return Response(document, media_type=pdf.MEDIA_TYPE, headers={**headers, **disposition})
        case "json":
            body = _report_answer(made).model_dump_json(by_alias=True)
            return Response(body, media_type="application/json", headers=headers)


def _report_answer(made: Made) -> ReportAnswer:
    return ReportAnswer.model_construct(
        code=made.report.code,
        title=Texts(es=made.report.es, en=made.report.en),
        parameters=_period(made.request),
        columns=[
            ReportColumn(name=column.name, type=column.type, title=Texts(es=column.es, en=column.en))
            for column in made.table.columns
        ],
        rows=made.table.rows,
        formulas=made.formulas,
        meta=made.meta,
        warnings=warnings_of(made.notices),
    )


def _period(request: ReportRequest) -> ReportPeriod:
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


def _facts(made: Made, language: str) -> Sequence[tuple[str, str]]:
    """What was asked, of which data, by which formulas: a workbook's second sheet and the end of a PDF."""
    period = _period(made.request)
    as_of = made.meta.data_as_of
    report, quarter, since, until, zone, segment, sources, until_data, note = FACTS[language]
    return [
        (report, f"{_title(made, language)} ({made.report.code})"),
        (quarter, period.quarter or ""),
        (since, period.since.isoformat()),
        (until, period.until.isoformat()),
        (zone, period.zone),
        (segment, period.segment),
        (sources, ", ".join(made.meta.sources)),
        (until_data, as_of.astimezone(zone_of(period.zone)).isoformat() if as_of else ""),
        *((f"{each.metric} (v{each.version})", each.formula) for each in made.formulas),
        *((note, notice.detail) for notice in made.notices),
    ]


def _title(made: Made, language: str) -> str:
    return made.report.es if language == "es" else made.report.en


def _sheet(made: Made, language: pdf.Language) -> pdf.Sheet:
    period = _period(made.request)
    as_of = made.meta.data_as_of
    span = period.quarter or f"{period.since:%Y-%m-%d} / {period.until:%Y-%m-%d}"
    return pdf.Sheet(
        title=_title(made, language),
        subtitle=f"{span} · {period.segment} · {', '.join(made.meta.sources) or made.report.kind}",
        zone=period.zone,
        data_as_of=None if as_of is None else as_of.astimezone(zone_of(period.zone)),
        facts=_facts(made, language),
        language=language,
    )
