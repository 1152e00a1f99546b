"""The data-quality board: what the published data says about itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from services.analytics import quality, store
from services.analytics.answer import Answer
from services.analytics.catalog import KINDS, SourceKind, catalog, closest
from services.analytics.pool import BoundedPool
from services.analytics.quality_schemas import (
    BrokenIdentity,
    DirtyShare,
    GapOut,
    Identities,
    OpenCalls,
    QualityAnswer,
    QualityQuery,
    RejectDay,
    RemovedCalls,
    SharePoint,
    SourceQuality,
    ZoneCheck,
)
from services.analytics.question import Faults, Question, zone_of, zones
from services.analytics.routes import answers_pool, settings
from services.analytics.settings import Settings
from services.analytics.sources import DataVersion, data_as_of
from services.analytics.understand import check_year
from shared.identity import Identity, require
from shared.postgres import Connection, Database
from shared.replicas import ReadAgain, reading

router = APIRouter(prefix="/api/v1/analytics", tags=["analytics"], route_class=ReadAgain)
LOOK_BACK = timedelta(days=28)
RANGE_MAX = timedelta(days=100)  # hours of a quarter; gaps of years ago are looked for quarter by quarter


@dataclass(frozen=True, slots=True)
class Range:
    since: datetime
    until: datetime
    zone: str


@router.get("/quality", response_model_by_alias=True)
async def read_quality(
    query: Annotated[QualityQuery, Query()],
    identity: Annotated[Identity, Depends(require("PIP-003"))],
    db: Annotated[Database, Depends(reading)],
    config: Annotated[Settings, Depends(settings)],
    pool: Annotated[BoundedPool, Depends(answers_pool)],
) -> QualityAnswer:
    """Identities, gaps, dirty shares with their trend, open calls, zone checks, and how fresh each source is."""
    async with db.transaction(readonly=True, one_snapshot=True) as conn:
        versions = await store.data_versions(conn)
        asked = understand_range(query, versions, zone_default=config.iact_zone_default)
        # Queue calls have no segment to be seen through.
        kinds: Sequence[SourceKind] = KINDS if identity.segment is None else ("legacy",)
        found = {}
        for kind in kinds:
            questions = quality.questions(kind, asked.since, asked.until, zone=asked.zone, segment=identity.segment)
            found[kind] = await store.ask_all(conn, catalog(), questions, versions, pool.unless_small)
        # Rows that were read and what retention removed belong to all segments together.
        whole = identity.segment is None
        rejects = await store.listing(conn, "reject_days", (asked.since, asked.until, asked.zone)) if whole else []
        checks = await store.listing(conn, "zone_checks", ())
        removed = await store.listing(conn, "removed_calls", ())
        open_calls = await _open_calls(conn, asked, versions) if "asterisk" in kinds else None
    return QualityAnswer(
        since=asked.since.astimezone(zone_of(asked.zone)),
        until=asked.until.astimezone(zone_of(asked.zone)),
        zone=asked.zone,
        sources=[_source(version) for version in versions if version.kind in kinds],
        identities=_identities(found),
        gaps=[gap for kind in found for gap in _gaps(kind, found[kind], versions)],
        dirty=_dirty(found["legacy"]),
        rejects=[RejectDay(**row) for row in rejects],
        open_calls=open_calls,
        zone_checks=_zone_checks(checks, versions, kinds, whole=whole),
        removed_calls=next((_removed(row, whole=whole) for row in removed), None),
    )


def understand_range(query: QualityQuery, versions: Sequence[DataVersion], *, zone_default: str) -> Range:
    """The range asked for, else whole local weeks up to the end of the newest data's day. Raises Unprocessable."""
    faults = Faults()
    zone = query.zone or zone_default
    if zone not in zones():
        faults.add("zone", f"there is no IANA time zone {zone!r}", closest(zone, zones()))
    for param, instant in (("from", query.since), ("to", query.until)):
        if instant is not None:
            check_year(param, instant, faults)
    faults.check()
    newest, place = data_as_of(versions) or datetime(2000, 1, 1, tzinfo=UTC), zone_of(zone)
    until = (query.until or quality.whole_days_until(newest, place)).astimezone(UTC)
    since = (query.since or quality.whole_weeks_since(until, LOOK_BACK, place)).astimezone(UTC)
    if until <= since:
        faults.add("to", "the end must lie after the beginning")
    elif until - since > RANGE_MAX:
        faults.add("from", f"the board looks at no more than {RANGE_MAX.days} days; ask for a shorter range")
    faults.check()
    return Range(since, until, zone)


