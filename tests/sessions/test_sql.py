import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

import services.sessions
from services.sessions import permissions
from services.sessions.store import holdings, people, sessions, sign_in, tokens
from shared.settings import DatabaseSettings
from shared.sql import statements
from tests.sessions.conftest import Service

pytestmark = pytest.mark.integration

FILES = statements(Path(services.sessions.__file__).parent)
ROWS: dict[str, type] = {
    "sign_in_subject": sign_in.Subject,
    "session_state": sessions.LiveSession,
    "token_state": sessions.LiveSession,
    "introspect_session": sessions.Holder,
    "introspect_token": tokens.TokenHolder,
    "list_sessions": sessions.ListedSession,
    "list_tokens": tokens.ListedToken,
    "insert_token": tokens.ListedToken,
    "lock_user": people.LockedUser,
    "open_code": people.OpenCode,
    "person": people.Person,
    "person_by_name": people.Person,
    "list_people": people.Person,
    "held_groups": holdings.HeldGroup,
    "held_exceptions": holdings.HeldException,
    "all_groups": holdings.CatalogueGroup,
    "all_functions": holdings.CatalogueFunction,
    "all_rules": holdings.CatalogueRule,
}


@pytest.mark.parametrize("name", sorted(FILES))
async def test_every_statement_can_be_prepared_by_the_service(name: str, database_settings: DatabaseSettings) -> None:
    assert FILES[name].startswith("-- "), "say first what a row is"
    conn = await asyncpg.connect(**database_settings.as_role("iact_sessions").connect_arguments())
    try:
        prepared = await conn.prepare(FILES[name])
    finally:
        columns = [each.name for each in prepared.get_attributes()]
        await conn.close()
    if name in ROWS:
        assert set(columns) == {field.name for field in dataclasses.fields(ROWS[name])}


async def test_sql_and_python_agree_on_what_is_held(service: Service) -> None:
    """Every combination of group, grant and revoke, live and lapsed."""
    now = datetime.now(UTC)
    moments = {"none": None, "live": now + timedelta(hours=1), "lapsed": now - timedelta(hours=1)}
    cases = [
        (group, active, grant, revoke)
        for group in ("absent", "none", "live", "lapsed")
        for active in (True, False)
        for grant in ("absent", "live", "lapsed")
        for revoke in ("absent", "live", "lapsed")
    ]
    for number, (group, active, grant, revoke) in enumerate(cases):
        user_id = await people.insert(service.conn, username=f"person.{number}", display_name="", segment=None)
        assert user_id is not None
        await service.conn.execute("UPDATE sessions.groups SET active = $1 WHERE code = 'AGR-002'", active)
        if group != "absent":
            await holdings.give_group(
                service.conn, user_id=user_id, group="AGR-002", granted_by=None, expires_at=moments[group]
            )
        for effect, when in (("grant", grant), ("revoke", revoke)):
            if when != "absent":
                await service.conn.execute(
                    """INSERT INTO sessions.user_exceptions (user_id, function_code, effect, justification, expires_at)
                       VALUES ($1, 'RPT-003', $2, 'a reason of twenty letters', $3)""",
                    user_id,
                    effect,
                    moments[when],
                )
        pure = permissions.effective(
            groups=[held.as_holding() for held in await holdings.groups(service.conn, user_id)],
            exceptions=[held.as_exception() for held in await holdings.exceptions(service.conn, user_id)],
            at=now,
        )
        assert set(await holdings.effective(service.conn, user_id)) == pure, cases[number]


async def test_looking_up_a_session_reads_a_handful_of_rows(service: Service) -> None:
    """The plan on fifty thousand sessions: by the index of the hash, nothing scanned."""
    user_id = await service.administrator()
    await service.conn.execute(
        """INSERT INTO sessions.sessions (token_hash, user_id, expires_at)
           SELECT sha256(n::text::bytea), $1, now() + interval '1 hour' FROM generate_series(1, 50000) AS n""",
        user_id,
    )
    await service.conn.execute("ANALYZE sessions.sessions")
    idle, touch = timedelta(minutes=15), timedelta(minutes=1)
    plan = await service.conn.fetch(
        "EXPLAIN "
        + FILES["introspect_session"]
        .replace("$1", "sha256('7'::bytea)")
        .replace("$2", f"'{idle}'")
        .replace("$3", f"'{touch}'")
    )
    text = "\n".join(row[0] for row in plan)
    assert "sessions_token_hash_key" in text
    assert "Seq Scan on sessions " not in text


async def test_a_page_of_the_chain_reads_a_page_of_events(service: Service) -> None:
    """The plan on thirty thousand events: each found by its key; else a proof grows by its square."""
    await service.conn.execute(
        """INSERT INTO audit.events (at, service, event)
           SELECT now() + n * interval '1 millisecond', 'sessions', 'LOGIN' FROM generate_series(1, 30000) AS n"""
    )
    await service.conn.execute(
        """INSERT INTO audit.seals (position, event_id, at, sealed_at, hash)
           SELECT row_number() OVER (ORDER BY event_id), event_id, at, at, sha256(event_id::text::bytea)
           FROM audit.events ON CONFLICT DO NOTHING"""
    )
    await service.conn.execute("ANALYZE audit.events, audit.seals")
    text = FILES["chain_page"].replace("$1", "20000").replace("$2", "30000").replace("$3", "50")
    plan = "\n".join(row[0] for row in await service.conn.fetch(f"EXPLAIN {text}"))
    assert "seals_pkey" in plan
    assert "Nested Loop" in plan, plan
    assert "Index Scan using events_20" in plan, plan
