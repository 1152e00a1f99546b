"""One function, one statement: repositories."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg

from shared.postgres import Connection
from shared.sql import folder

load = folder(__file__)


async def list_repositories(conn: Connection) -> list[asyncpg.Record]:
    """Every repository, by name."""
    return await conn.fetch(load("list_repositories"))


async def insert_repository(
    conn: Connection, *, name: str, path: str, service: str | None, tags: Sequence[str]
) -> asyncpg.Record | None:
    """A new repository; None when its name is taken."""
    return await conn.fetchrow(load("insert_repository"), name, path, service, list(tags))


async def delete_repository(conn: Connection, repository_id: int) -> bool:
    """Whether there was one."""
    return await conn.fetchval(load("delete_repository"), repository_id) is not None


async def ask_for_sync(conn: Connection, repository_id: int) -> asyncpg.Record | None:
    """The repository that will be looked into soon; None when there is none."""
    return await conn.fetchrow(load("ask_for_sync"), repository_id)


async def next_repository(conn: Connection, older_than: timedelta) -> asyncpg.Record | None:
    """The repository to look into next."""
    return await conn.fetchrow(load("next_repository"), older_than)


async def put_sync(
    conn: Connection, repository_id: int, *, asked_at: datetime | None, refs_sha256: str | None, problem: str | None
) -> None:
    """How a look into a repository went."""
    await conn.execute(load("put_sync"), repository_id, asked_at, refs_sha256, problem)


async def merged_pull_requests(conn: Connection, repositories: Sequence[str]) -> list[asyncpg.Record]:
    """Merged pull requests: `repository`, `number`, `head_sha`, `merge_sha`, `labels`, `branch`."""
    return await conn.fetch(load("merged_pull_requests"), list(repositories))
