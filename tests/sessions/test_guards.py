"""Every operation says who may call it: nothing is open by forgetting."""

import re

import pytest
from fastapi.routing import APIRoute

from services.sessions.routes import routers
from shared.identity import ANONYMOUS, Identity
from tests.sessions.conftest import Service

pytestmark = pytest.mark.integration

OPEN = {"sign_in", "redeem_code"}
# What a person with a session and no function at all may reach: their own things.
SELF = {
    "read_current_session",
    "sign_out",
    "list_sessions",
    "end_session",
    "change_password",
    "reauthenticate",
    "read_preferences",
    "write_preferences",
    "read_effective_functions",
    "read_user",
}
FUNCTION = re.compile(r"[A-Z]{3,4}-\d{3}\b.*whoever administers permissions can give it to you")
ROUTES = [
    (route.name, route)
    for router in routers
    for route in router.routes
    if isinstance(route, APIRoute) and route.include_in_schema
]


def request_of(route: APIRoute) -> tuple[str, str]:
    return min(route.methods or {"GET"}), re.sub(r"\{[a-z_]+\}", "1", route.path)


async def test_nobody_without_a_session_and_nobody_without_the_function(service: Service) -> None:
    powerless = Identity(kind="user", user_id="99", username="x", session_id="99")
    for name, route in ROUTES:
        method, path = request_of(route)
        answers = {}
        for who in (ANONYMOUS, powerless):
            headers = {"X-IACT-Identity": service.signer.sign(who, "sessions")}
            answer = await service.http.request(method, path, json={}, headers=headers)
            answers[who.kind] = answer.status_code
            said = answer.json()["detail"] if answer.status_code == 403 else None
        if name in OPEN:
            assert answers["anonymous"] == 422, name
            continue
        assert answers["anonymous"] == 401, name
        assert name in SELF or answers["user"] == 403, name
        assert said is None or FUNCTION.search(said), (name, said)


def test_every_operation_has_a_name_of_its_own_and_a_described_answer() -> None:
    names = [name for name, _ in ROUTES]
    assert len(names) == 38
    assert len(names) == len(set(names))
    for name, route in ROUTES:
        assert route.description, name
        described = route.response_model is not None or "text/csv" in str(route.responses)
        assert route.status_code == 204 or described, name
