"""Liveness asks nobody; readiness asks what the process depends on, in parallel, for at most a second."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

CHECK_TIMEOUT_S = 1.0  # an orchestrator asks every few seconds; a slower dependency is not ready

Check = Callable[[], Awaitable[None]]


class Liveness(BaseModel):
    status: Literal["ok"] = "ok"
    service: str


class CheckResult(BaseModel):
    status: Literal["ok", "failed"]
    detail: str | None = None
    elapsed_s: float


class Readiness(BaseModel):
    status: Literal["ok", "failed"]
    service: str
    checks: dict[str, CheckResult]


async def run_checks(service: str, checks: Mapping[str, Check]) -> Readiness:
    """Every check at once; one that raises or takes too long has failed, with its sentence."""
    names = list(checks)
    results = await asyncio.gather(*(_run(checks[name]) for name in names))
    status: Literal["ok", "failed"] = "ok" if all(result.status == "ok" for result in results) else "failed"
    return Readiness(status=status, service=service, checks=dict(zip(names, results, strict=True)))


async def _run(check: Check) -> CheckResult:
    started = time.monotonic()
    detail: str | None = None
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            await check()
    except TimeoutError:
        detail = f"no answer within {CHECK_TIMEOUT_S:g} s"
    except Exception as error:  # noqa: BLE001 - whatever a dependency raises means: not ready
        detail = str(error) or type(error).__name__
    status: Literal["ok", "failed"] = "ok" if detail is None else "failed"
    return CheckResult(status=status, detail=detail, elapsed_s=round(time.monotonic() - started, 4))


def router(service: str) -> APIRouter:
    """`/health/live` and `/health/ready`; the checks are those in `app.state.checks` when asked."""
    routes = APIRouter(prefix="/health", tags=["health"], include_in_schema=False)

    @routes.get("/live")
    async def live() -> Liveness:
        return Liveness(service=service)

    @routes.get("/ready")
    async def ready(request: Request, response: Response) -> Readiness:
        readiness = await run_checks(service, request.app.state.checks)
        if readiness.status == "failed":
            response.status_code = 503
        return readiness

    return routes
