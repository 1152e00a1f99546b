from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tests.sessions.conftest import Service

pytestmark = pytest.mark.integration

REASON = "covers for a colleague on leave until Friday"
ADMINISTRATOR = {
    *(f"AUTH-00{n}" for n in range(1, 6)),
    *(f"USR-00{n}" for n in range(1, 10)),
    *(f"ACC-{n:03}" for n in range(1, 13)),
    *(f"PIP-00{n}" for n in range(1, 7)),
    *(f"RPT-{n:03}" for n in range(1, 14) if n != 12),
    *(f"ALR-{n:03}" for n in range(1, 11)),
    *(f"LOG-00{n}" for n in range(1, 8)),
    "DOR-001",
    "DOR-002",
    "CFG-001",
}


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


async def test_the_administrator_holds_everything_but_the_audit(service: Service) -> None:
    user_id = await service.administrator()
    admin = await service.signed_in()
    answer = (await admin.call("GET", f"/users/{user_id}/effective-functions")).json()
    assert set(answer["functions"]) == ADMINISTRATOR
    by_name = {decision["function"]: decision for decision in answer["decisions"]}
    assert by_name["ALR-001"]["groups"] == ["AGR-004", "AGR-005"]
    assert by_name["ALR-001"]["origin"] == "GRANTED_BY_AGR"


async def test_the_auditor_holds_the_audit_alone(service: Service) -> None:
    await service.administrator("eva.auditor", auditor=True)
    eva = await service.signed_in("eva.auditor")
    state = (await eva.call("GET", "/sessions/current")).json()
    assert state["functions"] == ["AUD-001", "AUD-002", "AUD-003", "AUD-004"]


async def test_groups_are_given_and_taken_with_effect_at_once(service: Service) -> None:
    await service.administrator()
    leo_id = await service.person("leo.viewer")
    admin, leo = await service.signed_in(), await service.signed_in("leo.viewer")

    given = await admin.call("POST", f"/users/{leo_id}/groups", {"groups": ["AGR-001", "AGR-005"]})

    assert given.status_code == 200, given.text
    assert [each["group"] for each in given.json()["items"]] == ["AGR-001", "AGR-005"]
    assert given.json()["items"][0]["granted_by"] == "ana.admin"
    assert (await leo.introspect())["reason"] == "ROLE_CHANGED"
    leo = await service.signed_in("leo.viewer")
    assert "ALR-003" in (await leo.introspect())["identity"]["functions"]
    again = await admin.call("POST", f"/users/{leo_id}/groups", {"groups": ["AGR-001"]})
    assert again.json() == given.json()
    assert (await leo.introspect())["active"] is True
    assert (await admin.call("DELETE", f"/users/{leo_id}/groups/AGR-005")).status_code == 204
    assert (await leo.introspect())["reason"] == "ROLE_CHANGED"
    leo = await service.signed_in("leo.viewer")
    assert "ALR-003" not in (await leo.introspect())["identity"]["functions"]
    assert (await admin.call("DELETE", f"/users/{leo_id}/groups/AGR-005")).status_code == 404


@pytest.mark.requirement("RF-026")
@pytest.mark.parametrize(
    ("holds", "asked", "rule"),
    [
        (["AGR-008"], ["AGR-001", "AGR-009"], "SOD-001"),
        (["AGR-009"], ["AGR-008"], "SOD-001"),
        (["AGR-008"], ["AGR-006"], "SOD-002"),
        ([], ["AGR-007", "AGR-008"], "SOD-003"),
    ],
)
async def test_separation_of_duties_is_all_or_nothing(
    service: Service, holds: list[str], asked: list[str], rule: str
) -> None:
    await service.administrator()
    leo_id = await service.person("leo.viewer", *holds)
    admin = await service.signed_in()

    answer = await admin.call("POST", f"/users/{leo_id}/groups", {"groups": asked})

    assert answer.status_code == 409
    assert rule in [error["param"] for error in answer.json()["errors"]]
    items = (await admin.call("GET", f"/users/{leo_id}/groups")).json()["items"]
    assert [each["group"] for each in items] == holds
    assert await service.conn.fetchval("SELECT count(*) FROM audit.events WHERE event = 'FUNCTIONS_ASSIGN_FAILED'") == 1


