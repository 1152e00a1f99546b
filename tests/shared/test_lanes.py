"""Operations with places of their own: a flood of them takes nobody else's."""

import asyncio

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from shared.middleware import Frame

pytestmark = pytest.mark.unit


class Slow:
    """An application that answers when told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await self.go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def test_a_lane_is_full_by_itself_and_takes_no_other_place() -> None:
    slow = Slow()
    frame = Frame(slow, service="probe", in_flight_max=2, lanes={("POST", "/sign-in"): 3})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(frame), base_url="http://probe") as client:
        in_lane = [asyncio.create_task(client.post("/sign-in")) for _ in range(5)]
        await asyncio.sleep(0)
        others = [asyncio.create_task(client.get("/sign-in")) for _ in range(3)]
        async with asyncio.timeout(60):
            while not (sum(each.done() for each in in_lane) == 2 and sum(each.done() for each in others) == 1):  # noqa: ASYNC110 - nothing tells it
                await asyncio.sleep(0.01)
        slow.go.set()
        statuses = [[(await each).status_code for each in group] for group in (in_lane, others)]
        assert statuses == [[200] * 3 + [503] * 2, [200] * 2 + [503]]
        assert (await client.post("/sign-in")).status_code == 200, "places are given back"
    assert frame.in_flight == 0
    assert frame.in_lane == {("POST", "/sign-in"): 0}
