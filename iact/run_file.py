"""`run.json`: where everything of a running system is, for commands, tests and people.

Three writers share it (the start, the watcher of restarts, the sessions service that clears a used link), so a
change is made under a lock and put in place whole. Standard library only: it is read before anything is installed.
"""

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from iact.errors import CommandFailed

FILE_NAME = "run.json"

Run = dict[str, Any]


def read(data_dir: Path) -> Run:
    """What the file holds, or {} when there is none."""
    path = data_dir / FILE_NAME
    try:
        run: Run = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CommandFailed(f"{path} cannot be read ({error}); remove it and start again") from error
    return run


def update(data_dir: Path, change: Callable[[Run], Run | None]) -> Run:
    """Replace the file by what `change` makes of its content (None leaves it alone); what it then holds."""
    path = data_dir / FILE_NAME
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = read(data_dir)
        after = change(before)
        if after is None:
            return before
        scratch = path.with_suffix(f".{os.getpid()}.new")
        write_private(scratch, json.dumps(after, indent=2) + "\n")
        scratch.replace(path)
        return after
    finally:
        os.close(lock)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, never readable by others even for a moment."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)
        file.write(text)
