import asyncio
import json
from pathlib import Path

import pytest

from services.sessions.accounts import AccountRefused, create_superuser
from tests.sessions.conftest import PASSWORD, Service, Start

pytestmark = pytest.mark.integration

CHOSEN = "nueve barcos sin capitan"


async def link_code(service: Service, username: str = "root.admin") -> str:
    async with service.conn.transaction():
        made = await create_superuser(service.conn, service.settings, username=username, password=None)
    assert made.code is not None
    return made.code


async def test_the_one_time_link_signs_in_once_and_clears_the_run_file(start: Start, tmp_path: Path) -> None:
    run_file = tmp_path / "run.json"
    service = await start(iact_run_file=run_file)
    code = await link_code(service)
    run_file.write_text(json.dumps({"admin_sign_in_url": f"http://127.0.0.1:8000/sign-in#code={code}", "pids": {}}))
    visitor = service.visitor()

    answer = await visitor.call("POST", "/sessions/redeem", {"code": code.lower(), "new_password": CHOSEN})

    assert answer.status_code == 201, answer.text
    assert answer.json()["must_change_password"] is False
    assert "ACC-004" in answer.json()["functions"]
    assert (await visitor.call("GET", "/sessions/current")).json()["user"]["username"] == "root.admin"
    assert json.loads(run_file.read_text()) == {"admin_sign_in_url": None, "pids": {}}
    again = await service.visitor().call("POST", "/sessions/redeem", {"code": code, "new_password": CHOSEN + "x"})
    assert again.status_code == 401
    assert (await service.visitor().sign_in("root.admin", CHOSEN)).status_code == 201


async def test_a_refused_password_says_why_and_leaves_the_code(service: Service) -> None:
    code = await link_code(service)
    refused = await service.visitor().call("POST", "/sessions/redeem", {"code": code, "new_password": "root.admin.1"})
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"param": "new_password", "detail": "This password is little more than the user name."}
    ]
    assert refused.json()["errors"][0]["param"] == "new_password"
    accepted = await service.visitor().call("POST", "/sessions/redeem", {"code": code, "new_password": CHOSEN})
    assert accepted.status_code == 201


async def test_only_the_newest_code_counts(service: Service) -> None:
    old = await link_code(service)
    new = await link_code(service)
    for code, status in ((old, 401), (new, 201)):
        answer = await service.visitor().call("POST", "/sessions/redeem", {"code": code, "new_password": CHOSEN})
        assert answer.status_code == status


async def test_an_opened_account_gets_no_second_link(service: Service) -> None:
    await service.administrator()
    with pytest.raises(AccountRefused, match="taken"):
        await link_code(service, "ana.admin")


