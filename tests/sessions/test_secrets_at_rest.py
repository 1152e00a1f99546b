import asyncio

import asyncpg
import pytest

from services.sessions.accounts import create_superuser
from tests.sessions.conftest import PASSWORD, Service
from tests.sessions.tampering import FILL

pytestmark = pytest.mark.integration


async def dump(conn: asyncpg.Connection) -> str:
    """Every row of every table of ours, as text."""
    tables = await conn.fetch(
        """SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
           WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"""
    )
    parts = []
    for table in tables:
        parts += [row[0] for row in await conn.fetch(f"SELECT t::text FROM {table['name']} AS t")]
    return "\n".join(parts)


async def test_a_dump_and_the_log_hold_nothing_to_sign_in_with(
    service: Service, capfd: pytest.CaptureFixture[str]
) -> None:
    await service.administrator()
    await service.person("leo.viewer", "AGR-002")
    async with service.conn.transaction():
        link = await create_superuser(service.conn, service.settings, username="root.admin", password=None)
    admin = await service.signed_in()
    assert admin.cookie is not None
    secrets = [PASSWORD, "nueve barcos sin capitan", "typed into the wrong field", str(link.code), admin.cookie]
    await service.visitor().sign_in("typed into the wrong field", "nueve barcos sin capitan")
    token = (await admin.call("POST", "/tokens", {"name": "x", "functions": ["RPT-001"]})).json()["token"]
    leo_id = await service.conn.fetchval("SELECT user_id FROM sessions.users WHERE username = 'leo.viewer'")
    code = (await admin.call("POST", f"/users/{leo_id}/recovery-code")).json()["code"]
    redeemed = await service.visitor().call(
        "POST", "/sessions/redeem", {"code": code, "new_password": "nueve barcos sin capitan"}
    )
    script = service.visitor()
    script.bearer = token
    await script.call("GET", "/users/me/preferences")
    wall = (await admin.call("POST", "/tokens", {"name": "w", "kind": "display", "functions": ["RPT-001"]})).json()
    renewed = await admin.call("POST", "/sessions/current/reauthentication", {"password": PASSWORD})
    assert renewed.status_code == 200
    made = (await admin.call("POST", "/users", {"username": "new.person", "display_name": "New"})).json()
    secrets += [wall["token"], str(admin.cookie), renewed.json()["csrf_token"], made["sign_in_code"]["code"]]
    secrets += [(service.settings.secrets_dir / name).read_text() for name in ("sign_in_key", "audit_anchor_key")]
    secrets += [token, code, redeemed.json()["csrf_token"], code.replace("-", "")]

    file = service.settings.anchors_file
    await service.conn.execute(FILL, 1, 100)  # enough for an anchor
    async with asyncio.timeout(60):
        while not file.exists():  # noqa: ASYNC110 - the sealer tells nobody
            await asyncio.sleep(0.05)
    output = capfd.readouterr()
    kept = await dump(service.conn) + file.read_text()

    assert "SESSION_CLOSED" in kept or "LOGIN" in kept
    for secret in secrets:
        for place in (kept, output.out, output.err):
            assert secret not in place
            assert secret.encode().hex() not in place
