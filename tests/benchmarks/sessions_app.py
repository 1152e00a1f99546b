"""The sessions service as it is, with one more address that tells how late its event loop has been."""

import asyncio
import json
import time
from pathlib import Path

from starlette.types import Receive, Scope, Send

from services.sessions.main import app as service

EVERY_S = 0.005
late_s: list[float] = []
watching: list["asyncio.Task[None]"] = []


async def watch() -> None:
    while True:
        asked = time.perf_counter()
        await asyncio.sleep(EVERY_S)
        late_s.append(time.perf_counter() - asked - EVERY_S)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """`GET /late`: the lateness since the last time it was asked, and the most memory the process ever had."""
    if scope["type"] != "http" or scope["path"] != "/late":
        await service(scope, receive, send)
        return
    if not watching:
        watching.append(asyncio.create_task(watch()))
    status = Path("/proc/self/status").read_text()  # noqa: ASYNC240 - the kernel answers from memory
    memory = {line.split(":")[0]: int(line.split()[1]) for line in status.splitlines() if line.startswith("Vm")}
    body = json.dumps({"late_s": sorted(late_s), "peak_kib": memory["VmHWM"], "now_kib": memory["VmRSS"]}).encode()
    late_s.clear()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
