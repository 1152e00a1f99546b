"""A run that meets a pause of its source: it lets the source go, keeps its place, and reads on when the pause is over.

What was published stays; a table in the middle of which the pause began is read again from its beginning.
"""

import asyncio
import time
from contextlib import suppress
from zoneinfo import ZoneInfo

from services.ivr.sources import guard
from services.ivr.sources.guard import SourcePaused
from services.ivr.work import Cancelled, Progress, Work
from shared.log import log

LOOK_EVERY_S = 1.0  # the clock may be set, and a minute has to be over before it is seen to be


async def wait_out(work: Work, pause: SourcePaused) -> None:
    """Until the pause is over. Cancelled when somebody asks for that meanwhile."""
    until = f"{pause.until.astimezone(ZoneInfo(work.source.zone)):%H:%M}"
    # A new object: what the run had read of the broken table is read again, and counted again.
    work.progress = Progress(phase=f"paused until {until}")
    log.info(f"run {work.run_id} waits until {until}: a pause of {work.source.id}", run_id=work.run_id)
    began = time.monotonic()
    try:
        while (left_s := (pause.until - guard.utc_now()).total_seconds()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left_s, LOOK_EVERY_S)):
                    await work.cancelled.wait()
            if work.cancelled.is_set():
                raise Cancelled
    finally:
        work.details["paused_s"] = round(work.details.get("paused_s", 0.0) + time.monotonic() - began, 1)
    work.progress.phase = "connecting"


def note_care(work: Work) -> None:
    """What the run's care for its source, and for people who ask, cost, into its details."""
    if work.source.allow_privileged:
        work.details["allow_privileged"] = True
    if work.manners.gave_way_s:
        work.details["gave_way_s"] = round(work.manners.gave_way_s, 1)
    if work.source.guard is None:
        return
    pace = work.source.guard.pace
    if pace.calm_s is not None:
        work.details["calm_latency_s"] = round(pace.calm_s, 6)
    if pace.slowed_s:
        work.details["slowed_s"] = round(work.details.get("slowed_s", 0.0) + pace.slowed_s, 1)
        work.details["pace_least"] = pace.share_least
