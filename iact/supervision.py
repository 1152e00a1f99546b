"""Runs processes under supervisord, which lives in the data folder and outlives the command that started it.

The control socket is a file of mode 0600 there; it is addressed through an open folder because a socket's path may
have 107 characters only, and data folders are longer at times.
"""

import contextlib
import http.client
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typing_extensions import override

from iact.data_dir import Layout
from iact.errors import CommandFailed
from iact.process_table import ProcessId, end, identify
from iact.run_file import write_private
from iact.watch import EVENTS

CONF_FILE = "supervisord.conf"
SOCKET_FILE = "control.sock"
WATCHER = "watch"
LOG_BYTES_MAX = 5_000_000  # a day of a busy service, opened by any editor
LOG_FILES_MAX = 3
START_SECONDS = 1  # a process that lives this long has read its settings and taken its port
START_RETRIES = 100  # with supervisord's growing pauses more than an hour of trying
ANSWER_TIMEOUT_S = 10.0  # supervisord answers in milliseconds; one that does not is stuck
SOCKET_TIMEOUT_S = 10.0
STOP_PATIENCE_S = 15.0
POLL_S = 0.05
NO_SUCH_PROCESS, ALREADY_STARTED, NOT_RUNNING = 10, 60, 70  # supervisor.xmlrpc.Faults
# Only these of the caller's variables reach a process: the specs lie on disk, strangers' secrets must not.
ENVIRONMENT_KEPT = ("PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR")
ENVIRONMENT_PREFIXES_KEPT = ("LC_", "IACT_")


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised process. `folder` is where a database server works: cleared of a killed one's leftovers first.
    `niceness` above 0 gives way to the others where a processor is wanted by several (as nice(1): at most 19).
    """

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    directory: Path
    user: str | None = None
    folder: Path | None = None
    stop_signal: str = "TERM"
    priority: int = 500  # the order in which supervisord starts them
    niceness: int = 0

    def spec(self) -> str:
        """What `iact.launch` reads."""
        content = {
            "argv": list(self.argv),
            "environment": dict(self.environment),
            "directory": str(self.directory),
            "user": self.user,
            "folder": None if self.folder is None else str(self.folder),
            "niceness": self.niceness,
        }
        return json.dumps(content, indent=2)


@dataclass(frozen=True, slots=True)
class State:
    """What supervisord knows of one process: RUNNING, STARTING, BACKOFF, STOPPED, EXITED, FATAL…"""

    name: str
    state: str
    pid: int


def base_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The part of the caller's environment that processes get."""
    return {
        name: value
        for name, value in environment.items()
        if name in ENVIRONMENT_KEPT or name.startswith(ENVIRONMENT_PREFIXES_KEPT)
    }


def render(layout: Layout, programs: Sequence[Program], python: str = sys.executable) -> str:
    """The text of supervisord.conf for these programs and the watcher of their restarts."""
    head: dict[str, dict[str, object]] = {
        # supervisord makes a relative path absolute, and then it may be too long for a socket; this one stays short.
        "unix_http_server": {"file": f"/proc/self/cwd/{SOCKET_FILE}", "chmod": "0600"},
        "supervisord": {
            "nodaemon": "true",
            "silent": "true",
            "identifier": "iact",
            "logfile": layout.logs / "supervisord.log",
            "logfile_maxbytes": LOG_BYTES_MAX,
            "logfile_backups": LOG_FILES_MAX,
            "pidfile": layout.supervisor / "supervisord.pid",
            **({"user": "root"} if os.geteuid() == 0 else {}),  # said, so that it does not warn
        },
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface",
        },
        f"eventlistener:{WATCHER}": {
            "command": shlex.join([python, "-m", "iact.watch", str(layout.root)]),
            "events": ",".join(EVENTS),
            "autorestart": "true",
            # What it writes is answers to supervisord; else these go to a file in /tmp, which a kill leaves there.
            "stdout_logfile": "NONE",
            "stderr_logfile": layout.logs / "watch.log",
            "stderr_logfile_maxbytes": LOG_BYTES_MAX,
            "stderr_logfile_backups": 1,
        },
    }
    sections = {**head, **{f"program:{each.name}": _program(layout, each, python) for each in programs}}
    return "\n".join(_section(name, options) for name, options in sections.items())


def _program(layout: Layout, program: Program, python: str) -> dict[str, object]:
    return {
        "command": shlex.join([python, "-m", "iact.launch", str(spec_file(layout, program.name))]),
        "priority": program.priority,
        "autostart": "false",
        "autorestart": "true",
        "startsecs": START_SECONDS,
        "startretries": START_RETRIES,
        "stopsignal": program.stop_signal,
        "stopwaitsecs": int(STOP_PATIENCE_S),
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": layout.logs / f"{program.name}.log",
        "stdout_logfile_maxbytes": LOG_BYTES_MAX,
        "stdout_logfile_backups": LOG_FILES_MAX,
    }


