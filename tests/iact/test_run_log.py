"""The log of a run by hand: a disk without room takes nothing from the run."""

import json
from pathlib import Path

import pytest

from iact.commands.ingest import LOG_BYTES_MAX, logs_in
from shared.log import log

pytestmark = pytest.mark.unit
FULL = Path("/dev/full")  # opens, and has no room for a byte


def test_a_run_goes_on_where_its_log_has_no_room() -> None:
    done = []
    with logs_in(FULL):
        log.error("the disk is full")
        done.append("the run's own sentence")
    assert done


def break_in(path: Path) -> None:
    with logs_in(path):
        log.error("it broke")
        raise RuntimeError("its own reason")


def test_what_breaks_a_run_is_what_is_told(tmp_path: Path) -> None:
    for path in (FULL, tmp_path / "logs" / "ingest.log"):
        with pytest.raises(RuntimeError, match="its own reason"):
            break_in(path)


def test_a_log_that_cannot_be_made_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs").write_text("a file where a folder belongs")
    with logs_in(tmp_path / "logs" / "ingest.log"):
        log.error("one")
        log.error("two")
    assert capsys.readouterr().err.count("cannot be written") == 1


def test_a_log_that_has_grown_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "ingest.log"
    path.write_bytes(b"x" * (LOG_BYTES_MAX + 1))
    with logs_in(path):
        log.error("it broke", run_id=7)
    assert (tmp_path / "ingest.log.1").stat().st_size == LOG_BYTES_MAX + 1
    assert json.loads(path.read_text())["run_id"] == 7
