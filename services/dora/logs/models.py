"""The records of logs_data/: one model a log. The JSON Schema files beside the logs are generated from them."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema, model_validator

from services.dora.delivery.logs import SHA, TEXT_CHARS_MAX, TIME_LIKE, instant

NOTES_CHARS_MAX = 10_000  # a page of text; a longer story has a document of its own
NAMES_MAX = 100  # services of one record
RATE_TOLERANCE = 0.01  # percent points: a rate is written with two decimals at least
MTTR_TOLERANCE_MINUTES = 1.0  # minutes are written whole

Text = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_CHARS_MAX)]
Notes = Annotated[str, StringConstraints(max_length=NOTES_CHARS_MAX)]
Names = Annotated[list[Text], Field(max_length=NAMES_MAX)]
Sha = Annotated[str, StringConstraints(pattern=f"^{SHA.pattern}$")]
Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0)]


def _moment(text: str) -> str:
    if instant(text) is None:
        raise ValueError(f"{text!r} is no time with a zone; write it like {TIME_LIKE}")
    return text


Time = Annotated[str, AfterValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]


class Record(BaseModel):
    """What all records share: no field that nobody knows, no text where a number belongs."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class DeploymentRecord(Record):
    """One attempt to change an environment, finished."""

    timestamp: Time = Field(description="When the environment had changed, or the attempt had failed.")
    deployment_id: Text = Field(description="Your own name for it; no other record has it.")
    environment: Literal["production", "staging", "testing", "development"]
    version: Text | None = Field(None, description="The version; this or commit_sha is needed.")
    commit_sha: Sha | None = Field(None, description="The commit, 7 to 64 hexadecimal digits in lower case.")
    status: Literal["success", "failed", "rolled_back"] = Field(
        description="failed never reached the environment; rolled_back reached it, and was taken back."
    )
    duration_seconds: Amount | None = None
    deployed_by: Text | None = Field(None, description="A team or a pipeline. No figure is made of persons.")
    services: Names = Field(default_factory=list, description="What was deployed; all of the repository if empty.")
    planned: bool | None = Field(None, description="false for work that an incident forced.")
    fixes: Text | None = Field(None, description="Id, version or commit of the earlier deployment that this repairs.")
    rolled_back_at: Time | None = Field(None, description="Where status is rolled_back: when the service was well.")
    rollback_version: Text | None = Field(None, description="The version that runs instead.")
    notes: Notes | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.commit_sha is None and self.version is None:
            raise ValueError("commit_sha: is missing and version is, too; a deployment needs one of them")
        if (self.status == "rolled_back") != (self.rolled_back_at is not None):
            raise ValueError("rolled_back_at: stands exactly where status is rolled_back: when the service was well")
        if _before(self.rolled_back_at, self.timestamp):
            raise ValueError("rolled_back_at: lies before timestamp; exchange them or correct one")
        if self.rollback_version is not None and self.status != "rolled_back":
            raise ValueError("rollback_version: needs status rolled_back; leave it out or correct the status")
        return self


class IncidentRecord(Record):
    """One disturbance of what people use."""

    timestamp: Time = Field(description="When the record was written.")
    incident_id: Text = Field(description="Your own name for it; no other record has it.")
    severity: Literal["critical", "high", "medium", "low"]
    status: Literal["open", "investigating", "resolved", "closed"]
    title: Text
    description: Notes | None = None
    affected_services: Names = Field(default_factory=list, description="May be anybody's if empty.")
    detected_at: Time
    resolved_at: Time | None = Field(None, description="When the service was well; exactly where it is over.")
    mttr_minutes: Amount | None = Field(None, description="resolved_at minus detected_at, in minutes.")
    caused_by: Text | None = Field(None, description="Id, version or commit of the deployment that caused it.")
    root_cause: Notes | None = None
    resolution: Notes | None = None
    assigned_to: Text | None = Field(None, description="A team. No figure is made of persons.")
    related_deployments: Names = Field(default_factory=list, description="For the reader; blames none of them.")

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if (self.status in {"resolved", "closed"}) != (self.resolved_at is not None):
            raise ValueError("resolved_at: stands exactly where status is resolved or closed")
        if _before(self.resolved_at, self.detected_at):
            raise ValueError("resolved_at: lies before detected_at; exchange them or correct one")
        if self.mttr_minutes is not None:
            took = None if self.resolved_at is None else _minutes(self.detected_at, self.resolved_at)
            if took is None or abs(took - self.mttr_minutes) > MTTR_TOLERANCE_MINUTES:
                told = "it is not over" if took is None else f"detected_at and resolved_at say {took:.0f}"
                raise ValueError(f"mttr_minutes: {told}; leave it out, it is worked out")
        return self


