"""What goes in and out over HTTP. The page's client is generated from these, so every field says what it is."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from services.sessions import permissions
from services.sessions.audit_chain import BreakKind

SECRET_LENGTH_MAX = 1_024  # what is longer is refused before it costs a hash
FUNCTIONS_MAX = 100  # more than the catalogue has
NAME_LENGTH_MAX = 120

FunctionCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3,4}-[0-9]{3}$")]
GroupCode = Annotated[str, StringConstraints(pattern=r"^AGR-[0-9]{3}$")]
GroupName = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[a-z][a-z0-9_]{2,63}$")]
Username = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, min_length=3, max_length=64, pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._@-]*$"
    ),
]
Segment = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
DisplayName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=NAME_LENGTH_MAX)]
Justification = Annotated[str, StringConstraints(strip_whitespace=True, min_length=20, max_length=500)]
Secret = Annotated[SecretStr, Field(max_length=SECRET_LENGTH_MAX)]
UserState = Literal["active", "blocked", "inactive"]


class Strict(BaseModel):
    """Unknown fields in a request are an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Item = TypeVar("Item")


class Page(Strict, Generic[Item]):
    """One page of a list; `next_cursor` null: there is no more."""

    items: list[Item]
    next_cursor: str | None


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("not an IANA time zone, such as America/Mexico_City") from error
    return name


class Preferences(Strict):
    """How a person wants to see the application."""

    # One schema for both directions: a client is told to send every field, though the service fills in defaults.
    model_config = ConfigDict(json_schema_mode_override="serialization")

    language: Literal["es", "en"] | None = None  # none chosen: the page speaks what its visitor sees at the door
    locale: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")] = "es-MX"
    zone: Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_zone)] = "America/Mexico_City"
    theme: Literal["system", "light", "dark"] = "system"
    default_view: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9/_-]{1,80}$")] = "overview"


class Me(Strict):
    """The person who is signed in."""

    id: str
    username: str
    display_name: str
    preferences: Preferences


class SessionState(Strict):
    """Who is signed in, what they may do and how long it lasts. `csrf_token` is null for a token, which needs none."""

    user: Me
    functions: list[str]
    segment: str | None
    csrf_token: str | None
    expires_at: datetime
    idle_expires_at: datetime
    must_change_password: bool


class SignIn(Strict):
    username: Annotated[str, StringConstraints(max_length=256)]
    password: Secret


class Redeem(Strict):
    """A one-time code and the password that the person chooses with it."""

    code: Annotated[SecretStr, Field(max_length=128)]
    new_password: Secret


class PasswordChange(Strict):
    current_password: Secret
    new_password: Secret


class Reauthentication(Strict):
    """The password of whoever is signed in, once more."""

    password: Secret


class Session(Strict):
    """One session; `current` marks the one that asks."""

    id: str
    user_id: str
    username: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    idle_expires_at: datetime
    client_address: str | None
    user_agent: str
    current: bool


