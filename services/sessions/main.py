"""The sessions service: who may come in, and what they may do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.sessions.hashing import Hasher
from services.sessions.local_files import sign_in_key
from services.sessions.routes import routers
from services.sessions.routes.context import Parts
from services.sessions.settings import Settings
from services.sessions.sweep import sweep_forever
from shared.app import create_app


def create_service(settings: Settings | None = None) -> FastAPI:
    """The application; connects to nothing before its lifespan."""
    found = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        hasher = Hasher.of(found)
        app.state.parts = Parts(found, hasher, sign_in_key(found.secrets_dir))
        sweeping = asyncio.create_task(sweep_forever(app.state.database, found))
        try:
            yield
        finally:
            sweeping.cancel()
            hasher.close()

    return create_app(found, title="IACT sessions", routers=routers, lifespan=lifespan)


app = create_service()
