"""Stops everything in order: services first, then the databases they use, then supervisord."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

from iact import data_dir, run_file
from iact.data_dir import Layout
from iact.errors import CommandFailed
from iact.launch import PID_FILE, clear_leftovers
from iact.process_table import end, from_json
from iact.supervision import WATCHER, Supervisor, spec_file
from shared.embedded_postgres import EmbeddedPostgres, PostgresError

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DATABASES = ("postgres", "mariadb")
LEFTOVER_PATIENCE_S = 10.0
# PostgreSQL waits for its clients on SIGTERM and does not on SIGINT.
LEFTOVER_SIGNALS = {"postgres": signal.SIGINT}


def stop(layout: Layout) -> bool:
    """End all processes of this folder; whether there were any."""
    if not data_dir.is_ours(layout.root):
        return False
    supervisor = Supervisor(layout)
    ran = supervisor.answers()
    if ran:
        names = list(supervisor.states())
        supervisor.stop_programs([name for name in names if name not in DATABASES])
        # With the watcher gone supervisord ends at once; it would poll for it every three seconds.
        supervisor.stop_programs([*DATABASES, WATCHER])
        supervisor.shutdown()
    ended = end_leftovers(layout.root)
    release_memory(layout)
    run_file.update(layout.root, _without_processes)
    return ran or ended


def end_leftovers(root: Path) -> bool:
    """End processes that outlived their supervisor; whether there were any."""
    pids = run_file.read(root).get("pids", {})
    # The supervisor first: it would start again what ends. The databases last: services use them.
    order = sorted(pids, key=lambda name: (name != "supervisor", name in DATABASES, name))
    ended = False
    for name in order:
        known = from_json(pids[name])
        ended |= end(known, LEFTOVER_SIGNALS.get(name, signal.SIGTERM), LEFTOVER_PATIENCE_S)
    return ended


def release_memory(layout: Layout) -> None:
    """Give back what a PostgreSQL server of this folder that was killed has left in the machine's shared memory."""
    file = spec_file(layout, "postgres")
    if not file.exists():
        return
    spec = json.loads(file.read_text(encoding="utf-8"))
    cluster = Path(spec["folder"])
    if not (cluster / PID_FILE).exists():  # a server that ends in order takes it away
        return
    clear_leftovers(cluster)
    server = EmbeddedPostgres(Path(spec["argv"][0]).parents[1], cluster, port=0)  # it listens nowhere
    try:
        server.release()
    except (PostgresError, OSError) as error:  # a damaged cluster must not keep its folder from being erased
        print(f"What the killed PostgreSQL left in shared memory stays until the machine starts again: {error}")


def _without_processes(run: run_file.Run) -> run_file.Run | None:
    """`run` of a stopped system: where everything was stays, for the next start to find."""
    if not run:
        return None
    for service in (*run["services"].values(), *run.get("more_processes", {}).values()):
        service.update(pid=None, started_at=None)
    return {**run, "pids": {}}


def stop_everything(root: Path) -> None:
    """Stop all processes of this folder and say so."""
    root = root.absolute()
    print(f"Stopping everything that runs from {root}", flush=True)
    began = time.monotonic()
    # A second Ctrl-C must not leave half of it running.
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in STOP_SIGNALS}
    try:
        ran = stop(Layout(root))
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    print(f"Stopped in {time.monotonic() - began:.1f} s." if ran else "Nothing was running.")


def erase_everything(root: Path, ask: Callable[[str], bool] | None) -> None:
    """Stop and remove, after asking; only a folder that carries our marker."""
    root = root.absolute()
    if not data_dir.is_ours(root):
        raise CommandFailed(f"{root} is no data folder of IACT (no {data_dir.MARKER} in it), so nothing was erased")
    if ask is not None and not ask(f"Remove {root} with all calls, users and secrets in it?"):
        raise CommandFailed("nothing was erased")
    stop(Layout(root))
    data_dir.erase(root)
    print(f"Erased {root}.")
