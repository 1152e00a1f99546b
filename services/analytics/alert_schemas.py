"""Alert rules, alerts and messages over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, Field

from services.analytics.alert_logic import Comparison
from services.analytics.catalog import SourceKind
from services.analytics.periods import Compare
from services.analytics.schemas import FILTERS_MAX, FilterIn, Name, ServiceLevelIn, Strict, Text, Texts
from services.analytics.view_schemas import Group

Severity: TypeAlias = Literal["info", "warning", "critical"]
RuleState: TypeAlias = Literal["active", "paused", "disabled"]
WINDOW_MINUTES_MIN, WINDOW_MINUTES_MAX = 15, 92 * 1_440  # the finest bucket; a quarter
COOLDOWN_S_MAX = 31 * 86_400
AGE_MINUTES_MAX = 31 * 1_440
Limit: TypeAlias = Annotated[float, Field(allow_inf_nan=False, ge=-1e12, le=1e12)]


class _Measured(Strict):
    """A metric over the window that ends where the data ends."""

    source_kind: SourceKind | None = None
    metric: Name
    filters: Annotated[list[FilterIn], Field(max_length=FILTERS_MAX, default_factory=list)]
    service_level: ServiceLevelIn = ServiceLevelIn()
    window_minutes: Annotated[int, Field(ge=WINDOW_MINUTES_MIN, le=WINDOW_MINUTES_MAX)]
    comparison: Comparison
    calls_min: Annotated[int, Field(ge=0, le=10**9)] = Field(
        default=0, description="With fewer calls than these in the window the value proves nothing."
    )


class ThresholdRule(_Measured):
    """The metric itself is beyond `value`."""

    kind: Literal["threshold"]
    value: Limit


class ChangeRule(_Measured):
    """The metric has changed by more than `value` (0.2 is 20 %) against the same window of another period."""

    kind: Literal["change"]
    compare: Compare
    value: Limit


class MissingDataRule(Strict):
    """The newest data of a kind of source, or of one source, is older than `age_minutes`."""

    kind: Literal["missing_data"]
    source_kind: SourceKind
    source: Name | None = None
    age_minutes: Annotated[int, Field(ge=1, le=AGE_MINUTES_MAX)]


Definition: TypeAlias = Annotated[ThresholdRule | ChangeRule | MissingDataRule, Field(discriminator="kind")]


class AlertRuleIn(Strict):
    """`group` lets the people of a group see the rule, its alerts, and subscribe."""

    name: Name
    severity: Severity = "warning"
    definition: Definition
    cooldown_s: Annotated[int, Field(ge=0, le=COOLDOWN_S_MAX)] = 3_600
    group: Group | None = None


class AlertRuleStateIn(Strict):
    state: RuleState


class SubscriptionIn(Strict):
    """From which severity on you want to be told."""

    min_severity: Severity = "info"


class AlertRuleOut(BaseModel):
    """`detail` says why it has no value, or why it was paused; `subscribed_from` is your own subscription.

    `firing` is whether an alert of it is open now, `last_alert_at` when the latest one that you may see was opened.
    """

    id: str
    name: str
    severity: Severity
    definition: dict[str, Any]
    cooldown_s: int
    group: str | None
    own: bool
    owner: str
    state: RuleState
    detail: str | None
    value: float | None
    evaluated_at: datetime | None
    firing: bool
    last_alert_at: datetime | None
    subscribed_from: Severity | None
    created_at: datetime
    updated_at: datetime


class AlertRuleList(BaseModel):
    items: list[AlertRuleOut]
    next_cursor: str | None = None


class AlertOut(BaseModel):
    """`since` and `until` are the window; `reference` is the value that it was compared with."""

    id: str
    rule_id: str
    rule_name: str
    severity: Severity
    definition: dict[str, Any]
    value: float | None
    reference: float | None
    since: datetime | None
    until: datetime | None
    opened_at: datetime
    resolved_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    note: str | None


class AlertList(BaseModel):
    items: list[AlertOut]
    next_cursor: str | None = None


class AcknowledgeIn(Strict):
    note: Text | None = None


class MessageOut(BaseModel):
    """`about` is the id of the alert, the rule or the schedule that the message is about."""

    id: str
    kind: Literal["alert", "alert_rule", "schedule"]
    about: str
    severity: Severity
    text: Texts
    created_at: datetime
    read_at: datetime | None


class MessageList(BaseModel):
    unread: int
    items: list[MessageOut]
    next_cursor: str | None = None
