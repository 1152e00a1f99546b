"""Requests through a real gateway to a real echo service."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.settings import Settings
from shared.identity import Verifier, csrf_token
from tests.gateway.conftest import RawRequest, Served, begun, eventually, seen, serve_gateway
from tests.gateway.test_incoming import CLAIMS

pytestmark = pytest.mark.integration

COOKIE = "anna-anna-anna-anna.RPT-001.RPT-002"
WITH_COOKIE = {"cookie": f"__Host-iact_session={COOKIE}"}
WITH_TOKEN = {"authorization": f"Bearer {COOKIE}"}
MIB = 1024 * 1024


def headers_of(echoed: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in echoed["headers"]:
        found.setdefault(name, []).append(value)
    return found


async def test_a_request_goes_on_unchanged(client: httpx.AsyncClient) -> None:
    answer = await client.put("/api/v1/ivr/caf%C3%A9/a%20b;c=1?x=1&y=%20&x=2", content=b"body", headers=WITH_TOKEN)
    echoed = answer.json()
    assert echoed["method"] == "PUT"
    assert echoed["raw_path"] == "/api/v1/ivr/caf%C3%A9/a%20b;c=1"
    assert echoed["query"] == "x=1&y=%20&x=2"
    assert (echoed["body_bytes"], echoed["body_start"]) == (4, "body")


async def test_a_service_sees_the_gateway_s_word_only(
    client: httpx.AsyncClient, gateway: Served, identity_keys: Path
) -> None:
    lies = [(name.encode(), b"lie") for name in CLAIMS if "'" not in name and "~" not in name]
    sent = [*lies[:60], (b"X-Forwarded-For", b"6.6.6.6"), (b"x-forwarded-for", b"7.7.7.7"), (b"X-Background", b"1")]
    answer = await client.get("/api/v1/ivr/runs", headers=[*sent, (b"authorization", f"Bearer {COOKIE}".encode())])
    found = headers_of(answer.json())
    assert not [name for name, values in found.items() if "lie" in values]
    assert found["x-forwarded-for"] == ["127.0.0.1"]
    assert found["x-forwarded-host"] == [f"127.0.0.1:{gateway.port}"]
    assert "authorization" not in found
    [signed] = found["x-iact-identity"]
    identity = Verifier.load(identity_keys, "ivr").verify(signed)
    assert (identity.kind, identity.username) == ("token", "anna-anna-anna-anna")
    assert identity.functions == {"RPT-001", "RPT-002"}


async def test_a_service_hears_that_nobody_waits_for_a_poll(client: httpx.AsyncClient) -> None:
    for told, passed in (("1", ["1"]), ("0", None), ("yes", None)):
        answer = await client.get("/api/v1/ivr/runs", headers={**WITH_TOKEN, "x-background": told})
        assert headers_of(answer.json()).get("x-background") == passed


async def test_an_identity_is_for_one_service(client: httpx.AsyncClient, identity_keys: Path) -> None:
    for path, audience in [("ivr/x", "ivr"), ("analytics/x", "analytics"), ("dora/x", "dora"), ("users", "sessions")]:
        found = headers_of((await client.get(f"/api/v1/{path}", headers=WITH_TOKEN)).json())
        assert Verifier.load(identity_keys, audience).verify(found["x-iact-identity"][0]).user_id == "7"


async def test_nobody_is_signed_as_anonymous(client: httpx.AsyncClient, identity_keys: Path) -> None:
    for path, audience in [("/api/v1/ivr/runs", "ivr"), ("/api/v1/sessions", "sessions")]:
        found = headers_of((await client.post(path, headers={"x-iact-identity": "x"})).json())
        assert Verifier.load(identity_keys, audience).verify(found["x-iact-identity"][0]).kind == "anonymous"


async def test_cookies_go_to_sessions_and_come_from_sessions_only(client: httpx.AsyncClient) -> None:
    assert "cookie" in headers_of((await client.get("/api/v1/users/me/preferences", headers=WITH_COOKIE)).json())
    for path in ("ivr/x", "analytics/x", "dora/x"):
        assert "cookie" not in headers_of((await client.get(f"/api/v1/{path}", headers=WITH_COOKIE)).json())
    assert (await client.get("/api/v1/users/fancy")).headers.get_list("set-cookie") == ["a=1; Path=/", "b=2; Path=/"]
    assert "set-cookie" not in (await client.get("/api/v1/ivr/fancy")).headers


async def test_a_webhook_s_secret_reaches_dora(client: httpx.AsyncClient, identity_keys: Path) -> None:
    sent = {"authorization": "Bearer hook-secret-hook-secret", "x-hub-signature-256": "sha256=1"}
    found = headers_of((await client.post("/api/v1/dora/webhooks/github", headers=sent, content=b"{}")).json())
    assert found["authorization"] == ["Bearer hook-secret-hook-secret"]
    assert found["x-hub-signature-256"] == ["sha256=1"]
    assert Verifier.load(identity_keys, "dora").verify(found["x-iact-identity"][0]).kind == "anonymous"
    assert (await seen(client))["introspections"] == 0


async def test_a_delivery_reaches_dora_as_its_sender_signed_it(client: httpx.AsyncClient) -> None:
    """What senders of webhooks name and sign: their headers, and the body to the byte, spaces and escapes included."""
    sent = {
        "content-type": "application/cloudevents+json",
        "x-github-event": "push",
        "x-github-delivery": "72d3162e",
        "x-gitea-event": "push",
        "x-gitea-signature": "00ff",
        "x-forgejo-event": "push",
        "x-forgejo-signature": "00ff",
        "x-gitlab-event": "Push Hook",
        "x-gitlab-token": "a-secret-of-the-sender",
        "idempotency-key": "9a9f5a5c",
        "webhook-id": "msg-1",
        "webhook-timestamp": "1790000000",
        "webhook-signature": "v1,AAAA",
        "ce-specversion": "1.0",
        "ce-id": "7",
        "ce-source": "/x",
        "ce-type": "dev.cdevents.service.deployed.0.3.0",
    }
    body = b'{ "a" :1,\r\n"b":"\\u00e9 \xc3\xa9" }\n'
    echoed = (await client.post("/api/v1/dora/webhooks/gitea", headers=sent, content=body)).json()
    found = headers_of(echoed)
    assert {name: found.get(name) for name in sent} == {name: [value] for name, value in sent.items()}
    assert echoed["body_bytes"] == len(body)
    assert echoed["body_start"].encode("latin-1") == body


async def test_a_delivery_shows_no_session_and_needs_none(client: httpx.AsyncClient, identity_keys: Path) -> None:
    """A cookie or a token of a person beside it is not looked at, so that a delivery never acts for anybody."""
    for headers in (WITH_COOKIE, WITH_TOKEN, {}):
        answer = await client.post("/api/v1/dora/webhooks/jenkins", headers=headers, content=b"{}")
        found = headers_of(answer.json())
        assert Verifier.load(identity_keys, "dora").verify(found["x-iact-identity"][0]).kind == "anonymous"
        assert "cookie" not in found
        assert "ratelimit" in answer.headers
    assert (await seen(client))["introspections"] == 0


async def test_answers_are_cleaned_and_protected(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/ivr/fancy", headers={"x-request-id": "my-request-1"})
    assert answer.headers["x-request-id"] == "my-request-1"
    assert answer.headers["location"] == "/api/v1/users/7"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "private, no-cache"
    for name in ("x-iact-secret", "x-hop", "keep-alive", "strict-transport-security"):
        assert name not in answer.headers
    assert (await client.get("/api/v1/ivr/runs")).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("code", "body"), [(200, b"body"), (204, b""), (304, b""), (404, b"body"), (503, b"body")])
async def test_every_kind_of_status_comes_back(client: httpx.AsyncClient, code: int, body: bytes) -> None:
    for _ in range(2):
        answer = await client.get(f"/api/v1/ivr/status?code={code}")
        assert (answer.status_code, answer.content) == (code, body)


async def test_head_has_a_length_and_no_body(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        answer = await client.head("/api/v1/ivr/status?code=200")
        assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "4", b"")


async def test_connections_to_a_service_are_kept(client: httpx.AsyncClient, echo: Served) -> None:
    for _ in range(20):
        await client.get("/api/v1/ivr/runs")
    assert len(echo.server.server_state.connections) <= 2, "one for requests, one that hears of revocations"


# Who is it.


async def test_an_ended_session_is_401_with_the_reason(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/ivr/runs", headers={"authorization": "Bearer revoked-revoked-revoked"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "SUPERSEDED" in answer.json()["detail"]


async def test_a_malformed_token_is_401_without_asking(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/ivr/runs", headers={"authorization": "Bearer short"})
    assert answer.status_code == 401
    assert (await seen(client))["introspections"] == 0


async def test_an_answer_is_remembered_for_a_moment(client: httpx.AsyncClient) -> None:
    await asyncio.gather(*(client.get("/api/v1/ivr/runs", headers=WITH_TOKEN) for _ in range(20)))
    assert (await seen(client))["introspections"] == 1


async def test_a_background_poll_is_asked_for_itself(client: httpx.AsyncClient) -> None:
    await client.get("/api/v1/ivr/runs", headers=WITH_TOKEN)
    await client.get("/api/v1/ivr/runs", headers={**WITH_TOKEN, "x-background": "1"})
    assert (await seen(client))["introspections"] == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "/api/v1/sessions/current"), ("POST", "/api/v1/sessions"), ("PUT", "/api/v1/users/9/groups")],
)
async def test_what_may_end_a_session_is_not_remembered(client: httpx.AsyncClient, method: str, path: str) -> None:
    await client.get("/api/v1/ivr/runs", headers=WITH_TOKEN)
    await client.request(method, path, headers=WITH_TOKEN)
    await client.get("/api/v1/ivr/runs", headers=WITH_TOKEN)
    assert (await seen(client))["introspections"] == 2


async def test_a_401_of_a_service_is_not_remembered(client: httpx.AsyncClient) -> None:
    await client.get("/api/v1/ivr/status?code=401", headers=WITH_TOKEN)
    await client.get("/api/v1/ivr/runs", headers=WITH_TOKEN)
    assert (await seen(client))["introspections"] == 2


async def test_without_cache_each_request_asks(echo: Served, make_settings: Callable[..., Settings]) -> None:
    async with (
        serve_gateway(make_settings(echo.url, iact_identity_cache_s=0)) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client,
    ):
        for _ in range(3):
            await client.get("/api/v1/ivr/runs", headers=WITH_TOKEN)
        assert (await seen(client))["introspections"] == 3


async def test_a_write_with_a_cookie_needs_the_csrf_token(client: httpx.AsyncClient) -> None:
    refused = await client.post("/api/v1/ivr/runs", headers=WITH_COOKIE)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:iact:problem:csrf-mismatch")
    good = {**WITH_COOKIE, "x-csrf-token": csrf_token(COOKIE)}
    assert (await client.post("/api/v1/ivr/runs", headers=good)).status_code == 200
    foreign = {**good, "origin": "http://evil.example"}
    assert (await client.post("/api/v1/ivr/runs", headers=foreign)).status_code == 403
    assert (await client.post("/api/v1/ivr/runs", headers=WITH_TOKEN)).status_code == 200
    assert (await client.get("/api/v1/ivr/runs", headers=WITH_COOKIE)).status_code == 200


async def test_a_foreign_page_cannot_sign_in(client: httpx.AsyncClient, gateway: Served) -> None:
    for path in ("/api/v1/sessions", "/api/v1/sessions/redeem"):
        assert (await client.post(path, headers={"origin": "http://evil.example"})).status_code == 403
        assert (await client.post(path, headers={"origin": gateway.url})).status_code == 200


# Bodies.


async def test_a_large_body_streams_up_and_a_larger_one_is_refused(client: httpx.AsyncClient) -> None:
    async def pieces(mib: int) -> AsyncIterator[bytes]:
        for _ in range(mib):
            yield b"x" * MIB

    answer = await client.post("/api/v1/ivr/upload", content=pieces(9), headers=WITH_TOKEN)
    assert answer.json()["body_bytes"] == 9 * MIB
    refused = await client.post("/api/v1/ivr/upload", content=pieces(12), headers=WITH_TOKEN)
    assert (refused.status_code, refused.json()["type"]) == (413, "urn:iact:problem:body-too-large")
    stated = await client.post("/api/v1/ivr/upload", content=b"x" * (11 * MIB), headers=WITH_TOKEN)
    assert stated.status_code == 413
    assert (await client.get("/api/v1/ivr/runs")).status_code == 200


async def test_a_service_that_reads_slowly_holds_the_client_back(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/ivr/sip", content=b"x" * 8 * MIB, headers=WITH_TOKEN)
    assert answer.json()["body_bytes"] == 8 * MIB


async def test_a_service_may_refuse_before_the_body_came(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/ivr/early", content=b"x" * 8 * MIB, headers=WITH_TOKEN)
    assert (answer.status_code, answer.json()) == (409, {"refused": True})


async def test_empty_and_chunked_bodies(raw: RawRequest) -> None:
    head = b"POST /api/v1/ivr/x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n"
    for framing, count in [
        (b"content-length: 0\r\n\r\n", 0),
        (b"content-length: 3\r\n\r\nabc", 3),
        (b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n", 0),
        (b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 5),
    ]:
        answer = await raw(head + framing)
        assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["body_bytes"] == count


async def test_a_slow_reader_holds_the_service_back(client: httpx.AsyncClient) -> None:
    """64 MiB through the gateway while its memory grows by a fraction of that."""
    import resource  # noqa: PLC0415 - used here only

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    received = 0
    async with client.stream("GET", "/api/v1/ivr/big?mib=64") as answer:
        await asyncio.sleep(0.3)
        async for piece in answer.aiter_raw():
            received += len(piece)
    assert received == 64 * MIB
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 32


async def test_a_client_that_leaves_ends_the_service_s_work(client: httpx.AsyncClient, gateway: Served) -> None:
    for number, path in enumerate((b"/api/v1/ivr/slow?s=200", b"/api/v1/ivr/trickle"), 1):
        _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(b"GET " + path + b" HTTP/1.1\r\nhost: a\r\n\r\n")
        await begun(number)
        writer.close()
        await writer.wait_closed()

    async def both_aborted() -> bool:
        return (await seen(client))["aborted"] == 2

    await eventually(both_aborted)


async def test_a_client_that_leaves_while_sending_ends_the_service_s_work(
    client: httpx.AsyncClient, gateway: Served
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"POST /api/v1/ivr/x HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nabc")
    await asyncio.sleep(0.1)
    writer.close()
    await writer.wait_closed()
    assert (await client.get("/api/v1/ivr/runs")).status_code == 200


# Spellings, as bytes: a client library would tidy them up.


def spellings() -> list[bytes]:
    """Each claim as it is, in capitals, in title case, with underscores and with dots."""
    found = {
        form.encode()
        for name in CLAIMS
        for form in (name, name.upper(), name.title(), name.replace("-", "_"), name.replace("-", "."))
        if name.strip("_") != "host"
    }
    return sorted(found)


async def test_no_spelling_of_a_claim_reaches_a_service(raw: RawRequest, identity_keys: Path) -> None:
    assert len(spellings()) >= 40
    verifier = Verifier.load(identity_keys, "ivr")
    heard = 0
    for first in range(0, len(spellings()), 20):
        # Twice each, and named in Connection: one of two must not slip through, nor strip what is ours.
        lies = b"".join(b"%b: lie\r\n%b: lie\r\n" % (name, name) for name in spellings()[first : first + 20])
        answer = await raw(
            b"GET /api/v1/ivr/x HTTP/1.1\r\nhost: a\r\nconnection: close, x-iact-identity, x-forwarded-for\r\n"
            + lies
            + b"\r\n"
        )
        assert answer.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 400 ")), answer[:200]
        if answer.startswith(b"HTTP/1.1 200 "):
            heard += 1
            found = headers_of(json.loads(answer.split(b"\r\n\r\n", 1)[1]))
            assert not [name for name, values in found.items() if "lie" in values]
            assert verifier.verify(found["x-iact-identity"][0]).kind == "anonymous"
            assert found["x-forwarded-for"] == ["127.0.0.1"]
    assert heard, "most of them are dropped, not refused"


async def test_one_spelling_at_a_time(raw: RawRequest) -> None:
    async def lies(name: bytes) -> bool:
        answer = await raw(b"GET /api/v1/ivr/x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n" + name + b": lie\r\n\r\n")
        return b'"lie"' in answer

    told = await asyncio.gather(*(lies(name) for name in spellings()))
    assert [name for name, lie in zip(spellings(), told, strict=True) if lie] == []
    assert await lies(b"x-harmless"), "the check itself can fail"
