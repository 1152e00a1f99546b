"""Queue calls, the events kept for them, and what of a stream is read.

Functions take a connection first and never begin or commit. Calls that may be there already come through a temporary
table of the connection; statements about it stand here, because without the table PostgreSQL could not check them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import asyncpg
import numpy as np

from services.ivr.clock import moment
from services.ivr.copying import copy_packed
from services.ivr.event_columns import Bools, Callids, EventColumns, Ints, Names, columns_of
from services.ivr.grouping import present
from services.ivr.id_blocks import BLOCK_BITS, ReadIds
from services.ivr.queue_calls import ENDED_KEPT_S, OPEN_KEPT_S
from services.ivr.queue_events import QueueEvent
from services.ivr.queue_pack import CALL_COLUMNS, KEPT_COLUMNS, pack_calls, pack_kept, unpack_kept
from services.ivr.queue_telling import CallColumns
from services.ivr.store_calls import LONG_STATEMENT_S
from shared.postgres import Connection
from shared.sql import folder

load = folder(__file__)

CALLIDS_NAMED_MAX = 10_000  # more callids than a day of calls keeps are not named: all is read
NEW_CALLS = "iact_new_queue_calls"
_COLUMNS = ", ".join(CALL_COLUMNS)
_CHANGING = ("agent", "ended_at", "exit", "wait_s", "ring_s", "talk_s", "transfers", "ring_no_answer")
# Only what is different is written: a batch that is told again leaves no trace.
UPSERT_CALLS = f"""
INSERT INTO ivr.queue_calls AS q ({_COLUMNS}) SELECT {_COLUMNS} FROM pg_temp.{NEW_CALLS}
ON CONFLICT (caller_id, entered_at, call_id) DO UPDATE
SET {", ".join(f"{name} = excluded.{name}" for name in _CHANGING)}
WHERE ({", ".join(f"q.{name}" for name in _CHANGING)}) IS DISTINCT FROM
    ({", ".join(f"excluded.{name}" for name in _CHANGING)})
"""  # noqa: S608 - names declared above
CALLS_BEFORE = f"""
SELECT n.call_id, q.call_id IS NULL AS is_new, q.agent
FROM pg_temp.{NEW_CALLS} n
LEFT JOIN ivr.queue_calls q ON q.caller_id = n.caller_id AND q.entered_at = n.entered_at AND q.call_id = n.call_id
"""  # noqa: S608 - names declared above
HAS_OLD_EVENTS = "SELECT EXISTS (SELECT FROM ivr.queue_kept_events WHERE source_id = $1)"
NewCalls = dict[int, tuple[bool, str | None]]


@dataclass(slots=True)
class KnownNames:
    """The database's numbers of names that kept events point at, both ways; filled as they are met."""

    names: Names
    by_number: dict[int, int] = field(default_factory=dict)  # ours by the database's
    numbers: dict[int, int] = field(default_factory=dict)  # the database's by ours

    def add(self, number: int, name: str) -> None:
        ours = self.names.number(name)
        self.by_number[number], self.numbers[ours] = ours, number

    async def read(self, conn: Connection) -> None:
        for row in await conn.fetch(load("queue_names")):
            self.add(row["name_id"], row["name"])

    async def of(self, conn: Connection, events: EventColumns) -> Ints:
        """The database's numbers of all our names, with those that these events need."""
        used = present(np.concatenate([events.stream, events.queue, events.agent]), len(self.names.texts)).tolist()
        missing = [self.names.texts[ours] for ours in used if ours and ours not in self.numbers]
        while missing:  # a name that another run commits at this moment is seen by the next statement only
            for row in await conn.fetch(load("ensure_queue_names"), missing):
                self.add(row["id"], row["name"])
            missing = [name for name in missing if self.names.number(name) not in self.numbers]
        numbers = np.zeros(len(self.names.texts), dtype=np.int64)
        numbers[list(self.numbers)] = list(self.numbers.values())
        return numbers


async def newest_entry(conn: Connection, source_id: int, since: datetime) -> datetime | None:
    """None when there is none since then."""
    found: datetime | None = await conn.fetchval(load("newest_entry"), source_id, since, timeout=LONG_STATEMENT_S)
    return found


async def write_calls(
    conn: Connection, source_id: int, calls: CallColumns, fresh: Bools, packed: bytes, names: Names, callids: Callids
) -> None:
    """Write different calls. The fresh ones, `packed`, entered after everything that is there: none needs a look."""
    if fresh.any():
        await copy_packed(conn, "queue_calls", CALL_COLUMNS, packed, int(np.count_nonzero(fresh)))
    if not fresh.all():
        rest = calls.take(~fresh)
        await _load(conn, pack_calls(rest, source_id, names, callids), len(rest))
        await conn.execute(UPSERT_CALLS, timeout=LONG_STATEMENT_S)


