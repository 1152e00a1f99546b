"""Unknown, wrong, blocked, inactive, never opened: nobody outside can tell them apart."""

import pytest
from argon2 import PasswordHasher

from services.sessions.accounts import create_superuser
from tests.sessions.conftest import ELSEWHERE, PASSWORD, Service

pytestmark = pytest.mark.integration

CASES = ("unknown", "wrong", "blocked", "inactive", "unopened")


async def prepare(service: Service) -> None:
    for name in ("wrong", "blocked", "inactive"):
        await service.person(f"{name}.person", "AGR-002")
    await service.conn.execute("UPDATE sessions.users SET state = 'blocked' WHERE username = 'blocked.person'")
    await service.conn.execute("UPDATE sessions.users SET state = 'inactive' WHERE username = 'inactive.person'")
    async with service.conn.transaction():
        await create_superuser(service.conn, service.settings, username="unopened.person", password=None)


@pytest.mark.requirement("RNF-010")
async def test_status_body_and_headers_are_the_same(service: Service) -> None:
    await prepare(service)
    seen = []
    for case in CASES:
        password = "another password here" if case == "wrong" else PASSWORD
        answer = await service.visitor(ELSEWHERE).sign_in(f"{case}.person", password)
        body = {name: value for name, value in answer.json().items() if name != "request_id"}
        headers = {name: value for name, value in answer.headers.items() if name not in {"x-request-id", "traceparent"}}
        seen.append((answer.status_code, body, headers))
    assert seen[0][0] == 401
    assert all(each == seen[0] for each in seen)


async def test_each_costs_one_hash(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    await prepare(service)
    spent: list[str] = []
    verify = PasswordHasher.verify

    def noted(self: PasswordHasher, hashed: str, password: str) -> bool:
        spent.append(case)
        return verify(self, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    for case in CASES:
        await service.visitor(ELSEWHERE).sign_in(f"{case}.person", "another password here")
    assert spent == list(CASES)


async def test_the_trail_knows_the_difference(service: Service) -> None:
    await prepare(service)
    for case in CASES:
        await service.visitor(ELSEWHERE).sign_in(f"{case}.person", "wrong" if case == "wrong" else PASSWORD)
    rows = await service.conn.fetch(
        """SELECT event, details ->> 'reason' AS reason FROM audit.events
           WHERE event LIKE 'LOGIN%' ORDER BY event_id"""
    )
    assert [(row["event"], row["reason"]) for row in rows] == [
        ("LOGIN_FAILED", "USER_NOT_FOUND"),
        ("LOGIN_FAILED", "BAD_PASSWORD"),
        ("LOGIN_BLOCKED", "ACCOUNT_STATE"),
        ("LOGIN_INACTIVE", "ACCOUNT_STATE"),
        ("LOGIN_FAILED", "BAD_PASSWORD"),
    ]
