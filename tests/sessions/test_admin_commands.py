"""`iact user|group|exception|audit` against the real service on a port, found through run.json."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest
from anyio import to_thread
from pydantic import SecretStr
from typer.testing import CliRunner

from iact.cli import build
from iact.system import System
from services.sessions.main import create_service
from services.sessions.settings import Settings
from shared.settings import DatabaseSettings
from tests.gateway.conftest import serve
from tests.sessions.conftest import PASSWORD, Service

pytestmark = pytest.mark.integration

REASON = "covers for a colleague this week"
Run = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
async def run(
    database_settings: DatabaseSettings, identity_keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Run]:
    """Runs a command in a thread; it finds the service as a person's would."""
    settings = Settings(
        _env_file=None,
        db_analytics_host=database_settings.host,
        db_analytics_port=database_settings.port,
        db_analytics_name=database_settings.name,
        db_analytics_user=database_settings.user,
        db_analytics_password=SecretStr(database_settings.password),
        iact_secrets_dir=identity_keys,
        iact_data_dir=tmp_path,
        iact_argon2_memory_mib=19,
    )
    async with serve(create_service(settings)) as served:
        system = System(
            data_dir=tmp_path,
            gateway_url="http://127.0.0.1:8000",
            service_urls={"sessions": served.url},
            secrets_dir=identity_keys,
            sources_file=tmp_path / "sources.toml",
            owner=database_settings,
        )
        monkeypatch.setattr(System, "load", lambda _: system)

        def command(*words: str) -> tuple[int, str, str]:
            result = CliRunner().invoke(build(words[0]), list(words))
            return result.exit_code, result.stdout, result.stderr

        async def run(*words: str) -> tuple[int, str, str]:
            return await to_thread.run_sync(command, *words)

        yield run


async def test_a_person_is_made_seen_blocked_and_recovered(run: Run, service: Service) -> None:
    code, out, err = await run("user", "create", "leo.viewer", "--group", "AGR-001", "--display-name", "Leo")
    assert (code, err) == (0, "")
    link = re.search(r"http://127\.0\.0\.1:8000/sign-in#code=(\S+)", out)
    assert link is not None
    leo = service.visitor()
    redeemed = await leo.call("POST", "/sessions/redeem", {"code": link[1], "new_password": PASSWORD})
    assert redeemed.json()["functions"][0] == "AUTH-001"

    code, out, _ = await run("user", "block", "Leo.Viewer")
    assert (code, "blocked" in out) == (0, True)
    assert (await leo.introspect())["reason"] == "ACCOUNT_BLOCKED"
    code, _, err = await run("user", "block", "leo.viewer")
    assert (code, err.strip()) == (1, "iact: The account is blocked; this needs one that is active.")
    assert json.loads((await run("user", "unblock", "leo.viewer", "--json"))[1])["state"] == "active"
    for action, state in (("deactivate", "inactive"), ("reactivate", "active")):
        assert json.loads((await run("user", action, "leo.viewer", "--json"))[1])["state"] == state

    issued = json.loads((await run("user", "recovery-code", "leo.viewer", "--json"))[1])
    assert issued["sign_in_url"].startswith("http://127.0.0.1:8000/sign-in#code=")
    listed = json.loads((await run("user", "list", "--search", "leo", "--state", "active", "--json"))[1])["items"]
    assert [person["display_name"] for person in listed] == ["Leo"]
    assert "leo.viewer" in (await run("user", "list"))[1]
    code, out, _ = await run("user", "show", "leo.viewer")
    assert re.search(r"may +RPT-001 +AGR-001", out)
    for missing in ("nobody.here", ""):
        code, _, err = await run("user", "show", missing)
        assert (code, "iact user list" in err) == (1, True)
    events = await service.conn.fetch("SELECT DISTINCT details ->> 'by' AS by FROM audit.events WHERE event ~ '^USER_'")
    assert [row["by"] for row in events] == ["operator"]


async def test_groups_are_made_given_and_taken(run: Run, service: Service) -> None:
    await service.person("leo.viewer")
    assert (await run("group", "create", "night_shift", "RPT-001", "ALR-001"))[1].startswith("AGR-011  night_shift")
    code, out, err = await run("group", "give", "leo.viewer", "AGR-011", "AGR-002", "--days", "7")
    assert (code, err) == (0, "")
    assert out.count("until ") == 2
    held = json.loads((await run("group", "list", "--user", "leo.viewer", "--json"))[1])["items"]
    assert [item["group"] for item in held] == ["AGR-002", "AGR-011"]
    code, _, err = await run("group", "give", "leo.viewer", "AGR-008", "AGR-009")
    assert (code, "SOD-001" in err) == (1, True)
    assert (await run("group", "take", "leo.viewer", "AGR-002"))[0] == 0
    assert "AGR-002" not in (await run("group", "list", "--user", "leo.viewer"))[1]
    assert len((await run("group", "list"))[1].splitlines()) == 11


async def test_exceptions_are_granted_revoked_and_ended(run: Run, service: Service) -> None:
    await service.person("leo.viewer", "AGR-001")
    made = await run("exception", "grant", "leo.viewer", "RPT-004", "--reason", REASON, "--days", "30", "--json")
    assert made[0] == 0, made[2]
    number = json.loads(made[1])["id"]
    assert (await run("exception", "revoke", "leo.viewer", "RPT-001", "--reason", REASON, "--days", "1"))[0] == 0
    listed = (await run("exception", "list", "leo.viewer"))[1].splitlines()
    assert [line.split()[1:3] for line in listed] == [["grant", "RPT-004"], ["revoke", "RPT-001"]]
    assert (await run("exception", "end", "leo.viewer", number))[0] == 0
    assert len(json.loads((await run("exception", "list", "leo.viewer", "--json"))[1])["items"]) == 1
    code, _, err = await run("exception", "grant", "leo.viewer", "RPT-004", "--reason", "because", "--days", "1")
    assert (code, "justification" in err) == (1, True)
    assert (await run("exception", "grant", "leo.viewer", "RPT-004", "--reason", REASON, "--days", "31"))[0] == 2


async def test_the_trail_is_proven_from_the_machine(run: Run, service: Service, conn: asyncpg.Connection) -> None:
    await service.person("leo.viewer", "AGR-001")
    async with asyncio.timeout(60):
        while await conn.fetchval("SELECT count(*) FROM audit.unsealed"):  # noqa: ASYNC110 - the sealer tells nobody
            await asyncio.sleep(0.05)
    code, out, err = await run("audit", "verify")
    assert (code, err) == (0, "")
    assert out.startswith("The audit trail is intact: ")
    found = json.loads((await run("audit", "verify", "--json"))[1])
    assert (found["intact"], found["breaks"]) == (True, [])
    await conn.execute("SET session_replication_role = replica")
    await conn.execute("UPDATE audit.events SET actor_id = 999 WHERE event_id = 1")
    code, out, _ = await run("audit", "verify")
    assert code == 1
    assert "NOT intact" in out
    assert "CHANGED at 1 (event 1)" in out
    assert json.loads((await run("audit", "verify", "--json"))[1])["breaks"][0]["kind"] == "CHANGED"
    verified = await conn.fetch("SELECT details FROM audit.events WHERE event = 'AUDIT_VERIFIED'")
    assert len(verified) == 4
