"""Where victims are born: a process that has imported the service once and forks it again and again.

A victim is a direct child of this process, which waits for it: a killed process that nobody waits for stays a zombie,
and its number looks alive. One JSON line in, one out.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]


class Nursery:
    """The harness's side."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()  # kills what is left, and ends
        self._process.wait()

    def spawn(self, environment: dict[str, str], port: int, log: Path, mutations: tuple[str, ...] = ()) -> int:
        """A new victim's process id."""
        order = {"environment": environment, "port": port, "log": str(log), "mutations": mutations}
        return int(self._ask({"spawn": order}))

    def kill(self, pid: int) -> None:
        """SIGKILL, and wait until it is gone."""
        self._ask({"kill": pid})

    def send(self, pid: int, number: int) -> None:
        self._ask({"signal": [pid, number]})

    def _ask(self, order: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the nursery has ended"
        return json.loads(line)


def _serve() -> None:
    """The nursery's side."""
    for name in ("services.ivr.main", "uvicorn", "uvicorn.protocols.http.httptools_impl", "tests.faults.victim"):
        importlib.import_module(name)
    children: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        answer: Any = None
        if "spawn" in order:
            answer = _fork(order["spawn"])
            children.add(answer)
        elif "kill" in order:
            _kill(order["kill"])
            children.discard(order["kill"])
        else:
            os.kill(*order["signal"])
        print(json.dumps(answer), flush=True)
    for pid in children:
        _kill(pid)


def _fork(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        from tests.faults.victim import live  # noqa: PLC0415 - imported before the fork

        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        live(order["environment"], order["port"], tuple(order["mutations"]))
    finally:
        os._exit(1)


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


if __name__ == "__main__":
    _serve()
