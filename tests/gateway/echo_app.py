"""An ASGI application that tells what reached it: the service behind the gateway in these tests.

`/internal/introspections` answers like `services.sessions` for tokens written as NAME.functions; all else is echoed.
"""

import asyncio
import json
import os
from typing import Any

Scope = dict[str, Any]
SEEN: dict[str, int] = {"aborted": 0, "begun": 0, "introspections": 0, "requests": 0}
CHUNK = b"x" * 65536
HEARTBEAT_S = 0.1
LISTENERS: set[asyncio.Queue[dict[str, str]]] = set()
HELD: list[asyncio.Event] = []  # one for each request to /held: it is answered once this is set


async def app(scope: Scope, receive: Any, send: Any) -> None:
    """Answer one request."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    path = scope["path"]
    if path == "/internal/introspections":
        await introspect(receive, send)
    elif path == "/internal/revocations":
        await revocations(receive, send)
    elif path == "/health/ready":
        await answer(
            send, {"status": "ok", "service": "echo", "checks": {"postgres": {"status": "ok", "elapsed_s": 0}}}
        )
    elif path.endswith("/seen"):
        await answer(send, SEEN)
    else:
        await SPECIAL.get(path.rsplit("/", 1)[-1], echo)(scope, receive, send)


async def introspect(receive: Any, send: Any) -> None:
    SEEN["introspections"] += 1
    question = json.loads(await whole_body(receive))
    token = question["session_token"] or question["bearer_token"] or ""
    name, _, functions = token.partition(".")
    if name.startswith("revoked"):
        await answer(send, {"active": False, "reason": "SUPERSEDED", "identity": None})
        return
    identity = {
        "kind": "user" if question["session_token"] else "token",
        "user_id": "7",
        "username": name,
        "session_id": "s1",
        "functions": functions.split(".") if functions else [],
        "segment": None,
        "must_change_password": False,
    }
    await answer(send, {"active": True, "reason": None, "identity": identity, "idle_expires_at": None})


async def revocations(receive: Any, send: Any) -> None:
    """Heartbeats, and what a test puts into LISTENERS, until nobody listens."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/x-ndjson")]})
    events: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    LISTENERS.add(events)
    leaving = asyncio.create_task(wait_for_leaving(receive))
    try:
        event = {"type": "heartbeat"}
        while not leaving.done():
            await send({"type": "http.response.body", "body": json.dumps(event).encode() + b"\n", "more_body": True})
            try:
                event = await asyncio.wait_for(events.get(), HEARTBEAT_S)
            except TimeoutError:
                event = {"type": "heartbeat"}
    finally:
        LISTENERS.discard(events)
        leaving.cancel()


async def echo(scope: Scope, receive: Any, send: Any) -> None:
    body = await whole_body(receive)
    SEEN["requests"] += 1
    seen = {
        "method": scope["method"],
        "path": scope["path"],
        "raw_path": scope["raw_path"].decode(),
        "query": scope["query_string"].decode(),
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]],
        "body_bytes": len(body),
        "body_start": body[:64].decode("latin-1"),
        "pid": os.getpid(),
    }
    await answer(send, seen)


async def big(scope: Scope, receive: Any, send: Any) -> None:
    """`?mib=N` of x, without a length."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    for _ in range(16 * int(scope["query_string"].split(b"=")[1])):
        await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def slow(scope: Scope, receive: Any, send: Any) -> None:
    """Answers after `?s=N` seconds, or counts that nobody waited."""
    waiting = asyncio.create_task(asyncio.sleep(float(scope["query_string"].split(b"=")[1])))
    await whole_body(receive)
    SEEN["begun"] += 1
    leaving = asyncio.create_task(receive())
    await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
    if not waiting.done():
        SEEN["aborted"] += 1
        waiting.cancel()
        return
    leaving.cancel()
    await answer(send, {"slept": True})


async def held(scope: Scope, receive: Any, send: Any) -> None:
    """Answers when the test lets it."""
    await whole_body(receive)
    let = asyncio.Event()
    HELD.append(let)
    await let.wait()
    await answer(send, {"held": True})


async def trickle(scope: Scope, receive: Any, send: Any) -> None:
    """Sends without end until nobody reads."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    leaving = asyncio.create_task(wait_for_leaving(receive))
    SEEN["begun"] += 1
    while not leaving.done():
        await send({"type": "http.response.body", "body": b"tick\n", "more_body": True})
        await asyncio.sleep(0.02)
    SEEN["aborted"] += 1


async def sip(scope: Scope, receive: Any, send: Any) -> None:
    """Reads nothing for a while, then everything."""
    SEEN["begun"] += 1
    await asyncio.sleep(0.3)
    await echo(scope, receive, send)


async def early(scope: Scope, receive: Any, send: Any) -> None:
    """Refuses before it has read the body."""
    await answer(send, {"refused": True}, status=409)


async def fancy(scope: Scope, receive: Any, send: Any) -> None:
    """Every answer header that must not, or must, reach a client."""
    headers = [
        (b"set-cookie", b"a=1; Path=/"),
        (b"set-cookie", b"b=2; Path=/"),
        (b"x-iact-secret", b"inside"),
        (b"x-hop", b"named in connection"),
        (b"connection", b"x-hop"),
        (b"keep-alive", b"timeout=5"),
        (b"etag", b'"v1"'),
        (b"location", b"http://" + dict(scope["headers"])[b"host"] + b"/api/v1/users/7"),
        (b"x-request-id", b"not-this-one"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})


async def status(scope: Scope, receive: Any, send: Any) -> None:
    """Answers the status in `?code=`, with a body where it may have one."""
    code = int(scope["query_string"].split(b"=")[1])
    body = b"" if code in {204, 304} else b"body"
    headers = [] if code == 204 else [(b"content-length", str(len(body) or 5).encode())]
    if code == 304:
        headers = [(b"etag", b'"v1"')]
    await send({"type": "http.response.start", "status": code, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def whole_body(receive: Any) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise asyncio.CancelledError  # half a request is none
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def wait_for_leaving(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def answer(send: Any, document: Any, *, status: int = 200) -> None:
    body = json.dumps(document).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


SPECIAL = {
    "big": big,
    "held": held,
    "slow": slow,
    "trickle": trickle,
    "early": early,
    "sip": sip,
    "fancy": fancy,
    "status": status,
}
