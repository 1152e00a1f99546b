"""People, sessions, tokens and rights as a stranger would try them."""

import json
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pymysql
import pytest

from tests.e2e.system import COOKIE, PASSWORD, RunningSystem
from tests.e2e.test_contract import is_problem

pytestmark = pytest.mark.e2e

API = "/api/v1"
PERIOD = {"from": "2025-07-01T00:00:00-06:00", "to": "2025-10-01T00:00:00-06:00", "zone": "America/Mexico_City"}
NOTICED_S = 20.0  # what ended lives for a second in the gateway; the rest is for a busy machine
CALLS = {"metrics": ["calls"], "time": {**PERIOD, "granularity": "total"}}


@pytest.fixture(scope="module")
def admin(system: RunningSystem) -> Iterator[httpx.Client]:
    made = system.iact("token", "create", "--username", system.username, "--json")
    assert made.returncode == 0, made.stderr
    with system.anonymous() as client:
        client.headers["Authorization"] = f"Bearer {json.loads(made.stdout)['token']}"
        yield client


def signed_in(system: RunningSystem, answer: httpx.Response) -> httpx.Client:
    assert answer.status_code == 201, answer.text
    client = system.anonymous()
    client.headers["Cookie"] = answer.headers["set-cookie"].split(";")[0]
    client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return client


def redeem(system: RunningSystem, code: str, password: str = PASSWORD) -> httpx.Response:
    with system.anonymous() as client:
        return client.post(f"{API}/sessions/redeem", json={"code": code, "new_password": password})


@pytest.fixture
def person(system: RunningSystem, admin: httpx.Client) -> Iterator[tuple[str, httpx.Client]]:
    """A basic operator: sees numbers, and no more."""
    made = admin.post(f"{API}/users", json={"username": f"ana.{secrets.token_hex(4)}"})
    assert made.status_code == 201, made.text
    user_id = made.json()["user"]["id"]
    granted = admin.post(f"{API}/users/{user_id}/groups", json={"groups": ["AGR-001"]})
    assert granted.status_code == 200, granted.text
    with signed_in(system, redeem(system, made.json()["sign_in_code"]["code"])) as client:
        yield user_id, client


def until_status(client: httpx.Client, path: str, status: int) -> httpx.Response:
    deadline = time.monotonic() + NOTICED_S
    while (answer := client.get(path)).status_code != status:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.05)
    return answer


def test_signing_in_tells_what_the_contract_lists(system: RunningSystem, person: tuple[str, httpx.Client]) -> None:
    me = person[1].get(f"{API}/sessions/current").json()
    promised = {"user", "functions", "segment", "csrf_token", "expires_at", "must_change_password"}
    assert promised <= me.keys()
    assert isinstance(me["user"]["id"], str)
    assert me["functions"] == ["AUTH-001", "AUTH-005", "RPT-001", "RPT-002", "RPT-007", "RPT-008"]
    answer = redeem(system, "AAAA-BBBB-CCCC")
    assert is_problem(answer, 401)
    assert "set-cookie" not in answer.headers


def test_a_code_works_once_and_refuses_weak_passwords(system: RunningSystem, admin: httpx.Client) -> None:
    made = admin.post(f"{API}/users", json={"username": f"eva.{secrets.token_hex(4)}"}).json()
    code = made["sign_in_code"]["code"]
    for weak in ("short", "x" * 129, "password1234"):
        answer = redeem(system, code, weak)
        assert is_problem(answer, 422), weak
        assert answer.json()["errors"][0]["param"] == "new_password"
        assert weak not in answer.text
    assert redeem(system, code).status_code == 201
    assert is_problem(redeem(system, code), 401)


def test_the_printed_link_is_gone_once_it_was_used(system: RunningSystem) -> None:
    link = system.run["admin_sign_in_url"]
    if link is None:
        pytest.skip("the link was used by an earlier test")
    code = link.partition("#code=")[2]
    with signed_in(system, redeem(system, code)) as client:
        assert client.get(f"{API}/sessions/current").json()["user"]["username"] == system.run["admin_username"]
    assert system.run["admin_sign_in_url"] is None
    assert is_problem(redeem(system, code), 401)
    assert (system.data_dir / "run.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "path",
    ["users", "users/1", "groups", "ivr/runs", "ivr/sources", "ivr/segments", "dora/metrics"],
)
def test_a_basic_operator_is_refused(person: tuple[str, httpx.Client], path: str) -> None:
    answer = person[1].get(f"{API}/{path}")
    assert is_problem(answer, 403), answer.text
    assert "function" in answer.json()["detail"]


def test_each_form_needs_its_function(person: tuple[str, httpx.Client]) -> None:
    client = person[1]
    assert client.get(f"{API}/ivr/freshness").status_code == 200
    assert client.post(f"{API}/analytics/query", json=CALLS).status_code == 200
    filters = [{"dimension": "segment", "op": "in", "values": ["puebla"]}]
    assert is_problem(client.post(f"{API}/analytics/query", json={**CALLS, "filters": filters}), 403)
    assert is_problem(client.post(f"{API}/analytics/query", json=CALLS, headers={"accept": "text/csv"}), 403)
    report = f"{API}/analytics/reports/abandonment?quarter=2025-Q3&format="
    assert client.get(report + "json").status_code == 200
    for form in ("csv", "xlsx"):
        assert is_problem(client.get(report + form), 403)


