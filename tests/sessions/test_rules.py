"""Changes of the catalogue and what nobody may do by them: break separation, serve themselves, be two persons."""

from datetime import timedelta

import pytest

from services.sessions.accounts import create_superuser
from services.sessions.sweep import sweep
from shared.identity import Identity
from tests.sessions.conftest import PASSWORD, Service

pytestmark = pytest.mark.integration

OPERATOR = Identity(kind="operator", username="iact", functions=frozenset({"AUTH-003", "ACC-003", "ACC-004"}))


async def test_a_group_is_made_filled_switched_and_renamed(service: Service) -> None:
    await service.administrator()
    leo_id = await service.person("leo.viewer")
    admin = await service.signed_in()

    made = await admin.call("POST", "/groups", {"name": "night_shift", "functions": ["RPT-001", "ALR-001"]})

    assert made.status_code == 201, made.text
    code = made.json()["code"]
    assert made.json() == {
        "code": "AGR-011",
        "name": "night_shift",
        "active": True,
        "functions": ["ALR-001", "RPT-001"],
    }
    assert (await admin.call("POST", "/groups", {"name": "night_shift"})).status_code == 409
    assert (await admin.call("POST", f"/users/{leo_id}/groups", {"groups": [code]})).status_code == 200
    leo = await service.signed_in("leo.viewer")
    renamed = await admin.call("PATCH", f"/groups/{code}", {"name": "late_shift"})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "late_shift")
    assert (await leo.introspect())["active"] is True, "a new name is no new right"
    filled = await admin.call("PATCH", f"/groups/{code}", {"functions": ["RPT-001", "RPT-003"]})
    assert filled.json()["functions"] == ["RPT-001", "RPT-003"]
    assert (await leo.introspect())["reason"] == "ROLE_CHANGED"
    leo = await service.signed_in("leo.viewer")
    assert (await leo.introspect())["identity"]["functions"] == ["RPT-001", "RPT-003"]
    assert (await admin.call("PATCH", f"/groups/{code}", {"active": False})).status_code == 200
    leo = await service.signed_in("leo.viewer")
    assert (await leo.introspect())["identity"]["functions"] == []
    details = await service.conn.fetchval(
        "SELECT details FROM audit.events WHERE event = 'GROUP_UPDATED' ORDER BY event_id OFFSET 1 LIMIT 1"
    )
    assert '"added": ["RPT-003"]' in details
    assert '"removed": ["ALR-001"]' in details


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/groups/AGR-099", {"active": False}, 404),
        ("/groups/AGR-005", {"functions": ["RPT-099"]}, 422),
        ("/groups/AGR-005", {"name": "basic_operator"}, 409),
        ("/groups/AGR-005", {"name": "Not A Name"}, 422),
        ("/separation-rules/SOD-009", {"active": False}, 404),
        ("/separation-rules/SOD-001", {"side_a": []}, 422),
        ("/separation-rules/SOD-001", {"side_a": ["RPT-099"]}, 422),
        ("/separation-rules/SOD-001", {"side_a": ["AUD-001"]}, 422),
    ],
)
async def test_what_makes_no_sense_is_refused(service: Service, path: str, body: object, status: int) -> None:
    await service.administrator()
    admin = await service.signed_in()
    assert (await admin.call("PATCH", path, body)).status_code == status


async def test_filling_a_group_serves_nobody_who_fills_it(service: Service) -> None:
    admin_id = await service.administrator()
    admin = await service.signed_in()
    before = await service.conn.fetchval("SELECT sessions.effective_functions($1)", admin_id)
    answer = await admin.call("PATCH", "/groups/AGR-005", {"functions": ["ALR-001", "RPT-012"]})
    assert answer.status_code == 422, "no such function"
    for functions in (["RPT-009", "AUTH-005", "ALR-001", "USR-001", "ALR-010", "PIP-001", "CFG-001"],):
        refused = await admin.call("PATCH", "/groups/AGR-010", {"functions": functions})
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:iact:problem:own-permissions")
    assert await service.conn.fetchval("SELECT sessions.effective_functions($1)", admin_id) == before
    taken = await admin.call("PATCH", "/groups/AGR-010", {"functions": ["AUTH-001"]})
    assert taken.status_code == 200, "giving up is no service to oneself"
    assert (await admin.introspect())["reason"] == "ROLE_CHANGED"


