"""Wrong input as a new user would give it: one clear sentence, the field by its name, and nothing lost."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import port_range, running_system
from tests.e2e.system import ROOT, RunningSystem, run_iact
from tests.e2e.test_contract import is_problem

pytestmark = pytest.mark.e2e

DATA = Path(os.environ.get("IACT_TEST_DATA", ROOT / "../shared/data"))
TIME = {
    "from": "2025-07-01T00:00:00-06:00",
    "to": "2025-10-01T00:00:00-06:00",
    "granularity": "total",
    "zone": "America/Mexico_City",
}
QUESTION: dict[str, Any] = {"source_kind": "legacy", "metrics": ["calls"], "time": TIME}
# What a validation library says to programmers, and nobody says to a person.
JARGON = ("Value error", "literal[", "should match pattern", "JSON decode error", "Traceback", "after validation")

HEADER = (
    "dFecha,dHoraInicio,dHoraFin,cDID_800Transfer,cDID_Centro_Transferencia,"
    "cMenu,cOpcion,cTelefono_Origen,cTelefono_Digitado,cEtiquetacliente"
)


@pytest.fixture(scope="module")
def system() -> Iterator[RunningSystem]:
    """A system of this module's own: files read in here would move the end of everybody's data."""
    with running_system() as system:
        yield system


@pytest.fixture(scope="module")
def client(system: RunningSystem) -> Iterator[httpx.Client]:
    made = system.iact("token", "create", "--username", system.username, "--json")
    assert made.returncode == 0, made.stderr
    with system.anonymous() as found:
        found.headers["Authorization"] = f"Bearer {json.loads(made.stdout)['token']}"
        yield found


def a_filter(**parts: Any) -> dict[str, Any]:
    return {"filters": [{"dimension": "segment", "op": "in", "values": ["puebla"], **parts}]}


@pytest.mark.parametrize(
    ("change", "param", "suggestion"),
    [
        ({"metrics": ["cals"]}, "metrics.0", "calls"),
        ({"metrics": []}, "metrics", None),
        ({"dimensions": ["segmet"]}, "dimensions.0", "segment"),
        ({"order_by": ["-cals"]}, "order_by.0", "calls"),
        ({"filters": [{"dimension": "segmnt", "op": "in", "values": ["a"]}]}, "filters.0.dimension", "segment"),
        (a_filter(op="like"), "filters.0.op", None),
        (a_filter(values="puebla"), "filters.0.values", None),
        (a_filter(vals=1), "filters.0.vals", "values"),
        ({"dimension": ["segment"]}, "dimension", "dimensions"),
        ({"surprise": 1}, "surprise", None),
        ({"source_kind": "csv"}, "source_kind", None),
        ({"compare": "last_century"}, "compare", None),
        ({"service_level": {"variant": "Z"}}, "service_level.variant", None),
        ({"limit": 0}, "limit", None),
        ({"limit": 10_001}, "limit", None),
        ({"cursor": "garbage"}, "cursor", None),
        ({"time": {**TIME, "granularity": "fortnight"}}, "time.granularity", None),
        ({"time": {**TIME, "zone": "Mars/Base"}}, "time.zone", None),
        ({"time": {**TIME, "from": "2025-07-01T00:00:00"}}, "time.from", None),
        ({"time": {**TIME, "to": TIME["from"]}}, "time.to", None),
        ({"time": {**TIME, "until": TIME["to"]}}, "time.until", None),
    ],
)
@pytest.mark.requirement("RNF-009")
def test_a_wrong_question_names_the_field(
    client: httpx.Client, change: dict[str, Any], param: str, suggestion: str | None
) -> None:
    answer = client.post("/api/v1/analytics/query", json={**QUESTION, **change})
    assert is_problem(answer, 422), answer.text
    errors = {error["param"]: error for error in answer.json()["errors"]}
    assert param in errors, answer.text
    assert suggestion is None or errors[param]["suggestion"] == suggestion
    assert not [word for word in JARGON if word in answer.text]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"null", b'{"metrics": "\xff"}', b"metrics=calls"])
def test_a_body_that_is_no_question(client: httpx.Client, content: bytes) -> None:
    answer = client.post("/api/v1/analytics/query", content=content, headers={"content-type": "application/json"})
    assert is_problem(answer, 400) if answer.status_code == 400 else is_problem(answer, 422)
    assert not [word for word in JARGON if word in answer.text]
    assert all(not error["param"].isdigit() for error in answer.json().get("errors", []))


@pytest.mark.parametrize(
    "path",
    [
        "analytics/reports/abandonment?quarter=2025-Q3&colour=red",
        "analytics/catalog?colour=red",
        "dora/metrics?sevice=a",
        "ivr/runs?sorce=legacy",
        "users?lmit=3",
    ],
)
def test_an_unknown_parameter_is_an_error(client: httpx.Client, path: str) -> None:
    assert is_problem(client.get(f"/api/v1/{path}"), 422)


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("ivr/runs", {"source": "legacy", "surprise": 1}, "surprise"),
        ("ivr/runs", {"source": "legacy", "from": "2025-12-01", "to": "2025-11-01"}, "from"),
        ("ivr/runs", {}, "source"),
        ("sessions", {"username": "a", "pasword": "b"}, "pasword"),
        ("users", {"username": "somebody", "password": "b"}, "password"),
        ("tokens", {"name": "a", "functions": ["RPT-001"], "surprise": 1}, "surprise"),
        ("dora/deployments", {"service": "a", "environment": "b", "surprise": 1}, "surprise"),
    ],
)
def test_every_service_refuses_what_it_does_not_know(
    client: httpx.Client, path: str, body: dict[str, Any], param: str
) -> None:
    answer = client.post(f"/api/v1/{path}", json=body)
    assert is_problem(answer, 422), answer.text
    assert param in {error["param"] for error in answer.json()["errors"]}
    assert not [word for word in JARGON if word in answer.text]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "analytics/nothing", 404),
        ("GET", "ivr/nothing", 404),
        ("PATCH", "sessions/current", 405),
        ("GET", "analytics/query", 405),
        ("GET", "users/99999999999999999999999", 404),
        ("GET", "ivr/runs/99999999999999999999999", 404),
        ("GET", "analytics/calls/legacy-1751352017000000-99999999999999999999999", 404),
        ("DELETE", "sessions/99999999999999999999999", 404),
    ],
)
def test_what_is_not_there_is_told_in_a_sentence(client: httpx.Client, method: str, path: str, status: int) -> None:
    answer = client.request(method, f"/api/v1/{path}")
    assert is_problem(answer, status), answer.text
    body = answer.json()
    assert "framework" not in body["type"]
    assert body["detail"] != body["title"]
    assert body["detail"].endswith(".")


def legacy_rows(count: int, year: int = 2019) -> list[str]:
    start = f"{year}-02-0"
    return [
        f"{start}{1 + at % 5},{start}{1 + at % 5} 10:{at % 60:02d}:00,{start}{1 + at % 5} 10:{at % 60:02d}:30,"
        f"19028031,10628002,ANI,1,55199{at:05d},55199{at:05d},A"
        for at in range(count)
    ]


def ingest(system: RunningSystem, kind: str, path: Path, *options: str) -> tuple[int, str, str]:
    done = system.iact("ingest", "--kind", kind, str(path), *options)
    return done.returncode, done.stdout, done.stderr


def one_sentence(text: str) -> str:
    """What the command said at the end, without the bar and the log."""
    said = [line for line in text.splitlines() if line.startswith("iact: ")]
    assert len(said) == 1, text
    assert "Traceback" not in text
    assert "Something broke" not in text
    return said[0]


def calls_in(client: httpx.Client, year: int) -> int:
    time = {**TIME, "from": f"{year}-01-01T00:00:00-06:00", "to": f"{year}-12-31T00:00:00-06:00"}
    answer = client.post("/api/v1/analytics/query", json={**QUESTION, "time": time})
    calls: int = answer.json()["rows"][0][0]
    return calls


def data_as_of(client: httpx.Client, source: str) -> str:
    """How far the data of one source reaches, as an answer about that source alone says it."""
    filters = [{"dimension": "source", "op": "in", "values": [source]}]
    answer = client.post("/api/v1/analytics/query", json={**QUESTION, "filters": filters})
    reached: str = answer.json()["meta"]["data_as_of"]
    return reached


def test_the_real_queue_log(system: RunningSystem, client: httpx.Client) -> None:
    path = DATA / "asterisk-queue" / "queue_log.csv"
    if not path.is_file():
        pytest.skip(f"the real queue_log is not at {path}")
    code, shown, complaint = ingest(system, "asterisk", path, "--json")
    assert code == 0, complaint
    run = json.loads(shown)
    assert (run["state"], run["read"], run["rejected"]) == ("succeeded", 1000, 0)
    question = {
        "source_kind": "asterisk",
        "metrics": ["offered", "answered", "abandoned", "timed_out", "open", "ring_no_answer"],
        "time": {**TIME, "from": "2018-11-01T00:00:00Z", "to": "2019-01-01T00:00:00Z"},
    }
    answers = [client.post("/api/v1/analytics/query", json=question).json()["rows"]]
    assert ingest(system, "asterisk", path)[0] == 0
    answers.append(client.post("/api/v1/analytics/query", json=question).json()["rows"])
    assert answers == [[[108, 93, 12, 1, 2, 360]]] * 2


def test_an_old_file_does_not_make_fresh_numbers_look_old(
    system: RunningSystem, client: httpx.Client, tmp_path: Path
) -> None:
    path = tmp_path / "old.csv"
    path.write_text("\n".join([HEADER, *legacy_rows(3, 2017)]) + "\n", encoding="utf-8")
    assert ingest(system, "legacy", path)[0] == 0
    assert calls_in(client, 2017) == 3
    assert data_as_of(client, "legacy") >= "2025"


def test_a_whole_file_and_then_half_of_it(system: RunningSystem, client: httpx.Client, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    text = "\n".join([HEADER, *legacy_rows(200)]) + "\n"
    path.write_text(text, encoding="utf-8")
    assert ingest(system, "legacy", path)[0] == 0
    assert calls_in(client, 2019) == 200
    path.write_text(text[: len(text) // 2], encoding="utf-8")
    code, _, complaint = ingest(system, "legacy", path)
    assert code == 1
    assert "calls.csv ends in the middle of" in one_sentence(complaint)
    assert calls_in(client, 2019) == 200


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("legacy", HEADER.replace("cMenu,", "") + "\n", ("cMenu",)),
        ("legacy", "", ("empty",)),
        ("legacy", "\x00\x01\x02\r\x03\n\xff", ("bad.csv",)),
        ("legacy", HEADER + "\n" + legacy_rows(1, 2018)[0].replace("ANI", "A\x00I") + "\n", ("bad.csv",)),
    ],
)
def test_a_damaged_file_is_told_in_one_sentence(
    system: RunningSystem, client: httpx.Client, tmp_path: Path, kind: str, content: str, words: tuple[str, ...]
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content.encode("latin-1"))
    code, shown, complaint = ingest(system, kind, path)
    assert code == 1
    said = one_sentence(shown + complaint)
    assert all(word in said for word in words)
    assert not [word for word in JARGON if word in said]
    assert calls_in(client, 2018) == 0
    # A row of a source never comes out by way of a traceback.
    assert "5519900000" not in shown + complaint


def test_a_column_that_is_there_is_not_called_missing(system: RunningSystem, tmp_path: Path) -> None:
    path = tmp_path / "queue_log.csv"
    path.write_text("uid,date_time,callid,queue_name,type,param1\n1,1543527289,NONE,NONE,NONE,\n", encoding="utf-8")
    said = one_sentence(ingest(system, "asterisk", path)[2]).partition("its header is")[0]
    assert "event" in said
    assert "queuename" not in said
    assert "agent" not in said


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("ingest", "nothing"), 1, "legacy, queues"),
        (("ingest",), 2, "Missing argument"),
        (("ingest", "--kind", "paper", "a.csv"), 2, "legacy or asterisk"),
        (("ingest", "--kind", "legacy", "/nowhere/a.csv"), 1, "/nowhere/a.csv"),
        (("ingest", "--kind", "legacy", "--zone", "Mars/Base", str(ROOT / "README.md")), 1, "Mars/Base"),
        (("reports", "nothing", "--quarter", "2025-Q3"), 1, "nothing"),
        (("reports", "abandonment", "--quarter", "2025-Q9"), 1, "2025-Q9"),
        (("reports", "abandonment", "--quarter", "2025-Q3", "--segment", "narnia"), 1, "narnia"),
        (("token", "create", "--username", "nobody.at.all"), 1, "nobody.at.all"),
        (("createsuperuser", "--username", "two words", "--password-stdin"), 1, "two words"),
        (("status", "--nonsense"), 2, "--nonsense"),
        (("nonsense",), 2, "nonsense"),
        (("up", "--detach", "--port", "http"), 2, "--port"),
    ],
)
def test_a_wrong_command(system: RunningSystem, arguments: tuple[str, ...], code: int, words: str) -> None:
    done = run_iact(*arguments, data_dir=system.data_dir, stdin="a long enough pass phrase\n")
    assert done.returncode == code, done.stdout + done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert code == 2 or one_sentence(done.stderr)


def test_json_for_scripts_is_nothing_but_json(system: RunningSystem) -> None:
    done = system.iact("ingest", "queues", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["state"] == "succeeded"
    assert json.loads(system.iact("status", "--json").stdout)["ready"] is True


def test_a_short_password_makes_no_account(system: RunningSystem, client: httpx.Client) -> None:
    done = system.iact("createsuperuser", "--username", "short.password", "--password-stdin", stdin="short")
    assert (done.returncode, "12" in one_sentence(done.stderr)) == (1, True)
    assert "short.password" not in client.get("/api/v1/users?limit=1000").text


def test_a_taken_port_is_told_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run_iact("up", "--detach", "--port", str(port), data_dir=tmp_path / "data")
    assert done.returncode == 1
    assert str(port) in one_sentence(done.stderr)
    outside = run_iact("up", "--detach", "--port", "99999", data_dir=tmp_path / "data")
    assert (outside.returncode, "99999" in one_sentence(outside.stderr)) == (1, True)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"DB_ANALYTICS_PORT": "1", "DB_ANALYTICS_PASSWORD": "a"}, "cannot be reached"),
        ({}, "DB_ANALYTICS_PASSWORD"),
    ],
)
def test_a_database_that_does_not_let_us_in(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    base = {"DB_ANALYTICS_HOST": "127.0.0.1", "DB_ANALYTICS_USER": "a", "DB_ANALYTICS_NAME": "b"}
    port = str(port_range())
    done = run_iact("up", "--detach", "--port", port, data_dir=tmp_path / "data", settings={**base, **settings})
    assert done.returncode == 1
    assert words in one_sentence(done.stderr)


def test_a_broken_list_of_sources_is_named(tmp_path: Path) -> None:
    sources = tmp_path / "sources.toml"
    sources.write_text("[[source]\n", encoding="utf-8")
    settings = {"IACT_SOURCES_FILE": str(sources)}
    done = run_iact("up", "--detach", "--port", str(port_range()), data_dir=tmp_path / "data", settings=settings)
    try:
        assert done.returncode == 1
        assert "sources.toml" in one_sentence(done.stderr)
    finally:
        run_iact("erase", "--yes", data_dir=tmp_path / "data")
