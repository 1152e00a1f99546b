"""What crosses the border of the service: reports that come in, answers that go out."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

Status: TypeAlias = Literal["in_progress", "success", "failed", "canceled", "rolled_back"]
Environment: TypeAlias = Literal["production", "staging", "testing", "development"]
Granularity: TypeAlias = Literal["day", "week", "month", "quarter", "year", "total"]
MetricName: TypeAlias = Literal[
    "change_lead_time",
    "deployment_frequency",
    "failed_deployment_recovery_time",
    "change_fail_rate",
    "deployment_rework_rate",
]

PAGE_ROWS = 50
PAGE_ROWS_MAX = 1_000  # twenty screens
OFFSET_MAX = 10_000_000  # more commits than any repository has
NAME_CHARS_MAX = 100  # service names label rows and axes
TEXT_CHARS_MAX = 200  # versions, ids and addresses of build systems are shorter
NOTES_CHARS_MAX = 2_000  # a paragraph; the story of an incident belongs into the incident
COMPONENTS_MAX = 50  # repositories of one deployment; a release train of more is several deployments
DURATION_S_MAX = 30 * 86_400.0  # a deployment that takes a month is a forgotten one

ServiceName: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=NAME_CHARS_MAX, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")
]
Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=TEXT_CHARS_MAX)]


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


CommitSha: TypeAlias = Annotated[str, BeforeValidator(_lower), Field(pattern=r"^[0-9a-f]{7,64}$")]


class Component(BaseModel):
    """What a deployment shipped of one more repository."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    repository: Text
    commit_sha: CommitSha


class DeploymentReport(BaseModel):
    """One deployment as a build system or a person reports it.

    Reports with the same `deployment_id` (per service and environment) tell about the same deployment: send one when it
    starts, one when it ends, one when it is rolled back. Leave every time out to say "just now".
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    deployment_id: Text | None = Field(None, description="The sender's own name for this deployment.")
    service: ServiceName
    environment: Environment = "production"
    version: Text | None = None
    commit_sha: CommitSha | None = Field(
        None, validate_default=True, description="What was deployed, at least seven hexadecimal digits."
    )
    repository: Text | None = None
    components: tuple[Component, ...] = Field(
        (), max_length=COMPONENTS_MAX, description="What this one deployment shipped of other repositories."
    )
    team: ServiceName | None = Field(None, description="Who owns the service; metrics can be asked by team.")
    status: Status = "success"
    started_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
    deployed_at: AwareDatetime | None = Field(None, description="When the environment changed, if not finished_at.")
    duration_s: float | None = Field(None, ge=0, le=DURATION_S_MAX)
    deployed_by: Text | None = Field(None, description="Kept with the report; no metric is made per person.")
    planned: bool | None = Field(None, description="False for an unplanned deployment, such as a hotfix.")
    fixes: Text | None = Field(None, description="The deployment_id or version that this one repairs.")
    rollback_version: Text | None = None
    notes: str | None = Field(None, max_length=NOTES_CHARS_MAX)

    @field_validator("commit_sha")
    @classmethod
    def _says_what_was_deployed(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("version", "") is None:
            raise ValueError("commit_sha or version is needed: without one nobody can tell what was deployed")
        return value


class IncidentReport(BaseModel):
    """A disturbance as a monitoring system or a person reports it. Reports with the same `incident_id` are one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    incident_id: Text
    service: ServiceName
    environment: Environment = "production"
    title: Text | None = None
    detected_at: AwareDatetime | None = Field(None, description="Now, if left out and nothing is resolved.")
    resolved_at: AwareDatetime | None = None
    caused_by: Text | None = Field(None, description="The deployment_id, version or commit that caused it.")


class DeploymentFilter(BaseModel):
    """Which deployments to list: those that fit everything said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: ServiceName | None = None
    environment: Environment | None = None
    status: Status | None = None
    since: AwareDatetime | None = Field(None, alias="from")
    until: AwareDatetime | None = Field(None, alias="to")
    cursor: Text | None = None
    limit: int = Field(PAGE_ROWS, ge=1, le=PAGE_ROWS_MAX)


class MetricsRequest(BaseModel):
    """Which metrics to compute: by default those of the last 30 days, all services, production."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: ServiceName | None = None
    environment: Environment = "production"
    team: ServiceName | None = None
    repository: Text | None = None
    since: AwareDatetime | None = Field(None, alias="from")
    until: AwareDatetime | None = Field(None, alias="to")
    granularity: Granularity = "week"
    zone: Annotated[str, Field(max_length=64)] | None = None
    redeployments: bool = Field(default=True, description="Count deployments of what already runs.")
    benchmark: int | None = Field(None, description="Year of a DORA report to compare with.")
    as_of: AwareDatetime | None = Field(None, description="Judge as at this moment; the same moment, the same answer.")


class ExportRequest(MetricsRequest):
    """Which file to make."""

    format: Literal["csv", "xlsx"] = "csv"


class EvidenceRequest(MetricsRequest):
    """Which page of what stands behind a number."""

    offset: int = Field(0, ge=0, le=OFFSET_MAX)
    limit: int = Field(PAGE_ROWS, ge=1, le=PAGE_ROWS_MAX)


class Deployment(BaseModel):
    """A deployment as it stands after all reports about it."""

    id: str
    source: str
    service: str
    environment: str
    deployment_id: str | None
    version: str | None
    commit_sha: str | None
    repository: str | None
    status: Status
    started_at: datetime | None
    finished_at: datetime | None
    deployed_at: datetime | None
    occurred_at: datetime
    time_quality: Literal["exact", "started", "received"]
    planned: bool | None
    fixes: str | None
    team: str | None
    rolled_back_at: datetime | None
    components: list[Component]


class Incident(BaseModel):
    """An incident as it stands after all reports about it. A service of null may be any."""

    id: str
    source: str
    service: str | None
    environment: str
    incident_id: str
    title: str | None
    status: Literal["open", "resolved", "dismissed"]
    detected_at: datetime
    resolved_at: datetime | None
    caused_by: str | None
    occurred_at: datetime


class DeploymentPage(BaseModel):
    items: list[Deployment]
    next_cursor: str | None
