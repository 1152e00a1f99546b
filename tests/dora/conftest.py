"""The real service on a cloned database, asked as the gateway would ask it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.dora.main import create_service, in_front
from services.dora.settings import Settings
from shared.identity import Identity, Signer
from shared.settings import DatabaseSettings

PREFIX = "/api/v1/dora"


@dataclass(frozen=True)
class Engineer:
    """Somebody who reports deployments and reads metrics, with the functions they hold."""

    http: httpx.AsyncClient
    signer: Signer
    functions: frozenset[str] = frozenset({"DOR-001", "DOR-002"})
    user_id: str = "7"
    app: FastAPI | None = None

    def holding(self, *functions: str) -> "Engineer":
        return Engineer(self.http, self.signer, frozenset(functions), self.user_id)

    def named(self, user_id: str) -> "Engineer":
        return Engineer(self.http, self.signer, self.functions, user_id)

    async def get(self, path: str, **parameters: Any) -> httpx.Response:
        named = {name.rstrip("_"): value for name, value in parameters.items()}
        return await self.http.get(f"{PREFIX}{path}", params=named, headers=self._headers())

    async def post(self, path: str, body: dict[str, Any], *, key: str | None = None) -> httpx.Response:
        headers = self._headers() | ({"Idempotency-Key": key} if key else {})
        return await self.http.post(f"{PREFIX}{path}", json=body, headers=headers)

    async def delete(self, path: str) -> httpx.Response:
        return await self.http.delete(f"{PREFIX}{path}", headers=self._headers())

    async def report(self, *, key: str | None = None, **fields: Any) -> httpx.Response:
        headers = self._headers() | ({"Idempotency-Key": key} if key else {})
        body = {"service": "gateway", "version": "1", **fields}
        return await self.http.post(f"{PREFIX}/deployments", json=body, headers=headers)

    async def reported(self, **fields: Any) -> dict[str, Any]:
        answer = await self.report(**fields)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def settled(self) -> None:
        """Returns when everything that this service has kept of deliveries shows in its answers."""
        assert self.app is not None
        await asyncio.wait_for(self.app.state.desk.follower.settled(), 60)

    def _headers(self) -> dict[str, str]:
        identity = Identity(kind="user", user_id=self.user_id, username="eva", functions=self.functions)
        return {"X-IACT-Identity": self.signer.sign(identity, "dora")}


@pytest.fixture
def settings(database_settings: DatabaseSettings, identity_keys: Path, tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None,
        db_analytics_host=database_settings.host,
        db_analytics_port=database_settings.port,
        db_analytics_name=database_settings.name,
        db_analytics_user=database_settings.user,
        db_analytics_password=SecretStr(database_settings.password),
        iact_secrets_dir=identity_keys,
        iact_data_dir=tmp_path / "data",
        iact_dora_figures_dir=tmp_path / "figures",
        iact_dora_repository_roots=str(tmp_path / "repositories"),
    )


@asynccontextmanager
async def serving(settings: Settings, identity_keys: Path) -> AsyncIterator[Engineer]:
    """The service as it is served, while the block runs."""
    app = create_service(settings)
    transport = httpx.ASGITransport(in_front(app), raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://dora", timeout=30) as http,
    ):
        yield Engineer(http, Signer.load(identity_keys), app=app)


@pytest.fixture
async def engineer(settings: Settings, identity_keys: Path) -> AsyncIterator[Engineer]:
    async with serving(settings, identity_keys) as somebody:
        yield somebody
