"""What is kept beside a person is what the person may do, whatever is changed, in any order, by several at once."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.settings import DatabaseSettings

pytestmark = pytest.mark.integration

PEOPLE = ("ana", "leo", "eva")
GROUPS = ("AGR-001", "AGR-004", "AGR-005")
FUNCTIONS = ("RPT-001", "ALR-001", "PIP-001")
ENDS = ("10 minutes", "1 microsecond", "-1 minute")  # the second is over when the next transaction looks
# A person nobody may answer for wrongly: kept and computed differ.
WRONG = """
    SELECT username FROM sessions.users
    WHERE functions_until > now() AND functions <> sessions.effective_functions(user_id)"""
STEPS = {
    "give": """INSERT INTO sessions.user_groups (user_id, group_code, expires_at)
               SELECT user_id, $2, now() + $4::text::interval FROM sessions.users WHERE username = $1
               AND $3::text IS NOT NULL ON CONFLICT DO NOTHING""",
    "give for good": """INSERT INTO sessions.user_groups (user_id, group_code)
               SELECT user_id, $2 FROM sessions.users WHERE username = $1
               AND $3::text IS NOT NULL AND $4::text IS NOT NULL ON CONFLICT DO NOTHING""",
    "take": """UPDATE sessions.user_groups SET revoked_at = now() FROM sessions.users AS u
               WHERE u.user_id = user_groups.user_id AND username = $1 AND group_code = $2
               AND $3::text IS NOT NULL AND $4::text IS NOT NULL""",
    "take out of history": """DELETE FROM sessions.user_groups USING sessions.users AS u
               WHERE u.user_id = user_groups.user_id AND username = $1 AND group_code = $2
               AND $3::text IS NOT NULL AND $4::text IS NOT NULL""",
    "grant": """INSERT INTO sessions.user_exceptions (user_id, function_code, effect, justification, expires_at)
               SELECT user_id, $3, 'grant', 'because the test says so', now() + $4::text::interval
               FROM sessions.users WHERE username = $1 AND $2::text IS NOT NULL ON CONFLICT DO NOTHING""",
    "revoke": """INSERT INTO sessions.user_exceptions (user_id, function_code, effect, justification, expires_at)
               SELECT user_id, $3, 'revoke', 'because the test says so', now() + $4::text::interval
               FROM sessions.users WHERE username = $1 AND $2::text IS NOT NULL ON CONFLICT DO NOTHING""",
    "end exceptions": """UPDATE sessions.user_exceptions SET revoked_at = now() FROM sessions.users AS u
               WHERE u.user_id = user_exceptions.user_id AND username = $1 AND function_code = $3
               AND $2::text IS NOT NULL AND $4::text IS NOT NULL""",
    "switch group": """UPDATE sessions.groups SET active = NOT active WHERE code = $2
               AND $1::text IS NOT NULL AND $3::text IS NOT NULL AND $4::text IS NOT NULL""",
    "add to group": """INSERT INTO sessions.group_functions (group_code, function_code)
               SELECT $2, $3 WHERE $1::text IS NOT NULL AND $4::text IS NOT NULL ON CONFLICT DO NOTHING""",
    "drop from group": """DELETE FROM sessions.group_functions WHERE group_code = $2 AND function_code = $3
               AND $1::text IS NOT NULL AND $4::text IS NOT NULL""",
}
RESET = """
    DELETE FROM sessions.user_groups; DELETE FROM sessions.user_exceptions; UPDATE sessions.groups SET active = true"""
step = st.tuples(
    st.sampled_from(sorted(STEPS)),
    st.sampled_from(PEOPLE),
    st.sampled_from(GROUPS),
    st.sampled_from(FUNCTIONS),
    st.sampled_from(ENDS),
)


@pytest.fixture
async def conn(database_settings: DatabaseSettings) -> AsyncIterator[asyncpg.Connection]:
    owner = await asyncpg.connect(**database_settings.connect_arguments())
    await owner.execute("INSERT INTO sessions.users (username) SELECT unnest($1::text[])", list(PEOPLE))
    yield owner
    await owner.close()


async def kept(conn: asyncpg.Connection, username: str) -> tuple[set[str], float]:
    """The functions beside a person, and for how many seconds from now they hold."""
    statement = """SELECT functions, CASE WHEN functions_until = 'infinity' THEN 'infinity'::float8
                                          ELSE extract(epoch FROM functions_until - now()) END AS left
                   FROM sessions.users WHERE username = $1"""
    row = (await conn.fetch(statement, username))[0]
    return set(row["functions"]), row["left"]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(step, min_size=1, max_size=12))
async def test_kept_and_computed_functions_never_differ(
    conn: asyncpg.Connection, steps: list[tuple[str, str, str, str, str]]
) -> None:
    await conn.execute(RESET)
    for name, *values in steps:
        await conn.execute(STEPS[name], *values)
        assert await conn.fetch(WRONG) == [], name


async def test_what_ends_by_itself_is_not_answered_from_what_is_kept(conn: asyncpg.Connection) -> None:
    await conn.execute(STEPS["give for good"], "ana", "AGR-001", "", "")
    await conn.execute(STEPS["grant"], "ana", "", "PIP-001", "10 minutes")
    functions, left = await kept(conn, "ana")
    assert "PIP-001" in functions
    assert 0 < left <= 600
    await conn.execute(STEPS["end exceptions"], "ana", "", "PIP-001", "")
    functions, left = await kept(conn, "ana")
    assert "PIP-001" not in functions
    assert functions
    assert left == float("inf"), "nothing of it ends by itself"


async def test_a_group_that_changes_while_it_is_given_is_kept_right(
    conn: asyncpg.Connection, database_settings: DatabaseSettings
) -> None:
    other = await asyncpg.connect(**database_settings.connect_arguments())
    for first, second in (("add to group", "give for good"), ("give for good", "drop from group")):
        change = conn.transaction()
        await change.start()
        await conn.execute(STEPS[first], "leo", "AGR-001", "PIP-001", "")
        waiting = asyncio.create_task(other.execute(STEPS[second], "leo", "AGR-001", "PIP-001", ""))
        await asyncio.sleep(0.1)
        assert not waiting.done(), "the second waits for the first"
        await change.commit()
        await waiting
        assert await conn.fetch(WRONG) == []
        await conn.execute(STEPS["take"], "leo", "AGR-001", "", "")
    await other.close()


async def test_two_changes_of_one_person_at_once_are_both_kept(
    conn: asyncpg.Connection, database_settings: DatabaseSettings
) -> None:
    other = await asyncpg.connect(**database_settings.connect_arguments())
    change = conn.transaction()
    await change.start()
    await conn.execute(STEPS["give for good"], "eva", "AGR-001", "", "")
    waiting = asyncio.create_task(other.execute(STEPS["grant"], "eva", "", "PIP-001", "10 minutes"))
    await asyncio.sleep(0.1)
    await change.commit()
    await waiting
    assert (await kept(conn, "eva"))[0] >= {"PIP-001", "RPT-001"}
    await other.close()
