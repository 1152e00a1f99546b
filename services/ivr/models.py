"""Bodies of the ingestion API. 64-bit ids are strings, unknown fields in a request are an error."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.ivr.freshness import ReasonCode, State

TABLES_MAX = 64  # sixteen years of quarters
NAME_CHARS_MAX = 100

RunState = Literal["queued", "running", "succeeded", "failed", "cancelled"]


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("a character that cannot be shown is not allowed")
    return text


Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARS_MAX), AfterValidator(_printable)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RunRequest(Body):
    """Which part of a source to read. `from` and `to` are days of dFecha, half-open; left out, everything is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    source: Annotated[str, Field(max_length=31)]
    tables: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=TABLES_MAX)] = []
    since: Annotated[date | None, Field(alias="from")] = None
    until: Annotated[date | None, Field(alias="to")] = None
    force: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> "RunRequest":
        if self.since and self.until and self.since >= self.until:
            raise ValueError("from must be before to")
        return self


class RunAccepted(BaseModel):
    id: str


class RowCounts(BaseModel):
    """What became of the rows; inside the service the names say what is counted, in the interface they are short."""

    rows_read: Annotated[int, Field(serialization_alias="read")]
    rows_published: Annotated[int, Field(serialization_alias="published")]
    rows_unchanged: Annotated[int, Field(serialization_alias="unchanged")]
    rows_held: Annotated[int, Field(serialization_alias="held")]
    rows_rejected: Annotated[int, Field(serialization_alias="rejected")]
    rows_duplicate: Annotated[int, Field(serialization_alias="duplicate")]


class Run(RowCounts):
    """Once a run has succeeded, read = published + unchanged + held + rejected + duplicate."""

    id: str
    source: str
    state: RunState
    phase: str
    tables: list[str]
    from_: Annotated[date | None, Field(serialization_alias="from")]
    to: date | None
    force: bool
    requested_by: str
    retry_of: str | None
    attempt: int
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    elapsed_s: float | None
    rows_expected: Annotated[int | None, Field(serialization_alias="expected")]
    rows_per_s: float | None
    eta_s: float | None
    error: str | None


class UnitProofBody(RowCounts):
    source_table: str
    unit_date: date | None
    outcome: str
    adds_up: bool


class TableProofBody(RowCounts):
    """The same account over all days of one table or file."""

    source_table: str
    units: int
    adds_up: bool


class RunDetail(Run):
    """`proof` accounts for every row by table and day, `by_table` by table; each adds up, and so does the run."""

    verbs: dict[str, int] = {}
    unfinished_lines: int = 0
    changed: Annotated[int, Field(description="Records of cdr that say something else than before.")] = 0
    drift: Annotated[list[str], Field(description="Columns that are new, missing or of another type.")] = []
    notes: Annotated[list[str], Field(description="What the source's storage engines do not promise.")] = []
    allow_privileged: Annotated[bool, Field(description="The login may do more than SELECT, and was let.")] = False
    slowed_s: Annotated[float, Field(description="How long it read at a lower pace: the source was busy.")] = 0.0
    pace_least: Annotated[float | None, Field(description="The least share of time that went into reading.")] = None
    calm_latency_s: Annotated[float | None, Field(description="A tiny statement's answer before the first row.")] = None
    gave_way_s: Annotated[float, Field(description="How long it held back: people asked questions meanwhile.")] = 0.0
    paused_s: Annotated[float, Field(description="How long a pause of the source was waited out.")] = 0.0
    late_rows: Annotated[int, Field(description="Rows that appeared in days that were published already.")] = 0
    lateness_s_max: Annotated[float | None, Field(description="How late the latest of them was, where known.")] = None
    lateness_s_p95: float | None = None
    by_table: list[TableProofBody] = []
    proof: list[UnitProofBody]


class RunList(BaseModel):
    items: list[Run]
    next_cursor: str | None


