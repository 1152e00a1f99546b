"""The endpoints about metrics: the five numbers, and what stands behind each."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import asyncpg
from fastapi import APIRouter, Depends, Query, Request

from services.dora import answers, evidence, keys, measuring, store, store_repositories
from services.dora.answer_models import EvidenceAnswer, MetricsAnswer
from services.dora.benchmarks import CLUSTERS
from services.dora.delivery.git import GitError
from services.dora.delivery.metrics import CLOCK_SKEW_S, DEFINITIONS
from services.dora.delivery.model import History, Rules
from services.dora.histories import Histories
from services.dora.measuring import Known, Question
from services.dora.models import EvidenceRequest, MetricName, MetricsRequest
from shared.errors import Unavailable, unprocessable
from shared.identity import require
from shared.postgres import Connection, Database, database

DEPLOYMENTS_MAX = 100_000  # of all times in one scope: thirty a day for nine years
INCIDENTS_MAX = 20_000  # of all times in one scope: five a day for ten years
WINDOW_DAYS = 30  # what is asked when nothing is said
# No deployment is older than the clocks that git counts by; the calendar of Python ends soon after its other end.
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


class CommitsUnavailable(Unavailable):
    """The commits of a repository cannot be read at the moment; the list of repositories says why."""


router = APIRouter(prefix="/api/v1/dora", tags=["dora"], dependencies=[Depends(require("DOR-001"))])


@router.get("/metrics")
async def read_delivery_metrics(
    request: Request, asked: Annotated[MetricsRequest, Query()], db: Annotated[Database, Depends(database)]
) -> MetricsAnswer:
    """The five delivery metrics of one service and environment, by default over the last 30 days."""
    question = question_for(request, asked)
    known = await known_of(request, db, question)
    try:
        return await asyncio.to_thread(_answer, question, known)
    except keys.TooManyBucketsError as error:
        detail = f"this window has more than {keys.BUCKETS_MAX} buckets"
        raise unprocessable("granularity", detail, "a coarser granularity or a shorter window") from error


def _answer(question: Question, known: Known) -> MetricsAnswer:
    earlier = measuring.judged(measuring.before(question), known)
    return answers.answer(question, known, measuring.judged(question, known), earlier)


@router.get("/metrics/{metric}/evidence")
async def read_metric_evidence(
    request: Request,
    metric: MetricName,
    asked: Annotated[EvidenceRequest, Query()],
    db: Annotated[Database, Depends(database)],
) -> EvidenceAnswer:
    """Every deployment, commit and link behind one number, and what was left out, with the reason."""
    question = question_for(request, asked)
    known = await known_of(request, db, question)
    return await asyncio.to_thread(_evidence, metric, question, known, asked)


def _evidence(metric: MetricName, question: Question, known: Known, asked: EvidenceRequest) -> EvidenceAnswer:
    measured = measuring.judged(question, known)
    found = evidence.lines(metric, measured)
    page = found[asked.offset : asked.offset + asked.limit]
    end = asked.offset + len(page)
    return EvidenceAnswer(
        metric=metric,
        definition=DEFINITIONS[metric],
        scope=answers.scope(question),
        window=answers.asked_window(question),
        total=len(found),
        counted=sum(line.why is None for line in found),
        left_out=evidence.left_out(found),
        items=[evidence.item(line, measured, known.history) for line in page],
        next_offset=end if end < len(found) else None,
    )


def question_for(request: Request, asked: MetricsRequest) -> Question:
    """The question as of now, by the rules as they stand. A 422 that names what cannot be, a 503 for broken rules."""
    state = request.app.state
    return question_of(asked, datetime.now(UTC), default_zone=state.time_zone, rules=state.rules.current())


def question_of(asked: MetricsRequest, now: datetime, *, default_zone: str, rules: Rules) -> Question:
    """The question with every default filled in; a 422 that names what cannot be."""
    if asked.benchmark is not None and asked.benchmark not in CLUSTERS:
        years = ", ".join(map(str, CLUSTERS))
        raise unprocessable("benchmark", "this report has no clusters that could be verified", years)
    until = asked.until or now
    since = asked.since or max(until, EARLIEST) - timedelta(days=WINDOW_DAYS)
    for name, moment in (("to", until), ("from", since), ("as_of", asked.as_of or now)):
        if not EARLIEST <= moment <= LATEST:
            raise unprocessable(name, f"must lie between {EARLIEST:%Y-%m-%d} and {LATEST:%Y-%m-%d}")
    if since >= until:
        raise unprocessable("from", "must lie before `to`")
    as_of = min(asked.as_of or now, now)
    return Question(
        service=asked.service,
        environment=asked.environment,
        team=asked.team,
        repository=asked.repository,
        since=since,
        until=max(since, min(until, as_of)),
        as_of=as_of,
        judged_now=asked.as_of is None,
        rules=rules,
        granularity=asked.granularity,
        zone=_zone(asked.zone or default_zone),
        count_redeployments=asked.redeployments,
        benchmark_year=asked.benchmark,
    )


async def known_of(request: Request, db: Database, question: Question) -> Known:
    """Everything known about a question."""
    async with db.transaction(readonly=True) as conn:
        rows = [row for row in await store_repositories.list_repositories(conn) if measuring.concerns(row, question)]
        merged = await store_repositories.merged_pull_requests(conn, [row["name"] for row in rows])
        rows = [row for row in rows if row["refs_sha256"] is not None]
        histories: Histories = request.app.state.histories
        read = await asyncio.to_thread(_read, histories, rows)
        pulls = [
            {each["number"]: each["head_sha"] for each in merged if each["repository"] == row["name"]} for row in rows
        ]
        history = await asyncio.to_thread(measuring.together, read, pulls)
        history = measuring.told_of_merges(history, merged)
        known = await _known(conn, question, history)
    return measuring.with_tags(question, known, list(zip(rows, read, strict=True)))


def _read(histories: Histories, rows: Sequence[asyncpg.Record]) -> list[History]:
    try:
        return [histories.get(row["repository_id"], row["refs_sha256"]) for row in rows]
    except (GitError, OSError) as error:
        raise CommitsUnavailable(retry_after_s=10) from error


async def _known(conn: Connection, question: Question, history: History) -> Known:
    scope = store.Scope(question.environment, question.service, question.team, question.repository)
    # Judged now, what lies in the future is counted aloud; judged as at a moment, what came later did not exist.
    latest = None if question.judged_now else question.as_of + timedelta(seconds=CLOCK_SKEW_S)
    first_at, data_as_of = await store.observed_since(conn, scope)
    rows = await store.shipped_deployments(conn, scope, until=latest, rows_max=DEPLOYMENTS_MAX + 1)
    if len(rows) > DEPLOYMENTS_MAX:
        raise unprocessable("service", f"more than {DEPLOYMENTS_MAX} deployments are known here", "one service")
    incidents = await store.known_incidents(conn, scope, until=latest, rows_max=INCIDENTS_MAX + 1)
    if len(incidents) > INCIDENTS_MAX:
        raise unprocessable("service", f"more than {INCIDENTS_MAX} incidents are known here", "one service")
    tried = await store.attempts_in_window(conn, scope, since=question.since, until=question.until)
    return Known(
        deployments=[measuring.deployment(row, history) for row in rows],
        incidents=[measuring.incident(row) for row in incidents],
        history=history,
        attempts=measuring.attempts(tried),
        observed_since=first_at,
        data_as_of=data_as_of,
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:  # unknown, a folder of zones, a path
        raise unprocessable("zone", "is not an IANA time zone", "America/Mexico_City") from error
