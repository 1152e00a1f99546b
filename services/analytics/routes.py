"""The query engine over HTTP: catalogue, targets, questions. Who may ask is decided here, what is asked elsewhere."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import JSONResponse, Response

from services.analytics import answer as answers
from services.analytics import csvfile, store
from services.analytics.accept import Form, preferred
from services.analytics.catalog import Catalog, SourceKind, catalog
from services.analytics.etags import etag, matches
from services.analytics.metrics_asterisk import SERVICE_LEVEL_VARIANTS
from services.analytics.pool import BoundedPool
from services.analytics.question import GRANULARITIES, Question, ServiceLevel
from services.analytics.schemas import (
    AbandonmentBands,
    AnswerWarning,
    CatalogAnswer,
    CentreTargets,
    ColumnOut,
    DimensionOut,
    Meta,
    MetricForm,
    MetricOut,
    QueryAnswer,
    QueryRequest,
    ServiceLevelOut,
    ServiceTarget,
    SourceAge,
    Texts,
)
from services.analytics.settings import Settings
from services.analytics.sources import DataVersion, asked_sources, data_as_of
from services.analytics.understand import understand
from shared.identity import Identity, need, require
from shared.postgres import Database
from shared.replicas import ReadAgain, reading

router = APIRouter(prefix="/api/v1/analytics", tags=["analytics"], route_class=ReadAgain)
# A browser may keep the answer but must ask whether it still holds: data arrives at any time.
CSV_HEADERS = {
    "X-Row-Count": {
        "description": "With `text/csv` only: how many rows this page has, the line of names not counted.",
        "schema": {"type": "integer"},
    },
    "X-Next-Cursor": {
        "description": "With `text/csv` only, and only when more rows follow: the `cursor` of the next page.",
        "schema": {"type": "string"},
    },
}
CACHE = {"Cache-Control": "private, no-cache", "Vary": "Accept"}


async def settings(request: Request) -> Settings:
    found: Settings = request.app.state.settings
    return found


async def answers_pool(request: Request) -> BoundedPool:
    found: BoundedPool = request.app.state.answers
    return found


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


@router.get("/targets")
async def read_targets(
    _: Annotated[Identity, Depends(require("RPT-001"))],
    config: Annotated[Settings, Depends(settings)],
) -> CentreTargets:
    """What this centre holds itself to, from its settings: bands of abandonment, and the service level to keep."""
    level = ServiceLevel(threshold_s=config.iact_service_level_threshold_s)
    return CentreTargets(
        abandonment=AbandonmentBands(
            optimal_below=config.iact_abandonment_optimal_below,
            critical_above=config.iact_abandonment_critical_above,
        ),
        service_level=ServiceTarget(
            at_least=config.iact_service_level_target,
            critical_below=config.iact_service_level_critical_below,
            measured_by=ServiceLevelOut(**asdict(level)),
        ),
    )


@router.post(
    "/query",
    response_model=QueryAnswer,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "headers": CSV_HEADERS},
        304: {"description": "Unchanged"},
    },
)
async def run_query(
    body: QueryRequest,
    identity: Annotated[Identity, Depends(require("RPT-001"))],
    db: Annotated[Database, Depends(reading)],
    config: Annotated[Settings, Depends(settings)],
    pool: Annotated[BoundedPool, Depends(answers_pool)],
    accept: Annotated[str | None, Header()] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Any:
    """Metrics by dimensions and time. `Accept: text/csv` gives the rows as CSV.

    A CSV holds one page of rows: the header `X-Row-Count` says how many, and `X-Next-Cursor`, there only when more
    rows follow, is what to send as `cursor` with the same question for the next page.
    """
    started = time.perf_counter()
    form = preferred(accept, (Form.JSON, Form.CSV))
    if body.filters:
        need(identity, "RPT-003", what="Filtering")
    if form is Form.CSV:
        need(identity, "RPT-004", what="CSV")
    question = understand(body, catalog=catalog(), segment=identity.segment, zone_default=config.iact_zone_default)
    async with db.transaction(readonly=True, one_snapshot=True) as conn:
        versions = await store.data_versions(conn)
        tag = etag(
            "query", form, question_of_record(question), await store.state_of(conn, catalog(), [question], versions)
        )
        headers = {**CACHE, "ETag": tag}
        if matches(if_none_match, tag):
            return Response(status_code=304, headers=headers)
        answer = await store.ask(conn, catalog(), question, versions, pool.unless_small)
    cells = len(answer.rows) * len(answer.columns)
    if form is Form.CSV:
        names = [column.name for column in answer.columns]
        text = await pool.unless_small(lambda: csvfile.to_csv(names, answer.rows), cells)
        return Response(text, media_type=csvfile.MEDIA_TYPE, headers={**headers, **page_headers(answer)})
    whole = query_answer(answer, versions, time.perf_counter() - started)
    return Response(
        await pool.unless_small(whole.model_dump_json, cells), media_type="application/json", headers=headers
    )


def page_headers(answer: answers.Answer) -> dict[str, str]:
    """What JSON says beside its rows and a CSV cannot: how many they are, and where the next page begins."""
    more = {} if answer.next_cursor is None else {"X-Next-Cursor": answer.next_cursor}
    return {"X-Row-Count": str(len(answer.rows)), **more}


def question_of_record(question: Question) -> str:
    """The whole question, the caller's segment included, as text for its ETag."""
    return repr(question)


def query_answer(answer: answers.Answer, versions: Sequence[DataVersion], elapsed_s: float) -> QueryAnswer:
    question = answer.question
    # model_construct: the cells come from typed columns, validating 10 000 rows again would hold up everybody else.
    return QueryAnswer.model_construct(
        columns=[
            ColumnOut(**answers.describe(column, question.service_level, answer.errors)) for column in answer.columns
        ],
        rows=answer.rows,
        totals=answer.totals,
        meta=meta_of(
            asked_sources(versions, kind=question.kind, filters=question.filters),
            kind=question.kind,
            zone=question.zone,
            segment=question.segment,
            answered_from=answer.answered_from,
            elapsed_s=elapsed_s,
        ),
        warnings=warnings_of(answer.notices),
        next_cursor=answer.next_cursor,
    )


def meta_of(
    sources: Sequence[DataVersion],
    *,
    kind: SourceKind,
    zone: str,
    segment: str | None,
    answered_from: str,
    elapsed_s: float,
) -> Meta:
    return Meta(
        zone=zone,
        data_as_of=data_as_of(sources),
        source_kind=kind,
        sources=[each.source for each in sources],
        sources_as_of=[SourceAge(source=each.source, data_as_of=each.data_as_of) for each in sources],
        answered_from=answered_from,
        elapsed_s=round(elapsed_s, 6),
        segment=segment,
    )


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
                formula=metric.formula.en,
                formula_es=metric.formula.es,
                definition=Texts(es=metric.es, en=metric.en),
                version=metric.version,
                exact=True,
            )
            for metric in forms
        ],
    )