def _section(name: str, options: Mapping[str, object]) -> str:
    # supervisord expands %(name)s in values
    lines = [f"{option}={str(value).replace('%', '%%')}" for option, value in options.items()]
    return "\n".join([f"[{name}]", *lines, ""])


def spec_file(layout: Layout, name: str) -> Path:
    return layout.supervisor / f"{name}.json"


class Supervisor:
    """supervisord of one data folder, seen from a command."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def describe(self, programs: Sequence[Program]) -> None:
        """Write how these are started; read again at each start of theirs."""
        for program in programs:
            write_private(spec_file(self.layout, program.name), program.spec())

    def start(self, programs: Sequence[Program]) -> None:
        """Start supervisord for these programs, of which none runs yet."""
        folder = self.layout.supervisor
        self.describe(programs)
        write_private(folder / CONF_FILE, render(self.layout, programs))
        (folder / SOCKET_FILE).unlink(missing_ok=True)
        errors = self.layout.logs / "supervisord.err"
        with errors.open("wb") as output:
            child = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-c", CONF_FILE],
                cwd=folder,
                env=base_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=output,
                start_new_session=True,  # Ctrl-C reaches the command, which stops the processes in order
            )
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while not self.answers():
            if child.poll() is not None or time.monotonic() > deadline:
                last = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
                raise CommandFailed(f"supervisord does not start: {' '.join(last) or 'no message'}; see {errors}")
            time.sleep(POLL_S)

    def answers(self) -> bool:
        """Whether a supervisord listens."""
        try:
            self._call("getState")
        except OSError:
            return False
        return True

    def pid(self) -> int:
        return int(self._call("getPID"))

    def states(self) -> dict[str, State]:
        """Every program, the watcher left out."""
        return {
            each["name"]: State(each["name"], each["statename"], each["pid"])
            for each in self._call("getAllProcessInfo")
            if each["name"] != WATCHER
        }

    def process_ids(self) -> dict[str, ProcessId]:
        """Who lives now, supervisord included."""
        pids = {name: state.pid for name, state in self.states().items() if state.pid}
        found = {name: identify(pid) for name, pid in {**pids, "supervisor": self.pid()}.items()}
        return {name: known for name, known in found.items() if known is not None}

    def start_programs(self, names: Sequence[str]) -> None:
        """Start these without waiting for them; a running one is left alone."""
        for name in names:
            with _ignored(ALREADY_STARTED):
                self._call("startProcess", name, False)  # noqa: FBT003 - xmlrpc has no keywords

    def stop_programs(self, names: Sequence[str]) -> None:
        """Stop these together and wait until they ended."""
        for name in names:
            with _ignored(NOT_RUNNING, NO_SUCH_PROCESS):
                self._call("stopProcess", name, False)  # noqa: FBT003 - xmlrpc has no keywords
        deadline = time.monotonic() + 2 * STOP_PATIENCE_S
        while time.monotonic() < deadline:
            states = self.states()
            if not any(states[name].pid for name in names if name in states):
                return
            time.sleep(POLL_S)

    def shutdown(self) -> None:
        """End supervisord itself, and whatever it still runs."""
        known = identify(self.pid())
        self._call("shutdown")
        if known is not None:
            deadline = time.monotonic() + STOP_PATIENCE_S
            while identify(known.pid) is not None and time.monotonic() < deadline:
                time.sleep(POLL_S)
            end(known, signal.SIGTERM, STOP_PATIENCE_S)

    def _call(self, method: str, *arguments: Any) -> Any:
        folder = os.open(self.layout.supervisor, os.O_RDONLY | os.O_DIRECTORY)
        try:
            transport = _UnixTransport(f"/proc/self/fd/{folder}/{SOCKET_FILE}")
            with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as server:
                return getattr(server.supervisor, method)(*arguments)
        finally:
            os.close(folder)


@contextlib.contextmanager
def _ignored(*codes: int) -> Iterator[None]:
    """Drop the faults that say the process already is as wanted."""
    try:
        yield
    except xmlrpc.client.Fault as fault:
        if fault.faultCode not in codes:
            raise CommandFailed(f"supervisord refuses: {fault.faultString}") from fault


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=SOCKET_TIMEOUT_S)
        self._path = path

    @override
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(SOCKET_TIMEOUT_S)
        self.sock.connect(self._path)


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    @override
    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        return _UnixConnection(self._path)
