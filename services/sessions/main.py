"""The sessions service: who may come in, and what they may do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial

from fastapi import FastAPI

from services.sessions.anchors import AnchorFile
from services.sessions.hashing import Hasher
from services.sessions.local_files import anchor_key, sign_in_key
from services.sessions.revocations import SUBSCRIBERS_MAX, Hub, closed_on_signal
from services.sessions.routes import routers
from services.sessions.routes.context import Parts
from services.sessions.sealer import Sealer
from services.sessions.settings import Settings
from services.sessions.sweep import sweep_forever
from shared.app import create_app
from shared.tasks import lasting_beside

LONG_READS_MAX = 2  # exports and proofs of the audit trail: each keeps a connection of the pool busy for seconds
STOP_S = 5.0  # half of what the supervisor allows
# Places apart from those of all other requests: a flood of sign-ins, or many gateways that listen, take nobody's.
LANES = {
    ("POST", "/api/v1/sessions"): 12,  # those who wait for a hash and a few who are told at once that they cannot
    ("POST", "/api/v1/sessions/redeem"): 4,
    ("GET", "/internal/revocations"): SUBSCRIBERS_MAX,
}


def create_service(settings: Settings | None = None) -> FastAPI:
    """The application; connects to nothing before its lifespan."""
    found = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        db, hasher, hub = app.state.database, Hasher.of(found), Hub(found.database())
        parts = Parts(
            settings=found,
            hasher=hasher,
            key=sign_in_key(found.secrets_dir),
            anchor_key=anchor_key(found.secrets_dir),
            hub=hub,
            long_reads=asyncio.Semaphore(LONG_READS_MAX),
        )
        app.state.parts = parts
        sealer = Sealer(db, AnchorFile(found.anchors_file, parts.anchor_key))
        jobs = AsyncExitStack()
        work = (partial(sweep_forever, db, found), sealer.run_forever, hub.run_forever)
        await jobs.enter_async_context(lasting_beside(*work))
        try:
            with closed_on_signal(hub):
                yield
        finally:
            hub.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_S):
                    await jobs.aclose()
            hasher.close()

    return create_app(found, title="IACT sessions", routers=routers, lifespan=lifespan, lanes=LANES)


app = create_service()
