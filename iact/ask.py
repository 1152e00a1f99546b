"""One question to a service of the running system, by the person at the machine."""

from collections.abc import Collection
from typing import Any

from iact.errors import CommandFailed
from iact.system import System
from shared import http


def ask(
    system: System,
    service: str,
    functions: Collection[str],
    method: str,
    path: str,
    *,
    parameters: dict[str, Any] | None = None,
    body: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Any:
    """The service's answer, None when it has no body. CommandFailed with its own sentence when it refuses."""
    url = system.service_urls[service]
    signed = {**system.operator_headers(service, functions), **(headers or {})}
    wanted = {name: value for name, value in (parameters or {}).items() if value is not None}
    try:
        with http.sync_client(url, headers=signed) as client:
            answer = client.request(method, path, params=wanted, json=body)
    except http.HTTPError as error:
        raise CommandFailed(f"The {service} service at {url} does not answer: {error}") from error
    if not answer.is_success:
        raise CommandFailed(_sentence(service, answer))
    return answer.json() if answer.content else None


def _sentence(service: str, answer: http.Response) -> str:
    try:
        problem = answer.json()
    except ValueError:
        return f"The {service} service answered {answer.status_code}."
    return str(problem.get("detail", answer.status_code))
