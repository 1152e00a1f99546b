"""Requests in flight while a session ends: none brings it back."""

import asyncio

import pytest

from tests.sessions.conftest import Service
from tests.sessions.racing import race

pytestmark = pytest.mark.integration

RACES = 60  # ten thousand by command: python -m tests.benchmarks.sessions --only races


async def test_a_request_in_flight_never_revives_a_session(service: Service) -> None:
    await service.administrator()
    for number in range(RACES):
        assert not await race(service, number)


async def test_two_sign_ins_at_once_leave_one_session(service: Service) -> None:
    await service.administrator()
    for _ in range(8):
        visitors = [service.visitor() for _ in range(3)]
        answers = await asyncio.gather(*(visitor.sign_in("ana.admin") for visitor in visitors))
        assert {answer.status_code for answer in answers} == {201}
        live = await service.conn.fetchval("SELECT count(*) FROM sessions.sessions WHERE revoked_at IS NULL")
        assert live == 1
        found = [(await visitor.introspect())["active"] for visitor in visitors]
        assert sorted(found) == [False, False, True]


async def test_a_sign_in_never_outruns_a_block(service: Service) -> None:
    await service.administrator()
    leo_id = await service.person("leo.viewer", "AGR-002")
    admin = await service.signed_in()
    for number in range(10):
        leo = service.visitor()
        await asyncio.gather(
            leo.sign_in("leo.viewer"), admin.call("POST", f"/users/{leo_id}/block"), asyncio.sleep(number / 1000)
        )
        live = await service.conn.fetchval(
            "SELECT count(*) FROM sessions.sessions WHERE user_id = $1 AND revoked_at IS NULL", leo_id
        )
        assert live == 0
        assert (await admin.call("POST", f"/users/{leo_id}/unblock")).status_code == 200


async def test_two_administrators_cannot_break_separation_together(service: Service) -> None:
    await service.administrator("ana.admin")
    await service.administrator("eva.admin")
    for number in range(8):
        leo_id = await service.person(f"leo.viewer.{number}")
        ana, eva = await service.signed_in("ana.admin"), await service.signed_in("eva.admin")
        answers = await asyncio.gather(
            ana.call("POST", f"/users/{leo_id}/groups", {"groups": ["AGR-008"]}),
            eva.call("POST", f"/users/{leo_id}/groups", {"groups": ["AGR-009"]}),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_signing_out_twice_at_once_ends_it_once(service: Service) -> None:
    await service.administrator()
    visitor = await service.signed_in()
    identity = await visitor.identity()
    calls = [visitor.call("DELETE", "/sessions/current", identity=identity) for _ in range(2)]
    assert sorted(answer.status_code for answer in await asyncio.gather(*calls)) == [204, 401]
    assert await service.conn.fetchval("SELECT count(*) FROM audit.events WHERE event = 'LOGOUT'") == 1


async def test_a_flood_of_sign_ins_leaves_look_ups_alive(service: Service) -> None:
    await service.administrator()
    await service.person("leo.viewer", "AGR-002")
    admin = await service.signed_in()
    flood = [asyncio.create_task(service.visitor(f"203.0.{n}.1").sign_in("leo.viewer", "wrong one")) for n in range(40)]
    answers = [await admin.introspect() for _ in range(10)]
    refused = [answer.status_code for answer in await asyncio.gather(*flood)]
    assert all(answer["active"] for answer in answers)
    assert 503 in refused
    assert set(refused) <= {401, 429, 503}
