"""Where httpx is imported: clients with time-outs, limits and the request id, for calls between processes."""

from collections.abc import Mapping

import httpx
import structlog

CONNECT_TIMEOUT_S = 1.0  # loopback or the same rack: slower is down
READ_TIMEOUT_S = 30.0  # the longest answer of any service (api.md)
CONNECTIONS_MAX = 32

HTTPError = httpx.HTTPError
Response = httpx.Response
Client = httpx.Client
AsyncClient = httpx.AsyncClient


def client(
    base_url: str, *, read_timeout_s: float = READ_TIMEOUT_S, headers: Mapping[str, str] | None = None
) -> httpx.AsyncClient:
    """An asynchronous client for one origin; every request carries the request id of the current log context."""
    return httpx.AsyncClient(
        base_url=base_url,
        headers=headers,
        timeout=httpx.Timeout(read_timeout_s, connect=CONNECT_TIMEOUT_S),
        limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
        event_hooks={"request": [_add_request_id]},
        trust_env=False,
    )


def sync_client(
    base_url: str, *, read_timeout_s: float = READ_TIMEOUT_S, headers: Mapping[str, str] | None = None
) -> httpx.Client:
    """The same for the command line."""
    return httpx.Client(
        base_url=base_url,
        headers=headers,
        timeout=httpx.Timeout(read_timeout_s, connect=CONNECT_TIMEOUT_S),
        trust_env=False,
    )


async def _add_request_id(request: httpx.Request) -> None:
    context = structlog.contextvars.get_contextvars()
    if "request_id" in context:
        request.headers.setdefault("x-request-id", str(context["request_id"]))