def test_a_person_of_one_segment_sees_only_that(
    system: RunningSystem, admin: httpx.Client, person: tuple[str, httpx.Client]
) -> None:
    user_id, client = person
    assert admin.patch(f"{API}/users/{user_id}", json={"segment": "puebla"}).status_code == 200
    days = system.manifest["legacy"]["by_day_segment"]
    expected = sum(calls for day, segment, calls, *_ in days if segment == "puebla" and day <= "2025-09-30")
    deadline = time.monotonic() + NOTICED_S
    while (answer := client.post(f"{API}/analytics/query", json=CALLS).json())["rows"] != [[expected]]:
        assert time.monotonic() < deadline, answer
        time.sleep(0.05)
    assert is_problem(client.post(f"{API}/analytics/query", json={**CALLS, "source_kind": "asterisk"}), 403)
    report = client.get(f"{API}/analytics/reports/unique-customers?quarter=2025-Q3").json()
    segments = {segment for _, segment, *_ in days}
    assert not (segments - {"puebla"}) & {cell for row in report["rows"] for cell in row if isinstance(cell, str)}


@pytest.mark.requirement("RNF-006")
def test_who_is_blocked_is_out_within_a_second(admin: httpx.Client, person: tuple[str, httpx.Client]) -> None:
    user_id, client = person
    assert admin.post(f"{API}/users/{user_id}/block").status_code == 200
    assert is_problem(until_status(client, f"{API}/sessions/current", 401), 401)


def test_nobody_gives_themselves_anything(admin: httpx.Client) -> None:
    me = admin.get(f"{API}/sessions/current").json()["user"]["id"]
    assert is_problem(admin.post(f"{API}/users/{me}/groups", json={"groups": ["AGR-008"]}), 403)


def test_a_token_carries_what_it_was_given_and_ends_when_revoked(
    system: RunningSystem, person: tuple[str, httpx.Client]
) -> None:
    owner = person[1]
    assert is_problem(owner.post(f"{API}/tokens", json={"name": "more", "functions": ["USR-001"]}), 403)
    made = owner.post(f"{API}/tokens", json={"name": "script", "functions": ["RPT-001"]})
    assert made.status_code == 201, made.text
    token = made.json()["token"]
    assert token.startswith("iact_pat_")
    listed = owner.get(f"{API}/tokens")
    assert token not in listed.text
    with system.anonymous() as script:
        script.headers["Authorization"] = f"Bearer {token}"
        assert script.post(f"{API}/analytics/query", json=CALLS).status_code == 200
        assert is_problem(script.get(f"{API}/users"), 403)
        number = listed.json()["items"][0]["id"]
        assert owner.delete(f"{API}/tokens/{number}").status_code == 204
        until_status(script, f"{API}/analytics/catalog", 401)


def test_failures_are_slowed_down_with_the_time_to_wait(system: RunningSystem) -> None:
    body = {"username": f"nobody.{secrets.token_hex(4)}", "password": "not the right words"}
    with system.anonymous() as client:
        answers = [client.post(f"{API}/sessions", json=body) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert is_problem(answers[-1], 429)
    assert 0 < int(answers[-1].headers["retry-after"]) <= 900


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": f"{COOKIE}=nonsense"},
        {"authorization": "Bearer iact_pat_nonsense"},
        {"authorization": "Bearer nonsense"},
        {"authorization": "Basic YTpi"},
        {"x-iact-identity": "e30.e30.e30"},
    ],
)
def test_what_is_no_session_is_a_401(system: RunningSystem, headers: dict[str, str]) -> None:
    with system.anonymous() as client:
        assert is_problem(client.get(f"{API}/sessions/current", headers=headers), 401)


def test_preferences_are_kept(person: tuple[str, httpx.Client]) -> None:
    client = person[1]
    path = f"{API}/users/me/preferences"
    assert client.get(path).json()["language"] is None
    wanted: dict[str, Any] = {**client.get(path).json(), "language": "en", "zone": "Europe/Madrid"}
    assert client.put(path, json=wanted).status_code == 200
    assert client.get(path).json() == wanted
    assert is_problem(client.put(path, json={**wanted, "language": "xx"}), 422)


def telephones(system: RunningSystem) -> set[str]:
    source = system.run["databases"]["ivr"]
    if source is None:
        pytest.skip("the sample came from files: mariadbd is not installed")
    password = (system.data_dir / "secrets" / "ivr_reader_password").read_text(encoding="utf-8").strip()
    login = {"host": source["host"], "port": source["port"], "user": source["user"], "database": source["name"]}
    found: set[str] = set()
    with pymysql.connect(password=password, **login) as connection, connection.cursor() as cursor:
        for table in system.manifest["legacy"]["tables"]:
            cursor.execute(f"SELECT cTelefono_Origen FROM {table} UNION SELECT cTelefono_Digitado FROM {table}")
            found |= {number.strip() for (number,) in cursor.fetchall() if number and len(number.strip()) == 10}
    return found


def digits_of(text: str) -> set[str]:
    """Every run of ten digits, also where it touches other text."""
    return {word for word in "".join(sign if sign.isdigit() else " " for sign in text).split() if len(word) == 10}


def test_no_number_and_no_secret_is_written_down(system: RunningSystem, admin: httpx.Client) -> None:
    numbers = telephones(system)
    assert len(numbers) > 1000
    values = {path.read_text(encoding="utf-8").strip() for path in (system.data_dir / "secrets").iterdir()}
    hidden = {*values, PASSWORD, admin.headers["authorization"].removeprefix("Bearer ")}
    logs: list[Path] = [path for path in (system.data_dir / "logs").iterdir() if path.is_file()]
    assert logs
    for path in (*logs, system.data_dir / "run.json", system.data_dir / "manifest.json"):
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not numbers & digits_of(text), path.name
        assert not [value for value in hidden if value in text], path.name
    shown = admin.post(f"{API}/analytics/calls", json={"source_kind": "legacy", "time": PERIOD, "limit": 1000}).text
    assert not numbers & digits_of(shown)
    assert not numbers & digits_of(admin.get(f"{API}/ivr/menus").text)
