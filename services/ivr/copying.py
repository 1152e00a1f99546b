"""Packed rows into PostgreSQL by COPY."""

from collections.abc import AsyncIterator, Sequence

from services.ivr.store import RowsUnaccounted
from shared.postgres import Connection

TIMEOUT_S = 1_800.0  # the largest table of a quarter's rollups, or a portion of it, on a slow disk
PIECE_BYTES = 1 << 18  # PostgreSQL works on one piece while the next is being sent


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
        source=_pieces(packed),
        format="binary",
        timeout=timeout_s,
    )
    if done != f"COPY {rows}":
        raise RowsUnaccounted(f"PostgreSQL answered {done!r} to {rows} rows of {table}")


async def _pieces(packed: bytes | bytearray) -> AsyncIterator[bytes]:
    for begin in range(0, len(packed), PIECE_BYTES):
        yield bytes(memoryview(packed)[begin : begin + PIECE_BYTES])
