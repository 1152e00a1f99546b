"""Who sent a delivery, which event it is and what names it, from its headers. Pure.

Forgejo sends Gitea's and GitHub's headers too, and Gitea sends GitHub's: the most particular name decides.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias, get_args

from services.dora.webhooks.fields import dig, items, text

Provider: TypeAlias = Literal["github", "gitlab", "gitea", "forgejo", "jenkins", "cdevents", "alertmanager"]
PROVIDERS: Final[tuple[Provider, ...]] = get_args(Provider)
Headers: TypeAlias = Mapping[str, str]

# In the order in which they are looked for.
MARKS: Final[tuple[tuple[str, Provider], ...]] = (
    ("x-forgejo-event", "forgejo"),
    ("x-gitea-event", "gitea"),
    ("x-gitlab-event", "gitlab"),
    ("x-github-event", "github"),
    ("ce-specversion", "cdevents"),
)
# Headers that say what a delivery is. Secrets and signatures are not among them: they are never kept.
KEPT: Final = re.compile(
    r"^(content-type|ce-[a-z]{1,20}|idempotency-key|webhook-id|x-gitlab-(event|event-uuid|webhook-uuid|instance)"
    r"|x-(github|gitea|forgejo)-(event|event-type|delivery|hook-id))$"
)
HEADER_CHARS_MAX = 300  # a source of CloudEvents is an address
KEY_CHARS_MAX = 200  # longer names are told apart by their digest
NOT_A_KIND = re.compile(r"[^a-z0-9_.-]+")
DIGEST_CHARS = 32
NAMES_REMEMBERED = 256  # senders use a few dozen, again and again


def sender_of(headers: Headers) -> Provider | None:
    """The program whose headers these are; None when they name none."""
    for name, provider in MARKS:  # each delivery asks, and a generator costs three times as much
        if headers.get(name):
            return provider
    return None


def kept_of(headers: Headers) -> dict[str, str]:
    """What is stored of the headers, whose names are in lower case: all that reading a delivery again needs."""
    return {name: headers[name].replace("\0", "")[:HEADER_CHARS_MAX] for name in sorted(filter(is_kept, headers))}


@lru_cache(maxsize=NAMES_REMEMBERED)
def is_kept(name: str) -> bool:
    """Whether a header, its name in lower case, is stored."""
    return KEPT.match(name) is not None


def kind_of(provider: Provider, headers: Headers, body: Any) -> str:
    """The event's name in the form in which it is stored."""
    name: str | None
    match provider:
        case "github" | "gitea" | "forgejo":
            name = headers.get(f"x-{provider}-event")
        case "gitlab":
            name = headers.get("x-gitlab-event") or text(body, "object_kind")
        case "jenkins":
            name = text(body, "build.phase")
        case "cdevents":
            name = headers.get("ce-type") or text(body, "type") or text(body, "context.type")
        case "alertmanager":
            name = text(body, "status")
    return plain_kind(name or "")


@lru_cache(maxsize=NAMES_REMEMBERED)
def plain_kind(name: str) -> str:
    """A name of an event with only the characters that stored ones have."""
    plain = NOT_A_KIND.sub("_", name.lower()).lstrip("_.-0123456789")
    return plain[:60] or "unknown"


def key_of(provider: Provider, headers: Headers, body: Any, raw: bytes) -> str:
    """What names a delivery, the same for a repetition of it; without a name of the sender, the digest of its body."""
    named: str | None
    match provider:
        case "github":
            named = headers.get("x-github-delivery")
        case "gitea":
            named = headers.get("x-gitea-delivery")
        case "forgejo":
            named = headers.get("x-forgejo-delivery") or headers.get("x-gitea-delivery")
        case "gitlab":
            named = headers.get("idempotency-key") or headers.get("webhook-id")
        case "jenkins":
            named = _joined(text(body, "url") or text(body, "name"), body, "build.number", "build.phase")
        case "cdevents":
            named = _cloud_event(headers, body)
        case "alertmanager":
            named = _alerts(body)
    if not named:
        return f"sha256:{hashlib.sha256(raw).hexdigest()[:DIGEST_CHARS]}"
    plain = named.replace("\0", "").strip()
    return plain if 0 < len(plain) <= KEY_CHARS_MAX else f"sha256:{_digest(plain)}"


def named_by_headers(provider: Provider, headers: Headers) -> bool:
    """Whether kind and key of a delivery stand in its headers alone, so that its body need not be read for them."""
    return provider in {"github", "gitea", "forgejo"} or bool(provider == "gitlab" and headers.get("x-gitlab-event"))


def _joined(first: str | None, body: Any, *paths: str) -> str | None:
    parts = [first, *(text(body, path) for path in paths)]
    return None if None in parts else " ".join(part or "" for part in parts)


def _cloud_event(headers: Headers, body: Any) -> str | None:
    """(source, id) of the envelope, which is what CloudEvents calls one event."""
    places = (
        (headers.get("ce-source"), headers.get("ce-id")),
        (text(body, "source"), text(body, "id")),
        (text(body, "context.source"), text(body, "context.id")),
    )
    return next((f"{source} {name}" for source, name in places if source and name), None)


def _alerts(body: Any) -> str | None:
    """A group in one state: told again every few hours while nothing changes."""
    alerts = [
        (str(dig(each, "labels")), text(each, "startsAt"), text(each, "endsAt"), text(each, "status"))
        for each in items(body, "alerts")
    ]
    return f"sha256:{_digest(repr((text(body, 'groupKey'), text(body, 'status'), alerts)))}" if alerts else None


def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()[:DIGEST_CHARS]
