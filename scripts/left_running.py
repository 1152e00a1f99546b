"""What tests have left running: `python -m scripts.left_running FOLDER` names processes of their temporary folder.

Processes of others on the machine are told from these by it: they neither work in it nor have it as their TMPDIR.
"""

import argparse
import os
import sys
import time
from pathlib import Path

PROC = Path("/proc")
PATIENCE_S = 20.0  # a browser's helpers and the children of a server end after it
LOOK_S = 0.1
COMMAND_CHARACTERS = 200


def left_running(folder: Path, patience_s: float = PATIENCE_S) -> list[str]:
    """One line for each process of this folder that has not ended when `patience_s` are over."""
    deadline = time.monotonic() + patience_s
    while (found := _look(folder)) and time.monotonic() < deadline:
        time.sleep(LOOK_S)
    return found


def _look(folder: Path) -> list[str]:
    # Who asks is no leftover, nor is what the asking script has beside it (a pipe's other end).
    asking = {os.getpid(), os.getppid()}
    lines = []
    for entry in PROC.iterdir():
        if not entry.name.isdecimal() or int(entry.name) in asking:
            continue
        try:
            parent = int((entry / "stat").read_text(encoding="utf-8").rpartition(") ")[2].split()[1])
            if parent not in asking and _belongs(entry, folder):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                lines.append(f"{entry.name} (child of {parent}): {command[:COMMAND_CHARACTERS].strip()}")
        except (FileNotFoundError, ProcessLookupError, PermissionError):  # gone meanwhile, or another person's
            continue
    return sorted(lines)


def _belongs(entry: Path, folder: Path) -> bool:
    if (entry / "cwd").readlink().is_relative_to(folder):  # servers clear their environment, and work in their data
        return True
    return b"TMPDIR=" + os.fsencode(folder) in (entry / "environ").read_bytes().split(b"\0")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    found = left_running(parser.parse_args().folder.absolute())
    print("\n".join(["Left running:", *found] if found else ["Nothing was left running."]))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
