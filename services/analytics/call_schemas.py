"""Calls over HTTP: what is asked and what a call shows. 64-bit ids are texts; a caller is a keyed hash, no number."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from services.analytics.catalog import SourceKind
from services.analytics.question import Attribution
from services.analytics.schemas import (
    CURSOR_LENGTH_MAX,
    FILTERS_MAX,
    FilterIn,
    FilterValue,
    Meta,
    Name,
    ServiceLevelIn,
    Strict,
    TimeRange,
)

CALLS_DEFAULT = 50  # a screen
CALLS_MAX = 1_000  # twenty screens of the calls table


class CallsRequest(Strict):
    """`cell` names one row of a query's answer: its dimensions' values and, under `time`, its bucket.

    `metric` keeps only the calls that a count counts; `attribution` is that of the query.
    """

    source_kind: SourceKind | None = None
    time: TimeRange
    filters: Annotated[list[FilterIn], Field(max_length=FILTERS_MAX, default_factory=list)]
    cell: Annotated[dict[Name, FilterValue], Field(max_length=FILTERS_MAX, default_factory=dict)]
    metric: Name | None = None
    service_level: ServiceLevelIn = ServiceLevelIn()
    attribution: Attribution = "entry"
    limit: Annotated[int, Field(ge=1, le=CALLS_MAX)] = CALLS_DEFAULT
    cursor: Annotated[str, StringConstraints(max_length=CURSOR_LENGTH_MAX)] | None = None


class LegacyCallOut(BaseModel):
    """One call of the legacy IVR; source_table, unit_date and occurrence are its coordinates in the source."""

    source_kind: Literal["legacy"] = "legacy"
    id: str
    call_id: str
    source: str
    caller_id: str | None
    started_at: datetime
    duration_s: int | None
    did: str | None
    segment: str | None
    menu: str | None
    option: str | None
    centre: str | None
    line_kind: str
    labels: list[str]
    outcome: str
    swapped: bool
    source_table: str | None
    unit_date: date | None
    occurrence: int


class LegOut(BaseModel):
    """One cdr record of the call: a dial attempt or a pairing. Other people's telephones are keyed words."""

    unique_id: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    duration_s: int | None
    billsec: int | None
    disposition: Literal["answered", "no_answer", "busy", "failed", "congestion", "unknown"]
    context: str | None
    channel: str | None
    dst_channel: str | None
    dst: str | None
    last_app: str | None
    queue: str | None
    agent: str | None
    source_table: str
    position: str


class StepOut(BaseModel):
    """One menu that the caller heard, from cel; `digit` is the key that was pressed, as far as it is known."""

    number: int
    unique_id: str
    at: datetime
    left_at: datetime | None
    context: str | None
    exten: str | None
    menu: str
    app: str
    digit: str | None
    ended: Literal[
        "digit", "typed", "timeout", "invalid", "repeated", "moved", "queue", "dialled", "voicemail", "connected",
        "hung_up", "open",
    ]  # fmt: skip


class QueueCallOut(BaseModel):
    """One entry into a queue; callid is its name in the PBX."""

    source_kind: Literal["asterisk"] = "asterisk"
    id: str
    call_id: str
    source: str
    caller_id: str | None
    callid: str
    queue: str
    agent: str | None
    entered_at: datetime
    ended_at: datetime | None
    exit: str
    wait_s: float | None
    ring_s: float | None
    talk_s: float | None
    entry_position: int | None
    transfers: int
    ring_no_answer: int


class QueueCallDetail(QueueCallOut):
    """One entry into a queue with what else the PBX keeps of its call; empty where it keeps nothing."""

    legs: list[LegOut]
    steps: list[StepOut]


CallOut = Annotated[LegacyCallOut | QueueCallOut, Field(discriminator="source_kind")]


class CallsAnswer(BaseModel):
    """`total` comes with the first page: the number that was drilled into."""

    items: list[CallOut]
    total: int | None
    meta: Meta
    next_cursor: str | None
