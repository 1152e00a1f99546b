"""The query engine over HTTP: the catalogue and questions. Who may ask is decided here, what is asked elsewhere."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import JSONResponse, Response

from services.analytics import answer as answers
from services.analytics import csvfile, store
from services.analytics.accept import Form, preferred
from services.analytics.catalog import Catalog, SourceKind, catalog
from services.analytics.etags import etag, matches
from services.analytics.metrics_asterisk import SERVICE_LEVEL_VARIANTS
from services.analytics.question import GRANULARITIES, Question
from services.analytics.schemas import (
    AnswerWarning,
    CatalogAnswer,
    ColumnOut,
    DimensionOut,
    Meta,
    MetricForm,
    MetricOut,
    QueryAnswer,
    QueryRequest,
    Texts,
)
from services.analytics.settings import Settings
from services.analytics.understand import understand
from shared.errors import Forbidden
from shared.identity import Identity, require
from shared.postgres import Database, database

router = APIRouter(prefix="/api/v1/analytics", tags=["analytics"])
# A browser may keep the answer but must ask whether it still holds: data arrives at any time.
CACHE = {"Cache-Control": "private, no-cache", "Vary": "Accept"}


def settings(request: Request) -> Settings:
    found: Settings = request.app.state.settings
    return found


def need(identity: Identity, function: str, why: str) -> None:
    """Raises Forbidden when this part of a request needs a function that the caller does not hold."""
    if function not in identity.functions:
        raise Forbidden(f"{why} needs the function {function}, which you do not hold.")


@router.get("/catalog", response_model=CatalogAnswer)
async def read_catalog(
    _: Annotated[Identity, Depends(require("RPT-001"))],
    if_none_match: Annotated[str | None, Header()] = None,
) -> Any:
    """Metrics and dimensions with their definitions, and which kind of source knows them."""
    body = catalog_answer(catalog())
    tag = etag("catalog", body.model_dump())
    headers = {**CACHE, "ETag": tag}
    if matches(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return JSONResponse(body.model_dump(), headers=headers)


@router.post(
    "/query",
    response_model=QueryAnswer,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, 304: {"description": "Unchanged"}},
)
async def run_query(
    body: QueryRequest,
    identity: Annotated[Identity, Depends(require("RPT-001"))],
    db: Annotated[Database, Depends(database)],
    config: Annotated[Settings, Depends(settings)],
    accept: Annotated[str | None, Header()] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Any:
    """Metrics by dimensions and time. `Accept: text/csv` gives the rows as CSV."""
    started = time.perf_counter()
    form = preferred(accept, (Form.JSON, Form.CSV))
    if body.filters:
        need(identity, "RPT-003", "Filtering")
    if form is Form.CSV:
        need(identity, "RPT-004", "CSV")
    question = understand(body, catalog=catalog(), segment=identity.segment, zone_default=config.iact_zone_default)
    async with db.transaction(readonly=True) as conn:
        await store.one_snapshot(conn)
        versions = await store.data_versions(conn)
        tag = etag("query", form, question_of_record(question), [vars_of(version) for version in versions])
        headers = {**CACHE, "ETag": tag}
        if matches(if_none_match, tag):
            return Response(status_code=304, headers=headers)
        answer = await store.ask(conn, catalog(), question, versions)
    if form is Form.CSV:
        text = csvfile.to_csv([column.name for column in answer.columns], answer.rows)
        return Response(text, media_type=csvfile.MEDIA_TYPE, headers=headers)
    return Response(
        query_answer(answer, versions, time.perf_counter() - started).model_dump_json(),
        media_type="application/json",
        headers=headers,
    )


def question_of_record(question: Question) -> str:
    """The whole question, the caller's segment included, as text for its ETag."""
    return repr(question)


def vars_of(version: store.DataVersion) -> list[Any]:
    return [version.source, version.kind, version.version, version.updated_at]


def query_answer(answer: answers.Answer, versions: Sequence[store.DataVersion], elapsed_s: float) -> QueryAnswer:
    question = answer.question
    # model_construct: the cells come from typed columns, validating 10 000 rows again would hold up everybody else.
    return QueryAnswer.model_construct(
        columns=[ColumnOut(**answers.describe(column)) for column in answer.columns],
        rows=answer.rows,
        totals=answer.totals,
        meta=meta_of(question.kind, question.zone, question.segment, versions, answer.answered_from, elapsed_s),
        warnings=warnings_of(answer.notices),
        next_cursor=answer.next_cursor,
    )


def meta_of(
    kind: SourceKind,
    zone: str,
    segment: str | None,
    versions: Sequence[store.DataVersion],
    answered_from: str,
    elapsed_s: float,
) -> Meta:
    own = [version for version in versions if version.kind == kind]
    return Meta(
        zone=zone,
        data_as_of=data_as_of(own),
        source_kind=kind,
        sources=[version.source for version in own],
        answered_from=answered_from,
        elapsed_s=round(elapsed_s, 6),
        segment=segment,
    )


def data_as_of(versions: Sequence[store.DataVersion]) -> datetime | None:
    """Up to when the data is whole: the source that lags most decides."""
    return min((version.data_as_of for version in versions if version.data_as_of is not None), default=None)


def warnings_of(notices: Sequence[answers.Notice]) -> list[AnswerWarning]:
    return [
        AnswerWarning(code=notice.code, detail=notice.detail, column=notice.column, calls=notice.calls)
        for notice in notices
    ]


def catalog_answer(known: Catalog) -> CatalogAnswer:
    return CatalogAnswer(
        metrics=[_metric(known, name) for name in known.metric_names()],
        dimensions=[
            DimensionOut(
                name=dimension.name,
                source_kinds=list(dimension.kinds),
                type=dimension.shown_as,
                values=list(dimension.labels or dimension.values),
                many=dimension.many,
                definition=Texts(es=dimension.es, en=dimension.en),
            )
            for dimension in known.dimensions.values()
        ],
        granularities=list(GRANULARITIES),
        service_level_variants=list(SERVICE_LEVEL_VARIANTS),
    )


def _metric(known: Catalog, name: str) -> MetricOut:
    forms = [metric for (other, _), metric in known.metrics.items() if other == name]
    return MetricOut(
        name=name,
        unit=forms[0].unit,
        good=forms[0].good,
        forms=[
            MetricForm(
                source_kind=metric.kind,
                formula=metric.formula,
                definition=Texts(es=metric.es, en=metric.en),
                version=metric.version,
                exact=True,
            )
            for metric in forms
        ],
    )
