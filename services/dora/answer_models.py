"""The answer about the metrics. null means that nobody knows; 0 would be a claim. Durations are seconds."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from services.dora.benchmarks import Band, Cluster
from services.dora.models import Granularity, MetricName


class Scope(BaseModel):
    """Whose deliveries; null is all of them."""

    service: str | None
    environment: str
    team: str | None
    repository: str | None


class Window(BaseModel):
    """The half-open interval that was measured; `days` on the wall of the zone."""

    since: datetime = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")
    as_of: datetime
    zone: str
    granularity: Granularity
    days: float


class QuickCheck(BaseModel):
    """The answer of DORA's Quick Check, and where it stands among the published answers of one year."""

    band: Band
    year: int
    share_of_answers: float
    share_slower: float


class RateAnswers(BaseModel):
    """Where a share stands among one year's published answers: how many lie between the same edges, how many above."""

    year: int
    lower: float
    upper: float
    share_of_answers: float
    share_higher: float


class Benchmark(BaseModel):
    """Clusters of one year's report whose range holds this value: none in a gap, several where they overlap."""

    year: int
    clusters: list[Cluster]
    reason: str | None


class Durations(BaseModel):
    """A distribution; `ci95` is the interval of the median, null for fewer than six values."""

    n: int
    value: float | None
    median: float | None
    p75: float | None
    p90: float | None
    ci95: list[float] | None


class Squash(BaseModel):
    """How many commits name a pull request, and of how many the original commits were found."""

    commits: int
    recovered: int


class Waiting(BaseModel):
    """Commits of the main line that no deployment has shipped yet."""

    commits: int
    oldest_s: float | None


class ChangeLeadTime(Durations):
    """Over commits; beside it the median over deployments and over pull requests of the median of their commits."""

    metric: Literal["change_lead_time"] = "change_lead_time"
    unit: Literal["s"] = "s"
    per_deployment_median: float | None
    per_pull_request_median: float | None
    pull_requests: int
    by_committer_date: Durations
    squash: Squash
    waiting: Waiting
    quick_check: QuickCheck | None
    benchmark: Benchmark | None
    reason: str | None
    definition: str


class DeploymentFrequency(BaseModel):
    metric: Literal["deployment_frequency"] = "deployment_frequency"
    unit: Literal["deployments_per_day"] = "deployments_per_day"
    value: float | None
    n: int | None
    per_week: float | None
    active_days: int | None
    redeployments: int | None
    interval_s_mean: float | None
    interval_s_median: float | None
    interval_s_p75: float | None
    interval_s_p90: float | None
    quick_check: QuickCheck | None
    benchmark: Benchmark | None
    reason: str | None
    definition: str


class RecoveryTime(Durations):
    """`open` failures are not left out: `median_with_open` counts them for as long as they have lasted."""

    metric: Literal["failed_deployment_recovery_time"] = "failed_deployment_recovery_time"
    unit: Literal["s"] = "s"
    open: int
    open_oldest_s: float | None
    median_with_open: float | None
    negative: int
    incidents: Durations
    quick_check: QuickCheck | None
    benchmark: Benchmark | None
    reason: str | None
    definition: str


class Share(BaseModel):
    """A ratio with what it is made of and Wilson's interval."""

    value: float | None
    numerator: int | None
    denominator: int | None
    ci95: list[float] | None


class ChangeFailRate(Share):
    metric: Literal["change_fail_rate"] = "change_fail_rate"
    unit: Literal["ratio"] = "ratio"
    n: int | None
    without_remediations: Share
    explicit: int
    inferred: int
    by_grade: dict[str, int]
    not_yet_judgeable: int
    answers: RateAnswers | None
    reason: str | None
    definition: str


class ReworkRate(Share):
    metric: Literal["deployment_rework_rate"] = "deployment_rework_rate"
    unit: Literal["ratio"] = "ratio"
    n: int | None
    told_unplanned: int
    planned_remediations: int
    answers: RateAnswers | None
    reason: str | None
    definition: str


class Metrics(BaseModel):
    change_lead_time: ChangeLeadTime
    deployment_frequency: DeploymentFrequency
    failed_deployment_recovery_time: RecoveryTime
    change_fail_rate: ChangeFailRate
    deployment_rework_rate: ReworkRate


class SeriesPoint(BaseModel):
    """One bucket of the window. `partial` when the window, or the present, cuts it."""

    since: datetime = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")
    days: float
    partial: bool
    deployments: int | None
    deployments_per_day: float | None
    active_days: int | None
    commits: int | None
    lead_time_s_median: float | None
    failed: int | None
    judgeable: int | None
    change_fail_rate: float | None
    recovery_s_median: float | None
    rework: int | None
    rework_rate: float | None


class Exclusion(BaseModel):
    """What does not count, by reason."""

    of: Literal["deployments", "commits", "links"]
    reason: str
    count: int


class Comparison(BaseModel):
    """A metric now and in the window of the same length before; `change` is now minus before."""

    metric: MetricName
    before: float | None
    now: float | None
    change: float | None


class MetricsMeta(BaseModel):
    """What the numbers were made from: with the same events, commits and rules they come out the same."""

    data_as_of: datetime | None
    observed_since: datetime | None
    percentiles: Literal["linear interpolation"] = "linear interpolation"
    rules_version: str
    repositories: list[str]


class MetricsAnswer(BaseModel):
    scope: Scope
    window: Window
    metrics: Metrics
    series: list[SeriesPoint]
    comparison: list[Comparison]
    exclusions: list[Exclusion]
    warnings: list[str]
    meta: MetricsMeta


class DeploymentRef(BaseModel):
    """A deployment as evidence. `time_quality` says how sure its moment is."""

    id: str
    name: str | None
    service: str
    environment: str
    version: str | None
    commits: list[str]
    at: datetime
    time_quality: str
    planned: bool | None


class CommitRef(BaseModel):
    """A commit as evidence; `shipped_as` is the squash commit, where it was squashed."""

    sha: str
    shipped_as: str | None
    subject: str | None
    authored_at: datetime | None


class FailureLinkRef(BaseModel):
    """One reason to call a deployment failed. The strongest grade decides: `deciding`."""

    grade: Literal["explicit", "rollback", "revert", "rule", "window"]
    reason: str
    deciding: bool
    failed: str
    fix: str | None
    incident: str | None
    recovered_at: datetime | None


class EvidenceItem(BaseModel):
    """One line behind a number. `counted` false: left out, `reason` says why. `value_s`: what it adds to a duration."""

    counted: bool
    reason: str | None
    value_s: float | None
    numerator: bool | None
    deployment: DeploymentRef | None
    commit: CommitRef | None
    links: list[FailureLinkRef]


class EvidenceAnswer(BaseModel):
    """Everything behind one number, newest first, page by page. `left_out`: lines that do not count, by reason.

    With `as_of` given, pages of one number fit together whatever is reported meanwhile.
    """

    metric: MetricName
    definition: str
    scope: Scope
    window: Window
    total: int
    counted: int
    left_out: dict[str, int]
    items: list[EvidenceItem]
    next_offset: int | None
