"""The sessions service in this process, for whoever needs it outside pytest's fixtures."""

from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import httpx
from pydantic import SecretStr

from services.sessions.main import create_service
from services.sessions.settings import Settings
from shared.identity import Signer
from shared.settings import DatabaseSettings
from tests.sessions.conftest import Service


async def stand_up(stack: AsyncExitStack, database: DatabaseSettings, secrets: Path, data: Path) -> Service:
    """The service with cheap hashes; it ends with the stack."""
    options = Settings(
        _env_file=None,
        db_analytics_host=database.host,
        db_analytics_port=database.port,
        db_analytics_name=database.name,
        db_analytics_user=database.user,
        db_analytics_password=SecretStr(database.password),
        iact_secrets_dir=secrets,
        iact_data_dir=data,
        iact_argon2_memory_mib=19,
    )
    app = create_service(options)
    await stack.enter_async_context(app.router.lifespan_context(app))
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sessions")
    await stack.enter_async_context(http)
    conn = await asyncpg.connect(**database.connect_arguments())
    stack.push_async_callback(conn.close)
    return Service(http, Signer.load(secrets), options, conn)
