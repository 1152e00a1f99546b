"""Reports over HTTP: the list, and each as JSON, CSV, XLSX or PDF."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response

from services.analytics import csvfile, pdf, report_making, spreadsheet, store
from services.analytics.audit import Detail, RequestId, record
from services.analytics.catalog import catalog
from services.analytics.etags import etag, matches
from services.analytics.pool import CELLS_ON_LOOP_MAX, BoundedPool
from services.analytics.report_making import FUNCTIONS, Made, period_of
from services.analytics.report_request import find_report
from services.analytics.report_schemas import (
    FormatName,
    ReportAnswer,
    ReportColumn,
    ReportEntry,
    ReportList,
    ReportParameters,
)
from services.analytics.reports import REPORTS
from services.analytics.reports.model import ALL_SEGMENTS
from services.analytics.routes import CACHE, settings, warnings_of
from services.analytics.schemas import Texts
from services.analytics.settings import Settings
from shared.identity import Identity, need, require
from shared.postgres import Connection
from shared.replicas import ReadAgain, Servers, servers

router = APIRouter(prefix="/api/v1/analytics", tags=["analytics"], route_class=ReadAgain)
FORMATS: list[FormatName] = ["json", "csv", "xlsx", "pdf"]
BINARY = {"schema": {"type": "string", "format": "binary"}}
MEDIA_TYPES = {"csv": csvfile.MEDIA_TYPE, "xlsx": spreadsheet.MEDIA_TYPE, "pdf": pdf.MEDIA_TYPE}


async def pool(request: Request) -> BoundedPool:
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
    db: Annotated[Servers, Depends(servers)],
    config: Annotated[Settings, Depends(settings)],
    workbooks: Annotated[BoundedPool, Depends(pool)],
    request_id: RequestId,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Any:
    """One report over a quarter or a range, for all segments or one. As a file it is noted in the audit trail."""
    report = find_report(code)
    need(identity, FUNCTIONS[query.format], what=f"A report as {query.format.upper()}")
    if query.segment not in (ALL_SEGMENTS, identity.segment):
        need(identity, "RPT-003", what="Filtering by segment")
    async with db.reading.transaction(readonly=True, one_snapshot=True) as conn:
        request = await report_making.understood(conn, report, query, own_segment=identity.segment, config=config)
        versions = await store.data_versions(conn)
        counted = report.questions(request).values() if report.listing is None else ()
        state = await store.state_of(conn, catalog(), counted, versions)
        tag = etag("report", code, repr(request), query.model_dump(), state)
        headers = {**CACHE, "ETag": tag}
        if matches(if_none_match, tag):
            return Response(status_code=304, headers=headers)
        made = await report_making.make(conn, report, request, versions, workbooks.unless_small)
    if query.format == "json":
        body = _report_answer(made).model_dump_json(by_alias=True)
        return Response(body, media_type="application/json", headers=headers)
    answer = await _file(made, query, headers, workbooks)
    async with db.writing.transaction() as conn:  # before the first byte: what is not in the trail is not handed out
        await _note(conn, made, query.format, identity, request_id)
    return answer


async def _note(conn: Connection, made: Made, form: FormatName, identity: Identity, request_id: str | None) -> None:
    person = int(identity.user_id) if identity.user_id and identity.user_id.isdigit() else None
    about: dict[str, Detail] = {"format": form, "rows": len(made.table.rows), "segment": identity.segment}
    if person is None:
        about["by"] = identity.kind
    await record(conn, "REPORT_DOWNLOADED", person, ("report", made.report.code), request_id=request_id, **about)


async def _file(made: Made, query: ReportParameters, headers: dict[str, str], workbooks: BoundedPool) -> Response:
    cells = len(made.table.rows) * len(made.table.columns)
    small = query.format == "csv" and cells <= CELLS_ON_LOOP_MAX
    content = (
        report_making.render(made, query) if small else await workbooks.run(lambda: report_making.render(made, query))
    )
    disposition = f'attachment; filename="{report_making.file_name(made, query.format)}"'
    return Response(
        content, media_type=MEDIA_TYPES[query.format], headers={**headers, "Content-Disposition": disposition}
    )


def _report_answer(made: Made) -> ReportAnswer:
    return ReportAnswer.model_construct(
        code=made.report.code,
        title=Texts(es=made.report.es, en=made.report.en),
        parameters=period_of(made.request),
        columns=[
            ReportColumn(name=column.name, type=column.type, title=Texts(es=column.es, en=column.en))
            for column in made.table.columns
        ],
        rows=made.table.rows,
        formulas=made.formulas,
        meta=made.meta,
        warnings=warnings_of(made.notices),
    )
