"""Replaces the processes of a running data folder by those of this release, one after the other.

With two processes of each kind the gateways send everything to the other one meanwhile, so nobody notices. The
databases, supervisord and the watcher are left alone: they change with the next whole start.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

from iact import run_file, services
from iact.data_dir import Layout
from iact.errors import CommandFailed, SystemNotRunning
from iact.migrations import ROOT
from iact.ports import PROCESSES, process_name
from iact.startup import TROUBLE_S, last_line
from iact.supervision import Program, Supervisor, base_environment, spec_file
from iact.system import System

READY_TIMEOUT_S = 180.0  # a start beside nine busy processes on one slow core takes a third of it
# The gateways look after a process that was gone every 0.3 s and then send one request first: only when that is
# over may the other process of the kind go.
SETTLE_S = 2.0
POLL_S = 0.1


def roll(
    root: Path, say: Callable[[str], None], *, everything: bool = False, modules: Mapping[str, str] = services.MODULES
) -> list[str]:
    """Replace what does not run from this release yet; the names of the replaced processes, in their order.

    A process that does not become ready is started again as it was, and a CommandFailed says so: what was replaced
    before it stays replaced. `everything` replaces also what runs from this release already, and takes the settings
    (IACT_*) of this environment over those that the processes were started with.
    """
    system = System.load(root)
    supervisor = Supervisor(Layout(system.data_dir))
    if not supervisor.answers():
        raise SystemNotRunning(f"no supervisor answers in {root}; start it with ./scripts/start.sh --data-dir {root}")
    run = run_file.read(system.data_dir)
    programs = successors(system, run, modules, changed_settings() if everything else {})
    urls = {name: str(each["url"]) for name, each in {**run["services"], **run.get("more_processes", {})}.items()}
    if len(programs) == len(PROCESSES):
        say("one process of each kind runs: each is gone for seconds; start with --processes 2 to replace unnoticed")
    wanted = [each for each in programs if everything or not _is_current(supervisor, each, urls[each.name])]
    for number, program in enumerate(wanted, start=1):
        _replace(supervisor, program, urls[program.name])
        say(f"{number}/{len(wanted)} {program.name} runs from {program.directory}")
    return [program.name for program in wanted]


def changed_settings() -> dict[str, str]:
    """Settings that this environment has; one that is not set is no wish, one that is empty takes it back."""
    return {name: value for name, value in base_environment().items() if name.startswith("IACT_")}


def successors(
    system: System, run: run_file.Run, modules: Mapping[str, str], changed: Mapping[str, str]
) -> list[Program]:
    """The processes of this release in the places of those that run; the gateways last, they ask the others.

    A process keeps the environment that it was started with, save for what is `changed` and what says where things are.
    """
    more = len(run.get("more_processes", {})) // len(PROCESSES)
    place = services.Place(
        port=int(system.gateway_url.rsplit(":", 1)[1]),
        root=system.data_dir,
        secrets_dir=system.secrets_dir,
        sources_file=_sources_file(system),
        owner=system.owner,
        owner_password_needed=False,
        processes=1 + more,
    )
    fresh = {each.name: each for each in services.programs(place, {}, modules)}
    order = [
        process_name(kind, number)
        for kind in (*(kind for kind in PROCESSES if kind != "gateway"), "gateway")
        for number in range(1, place.processes + 1)
    ]
    layout = Layout(system.data_dir)
    return [_as_before(fresh[name], _spec(layout, name), place, changed) for name in order]


def _as_before(program: Program, before: dict[str, Any], place: services.Place, changed: Mapping[str, str]) -> Program:
    told = {**place.environment(), "IACT_METRICS_PORT": program.environment["IACT_METRICS_PORT"]}
    if "IACT_SOURCES_FILE" in before["environment"]:
        told["IACT_SOURCES_FILE"] = before["environment"]["IACT_SOURCES_FILE"]
    return replace(program, environment={**before["environment"], **changed, **told}, directory=ROOT)


def _sources_file(system: System) -> Path | None:
    return system.sources_file if system.sources_file.exists() else None


def _spec(layout: Layout, name: str) -> dict[str, Any]:
    path = spec_file(layout, name)
    try:
        spec: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandFailed(f"{path} cannot be read ({error}); stop and start the system once instead") from error
    return spec


def _is_current(supervisor: Supervisor, program: Program, url: str) -> bool:
    """Whether the living process is ready and was started from what would be written now."""
    state = supervisor.states().get(program.name)
    if state is None or _spec(supervisor.layout, program.name) != json.loads(program.spec()):
        return False
    if services.readiness(url)[0] != HTTPStatus.OK:
        return False
    try:
        return Path(f"/proc/{state.pid}/cwd").readlink() == program.directory.resolve()
    except OSError:
        return False


def _replace(supervisor: Supervisor, program: Program, url: str) -> None:
    """Stop one process, start its successor, wait until that is ready and known to the gateways."""
    path = spec_file(supervisor.layout, program.name)
    before = path.read_text(encoding="utf-8")
    supervisor.stop_programs([program.name])
    supervisor.describe([program])
    supervisor.start_programs([program.name])
    if not _becomes_ready(supervisor, program.name, url):
        log = supervisor.layout.logs / f"{program.name}.log"
        reason = last_line(log)
        supervisor.stop_programs([program.name])
        run_file.write_private(path, before)
        supervisor.start_programs([program.name])
        back = (
            "runs again as it was"
            if _becomes_ready(supervisor, program.name, url)
            else "does not come back as it was either"
        )
        raise CommandFailed(
            f"{program.name} of {program.directory} does not become ready: {reason}; it {back} (see {log})."
            " Those before it are replaced: deploy/rollback.sh takes them back"
        )
    time.sleep(SETTLE_S)


def _becomes_ready(supervisor: Supervisor, name: str, url: str) -> bool:
    """Wait for it; not for one that does not even start."""
    began = time.monotonic()
    while services.readiness(url)[0] != HTTPStatus.OK:
        waited = time.monotonic() - began
        gives_up = waited > TROUBLE_S and supervisor.states()[name].state in {"BACKOFF", "FATAL"}
        if gives_up or waited > READY_TIMEOUT_S:
            return False
        time.sleep(POLL_S)
    return True
