"""A large answer holds up nobody: while it is made, the event loop goes on."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from services.analytics.distributions import read_all
from services.analytics.pool import BoundedPool
from tests.analytics.conftest import SUMMER, Analyst
from tests.analytics.facts import LegacyCall, Warehouse
from tests.analytics.tables import legacy_calls

pytestmark = pytest.mark.integration

BLOCKED_S_MAX = 0.05
TICK_S = 0.002


@asynccontextmanager
async def watched() -> AsyncIterator[list[float]]:
    """Processor seconds of this thread between two turns of the loop: what others on the machine do is not counted."""
    busy: list[float] = []

    async def tick() -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(TICK_S)
            busy.append(time.thread_time() - before)

    # What tests before this one left is not the service's: looking through it all for garbage takes longer than the
    # limit, and happens in whichever thread allocates next.
    gc.collect()
    gc.freeze()
    task = asyncio.create_task(tick())
    try:
        yield busy
    finally:
        task.cancel()
        gc.unfreeze()


async def test_an_answer_of_ten_thousand_rows_is_made_beside_the_loop(analyst: Analyst, warehouse: Warehouse) -> None:
    first: LegacyCall = legacy_calls("at\n2025-07-01T09:00")[0]
    menus = ("VACIO", "RES-FallaInternet", "RES-SaldooPagos", "TELEFONO_EN_MENU", "cliente_colgo")
    await warehouse.add([replace(first, call_id=n, menu=menu) for n, menu in enumerate(menus)])
    await warehouse.roll_up()
    asked = {
        "metrics": ["calls", "abandoned", "abandoned_rate", "duration_s_p50", "duration_s_p90", "duration_s_mean"],
        "dimensions": ["segment"],
        "time": {**SUMMER, "from": "2025-01-01T00:00:00-06:00", "granularity": "hour"},
        "limit": 10_000,
    }
    await analyst.post("/query", asked)  # plans and pages are in memory from then on
    async with watched() as busy:
        answer = await analyst.post("/query", asked)
    assert answer.status_code == 200
    assert len(answer.json()["rows"]) == 6_552
    assert max(busy) < BLOCKED_S_MAX


async def test_a_thousand_sketches_are_read_in_the_pool() -> None:
    pool = BoundedPool(name="test")
    sketch = b"".join(code.to_bytes(2, "big") + (1).to_bytes(4, "big") for code in range(600))
    async with watched() as busy:
        found = await pool.unless_small(lambda: read_all([sketch] * 4_000)[0].percentile(0.9), 4_000)
    pool.close()
    assert found[0][0] == 539.0
    assert max(busy) < BLOCKED_S_MAX
