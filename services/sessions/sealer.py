"""Seals the audit trail within a second, anchors it outside the database, and makes next months' partitions.

Every instance runs this; the database lets one of them seal at a time, and each keeps anchors of its own machine.
"""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from anyio import to_thread
from prometheus_client import Gauge

from services.sessions.anchors import AnchorFile, UnreadableAnchors
from services.sessions.audit_chain import Anchor
from services.sessions.store import trail
from services.sessions.store.trail import Head
from shared import metrics
from shared.log import log
from shared.loops import Rounds
from shared.postgres import Database

SEAL_EVERY_S = 0.5  # an event is sealed within a second (domain.md), also when one round is late
SEAL_EVENTS_MAX = 1_000  # some tens of milliseconds in the server; the rest follows at once
ANCHOR_EVENTS = 100
ANCHOR_S = 60.0
PARTITIONS_EVERY_S = 3_600.0
MONTHS_AHEAD = 3  # a quarter in which nobody needs to look

ANCHOR_AGE = Gauge("iact_audit_anchor_age_seconds", "Age of the newest anchor", registry=metrics.REGISTRY)
WAITING = Gauge("iact_audit_unsealed_events", "Audit events not sealed yet", registry=metrics.REGISTRY)
SEALED_AGE = Gauge("iact_audit_sealed_age_seconds", "Time since events were last sealed", registry=metrics.REGISTRY)


@dataclass
class Sealer:
    """One instance's part in it. Times are of a clock that never steps."""

    db: Database
    file: AnchorFile
    anchored: int = 0
    anchored_at: float = field(default_factory=time.monotonic)
    sealed_at: float = field(default_factory=time.monotonic)
    partitions_at: float = -PARTITIONS_EVERY_S
    broken: bool = False
    unreadable_at: float = -ANCHOR_S
    _sealing: Rounds = field(default_factory=lambda: Rounds("sealing the audit trail"))
    _partitions: Rounds = field(default_factory=lambda: Rounds("partitions of the audit trail"))
    _anchoring: Rounds = field(default_factory=lambda: Rounds("anchoring the audit trail"))

    async def run_forever(self) -> None:
        """Until cancelled; a database that is away is waited for."""
        # Told when they are asked for: numbers that were set would stand still, and look well, when nothing is sealed.
        ANCHOR_AGE.set_function(lambda: time.monotonic() - self.anchored_at)
        SEALED_AGE.set_function(lambda: time.monotonic() - self.sealed_at)
        while True:
            with self._sealing:
                await self.round()
            await asyncio.sleep(SEAL_EVERY_S)

    async def round(self) -> None:
        """Seal what waits, anchor when it is time."""
        now = time.monotonic()
        if now - self.partitions_at >= PARTITIONS_EVERY_S:
            with self._partitions:
                async with self.db.transaction() as conn:
                    await trail.make_partitions(conn, MONTHS_AHEAD)
                self.partitions_at = now
        while True:
            async with self.db.transaction() as conn:
                sealed = await trail.seal(conn, SEAL_EVENTS_MAX)
                head = await trail.head(conn)
            if head is not None:
                WAITING.set(head.waiting)
                with self._anchoring:
                    await self._anchor(head)
            self.sealed_at = time.monotonic()
            if sealed is None or sealed < SEAL_EVENTS_MAX:
                break

    async def _anchor(self, head: Head) -> None:
        now = time.monotonic()
        due = head.position - self.anchored >= ANCHOR_EVENTS or now - self.anchored_at >= ANCHOR_S
        if head.hash is None or not due:
            return
        made = Anchor(head.chain, head.position, head.hash.hex(), datetime.now(UTC).isoformat(timespec="seconds"))
        try:
            last = await to_thread.run_sync(self.file.last)
            if last is not None:
                await self._compare(last, head)
            if last is None or last.chain != head.chain or last.position < head.position:
                await to_thread.run_sync(self.file.append, made)
                # The journal is a second place that the database cannot reach.
                log.info("anchored the audit trail", position=made.position, hash=made.hash)
        except UnreadableAnchors:
            self._tell_unreadable(made, now)
        else:
            self.anchored, self.anchored_at = head.position, now

    def _tell_unreadable(self, made: Anchor, now: float) -> None:
        """The age of the newest anchor grows until somebody has looked; the journal is given the anchors meanwhile."""
        if now - self.unreadable_at >= ANCHOR_S:
            self.unreadable_at = now
            log.error(
                "the anchors file was damaged or changed: run iact audit verify", position=made.position, hash=made.hash
            )

    async def _compare(self, last: Anchor, head: Head) -> None:
        """Somebody should get up when the chain is not the one that was anchored."""
        async with self.db.connection() as conn:
            found = await trail.hashes(conn, [last.position])
        same = last.chain == head.chain and last.position in found and found[last.position].hex() == last.hash
        if not same and not self.broken:
            log.error("the audit trail is not the one that was anchored: run iact audit verify", position=last.position)
        self.broken = not same
