"""The real service on a cloned database, asked as the gateway would ask it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from services.analytics import limits
from services.analytics.main import create_service
from services.analytics.query import compile_rows
from services.analytics.settings import Settings
from shared.identity import Identity, Signer
from shared.settings import DatabaseSettings
from tests.analytics.facts import Warehouse

DATA_AS_OF = datetime(2025, 10, 1, tzinfo=UTC)
EVERYTHING = frozenset({"RPT-001", "RPT-003", "RPT-004", "RPT-005", "RPT-006"})


@dataclass
class Analyst:
    """Somebody who asks. `segment` is their own data segment, `functions` what they may."""

    http: httpx.AsyncClient
    signer: Signer
    segment: str | None = None
    functions: frozenset[str] = EVERYTHING
    user_id: str = "1"

    def with_segment(self, segment: str) -> "Analyst":
        return replace(self, segment=segment)

    def holding(self, *functions: str) -> "Analyst":
        return replace(self, functions=frozenset(functions))

    @property
    def app(self) -> Any:
        """The service itself, for what no request shows."""
        return self.http._transport.app  # type: ignore[attr-defined] # an ASGITransport

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        url, more = f"/api/v1/analytics{path}", self.headers(**headers)
        return await self.http.request(method, url, json=body, headers=more)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(f"/api/v1/analytics{path}", headers=self.headers(**headers))

    async def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        return await self.http.post(f"/api/v1/analytics{path}", json=body, headers=self.headers(**headers))

    async def ask(self, **question: Any) -> dict[str, Any]:
        answer = await self.post("/query", {"metrics": ["calls"], "time": SUMMER, **question})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def refused(self, **question: Any) -> dict[str, Any]:
        """The first field error of a 422."""
        answer = await self.post("/query", {"metrics": ["calls"], "time": SUMMER, **question})
        assert answer.status_code == 422, answer.text
        error: dict[str, Any] = answer.json()["errors"][0]
        return error

    def headers(self, **more: str) -> dict[str, str]:
        identity = Identity(
            kind="user", user_id=self.user_id, username="ana", functions=self.functions, segment=self.segment
        )
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"X-IACT-Identity": self.signer.sign(identity, "analytics"), **named}


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 240) -> None:
    """Waits for something that another process does; generous, for a loaded machine."""
    async with asyncio.timeout(seconds):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.05)


SUMMER = {"from": "2025-07-01T00:00:00-06:00", "to": "2025-10-01T00:00:00-06:00", "zone": "America/Mexico_City"}


def settings_for(login: DatabaseSettings, secrets_dir: Path) -> Settings:
    """The service's settings for the test's own database, whatever the environment says."""
    return Settings(
        _env_file=None,
        db_analytics_host=login.host,
        db_analytics_port=login.port,
        db_analytics_name=login.name,
        db_analytics_user=login.user,
        db_analytics_password=SecretStr(login.password),
        iact_secrets_dir=secrets_dir,
        iact_exports_dir=secrets_dir / f"exports-{login.name}",
    )


@dataclass
class People:
    """Accounts as the sessions service keeps them, for what looks a person up."""

    conn: asyncpg.Connection
    analyst: Analyst

    async def add(self, username: str, *functions: str, segment: str | None = None) -> Analyst:
        """Somebody new with these functions, and with everything when none are named."""
        user_id = await self.conn.fetchval(
            "INSERT INTO sessions.users (username, segment) VALUES ($1, $2) RETURNING user_id", username, segment
        )
        held = frozenset(functions) or EVERYTHING
        await self.conn.execute(
            "INSERT INTO sessions.user_exceptions (user_id, function_code, effect, justification, expires_at)"
            " SELECT $1, unnest($2::text[]), 'grant', 'whoever is in this test', now() + interval '1 day'",
            user_id,
            sorted(held),
        )
        return replace(self.analyst, user_id=str(user_id), functions=held, segment=segment)

    async def take(self, who: Analyst, function: str) -> None:
        """Takes a function away."""
        await self.conn.execute(
            "UPDATE sessions.user_exceptions SET revoked_at = now() WHERE user_id = $1 AND function_code = $2",
            int(who.user_id),
            function,
        )

    async def join(self, who: Analyst, group: str) -> None:
        await self.conn.execute(
            "INSERT INTO sessions.user_groups (user_id, group_code) VALUES ($1, $2)", int(who.user_id), group
        )


@pytest.fixture
async def people(conn: asyncpg.Connection, analyst: Analyst) -> People:
    return People(conn, analyst)


@pytest.fixture
async def analyst(database_settings: DatabaseSettings, identity_keys: Path) -> AsyncIterator[Analyst]:
    app = create_service(settings_for(database_settings, identity_keys))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://analytics", timeout=30) as http,
    ):
        yield Analyst(http, Signer.load(identity_keys))


@pytest.fixture
async def warehouse(conn: asyncpg.Connection) -> Warehouse:
    """One source of each kind that has published, and no calls yet."""
    made = Warehouse(conn)
    await made.source("legacy", "legacy", data_as_of=DATA_AS_OF)
    await made.source("queues", "asterisk", data_as_of=DATA_AS_OF)
    return made


@pytest.fixture
async def reader(database_settings: DatabaseSettings) -> AsyncIterator[asyncpg.Connection]:
    """A connection with the grants of the service."""
    connection = await asyncpg.connect(**database_settings.as_role("iact_analytics").connect_arguments())
    yield connection
    await connection.close()


@pytest.fixture
def grid_rows_max(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Moves the limit of laid-out rows; what was worked out under another one is forgotten."""

    def moved(rows: int) -> None:
        monkeypatch.setattr(limits, "GRID_ROWS_MAX", rows)
        compile_rows.forget()

    yield moved
    compile_rows.forget()
