"""The fuzzer must be able to fail: each thing it looks for, done on purpose, is found."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway.conftest import serve
from tests.gateway.fuzz import DOCUMENT, Fuzzer, Report, progress_of, summary, without_security

pytestmark = pytest.mark.integration

PATHS: dict[str, Any] = {
    "/api/v1/things/{thing_id}": {
        "get": {
            "parameters": [
                {
                    "name": "thing_id",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string", "pattern": "^[a-z]+$"},
                },
                {"name": "X-IACT-Identity", "in": "header", "required": True, "schema": {"type": "string"}},
                {"name": "count", "in": "query", "schema": {"type": "integer", "minimum": 0}},
            ],
            "responses": {"200": {"description": "a thing"}},
            "security": [{"token": []}],
        }
    }
}
SMALL: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": PATHS}
GOOD_PROBLEM = {
    "type": "urn:iact:problem:x",
    "title": "Not Found",
    "status": 404,
    "detail": "d",
    "instance": "i",
    "request_id": "r",
}


class App:
    """Answers as told, and remembers what it was asked."""

    def __init__(
        self, status: int, body: bytes = b"{}", content_type: bytes = b"application/json", wait_s: float = 0
    ) -> None:
        self.told = (status, body, content_type, wait_s)
        self.asked: list[dict[str, Any]] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        self.asked.append(scope)
        status, body, content_type, wait_s = self.told
        await asyncio.sleep(wait_s)
        headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def fuzzed(
    app: App,
    *,
    cases: int = 10,
    hang_s: float = 60,  # none hangs, and a busy machine is no hang
    known: dict[str, list[str]] | None = None,
    report: Report | None = None,
    **options: Any,
) -> Report:
    async with serve(app) as served:

        def run() -> Report:
            with httpx.Client(base_url=served.url, trust_env=False, timeout=60) as client:
                return Fuzzer(client, SMALL, known or {}, hang_s=hang_s, report=report).run(cases, **options)

        return await asyncio.to_thread(run)


def problem(**changes: Any) -> bytes:
    document = {**GOOD_PROBLEM, **changes}
    return json.dumps({name: value for name, value in document.items() if value is not None}).encode()


def broken() -> Iterator[tuple[str, App, str]]:
    kind = b"application/problem+json"
    yield "an error of ours", App(500, problem(status=500), kind), "answered 500"
    yield "an outage", App(503, problem(status=503), kind), "answered 503"
    yield "a hang", App(200, wait_s=0.3), "took 0."
    yield "an error without a document", App(422, b"no", b"text/plain"), "content type text/plain"
    yield "an error that is not JSON", App(422, b"no", kind), "not JSON"
    yield "an error that is a list", App(422, b"[]", kind), "with no detail"
    yield "an error without a request id", App(422, problem(status=422, request_id=None), kind), "no request_id"
    yield "an error with another status inside", App(422, problem(status=400), kind), "another status inside (400)"
    yield "nobody gets in", App(401, problem(status=401), kind), "only 0% of"
    yield "nothing is found", App(404, problem(), kind), "only 0% of"


@pytest.mark.parametrize(("app", "found"), [pytest.param(app, found, id=name) for name, app, found in broken()])
async def test_whatever_is_wrong_is_found(app: App, found: str) -> None:
    report = await fuzzed(app, cases=5, hang_s=0.2 if "took" in found else 60)
    assert any(found in each for each in report.verdict()), report.verdict()
    assert summary(report)["passed"] is False


async def test_what_is_right_passes() -> None:
    app = App(200)
    report = await fuzzed(app, cases=20, known={"thing_id": ["real"]})
    assert report.verdict() == []
    assert summary(report) == {
        "cases": report.cases,
        "reached_share": 1.0,
        "statuses": {"200": report.cases},
        "slowest_s": round(report.slowest_s, 2),
        "passed": True,
    }
    assert report.cases >= 20
    paths = [scope["path"] for scope in app.asked]
    assert 0 < paths.count("/api/v1/things/real") < len(paths), "real ids in most cases, made-up ones in some"
    assert len(set(paths)) > 2


async def test_a_run_goes_on_where_it_was(tmp_path: Path) -> None:
    report = await fuzzed(App(404, problem(), b"application/problem+json"), cases=5)
    state = tmp_path / "state.json"
    state.write_text(report.to_json(), encoding="utf-8")
    before = Report.from_json(state.read_text(encoding="utf-8"))
    assert before == report
    app = App(200)
    after = await fuzzed(app, cases=2 * report.cases, report=before)
    assert after.statuses == Counter({404: report.cases, 200: len(app.asked)})
    assert after.cases == report.cases + len(app.asked) >= 2 * report.cases
    assert after.rounds > report.rounds > 0


async def test_a_run_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("tests.gateway.fuzz.PROGRESS_S", 0.0)
    await fuzzed(App(200), cases=30, progress=progress_of(30, None))
    said = capsys.readouterr().err
    assert re.search(r"(?m)^\d+ of 30 cases, [\d.]+/s, 100.0% reach a handler, 0 findings", said), said


async def test_a_server_that_closes_is_found() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

        def run() -> Report:
            with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
                return Fuzzer(client, SMALL).run(3)

        report = await asyncio.to_thread(run)
    assert any("the connection broke" in each for each in report.verdict())


def test_credentials_are_no_parameters_and_the_document_stays_as_it_is() -> None:
    before = json.dumps(PATHS)
    made = without_security(SMALL)
    assert [each["name"] for each in made["paths"]["/api/v1/things/{thing_id}"]["get"]["parameters"]] == [
        "thing_id",
        "count",
    ]
    assert json.dumps(PATHS) == before
    assert "security" not in json.dumps(without_security(json.loads(DOCUMENT.read_text(encoding="utf-8"))))
