"""Processes by id and start time: an id alone may have been given to a stranger since it was written down."""

import os
import signal
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
# btime in /proc/stat is derived from two clocks and moves by a second.
START_TOLERANCE_S = 2.0
POLL_S = 0.02
STATE_FIELD, START_FIELD = 0, 19  # counted after the closing bracket of the name in /proc/PID/stat


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process, safe against reuse of its number."""

    pid: int
    started_at: datetime

    def as_json(self) -> dict[str, object]:
        return {"pid": self.pid, "started_at": self.started_at.isoformat(timespec="milliseconds")}


def identify(pid: int) -> ProcessId | None:
    """The living process with this number, or None."""
    fields = _stat(pid)
    if fields is None or fields[STATE_FIELD] == "Z":
        return None
    started = _boot_time() + int(fields[START_FIELD]) / TICKS_PER_S
    return ProcessId(pid, datetime.fromtimestamp(started, UTC))


def from_json(entry: dict[str, object]) -> ProcessId:
    return ProcessId(int(str(entry["pid"])), datetime.fromisoformat(str(entry["started_at"])))


def is_alive(known: ProcessId) -> bool:
    """Whether that very process still lives, not another that got its number."""
    now = identify(known.pid)
    return now is not None and abs((now.started_at - known.started_at).total_seconds()) <= START_TOLERANCE_S


def end(known: ProcessId, first_signal: signal.Signals, patience_s: float) -> bool:
    """Ask the process to end, and kill it when it has not after `patience_s`; whether it lived."""
    lived = is_alive(known)
    for number in (first_signal, signal.SIGKILL):
        deadline = time.monotonic() + patience_s
        try:
            if is_alive(known):
                os.kill(known.pid, number)
        except ProcessLookupError:
            break
        while is_alive(known) and time.monotonic() < deadline:
            time.sleep(POLL_S)
    return lived


def _stat(pid: int) -> list[str] | None:
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in brackets may itself hold spaces and brackets.
    return text[text.rindex(")") + 2 :].split()


def _boot_time() -> float:
    for line in (PROC / "stat").read_text().splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    raise RuntimeError("/proc/stat has no btime line")