class Hours(Record):
    """Durations in hours; null where there is no data."""

    n: Count
    median_hours: Amount | None = None
    p75_hours: Amount | None = None
    p90_hours: Amount | None = None


class Recovery(Hours):
    """Recovery, and how many failures are still open."""

    open: Count


class Frequency(Record):
    """How often; null where no deployment is known."""

    count: Count | None = None
    per_day: Amount | None = None


class Rate(Record):
    """A share of deployments with what it is made of; null, not 0, of none."""

    total_deployments: Count
    rate_percent: Annotated[float, Field(ge=0, le=100)] | None = None

    def _agree(self, part: int, name: str) -> None:
        total, percent = self.total_deployments, self.rate_percent
        if part > total:
            raise ValueError(f"{name}: is more than total_deployments; count deployments, not incidents")
        if (percent is None) != (total == 0):
            raise ValueError("rate_percent: is null exactly where total_deployments is 0")
        if percent is not None and abs(percent - 100 * part / total) > RATE_TOLERANCE:
            raise ValueError(f"rate_percent: is not {part} of {total}; write {100 * part / total:.4g}")


class FailureRate(Rate):
    """Deployments that failed."""

    failed_deployments: Count

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        self._agree(self.failed_deployments, "failed_deployments")
        return self


class ReworkRate(Rate):
    """Unplanned deployments that repaired an earlier one."""

    rework_deployments: Count

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        self._agree(self.rework_deployments, "rework_deployments")
        return self


class CycleRecord(Record):
    """One measured window, as `scripts/dora_metrics.py --record` writes it."""

    cycle_id: Text = Field(description="Scope, source and window; the same cycle measured again replaces its record.")
    timestamp: Time = Field(description="When it was judged.")
    metric_period: Literal["daily", "weekly", "monthly", "custom"]
    from_: Time = Field(alias="from", description="The first moment of the window.")
    to: Time = Field(description="The first moment after the window.")
    scope: Literal["repository", "docs"]
    source: Text = Field(description="Where deployments come from, like tags:v* or logs_data.")
    deployment_frequency: Frequency
    lead_time_for_changes: Hours
    failed_deployment_recovery_time: Recovery
    change_failure_rate: FailureRate
    deployment_rework_rate: ReworkRate

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if not _before(self.from_, self.to):
            raise ValueError("to: must lie after from; exchange them or correct one")
        return self


# The log of each model: the stem of its file, and the field that names a record.
LOGS: dict[str, tuple[type[Record], str]] = {
    "deployment_logs": (DeploymentRecord, "deployment_id"),
    "incident_logs": (IncidentRecord, "incident_id"),
    "dora_metrics": (CycleRecord, "cycle_id"),
}


def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a whole log: a list of records."""
    model, _ = LOGS[kind]
    items = model.model_json_schema()
    definitions = {"$defs": items.pop("$defs")} if "$defs" in items else {}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": kind, "type": "array"}
    return {**head, "items": items, **definitions}


def _before(one: str | None, other: str | None) -> bool:
    first, second = (None if text is None else instant(text) for text in (one, other))
    return first is not None and second is not None and first < second


def _minutes(since: str, until: str) -> float:
    moments: list[datetime] = [found for text in (since, until) if (found := instant(text)) is not None]
    return (moments[-1] - moments[0]).total_seconds() / 60
