"""The gateway's own errors, and how they leave: problem+json, like a service's."""

import json
from typing import Any

from starlette.types import Send

from shared import metrics
from shared.errors import (
    PROBLEM_JSON,
    BadRequest,
    Forbidden,
    NotFound,
    Problem,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)

BROKEN = "Something broke on our side; the log knows it by this request_id."
RETRY_AFTER_S = 1  # a service restarts within three seconds; a second keeps callers from hammering


class BadPath(BadRequest):
    """This path is written in a way that two programs could read differently."""


class NotHttpRequest(BadRequest):
    """This is not an HTTP request that can be understood in one way only."""


class AmbiguousHeader(BadRequest):
    """A header that may occur once occurs twice, with different values."""


class NoSuchRoute(NotFound):
    """There is nothing at this address of the API."""


class MethodNotAllowed(Problem):
    """This method does not exist here."""

    status = 405


class RequestTimeout(Problem):
    """The body did not arrive within 30 s."""

    status = 408


class BodyTooLarge(TooLarge):
    """The body is larger than this address takes (1 MiB; 10 MiB for webhooks and for maps put as a whole)."""


class AddressTooLong(Problem):
    """The address is longer than 8 KiB."""

    status = 414


class HeadersTooLarge(Problem):
    """The headers are more than 100 or larger than 16 KiB together."""

    status = 431


class CsrfMismatch(Forbidden):
    """A change needs the header X-CSRF-Token with the csrf_token of this session (GET /api/v1/sessions/current)."""


class ForeignOrigin(Forbidden):
    """This request was made by a page of another origin."""


class InsecureAddress(Forbidden):
    """This address can be reached by others and has no TLS: use the loopback address, put TLS in front, or set
    IACT_PUBLIC_BIND=true.
    """


class NotSignedIn(Unauthorized):
    """The session or token is not valid (any more); sign in again."""


class RateExceeded(TooManyRequests):
    """Too many requests; wait as long as Retry-After says."""


class BadGateway(Problem):
    """A service gave an answer that is not HTTP."""

    status = 502


class ServiceDown(Unavailable):
    """A service does not answer; try again after the time that Retry-After says."""


class ServiceFull(Unavailable):
    """A service is serving as many requests as it can; try again after the time that Retry-After says."""


class GatewayTimeout(Problem):
    """A service did not answer in time."""

    status = 504


def full(service: str) -> ServiceFull:
    """Refuse for a service that has enough to do, and count it."""
    metrics.SHED.labels("gateway").inc()
    return ServiceFull(f"{service} is serving as many requests as it can.", retry_after_s=RETRY_AFTER_S)


def rendered(problem: Problem, *, path: str, request_id: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The document of a problem and the headers that belong to it."""
    document: dict[str, Any] = problem.body(instance=path, request_id=request_id)
    document["detail"] = " ".join(str(document["detail"]).split())
    body = json.dumps(document, ensure_ascii=False).encode()
    own = [(b"content-type", PROBLEM_JSON.encode()), (b"content-length", str(len(body)).encode())]
    own += [(name.lower().encode(), value.encode("latin-1")) for name, value in problem.headers.items()]
    return own, body


async def send_problem(
    send: Send, problem: Problem, *, path: str, request_id: str, headers: list[tuple[bytes, bytes]]
) -> int:
    """Send `problem` and return its status; a sentence in a docstring may run over lines, the document's does not."""
    own, body = rendered(problem, path=path, request_id=request_id)
    await send({"type": "http.response.start", "status": problem.status, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": body})
    return problem.status
