"""Where no MariaDB is installed the sample comes from files, through the same code, to the same truth."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from iact import mariadb
from iact.data_dir import Layout
from iact.running import run
from iact.shutdown import stop
from iact.startup import is_running
from iact.system import System
from tests.iact.blocks import free_block

pytestmark = pytest.mark.e2e

ROWS = 150_000  # a queue log of several batches, the last of them in the next month of UTC


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(mariadb, "find", lambda: None)
    monkeypatch.setattr("signal.signal", lambda *_: None)  # the command's handlers would stay with pytest
    folder = Path(tempfile.mkdtemp(prefix="iact-run-"))
    folder.chmod(0o755)
    yield folder / "data"
    stop(Layout(folder / "data"))
    shutil.rmtree(folder)


async def ask(root: Path, query: str) -> list[tuple[Any, ...]]:
    conn = await asyncpg.connect(**System.load(root).owner.connect_arguments())
    try:
        return [tuple(row) for row in await conn.fetch(query)]
    finally:
        await conn.close()


def test_the_sample_from_files_equals_its_manifest(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stayed: list[Layout] = []
    monkeypatch.setattr("iact.running.follow", stayed.append)
    run(root, port=free_block(), rows=ROWS, demo=True, detach=False, steps_before=0)
    assert stayed == [Layout(root)]
    # Whoever looks again, for the link or by mistake, neither stays nor ends what runs.
    run(root, port=None, rows=ROWS, demo=True, detach=False, steps_before=0)
    assert len(stayed) == 1
    assert is_running(Layout(root))
    truth = json.loads((root / "manifest.json").read_text())
    calls = asyncio.run(ask(root, "SELECT count(*), count(*) FILTER (WHERE menu_abandoned) FROM ivr.legacy_calls_v1"))
    assert calls == [(truth["legacy"]["calls"], truth["legacy"]["abandoned"])]
    exits = dict(asyncio.run(ask(root, "SELECT exit, count(*) FROM ivr.queue_calls_v1 GROUP BY exit")))
    assert exits == {name: count for name, count in truth["asterisk"]["exits"].items() if count}
    assert 'paths = ["' in (root / "sources.toml").read_text()
    assert json.loads((root / "run.json").read_text())["databases"]["ivr"] is None
