"""Hears from `sessions` which sessions, tokens and permissions have just ended, and knows when it hears nothing.

One HTTP stream of JSON lines per gateway process, a heartbeat four times a second. Three missed heartbeats, a broken
stream or a `sessions` that has no such stream mean that nothing remembered may be trusted: each request is asked about.
"""

import asyncio
import json
import time
from typing import Any

from gateway.auth import GATEWAY, Authenticator
from gateway.connection import NotHttp, UpstreamFailure
from gateway.limits import REVOCATION_BYTES_MAX, REVOCATIONS_AGAIN_S, REVOCATIONS_SILENT_S
from gateway.requests import first_line, lines
from gateway.upstream import Instance, Upstream
from shared.log import log

REVOCATIONS = "/internal/revocations"


class Revocations:
    """The stream. `heard_lately` is what makes it safe to remember an answer."""

    def __init__(self, sessions: Upstream) -> None:
        self._sessions = sessions
        self._heard_at = float("-inf")
        self._told = ""

    def heard_lately(self, now: float) -> bool:
        return now - self._heard_at < REVOCATIONS_SILENT_S

    @property
    def age_s(self) -> float:
        """Seconds since the last line; for the metric."""
        return time.monotonic() - self._heard_at

    async def follow(self, authenticator: Authenticator) -> None:
        """Listen for ever, to one process of `sessions` at a time."""
        while True:
            try:
                await self._listen(authenticator)
            except UpstreamFailure as error:
                self._say(f"no revocations from sessions ({error}): every request is asked about")
            self._heard_at = float("-inf")
            await asyncio.sleep(REVOCATIONS_AGAIN_S)

    async def _listen(self, authenticator: Authenticator) -> None:
        instance = self._sessions.choose()
        with self._sessions.judging(instance):
            connection = await instance.connect()
        connection.begin(head_only=False)
        try:
            connection.send(self._question(instance, authenticator))
            await connection.answer(REVOCATIONS_SILENT_S)
            if connection.status != 200:  # noqa: PLR2004 - OK
                raise NotHttp(f"it answered {connection.status}")
            # What ended while nobody listened is unknown.
            authenticator.forget_all()
            rest = b""
            while piece := await connection.chunk(REVOCATIONS_SILENT_S):
                *complete, rest = (rest + piece).split(b"\n")
                if len(rest) > REVOCATION_BYTES_MAX:
                    raise NotHttp("a line without end")
                for line in complete:
                    self._hear(line, authenticator)
            raise NotHttp("the stream ended")
        finally:
            connection.close()

    def _question(self, instance: Instance, authenticator: Authenticator) -> bytes:
        headers = [authenticator.header(GATEWAY, "sessions"), (b"accept", b"application/x-ndjson")]
        return first_line("GET", REVOCATIONS.encode(), instance) + lines(headers) + b"\r\n"

    def _hear(self, line: bytes, authenticator: Authenticator) -> None:
        if not line.strip():
            return
        try:
            event: dict[str, Any] = json.loads(line)
            kind = event["type"]
        except (ValueError, KeyError, TypeError) as error:
            raise NotHttp("a line that is no event") from error
        match kind:
            case "heartbeat":
                pass
            case "revoked":
                authenticator.revoked(str(event.get("key")))
            case "user":
                authenticator.changed(str(event.get("user_id")))
            case _:
                # "all", and whatever a later sessions may say: everything is asked about again.
                authenticator.forget_all()
        if self._heard_at == float("-inf"):
            self._say("revocations are heard of: answers are remembered")
        self._heard_at = time.monotonic()

    def _say(self, what: str) -> None:
        """Log a change once, not every attempt."""
        if what != self._told:
            self._told = what
            log.info(what, upstream=self._sessions.name)
