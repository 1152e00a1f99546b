"""What a delivery tells once it is understood, and the rules by which names are understood. Frozen, pure."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from typing import Final, TypeAlias

from services.dora.delivery.model import Rules
from services.dora.events import Deployment, Incident, PullRequest
from services.dora.models import Environment
from services.dora.webhooks.fields import NotUnderstoodError

Fact: TypeAlias = Deployment | Incident | PullRequest

# Names of environments as they are met; a number, a region or a slot may follow.
ENVIRONMENTS: Final[tuple[tuple[re.Pattern[str], Environment], ...]] = (
    (re.compile(r"^(non-?prod|pre-?prod|staging|stage|stg|uat|acceptance|canary-test)"), "staging"),
    (re.compile(r"^(production|produccion|prod|prd|live)(?![a-z])"), "production"),
    (re.compile(r"^(testing|test|tst|qa|integration|ci)(?![a-z])"), "testing"),
    (re.compile(r"^(development|develop|dev|review|preview|sandbox|local)(?![a-z])"), "development"),
)
NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9._/-]+")
NAME_CHARS_MAX: Final = 100
DIGEST_CHARS: Final = 12
NAMES_REMEMBERED: Final = 1_000  # an organisation has that many services; each delivery names one
READERS: Final = 2  # one more whenever a reader keeps more of a delivery: what is stored is then read again
CAUSE: Final = re.compile(r"(?:caused[ -]by|root[ -]cause)\s*:?\s*`?([A-Za-z0-9][\w./+-]{0,99})", re.IGNORECASE)


class IrrelevantError(Exception):
    """A delivery is understood and says nothing about deployments or incidents; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The rules by which names are read: globs on deployment jobs and labels of incidents, all in lower case."""

    deploy_jobs: tuple[str, ...] = Rules().deploy_jobs
    incident_labels: tuple[str, ...] = Rules().incident_labels

    @classmethod
    def of(cls, rules: Rules) -> "Reading":
        return cls(deploy_jobs=rules.deploy_jobs, incident_labels=rules.incident_labels)

    @cached_property
    def version(self) -> str:
        """A digest of the globs and of what readers keep: under one version the same deliveries are read the same."""
        plain = json.dumps([READERS, self.deploy_jobs, self.incident_labels])
        return hashlib.sha256(plain.encode()).hexdigest()[:DIGEST_CHARS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One accepted delivery: what was sent, and when it came."""

    headers: dict[str, str]
    body: dict[str, object]
    kind: str
    received_at: datetime
    reading: Reading


def environment_of(name: str | None) -> Environment:
    """Which of the four environments a name means; IrrelevantError for one that means none."""
    if name is None:
        raise NotUnderstoodError("the environment is missing")
    if (found := _environment(name)) is None:
        raise IrrelevantError(
            f"the environment {name[:80]!r} is neither production nor staging, testing or development"
        )
    return found


@lru_cache(maxsize=NAMES_REMEMBERED)
def _environment(name: str) -> Environment | None:
    lower = name.lower()
    return next((environment for pattern, environment in ENVIRONMENTS if pattern.match(lower)), None)


@lru_cache(maxsize=NAMES_REMEMBERED)
def service_of(name: str) -> str:
    """A name that may label rows: other characters become dashes."""
    plain = NOT_IN_NAMES.sub("-", name).lstrip("._/-")[:NAME_CHARS_MAX]
    return plain or "unnamed"


def is_like(name: str, globs: tuple[str, ...]) -> bool:
    """Whether a name, in any case, fits one of the globs."""
    return any(fnmatchcase(name.lower(), glob) for glob in globs)


def cause_in(text: str) -> str | None:
    """The commit, version or deployment that a description names as the cause (`caused by: …`, `root cause: …`)."""
    found = CAUSE.search(text)
    return None if found is None else found[1].rstrip(".")
