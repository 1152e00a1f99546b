"""Who is calling: a short-lived signed statement that the gateway adds and every service checks.

Ed25519: a service can check an identity, not make one. Reaching a service's port is not enough to be served.
"""

import base64
import hashlib
import hmac
import json
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from fastapi import Depends, Request

from shared.errors import Forbidden, Unauthorized
from shared.settings import MissingSetting, read_secret

HEADER = "X-IACT-Identity"
ISSUER = "iact-gateway"
LIFETIME_S = 60  # long enough for a slow request to reach its service, short enough to be worthless when stolen
CLOCK_SKEW_S = 5  # processes of one machine, or of machines with NTP
SIGNING_KEY_FILE = "identity_signing_key.pem"
PUBLIC_KEYS_FILE = "identity_public_keys.json"

Kind = Literal["user", "token", "display", "anonymous", "gateway", "operator"]


@dataclass(frozen=True, slots=True)
class Identity:
    """The caller as the gateway knows it. `segment` limits what data a person sees; None is all of it."""

    kind: Kind
    user_id: str | None = None
    username: str | None = None
    session_id: str | None = None
    functions: frozenset[str] = frozenset()
    segment: str | None = None
    must_change_password: bool = False


ANONYMOUS = Identity(kind="anonymous")


class InvalidIdentity(Unauthorized):
    """The request does not carry a valid identity; services are reached through the gateway."""


class MustChangePassword(Forbidden):
    """Change your password first (PUT /api/v1/users/me/password)."""


class FunctionNeeded(Forbidden):
    """This needs a function that you do not hold; whoever administers permissions can give it to you."""


@dataclass(frozen=True)
class Signer:
    """Makes identities; only the gateway and the operator's command line hold the private key."""

    key: Ed25519PrivateKey
    key_id: str

    @classmethod
    def load(cls, secrets_dir: Path) -> Self:
        pem = read_secret(secrets_dir / SIGNING_KEY_FILE).encode()
        key = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise MissingSetting(f"{secrets_dir / SIGNING_KEY_FILE} is not an Ed25519 private key")
        return cls(key, key_id(key.public_key()))

    def sign(self, identity: Identity, audience: str) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "iat": now,
            "exp": now + LIFETIME_S,
            "kind": identity.kind,
            "sub": identity.user_id or "",
            "name": identity.username,
            "sid": identity.session_id,
            "fn": sorted(identity.functions),
            "seg": identity.segment,
            "mcp": identity.must_change_password,
        }
        return jwt.encode(claims, self.key, algorithm="EdDSA", headers={"kid": self.key_id})


@dataclass(frozen=True)
class Verifier:
    """Checks identities for one service. Several public keys at once make key rotation possible."""

    keys: dict[str, Ed25519PublicKey]
    audience: str

    @classmethod
    def load(cls, secrets_dir: Path, audience: str) -> Self:
        document = json.loads(read_secret(secrets_dir / PUBLIC_KEYS_FILE))
        keys = {entry["kid"]: _from_jwk(entry) for entry in document["keys"]}
        return cls(keys, audience)

    def verify(self, token: str) -> Identity:
        """The identity in `token`; InvalidIdentity when it is missing, forged, expired or for another service."""
        try:
            key = self.keys[jwt.get_unverified_header(token)["kid"]]
            claims = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                audience=self.audience,
                issuer=ISSUER,
                leeway=CLOCK_SKEW_S,
                options={"require": ["exp", "iat", "aud", "iss"]},
            )
        except (jwt.InvalidTokenError, KeyError) as error:
            raise InvalidIdentity from error
        return Identity(
            kind=claims["kind"],
            user_id=claims["sub"] or None,
            username=claims.get("name"),
            session_id=claims.get("sid"),
            functions=frozenset(claims["fn"]),
            segment=claims.get("seg"),
            must_change_password=bool(claims["mcp"]),
        )


class LazyVerifier:
    """Loads the public keys on first use and again when the file changes, so a service imports without secrets."""

    def __init__(self, secrets_dir: Path, audience: str) -> None:
        self._path = secrets_dir / PUBLIC_KEYS_FILE
        self._audience = audience
        self._stamp: int | None = None

    @cached_property
    def _holder(self) -> list[Verifier]:
        return []

    def verify(self, token: str) -> Identity:
        stamp = self._path.stat().st_mtime_ns if self._path.exists() else None
        if not self._holder or stamp != self._stamp:
            self._holder[:] = [Verifier.load(self._path.parent, self._audience)]
            self._stamp = stamp
        return self._holder[0].verify(token)


