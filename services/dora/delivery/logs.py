"""Reads deployments and incidents from the JSON logs of logs_data/, with the standard library only.

A record that cannot be read stops the reading: a log read in part gives numbers that look better than reality.
`services.dora.logs` holds the whole schema; a test keeps what both refuse the same.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.dora.delivery.model import Deployment, Incident

LOG_BYTES_MAX = 10_000_000  # ten thousand deployments; above, a year belongs into a file of its own
TEXT_CHARS_MAX = 200  # an id, a version or the name of a service
SHA = re.compile(r"[0-9a-f]{7,64}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
TIME_LIKE = "2026-03-02T10:00:00-06:00"
ENVIRONMENTS = ("production", "staging", "testing", "development")
DEPLOYMENT_STATUSES = ("success", "failed", "rolled_back")
SEVERITIES = ("critical", "high", "medium", "low")
INCIDENT_STATUSES = ("open", "investigating", "resolved", "closed")
ENDED = frozenset({"resolved", "closed"})


class LogError(Exception):
    """A log cannot be used; the message names the file, the record, the field and the way out."""


@dataclass(frozen=True, slots=True)
class DeploymentLog:
    """The deployments that count, and how many records do not, by reason."""

    deployments: tuple[Deployment, ...]
    left_out: Mapping[str, int]


def logs_of(folder: Path, kind: str) -> list[Path]:
    """The files of one kind, like `deployment_logs.json` and `deployment_logs_2025.json`, in order of name."""
    return sorted([*folder.glob(f"{kind}.json"), *folder.glob(f"{kind}_*.json")])


def read_deployments(files: Sequence[Path], *, environment: str, service: str | None = None) -> DeploymentLog:
    """Every successful deployment of an environment; of one service only when it is named."""
    found: list[Deployment] = []
    left: dict[str, int] = {}
    for record in _records(files, "deployment_id"):
        made = _deployment(record)
        if (why := _why_not(record, environment, service)) is not None:
            left[why] = left.get(why, 0) + 1
        else:
            found.append(made)
    return DeploymentLog(tuple(found), dict(sorted(left.items())))


def read_incidents(files: Sequence[Path], *, service: str | None = None) -> list[Incident]:
    """Every incident; of one service only when it is named. One without services may be anybody's."""
    found = [(record, _incident(record)) for record in _records(files, "incident_id")]
    return [made for record, made in found if service is None or service in record.names("affected_services", service)]


@dataclass(frozen=True, slots=True)
class _Record:
    """One object of a log, which knows where it stands."""

    file: Path
    number: int
    fields: Mapping[str, Any]

    def refuse(self, field: str, sentence: str) -> LogError:
        return LogError(f"{self.file}: record {self.number}: {field}: {sentence}")

    def text(self, field: str) -> str:
        if (value := self.optional(field)) is None:
            raise self.refuse(field, "is missing; every record needs it")
        return value

    def optional(self, field: str) -> str | None:
        value = self.fields.get(field)
        if value is not None and not (isinstance(value, str) and 0 < len(value) <= TEXT_CHARS_MAX):
            raise self.refuse(field, f"must be a text of 1 to {TEXT_CHARS_MAX} characters")
        return value

    def one_of(self, field: str, words: Sequence[str]) -> str:
        if (value := self.text(field)) not in words:
            raise self.refuse(field, f"{value!r} is not known; write one of {', '.join(words)}")
        return value

    def time(self, field: str) -> float | None:
        if (text := self.optional(field)) is None:
            return None
        if (found := instant(text)) is None:
            raise self.refuse(field, f"{text!r} is no time with a zone; write it like {TIME_LIKE}")
        return found.timestamp()

    def moment(self, field: str) -> float:
        if (value := self.time(field)) is None:
            raise self.refuse(field, "is missing; every record needs it")
        return value

    def flag(self, field: str) -> bool | None:
        value = self.fields.get(field)
        if value is not None and not isinstance(value, bool):
            raise self.refuse(field, "must be true or false, without quotes")
        return value

    def names(self, field: str, *otherwise: str) -> Sequence[str]:
        value = self.fields.get(field, [])
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            raise self.refuse(field, 'must be a list of names, like ["gateway"]')
        return value or otherwise