async def test_a_report_viewer_may_be_an_auditor(service: Service) -> None:
    await service.administrator()
    leo_id = await service.person("leo.viewer", "AGR-002")
    admin = await service.signed_in()
    assert (await admin.call("POST", f"/users/{leo_id}/groups", {"groups": ["AGR-008"]})).status_code == 200


async def test_separation_holds_for_exceptions_and_is_not_fooled_by_a_revoke(service: Service) -> None:
    await service.administrator()
    leo_id = await service.person("leo.viewer", "AGR-008")
    admin = await service.signed_in()
    path = f"/users/{leo_id}/exceptions"
    for code in ("AUD-001", "AUD-002", "AUD-003", "AUD-004"):
        revoke = {"function": code, "effect": "revoke", "justification": REASON, "expires_at": in_days(1)}
        assert (await admin.call("POST", path, revoke)).status_code == 201
    grant = {"function": "PIP-005", "effect": "grant", "justification": REASON, "expires_at": in_days(1)}
    assert (await admin.call("POST", path, grant)).status_code == 409


async def test_nobody_serves_themselves(service: Service) -> None:
    admin_id = await service.administrator()
    admin = await service.signed_in()
    grant = {"function": "RPT-012", "effect": "grant", "justification": REASON, "expires_at": in_days(1)}
    for method, path, body in (
        ("POST", f"/users/{admin_id}/groups", {"groups": ["AGR-001"]}),
        ("DELETE", f"/users/{admin_id}/groups/AGR-004", None),
        ("POST", f"/users/{admin_id}/exceptions", grant),
        ("DELETE", f"/users/{admin_id}/exceptions/1", None),
    ):
        assert (await admin.call(method, path, body)).status_code == 403, path
    assert (await admin.call("POST", f"/users/0{admin_id}/groups", {"groups": ["AGR-001"]})).status_code == 404


async def test_exceptions_grant_revoke_and_end(service: Service) -> None:
    await service.administrator()
    leo_id = await service.person("leo.viewer", "AGR-001")
    admin = await service.signed_in()
    path = f"/users/{leo_id}/exceptions"

    async def held(function: str) -> tuple[bool, str]:
        leo = await service.signed_in("leo.viewer")
        answer = (await leo.call("GET", "/users/me/effective-functions")).json()
        decisions = {each["function"]: (each["allowed"], each["origin"]) for each in answer["decisions"]}
        allowed: tuple[bool, str] = decisions.get(function, (False, "none"))
        return allowed

    assert await held("RPT-004") == (False, "none")
    grant = {"function": "RPT-004", "effect": "grant", "justification": REASON, "expires_at": in_days(29)}
    first = await admin.call("POST", path, grant)
    assert first.status_code == 201, first.text
    assert await held("RPT-004") == (True, "GRANTED_EXCEPTIONAL")
    second = await admin.call("POST", path, {**grant, "effect": "revoke"})
    assert await held("RPT-004") == (False, "REVOKED_EXCEPTIONAL")
    assert len((await admin.call("GET", path)).json()["items"]) == 2
    assert (await admin.call("DELETE", f"{path}/{second.json()['id']}")).status_code == 204
    assert await held("RPT-004") == (True, "GRANTED_EXCEPTIONAL")
    await service.conn.execute("UPDATE sessions.user_exceptions SET expires_at = now()")
    assert await held("RPT-004") == (False, "none")


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"justification": "because"}, "justification"),
        ({"expires_at": in_days(31)}, "expires_at"),
        ({"expires_at": in_days(-1)}, "expires_at"),
        ({"expires_at": "2026-01-01T00:00:00"}, "expires_at"),
        ({"function": "RPT-099"}, "function"),
        ({"effect": "maybe"}, "effect"),
    ],
)
async def test_an_exception_needs_a_reason_an_end_and_a_function(
    service: Service, change: dict[str, str], param: str
) -> None:
    await service.administrator()
    leo_id = await service.person("leo.viewer", "AGR-001")
    admin = await service.signed_in()
    good = {"function": "RPT-004", "effect": "grant", "justification": REASON, "expires_at": in_days(1)}
    answer = await admin.call("POST", f"/users/{leo_id}/exceptions", {**good, **change})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["param"] == param


