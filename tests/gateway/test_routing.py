"""Where a path goes, and which paths go nowhere."""

import posixpath
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.problems import BadPath, MethodNotAllowed, NoSuchRoute
from gateway.routing import SERVICE_OF, Access, Routing, Templates

pytestmark = pytest.mark.unit

TEMPLATES = Templates.of(["/api/v1/users/{user_id}", "/api/v1/users/me", "/api/v1/users", "/api/v1/ivr/runs/{run_id}"])
ROUTING = Routing(TEMPLATES)


@pytest.mark.parametrize(
    ("method", "path", "service", "access", "label"),
    [
        ("GET", "/api/v1/users", "sessions", Access.CALLER, "/api/v1/users"),
        ("GET", "/api/v1/users/me", "sessions", Access.CALLER, "/api/v1/users/me"),
        ("GET", "/api/v1/users/77", "sessions", Access.CALLER, "/api/v1/users/{user_id}"),
        ("POST", "/api/v1/sessions", "sessions", Access.SIGN_IN, "/api/v1/sessions/*"),
        ("POST", "/api/v1/sessions/redeem", "sessions", Access.SIGN_IN, "/api/v1/sessions/*"),
        ("GET", "/api/v1/sessions", "sessions", Access.CALLER, "/api/v1/sessions/*"),
        ("GET", "/api/v1/separation-rules", "sessions", Access.CALLER, "/api/v1/separation-rules/*"),
        ("GET", "/api/v1/audit-events/export", "sessions", Access.CALLER, "/api/v1/audit-events/*"),
        ("POST", "/api/v1/ivr/runs/7", "ivr", Access.CALLER, "/api/v1/ivr/runs/{run_id}"),
        ("POST", "/api/v1/analytics/query", "analytics", Access.CALLER, "/api/v1/analytics/*"),
        ("POST", "/api/v1/dora/webhooks/github", "dora", Access.WEBHOOK, "/api/v1/dora/*"),
        ("POST", "/api/v1/dora/deployments", "dora", Access.CALLER, "/api/v1/dora/*"),
    ],
)
def test_a_path_has_one_service(method: str, path: str, service: str, access: Access, label: str) -> None:
    route = ROUTING.find(method, path.encode())
    assert (route.service, route.access, route.label) == (service, access, label)


def test_signing_out_is_known() -> None:
    assert ROUTING.find("DELETE", b"/api/v1/sessions/current").signs_out
    assert not ROUTING.find("GET", b"/api/v1/sessions/current").signs_out
    assert not ROUTING.find("DELETE", b"/api/v1/sessions/7").signs_out


@pytest.mark.parametrize("path", ["/api/v1/internal/introspections", "/api/v1/", "/api/v1/ivrx", "/api/v1/IVR/runs"])
def test_an_unknown_prefix_is_nowhere(path: str) -> None:
    with pytest.raises((NoSuchRoute, BadPath)):
        ROUTING.find("GET", path.encode())


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/ivr/../../../internal/introspections",
        "/api/v1/ivr/%2e%2e/%2e%2e/%2e%2e/internal/introspections",
        "/api/v1/ivr/.%2e/x",
        "/api/v1/ivr/./x",
        "/api/v1/ivr//x",
        "/api/v1/ivr/..%2f..%2finternal",
        "/api/v1/ivr/%252e%252e/x",
        "/api/v1/ivr/a%5cb",
        "/api/v1/ivr/a\\..\\b",
        "/api/v1/ivr/%00",
        "/api/v1/ivr/%0d%0aHost:%20x",
        "/api/v1/ivr/%7f",
        "/api/v1/ivr/%ff",
        "/api/v1/ivr/%zz",
        "/api/v1/ivr/%",
        "/api/v1/ivr/a b",
        "/api/v1/ivr/\x01",
        "/api/v1/ivr/ä",
        "/api/v1/ivr/{x}",
    ],
)
def test_a_path_that_could_be_read_in_two_ways_is_refused(path: str) -> None:
    with pytest.raises(BadPath):
        ROUTING.find("GET", path.encode("latin-1"))


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "OPTIONS", "PROPFIND", "get"])
def test_other_methods_do_not_exist(method: str) -> None:
    with pytest.raises(MethodNotAllowed):
        ROUTING.find(method, b"/api/v1/ivr/runs")


@given(st.text(st.sampled_from("/.%2eE5cCfF0ab\\;~"), max_size=30))
def test_no_accepted_path_becomes_another_by_decoding_or_normalising(tail: str) -> None:
    path = f"/api/v1/ivr/{tail}"
    try:
        route = ROUTING.find("GET", path.encode())
    except BadPath:
        return
    assert route.service == "ivr"
    seen = path
    for _ in range(2):
        seen = unquote(seen)
        assert posixpath.normpath(seen).startswith("/api/v1/ivr")


def test_a_label_never_comes_from_the_caller() -> None:
    labels = {ROUTING.find("GET", f"/api/v1/{first}/5551234567".encode()).label for first in SERVICE_OF}
    assert not any("5551234567" in label for label in labels)


def test_what_is_remembered_of_paths_is_bounded_in_bytes_too() -> None:
    routing = Routing(TEMPLATES)
    for number in range(3):
        for _ in range(2):
            assert routing.find("GET", b"/api/v1/ivr/" + b"x" * (8000 + number)).service == "ivr"
            assert routing.find("GET", b"/api/v1/ivr/runs").service == "ivr"
    assert routing.remembered.cache_info().currsize == 1
