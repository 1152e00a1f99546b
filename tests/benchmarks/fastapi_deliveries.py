"""Webhook deliveries as one writes it first: FastAPI, the signature, and a transaction for each delivery.

A contestant of tests/benchmarks/dora_deliveries.py: `uvicorn tests.benchmarks.fastapi_deliveries:app`. It keeps less
than services.dora does: it checks no statement of a gateway and reads nothing of what it keeps.
"""

import contextlib
import hashlib
import hmac
import os
from collections.abc import AsyncIterator

import asyncpg
from fastapi import FastAPI, HTTPException, Request

from tests.dora.samples import SECRET

POOL = 16  # what the service has

INSERT = """
    INSERT INTO dora.events (source, kind, sender, idempotency_key, body) VALUES ('github', $1, 'webhook', $2, $3)
    ON CONFLICT DO NOTHING
"""


@contextlib.asynccontextmanager
async def lifespan(made: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(
        host=os.environ["DB_ANALYTICS_HOST"],
        port=int(os.environ["DB_ANALYTICS_PORT"]),
        database=os.environ["DB_ANALYTICS_NAME"],
        user=os.environ["DB_ANALYTICS_USER"],
        password=os.environ["DB_ANALYTICS_PASSWORD"],
        max_size=POOL,
    ) as made.state.pool:
        yield


app = FastAPI(openapi_url=None, lifespan=lifespan)


@app.get("/health/ready")
async def ready() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/api/v1/dora/webhooks/github", status_code=202)
async def receive(request: Request) -> dict[str, str]:
    body = await request.body()
    right = "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right, request.headers.get("x-hub-signature-256", "")):
        raise HTTPException(401)
    async with request.app.state.pool.acquire() as conn, conn.transaction():
        await conn.execute(INSERT, request.headers["x-github-event"], request.headers["x-github-delivery"], body)
    return {"outcome": "recorded"}