class NewToken(Strict):
    """A token for scripts (`personal`) or for a wall (`display`, reading only); never more than its owner holds."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_LENGTH_MAX)]
    kind: Literal["personal", "display"] = "personal"
    functions: Annotated[list[FunctionCode], Field(min_length=1, max_length=FUNCTIONS_MAX)]
    days: Annotated[int, Field(ge=1, le=365)] = 90


class Token(Strict):
    id: str
    name: str
    kind: Literal["personal", "display"]
    functions: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class IssuedToken(Token):
    """A token as it is told, this once."""

    token: str


class User(Strict):
    """One person as an administrator sees them."""

    id: str
    username: str
    display_name: str
    state: UserState
    segment: str | None
    must_change_password: bool
    has_password: bool
    created_at: datetime
    last_signed_in_at: datetime | None


class NewUser(Strict):
    username: Username
    display_name: DisplayName = ""
    segment: Segment | None = None


class UserChange(Strict):
    """What may be changed about a person; what is left out stays."""

    display_name: DisplayName | None = None
    segment: Segment | None = None
    must_change_password: bool | None = None


class OneTimeCode(Strict):
    """Shown once to the administrator, who hands it to the person; they sign in with it and choose a password."""

    user_id: str
    code: str
    expires_at: datetime


class CreatedUser(Strict):
    user: User
    sign_in_code: OneTimeCode


class GroupAssignment(Strict):
    """One group that a person holds."""

    group: str
    name: str
    active: bool
    granted_at: datetime
    granted_by: str | None
    expires_at: datetime | None


class NewGroupAssignments(Strict):
    """Groups to give, all or none."""

    groups: Annotated[list[GroupCode], Field(min_length=1, max_length=10)]
    expires_at: datetime | None = None


class PermissionException(Strict):
    id: str
    function: str
    effect: permissions.Effect
    justification: str
    granted_at: datetime
    granted_by: str | None
    expires_at: datetime


class NewException(Strict):
    """One function more (`grant`) or less (`revoke`) than the groups give, for at most 30 days."""

    function: FunctionCode
    effect: permissions.Effect
    justification: Justification
    expires_at: datetime


class Decision(Strict):
    """Whether one function is held, why, and which groups would give it."""

    function: str
    allowed: bool
    origin: permissions.Origin
    groups: list[str]


class EffectiveFunctions(Strict):
    user_id: str
    functions: list[str]
    decisions: list[Decision]


class Function(Strict):
    code: str
    module: str
    name: str


class Group(Strict):
    code: str
    name: str
    active: bool
    functions: list[str]


class NewGroup(Strict):
    """A group of the installation's own; its code is given to it."""

    name: GroupName
    functions: Annotated[list[FunctionCode], Field(max_length=FUNCTIONS_MAX)] = []


class GroupChange(Strict):
    """What may be changed about a group; what is left out stays."""

    name: GroupName | None = None
    active: bool | None = None
    functions: Annotated[list[FunctionCode], Field(max_length=FUNCTIONS_MAX)] | None = None


class SeparationRuleChange(Strict):
    """What may be changed about a rule; what is left out stays."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)] | None = None
    active: bool | None = None
    side_a: Annotated[list[FunctionCode], Field(min_length=1, max_length=FUNCTIONS_MAX)] | None = None
    side_b: Annotated[list[FunctionCode], Field(min_length=1, max_length=FUNCTIONS_MAX)] | None = None


class SeparationRule(Strict):
    code: str
    name: str
    active: bool
    side_a: list[str]
    side_b: list[str]


class Introspection(Strict):
    """The gateway asks who holds this cookie or bearer token."""

    session_token: Annotated[SecretStr, Field(max_length=512)] | None = None
    bearer_token: Annotated[SecretStr, Field(max_length=512)] | None = None
    background: bool = False
    client_address: str = ""
    user_agent: str = ""


class IntrospectedIdentity(Strict):
    kind: Literal["user", "token", "display"]
    user_id: str
    username: str
    session_id: str | None
    functions: list[str]
    segment: str | None
    must_change_password: bool


class IntrospectionAnswer(Strict):
    active: bool
    reason: str | None
    identity: IntrospectedIdentity | None
    idle_expires_at: datetime | None
    # What a revocation names: the SHA-256 of the secret, and whose it is. Also for what does not count any more.
    key: str | None
    user_id: str | None


class AuditEvent(Strict):
    """One event of the trail. `position` and `hash` are its link in the chain, null until it is sealed (a second)."""

    id: str
    at: datetime
    service: str
    event: str
    actor_id: str | None
    actor: str | None
    target_kind: str | None
    target_id: str | None
    request_id: str | None
    address: str | None
    details: dict[str, Any]
    position: int | None
    hash: str | None


class AuditBreak(Strict):
    """One place where the trail is not what was recorded."""

    kind: BreakKind
    position: int | None
    event_id: str | None
    detail: str


class AuditAnchors(Strict):
    """Heads of the chain that were noted outside the database."""

    count: int
    last_position: int
    last_at: str | None


class AuditVerification(Strict):
    """Whether the links `first` to `last` and the anchors hold; what came after the last anchor can be cut unseen."""

    intact: bool
    complete: bool
    chain: str | None
    head: int
    first: int
    last: int
    breaks: list[AuditBreak]
    anchors: AuditAnchors
    waiting: int
    waiting_since: datetime | None
