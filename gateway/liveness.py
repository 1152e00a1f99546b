"""Where a service has several processes, each is asked whether it lives, so that one that hangs is left out in time.

A process that is gone refuses connections and is noticed by the next request; one that hangs accepts them and says
nothing, which requests notice only after their own long time-outs.
"""

import asyncio
from collections.abc import Iterable

from gateway.connection import UpstreamFailure
from gateway.limits import LIVE_BYTES_MAX, LIVE_EVERY_S, LIVE_FAILURES_MAX, LIVE_S
from gateway.requests import ask
from gateway.upstream import Instance, Upstream
from shared.log import log


async def watch(pairs: Iterable[tuple[Upstream, Upstream]]) -> None:
    """For ever: ask over the first of each pair's own connections, leave out in the second. Both have the same
    processes in the same order; services with one process only are not asked, because nobody could take over.
    """
    watched = [
        _watch_one(asking, asking_instance, serving, serving_instance)
        for asking, serving in pairs
        if not serving.alone
        for asking_instance, serving_instance in zip(asking.instances, serving.instances, strict=True)
    ]
    await asyncio.gather(*watched)


async def _watch_one(asking: Upstream, asked: Instance, serving: Upstream, served: Instance) -> None:
    failures = 0
    while True:
        await asyncio.sleep(LIVE_EVERY_S)
        if await _lives(asked):
            failures = 0
            served.breaker.found_alive()
            asked.breaker.found_alive()
            continue
        failures += 1
        if failures >= LIVE_FAILURES_MAX:
            asking.eject(asked)
            if serving.eject(served):
                log.warning("a process does not answer and is left out", upstream=serving.name, port=served.port)


async def _lives(instance: Instance) -> bool:
    try:
        async with asyncio.timeout(LIVE_S):
            status, _ = await ask(
                instance, method="GET", target="/health/live", headers=[], timeout_s=LIVE_S, bytes_max=LIVE_BYTES_MAX
            )
    except (UpstreamFailure, TimeoutError):
        return False
    return status == 200  # noqa: PLR2004 - OK
