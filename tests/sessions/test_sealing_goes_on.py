"""Whatever stands in the anchors file, events are sealed; and what is no longer done is seen on the gauges."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.sessions import main
from services.sessions.anchors import AnchorFile, UnreadableAnchors
from services.sessions.audit_chain import Anchor
from services.sessions.sealer import ANCHOR_S, Sealer
from services.sessions.store import trail
from shared.metrics import REGISTRY
from shared.postgres import Database
from tests.sessions.conftest import Service
from tests.sessions.tampering import FILL

AGES = ("iact_audit_sealed_age_seconds", "iact_audit_anchor_age_seconds")
LATER = b'{"chain": "c", "position": 1, "hash": "00", "at": "x", "mac": "", "of_the_next_release": 1}\n'
BAD = [b"\n", b"# moved on the first of May\n", b'{"chain": "c"}\n', b"[1]\n", b'{"position": "\xff"}\n']


async def holds(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not what():  # noqa: ASYNC110 - the sealer tells nobody
            await asyncio.sleep(0.02)


@asynccontextmanager
async def sealing(service: Service, file: AnchorFile) -> AsyncIterator[tuple[Sealer, asyncio.Task[None]]]:
    db = Database(service.settings.database())
    await db.open()
    sealer = Sealer(db, file)
    task = asyncio.create_task(sealer.run_forever())
    try:
        yield sealer, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await db.close()


@pytest.mark.integration
@pytest.mark.parametrize("tail", BAD)
async def test_a_damaged_anchors_file_is_told_and_events_are_sealed(
    service: Service, monkeypatch: pytest.MonkeyPatch, tail: bytes
) -> None:
    monkeypatch.setattr("services.sessions.sealer.SEAL_EVERY_S", 0.01)
    await service.conn.execute(FILL, 1, 101)
    file = AnchorFile(service.settings.anchors_file.with_name("other.jsonl"), b"k" * 32)
    file.path.parent.mkdir(parents=True, exist_ok=True)
    file.path.write_bytes(tail)
    with capture_logs() as written:
        async with sealing(service, file) as (sealer, task):
            await holds(lambda: any("anchors file was damaged" in line["event"] for line in written) or task.done())
            began = time.monotonic()
            await holds(lambda: sealer.sealed_at > began or task.done())
            assert not task.done()
            assert file.path.read_bytes() == tail, "nothing hangs on a line that nobody can verify"
            file.path.unlink()
            await holds(lambda: file.path.exists() and file.path.stat().st_size > 0)
    told = [line for line in written if "anchors file was damaged" in line["event"]]
    assert [line["log_level"] for line in told] == ["error"], "once a minute"
    assert told[0]["position"] >= 100


@pytest.mark.integration
async def test_what_is_not_done_any_more_is_seen_on_the_gauges(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.sessions.sealer.SEAL_EVERY_S", 0.01)

    async def fails(_conn: object, _count: int) -> int:
        raise ValueError("nobody expects this")

    monkeypatch.setattr(trail, "seal", fails)
    file = AnchorFile(service.settings.anchors_file.with_name("other.jsonl"), b"k" * 32)
    async with sealing(service, file) as (sealer, task):
        sealer.sealed_at -= ANCHOR_S
        sealer.anchored_at -= ANCHOR_S
        await asyncio.sleep(0.1)
        before = [REGISTRY.get_sample_value(name) or 0.0 for name in AGES]
        await asyncio.sleep(0.1)
        after = [REGISTRY.get_sample_value(name) or 0.0 for name in AGES]
        assert not task.done()
    assert all(ANCHOR_S < one < other for one, other in zip(before, after, strict=True))


@pytest.mark.unit
def test_a_last_line_of_a_later_release_is_read_and_one_of_nobody_is_refused(tmp_path: Path) -> None:
    file = AnchorFile(tmp_path / "anchors.jsonl", b"k" * 32)
    file.path.write_bytes(LATER)
    assert file.last() == Anchor("c", 1, "00", "x", "")
    for tail in BAD:
        file.path.write_bytes(LATER + tail)
        with pytest.raises(UnreadableAnchors):
            file.last()
        with pytest.raises(UnreadableAnchors):
            file.append(Anchor("c", 2, "00", "x", ""))
        assert file.path.read_bytes() == LATER + tail


@pytest.mark.integration
async def test_endless_work_is_begun_again_and_none_holds_up_the_end_of_the_service(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within STOP_S, whatever goes on: half of what the supervisor allows."""
    monkeypatch.setattr(main, "STOP_S", 0.2)
    monkeypatch.setattr("shared.tasks.BEGIN_AGAIN_FIRST_S", 0.01)
    begun, released = 0, asyncio.Event()

    async def sweep(*_: object) -> None:
        nonlocal begun
        begun += 1
        if begun == 1:
            raise RuntimeError("nobody expects this")
        while not released.is_set():
            with suppress(asyncio.CancelledError):
                await released.wait()

    monkeypatch.setattr(main, "sweep_forever", sweep)
    app = main.create_service(service.settings)
    try:
        async with asyncio.timeout(60), app.router.lifespan_context(app):
            await holds(lambda: begun >= 2)
            began = time.monotonic()
        assert time.monotonic() - began < 30, "two tenths of a second on a quiet machine"
    finally:
        released.set()
