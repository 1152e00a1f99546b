"""Fields of a body that anybody may have sent: every value is looked at before it is believed. Pure."""

import json
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

TEXT_CHARS_MAX = 200  # as long as any other name
LONG_TEXT_CHARS_MAX = 20_000  # descriptions, which are searched for a cause and not kept
NAMES_MAX = 100  # labels of one thing; the forges allow as many
YEARS = range(2000, 2200)  # what lies outside is a clock that was never set
MILLISECONDS_FROM = 10**11  # as seconds this would be the year 5138
PATHS_MAX = 1_000  # the paths that readers ask for are in their source: about a hundred
TEXTUAL = (str, int)  # a number stands for its digits
SHA = re.compile(r"^[0-9a-f]{7,64}$")
NOTHING_SHA = re.compile(r"^0+$")  # a branch or tag that is gone
ZONE_NAMES = re.compile(r" (?:UTC|Z)$")
ZONE_SPACE = re.compile(r" ([+-]\d\d):?(\d\d)$")


class NotUnderstoodError(ValueError):
    """A delivery lacks a field or has another shape than its sender documents; the text says which."""


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; NotUnderstoodError for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotUnderstoodError("the body is not JSON; choose application/json as the content type") from error
    if not isinstance(found, dict):
        raise NotUnderstoodError("the body is not a JSON object")
    return found


def dig(value: Any, path: str) -> Any:
    """What stands below a dotted path; None where the path ends early."""
    for name in _names(path):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


@lru_cache(maxsize=PATHS_MAX)
def _names(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def text(value: Any, path: str) -> str | None:
    """A short text or number as text, without what a database or a page could choke on; None when there is none."""
    return clean(dig(value, path), TEXT_CHARS_MAX)


def long_text(value: Any, path: str) -> str:
    """A description, cut; empty when there is none."""
    return clean(dig(value, path), LONG_TEXT_CHARS_MAX) or ""


def clean(found: Any, chars_max: int) -> str | None:
    if isinstance(found, bool) or not isinstance(found, TEXTUAL):
        return None
    plain = str(found)
    if not plain.isascii():  # a lone surrogate, which JSON may hold and nobody can write
        plain = plain.encode("utf-8", "replace").decode("utf-8")
    return plain.replace("\0", "").strip()[:chars_max] or None


def need(value: Any, path: str) -> str:
    """A text that has to be there; NotUnderstoodError names it."""
    found = text(value, path)
    if found is None:
        raise NotUnderstoodError(f"{path} is missing")
    return found


def flag(value: Any, path: str) -> bool:
    """True only where the sender says true."""
    return dig(value, path) is True


def items(value: Any, path: str) -> Sequence[Any]:
    """A list; empty when there is none."""
    found = dig(value, path)
    return found if isinstance(found, list) else ()


def names(value: Any, path: str, name: str) -> tuple[str, ...]:
    """The names in a list of objects, each once, at most NAMES_MAX."""
    found = (text(each, name) for each in items(value, path))
    return tuple(dict.fromkeys(each for each in found if each is not None))[:NAMES_MAX]


def sha(value: Any, path: str) -> str | None:
    """A commit; None when there is none, or only the zeros that say so."""
    return commit(text(value, path))


def commit(found: str | None) -> str | None:
    lower = (found or "").lower()
    return lower if SHA.match(lower) and not NOTHING_SHA.match(lower) else None


def time(value: Any, path: str) -> datetime | None:
    """A moment in UTC from any of the forms that senders use; None when there is none, or none that can be."""
    return moment(dig(value, path))


def moment(found: Any) -> datetime | None:
    if isinstance(found, bool):
        return None
    if isinstance(found, int | float):
        return _counted(found)
    if not isinstance(found, str) or len(found) > TEXT_CHARS_MAX:
        return None
    told = _written(found.strip())
    if told is None or told.year not in YEARS or told.tzinfo is None:
        return None
    return told.astimezone(UTC)


def _written(found: str) -> datetime | None:
    """ISO 8601, which nearly all write, or one of the ways in which GitLab writes the zone."""
    try:
        return datetime.fromisoformat(found)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(ZONE_SPACE.sub(r"\1:\2", ZONE_NAMES.sub("+00:00", found)))
    except ValueError:
        return None


def _counted(found: float) -> datetime | None:
    """Seconds or milliseconds since 1970."""
    if not math.isfinite(found) or found <= 0:
        return None
    seconds = found / 1000 if found >= MILLISECONDS_FROM else found
    if seconds >= MILLISECONDS_FROM:
        return None
    told = datetime.fromtimestamp(min(seconds, 8e9), UTC)
    return told if told.year in YEARS else None
