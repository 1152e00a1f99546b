"""How new the data of each source is, as metrics: what an alert about ingestion hangs on."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from prometheus_client import Gauge

from services.ivr.store import load
from shared.loops import Rounds
from shared.metrics import REGISTRY
from shared.postgres import Database

LOOK_EVERY_S = 30.0  # twice within the usual minute between two scrapes

AGE = Gauge(
    "iact_source_age_seconds",
    "Time since the last complete look at a source that has a schedule",
    ["source"],
    registry=REGISTRY,
)
FAILED = Gauge("iact_source_last_run_failed", "1 when the last run of a source failed", ["source"], registry=REGISTRY)
HELD = Gauge("iact_source_held_units", "Units held because the source shrank", ["source"], registry=REGISTRY)
LOOKED_AT = Gauge("iact_source_looked_at_seconds", "Unix time of the last look at the sources", registry=REGISTRY)


async def watch(db: Database, scheduled: Collection[str]) -> None:
    """For ever: look at the sources now and then; while PostgreSQL is away the time of the last look stands still."""
    rounds = Rounds("figures of the sources")
    while True:
        with rounds:
            async with db.transaction(readonly=True) as conn:
                rows = await conn.fetch(load("freshness"))
            show([dict(row) for row in rows], datetime.now(UTC), scheduled=scheduled)
        await asyncio.sleep(LOOK_EVERY_S)


def show(rows: Iterable[Mapping[str, Any]], now: datetime, *, scheduled: Collection[str]) -> None:
    """Set the gauges; a source that is gone has nothing.

    One that was never read whole has no age, nor has one that only a person reads: it cannot be late.
    """
    for gauge in (AGE, FAILED, HELD):
        gauge.clear()
    for row in rows:
        source = row["source"]
        if row["last_success_at"] is not None and source in scheduled:
            AGE.labels(source).set((now - row["last_success_at"]).total_seconds())
        FAILED.labels(source).set(row["last_state"] == "failed")
        HELD.labels(source).set(row["held_units"])
    LOOKED_AT.set(now.timestamp())