@pytest.mark.parametrize(
    "change", [{"active": False}, {"functions": ["ACC-001", "ACC-004"]}, {"functions": ["ACC-006", "ACC-007"]}]
)
async def test_nobody_takes_the_last_key(service: Service, change: object) -> None:
    await service.administrator()
    gone_id = await service.person("leo.viewer", "AGR-007")  # who cannot come in does not count
    admin = await service.signed_in()
    assert (await admin.call("POST", f"/users/{gone_id}/deactivate")).status_code == 200, (
        "who cannot come in, helps not"
    )

    refused = await admin.call("PATCH", "/groups/AGR-007", change)

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:iact:problem:last-holder")
    assert "ACC-00" in refused.json()["detail"]
    assert (await admin.introspect())["active"] is True, "nothing was changed"
    reason = await service.conn.fetchval(
        "SELECT details->>'reason' FROM audit.events WHERE event = 'GROUP_UPDATE_FAILED'"
    )
    assert reason == "LastHolder"


async def test_a_key_may_be_taken_when_another_group_gives_it(service: Service) -> None:
    await service.administrator()
    other_id = await service.person("ana.other")
    admin = await service.signed_in()
    made = await admin.call("POST", "/groups", {"name": "keys", "functions": ["ACC-004", "ACC-006", "ACC-007"]})
    assert (await admin.call("POST", f"/users/{other_id}/groups", {"groups": [made.json()["code"]]})).status_code == 200
    assert (await admin.call("PATCH", "/groups/AGR-007", {"active": False})).status_code == 200


@pytest.mark.requirement("RF-026")
async def test_no_group_breaks_a_rule_for_anybody_who_holds_it(service: Service) -> None:
    await service.administrator()
    await service.person("leo.viewer", "AGR-001", "AGR-009")
    admin = await service.signed_in()
    inside = await admin.call("POST", "/groups", {"name": "everything", "functions": ["PIP-001", "AUD-001"]})
    assert inside.status_code == 409
    refused = await admin.call("PATCH", "/groups/AGR-001", {"functions": ["RPT-001", "AUD-004"]})
    assert refused.status_code == 409
    assert "leo.viewer" in refused.json()["detail"]
    assert "SOD-001" in {error["param"] for error in refused.json()["errors"]}
    held = {each["code"]: each["functions"] for each in (await admin.call("GET", "/groups")).json()["items"]}
    assert "AUD-004" not in held["AGR-001"], "all or nothing"
    failed = await service.conn.fetchval("SELECT count(*) FROM audit.events WHERE event = 'GROUP_UPDATE_FAILED'")
    assert failed == 1


async def test_a_rule_is_changed_switched_off_and_only_switched_on_when_kept(service: Service) -> None:
    await service.administrator()
    leo_id = await service.person("leo.viewer", "AGR-008")
    admin = await service.signed_in()
    asked = ("POST", f"/users/{leo_id}/groups", {"groups": ["AGR-009"]})
    assert (await admin.call(*asked)).status_code == 409
    off = await admin.call("PATCH", "/separation-rules/SOD-001", {"active": False})
    assert (off.status_code, off.json()["active"]) == (200, False)
    assert (await admin.call(*asked)).status_code == 200
    on = await admin.call("PATCH", "/separation-rules/SOD-001", {"active": True})
    assert (on.status_code, "leo.viewer" in on.json()["detail"]) == (409, True)
    changed = await admin.call("PATCH", "/separation-rules/SOD-001", {"side_a": ["DOR-002"], "active": True})
    assert (changed.status_code, changed.json()["side_a"]) == (200, ["DOR-002"])


async def test_each_change_needs_its_function(service: Service) -> None:
    await service.administrator()
    admin = await service.signed_in()
    whole = await admin.identity()
    for method, path, body, needed in (
        ("POST", "/groups", {"name": "night_shift"}, "ACC-006"),
        ("POST", "/groups", {"name": "night_shift", "functions": ["RPT-001"]}, "ACC-007"),
        ("PATCH", "/groups/AGR-003", {"name": "night_shift"}, "ACC-006"),
        ("PATCH", "/groups/AGR-003", {"functions": []}, "ACC-007"),
        ("PATCH", "/separation-rules/SOD-001", {"active": False}, "ACC-012"),
        ("PATCH", "/separation-rules/SOD-001", {"name": "another name"}, "ACC-011"),
    ):
        less = Identity(
            kind="user",
            user_id=whole.user_id,
            username=whole.username,
            session_id=whole.session_id,
            functions=whole.functions - {needed},
        )
        answer = await admin.call(method, path, body, identity=less)
        assert (answer.status_code, needed in answer.json()["detail"]) == (403, True), (path, needed)


