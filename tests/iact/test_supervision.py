import configparser
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from iact.data_dir import Layout
from iact.migrations import ROOT
from iact.supervision import Program, base_environment, render
from iact.watch import EVENTS, fields, handle, main

pytestmark = pytest.mark.unit

PROGRAM = Program(
    name="ivr",
    argv=["/usr/bin/python3", "-m", "uvicorn"],
    environment={"DB_IVR_PASSWORD": 'it\'s "100%"; #1'},
    directory=Path("/"),
)


def parsed(text: str) -> configparser.RawConfigParser:
    """As supervisord reads it."""
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";", "#"), strict=False)
    parser.read_string(text)
    return parser


def test_a_program_is_restarted_by_itself_and_started_by_us(tmp_path: Path) -> None:
    section = parsed(render(Layout(tmp_path), [PROGRAM]))["program:ivr"]
    assert section["autostart"] == "false"
    assert section["autorestart"] == "true"
    assert section["stdout_logfile_maxbytes"] == "5000000"


def test_the_control_socket_is_private(tmp_path: Path) -> None:
    section = parsed(render(Layout(tmp_path), []))["unix_http_server"]
    assert section["chmod"] == "0600"


def test_the_path_of_the_socket_fits_however_long_the_folder_is(tmp_path: Path) -> None:
    section = parsed(render(Layout(tmp_path / ("long" * 50)), []))["unix_http_server"]
    assert len(os.path.abspath(section["file"])) < 100  # noqa: PTH100 - what supervisord does with it


def test_no_secret_is_in_the_configuration(tmp_path: Path) -> None:
    assert "it's" not in render(Layout(tmp_path), [PROGRAM])
    assert "it's" not in repr(PROGRAM)


def test_any_value_survives_in_the_private_description() -> None:
    assert json.loads(PROGRAM.spec())["environment"] == PROGRAM.environment


TELL = "import os, threading; t = []; a = threading.Thread(target=lambda: t.append(os.getpriority(os.PRIO_PROCESS, 0)))"
TELL += "; a.start(); a.join(); print(os.getpriority(os.PRIO_PROCESS, 0), *t)"


@pytest.mark.parametrize(("asked", "before", "now"), [(None, 0, 0), (0, 0, 0), (5, 0, 5), (5, 7, 7)])
def test_a_program_gives_way_with_all_its_threads(tmp_path: Path, asked: int | None, before: int, now: int) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    program = replace(PROGRAM, argv=[sys.executable, "-c", TELL], environment={}, niceness=asked or 0)
    spec = json.loads(program.spec())
    if asked is None:
        del spec["niceness"]  # as the release before wrote it
    (tmp_path / "ivr.json").write_text(json.dumps(spec))
    command = ["nice", "-n", str(max(0, before - own)), sys.executable, "-m", "iact.launch", str(tmp_path / "ivr.json")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.split() == [str(max(own, now))] * 2


SESSION = """
import os
from pathlib import Path
group = Path("/proc/self/autogroup")  # missing or empty on some systems, and not writable in some containers
told = group.read_text().split() if os.access(group, os.W_OK) else []
print(os.getsid(0) == os.getpid() == os.getpgrp(), told[-1] if told else "none")
"""


@pytest.mark.parametrize("leads", [True, False])
@pytest.mark.parametrize("niceness", [0, 5])
def test_who_gives_way_does_so_to_other_sessions_too(tmp_path: Path, niceness: int, *, leads: bool) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    program = replace(PROGRAM, argv=[sys.executable, "-c", SESSION], environment={}, niceness=niceness)
    (tmp_path / "ivr.json").write_text(program.spec())
    command = [sys.executable, "-m", "iact.launch", str(tmp_path / "ivr.json")]
    # supervisord makes each of its children the leader of a group.
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, process_group=0 if leads else None
    )
    apart, grouped = done.stdout.split()
    assert apart == str(bool(niceness))
    assert not niceness or grouped in (str(max(own, niceness)), "none")


def test_who_started_it_being_gone_stops_no_program(tmp_path: Path) -> None:
    program = replace(PROGRAM, argv=[sys.executable, "-c", SESSION], environment={}, niceness=5)
    (tmp_path / "ivr.json").write_text(program.spec())
    # A leader of a group whose parent ends at once: nobody of its session is left that it could join.
    orphan = (
        "import os, sys, time\n"
        "if os.fork() == 0:\n"
        "    os.setpgid(0, 0)\n"
        "    while os.getppid() == int(sys.argv[1]): time.sleep(0.01)\n"
        "    os.execv(sys.executable, [sys.executable, '-m', 'iact.launch', sys.argv[2]])\n"
    )
    starter = (
        f"import os, runpy, sys; sys.argv = ['-', str(os.getpid()), {str(tmp_path / 'ivr.json')!r}]; exec({orphan!r})"
    )
    done = subprocess.run(
        [sys.executable, "-c", starter], check=True, capture_output=True, text=True, cwd=ROOT, start_new_session=True
    )
    assert done.stderr == ""
    assert done.stdout.split()[0] in ("True", "False")


def test_percent_and_blanks_in_paths_are_escaped(tmp_path: Path) -> None:
    text = render(Layout(tmp_path / "50% of it"), [PROGRAM], python="/opt/my python/bin/python")
    command = parsed(text)["program:ivr"]["command"]
    assert "'/opt/my python/bin/python'" in command
    assert "50%% of it" in command


def test_strangers_variables_do_not_reach_a_process() -> None:
    environment = {"PATH": "/bin", "LC_ALL": "C", "IACT_LOG_FORMAT": "json", "CLOUD_KEY": "x", "DB_IVR_PASSWORD": "y"}
    assert base_environment(environment).keys() == {"PATH", "LC_ALL", "IACT_LOG_FORMAT"}


@pytest.mark.parametrize(
    ("event", "payload", "line"),
    [
        ("PROCESS_STATE_EXITED", "processname:ivr expected:0 pid:7", "ivr ended unexpectedly and is started again"),
        ("PROCESS_STATE_EXITED", "processname:ivr expected:1 pid:7", None),
        ("PROCESS_STATE_RUNNING", "processname:ivr from_state:STARTING pid:0", "ivr runs (process 0)"),
        ("PROCESS_STATE_STOPPED", "processname:ivr from_state:STOPPING pid:7", "ivr stopped"),
        ("TICK_5", "when:1", None),
    ],
)
def test_an_event_is_one_line(tmp_path: Path, event: str, payload: str, line: str | None) -> None:
    layout = Layout(tmp_path)
    layout.logs.mkdir()
    layout.events.touch()
    handle(tmp_path, event, fields(payload))
    written = layout.events.read_text().splitlines()
    assert [text.split(" ", 1)[1] for text in written] == ([] if line is None else [line])


def test_every_event_that_is_asked_for_has_a_sentence_and_the_protocol_is_kept(tmp_path: Path) -> None:
    Layout(tmp_path).logs.mkdir()
    payload = "processname:ivr from_state:STARTING pid:0"
    events = [f"ver:3.0 eventname:{event} len:{len(payload)}\n{payload}" for event in EVENTS]
    answer = io.StringIO()
    main(tmp_path, io.StringIO("".join(events)), answer)
    assert answer.getvalue() == "READY\nRESULT 2\nOK" * len(EVENTS) + "READY\n"
    assert len(Layout(tmp_path).events.read_text().splitlines()) == len(EVENTS)
