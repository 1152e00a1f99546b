"""The calls behind a number over HTTP: a page of them, or one."""

import hashlib
import time
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends

from services.analytics import store
from services.analytics.call_schemas import (
    CallOut,
    CallsAnswer,
    CallsRequest,
    LegacyCallOut,
    LegOut,
    QueueCallDetail,
    QueueCallOut,
    StepOut,
)
from services.analytics.catalog import catalog
from services.analytics.cursors import decode, encode, unfit
from services.analytics.drilldown import (
    Listing,
    NotACountError,
    PublicId,
    count_behind,
    cursor_keys,
    parse_public_id,
    public_id,
)
from services.analytics.facts import Facts
from services.analytics.question import Faults, Question, zone_of
from services.analytics.routes import meta_of, settings
from services.analytics.schemas import FilterIn, QueryRequest
from services.analytics.settings import Settings
from services.analytics.sources import asked_sources, refuse_removed_calls
from services.analytics.understand import check_year, understand
from shared.errors import NotFound, Unprocessable
from shared.identity import Identity, need, require
from shared.postgres import Database
from shared.replicas import ReadAgain, reading

router = APIRouter(prefix="/api/v1/analytics", tags=["analytics"], route_class=ReadAgain)
CURSOR_PARTS = 3  # digest, instant, call id


class CallNotFound(NotFound):
    """No call has this id, or it lies outside what you may see."""


@router.post("/calls")
async def find_calls(
    body: CallsRequest,
    identity: Annotated[Identity, Depends(require("RPT-001"))],
    db: Annotated[Database, Depends(reading)],
    config: Annotated[Settings, Depends(settings)],
) -> CallsAnswer:
    """The calls behind a cell of an answer, in pages."""
    started = time.perf_counter()
    if body.filters:
        need(identity, "RPT-003", what="Filtering")
    listing = understand_listing(body, segment=identity.segment, zone_default=config.iact_zone_default)
    question = listing.question
    after = None if body.cursor is None else _read_cursor(body.cursor, listing)
    async with db.transaction(readonly=True, one_snapshot=True) as conn:
        versions = await store.data_versions(conn)
        refuse_removed_calls(versions, listing.since)
        records = await store.calls(conn, catalog(), listing, limit=body.limit, after=after)
        total = await store.calls_total(conn, catalog(), listing) if after is None else None
    page = records[: body.limit]
    return CallsAnswer(
        items=[call_out(question, record) for record in page],
        total=total,
        meta=meta_of(
            asked_sources(versions, kind=question.kind, filters=question.filters),
            kind=question.kind,
            zone=question.zone,
            segment=question.segment,
            answered_from="facts",
            elapsed_s=time.perf_counter() - started,
        ),
        next_cursor=_cursor(listing, page[-1]) if len(records) > body.limit else None,
    )


@router.get("/calls/{call_id}", response_model=LegacyCallOut | QueueCallDetail)
async def read_call(
    call_id: str,
    identity: Annotated[Identity, Depends(require("RPT-001"))],
    db: Annotated[Database, Depends(reading)],
    config: Annotated[Settings, Depends(settings)],
) -> LegacyCallOut | QueueCallDetail:
    """One call with its coordinates in the source; of a PBX's call also its legs and the caller's way through menus.

    `id` is the one that a list of calls shows.
    """
    wanted = parse_public_id(call_id)
    if wanted is None or (identity.segment is not None and wanted.kind != "legacy"):
        raise CallNotFound
    async with db.transaction(readonly=True) as conn:
        record = await store.call(conn, wanted, segment=identity.segment)
        if record is None:
            refuse_removed_calls(await store.data_versions(conn), wanted.at)
            raise CallNotFound
        shown = call_out(_about(wanted, config.iact_zone_default), record)
        if isinstance(shown, LegacyCallOut):
            return shown
        legs, steps = await store.legs_and_steps(conn, shown.source, shown.callid, wanted.at)
    zone = zone_of(config.iact_zone_default)
    return QueueCallDetail(
        **shown.model_dump(),
        legs=[LegOut(**_in_zone(leg, zone)) for leg in legs],
        steps=[StepOut(**_in_zone(step, zone)) for step in steps],
    )