async def test_nobody_issues_a_code_that_opens_more_than_they_administer(service: Service) -> None:
    """Whoever issues a code can use it: the holder of AUTH-003 alone would become auditor or administrator."""
    await service.person("sam.system", "AGR-010")
    auditor_id = await service.administrator("eva.auditor", auditor=True)
    admin_id = await service.administrator("ana.admin")
    viewer_id = await service.person("leo.viewer", "AGR-004", "AGR-009")
    sam, ana = await service.signed_in("sam.system"), await service.signed_in("ana.admin")
    for visitor, user_id, status in (
        (sam, auditor_id, 403),
        (ana, auditor_id, 403),
        (sam, admin_id, 403),
        (sam, viewer_id, 201),
        (ana, viewer_id, 201),
    ):
        answer = await visitor.call("POST", f"/users/{user_id}/recovery-code")
        assert answer.status_code == status, answer.text
    assert "AUD-001" in (await ana.call("POST", f"/users/{auditor_id}/recovery-code")).json()["detail"]
    refused = await service.conn.fetchval("SELECT count(*) FROM audit.events WHERE event = 'PASSWORD_RESET_REFUSED'")
    assert refused == 4
    eva = await service.signed_in("eva.auditor")
    machine = service.visitor()
    answer = await machine.call("POST", f"/users/{auditor_id}/recovery-code", identity=OPERATOR)
    assert answer.status_code == 201, answer.text
    assert (await eva.introspect())["reason"] == "RECOVERY"


async def test_a_revoke_exception_does_not_open_the_way_to_a_code(service: Service) -> None:
    await service.person("sam.system", "AGR-010")
    auditor_id = await service.administrator("eva.auditor", auditor=True)
    for number in range(1, 5):
        await service.conn.execute(
            """INSERT INTO sessions.user_exceptions (user_id, function_code, effect, justification, expires_at)
               VALUES ($1, $2, 'revoke', 'a reason of twenty letters', now() + interval '1 day')""",
            auditor_id,
            f"AUD-00{number}",
        )
    sam = await service.signed_in("sam.system")
    assert (await sam.call("POST", f"/users/{auditor_id}/recovery-code")).status_code == 403


async def test_nobody_gives_the_audit_to_an_account_whose_code_they_were_told(service: Service) -> None:
    await service.administrator("ana.admin")
    async with service.conn.transaction():
        await create_superuser(service.conn, service.settings, username="eva.admin", password=PASSWORD)
    ana, eva = await service.signed_in("ana.admin"), await service.signed_in("eva.admin")
    made = (await ana.call("POST", "/users", {"username": "new.auditor"})).json()
    path = f"/users/{made['user']['id']}/groups"
    refused = await ana.call("POST", path, {"groups": ["AGR-008"]})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:iact:problem:four-eyes")
    assert (await ana.call("POST", path, {"groups": ["AGR-001"]})).status_code == 200
    widened = await ana.call("PATCH", "/groups/AGR-001", {"functions": ["RPT-001", "AUD-001"]})
    assert widened.status_code in {403, 409}
    assert (await eva.call("POST", path, {"groups": ["AGR-008"]})).status_code == 200


async def test_what_has_run_out_becomes_history_and_is_recorded(service: Service) -> None:
    leo_id = await service.person("leo.viewer", "AGR-001", "AGR-002")
    await service.conn.execute(
        "UPDATE sessions.user_groups SET expires_at = now() - interval '1 s' WHERE group_code = 'AGR-002'"
    )
    await service.conn.execute(
        """INSERT INTO sessions.user_exceptions (user_id, function_code, effect, justification, expires_at)
           VALUES ($1, 'RPT-004', 'grant', 'a reason of twenty letters', now() - $2::interval)""",
        leo_id,
        timedelta(seconds=1),
    )
    for _ in range(2):
        async with service.conn.transaction():
            await sweep(service.conn, service.settings)
    events = await service.conn.fetch("SELECT event FROM audit.events WHERE event LIKE '%EXPIRED' ORDER BY event")
    assert [row["event"] for row in events] == ["EXCEPTIONAL_PERMISSION_EXPIRED", "FUNCTIONS_EXPIRED"]
    live = await service.conn.fetch("SELECT group_code FROM sessions.user_groups WHERE revoked_at IS NULL")
    assert [row["group_code"] for row in live] == ["AGR-001"]
