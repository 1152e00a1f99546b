"""The sample: simulated calls put where a customer's would be, and ingested by the running service.

Two sources, `legacy` (the IVR's tables) and `queues` (a day of Asterisk's queue log): in the sample's MariaDB where one
is installed, else in files. The exact truth is left in `manifest.json`.
"""

import asyncio
import glob
import json
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pymysql

from iact import mariadb
from iact.commands.ingest import through_service
from iact.data_dir import Layout
from iact.errors import CommandFailed
from iact.run_file import write_private
from iact.simulate.asterisk import AsteriskOptions, simulate_asterisk
from iact.simulate.legacy import LegacyOptions, simulate_legacy
from iact.simulate.manifest import write_manifest
from iact.simulate.targets import FolderTarget, MariaDbTarget, Target
from iact.system import System
from shared.ports import LOOPBACK

SEED = 1
ZONE = "America/Mexico_City"
LEGACY, QUEUES = "legacy", "queues"
QUEUE_LOG_ROWS_SHARE = 15  # one row of the queue's log for so many legacy calls: a day beside two quarters
QUEUE_LOG_ROWS_MIN = 2_000  # fewer do not fill the hours of a day
SOURCES_HEAD = "# Written by `iact demo`. Remove this line to keep your own changes.\n"
QUEUE_LOG_ROWS_MAX = 50_000  # what a busy centre logs in a day
TELL_EVERY_S = 5.0
IDLE_TIMEOUT_S = 3_600.0  # two full quarters of a large centre
POLL_S = 0.3
DONE_FILE = "loaded.json"
QUEUE_FILES = ("queue_log.csv", "cdr.csv", "cel.csv")  # the tables that the ivr service finds by itself in a database


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample of one data folder."""

    layout: Layout
    rows: int
    server: mariadb.SampleSource | None

    def write_sources(self) -> None:
        """Declare both sources, before the service starts that reads the declaration."""
        path = self.layout.sources_file
        if path.exists() and not path.read_text(encoding="utf-8").startswith(SOURCES_HEAD):
            return
        entries = [self._entry(LEGACY, "legacy", ("tbl_historico_*",)), self._entry(QUEUES, "asterisk", QUEUE_FILES)]
        write_private(path, SOURCES_HEAD + "\n" + "\n".join(entries))

    def loaded_rows(self) -> int | None:
        """How many legacy calls an earlier start loaded, or None."""
        try:
            return int(json.loads((self.layout.demo / DONE_FILE).read_text(encoding="utf-8"))["rows"])
        except (OSError, ValueError, KeyError):
            return None

    def simulate(self) -> None:
        """Write the calls and their truth; again after an interrupted start, with the same result."""
        # A first DROP TABLE IF EXISTS is answered by a warning, which Python would print.
        warnings.filterwarnings("ignore", category=pymysql.Warning)
        target = self._target()
        options = LegacyOptions(rows=self.rows, seed=SEED, zone=ZONE)
        write_manifest(self.layout.manifest, "legacy", simulate_legacy(options, target))
        rows = min(max(QUEUE_LOG_ROWS_MIN, self.rows // QUEUE_LOG_ROWS_SHARE), QUEUE_LOG_ROWS_MAX)
        # The queue's day is the last of the IVR's two quarters: both sources end together.
        day = AsteriskOptions(rows=rows, seed=SEED, zone=ZONE, first_day=options.last_day, days=1)
        write_manifest(self.layout.manifest, "asterisk", simulate_asterisk(day, target))

    async def ingest(self, system: System, say: Callable[[str], None]) -> dict[str, int]:
        """Have the running service read both sources; published rows by source."""
        published = {}
        for source in (LEGACY, QUEUES):
            await wait_until_idle(system, source)
            run = await through_service(self.layout.root, source, {}, Progress(source, say))
            if run["state"] != "succeeded":
                raise CommandFailed(f"reading the source {source} {run['state']}: {run['error']}")
            published[source] = int(run["published"]) + int(run["unchanged"]) + int(run["duplicate"])
            if run["rejected"] or run["held"]:
                say(f"{source}: {run['rejected']} rows rejected, {run['held']} held back")
        self.layout.demo.mkdir(mode=0o700, exist_ok=True)
        write_private(self.layout.demo / DONE_FILE, json.dumps({"rows": self.rows, "seed": SEED}) + "\n")
        return published

    def _target(self) -> Target:
        if self.server is not None:
            return MariaDbTarget(self.server.loader_dsn())
        self.layout.demo.mkdir(mode=0o700, exist_ok=True)
        return FolderTarget(self.layout.demo)

    def _entry(self, source: str, kind: str, files: Sequence[str]) -> str:
        # The sample never grows: reading it again by itself would only be in the way of a person who tries things.
        fields: dict[str, Any] = {"id": source, "kind": kind, "zone": ZONE, "schedule": "off"}
        if self.server is None:
            fields["paths"] = [f"{glob.escape(str(self.layout.demo))}/{name}" for name in files]
        else:
            fields |= {"host": LOOPBACK, "port": self.server.port, "name": mariadb.SCHEMA}
            fields |= {"user": mariadb.READER, "password_file": str(self.layout.secrets / mariadb.READER_PASSWORD)}
        # JSON's strings, numbers and lists of strings are TOML's too.
        lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
        return "\n".join(["[[source]]", *lines, ""])


def holds_the_sample(root: Path, sources_file: Path | None) -> bool:
    """Whether this folder's sources are those that `iact demo` wrote and loaded, and nobody made them their own."""
    layout = Layout(root)
    if sources_file != layout.sources_file or not (layout.demo / DONE_FILE).is_file():
        return False
    return sources_file.is_file() and sources_file.read_text(encoding="utf-8").startswith(SOURCES_HEAD)


class Progress:
    """Says now and then how far a run is, for a screen that also shows other things."""

    def __init__(self, source: str, say: Callable[[str], None]) -> None:
        self._source = source
        self._say = say
        self._told = time.monotonic()

    def __call__(self, run: dict[str, Any]) -> None:
        if time.monotonic() - self._told > TELL_EVERY_S:
            self._told = time.monotonic()
            self._say(f"{self._source}: {run['read']:,} rows read")


async def wait_until_idle(system: System, source: str) -> None:
    """A start that was interrupted leaves a run that goes on by itself; a second one would be refused meanwhile."""
    query = "SELECT true FROM ivr.runs_v1 WHERE source = $1 AND state IN ('queued', 'running')"
    conn = await asyncpg.connect(**system.owner.connect_arguments())
    try:
        deadline = time.monotonic() + IDLE_TIMEOUT_S
        while await conn.fetchval(query, source) and time.monotonic() < deadline:  # noqa: ASYNC110 - it ends elsewhere
            await asyncio.sleep(POLL_S)
    finally:
        await conn.close()


def describe(published: dict[str, int]) -> str:
    """The line for the screen."""
    if not published[LEGACY]:
        raise CommandFailed("the sample was read but no call was published; see the log of the ivr service")
    return f"{published[LEGACY]:,} IVR calls and a day of queue calls, read through the whole chain"