async def test_of_many_who_redeem_at_once_one_gets_in(service: Service) -> None:
    code = await link_code(service)
    answers = await asyncio.gather(
        *(
            service.visitor().call("POST", "/sessions/redeem", {"code": code, "new_password": f"{CHOSEN} {n}"})
            for n in range(4)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401]


@pytest.mark.parametrize("column", ["expires_at", "created_at"])
@pytest.mark.requirement("RF-024")
async def test_a_code_lapses(service: Service, column: str) -> None:
    code = await link_code(service)
    await service.conn.execute(f"UPDATE sessions.one_time_codes SET {column} = now() - interval '1 second'")
    answer = await service.visitor().call("POST", "/sessions/redeem", {"code": code, "new_password": CHOSEN})
    assert answer.status_code == (401 if column == "expires_at" else 201)


@pytest.mark.requirement("RF-024")
async def test_recovery_by_an_administrator(service: Service) -> None:
    await service.administrator()
    leo_id = await service.person("leo.viewer", "AGR-002")
    admin, leo = await service.signed_in(), await service.signed_in("leo.viewer")
    for _ in range(6):
        await service.visitor().sign_in("leo.viewer", "not the right one")

    issued = await admin.call("POST", f"/users/{leo_id}/recovery-code")

    assert issued.status_code == 201, issued.text
    assert (await leo.introspect())["reason"] == "RECOVERY"
    life = await service.conn.fetchval("SELECT expires_at - created_at FROM sessions.one_time_codes")
    assert life.total_seconds() == 900
    redeemed = await service.visitor().call(
        "POST", "/sessions/redeem", {"code": issued.json()["code"], "new_password": CHOSEN}
    )
    assert redeemed.status_code == 201
    assert (await service.visitor().sign_in("leo.viewer")).status_code == 401
    assert (await service.visitor().sign_in("leo.viewer", CHOSEN)).status_code == 201
    assert await service.conn.fetchval("SELECT count(*) FROM sessions.sign_in_failures WHERE failures > 1") == 0


async def test_nobody_recovers_themselves_and_a_blocked_account_stays_shut(service: Service) -> None:
    admin_id = await service.administrator()
    leo_id = await service.person("leo.viewer", "AGR-002")
    admin = await service.signed_in()
    assert (await admin.call("POST", f"/users/{admin_id}/recovery-code")).status_code == 403
    code = (await admin.call("POST", f"/users/{leo_id}/recovery-code")).json()["code"]
    await admin.call("POST", f"/users/{leo_id}/block")
    assert (await admin.call("POST", f"/users/{leo_id}/recovery-code")).status_code == 409
    answer = await service.visitor().call("POST", "/sessions/redeem", {"code": code, "new_password": CHOSEN})
    assert answer.status_code == 401


async def test_changing_the_password_ends_the_others_and_renews_this_session(start: Start) -> None:
    service = await start(iact_sessions_per_user=3)
    await service.administrator()
    here, there = await service.signed_in(), await service.signed_in()
    old_cookie = here.cookie

    answer = await here.call("PUT", "/users/me/password", {"current_password": PASSWORD, "new_password": CHOSEN})

    assert answer.status_code == 200, answer.text
    assert here.cookie != old_cookie
    assert (await here.introspect())["active"] is True
    assert (await there.introspect())["reason"] == "PASSWORD_CHANGED"
    here.cookie = old_cookie
    assert (await here.introspect())["reason"] == "ROTATED"
    assert (await service.visitor().sign_in("ana.admin")).status_code == 401
    assert (await service.visitor().sign_in("ana.admin", CHOSEN)).status_code == 201


async def test_the_current_password_can_be_guessed_five_times(service: Service) -> None:
    await service.administrator()
    admin = await service.signed_in()
    body = {"current_password": "not the right one", "new_password": CHOSEN}
    answers = [(await admin.call("PUT", "/users/me/password", body)).status_code for _ in range(6)]
    assert answers == [403] * 5 + [429]
    right = {"current_password": PASSWORD, "new_password": CHOSEN}
    assert (await admin.call("PUT", "/users/me/password", right)).status_code == 429


@pytest.mark.parametrize("new", [PASSWORD, "corta", "ana.admin.2026"])
async def test_a_new_password_must_be_new_and_good(service: Service, new: str) -> None:
    await service.administrator()
    admin = await service.signed_in()
    answer = await admin.call("PUT", "/users/me/password", {"current_password": PASSWORD, "new_password": new})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["param"] == "new_password"


async def test_whoever_must_change_the_password_can_do_only_that(service: Service) -> None:
    await service.administrator()
    leo_id = await service.person("leo.viewer", "AGR-002")
    admin = await service.signed_in()
    changed = await admin.call("PATCH", f"/users/{leo_id}", {"must_change_password": True})
    assert changed.json()["must_change_password"] is True
    leo = await service.signed_in("leo.viewer")
    assert (await leo.call("GET", "/sessions/current")).json()["must_change_password"] is True
    assert (await leo.call("GET", "/sessions")).status_code == 403
    body = {"current_password": PASSWORD, "new_password": CHOSEN}
    assert (await leo.call("PUT", "/users/me/password", body)).json()["must_change_password"] is False
    assert (await leo.call("GET", "/sessions")).status_code == 200
