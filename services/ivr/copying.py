"""Packed rows into PostgreSQL by COPY, in bites that leave room for people's questions while somebody asks."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

from services.ivr.manners import Manners, manners
from services.ivr.store import RowsUnaccounted
from shared.postgres import Connection

TIMEOUT_S = 1_800.0  # the largest table of a quarter's rollups, or a portion of it, on a slow disk
PIECE_BYTES = 1 << 18  # PostgreSQL works on one piece while the next is being sent
# Some 330 calls, which PostgreSQL takes in within a millisecond where nothing is indexed yet: for no longer does a
# question stand behind them. Half of it would cost a third more of everybody's time for each call.
BITE_BYTES = 1 << 15
REST_LEAST_S = 0.001  # the shortest that a timer gives
REST_MOST_S = 0.02  # a load must get on: for 14 million calls it is a quarter of an hour
# Behind this, after the last rest, PostgreSQL has not kept up: bites had come together to a meal.
BEHIND_S = 0.005
BITES_THAT_TELL = 8  # of fewer the time is chance
RESTED = 1.5  # times what a bite takes PostgreSQL, so that it is idle for a third of the time


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
    kept = manners()
    feeding = _Feeding(packed, kept)
    done = await conn.copy_to_table(
        table,
        schema_name=schema,
        columns=list(columns),
        source=feeding.pieces(),
        format="binary",
        timeout=timeout_s,
    )
    if done != f"COPY {rows}":
        raise RowsUnaccounted(f"PostgreSQL answered {done!r} to {rows} rows of {table}")
    feeding.learn()


class _Feeding:
    """The pieces of one COPY."""

    def __init__(self, packed: bytes | bytearray, kept: Manners) -> None:
        self._packed = packed
        self._manners = kept
        self._bites = 0
        self._began = self._rested = time.monotonic()

    async def pieces(self) -> AsyncIterator[bytes]:
        begin = 0
        while begin < len(self._packed):
            gives_way = self._manners.give_way()
            size = BITE_BYTES if gives_way else PIECE_BYTES
            yield bytes(memoryview(self._packed)[begin : begin + size])
            begin += size
            if gives_way:
                self._bites += 1
                await asyncio.sleep(max(REST_LEAST_S, self._manners.rest_s))
                self._rested = time.monotonic()

    def learn(self) -> None:
        """How long the next bites need."""
        if self._bites >= BITES_THAT_TELL:
            now = time.monotonic()
            bite_s = (now - self._began) / self._bites
            self._manners.rest_s = rest_s(self._manners.rest_s, bite_s=bite_s, behind_s=now - self._rested)


def rest_s(before_s: float, *, bite_s: float, behind_s: float) -> float:
    """The rest after a bite, when it was `before_s` and PostgreSQL was done `behind_s` after the last of them.

    Pieces go out by the clock, and nobody says when they are taken in: rows of a table with indexes pile up unseen.
    `bite_s` is what a bite took, rest included, which is PostgreSQL's own time where it was never idle.
    """
    if behind_s > BEHIND_S:
        return min(REST_MOST_S, RESTED * bite_s)
    return max(REST_LEAST_S, before_s / RESTED)
