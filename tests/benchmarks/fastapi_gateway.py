"""The gateway as one writes it first: FastAPI in front, httpx behind, streaming, the same session check and identity.

A contestant of tests/benchmarks/gateway.py: `uvicorn tests.benchmarks.fastapi_gateway:app`.
"""

import contextlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

from shared.identity import HEADER, Identity, Signer

CACHE_S = 1.0
HOP_BY_HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "host", "authorization"}


@contextlib.asynccontextmanager
async def lifespan(made: FastAPI) -> AsyncIterator[None]:
    made.state.signer = Signer.load(Path(os.environ["IACT_SECRETS_DIR"]))
    made.state.known = {}
    async with (
        httpx.AsyncClient(base_url=os.environ["IACT_IVR_URL"], trust_env=False) as made.state.service,
        httpx.AsyncClient(base_url=os.environ["IACT_SESSIONS_URL"], trust_env=False) as made.state.sessions,
    ):
        yield


app = FastAPI(openapi_url=None, lifespan=lifespan)


async def identity_header(request: Request) -> str:
    state = request.app.state
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    expires_at, signed = state.known.get(token, (0.0, ""))
    if time.monotonic() > expires_at:
        question: dict[str, Any] = {"session_token": None, "bearer_token": token, "background": False}
        answer = (await state.sessions.post("/internal/introspections", json=question)).json()
        if not answer["active"]:
            raise HTTPException(401)
        found = answer["identity"]
        identity = Identity(kind="token", user_id=found["user_id"], functions=frozenset(found["functions"]))
        signed = state.signer.sign(identity, "ivr")
        state.known[token] = (time.monotonic() + CACHE_S, signed)
    return str(signed)


@app.api_route("/api/v1/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def forward(path: str, request: Request) -> StreamingResponse:
    state = request.app.state
    headers = {name: value for name, value in request.headers.items() if name not in HOP_BY_HOP}
    headers[HEADER] = await identity_header(request)
    asked = state.service.build_request(
        request.method, f"/api/v1/{path}", params=request.query_params, headers=headers, content=request.stream()
    )
    answer = await state.service.send(asked, stream=True)
    passed = {name: value for name, value in answer.headers.items() if name not in HOP_BY_HOP}
    return StreamingResponse(answer.aiter_raw(), answer.status_code, passed, background=BackgroundTask(answer.aclose))
