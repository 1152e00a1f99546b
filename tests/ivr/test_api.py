"""The ingestion API from outside: who may do what, runs, rejects, freshness, dimensions."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from shared.identity import HEADER

pytestmark = pytest.mark.integration

Client = httpx.AsyncClient
ALL = ("PIP-001", "PIP-003", "PIP-004", "PIP-005", "PIP-006", "CFG-001")


async def run_to_the_end(client: Client, body: dict[str, Any] | None = None) -> dict[str, Any]:
    accepted = await client.post("/runs", json=body or {"source": "legacy"})
    assert accepted.status_code == 202, accepted.text
    return await wait_for_run(client, accepted.json()["id"])


async def wait_for_run(client: Client, run_id: str) -> dict[str, Any]:
    while True:
        run: dict[str, Any] = (await client.get(f"/runs/{run_id}")).json()
        if run["state"] not in {"queued", "running"}:
            return run
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("method", "path", "function"),
    [
        ("GET", "/sources", "PIP-001"),
        ("GET", "/sources/legacy/check", "PIP-001"),
        ("POST", "/runs", "PIP-005"),
        ("GET", "/runs", "PIP-001"),
        ("GET", "/runs/1", "PIP-001"),
        ("POST", "/runs/1/cancel", "PIP-005"),
        ("POST", "/reconciliations", "PIP-005"),
        ("GET", "/reconciliations/1", "PIP-001"),
        ("GET", "/rejects", "PIP-006"),
        ("POST", "/rejects/replay", "PIP-004"),
        ("GET", "/freshness", "RPT-001"),
        ("GET", "/freshness", "PIP-003"),
        ("GET", "/segments", "CFG-001"),
        ("PUT", "/segments/1", "CFG-001"),
        ("GET", "/menus", "CFG-001"),
        ("PUT", "/menus/Marque3", "CFG-001"),
        ("GET", "/goals", "CFG-001"),
        ("GET", "/holidays", "CFG-001"),
        ("PUT", "/holidays/2025-12-25", "CFG-001"),
        ("DELETE", "/holidays/2025-12-25", "CFG-001"),
    ],
)
async def test_each_call_needs_its_function(
    client_as: Callable[..., Client], method: str, path: str, function: str
) -> None:
    others = set(ALL) | {"RPT-001"}
    others -= {"PIP-003", "RPT-001"} if path == "/freshness" else {function}
    refused = await client_as(*others).request(method, path, json={})
    assert refused.status_code == 403
    assert function in refused.json()["detail"]
    assert "whoever administers permissions can give it to you" in refused.json()["detail"]
    assert (await client_as(function).request(method, path, json={})).status_code not in {401, 403}
    without = await client_as(function).request(method, path, json={}, headers={HEADER: ""})
    assert without.status_code == 401
    assert without.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "function"),
    [
        ("GET", "/sources/legacy/check", "PIP-001"),
        ("GET", "/runs", "PIP-001"),
        ("GET", "/runs/1", "PIP-001"),
        ("GET", "/reconciliations/1", "PIP-001"),
        ("GET", "/rollups", "PIP-001"),
        ("GET", "/rejects", "PIP-006"),
        ("POST", "/rejects/replay", "PIP-004"),
    ],
)
@pytest.mark.requirement("RF-027")
async def test_numbers_of_all_segments_are_not_for_who_sees_one(
    client_as: Callable[..., Client], method: str, path: str, function: str
) -> None:
    body = {"source": "legacy"} if method == "POST" else None
    answer = await client_as(function, segment="puebla").request(method, path, json=body)
    assert answer.status_code == 403, answer.text
    said = answer.json()["detail"]
    assert said.startswith("Your data segment does not reach this data")
    assert "Whoever administers people can change" in said
    assert (await client_as(function).request(method, path, json=body)).status_code != 403


@pytest.mark.requirement("RF-027")
async def test_who_sees_one_segment_still_sees_which_sources_there_are_and_begins_runs(
    client_as: Callable[..., Client],
) -> None:
    client = client_as("PIP-001", "PIP-003", "PIP-005", segment="puebla")
    assert [(await client.get(path)).status_code for path in ("/sources", "/freshness")] == [200, 200]
    accepted = await client.post("/runs", json={"source": "legacy"})
    assert accepted.status_code == 202
    await wait_for_run(client_as("PIP-001"), accepted.json()["id"])


async def test_a_run_and_its_proof(client_as: Callable[..., Client]) -> None:
    client = client_as(*ALL)
    run = await run_to_the_end(client)
    counts = {name: run[name] for name in ("read", "published", "rejected", "duplicate")}
    assert counts == {"read": 2, "published": 1, "rejected": 1, "duplicate": 0}
    assert (run["state"], run["error"], run["requested_by"]) == ("succeeded", None, "user7")
    assert [(unit["unit_date"], unit["outcome"], unit["adds_up"]) for unit in run["proof"]] == [
        ("2025-07-01", "new", True),
        ("2025-07-02", "new", True),
    ]
    listed = (await client.get("/runs", params={"source": "legacy"})).json()
    assert [each["id"] for each in listed["items"]] == [run["id"]]
    assert isinstance(run["id"], str)
    rejects = (await client.get("/rejects")).json()["items"]
    assert len(rejects) == 1
    assert "5510000001" not in rejects[0]["row_masked"]
    assert "cTelefono_Origen=**********" in rejects[0]["row_masked"]


async def reconciled(client: Client, number: str) -> dict[str, Any]:
    while True:
        found: dict[str, Any] = (await client.get(f"/reconciliations/{number}")).json()
        if found["state"] != "running":
            return found
        await asyncio.sleep(0.02)


async def test_a_reconciliation_day_by_day(client_as: Callable[..., Client], as_owner: asyncpg.Connection) -> None:
    client = client_as(*ALL)
    await run_to_the_end(client)
    for difference in ("SELECT 1", "UPDATE ivr.legacy_calls SET line_kind = 2"):
        await as_owner.execute(difference)
        accepted = await client.post("/reconciliations", json={"source": "legacy", "from": "2025-07-01", "deep": True})
        assert accepted.status_code == 202
        found = await reconciled(client, accepted.json()["id"])
        verdict = "equal" if difference == "SELECT 1" else "changed"
        assert {(cell["day"], cell["part"], cell["verdict"]) for cell in found["cells"]} == {
            ("2025-07-01", "unit", "equal"),
            ("2025-07-01", "segment", verdict),
            ("2025-07-02", "unit", "equal"),
        }
        assert [row["verdict"] for row in found["rows"]] == ([] if verdict == "equal" else ["changed"])
    assert (found["from"], found["to"], found["deep"], found["requested_by"]) == ("2025-07-01", None, True, "user7")
    assert (await client.get("/reconciliations/999")).status_code == 404
    assert (await client.get("/reconciliations/x")).status_code == 404
    assert (await client.post("/reconciliations", json={"source": "nowhere"})).status_code == 404


async def test_pages_of_runs_follow_one_another(client_as: Callable[..., Client]) -> None:
    client = client_as(*ALL)
    ids = [(await run_to_the_end(client))["id"] for _ in range(3)]
    first = (await client.get("/runs", params={"limit": 2})).json()
    second = (await client.get("/runs", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [run["id"] for run in first["items"] + second["items"]] == list(reversed(ids))
    assert second["next_cursor"] is None


async def test_the_same_key_gives_the_same_run(client_as: Callable[..., Client]) -> None:
    client = client_as(*ALL)
    key = {"Idempotency-Key": "one"}
    first = await client.post("/runs", json={"source": "legacy"}, headers=key)
    again = await client.post("/runs", json={"source": "legacy"}, headers=key)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    other = await client.post("/runs", json={"source": "legacy", "force": True}, headers=key)
    assert other.status_code == 422
    assert (await wait_for_run(client, first.json()["id"]))["state"] == "succeeded"
    somebody = await client_as(*ALL, user="8").post("/runs", json={"source": "legacy"}, headers=key)
    assert somebody.json() != first.json()


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"source": "nowhere"}, 404, "No source is called 'nowhere'; declared are: legacy, pbx."),
        ({"source": "legacy", "from": "2025-07-02", "to": "2025-07-01"}, 422, "from must be before to"),
        ({"source": "legacy", "typo": 1}, 422, "typo"),
        ({}, 422, "source"),
    ],
)
async def test_a_wrong_request_says_what_is_wrong(
    client_as: Callable[..., Client], body: dict[str, Any], status: int, sentence: str
) -> None:
    answer = await client_as(*ALL).post("/runs", json=body)
    assert answer.status_code == status
    assert sentence in answer.json()["detail"]


async def test_unknown_runs_are_404(client_as: Callable[..., Client]) -> None:
    client = client_as(*ALL)
    for run_id in ("1", "x", "٣", "9" * 30):
        assert (await client.get(f"/runs/{run_id}")).status_code == 404
        assert (await client.post(f"/runs/{run_id}/cancel")).status_code == 404


async def test_freshness_goes_from_no_data_to_fresh_and_degraded(
    client_as: Callable[..., Client], sources_file: Path
) -> None:
    client = client_as(*ALL)
    for _ in range(3_000):  # the service declares its sources as soon as PostgreSQL answers
        before = (await client.get("/freshness")).json()["items"]
        if len(before) == 2:
            break
        await asyncio.sleep(0.02)
    assert [(item["source"], item["state"]) for item in before] == [("legacy", "no_data"), ("pbx", "no_data")]
    await run_to_the_end(client)
    fresh = (await client.get("/freshness")).json()["items"][0]
    assert (fresh["version"], fresh["data_as_of"]) == (1, "2025-07-01T15:02:00Z")
    assert (fresh["state"], fresh["reason_code"]) == ("degraded", "source_quiet")  # read now, but the call is old
    assert fresh["reason"].startswith("The source was read less than a minute ago; its newest call is ")
    (sources_file.parent / "tbl_historico_t3_2025.csv").write_text("dFecha\n")
    failed = await run_to_the_end(client)
    degraded = (await client.get("/freshness")).json()["items"][0]
    assert (degraded["state"], degraded["reason_code"]) == ("degraded", "last_run_failed")
    assert failed["error"] in degraded["reason"]


async def test_what_only_a_person_reads_is_told_so_instead_of_being_late(
    client_as: Callable[..., Client], as_owner: asyncpg.Connection
) -> None:
    await as_owner.execute(
        "WITH made AS (INSERT INTO ivr.sources (source, kind, zone)"
        " VALUES ('files-legacy', 'legacy', 'UTC') RETURNING source_id),"
        " ran AS (INSERT INTO ivr.runs (source_id, state, requested_by, started_at, finished_at)"
        " SELECT source_id, 'succeeded', 'test', now(), now() - interval '30 days' FROM made)"
        " INSERT INTO ivr.data_versions (source_id, version, data_as_of)"
        " SELECT source_id, 1, now() - interval '30 days' FROM made"
    )
    found = {each["source"]: each for each in (await client_as(*ALL).get("/freshness")).json()["items"]}["files-legacy"]
    assert (found["state"], found["reason_code"]) == ("fresh", "by_hand")
    assert found["reason"] == "Only a person has this source read; it was read 30 days ago."


async def test_check_says_what_is_wrong_with_a_source(client_as: Callable[..., Client]) -> None:
    client = client_as(*ALL)
    legacy = (await client.get("/sources/legacy/check")).json()
    assert (legacy["reachable"], legacy["read_only"], legacy["problem"]) == (True, True, None)
    assert [table["name"] for table in legacy["tables"]] == ["tbl_historico_t3_2025"]
    pbx = (await client.get("/sources/pbx/check")).json()
    assert pbx["reachable"] is False
    assert "No file matches" in pbx["problem"]
    assert [source["id"] for source in (await client.get("/sources")).json()["items"]] == ["legacy", "pbx"]


async def test_a_source_says_when_it_was_read_and_when_it_is_read_next(
    client_as: Callable[..., Client],
) -> None:
    client = client_as(*ALL)
    run = await run_to_the_end(client)
    legacy, pbx = (await client.get("/sources")).json()["items"]
    assert (legacy["last_run"]["id"], legacy["last_run"]["state"]) == (run["id"], "succeeded")
    assert legacy["schedule"] == "daily at 02:00"
    due = datetime.fromisoformat(legacy["next_run_at"])
    assert timedelta(hours=5) < due - datetime.now(UTC) < timedelta(hours=31)
    assert (pbx["schedule"], pbx["next_run_at"], pbx["last_run"]) == (None, None, None)


@pytest.mark.requirement("RF-056")
async def test_a_changed_dimension_changes_history_without_reading_again(
    client_as: Callable[..., Client], as_owner: asyncpg.Connection
) -> None:
    client = client_as(*ALL)
    await run_to_the_end(client)
    await client.put("/segments/19028031", json={"segment": "norte"})
    await client.put("/segments/999", json={"segment": "sur"})
    menu = await client.put("/menus/res-fallainternet", json={"abandoned": True, "goal": True})
    assert menu.json()["menu"] == "RES-FallaInternet"
    row = await as_owner.fetchrow("SELECT segment, menu_abandoned, menu_goal FROM ivr.legacy_calls_v1")
    assert tuple(row or ()) == ("norte", True, True)
    assert await as_owner.fetchval("SELECT version FROM ivr.data_version_v1 WHERE source = 'legacy'") == 4
    events = await as_owner.fetch(
        "SELECT service, event, actor_id, target_id, details FROM audit.events ORDER BY event_id"
    )
    assert [(e["service"], e["event"], e["actor_id"], e["target_id"]) for e in events] == [
        ("ivr", "SEGMENT_CHANGED", 7, "19028031"),
        ("ivr", "SEGMENT_CHANGED", 7, "999"),
        ("ivr", "MENU_CHANGED", 7, "RES-FallaInternet"),
    ]
    assert {s["did"]: s["segment"] for s in (await client.get("/segments")).json()["items"]}["999"] == "sur"
    assert [m["menu"] for m in (await client.get("/goals")).json()["items"]] == ["RES-FallaInternet"]
    assert (await client.put("/menus/nobody-was-here", json={"goal": True})).status_code == 404
    for name in (" ", "a\x00b"):
        assert (await client.put("/segments/19028031", json={"segment": name})).status_code == 422
    assert (await client.put("/menus/a%00b", json={"goal": True})).status_code == 422
    assert (await client.put("/holidays/2025-12-25", json={"name": "\x00"})).status_code == 422


@pytest.mark.parametrize("did", ["abc;drop", "12", "1" * 21, "1902%01", "٣٣٣٣", "-19028031"])
async def test_what_is_no_did_is_not_assigned(
    client_as: Callable[..., Client], as_owner: asyncpg.Connection, did: str
) -> None:
    answer = await client_as(*ALL).put(f"/segments/{did}", json={"segment": "norte"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"param": "did", "detail": "a DID is 3 to 20 digits"}]
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.dids WHERE segment = 'norte'") == 0


async def test_a_did_that_calls_came_by_is_assigned_whatever_it_looks_like(
    client_as: Callable[..., Client], as_owner: asyncpg.Connection
) -> None:
    await as_owner.execute("INSERT INTO ivr.dids (did, segment) VALUES ('sip-01', 'desconocido')")
    assert (await client_as(*ALL).put("/segments/sip-01", json={"segment": "norte"})).json()["segment"] == "norte"


async def test_the_menus_that_count_as_abandoned_at_first(client_as: Callable[..., Client]) -> None:
    menus = (await client_as(*ALL).get("/menus")).json()["items"]
    assert {menu["menu"]: menu["abandoned"] for menu in menus} == {
        "cliente_colgo": True,
        "Marque3": False,
        "SinOpcion_Cabecera": True,
        "TELEFONO_EN_MENU": False,
        "VACIO": True,
    }


@pytest.mark.requirement("RF-054")
async def test_holidays_come_and_go(client_as: Callable[..., Client]) -> None:
    client = client_as(*ALL)
    assert (await client.get("/holidays")).json()["items"] == []
    await client.put("/holidays/2025-12-25", json={"name": "Navidad"})
    assert (await client.get("/holidays")).json()["items"] == [{"day": "2025-12-25", "name": "Navidad"}]
    assert (await client.delete("/holidays/2025-12-25")).status_code == 204
    assert (await client.delete("/holidays/2025-12-25")).status_code == 404
