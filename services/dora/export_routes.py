"""The endpoint that gives series and evidence as files."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from services.dora import answers, evidence, exports, keys, measuring
from services.dora.measuring import Known, Question
from services.dora.metric_routes import known_of, question_for
from services.dora.models import ExportRequest, MetricName
from shared.errors import TooLarge, unprocessable
from shared.identity import require
from shared.postgres import Database, database

router = APIRouter(prefix="/api/v1/dora", tags=["dora"], dependencies=[Depends(require("DOR-001"))])


class TooManyRows(TooLarge):
    """A file has at most 100 000 rows; ask for a shorter window or one service."""


@router.get(
    "/exports/{what}",
    response_class=Response,
    responses={200: {"content": {exports.CSV_TYPE.partition(";")[0]: {}, exports.XLSX_TYPE: {}}}},
)
async def export_delivery_metrics(
    request: Request,
    what: MetricName | Literal["series"],
    asked: Annotated[ExportRequest, Query()],
    db: Annotated[Database, Depends(database)],
) -> Response:
    """The series, or all that stands behind one number, as CSV or XLSX."""
    question = question_for(request, asked)
    known = await known_of(request, db, question)
    try:
        content = await asyncio.to_thread(_file, what, question, known, asked.format)
    except keys.TooManyBucketsError as error:
        detail = f"this window has more than {keys.BUCKETS_MAX} buckets"
        raise unprocessable("granularity", detail, "a coarser granularity or a shorter window") from error
    name = f"dora-{what.replace('_', '-')}-{question.since:%Y%m%d}-{question.until:%Y%m%d}.{asked.format}"
    kind = exports.CSV_TYPE if asked.format == "csv" else exports.XLSX_TYPE
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _file(
    what: MetricName | Literal["series"], question: Question, known: Known, form: Literal["csv", "xlsx"]
) -> bytes:
    measured = measuring.judged(question, known)
    header: tuple[str, ...]
    if what == "series":
        header, rows = exports.SERIES_COLUMNS, exports.series_rows(answers.answer(question, known, measured))
    else:
        lines = evidence.lines(what, measured)
        if len(lines) > exports.ROWS_MAX:
            raise TooManyRows
        header, rows = exports.EVIDENCE_COLUMNS, exports.evidence_rows(lines, measured, known.history)
    if form == "csv":
        return exports.to_csv(header, rows)
    return exports.to_xlsx(what, header, rows, _facts(what, question, known, measured.rules.version))


def _facts(what: str, question: Question, known: Known, rules: str) -> list[tuple[str, str]]:
    return [
        ("what", what),
        ("service", question.service or "all"),
        ("environment", question.environment),
        ("team", question.team or "all"),
        ("repository", question.repository or "all"),
        ("from", question.since.isoformat()),
        ("to", question.until.isoformat()),
        ("as of", question.as_of.isoformat()),
        ("zone of days", question.zone.key),
        ("times in this file", "UTC"),
        ("rules", rules),
        ("repositories", ", ".join(known.repositories)),
    ]
