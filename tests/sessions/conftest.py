"""The real sessions service on a cloned database, and a gateway's place in front of it: signed identities, cookies."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from services.sessions.accounts import create_superuser
from services.sessions.main import create_service
from services.sessions.routes.context import COOKIE
from services.sessions.settings import Settings
from shared.identity import ANONYMOUS, Identity, Signer
from shared.settings import DatabaseSettings

OFFICE = "192.0.2.10"
ELSEWHERE = "198.51.100.7"
PASSWORD = "siete caballos miran el lago"


@dataclass
class Visitor:
    """A browser or script behind the gateway: its requests carry the identity that introspection gives."""

    http: httpx.AsyncClient
    signer: Signer
    address: str = OFFICE
    cookie: str | None = None
    bearer: str | None = None
    csrf: str | None = None
    seen_cookies: list[str] = field(default_factory=list)

    async def introspect(self, *, background: bool = False) -> dict[str, Any]:
        body = {
            "session_token": self.cookie,
            "bearer_token": self.bearer,
            "background": background,
            "client_address": self.address,
            "user_agent": "test",
        }
        headers = {"X-IACT-Identity": self.signer.sign(Identity(kind="gateway"), "sessions")}
        answer = await self.http.post("/internal/introspections", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def identity(self) -> Identity:
        if self.cookie is None and self.bearer is None:
            return ANONYMOUS
        found = (await self.introspect())["identity"]
        return ANONYMOUS if found is None else Identity(**{**found, "functions": frozenset(found["functions"])})

    async def call(
        self, method: str, path: str, body: object = None, *, identity: Identity | None = None
    ) -> httpx.Response:
        signed = self.signer.sign(identity or await self.identity(), "sessions")
        headers = {"X-IACT-Identity": signed, "X-Forwarded-For": self.address, "User-Agent": "test"}
        if self.cookie is not None:
            headers["Cookie"] = f"{COOKIE}={self.cookie}"
        answer = await self.http.request(method, f"/api/v1{path}", json=body, headers=headers)
        for line in answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            if name == COOKIE:
                self.cookie = rest.partition(";")[0].strip('"') or None
                self.seen_cookies.append(line)
        self.http.cookies.clear()
        return answer

    async def sign_in(self, username: str, password: str = PASSWORD) -> httpx.Response:
        return await self.call("POST", "/sessions", {"username": username, "password": password})


@dataclass
class Service:
    """The running service and ways to set up people in it."""

    http: httpx.AsyncClient
    signer: Signer
    settings: Settings
    conn: asyncpg.Connection

    def visitor(self, address: str = OFFICE) -> Visitor:
        return Visitor(self.http, self.signer, address)

    async def administrator(self, username: str = "ana.admin", *, auditor: bool = False) -> int:
        async with self.conn.transaction():
            made = await create_superuser(
                self.conn, self.settings, username=username, password=PASSWORD, auditor=auditor
            )
        return made.user_id

    async def signed_in(self, username: str = "ana.admin") -> Visitor:
        visitor = self.visitor()
        answer = await visitor.sign_in(username)
        assert answer.status_code == 201, answer.text
        return visitor

    async def person(self, username: str, *groups: str) -> int:
        """Somebody with a password and groups, made without the API."""
        user_id = await self.administrator(username)
        await self.conn.execute("DELETE FROM sessions.user_groups WHERE user_id = $1", user_id)
        for group in groups:
            await self.conn.execute(
                "INSERT INTO sessions.user_groups (user_id, group_code) VALUES ($1, $2)", user_id, group
            )
        return user_id


Start = Callable[..., Awaitable[Service]]


@pytest.fixture
async def start(
    database_settings: DatabaseSettings, identity_keys: Path, conn: asyncpg.Connection, tmp_path: Path
) -> AsyncIterator[Start]:
    """Starts the service with settings of the test's own."""
    async with AsyncExitStack() as stack:

        async def run(**changes: object) -> Service:
            settings = Settings(
                _env_file=None,
                db_analytics_host=database_settings.host,
                db_analytics_port=database_settings.port,
                db_analytics_name=database_settings.name,
                db_analytics_user=database_settings.user,
                db_analytics_password=SecretStr(database_settings.password),
                iact_secrets_dir=identity_keys,
                iact_data_dir=tmp_path,
                **{"iact_argon2_memory_mib": 19, **changes},  # type: ignore[arg-type] # any setting by its name
            )
            app = create_service(settings)
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            http = await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url="http://sessions", timeout=30)
            )
            return Service(http, Signer.load(identity_keys), settings, conn)

        yield run


@pytest.fixture
async def service(start: Start) -> Service:
    return await start()
