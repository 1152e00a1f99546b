"""Bodies of the reconciliation API."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.ivr.models import Body


class ReconciliationRequest(Body):
    """What to compare. `from` and `to` are days, half-open; left out, everything is compared."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    source: Annotated[str, Field(max_length=31)]
    since: Annotated[date | None, Field(alias="from")] = None
    until: Annotated[date | None, Field(alias="to")] = None
    deep: Annotated[bool, Field(description="Name the calls, legs and steps that differ, found by bisection.")] = False

    @model_validator(mode="after")
    def _in_order(self) -> "ReconciliationRequest":
        if self.since and self.until and self.since >= self.until:
            raise ValueError("from must be before to")
        return self


class ReconciliationAccepted(BaseModel):
    id: str


class ReconciliationCell(BaseModel):
    """One part of one day. `unit`, `events` and `cel_events` count source rows; the others compare what calls say."""

    part: Literal["unit", "segment", "events", "queue", "legs", "steps", "cel_events"]
    source_table: str
    day: date | None
    name: str
    verdict: Literal["equal", "missing", "extra", "changed", "gone"]
    rows_source: int
    rows_warehouse: int
    hash_source: str
    hash_warehouse: str


class ReconciliationRow(BaseModel):
    """A call, leg or step that differs: missing in the warehouse, extra there, or told otherwise."""

    verdict: Literal["missing", "extra", "changed"]
    part: Annotated[Literal["call", "leg", "step"], Field(description="What differs; `call_id` is its id.")]
    source_table: str
    day: date | None
    call_id: str
    at: datetime
    description: str


class Reconciliation(BaseModel):
    """`cells` has those that differ first; `rows_different` is null unless rows were asked for."""

    id: str
    source: str
    kind: Literal["legacy", "asterisk"]
    state: Literal["running", "equal", "different", "failed"]
    from_: Annotated[date | None, Field(serialization_alias="from")]
    to: date | None
    deep: bool
    requested_by: str
    started_at: datetime
    finished_at: datetime | None
    rows_source: int
    rows_warehouse: int
    cells_compared: int
    cells_different: int
    rows_different: int | None
    cells: list[ReconciliationCell]
    rows: list[ReconciliationRow]
    notes: list[str]
    error: str | None
