"""Health, the OpenAPI document and its docs, the log and the metrics."""

import io
import json
import socket
import subprocess
import sys
from collections.abc import Callable

import httpx
import pytest
from prometheus_client import generate_latest

from gateway import observe, openapi
from gateway.main import create_gateway
from gateway.settings import Settings
from shared import metrics
from shared.testing.plugin import ROOT
from tests.gateway.conftest import Served, serve_gateway

pytestmark = pytest.mark.integration


async def test_liveness_asks_nobody(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "service": "gateway"})


async def test_readiness_names_each_service_and_its_database(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/ready")
    assert answer.status_code == 200
    checks = answer.json()["checks"]
    assert set(checks) == {"sessions", "ivr", "analytics", "dora"}
    assert all(each["checks"]["postgres"]["status"] == "ok" for each in checks.values())


async def test_readiness_names_the_part_that_is_down(echo: Served, make_settings: Callable[..., Settings]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with (
            serve_gateway(make_settings(echo.url, iact_dora_url=nobody)) as served,
            httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client,
        ):
            answer = await client.get("/health/ready")
            assert answer.status_code == 503
            assert answer.json()["checks"]["dora"]["detail"] == "dora does not answer"
            assert answer.json()["checks"]["ivr"]["status"] == "ok"
            assert (await client.get("/health/live")).status_code == 200


async def test_the_document_and_its_docs_come_from_here(client: httpx.AsyncClient) -> None:
    document = await client.get("/api/openapi.json")
    assert document.json()["openapi"].startswith("3.1")
    again = await client.get("/api/openapi.json", headers={"if-none-match": document.headers["etag"]})
    assert again.status_code == 304
    page = await client.get("/api/docs")
    assert "unsafe" not in page.headers["content-security-policy"]
    assert "://" not in page.text
    for name in ("docs.js", "docs.css"):
        assert f'"/api/docs/{name}"' in page.text
        answer = await client.get(f"/api/docs/{name}")
        assert answer.status_code == 200
        assert "://" not in answer.text
    assert (await client.get("/api/docs/other.js")).status_code == 404


async def test_the_log_has_routes_and_no_values(
    capsys: pytest.CaptureFixture[str], echo: Served, make_settings: Callable[..., Settings]
) -> None:
    token = "tell-nobody-tell-nobody"
    async with (
        serve_gateway(make_settings(echo.url)) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client,
    ):
        await client.get("/api/v1/ivr/runs/5551234567?n=5559876543", headers={"authorization": f"Bearer {token}"})
        await client.get("/5551112222?x=5553334444")
    output = capsys.readouterr().out
    lines = [json.loads(line) for line in output.splitlines() if '"request"' in line]
    labels = [(line["route"], line["status"]) for line in lines]
    assert labels == [("/api/v1/ivr/runs/{run_id}", 200), ("page", 503)] or labels[0][0] == "/api/v1/ivr/*"
    assert all(line["elapsed_s"] >= 0 and line["service"] == "gateway" and line["request_id"] for line in lines)
    measured = generate_latest(metrics.REGISTRY).decode()
    assert 'iact_http_requests_total{route="page",service="gateway",status="503"}' in measured
    for value in ("5551234567", "5559876543", "5551112222", "5553334444", token):
        assert value not in output
        assert value not in measured


async def test_log_lines_are_json_whatever_is_in_them() -> None:
    output = io.StringIO()
    observer = observe.Observer({}, access_log=True, output=output)
    observer.note(method='G"ET', label='/a"\\b', status=200, started=0, request_id="r-12345678")
    observer.note(method="GET", label="/health/live", status=200, started=0, request_id="r-12345678")
    observer.flush()
    [line] = output.getvalue().splitlines()
    assert json.loads(line)["route"] == '/a"\\b'


async def test_a_start_without_keys_is_one_sentence(make_settings: Callable[..., Settings], tmp_path: object) -> None:
    sent: list[dict[str, str]] = []

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.startup"}

    async def send(message: dict[str, str]) -> None:
        sent.append(message)

    app = create_gateway(make_settings("http://127.0.0.1:9", iact_secrets_dir=tmp_path))
    await app({"type": "lifespan"}, receive, send)  # type: ignore[arg-type] # plain dictionaries are ASGI messages
    assert [message["type"] for message in sent] == ["lifespan.startup.failed"]
    assert "identity_signing_key.pem" in sent[0]["message"]


def test_a_public_address_is_refused_in_one_sentence() -> None:
    command = [sys.executable, "-m", "gateway", "--host", "0.0.0.0"]  # noqa: S104 - refused
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "without TLS" in done.stderr


async def test_a_websocket_is_closed() -> None:
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    async def receive() -> dict[str, object]:
        raise AssertionError("nothing is to be received")

    await create_gateway()({"type": "websocket"}, receive, send)  # type: ignore[arg-type] # dictionaries are messages
    assert sent == [{"type": "websocket.close", "code": 1000}]


def test_labels_are_documented_paths() -> None:
    assert "/health/ready" in openapi.path_templates()
