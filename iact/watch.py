"""supervisord's event listener: after a restart `run.json` tells the new process id, and `events.log` a line.

The protocol is lines on standard input and output: READY, an event, RESULT 2 / OK.
"""

import sys
import time
from pathlib import Path
from typing import TextIO

from iact import run_file
from iact.data_dir import Layout
from iact.process_table import ProcessId, identify

SENTENCES = {
    "PROCESS_STATE_EXITED": "{name} ended unexpectedly and is started again",
    "PROCESS_STATE_BACKOFF": "{name} does not start; trying again (see {log})",
    "PROCESS_STATE_FATAL": "{name} does not start and was given up (see {log})",
    "PROCESS_STATE_RUNNING": "{name} runs (process {pid})",
    "PROCESS_STATE_STOPPED": "{name} stopped",
}
EVENTS = tuple(SENTENCES)


def main(data_dir: Path, source: TextIO, answer: TextIO) -> None:
    while True:
        answer.write("READY\n")
        answer.flush()
        header = fields(source.readline())
        if not header:
            return
        payload = fields(source.read(int(header["len"])))
        handle(data_dir, header["eventname"], payload)
        answer.write("RESULT 2\nOK")
        answer.flush()


def fields(line: str) -> dict[str, str]:
    """`a:1 b:2` as a dictionary."""
    return dict(pair.split(":", 1) for pair in line.split())


def handle(data_dir: Path, event: str, payload: dict[str, str]) -> None:
    sentence = SENTENCES.get(event)
    if sentence is None or payload.get("expected") == "1":
        return
    name, pid = payload["processname"], payload.get("pid", "0")
    layout = Layout(data_dir)
    line = sentence.format(name=name, pid=pid, log=layout.logs / f"{name}.log")
    with layout.events.open("a", encoding="utf-8") as events:
        events.write(f"{time.strftime('%H:%M:%S')} {line}\n")
    known = identify(int(pid)) if event == "PROCESS_STATE_RUNNING" else None
    if known is not None:
        run_file.update(data_dir, lambda run: with_process(run, name, known))


def with_process(run: run_file.Run, name: str, known: ProcessId) -> run_file.Run | None:
    """`run` with this process's new id; None when it does not list the process."""
    if name not in run.get("pids", {}):
        return None
    run["pids"][name] = known.as_json()
    for listening in (run["services"], run.get("more_processes", {})):
        if name in listening:
            listening[name].update(known.as_json())
    return run


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.stdin, sys.stdout)
