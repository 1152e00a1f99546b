"""ETags from the data version: the same question over the same data needs no second answer. Pure."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

# Moved by hand when the shape of an answer changes, so that nobody keeps an old one.
ANSWER_VERSION = 3


def etag(*parts: Any) -> str:
    """A weak tag: two answers to the same question differ in elapsed_s."""
    text = json.dumps([ANSWER_VERSION, *parts], sort_keys=True, default=str, ensure_ascii=True)
    return f'W/"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def matches(if_none_match: str | None, current: str) -> bool:
    """Whether the client's `If-None-Match` names the current tag; compared weakly, as RFC 9110 asks."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or _opaque(current) in set(_opaque_tags(if_none_match))


def _opaque_tags(header: str) -> Iterable[str]:
    return (_opaque(part.strip()) for part in header.split(","))


def _opaque(tag: str) -> str:
    return tag.removeprefix("W/")