def _records(files: Sequence[Path], key: str) -> Iterator[_Record]:
    seen: dict[str, str] = {}
    for file in files:
        for number, fields in enumerate(load(file), start=1):
            if not isinstance(fields, dict):
                raise LogError(f"{file}: record {number}: must be an object, like {{...}}")
            record = _Record(file, number, fields)
            name = record.text(key)
            if name in seen:
                raise record.refuse(key, f"{name!r} stands in {seen[name]} already; give each record its own")
            seen[name] = f"{file.name}, record {number},"
            yield record


def load(file: Path) -> list[Any]:
    """The records of a log as JSON. LogError when it is no list, too large, or cannot be read."""
    try:
        if file.stat().st_size > LOG_BYTES_MAX:
            raise LogError(
                f"{file}: is larger than {LOG_BYTES_MAX} bytes; move older years to {file.stem}_YEAR.json beside it"
            )
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise LogError(f"{file}: cannot be read ({error.strerror}); give the path of a log") from error
    except (ValueError, RecursionError) as error:
        raise LogError(f"{file}: is not JSON ({error}); an empty log is []") from error
    if not isinstance(found, list):
        raise LogError(f"{file}: must be a list of records; an empty log is []")
    return found


def instant(text: str) -> datetime | None:
    """A time with its zone, in UTC; None when the text is none."""
    if not TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _deployment(record: _Record) -> Deployment:
    sha, version, at = record.optional("commit_sha"), record.optional("version"), record.moment("timestamp")
    if sha is None and version is None:
        raise record.refuse("commit_sha", "is missing and version is, too; a deployment needs one of them")
    if sha is not None and not SHA.fullmatch(sha):
        raise record.refuse("commit_sha", "must be 7 to 64 hexadecimal digits in lower case")
    status, rolled_back_at = record.one_of("status", DEPLOYMENT_STATUSES), record.time("rolled_back_at")
    if (status == "rolled_back") != (rolled_back_at is not None):
        raise record.refuse("rolled_back_at", "stands exactly where status is rolled_back: when the service was well")
    if rolled_back_at is not None and rolled_back_at < at:
        raise record.refuse("rolled_back_at", "lies before timestamp; exchange them or correct one")
    return Deployment(
        id=record.text("deployment_id"),
        at=at,
        environment=record.one_of("environment", ENVIRONMENTS),
        shas=() if sha is None else (sha,),
        version=version,
        planned=record.flag("planned"),
        fixes=record.optional("fixes"),
        rolled_back_at=rolled_back_at,
    )


def _why_not(record: _Record, environment: str, service: str | None) -> str | None:
    services = record.names("services", *([] if service is None else [service]))
    if record.fields["environment"] != environment:
        return "another_environment"
    if service is not None and service not in services:
        return "another_service"
    return "failed_before_production" if record.fields["status"] == "failed" else None


def _incident(record: _Record) -> Incident:
    record.moment("timestamp")
    detected_at, resolved_at = record.moment("detected_at"), record.time("resolved_at")
    ended = record.one_of("status", INCIDENT_STATUSES) in ENDED
    if ended != (resolved_at is not None):
        raise record.refuse("resolved_at", "stands exactly where status is resolved or closed")
    if resolved_at is not None and resolved_at < detected_at:
        raise record.refuse("resolved_at", "lies before detected_at; exchange them or correct one")
    record.names("affected_services")
    return Incident(
        id=record.text("incident_id"),
        detected_at=detected_at,
        service=None,
        resolved_at=resolved_at,
        caused_by=record.optional("caused_by"),
        severity=record.one_of("severity", SEVERITIES),
    )
