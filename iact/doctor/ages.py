"""Calls that are older than wanted, and what an interrupted `iact retention drop` left. Proposes; drops nothing."""

from datetime import UTC, datetime

import asyncpg

from iact.doctor.finding import Finding, good, note, warning
from iact.retention import LEFT_OVER, PARTITIONS, first_kept_month, megabytes

VARIABLE = "IACT_RETENTION_MONTHS"
PROPOSED_MONTHS = 24  # what is asked for most: this year beside the last one


async def look_at_ages(conn: asyncpg.Connection, keep: int | None, now: datetime) -> list[Finding]:
    """`keep`: how many whole months are wanted; None while retention is off."""
    findings = [
        warning(
            "retention",
            f"ivr.{row['relname']} is a month that was being dropped when the command ended",
            "No answer reads it, it only takes room; a late call of that month could not be stored.",
            "iact retention drop, as before: it goes on where it was",
        )
        for row in await conn.fetch(LEFT_OVER)
    ]
    until = first_kept_month(now.astimezone(UTC).date(), PROPOSED_MONTHS if keep is None else keep)
    rows = await conn.fetch(PARTITIONS, until)
    months, size = sorted({row["month"] for row in rows}), sum(row["bytes"] for row in rows)
    if not months:
        return findings or [good("retention", f"no calls are older than {until:%Y-%m}")]
    what = (
        f"{len(months)} months of calls from before {until:%Y-%m} are kept, {megabytes(size)}; first {months[0]:%Y-%m}"
    )
    if keep is None:
        meaning = "Nothing says how long calls are wanted, so nothing is dropped: the source may be gone."
        how = f"iact retention plan --keep {PROPOSED_MONTHS} says what would go; {VARIABLE} makes it the rule"
        return [*findings, note("retention", what, meaning, how)]
    meaning = f"{VARIABLE} wants {keep} whole months; their counts would stay."
    how = "iact retention plan says what is in the way; iact retention drop drops them"
    return [*findings, warning("retention", what, meaning, how)]