def _in_zone(record: Any, zone: ZoneInfo) -> dict[str, Any]:
    return {name: each.astimezone(zone) if isinstance(each, datetime) else each for name, each in record.items()}


def understand_listing(body: CallsRequest, *, segment: str | None, zone_default: str) -> Listing:
    """The list that is asked for. Raises Unprocessable naming every bad field."""
    cell = {name: value for name, value in body.cell.items() if name != "time"}
    request = QueryRequest(
        source_kind=body.source_kind,
        metrics=[body.metric or "calls"],
        time=body.time,
        service_level=body.service_level,
        attribution=body.attribution,
    )
    # Each list keeps its own limit: a question with as many filters as it may have has cells, too.
    narrowed = [*body.filters, *(FilterIn(dimension=name, op="in", values=[value]) for name, value in cell.items())]
    request = request.model_copy(update={"filters": narrowed})
    try:
        question = understand(request, catalog=catalog(), segment=segment, zone_default=zone_default)
    except Unprocessable as problem:
        raise _in_own_words(problem, body, list(cell)) from problem
    faults = Faults()
    count = None
    if body.metric is not None:
        try:
            count = count_behind(catalog(), question.kind, body.metric)
        except NotACountError as error:
            faults.add("metric", str(error))
    at = _bucket(body, faults)
    faults.check()
    return Listing(question, bucket=at, count=count)


def _in_own_words(problem: Unprocessable, body: CallsRequest, cell: list[str]) -> Unprocessable:
    """The same errors under the names of this request: a cell's values travel as filters, its metric as a list."""
    names = {f"filters.{len(body.filters) + index}": f"cell.{name}" for index, name in enumerate(cell)}
    names["metrics.0"] = "metric"
    faults = Faults()
    for error in problem.errors:
        place = error.param.removesuffix(".dimension")
        faults.add(names.get(place, error.param), error.detail, error.suggestion)
    return Unprocessable(str(problem), errors=faults.errors)


def _bucket(body: CallsRequest, faults: Faults) -> datetime | None:
    """The bucket that the cell names, as an instant."""
    value = body.cell.get("time")
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        faults.add("cell.time", "write the bucket as the answer shows it, like 2025-07-01T00:00:00-06:00")
        return None
    if at.tzinfo is None or body.time.granularity == "total":
        faults.add("cell.time", "a bucket needs its offset, and time.granularity says how long it is")
        return None
    check_year("cell.time", at, faults)
    return None if faults.errors else at.astimezone(UTC)


def call_out(question: Question, record: Any) -> CallOut:
    """A call as it leaves: ids as text, instants in the zone asked for."""
    values = dict(record)
    zone, time_column = zone_of(question.zone), Facts(question.kind).time
    values["id"] = public_id(question.kind, values[time_column], values["call_id"])
    values["call_id"] = str(values["call_id"])
    values["caller_id"] = str(values["caller_id"]) if values["caller_id"] else None
    for name in ("started_at", "entered_at", "ended_at"):
        if values.get(name) is not None:
            values[name] = values[name].astimezone(zone)
    if question.kind == "asterisk":
        return QueueCallOut(**values)
    return LegacyCallOut(**{**values, "labels": values["labels"] or []})


def _about(wanted: PublicId, zone: str) -> Question:
    return Question(kind=wanted.kind, metrics=(), since=wanted.at, until=wanted.at, zone=zone)


def _cursor(listing: Listing, record: Any) -> str:
    at = record[Facts(listing.question.kind).time]
    return encode([_digest(listing), at.isoformat(), record["call_id"]])


def _read_cursor(cursor: str, listing: Listing) -> tuple[datetime, int]:
    content = decode(cursor)
    if len(content) != CURSOR_PARTS or content[0] != _digest(listing) or None in content:
        raise unfit()
    return cursor_keys(content[1:])


def _digest(listing: Listing) -> str:
    return hashlib.sha256(repr(listing).encode()).hexdigest()[:16]
