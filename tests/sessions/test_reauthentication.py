"""What harms most needs the password afresh, and proving it changes the id."""

from datetime import UTC, datetime, timedelta

import pytest

from services.sessions.accounts import create_token
from tests.sessions.conftest import OFFICE, PASSWORD, Service

pytestmark = pytest.mark.integration

REASON = "covers for a colleague this week"
LATER = "UPDATE sessions.sessions SET authenticated_at = authenticated_at - interval '11 minutes'"
PATH = "/sessions/current/reauthentication"


def dangerous(user_id: int) -> list[tuple[str, str, object]]:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    grant = {"function": "RPT-012", "effect": "grant", "justification": REASON, "expires_at": tomorrow}
    return [
        ("POST", "/users", {"username": "new.person"}),
        ("PATCH", f"/users/{user_id}", {"segment": "puebla"}),
        ("POST", f"/users/{user_id}/recovery-code", None),
        ("POST", f"/users/{user_id}/groups", {"groups": ["AGR-001"]}),
        ("DELETE", f"/users/{user_id}/groups/AGR-001", None),
        ("POST", f"/users/{user_id}/exceptions", grant),
        ("DELETE", f"/users/{user_id}/exceptions/1", None),
        ("POST", f"/users/{user_id}/block", None),
        ("POST", f"/users/{user_id}/unblock", None),
        ("POST", f"/users/{user_id}/deactivate", None),
        ("POST", f"/users/{user_id}/reactivate", None),
        ("POST", "/groups", {"name": "night_shift"}),
        ("PATCH", "/groups/AGR-001", {"active": False}),
        ("PATCH", "/separation-rules/SOD-001", {"active": False}),
        ("POST", "/tokens", {"name": "x", "functions": ["RPT-001"]}),
    ]


async def test_after_ten_minutes_each_dangerous_action_asks_for_the_password(service: Service) -> None:
    await service.administrator()
    leo_id = await service.person("leo.viewer", "AGR-002")
    admin = await service.signed_in()
    await service.conn.execute(LATER)
    for method, path, body in dangerous(leo_id):
        answer = await admin.call(method, path, body)
        assert answer.status_code == 403, path
        assert answer.json()["type"] == "urn:iact:problem:reauthentication-required", path
    assert (await admin.call("GET", "/users")).status_code == 200, "looking needs none"

    old = admin.cookie
    answer = await admin.call("POST", PATH, {"password": PASSWORD})

    assert answer.status_code == 200, answer.text
    assert answer.json()["user"]["username"] == "ana.admin"
    assert admin.cookie not in {None, old}
    again = service.visitor()
    again.cookie = old
    assert (await again.introspect())["reason"] == "ROTATED"
    for method, path, body in dangerous(leo_id):
        assert (await admin.call(method, path, body)).status_code != 403, path


async def test_a_token_was_made_on_purpose_and_needs_no_password(service: Service) -> None:
    await service.administrator()
    leo_id = await service.person("leo.viewer")
    async with service.conn.transaction():
        made = await create_token(service.conn, username="ana.admin", functions=["ACC-004"], days=1)
    script = service.visitor()
    script.bearer = made.token
    assert (await script.call("POST", f"/users/{leo_id}/groups", {"groups": ["AGR-001"]})).status_code == 200
    assert (await script.call("POST", PATH, {"password": PASSWORD})).status_code == 403


async def test_a_wrong_password_changes_nothing_and_is_counted(service: Service) -> None:
    await service.administrator()
    admin = await service.signed_in()
    kept = admin.cookie
    codes = [(await admin.call("POST", PATH, {"password": "not the right words"})).status_code for _ in range(6)]
    assert codes == [403] * 5 + [429]
    refused = await admin.call("POST", PATH, {"password": PASSWORD})
    assert (refused.status_code, 14 * 60 < int(refused.headers["retry-after"]) <= 15 * 60) == (429, True)
    assert admin.cookie == kept
    assert (await admin.introspect())["active"] is True
    assert (await service.visitor(OFFICE).sign_in("ana.admin")).status_code == 201, "sign-in counts apart"
    events = await service.conn.fetch("SELECT event FROM audit.events WHERE event LIKE 'REAUTH%'")
    assert [row["event"] for row in events] == ["REAUTHENTICATION_FAILED"] * 5


async def test_an_ended_session_cannot_be_renewed(service: Service) -> None:
    await service.administrator()
    admin = await service.signed_in()
    identity = await admin.identity()
    kept = admin.cookie
    await admin.call("DELETE", "/sessions/current")
    admin.cookie = kept
    assert (await admin.call("POST", PATH, {"password": PASSWORD}, identity=identity)).status_code == 401
    live = await service.conn.fetchval("SELECT count(*) FROM sessions.sessions WHERE revoked_at IS NULL")
    assert live == 0
