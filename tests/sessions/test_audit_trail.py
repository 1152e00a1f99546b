"""The trail over HTTP: read with filters, proven, exported; each of it recorded, none of it without its function."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from services.sessions.anchors import AnchorFile
from services.sessions.local_files import anchor_key
from services.sessions.routes import audit_trail
from services.sessions.routes.context import Parts
from services.sessions.sealer import ANCHOR_S, Sealer
from services.sessions.store import trail
from shared.postgres import Database
from tests.sessions.conftest import ELSEWHERE, OFFICE, Service, Start, Visitor
from tests.sessions.tampering import FILL

pytestmark = pytest.mark.integration


async def auditor(service: Service, username: str = "eva.auditor") -> Visitor:
    await service.administrator(username, auditor=True)
    return await service.signed_in(username)


async def items(visitor: Visitor, query: str = "") -> list[dict[str, Any]]:
    answer = await visitor.call("GET", f"/audit-events{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def seal(service: Service) -> None:
    while await trail.seal(service.conn, 1_000):
        pass


async def test_events_are_read_newest_first_with_who_and_where(service: Service) -> None:
    user_id = await service.administrator()
    await service.visitor(ELSEWHERE).sign_in("ana.admin", "not the right one")
    await service.signed_in()
    eva = await auditor(service)
    await seal(service)

    found = await items(eva)

    assert [each["event"] for each in found] == [
        *("LOGIN", "SUPERUSER_CREATED", "LOGIN", "LOGIN_FAILED", "SUPERUSER_CREATED")
    ]
    sign_in = found[2]
    assert (sign_in["actor_id"], sign_in["actor"], sign_in["address"]) == (str(user_id), "ana.admin", OFFICE)
    assert (sign_in["service"], sign_in["target_kind"]) == ("sessions", "session")
    assert found[3]["address"] == ELSEWHERE
    assert found[4]["details"]["by"] == "operator"
    assert [each["position"] for each in found] == [5, 4, 3, 2, 1]
    assert all(len(each["hash"]) == 64 for each in found)


async def test_reading_is_recorded(service: Service) -> None:
    eva = await auditor(service)
    await items(eva)
    await items(eva, "?event=LOGIN&limit=5")
    newest = (await items(eva))[:2]
    assert [each["event"] for each in newest] == ["GENERAL_AUDIT_QUERIED"] * 2
    assert newest[0]["details"] == {"by_event": "LOGIN", "rows": 1}
    assert newest[0]["actor"] == "eva.auditor"


async def test_pages_follow_one_another_without_a_gap(service: Service) -> None:
    eva = await auditor(service)
    await service.conn.execute(FILL, 1, 45)
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    seen: list[str] = []
    query = f"?limit=10&service=iact_owner&from={since}"
    await service.conn.execute("SET session_replication_role = replica")
    await service.conn.execute("UPDATE audit.events SET service = 'dora' WHERE request_id LIKE 'request-%'")
    query = query.replace("iact_owner", "dora")
    cursor = ""
    for _ in range(9):
        answer = (await eva.call("GET", f"/audit-events{query}{cursor}")).json()
        seen += [each["request_id"] for each in answer["items"]]
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert seen == [f"request-{n}" for n in range(45, 0, -1)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("event=LOGOUT", [1, 4, 7, 10]),
        ("actor_id=3", [2, 9]),
        ("target_kind=user&target_id=0", [11]),
        ("request_id=request-8", [8]),
        ("event=LOGIN&actor_id=7", [6]),
        ("to=2020-01-01T00:00:00Z", []),
    ],
)
async def test_every_filter_leaves_what_it_says(service: Service, query: str, expected: list[int]) -> None:
    eva = await auditor(service)
    await service.conn.execute(FILL, 1, 12)
    found = await items(eva, f"?{query}")
    numbers = sorted(each["details"]["n"] for each in found if "n" in each["details"])
    assert numbers == expected


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("from=2026-01-01T00:00:00", "from"),
        ("event=login", "event"),
        ("service=other", "service"),
        ("actor_id=07", "actor_id"),
        ("cursor=x", "cursor"),
        ("cursor=MQ", "cursor"),
        ("limit=0", "limit"),
        ("unknown=1", "unknown"),
    ],
)
async def test_a_wrong_filter_is_named(service: Service, query: str, param: str) -> None:
    eva = await auditor(service)
    answer = await eva.call("GET", f"/audit-events?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["param"]) == (422, param)


async def test_each_needs_its_function(service: Service) -> None:
    await service.administrator()
    await service.person("leo.viewer")
    admin = await service.signed_in()
    for path in ("", "?event=LOGIN", "/verification", "/export"):
        assert (await admin.call("GET", f"/audit-events{path}")).status_code == 403, path
    await service.conn.execute(
        """INSERT INTO sessions.user_exceptions (user_id, function_code, effect, justification, expires_at)
           SELECT user_id, 'AUD-001', 'grant', 'a reason of twenty letters', now() + interval '1 day'
           FROM sessions.users WHERE username = 'leo.viewer'"""
    )
    leo = await service.signed_in("leo.viewer")
    assert (await leo.call("GET", "/audit-events")).status_code == 200
    for path in ("?event=LOGIN", "/verification", "/export"):
        assert (await leo.call("GET", f"/audit-events{path}")).status_code == 403, path


async def test_the_proof_names_what_was_changed(service: Service) -> None:
    eva = await auditor(service)
    await service.conn.execute(FILL, 1, 30)
    await seal(service)
    good = (await eva.call("GET", "/audit-events/verification")).json()
    assert (good["intact"], good["complete"], good["breaks"]) == (True, True, [])
    assert good["last"] >= 32
    await service.conn.execute("SET session_replication_role = replica")
    event_id = await service.conn.fetchval("SELECT event_id FROM audit.seals WHERE position = 20")
    await service.conn.execute("UPDATE audit.events SET actor_id = 999 WHERE event_id = $1", event_id)
    bad = (await eva.call("GET", "/audit-events/verification")).json()
    assert bad["intact"] is False
    assert [(each["kind"], each["position"], each["event_id"]) for each in bad["breaks"]] == [
        ("CHANGED", 20, str(event_id))
    ]
    part = (await eva.call("GET", "/audit-events/verification?first=21&last=30")).json()
    assert (part["intact"], part["complete"]) == (True, False)
    assert (await eva.call("GET", "/audit-events/verification?first=9999")).status_code == 422
    assert (await items(eva, "?event=AUDIT_VERIFIED"))[0]["details"] == {"first": 9999, "last": None}


async def test_the_proof_of_a_long_trail_is_given_in_parts(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    eva = await auditor(service)
    await service.conn.execute(FILL, 1, 30)
    await seal(service)
    monkeypatch.setattr(audit_trail, "PROOF_LINKS_MAX", 10)
    newest = (await eva.call("GET", "/audit-events/verification")).json()
    assert (newest["intact"], newest["complete"], newest["last"] - newest["first"]) == (True, False, 9)
    refused = await eva.call("GET", "/audit-events/verification?first=1")
    assert (refused.status_code, refused.json()["errors"][0]["suggestion"]) == (422, "iact audit verify")


async def test_an_export_is_csv_that_a_spreadsheet_does_not_run(service: Service) -> None:
    eva = await auditor(service)
    await service.conn.execute(
        "SELECT audit.record_event('PROBE_EVENT', NULL, '=cmd', '+1', NULL, NULL, '{\"a\": \"b,c\"}')"
    )
    await service.conn.execute(FILL, 1, 30)

    answer = await eva.call("GET", "/audit-events/export?bom=true&event=PROBE_EVENT")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.startswith("\ufeffid,at,service,event")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(row["target_kind"], row["target_id"], json.loads(row["details"])) for row in rows] == [
        ("'=cmd", "'+1", {"a": "b,c"})
    ]
    assert len((await eva.call("GET", "/audit-events/export")).text.splitlines()) > 31
    assert [each["details"]["rows"] for each in await items(eva, "?event=AUDIT_EXPORTED")][-1] == 1


async def test_an_export_goes_over_its_pages_and_stops_at_its_limit(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    eva = await auditor(service)
    await service.conn.execute(FILL, 1, 30)
    monkeypatch.setattr(audit_trail, "EXPORT_PAGE_ROWS", 7)
    text = (await eva.call("GET", "/audit-events/export?target_kind=user")).text
    numbers = [json.loads(row["details"]).get("n") for row in csv.DictReader(io.StringIO(text))]
    assert [number for number in numbers if number] == list(range(30, 0, -1))
    monkeypatch.setattr(audit_trail, "EXPORT_ROWS_MAX", 29)
    refused = await eva.call("GET", "/audit-events/export")
    assert (refused.status_code, "narrow" in refused.json()["detail"]) == (413, True)


async def test_a_third_long_read_is_told_to_come_back(service: Service) -> None:
    eva = await auditor(service)
    transport = service.http._transport
    assert isinstance(transport, httpx.ASGITransport)
    assert isinstance(transport.app, FastAPI)
    parts: Parts = transport.app.state.parts
    async with parts.long_reads, parts.long_reads:
        for path in ("/export", "/verification"):
            answer = await eva.call("GET", f"/audit-events{path}")
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert (await eva.call("GET", "/audit-events/verification")).status_code == 200


async def test_the_service_seals_within_a_second_and_anchors(service: Service) -> None:
    await service.administrator()
    await service.conn.execute(FILL, 1, 120)
    async with asyncio.timeout(60):
        while await service.conn.fetchval("SELECT count(*) FROM audit.unsealed"):  # noqa: ASYNC110 - the sealer tells nobody
            await asyncio.sleep(0.05)
    oldest = await service.conn.fetchval("SELECT max(sealed_at - at) FROM audit.seals WHERE position > 1")
    assert oldest < timedelta(seconds=20), "one second on a quiet machine"
    file = AnchorFile(service.settings.anchors_file, anchor_key(service.settings.secrets_dir))
    async with asyncio.timeout(60):
        while file.last() is None:  # noqa: ASYNC110 - the same
            await asyncio.sleep(0.05)


async def all_sealed(service: Service, sealer: Sealer) -> None:
    """Rounds until nothing waits: the service's own sealer may be in the middle of the same events."""
    async with asyncio.timeout(30):
        while await service.conn.fetchval("SELECT count(*) FROM audit.unsealed"):
            await sealer.round()
    await sealer.round()


