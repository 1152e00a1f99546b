"""Packed rows into PostgreSQL by COPY, in bites that leave room for people's questions while somebody asks."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from services.ivr.manners import Manners, manners
from services.ivr.store import RowsUnaccounted
from shared.postgres import Connection

TIMEOUT_S = 1_800.0  # the largest table of a quarter's rollups, or a portion of it, on a slow disk
PIECE_BYTES = 1 << 18  # PostgreSQL works on one piece while the next is being sent
# Some 330 calls, which PostgreSQL takes in within a millisecond: for no longer does a question stand behind them. Half
# of it would cost a third more of everybody's time for each call; the rest is the shortest that a timer gives.
BITE_BYTES = 1 << 15
BITE_REST_S = 0.001


async def copy_packed(
    conn: Connection,
    table: str,
    columns: Sequence[str],
    packed: bytes | bytearray,
    rows: int,
    *,
    schema: str | None = "ivr",
    timeout_s: float | None = TIMEOUT_S,
) -> None:
    """Rows as `pack` gives them, with header and end. RowsUnaccounted when PostgreSQL took another number of them.

    Without `timeout_s` the pool's own limit holds: a server that says nothing is noticed after half a minute.
    """
    done = await conn.copy_to_table(
        table,
        schema_name=schema,
        columns=list(columns),
        source=_pieces(packed, manners()),
        format="binary",
        timeout=timeout_s,
    )
    if done != f"COPY {rows}":
        raise RowsUnaccounted(f"PostgreSQL answered {done!r} to {rows} rows of {table}")


async def _pieces(packed: bytes | bytearray, kept: Manners) -> AsyncIterator[bytes]:
    begin = 0
    while begin < len(packed):
        asked = kept.asked
        size = BITE_BYTES if asked else PIECE_BYTES
        yield bytes(memoryview(packed)[begin : begin + size])
        begin += size
        if asked:
            await asyncio.sleep(BITE_REST_S)
