"""Rules of evidence as a file that an operator edits: JSON with a version and what it changes of the defaults.

What a file says is part of what a number was made from, so `Rules.version` carries the file's own version and a digest
of its content: a change that nobody gave a new version still shows.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from services.dora.delivery.model import DAY_S, HOUR_S, Rules

BYTES_MAX: Final = 64 * 1024  # hundreds of patterns
VERSION_CHARS_MAX: Final = 60
GLOBS_MAX: Final = 100  # each is tried on every version or author
GLOB_CHARS_MAX: Final = 200  # as long as any version
COMMITS_MAX: Final = 10_000_000  # more than any repository has
DIGEST_CHARS: Final = 8


class RulesError(ValueError):
    """A file of rules cannot be used; the text names the field and the way out."""


def read_rules(file: Path) -> Rules:
    """The rules of a file. RulesError when it cannot be read or says something that no rule can be."""
    try:
        with file.open("rb") as content:
            raw = content.read(BYTES_MAX + 1)
    except OSError as error:
        raise RulesError(f"{file}: {error.strerror}") from error
    try:
        return rules_from(raw)
    except RulesError as error:
        raise RulesError(f"{file}: {error}") from error


def rules_from(raw: bytes) -> Rules:
    """The rules that a JSON document says. RulesError names the field that cannot be."""
    if len(raw) > BYTES_MAX:
        raise RulesError(f"has more than {BYTES_MAX} bytes")
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise RulesError("is not JSON") from error
    if not isinstance(found, dict):
        raise RulesError('is not an object; write one like {"version": "2026-03", "incident_window_s": 86400}')
    if unknown := sorted(set(found) - set(FIELDS) - {"version"}):
        raise RulesError(f"{unknown[0][:60]}: there is no such rule; there are version, {', '.join(FIELDS)}")
    version = found.get("version")
    if not isinstance(version, str) or not 0 < len(version) <= VERSION_CHARS_MAX or not version.isprintable():
        raise RulesError(f"version: write a text of 1 to {VERSION_CHARS_MAX} characters, another one with each change")
    chosen = {name: FIELDS[name](name, value) for name, value in found.items() if name != "version"}
    return Rules(version=f"{version}+{_digest(chosen)}", **chosen)


def _digest(chosen: Mapping[str, Any]) -> str:
    plain = json.dumps(chosen, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()[:DIGEST_CHARS]


def _seconds(most: float, *, off: bool) -> Callable[[str, Any], float | None]:
    def read(name: str, value: Any) -> float | None:
        if value is None and off:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            raise RulesError(f"{name}: write seconds from 0 to {most:.0f}{', or null for never' if off else ''}")
        return float(value)

    return read


def _commits(name: str, value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= COMMITS_MAX:
        raise RulesError(f"{name}: write a number of commits from 1 to {COMMITS_MAX}, or null for any")
    return value


def _globs(name: str, value: Any) -> tuple[str, ...]:
    whole = isinstance(value, list) and len(value) <= GLOBS_MAX
    if not whole or not all(isinstance(each, str) and 0 < len(each) <= GLOB_CHARS_MAX for each in value):
        raise RulesError(
            f"{name}: write a list of at most {GLOBS_MAX} patterns of 1 to {GLOB_CHARS_MAX} characters, "
            'like ["*hotfix*"]; an empty list for none'
        )
    return tuple(value)


def _names(name: str, value: Any) -> tuple[str, ...]:
    """Patterns of names that are compared in lower case."""
    return tuple(each.lower() for each in _globs(name, value))


FIELDS: Final[dict[str, Callable[[str, Any], Any]]] = {
    "gap_s": _seconds(10 * 366 * DAY_S, off=True),
    "gap_commits_max": _commits,
    "judge_after_s": _seconds(366 * DAY_S, off=False),
    "remediation_versions": _globs,
    "remediation_labels": _names,
    "remediation_branches": _names,
    "incident_window_s": _seconds(31 * 24 * HOUR_S, off=True),
    "bots": _globs,
    "deploy_jobs": _names,
    "incident_labels": _names,
}
