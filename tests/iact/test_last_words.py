"""What `iact up` tells about a program that gave up: the reason, not the last line."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from iact.startup import last_line
from shared.ports import LOOPBACK

TRACEBACK = "Traceback (most recent call last):\n  File ...\nOSError: [Errno 98] Address already in use\n"
CLOSING = "Application startup failed. Exiting."


@pytest.mark.unit
@pytest.mark.parametrize(
    ("log", "told"),
    [
        ("", "nothing"),
        ("one\n\n", "one"),
        (f"{TRACEBACK}\n{CLOSING}\n", "OSError: [Errno 98] Address already in use"),
        (
            f"{json.dumps({'event': TRACEBACK})}\n{json.dumps({'event': CLOSING})}\n",
            "OSError: [Errno 98] Address already in use",
        ),
        (json.dumps({"event": "it broke", "exception": TRACEBACK}), "OSError: [Errno 98] Address already in use"),
        (json.dumps({"event": "one sentence"}), "one sentence"),
        (json.dumps({"other": 1}), '{"other": 1}'),
        ("[1]", "[1]"),
        ("17", "17"),
        (CLOSING, CLOSING),
    ],
)
def test_the_reason_is_told(log: str, told: str, tmp_path: Path) -> None:
    place = tmp_path / "log"
    place.write_text(log)
    assert last_line(place) == told


@pytest.mark.unit
def test_a_log_that_is_not_there_told_nothing(tmp_path: Path) -> None:
    assert last_line(tmp_path / "none") == "nothing"


@pytest.mark.integration
def test_a_service_whose_metrics_port_is_taken_says_which(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        port = other.getsockname()[1]
        settings = {
            "IACT_METRICS_PORT": str(port),
            "IACT_LOG_FORMAT": "json",  # whatever the shell that runs the tests prefers
            "IACT_SECRETS_DIR": str(tmp_path),
            "IACT_DATA_DIR": str(tmp_path),
            "DB_ANALYTICS_HOST": LOOPBACK,
        }
        ended = subprocess.run(
            [sys.executable, "-m", "uvicorn", "services.dora.main:app", "--uds", str(tmp_path / "socket")],
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=False,
            timeout=500,
        )
    assert ended.returncode == 3
    # uvicorn's lines come in the form of all others, on standard output.
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert {line["service"] for line in lines} == {"dora"}
    place = tmp_path / "log"
    place.write_text(ended.stdout)
    assert last_line(place) == (
        f"OSError: [Errno 98] metrics cannot be served on {LOOPBACK}:{port} (IACT_METRICS_PORT): Address already in use"
    )
