"""Tags as deployments: which ones count, to which family they belong, and when they were deployed. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from services.dora.delivery.model import Deployment, History, Tag, TimeQuality

PRE_RELEASE = re.compile(r"(?:^|[-._\d])(?:alpha|beta|rc|pre|preview|dev|snapshot)(?:[-._]?\d+)*$", re.IGNORECASE)
NAMED_TIME = re.compile(
    r"(20\d\d)-?([01]\d)-?([0-3]\d)(?:[-T_.]?([0-2]\d)[-:h_.]?([0-5]\d)(?:[-:_.]?([0-5]\d))?)?(?!\d)"
)
DIGITS = re.compile(r"\d+(?:[._]\d+)*")


def family(name: str) -> str:
    """The name without its numbers: `v1.2.3` and `v10.0` are one family, `release_11` another."""
    return DIGITS.sub("#", name)


def families(tags: Sequence[Tag]) -> dict[str, int]:
    """How many tags each family has, largest first."""
    return dict(Counter(family(tag.name) for tag in tags).most_common())


def select(history: History, globs: Sequence[str], *, service: str = "service") -> list[Deployment]:
    """A production deployment per tag that fits one of the globs; pre-releases only where a glob names them."""
    return [
        _deployment(history, tag, service)
        for tag in history.tags
        if any(fnmatchcase(tag.name, glob) and (not PRE_RELEASE.search(tag.name) or _names_it(glob)) for glob in globs)
    ]


def _names_it(glob: str) -> bool:
    return bool(PRE_RELEASE.search(glob.rstrip("*?.-_")))


def _deployment(history: History, tag: Tag, service: str) -> Deployment:
    at, quality = dated(history, tag)
    return Deployment(
        id=f"tag:{tag.name}", at=at, service=service, shas=(tag.sha,), version=tag.name, time_quality=quality
    )


def dated(history: History, tag: Tag) -> tuple[float, TimeQuality]:
    """When the tag was made: its tagger's date, else a time in its name, else only its commit's date."""
    if tag.tagger_s is not None:
        return tag.tagger_s, "tagger"
    named = named_time(tag.name)
    commit = history.commits.get(tag.sha)
    if named is not None:
        return named, "name"
    return (commit.commit_s if commit else 0), "commit"


def named_time(name: str) -> float | None:
    """The UTC time in a name that holds one with hours and minutes, like `release-20240305-1412`."""
    found = NAMED_TIME.search(name)
    if found is None or found[4] is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None
