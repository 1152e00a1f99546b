"""What `iact up`, `demo`, `down` and `erase` do: a start with its summary, waiting for Ctrl-C, the end."""

import asyncio
import signal
import time
from pathlib import Path
from types import FrameType

from iact import run_file
from iact.account import ensure_administrator
from iact.console import Steps
from iact.data_dir import Layout
from iact.sample import Sample, describe
from iact.shutdown import STOP_SIGNALS, stop, stop_everything
from iact.startup import Started, Wanted, is_running, start
from iact.system import System

STEPS_TOTAL = 3
POLL_S = 0.2


def run(
    root: Path, *, port: int | None, rows: int, demo: bool, detach: bool, steps_before: int, processes: int = 1
) -> None:
    """Start, tell where to look, then return (`detach`) or stay until Ctrl-C stops everything."""
    root = root.absolute()
    steps = Steps(done=steps_before, total=STEPS_TOTAL + steps_before)
    for number in STOP_SIGNALS:
        signal.signal(number, _interrupt)
    layout = Layout(root)
    stays = not detach and not is_running(layout)  # who only looks again does not stop it with Ctrl-C
    try:
        started = start(Wanted(root, port, rows, demo, processes), steps)
        _finish(started, steps)
    except KeyboardInterrupt:
        print("\nInterrupted; stopping what was started")
        stop(layout)
        raise SystemExit(130) from None
    print(summary(root, detach=not stays), flush=True)
    if stays:
        follow(layout)


def _finish(started: Started, steps: Steps) -> None:
    """The account and, for a demo, the sample calls."""
    system = System.load(started.layout.root)
    sample = started.sample
    with steps.step("Making the account" if sample is None else "Loading sample calls") as step:
        asyncio.run(ensure_administrator(system))
        step.text = "The administrator's account" if sample is None else _sample(sample, system, steps)


def _sample(sample: Sample, system: System, steps: Steps) -> str:
    known = sample.loaded_rows()
    if known is not None:
        other = "" if known == sample.rows else f"; erase it to have {sample.rows:,}"
        return f"Sample of {known:,} IVR calls, loaded before{other}"
    steps.say("Simulating calls")
    sample.simulate()
    steps.say("Reading them through the ivr service")
    return describe(asyncio.run(sample.ingest(system, steps.say)))


def summary(root: Path, *, detach: bool) -> str:
    """Where to go, what to look at, how to stop, erase and diagnose."""
    run_now = run_file.read(root)
    url, name, link = run_now["gateway_url"], run_now["admin_username"], run_now["admin_sign_in_url"]
    option = "" if root == Path.cwd() / ".iact" else f" --data-dir {root}"
    lines = [
        "",
        f"  Open       {link or url}",
        f"             {'one use only: it asks you for a new password' if link else f'sign in as {name}'}",
        "  Look first at Today: calls, abandonment, busiest menus, when they call",
        f"  Interface  {url}/api/docs",
        f"  Stop       {'./scripts/start.sh stop' + option if detach else 'Ctrl-C'}",
        f"  Erase      ./scripts/start.sh erase{option}",
        f"  Diagnose   ./scripts/start.sh status{option}    logs in {root / 'logs'}",
        "",
    ]
    return "\n".join(lines)


def follow(layout: Layout) -> None:
    """Show one line per event until a signal comes, then stop everything."""
    try:
        with layout.events.open(encoding="utf-8") as events:
            events.seek(0, 2)
            while is_running(layout):
                for line in events:
                    print(line.rstrip(), flush=True)
                time.sleep(POLL_S)
        print("Everything was stopped from elsewhere.")
    except KeyboardInterrupt:
        stop_everything(layout.root)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
