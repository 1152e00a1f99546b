"""How a request to a service is written, and a small client for the gateway's own questions."""

from gateway.connection import Headers, NotHttp, UpstreamFailure
from gateway.upstream import Upstream


def head(method: str, target: bytes, headers: Headers) -> bytes:
    """The request line and headers. NotHttp when a value would break the framing: nothing like that is ever sent."""
    lines = [method.encode("ascii") + b" " + target + b" HTTP/1.1\r\n"]
    lines += [name + b": " + value + b"\r\n" for name, value in headers]
    text = b"".join(lines)
    if text.count(b"\n") != len(lines) or text.count(b"\r") != len(lines) or b"\0" in text:
        raise NotHttp("a header with a line end in it")
    return text + b"\r\n"


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
    own: Headers = [(b"host", upstream.authority), *headers]
    if body or method == "POST":
        own.append((b"content-length", str(len(body)).encode()))
    message = head(method, target.encode("ascii"), own) + body
    try:
        return await _exchange(upstream, message, timeout_s=timeout_s, bytes_max=bytes_max, fresh=False)
    except StaleConnection:
        # A kept connection that the service closed meanwhile; these questions change nothing, so ask once more.
        return await _exchange(upstream, message, timeout_s=timeout_s, bytes_max=bytes_max, fresh=True)


class StaleConnection(UpstreamFailure):
    """A kept connection turned out to be closed before a byte of the answer came."""


async def _exchange(
    upstream: Upstream, message: bytes, *, timeout_s: float, bytes_max: int, fresh: bool
) -> tuple[int, bytes]:
    connection = await upstream.acquire(fresh=fresh)
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
        upstream.release(connection)
