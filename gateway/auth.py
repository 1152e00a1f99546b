"""Who is it: asks `sessions` once, remembers the answer for at most a second, and signs it for each service.

Nothing is remembered unless `sessions` tells us of revocations as they happen (gateway/revocations.py): while its
stream is silent every request is asked about. What changes sessions or permissions on its way through this process
clears what is remembered as well, and an answer already on its way is not kept.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from gateway.connection import UpstreamFailure
from gateway.credentials import Carrier, Credential
from gateway.limits import (
    CACHED_IDENTITIES_MAX,
    IDENTITY_REUSE_S,
    INTROSPECTION_BYTES_MAX,
    INTROSPECTION_S,
    RENEW_BEFORE_S,
)
from gateway.problems import RETRY_AFTER_S, ServiceDown, ServiceFull
from gateway.requests import simple_request
from gateway.signing import Signing
from gateway.ttl import TtlCache
from gateway.upstream import Upstream
from shared.identity import HEADER, Identity, Kind
from shared.log import log

GATEWAY = Identity(kind="gateway")
IDENTITY_HEADER = HEADER.lower().encode()
INTROSPECTIONS = "/internal/introspections"


class _IdentityDocument(BaseModel):
    kind: Kind
    user_id: str | None = None
    username: str | None = None
    session_id: str | None = None
    functions: frozenset[str] = frozenset()
    segment: str | None = None
    must_change_password: bool = False

    def identity(self) -> Identity:
        return Identity(
            kind=self.kind,
            user_id=self.user_id,
            username=self.username,
            session_id=self.session_id,
            functions=self.functions,
            segment=self.segment,
            must_change_password=self.must_change_password,
        )


class _Introspection(BaseModel):
    active: bool
    reason: str | None = None
    identity: _IdentityDocument | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What `sessions` says about a credential: whose it is, or why it is nobody's."""

    identity: Identity | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Caller:
    """What `sessions` is told about the request besides the credential."""

    background: bool
    address: str
    user_agent: str
    request_id: bytes
    traceparent: bytes


# A background poll must not extend a session, a real request must: one must not answer for the other.
Key = tuple[Credential, bool]


def always(_: float) -> bool:
    return True