class LastRunBody(BaseModel):
    """The last run over the whole source, asked for by a person or by its schedule."""

    id: str
    state: RunState
    requested_by: str
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None


class SourceBody(BaseModel):
    id: str
    kind: Literal["legacy", "asterisk"]
    zone: str
    form: Literal["database", "files"]
    allow_privileged: bool
    schedule: Annotated[str | None, Field(description="When it is read by itself, in its own zone; null is by hand.")]
    next_run_at: Annotated[datetime | None, Field(description="null while a run works, and without a schedule.")]
    last_run: LastRunBody | None


class SourceList(BaseModel):
    items: list[SourceBody]
    next_cursor: str | None = None


class TableCheck(BaseModel):
    name: str
    rows_estimated: int | None
    engine: Annotated[str | None, Field(description="The storage engine; null for a file and for a view.")]
    zone_offset_s: Annotated[
        int | None, Field(description="How far local times stand from the epochs beside them; 0 is right.")
    ]
    zone_share: Annotated[float | None, Field(description="The share of the rows looked at that say so.")]
    problem: str | None


class SourceCheck(BaseModel):
    """null means: cannot be known here; `notes` says why."""

    id: str
    reachable: bool
    read_only: bool | None
    zone_right: bool | None
    lag_s: float | None
    tables: list[TableCheck]
    problem: str | None
    notes: list[str]


class RejectBody(BaseModel):
    id: str
    run_id: str
    source: str
    source_table: str
    unit_date: date | None
    position: str
    reason: str
    row_masked: str
    rejected_at: datetime


class RejectList(BaseModel):
    items: list[RejectBody]
    next_cursor: str | None


class FreshnessBody(BaseModel):
    source: str
    kind: Literal["legacy", "asterisk"]
    zone: str
    version: int
    data_as_of: datetime | None
    last_success_at: datetime | None
    state: State
    reason_code: ReasonCode
    reason: str


class FreshnessList(BaseModel):
    items: list[FreshnessBody]
    next_cursor: str | None = None


class Segment(BaseModel):
    did: str
    segment: str
    updated_at: datetime


class SegmentList(BaseModel):
    items: list[Segment]
    next_cursor: str | None = None


class SegmentChange(Body):
    segment: Annotated[Name, Field(pattern=r"^\S(.*\S)?$")]


class Menu(BaseModel):
    menu: str
    menu_kind: Literal["menu", "empty", "phone"]
    abandoned: bool
    goal: bool
    updated_at: datetime


class MenuList(BaseModel):
    items: list[Menu]
    next_cursor: str | None = None


class MenuChange(Body):
    """A flag that is left out stays as it is."""

    abandoned: bool | None = None
    goal: bool | None = None


class DimensionChangeAccepted(BaseModel):
    """A change that is being made; until it is published everything counts as before."""

    id: str


class DimensionChange(BaseModel):
    """A change of a dimension with the rollups that it touches: published at once, or not at all."""

    id: str
    kind: Literal["menu", "segment"]
    target: str
    wanted: dict[str, bool | str | None]
    requested_by: str
    state: Literal["queued", "running", "succeeded", "failed"]
    calls_expected: int | None
    calls_done: int
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None


class RollupState(BaseModel):
    """Whether rollups hold all facts of a source; until then its questions are answered from facts."""

    source: str
    complete: bool
    phase: str
    calls_expected: int | None
    calls_done: int
    error: str | None
    updated_at: datetime | None


class RollupStateList(BaseModel):
    items: list[RollupState]
    next_cursor: str | None = None


class RollupRequest(Body):
    """The source whose rollups are to be made anew from its facts."""

    source: Annotated[str, Field(max_length=31), AfterValidator(_printable)]


class Holiday(BaseModel):
    day: date
    name: str


class HolidayList(BaseModel):
    items: list[Holiday]
    next_cursor: str | None = None


class HolidayChange(Body):
    name: Name