async def test_anchors_come_every_hundred_events_or_every_minute(service: Service) -> None:
    db = Database(service.settings.database())
    await db.open()
    file = AnchorFile(service.settings.anchors_file.with_name("other.jsonl"), b"k" * 32)
    sealer = Sealer(db, file)
    try:
        await service.conn.execute(FILL, 1, 150)
        await all_sealed(service, sealer)
        first = file.last()
        assert first is not None
        assert first.position >= 150
        await service.conn.execute(FILL, 1, 50)
        await all_sealed(service, sealer)
        assert file.last() == first, "fifty events wait for a minute"
        sealer.anchored_at -= ANCHOR_S
        await sealer.round()
        second = file.last()
        assert second is not None
        assert second.position >= first.position + 50
        sealer.anchored_at -= ANCHOR_S
        await sealer.round()
        assert file.last() == second, "nothing new, nothing to anchor"
        assert not sealer.broken
        await service.conn.execute("SET session_replication_role = replica")
        await service.conn.execute("UPDATE audit.seals SET hash = sha256(hash) WHERE position = $1", second.position)
        sealer.anchored_at -= ANCHOR_S
        await sealer.round()
        assert sealer.broken
    finally:
        await db.close()


async def test_a_sealer_outlives_the_database(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    db = Database(service.settings.database())
    sealer = Sealer(db, AnchorFile(service.settings.anchors_file.with_name("other.jsonl"), b"k" * 32))
    monkeypatch.setattr("services.sessions.sealer.SEAL_EVERY_S", 0.01)
    task = asyncio.create_task(sealer.run_forever())
    await asyncio.sleep(0.1)
    await db.open()
    try:
        async with asyncio.timeout(60):
            while sealer.file.last() is None:
                await service.conn.execute(FILL, 1, 101)
                await asyncio.sleep(0.05)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await db.close()


async def test_what_is_recorded_vanishes_with_its_transaction(conn: asyncpg.Connection) -> None:
    change = conn.transaction()
    await change.start()
    await conn.execute(FILL, 1, 5)
    await change.rollback()
    assert await conn.fetchval("SELECT count(*) FROM audit.unsealed") == 0
    assert await trail.seal(conn, 10) == 0


async def test_a_recent_password_is_needed_to_export(start: Start) -> None:
    service = await start(iact_reauthentication_s=1)
    eva = await auditor(service)
    await service.conn.execute("UPDATE sessions.sessions SET authenticated_at = now() - interval '2 s'")
    refused = await eva.call("GET", "/audit-events/export")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:iact:problem:reauthentication-required")