async def write_few_calls(
    conn: Connection, source_id: int, calls: CallColumns, names: Names, callids: Callids
) -> NewCalls:
    """Write different calls; which are new, and who had the others in the facts."""
    await _load(conn, pack_calls(calls, source_id, names, callids), len(calls))
    rows = await conn.fetch(CALLS_BEFORE, timeout=LONG_STATEMENT_S)
    await conn.execute(UPSERT_CALLS, timeout=LONG_STATEMENT_S)
    return {row["call_id"]: (row["is_new"], row["agent"]) for row in rows}


async def _load(conn: Connection, packed: bytes, rows: int) -> None:
    """A temporary table with just these calls. It stays with the connection and is empty outside of a transaction."""
    await conn.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {NEW_CALLS} (LIKE ivr.queue_calls) ON COMMIT DELETE ROWS")
    await conn.execute(f"TRUNCATE pg_temp.{NEW_CALLS}")
    await copy_packed(conn, NEW_CALLS, CALL_COLUMNS, packed, rows, schema=None)


async def kept_events_of(
    conn: Connection, source_id: int, wanted: Sequence[str], known: KnownNames, callids: Callids
) -> tuple[EventColumns, list[str]]:
    """What is kept of these callids, and of which of them there is something."""
    if not wanted:
        return unpack_kept([], known.by_number, known.names, callids), []
    some = None if len(wanted) > CALLIDS_NAMED_MAX else list(wanted)
    rows = await conn.fetch(load("kept_calls_of"), source_id, some, timeout=LONG_STATEMENT_S)
    asked = set(wanted)
    kept = [(row["callid"], row["events"]) for row in rows if row["callid"] in asked]
    return unpack_kept(kept, known.by_number, known.names, callids), [callid for callid, _ in kept]


async def replace_kept_events(
    conn: Connection, source_id: int, outdated: Sequence[str], packed: bytes, calls: int
) -> None:
    """`outdated` callids had events; from now on there are these of so many calls, as `pack_kept` gives them."""
    if outdated:
        await conn.execute(load("delete_kept_calls"), source_id, list(outdated), timeout=LONG_STATEMENT_S)
    if calls:
        await copy_packed(conn, "queue_kept_calls", KEPT_COLUMNS, packed, calls)


async def adopt_kept_events(conn: Connection, source_id: int) -> None:
    """Take over what the release before this one kept, a row for each event."""
    rows = await conn.fetch(load("kept_events"), source_id, timeout=LONG_STATEMENT_S)
    if not rows:
        return
    names, callids = Names(), Callids()
    known = KnownNames(names)
    events = columns_of([QueueEvent(*row.values()) for row in rows], names, callids)
    numbers = await known.of(conn, events)
    packed, calls = pack_kept(events, np.ones(len(events), dtype=np.bool_), source_id, numbers, names, callids)
    await copy_packed(conn, "queue_kept_calls", KEPT_COLUMNS, packed, calls)
    await conn.execute("DELETE FROM ivr.queue_kept_events WHERE source_id = $1", source_id)


async def forget_over_calls(conn: Connection, source_id: int, newest_at: datetime) -> None:
    """What nothing can change any more, now that the data reaches to `newest_at`."""
    ended, not_ended = (newest_at - timedelta(seconds=kept_s) for kept_s in (ENDED_KEPT_S, OPEN_KEPT_S))
    await conn.execute(load("forget_over_calls"), source_id, ended, not_ended, timeout=LONG_STATEMENT_S)


async def read_ids(conn: Connection, source_id: int, stream: str, since: int) -> ReadIds:
    """Which ids from `since` on are read."""
    rows = await conn.fetch(load("read_blocks"), source_id, stream, max(0, since) >> BLOCK_BITS)
    return ReadIds((row["block"], row["ids"].bytes) for row in rows)


async def oldest_block_since(conn: Connection, source_id: int, stream: str, since: datetime) -> int | None:
    """The first id of the oldest block that holds something newer; None when there is none."""
    rows = await conn.fetch(load("read_blocks"), source_id, stream, 0)
    numbers = [row["block"] for row in rows if row["newest_at"] >= since]
    return min(numbers) << BLOCK_BITS if numbers else None


async def write_read_ids(conn: Connection, source_id: int, stream: str, ids: ReadIds) -> None:
    changed = ids.changed()
    if not changed:
        return
    await conn.execute(
        load("add_read_blocks"),
        *(source_id, stream, [number for number, _, _ in changed]),
        [asyncpg.BitString.frombytes(bits) for _, bits, _ in changed],
        [moment(newest_at) for _, _, newest_at in changed],
    )


async def prune_read_ids(conn: Connection, source_id: int, stream: str, below: int, before: datetime) -> None:
    """Ids below the overlap whose times are all before a moment are never looked at again."""
    await conn.execute(load("prune_read_blocks"), source_id, stream, max(0, below) >> BLOCK_BITS, before)


async def slow_pass_at(conn: Connection, source_id: int, stream: str) -> datetime | None:
    found: datetime | None = await conn.fetchval(load("slow_pass_due"), source_id, stream)
    return found


async def slow_pass_done(conn: Connection, source_id: int, stream: str, now: datetime) -> None:
    await conn.execute(load("slow_pass_done"), source_id, stream, now)
