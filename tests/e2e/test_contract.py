"""The public contract from outside, with nothing but an HTTP client and the command line."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.e2e.system import COOKIE, PASSWORD, RunningSystem

pytestmark = pytest.mark.e2e

SERVICES = ("sessions", "ivr", "analytics", "dora")
# One call of each service that only a signed-in person may make.
CLOSED = ("/api/v1/sessions/current", "/api/v1/ivr/freshness", "/api/v1/analytics/catalog", "/api/v1/dora/metrics")
SIGNED_IN_STATUSES = {200, 403, 422}  # recognised: the function may be missing, the parameters too


@pytest.fixture(scope="module")
def anonymous(system: RunningSystem) -> Iterator[httpx.Client]:
    with system.anonymous() as client:
        yield client


@pytest.fixture(scope="module")
def document(anonymous: httpx.Client) -> dict[str, Any]:
    answer = anonymous.get("/api/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def is_problem(answer: httpx.Response, status: int) -> bool:
    """A complete RFC 9457 document with the request id that the header carries."""
    body = answer.json()
    return (
        answer.status_code == body["status"] == status
        and answer.headers["content-type"] == "application/problem+json"
        and {"type", "title", "status", "detail", "instance", "request_id"} <= body.keys()
        and body["request_id"] == answer.headers["x-request-id"]
    )


def test_everything_is_ready_and_named(anonymous: httpx.Client) -> None:
    answer = anonymous.get("/health/ready")
    assert answer.status_code == 200
    checks = answer.json()["checks"]
    assert set(checks) == set(SERVICES)
    assert {each["checks"]["postgres"]["status"] for each in checks.values()} == {"ok"}


def test_a_session_by_cookie_and_csrf_token(system: RunningSystem) -> None:
    with contextlib.closing(system.sign_in()) as client:
        me = client.get("/api/v1/sessions/current")
        assert (me.status_code, me.json()["csrf_token"]) == (200, client.headers["x-csrf-token"])
        assert me.json()["must_change_password"] is False
        csrf = client.headers.pop("x-csrf-token")
        assert is_problem(client.delete("/api/v1/sessions/current"), 403)
        assert is_problem(client.delete("/api/v1/sessions/current", headers={"x-csrf-token": csrf + "x"}), 403)
        foreign = {"x-csrf-token": csrf, "origin": "http://evil.example"}
        assert is_problem(client.delete("/api/v1/sessions/current", headers=foreign), 403)
        assert client.get("/api/v1/sessions/current").status_code == 200
        gone = client.delete("/api/v1/sessions/current", headers={"x-csrf-token": csrf})
        assert gone.status_code in {200, 204}
        assert is_problem(client.get("/api/v1/sessions/current"), 401)


def test_the_cookie_is_one_that_only_this_origin_gets_back(system: RunningSystem, anonymous: httpx.Client) -> None:
    body = {"username": system.username, "password": PASSWORD}
    line = anonymous.post("/api/v1/sessions", json=body).headers["set-cookie"]
    anonymous.cookies.clear()
    attributes = {part.strip().lower() for part in line.split(";")[1:]}
    assert line.startswith(f"{COOKIE}=")
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= attributes
    assert not any(attribute.startswith("domain") for attribute in attributes)


def test_a_wrong_password_says_no_more_than_no(system: RunningSystem, anonymous: httpx.Client) -> None:
    answers = [
        anonymous.post("/api/v1/sessions", json={"username": name, "password": "not the right words"})
        for name in (system.username, "nobody.at.all")
    ]
    assert all(is_problem(answer, 401) for answer in answers)
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


def test_a_personal_token_opens_every_service(system: RunningSystem, anonymous: httpx.Client) -> None:
    made = system.iact("token", "create", "--username", system.username, "--json")
    assert made.returncode == 0, made.stderr
    headers = {"authorization": f"Bearer {json.loads(made.stdout)['token']}"}
    for path in CLOSED:
        assert anonymous.get(path, headers=headers).status_code in SIGNED_IN_STATUSES, path
    assert is_problem(anonymous.get(CLOSED[0], headers={"authorization": "Bearer iact_pat_" + "x" * 43}), 401)


@pytest.mark.parametrize("path", CLOSED)
def test_nobody_is_a_401(anonymous: httpx.Client, path: str) -> None:
    assert is_problem(anonymous.get(path), 401)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_called_without_identity_refuses(system: RunningSystem, service: str) -> None:
    path = dict(zip(SERVICES, CLOSED, strict=True))[service]
    url = system.run["services"][service]["url"]
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as direct:
        for headers in ({}, {"x-iact-identity": "e30.e30.x"}, {"x-forwarded-for": "127.0.0.1"}):
            assert direct.get(path, headers=headers).status_code == 401
        assert direct.get("/health/live").status_code == 200


def test_internal_addresses_are_nowhere(anonymous: httpx.Client, system: RunningSystem) -> None:
    assert is_problem(anonymous.post("/internal/introspections", json={}), 404)
    assert is_problem(anonymous.get("/api/v1/internal/introspections"), 404)
    address = urlsplit(system.url)
    with socket.create_connection((address.hostname, address.port or 80), timeout=60) as raw:
        raw.sendall(
            b"POST /api/v1/ivr/../../../internal/introspections HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n"
        )
        assert raw.recv(4096).startswith(b"HTTP/1.1 400 ")


@pytest.mark.requirement("RNF-009")
def test_errors_have_one_shape(anonymous: httpx.Client) -> None:
    assert is_problem(anonymous.get("/api/v1/nothing"), 404)
    assert is_problem(anonymous.request("TRACE", "/api/v1/ivr/runs"), 405)
    assert is_problem(anonymous.post("/api/v1/sessions", json={"username": "a", "surprise": 1}), 422)
    assert is_problem(anonymous.post("/api/v1/sessions", content=b"x" * (11 * 1024 * 1024)), 413)


def test_ids_travel_and_come_back(anonymous: httpx.Client) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = anonymous.get("/api/v1/ivr/runs", headers={"x-request-id": "job-20250701-1", "traceparent": trace})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "job-20250701-1"
    assert answer.headers["traceparent"].split("-")[1] == trace.split("-")[1]
    assert len(answer.headers.get_list("x-request-id")) == 1


def test_every_documented_call_exists_and_is_closed(anonymous: httpx.Client, document: dict[str, Any]) -> None:
    """Without sign-in each documented call answers 401 (or is open by its own description), never 404, 405 or 5xx."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            address = path
            for parameter in operation.get("parameters", []):
                address = address.replace(f"{{{parameter['name']}}}", "1")
            answer = anonymous.request(method, address)
            expected = {401} if operation["security"] else {200, 400, 401, 403, 422, 503}
            assert answer.status_code in expected, f"{method} {path}: {answer.status_code}"


def test_the_page_and_the_docs_are_safe_to_open(anonymous: httpx.Client) -> None:
    for path in ("/", "/overview", "/api/docs"):
        answer = anonymous.get(path)
        assert answer.headers["content-type"].startswith("text/html")
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.requirement("RNF-006")
def test_signed_out_holds_everywhere_within_a_second(system: RunningSystem) -> None:
    with contextlib.closing(system.sign_in()) as client:
        assert client.get("/api/v1/ivr/freshness").status_code in SIGNED_IN_STATUSES
        with contextlib.closing(system.sign_in()):  # a second sign-in ends the first session
            ended = time.monotonic()
            while client.get("/api/v1/ivr/freshness").status_code != 401:
                assert time.monotonic() - ended < 30, "the answer is kept one second; the rest is for a busy machine"
                time.sleep(0.02)
