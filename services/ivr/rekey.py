"""A source's facts once more, with ids of another secret key; what the source no longer has keeps its old ids.

Legacy tables: a run with other keys finds every digest changed and replaces unit by unit, a transaction a table. An
Asterisk source has no units: its calls are told again from the beginning, in one transaction for all of its tables.
"""

from datetime import UTC, datetime, timedelta

from services.ivr import key_epochs
from services.ivr.ingest_legacy import ingest_legacy
from services.ivr.read_again import Span, reading_again, span
from services.ivr.store import load
from services.ivr.work import Work
from shared.postgres import Connection

MICROSECOND = timedelta(microseconds=1)
_FOR_EVER = datetime.max.replace(tzinfo=UTC)  # asyncpg writes it as infinity


async def rekey(work: Work) -> None:
    """Read everything again. An interrupted renewal is taken up where it was: what is renewed already is unchanged."""
    assert work.former_keys is not None  # noqa: S101 - the runner gives a renewal both keys
    if work.source.kind == "legacy":
        await ingest_legacy(work)
        async with work.database.transaction() as conn:
            await _note_left_behind(conn, work)
            await conn.execute(load("add_renewed_source"), work.source_id, work.key_epoch)
            await work.lease.check(conn)
        return
    async with reading_again(work, work.former_keys) as (conn, left):
        await _set_spans(conn, work, left)
        await conn.execute(load("add_renewed_source"), work.source_id, work.key_epoch)


async def _note_left_behind(conn: Connection, work: Work) -> None:
    units, rows = await key_epochs.left_behind(conn, work.source_id, work.key_epoch)
    if units:
        work.details.setdefault("notes", []).append(
            f"{units} units with {rows} rows keep the ids of an earlier key: the source no longer has them, or fewer "
            "of their rows. Unique callers and repeats over a range of both keys are not counted."
        )


async def _set_spans(conn: Connection, work: Work, left: Span | None) -> None:
    """Where facts of both keys stand beside each other, say when; else one key is all there is."""
    if left is None:
        await conn.execute(load("delete_key_spans"), work.source_id)
        return
    former = int(await conn.fetchval("SELECT key_epoch FROM ivr.caller_keys WHERE state = 'current'"))
    await conn.execute(load("put_key_span"), work.source_id, former, left[0], left[1] + MICROSECOND)
    everything = await span(conn, work.source_id)
    since = left[0] if everything is None else everything[0]
    await conn.execute(load("put_key_span"), work.source_id, work.key_epoch, since, _FOR_EVER)
    work.details.setdefault("notes", []).append(
        f"Calls from {left[0]:%Y-%m-%d} to {left[1]:%Y-%m-%d} that the source no longer has keep the ids of the "
        "earlier key. Unique callers and repeats over a range of both keys are not counted."
    )
