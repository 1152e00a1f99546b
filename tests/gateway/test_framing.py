"""Malformed HTTP, written by hand: refused at the edge, and no service hears of it."""

import asyncio
import contextlib

import httpx
import pytest

from gateway import server
from tests.gateway.conftest import RawRequest, Served

pytestmark = pytest.mark.integration

GET = b"GET /api/v1/ivr/x HTTP/1.1\r\n"
POST = b"POST /api/v1/ivr/x HTTP/1.1\r\nhost: a\r\n"

MALFORMED = {
    "length and chunked": POST + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked and length": POST + b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"content-length: 5\r\ncontent-length: 6\r\n\r\nhello",
    "two equal lengths": POST + b"content-length: 5\r\ncontent-length: 5\r\n\r\nhello",
    "list of lengths": POST + b"content-length: 5, 5\r\n\r\nhello",
    "signed length": POST + b"content-length: +5\r\n\r\nhello",
    "negative length": POST + b"content-length: -5\r\n\r\nhello",
    "hex length": POST + b"content-length: 0x5\r\n\r\nhello",
    "empty length": POST + b"content-length: \r\n\r\nhello",
    "huge length": POST + b"content-length: 99999999999999999999999\r\n\r\n",
    "unknown coding": POST + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    "gzip chunked": POST + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked identity": POST + b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked twice": POST + b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "space before colon": POST + b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
    "tab before colon": POST + b"content-length\t: 5\r\n\r\nhello",
    "vertical tab in coding": POST + b"transfer-encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "folded header": POST + b"x: 1\r\n 2\r\n\r\n",
    "folded coding": POST + b"transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "bare line feeds": b"GET /api/v1/ivr/x HTTP/1.1\nhost: a\n\n",
    "bare carriage return": GET + b"host: a\r\nx: 1\ry: 2\r\n\r\n",
    "NUL in a value": GET + b"host: a\r\nx: 1\x002\r\n\r\n",
    "NUL in a name": GET + b"host: a\r\nx\x00y: 1\r\n\r\n",
    "no name": GET + b"host: a\r\n: 1\r\n\r\n",
    "no colon": GET + b"host: a\r\nnonsense\r\n\r\n",
    "space in a name": GET + b"host: a\r\nx y: 1\r\n\r\n",
    "no host": GET + b"\r\n",
    "two hosts": GET + b"host: a\r\nhost: b\r\n\r\n",
    "empty host": GET + b"host:\r\n\r\n",
    "first line folded": b"GET /api/v1/ivr/x\r\n HTTP/1.1\r\nhost: a\r\n\r\n",
    "no version": b"GET /api/v1/ivr/x\r\nhost: a\r\n\r\n",
    "wrong version": b"GET /api/v1/ivr/x HTTP/9.9\r\nhost: a\r\n\r\n",
    "lower-case protocol": b"GET /api/v1/ivr/x http/1.1\r\nhost: a\r\n\r\n",
    "unknown method": b"SMUGGLE /api/v1/ivr/x HTTP/1.1\r\nhost: a\r\n\r\n",
    "lower-case method": b"get /api/v1/ivr/x HTTP/1.1\r\nhost: a\r\n\r\n",
    "method with space": b"GE T /api/v1/ivr/x HTTP/1.1\r\nhost: a\r\n\r\n",
    "TRACE": b"TRACE /api/v1/ivr/x HTTP/1.1\r\nhost: a\r\n\r\n",
    "CONNECT": b"CONNECT a:80 HTTP/1.1\r\nhost: a\r\n\r\n",
    "OPTIONS": b"OPTIONS /api/v1/ivr/x HTTP/1.1\r\nhost: a\r\n\r\n",
    "relative address": b"GET api/v1/ivr/x HTTP/1.1\r\nhost: a\r\n\r\n",
    "dot segments": b"GET /api/v1/ivr/../../../internal/introspections HTTP/1.1\r\nhost: a\r\n\r\n",
    "encoded dot segments": b"GET /api/v1/ivr/%2e%2e/%2e%2e/internal/x HTTP/1.1\r\nhost: a\r\n\r\n",
    "encoded slash": b"GET /api/v1/ivr%2f..%2fx HTTP/1.1\r\nhost: a\r\n\r\n",
    "empty segment": b"GET /api/v1//ivr/x HTTP/1.1\r\nhost: a\r\n\r\n",
    "raw bytes in the path": b"GET /api/v1/ivr/\xff HTTP/1.1\r\nhost: a\r\n\r\n",
    "encoded line end": b"GET /api/v1/ivr/%0d%0ax:%201 HTTP/1.1\r\nhost: a\r\n\r\n",
    "internal": b"POST /internal/introspections HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n",
    "chunk size in words": POST + b"transfer-encoding: chunked\r\n\r\nfive\r\nhello\r\n0\r\n\r\n",
    "chunk size with 0x": POST + b"transfer-encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "negative chunk": POST + b"transfer-encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    "endless chunk size": POST + b"transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    "chunk without end": POST + b"transfer-encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
    "chunk with bare feeds": POST + b"transfer-encoding: chunked\r\n\r\n5\nhello\n0\n\n",
    "HTTP/1.0 chunked": b"POST /api/v1/ivr/x HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "too many headers": GET + b"host: a\r\n" + b"x: 1\r\n" * 101 + b"\r\n",
    "far too many headers": GET + b"host: a\r\n" + b"x: 1\r\n" * 5000 + b"\r\n",
    "too large headers": GET + b"host: a\r\nx: " + b"1" * 17_000 + b"\r\n\r\n",
    "far too large headers": GET + b"host: a\r\nx: " + b"1" * 200_000 + b"\r\n\r\n",
    "too long address": b"GET /api/v1/ivr/" + b"x" * 9_000 + b" HTTP/1.1\r\nhost: a\r\n\r\n",
    "far too long address": b"GET /api/v1/ivr/" + b"x" * 100_000 + b" HTTP/1.1\r\nhost: a\r\n\r\n",
    "TLS on the plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "noise": b"\x00\x01\x02\x03\r\n\r\n",
}


