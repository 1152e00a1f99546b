"""Deliveries over HTTP and down to the rows."""

import asyncio
import json
from pathlib import Path

import asyncpg
import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_
from hypothesis import strategies as st

from services.dora import reading
from services.dora.settings import Settings
from services.dora.webhooks.senders import PROVIDERS
from services.dora.webhooks.understand import Understood
from shared.identity import ANONYMOUS, HEADER
from tests.dora import samples
from tests.dora.conftest import PREFIX, Engineer, serving
from tests.dora.mutated import mutated
from tests.dora.whole_bodies import WHOLE, build, issue
from tests.shared.collector import collecting

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def secrets(identity_keys: Path) -> None:
    for provider in PROVIDERS:
        (identity_keys / f"webhook_secret_{provider}").write_bytes(samples.SECRET + b"\n")


async def send(engineer: Engineer, provider: str, headers: dict[str, str], body: bytes) -> httpx.Response:
    signed = {HEADER: engineer.signer.sign(ANONYMOUS, "dora")}
    answer = await engineer.http.post(f"{PREFIX}/webhooks/{provider}", content=body, headers=headers | signed)
    await engineer.settled()
    return answer


def signed(provider: str, event: str, body: bytes, delivery: str) -> dict[str, str]:
    match provider:
        case "github":
            return samples.github(event, body, delivery=delivery)
        case "gitea":
            return samples.gitea(event, body, delivery=delivery)
        case "forgejo":
            return samples.forgejo(event, body, delivery=delivery)
        case "gitlab":
            return samples.gitlab(event, key=delivery)
        case _:
            return samples.bearer()


SAMPLES = [
    ("github", "deployment_status", "github/deployment_status.created-success", "recorded"),
    ("github", "issues", "github/issues.labeled", "irrelevant"),
    ("github", "ping", "github/ping", "irrelevant"),
    ("github", "push", "github/push.branch-created", "irrelevant"),
    ("github", "release", "github/release.published", "irrelevant"),
    ("gitea", "push", "gitea/push.branch-created", "irrelevant"),
    ("gitlab", "Deployment Hook", "gitlab/deployment.success", "recorded"),
    ("cdevents", "x", "cdevents/service_deployed", "recorded"),
    ("cdevents", "x", "cdevents/incident_detected", "recorded"),
    ("alertmanager", "x", "alertmanager/webhook-v4", "recorded"),
]


@pytest.mark.requirement("RF-040")
async def test_samples_are_kept_as_they_came_and_sending_them_again_changes_nothing(
    engineer: Engineer, conn: asyncpg.Connection
) -> None:
    for number, (provider, event, name, outcome) in enumerate(SAMPLES):
        body = samples.sample(name)
        headers = signed(provider, event, body, f"d-{number}")
        answer = await send(engineer, provider, headers, body)
        assert (answer.status_code, answer.json()["outcome"]) == (202, outcome), answer.text
        assert bool(answer.json()["reason"]) == (outcome != "recorded")
        again = await send(engineer, provider, headers, body)
        assert (again.status_code, again.json()["outcome"]) == (202, "duplicate")
    rows = await conn.fetch("""
        SELECT e.source, e.body, e.headers, r.outcome,
            (SELECT count(*) FROM dora.tellings AS t WHERE t.event_id = e.event_id) AS told
        FROM dora.events AS e
        JOIN dora.readings AS r USING (event_id)
        ORDER BY e.event_id
    """)
    assert [(row["source"], row["outcome"]) for row in rows] == [(each[0], each[3]) for each in SAMPLES]
    assert [row["body"] for row in rows] == [samples.sample(each[2]) for each in SAMPLES]
    assert all((row["told"] > 0) == (row["outcome"] == "recorded") for row in rows)
    assert not [row for row in rows if samples.SECRET.decode() in row["headers"]]


@pytest.mark.requirement("RF-040")
async def test_samples_with_a_wrong_signature_keep_nothing(engineer: Engineer, conn: asyncpg.Connection) -> None:
    for number, (provider, event, name, _) in enumerate(SAMPLES):
        body = samples.sample(name)
        headers = signed(provider, event, body, f"d-{number}")
        shown = samples.SECRET.decode()
        wrong = [{each: value.replace(shown, shown[::-1]) for each, value in headers.items()}, {}]
        if provider in {
            "github",
            "gitea",
        }:  # signed: one byte more is another body
            wrong = [signed(provider, event, body + b" ", f"d-{number}"), {}]
        for each in wrong:
            assert (await send(engineer, provider, each, body)).status_code == 401, name
    assert await conn.fetchval("SELECT count(*) FROM dora.events") == 0


