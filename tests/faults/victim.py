"""The real service in a forked process; with mutations, the service as it would be with one guarantee less.

The mutations prove that the harness sees what it is there to see. They exist here only, never in the product.
"""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

import asyncpg
import uvicorn

from services.ivr import ingest_asterisk, lease, load_rollups, main, store_calls, store_queue
from services.ivr.settings import Settings
from services.ivr.sources import asterisk
from shared.postgres import Connection

APART_S = 2.0  # how much earlier the watermark is committed than the rows that it stands for: no kill misses it


def live(environment: Mapping[str, str], port: int, mutations: Sequence[str]) -> None:
    """Serve until killed."""
    for name in [name for name in os.environ if name.startswith(("DB_", "IACT_"))]:
        del os.environ[name]
    os.environ.update(environment)
    for name in mutations:
        MUTATIONS[name]()
    uvicorn.run(main.create_service(Settings()), host="127.0.0.1", port=port, log_config=None)


def without_overlap() -> None:
    """A table is read on from the last id: what is committed late lies behind it."""
    for module in (asterisk, ingest_asterisk):
        for name in [name for name in vars(module) if name.startswith("OVERLAP")]:
            setattr(module, name, 0)

    async def never(_: ingest_asterisk.StreamLoad, *__: object) -> None:
        return None

    setattr(ingest_asterisk.StreamLoad, "slow_pass", never)  # noqa: B010 - a mutation, in a process of its own


def watermark_apart() -> None:
    """How far a table is read is committed for itself, before its rows are."""
    _apart(store_calls, "move_stream", 0.0)
    _apart(store_queue, "write_read_ids", APART_S)


def _apart(module: ModuleType, name: str, delay_s: float) -> None:
    original: Callable[..., Any] = getattr(module, name)

    async def apart(conn: Connection, *arguments: Any) -> None:
        settings = Settings().database()
        other = await asyncpg.connect(**settings.connect_arguments())
        try:
            await original(other, *arguments)
        finally:
            await other.close()
        await asyncio.sleep(delay_s)

    setattr(module, name, apart)


def without_fence() -> None:
    """A publisher does not look whether somebody has taken its source over.

    Nor does it write rollups: their primary keys are a second fence, which would hide that the first is gone.
    """

    async def trusting(_: lease.Lease, __: Connection) -> None:
        return None

    async def nothing(*_: object) -> set[object]:
        return set()

    setattr(lease.Lease, "check", trusting)  # noqa: B010 - a mutation, in a process of its own
    setattr(load_rollups.RollupLoad, "write", nothing)  # noqa: B010 - a mutation, in a process of its own


MUTATIONS: Mapping[str, Callable[[], None]] = {
    "without_overlap": without_overlap,
    "watermark_apart": watermark_apart,
    "without_fence": without_fence,
}
