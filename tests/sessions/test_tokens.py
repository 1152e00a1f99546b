from dataclasses import replace

import pytest

from services.sessions.accounts import AccountRefused, create_token
from tests.sessions.conftest import Service, Visitor

pytestmark = pytest.mark.integration


async def made(admin: Visitor, **changes: object) -> dict[str, str]:
    body = {"name": "nightly export", "functions": ["RPT-001", "RPT-003"], **changes}
    answer = await admin.call("POST", "/tokens", body)
    assert answer.status_code == 201, answer.text
    document: dict[str, str] = answer.json()
    return document


def script(admin: Visitor, token: str) -> Visitor:
    return replace(admin, cookie=None, bearer=token)


@pytest.mark.requirement("RF-029")
async def test_a_token_carries_what_it_was_made_for_and_no_more(service: Service) -> None:
    await service.administrator()
    admin = await service.signed_in()
    token = (await made(admin))["token"]
    assert token.startswith("iact_pat_")

    found = await script(admin, token).introspect()

    assert found["identity"]["kind"] == "token"
    assert found["identity"]["functions"] == ["RPT-001", "RPT-003"]
    current = (await script(admin, token).call("GET", "/sessions/current")).json()
    assert (current["user"]["username"], current["csrf_token"]) == ("ana.admin", None)
    assert (await script(admin, token).call("GET", "/users")).status_code == 403


@pytest.mark.requirement("RF-029")
async def test_a_token_shrinks_with_its_owner(service: Service) -> None:
    leo_id = await service.person("leo.viewer", "AGR-002")
    leo = await service.signed_in("leo.viewer")
    token = (await made(leo))["token"]
    await service.conn.execute("UPDATE sessions.user_groups SET expires_at = now() WHERE user_id = $1", leo_id)
    assert (await script(leo, token).introspect())["identity"]["functions"] == []
    await service.conn.execute("UPDATE sessions.users SET state = 'blocked' WHERE user_id = $1", leo_id)
    assert (await script(leo, token).introspect())["reason"] == "ACCOUNT_BLOCKED"


@pytest.mark.requirement("RF-029")
async def test_tokens_are_listed_without_their_secret_and_revoked(service: Service) -> None:
    await service.administrator()
    admin = await service.signed_in()
    token = await made(admin)
    listed = (await admin.call("GET", "/tokens")).json()["items"]
    assert [each["name"] for each in listed] == ["nightly export"]
    assert "token" not in listed[0]
    assert (await admin.call("DELETE", f"/tokens/{token['id']}")).status_code == 204
    assert (await script(admin, token["token"]).introspect())["reason"] == "REVOKED"
    assert (await admin.call("DELETE", f"/tokens/{token['id']}")).status_code == 404


async def test_another_persons_token_does_not_exist(service: Service) -> None:
    await service.administrator()
    await service.person("leo.viewer", "AGR-002")
    admin, leo = await service.signed_in(), await service.signed_in("leo.viewer")
    token = await made(admin)
    assert (await leo.call("DELETE", f"/tokens/{token['id']}")).status_code == 404
    assert (await leo.call("GET", "/tokens")).json()["items"] == []


@pytest.mark.requirement("RF-029")
async def test_a_token_lapses(service: Service) -> None:
    await service.administrator()
    admin = await service.signed_in()
    token = await made(admin, days=1)
    await service.conn.execute("UPDATE sessions.tokens SET expires_at = now()")
    assert (await script(admin, token["token"]).introspect())["reason"] == "EXPIRED"
    assert (await admin.call("GET", "/tokens")).json()["items"] == []


async def test_no_token_carries_more_than_its_owner_holds(service: Service) -> None:
    await service.person("leo.viewer", "AGR-002")
    leo = await service.signed_in("leo.viewer")
    answer = await leo.call("POST", "/tokens", {"name": "x", "functions": ["RPT-001", "USR-001"]})
    assert answer.status_code == 403
    assert "USR-001" in answer.json()["detail"]


async def test_a_token_makes_no_tokens_and_changes_no_password(service: Service) -> None:
    await service.administrator()
    admin = await service.signed_in()
    token = (await made(admin, functions=["AUTH-005", "RPT-001"]))["token"]
    body = {"name": "x", "functions": ["RPT-001"]}
    assert (await script(admin, token).call("POST", "/tokens", body)).status_code == 403
    change = {"current_password": "x", "new_password": "nueve barcos sin capitan"}
    assert (await script(admin, token).call("PUT", "/users/me/password", change)).status_code == 403
    assert (await script(admin, token).call("DELETE", "/sessions/current")).status_code == 403


@pytest.mark.requirement("RF-029", "RF-050")
async def test_a_display_token_only_reads(service: Service) -> None:
    await service.administrator()
    admin = await service.signed_in()
    refused = await admin.call("POST", "/tokens", {"name": "wall", "kind": "display", "functions": ["RPT-004"]})
    assert refused.status_code == 403
    token = (await made(admin, kind="display", functions=["RPT-001"]))["token"]
    wall = script(admin, token)
    assert token.startswith("iact_dsp_")
    assert (await wall.introspect())["identity"]["kind"] == "display"
    assert (await wall.call("PUT", "/users/me/preferences", {"language": "en"})).status_code == 403


async def test_a_person_has_at_most_twenty(service: Service) -> None:
    await service.administrator()
    admin = await service.signed_in()
    for _ in range(20):
        await made(admin)
    answer = await admin.call("POST", "/tokens", {"name": "one more", "functions": ["RPT-001"]})
    assert answer.status_code == 409


async def test_tokens_from_the_command_line(service: Service) -> None:
    await service.administrator()
    async with service.conn.transaction():
        created = await create_token(service.conn, username="Ana.Admin", functions=["RPT-001"], days=3)
    visitor = service.visitor()
    visitor.bearer = created.token
    assert (await visitor.introspect())["identity"]["functions"] == ["RPT-001"]
    for name, functions, said in (("nobody", None, "Nobody"), ("ana.admin", ["AUD-001"], "does not hold AUD-001")):
        with pytest.raises(AccountRefused, match=said):
            await create_token(service.conn, username=name, functions=functions, days=3)