async def _open_calls(conn: Connection, asked: Range, versions: Sequence[DataVersion]) -> OpenCalls:
    newest = data_as_of([version for version in versions if version.kind == "asterisk"])
    question = Question(
        kind="asterisk", metrics=("open",), since=asked.since, until=asked.until, zone=asked.zone, limit=1
    )
    total = await store.ask(conn, catalog(), question, versions)
    old_until = asked.until if newest is None else min(asked.until, newest - timedelta(days=1))
    if old_until <= asked.since:
        return OpenCalls(calls=_first(total), older_than_a_day=0)
    old = await store.ask(conn, catalog(), replace(question, until=old_until), versions)
    return OpenCalls(calls=_first(total), older_than_a_day=_first(old))


def _first(answer: Answer) -> int:
    value: Any = answer.rows[0][0] if answer.rows else 0
    return int(value or 0)


def _removed(row: Mapping[str, Any], *, whole: bool) -> RemovedCalls:
    """The moments are true of every segment, the number of calls only of all together."""
    return RemovedCalls(**{**row, "calls": row["calls"] if whole else None})


def _zone_checks(
    checks: Sequence[Mapping[str, Any]], versions: Sequence[DataVersion], kinds: Sequence[SourceKind], *, whole: bool
) -> list[ZoneCheck]:
    """Those of sources that may be seen; how many rows were looked at is true of all segments together only."""
    if whole:
        return [ZoneCheck(**row) for row in checks]
    seen = {version.source for version in versions if version.kind in kinds}
    return [ZoneCheck(**{**row, "rows_looked_at": None}) for row in checks if row["source"] in seen]


def _source(version: DataVersion) -> SourceQuality:
    return SourceQuality(
        source=version.source,
        source_kind="legacy" if version.kind == "legacy" else "asterisk",
        data_as_of=version.data_as_of,
        updated_at=version.updated_at,
        version=version.version,
        rollups_complete=version.rollups_complete,
    )


def _identities(found: Mapping[SourceKind, Mapping[str, Answer]]) -> Identities:
    checked, failed = 0, []
    for kind, answers in found.items():
        records = answers["identities"].records()
        checked += len(records)
        whole, parts = quality.IDENTITIES[kind]
        failed += [
            BrokenIdentity(
                source_kind=kind,
                identity=f"{whole} = {' + '.join(parts)}",
                time=datetime.fromisoformat(each.time),
                queue=each.queue,
                whole=each.whole,
                parts=each.parts,
            )
            for each in quality.broken(kind, records)
        ]
    return Identities(checked=checked, broken=failed)


def _gaps(kind: SourceKind, answers: Mapping[str, Answer], versions: Sequence[DataVersion]) -> list[GapOut]:
    newest = data_as_of([version for version in versions if version.kind == kind])
    metric = quality.IDENTITIES[kind][0]
    found = quality.gaps(answers["hours"].records(), metric, data_as_of=newest)
    return [GapOut(source_kind=kind, since=gap.since, until=gap.until, usual_calls=gap.usual_calls) for gap in found]


def _dirty(answers: Mapping[str, Answer]) -> list[DirtyShare]:
    shares = quality.dirty_shares(answers["dirty"].records(), answers["segments"].records())
    names = dict.fromkeys(share.name for share in shares)
    return [
        DirtyShare(
            name=name,
            weeks=[
                SharePoint(time=datetime.fromisoformat(each.time), calls=each.calls, of=each.of, share=each.share)
                for each in shares
                if each.name == name
            ],
            trend=quality.trend([each.share for each in shares if each.name == name]),
        )
        for name in names
    ]
