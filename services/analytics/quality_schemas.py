"""The data-quality board over HTTP."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from services.analytics.catalog import SourceKind
from services.analytics.schemas import Instant, Name, Strict


class QualityQuery(Strict):
    """Four whole weeks and the newest data's own, as weeks of `zone`, unless another range is asked for."""

    since: Annotated[Instant | None, Field(alias="from")] = None
    until: Annotated[Instant | None, Field(alias="to")] = None
    zone: Name | None = None


class SourceQuality(BaseModel):
    """`version` counts publications. While rollups are not complete, only facts answer."""

    source: str
    source_kind: SourceKind
    data_as_of: datetime | None
    updated_at: datetime | None
    version: int
    rollups_complete: bool


class BrokenIdentity(BaseModel):
    """A bucket in which `parts` do not add up to `whole`."""

    source_kind: SourceKind
    identity: str
    time: datetime
    queue: str | None
    whole: int
    parts: int


class Identities(BaseModel):
    checked: int
    broken: list[BrokenIdentity]


class GapOut(BaseModel):
    """Hours without a call; `usual_calls` is how many those hours of those weekdays have in the middle."""

    source_kind: SourceKind
    since: datetime = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")
    usual_calls: int


class SharePoint(BaseModel):
    time: datetime
    calls: int
    of: int
    share: float | None


class DirtyShare(BaseModel):
    """One kind of dirt, week by week; `trend` is the last week's share less the median of those before."""

    name: str
    weeks: list[SharePoint]
    trend: float | None


class RejectDay(BaseModel):
    """Rows refused by the runs of one day, of all segments together: a person with a data segment gets none."""

    source: str
    day: date
    rows_read: int
    rows_rejected: int


class OpenCalls(BaseModel):
    """Queue calls without a recorded end, and those of them that entered more than a day before the newest data."""

    calls: int
    older_than_a_day: int


class ZoneCheck(BaseModel):
    """`offset_s` is 0 where the declared zone is right; `share` is how many of the rows looked at stand so far off.
    `rows_looked_at` is null for a person with a data segment: it is a number of all segments together.
    """

    source: str
    source_table: str
    zone: str
    offset_s: int
    share: float
    rows_looked_at: int | None
    checked_at: datetime


class RemovedCalls(BaseModel):
    """What retention has dropped: `calls` legacy and queue calls before `kept_since`; their counts are kept. `calls` is
    null for a person with a data segment: it is a number of all segments together.
    """

    kept_since: datetime
    removed_at: datetime
    calls: int | None


class QualityAnswer(BaseModel):
    since: datetime = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")
    zone: str
    sources: list[SourceQuality]
    identities: Identities
    gaps: list[GapOut]
    dirty: list[DirtyShare]
    rejects: list[RejectDay]
    open_calls: OpenCalls | None
    zone_checks: list[ZoneCheck]
    removed_calls: RemovedCalls | None
