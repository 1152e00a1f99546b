"""What supervisord starts for each process: `python -m iact.launch FILE` becomes the program that FILE describes.

supervisord can neither quote every value nor give a process an environment of its own, so a private JSON file
holds both; the id stays the same because the program replaces this one. Standard library only: it runs at each start.
"""

import json
import os
import pwd
import signal
import sys
import time
from pathlib import Path

from iact.process_table import ProcessId, end, identify

AUTOGROUP = Path("/proc/self/autogroup")
AUTOGROUP_PAUSE_S = 0.12
AUTOGROUP_ATTEMPTS = 10  # others that ask at the same moment; without it the niceness alone is what is left
PID_FILE = "postmaster.pid"
LEFTOVER_PATIENCE_S = 5.0  # a killed server's children end within milliseconds, save one in the middle of a sort


def main(spec_file: Path) -> None:
    spec = json.loads(spec_file.read_text(encoding="utf-8"))
    if spec["folder"] is not None:
        clear_leftovers(Path(spec["folder"]))
    if niceness := spec.get("niceness", 0):  # the release before wrote none
        give_way(niceness)
    if spec["user"] is not None:
        become(spec["user"])
    os.chdir(spec["directory"])
    os.execve(spec["argv"][0], spec["argv"], spec["environment"])  # noqa: S606 - the program is ours


def give_way(niceness: int) -> None:
    """This process and what it starts come after others: as nice(1), and as a session that gives way to sessions.

    Where Linux groups what runs by session (autogroups), niceness counts within a session only: without one of its own
    a load would give way to the services beside it, and these with it to every connection of a PostgreSQL server.
    """
    niceness = max(niceness, os.getpriority(os.PRIO_PROCESS, 0))
    os.setpriority(os.PRIO_PROCESS, 0, niceness)
    try:
        begin_session()
    except PermissionError:  # whoever started it is gone, or out of sight: no session, but it starts
        return
    for _ in range(AUTOGROUP_ATTEMPTS):
        try:
            AUTOGROUP.write_text(str(niceness), encoding="ascii")
        except BlockingIOError:  # one process of the machine in a tenth of a second may, or root
            time.sleep(AUTOGROUP_PAUSE_S)
        except OSError:  # a system without them
            return
        else:
            return


def begin_session() -> None:
    """A session of this process's own, where it has none."""
    if os.getsid(0) == os.getpid():
        return
    if os.getpgrp() == os.getpid():  # supervisord's children are; who leads a group may begin no session
        os.setpgid(0, os.getpgid(os.getppid()))
    os.setsid()


def become(user: str) -> None:
    """Give up root for good."""
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def clear_leftovers(folder: Path) -> None:
    """Make a database folder startable after its server was killed.

    Children that outlived a PostgreSQL server hold its shared memory, and its pid file may name a number that a
    stranger has by now: it refuses to start over either. A MariaDB server whose supervisor died holds file locks.
    """
    for leftover in processes_in(folder):
        end(leftover, signal.SIGQUIT, LEFTOVER_PATIENCE_S)
    (folder / PID_FILE).unlink(missing_ok=True)


def processes_in(folder: Path) -> list[ProcessId]:
    """Processes that work in this folder, as every process of a database server does in its own."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            here = (entry / "cwd").readlink() == folder
        except OSError:  # gone meanwhile, or another person's
            continue
        known = identify(int(entry.name)) if here else None
        if known is not None:
            found.append(known)
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
