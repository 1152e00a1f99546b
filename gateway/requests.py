"""How a request to a service is written, and a small client for the gateway's own questions."""

import functools

from gateway.connection import ConnectFailed, Headers, NotHttp, StaleConnection, UpstreamFailure
from gateway.upstream import Instance, Upstream


def lines(headers: Headers) -> bytes:
    """Header lines. NotHttp when a value would break the framing: nothing like that is ever sent."""
    text = b"".join([b"%b: %b\r\n" % pair for pair in headers])
    if text.count(b"\n") != len(headers) or text.count(b"\r") != len(headers) or b"\0" in text:
        raise NotHttp("a header with a line end in it")
    return text


def first_line(method: str, target: bytes, instance: Instance) -> bytes:
    """The request line and the host of one process of a service."""
    if b"\n" in target or b"\r" in target or b" " in target:
        raise NotHttp("an address with a line end in it")
    return b"%b %b%b" % (method.encode("ascii"), target, instance.host_line)


async def simple_request(
    upstream: Upstream,
    method: str,
    target: str,
    *,
    headers: Headers,
    body: bytes = b"",
    timeout_s: float,
    bytes_max: int,
) -> tuple[int, bytes]:
    """Ask a service something small and read the whole answer. UpstreamFailure when there is none."""
    question = functools.partial(ask, method=method, target=target, headers=headers, body=body)
    instance = upstream.choose()
    try:
        with upstream.judging(instance):
            return await question(instance, timeout_s=timeout_s, bytes_max=bytes_max)
    except ConnectFailed:
        if upstream.alone:
            raise
    instance = upstream.choose(but=[instance])
    with upstream.judging(instance):
        return await question(instance, timeout_s=timeout_s, bytes_max=bytes_max)


async def ask(
    instance: Instance,
    *,
    method: str,
    target: str,
    headers: Headers,
    body: bytes = b"",
    timeout_s: float,
    bytes_max: int,
) -> tuple[int, bytes]:
    """Ask one process of a service. UpstreamFailure when it gives no answer."""
    own = [*headers, (b"content-length", b"%d" % len(body))] if body or method == "POST" else headers
    message = b"%b%b\r\n%b" % (first_line(method, target.encode("ascii"), instance), lines(own), body)
    try:
        return await _exchange(instance, message, timeout_s=timeout_s, bytes_max=bytes_max, fresh=False)
    except StaleConnection:
        # A kept connection that the service closed meanwhile; these questions change nothing, so ask once more.
        return await _exchange(instance, message, timeout_s=timeout_s, bytes_max=bytes_max, fresh=True)


async def _exchange(
    instance: Instance, message: bytes, *, timeout_s: float, bytes_max: int, fresh: bool
) -> tuple[int, bytes]:
    connection = await instance.acquire(fresh=fresh)
    kept = connection.begin(head_only=False)
    try:
        connection.send(message)
        await connection.answer(timeout_s)
        received = bytearray()
        while chunk := await connection.chunk(timeout_s):
            received += chunk
            if len(received) > bytes_max:
                raise NotHttp("the answer is larger than it can be")
        return connection.status, bytes(received)
    except UpstreamFailure as error:
        if kept and connection.went_stale:
            raise StaleConnection from error
        raise
    finally:
        instance.release(connection)