async def any_identity(request: Request) -> Identity:
    """The signed caller, anonymous allowed: for sign-in and webhooks."""
    token = request.headers.get(HEADER)
    if token is None:
        raise InvalidIdentity
    verifier: LazyVerifier = request.app.state.verifier
    return verifier.verify(token)


async def signed_in_unrestricted(identity: Annotated[Identity, Depends(any_identity)]) -> Identity:
    """Somebody who is signed in, even one who must change the password first."""
    if identity.kind in {"anonymous", "gateway"}:
        raise Unauthorized
    return identity


async def signed_in(identity: Annotated[Identity, Depends(signed_in_unrestricted)]) -> Identity:
    """Somebody who is signed in and whose password is their own."""
    if identity.must_change_password:
        raise MustChangePassword
    return identity


async def from_gateway(identity: Annotated[Identity, Depends(any_identity)]) -> Identity:
    """The gateway itself: for `/internal/*`."""
    if identity.kind != "gateway":
        raise Forbidden("Only the gateway may ask this.")
    return identity


def require(function: str) -> Callable[[Identity], Awaitable[Identity]]:
    """FastAPI dependency: a signed-in caller who holds `function` (RBAC code such as RPT-001)."""
    return require_any(function)


def require_any(*functions: str) -> Callable[[Identity], Awaitable[Identity]]:
    """FastAPI dependency: a signed-in caller who holds at least one of `functions`."""

    async def check(identity: Annotated[Identity, Depends(signed_in)]) -> Identity:
        need(identity, *functions)
        return identity

    return check


def need(identity: Identity, *functions: str, what: str = "This") -> None:
    """Raises FunctionNeeded when the caller holds none of `functions`; `what` is the part of a request that asks it.

    Codes are public (the interface's document names them). Nothing is said of the thing that was asked for: a refusal
    must not tell whether it exists.
    """
    if not identity.functions.isdisjoint(functions):
        return
    needs = f"{what} needs the function {' or '.join(functions)}"
    if identity.kind in ("token", "display"):
        raise FunctionNeeded(f"{needs}, which this token does not carry; who holds it can make one that does.")
    raise FunctionNeeded(f"{needs}, which you do not hold; whoever administers permissions can give it to you.")


def csrf_token(session_token: str) -> str:
    """The value that `X-CSRF-Token` must have beside this session cookie; derivable, so nothing is stored."""
    digest = hmac.digest(session_token.encode(), b"iact-csrf-v1", hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def write_key_pair(secrets_dir: Path) -> None:
    """Make a signing key and its public half in `secrets_dir` (files 0600); existing ones are left alone."""
    signing = secrets_dir / SIGNING_KEY_FILE
    public = secrets_dir / PUBLIC_KEYS_FILE
    if not signing.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_private(signing, pem)
    if not public.exists():
        key = Signer.load(secrets_dir).key.public_key()
        write_private(public, json.dumps({"keys": [_to_jwk(key)]}, indent=1).encode())


def rotate_key_pair(secrets_dir: Path) -> str:
    """Make a new signing key and return its id. Services accept the old one too until the next rotation, so what is
    on its way stays valid; both sides read the files again by themselves, the public half first.
    """
    old = Signer.load(secrets_dir).key.public_key()
    new = Ed25519PrivateKey.generate()
    document = {"keys": [_to_jwk(new.public_key()), _to_jwk(old)]}
    _replace_private(secrets_dir / PUBLIC_KEYS_FILE, json.dumps(document, indent=1).encode())
    pem = new.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _replace_private(secrets_dir / SIGNING_KEY_FILE, pem)
    return key_id(new.public_key())


def _replace_private(path: Path, content: bytes) -> None:
    """Replace a file at once: a reader sees the old or the new content, never a half."""
    beside = path.with_name(f".{path.name}.new")
    write_private(beside, content)
    beside.replace(path)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, never readable by others even for a moment."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(_raw(key)).hexdigest()[:16]


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _to_jwk(key: Ed25519PublicKey) -> dict[str, Any]:
    x = base64.urlsafe_b64encode(_raw(key)).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": key_id(key), "x": x}


def _from_jwk(entry: dict[str, Any]) -> Ed25519PublicKey:
    padded = entry["x"] + "=" * (-len(entry["x"]) % 4)
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(padded))
