"""`iact status`: every process with its state, and whether the whole is ready."""

import json
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from iact import data_dir, run_file, services
from iact.data_dir import Layout
from iact.ports import PROCESSES
from iact.process_table import identify
from iact.supervision import Supervisor

DATABASE_OF = {"postgres": "postgres", "mariadb": "ivr"}  # process → its entry in run.json
ORDER = (*DATABASE_OF, *PROCESSES)


def show(root: Path, *, as_json: bool) -> int:
    """Print it; 0 when everything is ready, else 1."""
    found = collect(root.absolute())
    print(json.dumps(found, indent=2) if as_json else as_text(found))
    return 0 if found["ready"] else 1


def collect(root: Path) -> dict[str, Any]:
    """What runs from this folder; no secret in it."""
    supervisor = Supervisor(Layout(root))
    run = run_file.read(root) if root.is_dir() else {}
    if not data_dir.is_ours(root) or not supervisor.answers():
        return {"state": "stopped", "ready": False, "data_dir": str(root), "gateway_url": None, "processes": []}
    status = services.readiness(run["gateway_url"])[0] if run else 0
    ready = status == HTTPStatus.OK
    states = sorted(
        supervisor.states().values(), key=lambda state: (ORDER.index(state.name.partition("-")[0]), state.name)
    )
    return {
        "state": "ready" if ready else "not ready",
        "ready": ready,
        "data_dir": str(root),
        "gateway_url": run.get("gateway_url"),
        "processes": [_process(state.name, state.state, state.pid, run) for state in states],
    }


def as_text(found: dict[str, Any]) -> str:
    if not found["processes"]:
        return f"Nothing runs from {found['data_dir']}."
    head = f"{found['gateway_url']} is {found['state']}; logs in {found['data_dir']}/logs"
    rows = [("process", "state", "pid", "since", "address"), *map(_row, found["processes"])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    table = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([head, "", *table])


def _process(name: str, state: str, pid: int, run: dict[str, Any]) -> dict[str, Any]:
    known = identify(pid) if pid else None
    database = run.get("databases", {}).get(DATABASE_OF.get(name))
    listening = {**run.get("services", {}), **run.get("more_processes", {})}
    address = listening.get(name, {}).get("url")
    if database:
        address = f"{database['host']}:{database['port']}"
    return {
        "name": name,
        "state": state.lower(),
        "pid": pid or None,
        "started_at": None if known is None else known.as_json()["started_at"],
        "address": address,
        "log": f"logs/{name}.log",
    }


def _row(process: dict[str, Any]) -> tuple[str, ...]:
    since = "-"
    if process["started_at"]:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(process["started_at"])).total_seconds()
        since = f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02}:{int(seconds % 60):02}"
    return process["name"], process["state"], str(process["pid"] or "-"), since, process["address"] or "-"
