"""Liveness asks nobody; readiness asks every service, which asks its database: all at once, within about a second."""

import asyncio
import time
from collections.abc import Mapping
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, ValidationError

from gateway.connection import UpstreamFailure
from gateway.limits import READY_BYTES_MAX, READY_REUSE_S, READY_S
from gateway.requests import simple_request
from gateway.upstream import Upstream
from shared.health import CheckResult, Liveness, Readiness

Status = Literal["ok", "failed"]


class ServiceReadiness(CheckResult):
    """One service: reachable or not, and what it says about its own dependencies (its database)."""

    checks: dict[str, CheckResult] = Field(default_factory=dict)


class GatewayReadiness(BaseModel):
    """Ready when every service is; the body names the part that is not."""

    status: Status
    service: str = "gateway"
    checks: dict[str, ServiceReadiness]


class Prober:
    """Asks the services, once for everybody who wants to know in the same half second."""

    def __init__(self, upstreams: Mapping[str, Upstream]) -> None:
        self._upstreams = upstreams
        self._asked_at = float("-inf")
        self._asking: asyncio.Task[GatewayReadiness] | None = None

    async def readiness(self) -> GatewayReadiness:
        now = time.monotonic()
        if self._asking is None or (self._asking.done() and now - self._asked_at > READY_REUSE_S):
            self._asked_at = now
            self._asking = asyncio.create_task(self._ask_all())
        return await asyncio.shield(self._asking)

    async def _ask_all(self) -> GatewayReadiness:
        results = await asyncio.gather(*(_ask(upstream) for upstream in self._upstreams.values()))
        status: Status = "ok" if all(result.status == "ok" for result in results) else "failed"
        return GatewayReadiness(status=status, checks=dict(zip(self._upstreams, results, strict=True)))


async def _ask(upstream: Upstream) -> ServiceReadiness:
    started = time.monotonic()
    status: Status = "failed"
    detail: str | None = None
    checks: dict[str, CheckResult] = {}
    try:
        async with asyncio.timeout(READY_S):
            _, body = await simple_request(
                upstream, "GET", "/health/ready", headers=[], timeout_s=READY_S, bytes_max=READY_BYTES_MAX
            )
        answer = Readiness.model_validate_json(body)
    except TimeoutError:
        detail = f"{upstream.name} did not answer within {READY_S:g} s"
    except UpstreamFailure:
        detail = f"{upstream.name} does not answer"
    except ValidationError:
        detail = f"{upstream.name} answered something unreadable"
    else:
        status, checks = answer.status, answer.checks
        failed = [name for name, check in checks.items() if check.status == "failed"]
        detail = f"{upstream.name} lacks {', '.join(failed)}" if failed else None
    elapsed_s = round(time.monotonic() - started, 4)
    return ServiceReadiness(status=status, detail=detail, elapsed_s=elapsed_s, checks=checks)


router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def read_liveness() -> Liveness:
    """Whether the gateway's process runs. Asks nobody."""
    return Liveness(service="gateway")


@router.get("/ready", responses={503: {"model": GatewayReadiness, "description": "a part is not ready; it is named"}})
async def read_readiness(request: Request, response: Response) -> GatewayReadiness:
    """Whether every service and its database can work."""
    prober: Prober = request.app.state.prober
    readiness = await prober.readiness()
    if readiness.status == "failed":
        response.status_code = 503
    return readiness
