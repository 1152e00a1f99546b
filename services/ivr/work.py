"""What one run carries with it: its source, keys, lease, limits and progress."""

import asyncio
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.ivr.clock import LocalClock
from services.ivr.config import Source
from services.ivr.keys import Keys
from services.ivr.lease import Lease
from services.ivr.manners import Manners
from services.ivr.sources.legacy import Window
from shared.postgres import Database

LOAD_TIMEOUT_S = 1_800.0  # a single statement of a load: the delete of a quarter's units is the longest


class Cancelled(Exception):  # noqa: N818 - reads as what happened
    """The run was cancelled; what it had not committed is discarded."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for; kept with the run so that another process can finish it."""

    tables: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    force: bool = False
    replay: bool = False  # units with rejects are interpreted again although their rows have not changed
    logs: tuple[str, ...] = ()  # of an Asterisk source what is replayed: queue_log, cdr, cel; none named is all
    rekey: bool = False  # everything is read again and gets ids of the key that is being introduced
    # A person asked for it inside a pause of the source and meant it; no part of what is asked for.
    in_pause: bool = field(default=False, compare=False)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Request":
        since, until = data.get("from"), data.get("to")
        return cls(
            tables=tuple(data.get("tables") or ()),
            since=date.fromisoformat(since) if since else None,
            until=date.fromisoformat(until) if until else None,
            force=bool(data.get("force", False)),
            replay=bool(data.get("replay", False)),
            logs=tuple(data.get("logs") or ()),
            rekey=bool(data.get("rekey", False)),
            in_pause=bool(data.get("in_pause", False)),
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "tables": list(self.tables),
            "from": self.since.isoformat() if self.since else None,
            "to": self.until.isoformat() if self.until else None,
            "force": self.force,
            "replay": self.replay,
            "logs": list(self.logs),
            "rekey": self.rekey,
            "in_pause": self.in_pause,
        }

    @property
    def window(self) -> Window:
        return Window(self.since, self.until)


@dataclass(slots=True)
class Progress:
    """Where the run is; read by the reporter, written by the load."""

    phase: str = "connecting"
    rows_read: int = 0
    rows_expected: int | None = None


@dataclass(slots=True)
class Work:
    """One run at work."""

    database: Database
    keys: Keys
    source: Source
    source_id: int
    run_id: int
    request: Request
    lease: Lease
    progress: Progress = field(default_factory=Progress)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    details: dict[str, Any] = field(default_factory=dict)
    manners: Manners = field(default_factory=Manners)
    key_epoch: int = 1
    former_keys: Keys | None = None  # of a renewal: the keys that the published ids were made with

    def clock(self) -> LocalClock:
        return LocalClock(self.source.zone)

    def read(self, rows: int) -> None:
        """Count rows; the place where a run notices that it was cancelled."""
        self.progress.rows_read += rows
        if self.cancelled.is_set():
            raise Cancelled
