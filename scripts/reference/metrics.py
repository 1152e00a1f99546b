"""Every metric that a process exposes: asked of each process itself, over HTTP, before it serves anybody."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROCESSES = {
    "gateway": "gateway.main",
    "sessions": "services.sessions.main",
    "ivr": "services.ivr.main",
    "analytics": "services.analytics.main",
    "dora": "services.dora.main",
}
# A process of its own each: what one module registers must not be counted as another's.
ASK = """
import importlib, sys, urllib.request
from shared import metrics
from shared.ports import free_port
importlib.import_module(sys.argv[1])
port = free_port()
with metrics.serve(port):
    print(urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode())
"""
TIMEOUT_S = 90.0  # an import on a loaded machine
HEAD = """# Metrics of the processes

Made by `python -m scripts.reference` from what each process exposes; a test keeps it equal. Each process serves its own
on 127.0.0.1, `/metrics`, ten ports above its port (`IACT_METRICS_PORT`). A `counter` also has `NAME_created`, a
`histogram` has `NAME_bucket`, `NAME_sum` and `NAME_count`. Alerts and a dashboard on them:
[observabilidad](../operaciones/observabilidad.md). What analysts call metrics is in [metrics.md](../metrics.md).

| metric | type | process | means |
|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Metric:
    """One family as its process describes it."""

    name: str
    kind: str
    means: str


def exposed(module: str) -> list[Metric]:
    """The families that this module's process exposes, as `# HELP` and `# TYPE` lines say; `_created` left out."""
    command = [sys.executable, "-c", ASK, module]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=TIMEOUT_S).stdout
    helps, found = {}, []
    for line in answer.splitlines():
        match line.split(maxsplit=3):
            case ["#", "HELP", name, means]:
                helps[name] = means
            case ["#", "TYPE", name, kind] if not name.endswith("_created"):
                found.append(Metric(name, kind, helps.get(name, "")))
            case _:
                pass
    return sorted(found, key=lambda metric: metric.name)


def metrics_page(_root: Path) -> str:
    """The page: a row a metric, with the processes that expose it."""
    processes: dict[Metric, list[str]] = {}
    for process, module in PROCESSES.items():
        for metric in exposed(module):
            processes.setdefault(metric, []).append(process)
    rows = (
        f"| `{metric.name}` | {metric.kind} | {'all' if len(names) == len(PROCESSES) else ', '.join(names)}"
        f" | {metric.means} |"
        for metric, names in sorted(processes.items(), key=lambda item: item[0].name)
    )
    return HEAD + "\n".join(rows) + "\n"
