"""Deliveries from the field and how their senders sign them. The bodies lie beside the project, not in it."""

import base64
import hashlib
import hmac
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("IACT_TEST_DATA", ROOT / "../shared/data")) / "webhooks"
SECRET = b"a-secret-of-the-sender"


def sample(name: str) -> bytes:
    """The body of one delivery; skips the test where the samples are not there."""
    path = DATA / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"the sample {path} is not there; set IACT_TEST_DATA")
    return path.read_bytes()


def hexadecimal(body: bytes, secret: bytes = SECRET) -> str:
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def github(event: str, body: bytes, *, delivery: str = "72d3162e-cc78-11e3-81ab-4c9367dc0958") -> dict[str, str]:
    """What GitHub sends with a body."""
    return {
        "content-type": "application/json",
        "user-agent": "GitHub-Hookshot/044aadd",
        "x-github-event": event,
        "x-github-delivery": delivery,
        "x-github-hook-id": "292430182",
        "x-hub-signature": "sha1=0000000000000000000000000000000000000000",
        "x-hub-signature-256": f"sha256={hexadecimal(body)}",
    }


def gitea(event: str, body: bytes, *, delivery: str = "f6266f16-1bf3-46a5-9ea4-602e06ead473") -> dict[str, str]:
    """What Gitea sends: its own headers, and those of GitHub and Gogs beside them."""
    copies = {f"x-{name}-{what}": value for name in ("github", "gogs") for what, value in (("event", event),)}
    return {
        "content-type": "application/json",
        **copies,
        "x-github-delivery": delivery,
        "x-gitea-event": event,
        "x-gitea-event-type": event,
        "x-gitea-delivery": delivery,
        "x-gitea-signature": hexadecimal(body),
        "x-hub-signature-256": f"sha256={hexadecimal(body)}",
    }


def forgejo(event: str, body: bytes, *, delivery: str = "0b2c36c1-5b1b-4f6e-9a2b-1a2b3c4d5e6f") -> dict[str, str]:
    """What Forgejo sends: all that Gitea sends, and its own."""
    return gitea(event, body, delivery=delivery) | {
        "x-forgejo-event": event,
        "x-forgejo-event-type": event,
        "x-forgejo-delivery": delivery,
        "x-forgejo-signature": hexadecimal(body),
    }


def gitlab(event: str, *, key: str = "9a9f5a5c-0001") -> dict[str, str]:
    """What GitLab sends with a plain token."""
    return {
        "content-type": "application/json",
        "x-gitlab-event": event,
        "x-gitlab-event-uuid": "13792a34-cac6-4fda-95a8-c58e00a3954e",
        "x-gitlab-token": SECRET.decode(),
        "idempotency-key": key,
    }


def gitlab_signed(event: str, body: bytes, *, at: int, name: str = "msg-1", key: bytes = SECRET) -> dict[str, str]:
    """What a newer GitLab sends: Standard Webhooks. `key` is what the secret holds behind `whsec_`."""
    signed = hmac.new(key, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
    plain = {header: value for header, value in gitlab(event).items() if header != "x-gitlab-token"}
    return plain | {
        "webhook-id": name,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def bearer(secret: bytes = SECRET, **more: str) -> dict[str, str]:
    """What a sender that cannot sign sends."""
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return {"content-type": "application/json", "authorization": f"Bearer {secret.decode()}", **named}