@pytest.mark.requirement("RF-040")
async def test_mutated_samples_never_break_the_service(engineer: Engineer, conn: asyncpg.Connection) -> None:
    bodies: list[tuple[str, str, bytes]] = []

    @settings_(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def draw(data: st.DataObject) -> None:
        provider, event, name, _ = data.draw(st.sampled_from(SAMPLES))
        bodies.append((provider, event, mutated(data, json.loads(samples.sample(name)))))

    draw()
    kept = set()
    for number, (provider, event, body) in enumerate(bodies):
        answer = await send(engineer, provider, signed(provider, event, body, f"d-{number}"), body)
        assert answer.status_code == 202, (answer.text, body)
        assert answer.json()["outcome"] != "waiting", body  # reading it broke
        kept |= set() if answer.json()["outcome"] == "duplicate" else {body}
        if provider in {"github", "gitea"}:
            signature = signed(provider, event, body, f"x-{number}")
            assert (await send(engineer, provider, signature, body + b"\n")).status_code == 401
    assert {row["body"] for row in await conn.fetch("SELECT body FROM dora.events")} == kept
    for path in ("/metrics", "/quality", "/deployments"):  # and whatever they told, the answers can be given
        assert (await engineer.get(path)).status_code == 200


@pytest.mark.requirement("RF-040")
async def test_wrong_secret_keeps_nothing(engineer: Engineer, conn: asyncpg.Connection) -> None:
    right = []
    for number, (provider, event, body) in enumerate(WHOLE):
        raw = json.dumps(body).encode()
        headers = signed(provider, event, raw, f"d-{number}")
        wrong = {
            name: value.replace(samples.SECRET.decode(), "another-secret-of-it") for name, value in headers.items()
        }
        assert (await send(engineer, provider, wrong, raw + b" ")).status_code == 401
        assert (await send(engineer, provider, {}, raw)).status_code == 401
        right.append((provider, headers, raw))
    assert await conn.fetchval("SELECT count(*) FROM dora.events") == 0
    for provider, headers, raw in right:
        assert (await send(engineer, provider, headers, raw)).json()["outcome"] == "recorded"


async def test_unset_secret_refuses_with_the_way_out(engineer: Engineer, identity_keys: Path) -> None:
    for provider in PROVIDERS:
        (identity_keys / f"webhook_secret_{provider}").write_bytes(b"")
        answer = await send(engineer, provider, signed(provider, "push", b"{}", "d"), b"{}")
        assert answer.status_code == 403
        assert f"webhook_secret_{provider}" in answer.json()["detail"]


async def test_delivery_of_another_program_is_sent_to_its_own_address(engineer: Engineer) -> None:
    answer = await send(engineer, "github", samples.gitea("push", b"{}"), b"{}")
    assert answer.status_code == 422
    assert "/webhooks/gitea" in answer.json()["detail"]
    assert (await send(engineer, "subversion", {}, b"{}")).status_code == 422


async def test_body_under_another_name_is_a_recording(engineer: Engineer, conn: asyncpg.Connection) -> None:
    body = json.dumps(issue("opened", labels=["incident"])).encode()
    await send(engineer, "github", samples.github("issues", body, delivery="d-1"), body)
    again = await send(engineer, "github", samples.github("pull_request", body, delivery="d-2"), body)
    assert again.json()["outcome"] == "duplicate"
    assert await conn.fetchval("SELECT count(*) FROM dora.events") == 1


async def test_what_nobody_understands_is_kept_with_a_reason(engineer: Engineer) -> None:
    bodies = (b"", b"\xff", b"[]", b"payload=%7B%7D", b'{"action": 1}', b"[" * 50_000)
    for provider in PROVIDERS:
        for number, body in enumerate(bodies):
            answer = await send(engineer, provider, signed(provider, "deployment_status", body, f"d-{number}"), body)
            assert answer.status_code == 202, answer.text
            assert answer.json()["outcome"] in {"not_understood", "irrelevant"}
            assert answer.json()["reason"]


async def test_delivery_whose_reading_breaks_is_kept_and_waits(
    engineer: Engineer, conn: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> Understood:
        raise RuntimeError("no reader expects this")

    monkeypatch.setattr(reading, "read_event", breaks)
    body = json.dumps(build(number=7)).encode()
    answer = await send(engineer, "jenkins", samples.bearer(), body)
    assert (answer.status_code, answer.json()["outcome"]) == (202, "waiting")
    assert await conn.fetchval("SELECT count(*) FROM dora.unread") == 1


async def test_too_large_a_delivery_is_refused(engineer: Engineer) -> None:
    body = b" " * (10 * 1024 * 1024 + 1)
    assert (await send(engineer, "jenkins", samples.bearer(), body)).status_code == 413


async def test_deliveries_at_the_same_time_are_kept_once_each(engineer: Engineer, conn: asyncpg.Connection) -> None:
    bodies = [json.dumps(build(number=number % 20, duration=1)).encode() for number in range(60)]
    answers = await asyncio.gather(*(send(engineer, "jenkins", samples.bearer(), body) for body in bodies))
    assert sorted(answer.json()["outcome"] for answer in answers) == ["duplicate"] * 40 + ["recorded"] * 20
    assert await conn.fetchval("SELECT count(*) FROM dora.deployments") == 20
    listed = (await engineer.get("/deployments")).json()["items"]
    assert {item["source"] for item in listed} == {"jenkins"}


async def test_incident_of_our_own_is_reported_and_resolved(engineer: Engineer) -> None:
    told = {"incident_id": "i-1", "service": "gateway", "detected_at": "2026-03-02T10:00:00Z"}
    made = await engineer.post("/incidents", told)
    assert (made.status_code, made.json()["status"]) == (201, "open")
    over = await engineer.post("/incidents", told | {"resolved_at": "2026-03-02T11:00:00Z"}, key="k")
    assert over.json() | {"status": "resolved", "resolved_at": "2026-03-02T11:00:00Z"} == over.json()
    assert over.json()["id"] == made.json()["id"]
    again = await engineer.post("/incidents", told | {"resolved_at": "2026-03-02T11:00:00Z"}, key="k")
    assert (again.status_code, again.json()) == (200, over.json())
    for field, body in (
        ("resolved_at", told | {"resolved_at": "2026-03-01T11:00:00Z"}),
        ("detected_at", told | {"detected_at": "2999-03-01T11:00:00Z"}),
        ("title", told | {"title": ""}),
    ):
        answer = await engineer.post("/incidents", body)
        assert (answer.status_code, answer.json()["errors"][0]["param"]) == (422, field)
    assert (await engineer.holding("DOR-001").post("/incidents", told)).status_code == 403


async def test_a_delivery_is_a_span_below_its_senders_like_every_other_request(
    settings: Settings, identity_keys: Path
) -> None:
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    body = json.dumps(build(number=7)).encode()
    with collecting() as collector:
        traced = settings.model_copy(update={"iact_otlp_endpoint": collector.url})
        async with serving(traced, identity_keys) as engineer:
            asked = {"traceparent": f"00-{trace}-{parent}-01", "x-request-id": "abcdefgh"}
            await send(engineer, "jenkins", samples.bearer() | asked, body)
            await send(engineer, "jenkins", {}, body)  # refused
            await send(engineer, "jenkins", {"traceparent": f"00-{trace}-{parent}-00"}, body)  # wants no span
            await engineer.get("/deployments")
    taken, refused, other = collector.spans()
    assert (taken["traceId"], taken["parentSpanId"]) == (trace, parent)
    assert [each["name"] for each in (taken, refused, other)] == [
        "POST /api/v1/dora/webhooks/{provider}",
        "POST /api/v1/dora/webhooks/{provider}",
        "GET /api/v1/dora/deployments",
    ]
    statuses = [
        next(about["value"]["intValue"] for about in each["attributes"] if about["key"] == "http.response.status_code")
        for each in (taken, refused, other)
    ]
    assert statuses == ["202", "401", "200"]
    assert {"key": "iact.request_id", "value": {"stringValue": "abcdefgh"}} in taken["attributes"]
    assert int(taken["startTimeUnixNano"]) < int(taken["endTimeUnixNano"])
    assert samples.SECRET.decode() not in json.dumps(collector.taken)