@pytest.mark.parametrize("body", [{"groups": []}, {"groups": ["AGR-099"]}, {"groups": ["AGR-001"], "expires_at": None}])
async def test_assignments_are_checked(service: Service, body: dict[str, object]) -> None:
    await service.administrator()
    leo_id = await service.person("leo.viewer")
    admin = await service.signed_in()
    answer = await admin.call("POST", f"/users/{leo_id}/groups", body)
    assert answer.status_code == (200 if body["groups"] == ["AGR-001"] else 422)


async def test_an_assignment_may_end_by_itself_and_be_renewed(service: Service) -> None:
    await service.administrator()
    leo_id = await service.person("leo.viewer")
    admin = await service.signed_in()
    body = {"groups": ["AGR-002"], "expires_at": in_days(7)}
    assert (await admin.call("POST", f"/users/{leo_id}/groups", body)).status_code == 200
    leo = await service.signed_in("leo.viewer")
    await service.conn.execute("UPDATE sessions.user_groups SET expires_at = now() WHERE user_id = $1", leo_id)
    assert (await leo.introspect())["identity"]["functions"] == []
    assert (await admin.call("POST", f"/users/{leo_id}/groups", {"groups": ["AGR-002"]})).status_code == 200
    leo = await service.signed_in("leo.viewer")
    assert "RPT-001" in (await leo.introspect())["identity"]["functions"]
    soon = {"groups": ["AGR-002"], "expires_at": in_days(0.01)}
    assert (await admin.call("POST", f"/users/{leo_id}/groups", soon)).status_code == 422


async def test_an_inactive_group_gives_nothing(service: Service) -> None:
    await service.person("leo.viewer", "AGR-002")
    leo = await service.signed_in("leo.viewer")
    await service.conn.execute("UPDATE sessions.groups SET active = false WHERE code = 'AGR-002'")
    assert (await leo.introspect())["identity"]["functions"] == []


async def test_the_catalogue(service: Service) -> None:
    await service.administrator()
    await service.person("leo.viewer", "AGR-002")
    admin, leo = await service.signed_in(), await service.signed_in("leo.viewer")
    functions = (await admin.call("GET", "/functions")).json()["items"]
    groups = {each["name"]: each["functions"] for each in (await admin.call("GET", "/groups")).json()["items"]}
    rules = {each["code"]: each for each in (await admin.call("GET", "/separation-rules")).json()["items"]}

    assert len(functions) == 68
    assert {each["name"] for each in functions if each["code"] == "PIP-005"} == {"run_ingestion"}
    assert groups["basic_operator"] == ["AUTH-001", "AUTH-005", "RPT-001", "RPT-002", "RPT-007", "RPT-008"]
    chain = [set(groups[name]) for name in ("basic_operator", "report_viewer", "quality_supervisor", "data_exporter")]
    assert all(smaller < larger for smaller, larger in pairwise(chain))
    assert len(groups) == 10
    assert rules["SOD-002"]["side_a"] == ["USR-001", "USR-003", "USR-004", "USR-007"]
    assert rules["SOD-002"]["side_b"] == ["AUD-001", "AUD-002", "AUD-003"]
    for path in ("/functions", "/groups", "/separation-rules"):
        assert (await leo.call("GET", path)).status_code == 403
