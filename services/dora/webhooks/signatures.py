"""Whether the sender of a delivery knows the secret: over the raw bytes, before anything is read, in constant time.

Pure but for `Secrets`, which reads files. A secret that is not set refuses: Gitea sends its signature headers empty
when it has none, and an empty secret would accept them.
"""

import base64
import binascii
import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services.dora.webhooks.senders import Headers, Provider
from shared.errors import Forbidden, Unauthorized

SECRET_CHARS_MIN = 16  # a shorter one can be guessed at the gateway's rate within months
SECRETS_MAX = 4  # the old one and the new one while senders change over, twice
SIGNED_AGE_S_MAX = 300  # Standard Webhooks: an older signature is a recording
SIGNATURES_MAX = 8  # of one delivery, one for each secret that the sender knows
STANDARD_PREFIX = "whsec_"


class SecretNotSet(Forbidden):
    """No secret is set for this sender, so nothing can be accepted from it."""


class WrongSignature(Unauthorized):
    """The signature or secret of this delivery is missing or wrong; both sides need the same secret."""


class TooOld(Unauthorized):
    """This delivery was signed more than five minutes ago; look at the clocks of both machines."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of the senders: a file each, a secret a line, so that one can be changed without a gap."""

    folder: Path
    read: dict[Provider, tuple[tuple[int, int], tuple[bytes, ...]]] = field(default_factory=dict, repr=False)

    def of(self, provider: Provider) -> tuple[bytes, ...]:
        """The secrets of one sender; SecretNotSet with the way out when there is none that is long enough."""
        name = f"webhook_secret_{provider}"
        if not (found := self._lines(provider, f"{self.folder}/{name}")):
            raise SecretNotSet(
                f"No secret is set for {provider}: write one of at least {SECRET_CHARS_MIN} characters into the file "
                f"{name} in the folder of secrets, and the same into the sender."
            )
        return found

    def _lines(self, provider: Provider, file: str) -> tuple[bytes, ...]:
        """The long enough lines of a file, read again when it changed."""
        try:
            status = os.stat(file)  # noqa: PTH116 - each delivery asks, and a Path costs three times as much
            stamp = (status.st_mtime_ns, status.st_size)
            if provider not in self.read or self.read[provider][0] != stamp:
                lines = Path(file).read_bytes().split()[:SECRETS_MAX]
                self.read[provider] = (stamp, tuple(line for line in lines if len(line) >= SECRET_CHARS_MIN))
        except OSError:
            return ()
        return self.read[provider][1]


def verify(provider: Provider, headers: Headers, body: bytes, secrets: Sequence[bytes], *, now_s: float) -> None:
    """WrongSignature or TooOld unless this delivery shows one of the secrets."""
    if not secrets:
        raise SecretNotSet
    match provider:
        case "github":
            right = _signed(headers.get("x-hub-signature-256", "").removeprefix("sha256="), body, secrets)
        case "gitea":
            right = _signed(headers.get("x-gitea-signature", ""), body, secrets)
        case "forgejo":
            told = headers.get("x-forgejo-signature") or headers.get("x-gitea-signature", "")
            right = _signed(told, body, secrets)
        case "gitlab":
            right = _gitlab(headers, body, secrets, now_s)
        case "jenkins" | "cdevents" | "alertmanager":
            right = _shown(_bearer(headers), secrets)
    if not right:
        raise WrongSignature


def _signed(told: str, body: bytes, secrets: Sequence[bytes]) -> bool:
    """Hexadecimal HMAC-SHA256 of the body."""
    given = told.strip().lower().encode("utf-8", "replace")
    return any(hmac.compare_digest(given, hmac.digest(each, body, "sha256").hex().encode()) for each in secrets)


def _gitlab(headers: Headers, body: bytes, secrets: Sequence[bytes], now_s: float) -> bool:
    """Its newer signature where it sends one, else the plain token: a wrong signature is not saved by a token."""
    if "webhook-signature" in headers:
        return _standard(headers, body, secrets, now_s)
    return _shown(headers.get("x-gitlab-token", ""), secrets)


def _standard(headers: Mapping[str, str], body: bytes, secrets: Sequence[bytes], now_s: float) -> bool:
    """Standard Webhooks: `v1,<base64>` over `id.timestamp.body`."""
    name, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    signed = b".".join((name.encode("utf-8", "replace"), at.encode("utf-8", "replace"), body))
    given = [
        word.removeprefix("v1,").encode("utf-8", "replace")
        for word in headers["webhook-signature"].split(" ")[:SIGNATURES_MAX]
        if word.startswith("v1,")
    ]
    known = [base64.b64encode(hmac.digest(_key(each), signed, "sha256")) for each in secrets]
    if not any(hmac.compare_digest(one, other) for one in given for other in known):
        return False
    if not at.isascii() or not at.isdigit() or abs(now_s - int(at[:15])) > SIGNED_AGE_S_MAX:
        raise TooOld
    return True


def _key(secret: bytes) -> bytes:
    """The bytes behind `whsec_` and base64; another secret is its own key."""
    prefix = STANDARD_PREFIX.encode()
    if not secret.startswith(prefix):
        return secret
    try:
        return base64.b64decode(secret.removeprefix(prefix), validate=True)
    except binascii.Error:
        return secret


def _bearer(headers: Headers) -> str:
    """The secret of an Authorization header: a bearer token, or the password of Basic."""
    kind, _, shown = headers.get("authorization", "").partition(" ")
    match kind.lower():
        case "bearer":
            return shown.strip()
        case "basic":
            try:
                return base64.b64decode(shown.strip(), validate=True).decode("utf-8", "replace").partition(":")[2]
            except (binascii.Error, ValueError):
                return ""
        case _:
            return ""


def _shown(secret: str, secrets: Sequence[bytes]) -> bool:
    given = secret.encode("utf-8", "replace")
    return any(hmac.compare_digest(given, each) for each in secrets)