class Authenticator:
    """Credentials to identities, identities to signed headers. `up_to_date` says, for a time of time.monotonic(),
    whether revocations are being heard of.
    """

    def __init__(
        self, sessions: Upstream, signing: Signing, *, cache_s: float, up_to_date: Callable[[float], bool] = always
    ) -> None:
        self._sessions = sessions
        self._signing = signing
        self._up_to_date = up_to_date
        self._answers: TtlCache[Key, Answer] = TtlCache(ttl_s=cache_s, entries_max=CACHED_IDENTITIES_MAX)
        self._signed: TtlCache[tuple[Identity, str], bytes] = TtlCache(
            ttl_s=IDENTITY_REUSE_S, entries_max=CACHED_IDENTITIES_MAX
        )
        self._asking: dict[Key, asyncio.Task[Answer]] = {}

    async def identify(self, credential: Credential, caller: Caller) -> Answer:
        """Whose credential this is; ServiceDown or ServiceFull when `sessions` cannot say."""
        if not credential.well_formed:
            return Answer(None, "malformed")
        key = (credential, caller.background)
        known = self.known(key, time.monotonic())
        if known is not None:
            return known
        # One question serves everybody who waits for it; the one who asked first may hang up.
        return await asyncio.shield(self.ask(key, caller))

    def ask(self, key: Key, caller: Caller) -> asyncio.Task[Answer]:
        """The question under way about this credential; it is asked now if there is none."""
        asking = self._asking.get(key)
        if asking is None:
            asking = asyncio.create_task(self._ask(key, caller))
            # Everybody who asked may have hung up by the time it fails.
            asking.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._asking[key] = asking
        return asking

    def stale_at(self, key: Key) -> float:
        """When it is time to ask again, so that nobody has to wait when the answer dies."""
        return self._answers.expires_at(key) - RENEW_BEFORE_S

    def known(self, key: Key, now: float) -> Answer | None:
        """What is remembered and certain not to be revoked."""
        return self._answers.get(key, now) if self._up_to_date(now) else None

    def header(self, identity: Identity, audience: str) -> tuple[bytes, bytes]:
        """The signed identity header for one service."""
        now = time.monotonic()
        key = (identity, audience)
        signed = self._signed.get(key, now)
        if signed is None:
            signed = self._signing.signer(now).sign(identity, audience).encode("ascii")
            self._signed.put(key, signed, now)
        return IDENTITY_HEADER, signed

    def forget(self, credential: Credential) -> None:
        """This credential may have changed its meaning: ask again, and keep no answer asked for before now."""
        for background in (False, True):
            self._answers.drop((credential, background))
            self._asking.pop((credential, background), None)

    def forget_all(self) -> None:
        """Sessions or permissions have changed, whose is not known here."""
        self._answers.clear()
        self._asking.clear()

    def revoked(self, digest: str) -> None:
        """The session or token whose secret has this SHA-256 (in hexadecimal) is not valid any more."""
        self._answers.drop_where(lambda key, _: digest_of(key[0]) == digest)
        for key in [key for key in self._asking if digest_of(key[0]) == digest]:
            del self._asking[key]

    def changed(self, user_id: str) -> None:
        """What this person may do has changed, or the person may not come in any more."""
        self._answers.drop_where(lambda _, answer: answer.identity is not None and answer.identity.user_id == user_id)
        # Whose the questions under way are is not known before they are answered.
        self._asking.clear()

    async def _ask(self, key: Key, caller: Caller) -> Answer:
        try:
            answer = await self._introspect(key[0], caller)
            if self._asking.get(key) is asyncio.current_task():
                self._answers.put(key, answer, time.monotonic())
            return answer
        finally:
            if self._asking.get(key) is asyncio.current_task():
                del self._asking[key]

    async def _introspect(self, credential: Credential, caller: Caller) -> Answer:
        question = {
            "session_token": credential.secret if credential.carrier is Carrier.COOKIE else None,
            "bearer_token": credential.secret if credential.carrier is Carrier.BEARER else None,
            "background": caller.background,
            "client_address": caller.address,
            "user_agent": caller.user_agent,
        }
        headers = [
            self.header(GATEWAY, "sessions"),
            (b"content-type", b"application/json"),
            (b"x-request-id", caller.request_id),
            (b"traceparent", caller.traceparent),
        ]
        # Tokens that nobody issued cost a question each: a flood of them must not become a flood of connections.
        if not self._sessions.gate.enter():
            raise ServiceFull("sessions is asked about as many callers as it can be.", retry_after_s=RETRY_AFTER_S)
        try:
            status, body = await simple_request(
                self._sessions,
                "POST",
                INTROSPECTIONS,
                headers=headers,
                body=json.dumps(question).encode(),
                timeout_s=INTROSPECTION_S,
                bytes_max=INTROSPECTION_BYTES_MAX,
            )
        except UpstreamFailure as error:
            raise ServiceDown(
                "sessions does not answer, so nobody can be recognised at the moment.", retry_after_s=RETRY_AFTER_S
            ) from error
        finally:
            self._sessions.gate.leave()
        return _understood(status, body)


def digest_of(credential: Credential) -> str:
    """How `sessions` names a credential: it keeps no secret, only this."""
    return hashlib.sha256(credential.secret.encode()).hexdigest()


def _understood(status: int, body: bytes) -> Answer:
    if status != 200:  # noqa: PLR2004 - OK
        raise ServiceDown(f"sessions cannot recognise callers (it answered {status}).", retry_after_s=RETRY_AFTER_S)
    try:
        document = _Introspection.model_validate_json(body)
    except ValidationError as error:
        # What is wrong and how long it was, never what it said: it may be somebody's.
        wrong = [f"{'.'.join(map(str, each['loc'])) or 'all of it'}: {each['type']}" for each in error.errors()]
        log.error("sessions answered something unreadable", bytes=len(body), wrong=wrong)
        raise ServiceDown("sessions answered something unreadable.", retry_after_s=RETRY_AFTER_S) from error
    if not document.active or document.identity is None:
        return Answer(None, document.reason)
    return Answer(document.identity.identity(), None)