def test_there_are_enough_of_them() -> None:
    assert len(MALFORMED) >= 60


@pytest.mark.requirement("RNF-007")
async def test_nothing_malformed_reaches_a_service(raw: RawRequest, client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(raw(request) for request in MALFORMED.values()))
    passed = {name: answer[:120] for name, answer in zip(MALFORMED, answers, strict=True) if not refused(answer)}
    assert not passed
    assert (await client.get("/api/v1/ivr/seen")).json()["requests"] == 0


def refused(answer: bytes) -> bool:
    """One problem document of the 4xx class, or a closed connection."""
    problem = answer.startswith(b"HTTP/1.1 4") and b"application/problem+json" in answer
    return not answer or (problem and answer.count(b"HTTP/1.1 ") == 1)


async def test_the_check_itself_can_fail(raw: RawRequest, client: httpx.AsyncClient) -> None:
    assert not refused(await raw(GET + b"host: a\r\n\r\n"))
    assert (await client.get("/api/v1/ivr/seen")).json()["requests"] == 1


async def test_pipelined_requests_are_answered_in_order(raw: RawRequest, client: httpx.AsyncClient) -> None:
    first = b"GET /api/v1/ivr/first HTTP/1.1\r\nhost: a\r\n\r\n"
    second = b"GET /api/v1/ivr/second HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
    answer = await raw(first + second)
    assert answer.count(b"HTTP/1.1 200") == 2
    assert answer.index(b"/api/v1/ivr/first") < answer.index(b"/api/v1/ivr/second")
    assert (await client.get("/api/v1/ivr/seen")).json()["requests"] == 2


async def test_expect_continue_is_answered_here(raw: RawRequest) -> None:
    answer = await raw(POST + b"connection: close\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\nab")
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")
    assert b'"expect"' not in answer


async def test_silent_and_dripping_clients_are_cut(gateway: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HEADER_RECEIVE_S", 0.3)

    async def until_closed(pieces: list[bytes]) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.1)
        try:
            return await asyncio.wait_for(reader.read(), timeout=20)  # silence alone is cut after 30
        finally:
            writer.close()

    drip = [bytes([letter]) for letter in b"GET / HTTP/1.1\r\nhost: aaaa"]
    answers = await asyncio.gather(until_closed([]), until_closed([GET]), until_closed(drip[:3]))
    assert list(answers) == [b"", b"", b""]


async def test_a_body_that_does_not_come_is_a_408(raw: RawRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.exchange.BODY_RECEIVE_S", 0.2)
    for sent in (b"", b"abc"):
        answer = await raw(POST + b"content-length: 10\r\n\r\n" + sent)
        assert answer.startswith(b"HTTP/1.1 408 ")


async def test_hundreds_of_slow_clients_are_cut_and_others_are_served(
    gateway: Served, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silent, dripping a header, dripping a body; a thousand of them by `python -m tests.benchmarks.gateway_load`."""
    monkeypatch.setattr(server, "HEADER_RECEIVE_S", 2.0)
    monkeypatch.setattr("gateway.exchange.BODY_RECEIVE_S", 2.0)
    starts = (b"", GET + b"host: a\r\nx: ", POST + b"content-length: 1000\r\n\r\n")

    async def slow(number: int) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(starts[number % 3])
        try:
            async with asyncio.timeout(20):  # a body has 30 otherwise
                while not reader.at_eof():
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(reader.read(4096), 0.3)
                    if number % 3:
                        writer.write(b"x")
        except (TimeoutError, ConnectionError) as error:
            return isinstance(error, ConnectionError)
        finally:
            writer.close()
        return True

    waiting = [asyncio.create_task(slow(number)) for number in range(300)]
    await asyncio.sleep(0.5)
    for _ in range(20):
        assert (await client.get("/api/v1/analytics/x")).status_code == 200
    assert all(await asyncio.gather(*waiting)), "each of them was cut"
    assert (await client.get("/api/v1/analytics/x")).status_code == 200
