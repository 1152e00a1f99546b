import asyncio

import pytest

from tests.sessions.conftest import ELSEWHERE, OFFICE, Service

pytestmark = pytest.mark.integration

WRONG = "this is not the password"
OPEN_LOCKS = "UPDATE sessions.sign_in_failures SET locked_until = now(), window_since = now() - interval '1 hour'"


async def guess(service: Service, times: int, *, username: str = "ana.admin", address: str = ELSEWHERE) -> list[int]:
    visitor = service.visitor(address)
    return [(await visitor.sign_in(username, WRONG)).status_code for _ in range(times)]


async def test_five_failures_lock_a_stranger_out_even_with_the_right_password(service: Service) -> None:
    await service.administrator()
    assert await guess(service, 6) == [401] * 5 + [429]

    answer = await service.visitor(ELSEWHERE).sign_in("ana.admin")

    assert answer.status_code == 429
    assert 14 * 60 < int(answer.headers["Retry-After"]) <= 15 * 60


@pytest.mark.requirement("RNF-010")
async def test_the_owner_signs_in_from_their_network_while_strangers_guess(service: Service) -> None:
    await service.administrator()
    await service.signed_in()
    for index in range(100):
        assert 401 in await guess(service, 1, address=f"203.0.{index}.1")
        assert (await service.visitor(OFFICE).sign_in("ana.admin")).status_code == 201


async def test_the_owner_signs_in_while_a_neighbour_in_the_same_network_guesses(service: Service) -> None:
    await service.administrator()
    await service.signed_in()
    assert await guess(service, 8, address="192.0.2.99") == [401] * 5 + [429] * 3
    assert (await service.visitor(OFFICE).sign_in("ana.admin")).status_code == 201


async def test_an_unknown_name_is_locked_just_the_same(service: Service) -> None:
    assert await guess(service, 6, username="nobody.here") == [401] * 5 + [429]


async def test_another_account_from_the_same_network_is_not_touched(service: Service) -> None:
    await service.administrator()
    await service.person("leo.viewer", "AGR-002")
    await guess(service, 6)
    assert (await service.visitor(ELSEWHERE).sign_in("leo.viewer")).status_code == 201


async def test_the_next_lock_is_twice_as_long(service: Service) -> None:
    await service.administrator()
    await guess(service, 6)
    await service.conn.execute(OPEN_LOCKS)
    assert await guess(service, 6) == [401] * 5 + [429]
    answer = await service.visitor(ELSEWHERE).sign_in("ana.admin")
    assert 29 * 60 < int(answer.headers["Retry-After"]) <= 30 * 60


async def test_a_success_forgets_the_failures(service: Service) -> None:
    await service.administrator()
    for _ in range(3):
        await guess(service, 4, address=OFFICE)
        assert (await service.visitor(OFFICE).sign_in("ana.admin")).status_code == 201


async def test_parallel_guesses_cannot_outrun_the_count(service: Service) -> None:
    await service.administrator()
    answers = await asyncio.gather(*(service.visitor(ELSEWHERE).sign_in("ana.admin", WRONG) for _ in range(8)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes.count(401) <= 5
    assert set(codes) <= {401, 429, 503}


async def test_a_thousand_addresses_get_a_hundred_guesses(service: Service) -> None:
    await service.administrator()
    await service.signed_in()
    await guess(service, 1)
    await service.conn.execute("UPDATE sessions.sign_in_failures SET failures = 99 WHERE network = '0.0.0.0/0'")
    assert await guess(service, 1, address="203.0.113.1") == [401]
    assert await guess(service, 1, address="203.0.114.1") == [429]
    assert (await service.visitor(OFFICE).sign_in("ana.admin")).status_code == 201
