"""What can be known before anything is installed: `python3 -m iact.precheck DIR PORT ROWS` with a bare Python.

A taken port or a full disk is told at once, not after a minute of installing.
"""

import sys
from pathlib import Path

from iact import data_dir, ports, run_file
from iact.errors import CommandFailed
from iact.process_table import from_json, is_alive


def is_running(root: Path) -> bool:
    """Whether the supervisor that `run.json` names still lives."""
    supervisor = run_file.read(root).get("pids", {}).get("supervisor")
    return supervisor is not None and is_alive(from_json(supervisor))


def first_port(root: Path, wanted: int | None) -> int:
    """The gateway's port: the one asked for, else that of the last start, else the default."""
    return wanted or int(run_file.read(root).get("gateway_url", f":{ports.PORT_DEFAULT}").rsplit(":", 1)[1])


def check(root: Path, port: int | None, rows: int, processes: int = 1) -> None:
    """Raise the sentence that says why the system cannot start here."""
    data_dir.check(root)
    if not is_running(root):
        data_dir.require_space(root, rows)
        ports.require_free(first_port(root, port), processes)


def main(root: str, port: str, rows: str) -> int:
    try:
        check(Path(root).absolute(), int(port) if port else None, int(rows))
    except CommandFailed as failure:
        print(f"iact: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
