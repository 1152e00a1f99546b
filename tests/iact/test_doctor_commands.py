"""`iact doctor` names commands so that whoever reads it can type them: by their place, for the folder looked at."""

import ast
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import iact.doctor
from iact.cli import build
from iact.doctor.commands import COMMANDS, program, typable
from iact.doctor.finding import good, warning
from iact.options import DATA_DIR_DEFAULT

pytestmark = pytest.mark.unit

ELSEWHERE = Path("/srv/the calls/data")


def told(way_out: str, *, by: str = "iact", data_dir: Path = DATA_DIR_DEFAULT) -> str:
    return typable(warning("runs", "it failed", "", way_out), by, data_dir).way_out


@pytest.mark.parametrize(
    ("way_out", "typed"),
    [
        ("run iact migrate (deploy/upgrade.sh does)", "run bin/iact migrate --data-dir X (deploy/upgrade.sh does)"),
        ("iact retention plan says; iact retention drop drops", None),
        (
            "put right what it says, then iact ingest centre",
            "put right what it says, then bin/iact ingest --data-dir X centre",
        ),
        ("the timer iact-backup does; DB/iact migrate", "the timer iact-backup does; DB/iact migrate"),
        ("look in the source", "look in the source"),
    ],
)
def test_each_command_gets_its_place_and_its_folder(way_out: str, typed: str | None) -> None:
    expected = typed or "bin/iact retention plan --data-dir X says; bin/iact retention drop --data-dir X drops"
    assert told(way_out, by="bin/iact", data_dir=Path("X")) == expected
    assert told(way_out) == way_out


@given(
    command=st.sampled_from(COMMANDS),
    by=st.text("abc /.'$-", min_size=1, max_size=9).map(shlex.quote),
    folder=st.text("abc /.'$-", min_size=1, max_size=9).map(Path),
)
def test_a_shell_reads_what_is_told_as_it_is_meant(command: str, by: str, folder: Path) -> None:
    typed = shlex.split(told(f"iact {command} centre", by=by, data_dir=folder))
    option = [] if folder == DATA_DIR_DEFAULT else ["--data-dir", str(folder)]
    assert typed == [*shlex.split(by), *command.split(), *option, "centre"]


def test_the_other_words_of_a_finding_stay() -> None:
    finding = good("runs", "iact is well")
    assert typable(finding, "bin/iact", ELSEWHERE) == finding
    meant = warning("runs", "what", "which iact demo makes again", "look")
    assert typable(meant, "bin/iact", DATA_DIR_DEFAULT).meaning == "which bin/iact demo makes again"


def texts_of(file: Path) -> list[str]:
    """All that a module may say: its texts without its docstrings."""
    tree = ast.parse(file.read_text())
    bodies: list[Any] = [each for each in ast.walk(tree) if hasattr(each, "body") and isinstance(each.body, list)]
    docs = {id(each.body[0].value) for each in bodies if each.body and isinstance(each.body[0], ast.Expr)}
    found = [each for each in ast.walk(tree) if isinstance(each, ast.Constant) and id(each) not in docs]
    return [each.value for each in found if isinstance(each.value, str)]


def test_no_finding_names_a_command_that_is_not_known_here() -> None:
    files = Path(iact.doctor.__file__).parent.glob("*.py")
    named = [text for file in files for text in texts_of(file) if re.search(r"(?<![\w/-])iact [a-z]", text)]
    assert len(named) > 10
    for text in named:
        assert len(re.findall(r"(?<![\w/-])iact [a-z]", text)) == len(re.findall(r"B!", told(text, by="B!"))), text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_one_and_takes_the_folder(command: str) -> None:
    found: Any = typer.main.get_command(build("--help"))
    for word in command.split():
        found = found.commands[word]
    assert "--data-dir" in [option for each in found.params for option in each.opts]


def test_the_program_is_called_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "a folder" / "iact"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "argv", [str(script), "doctor"])
    assert shlex.split(program()) == [str(script)]
    monkeypatch.setenv("PATH", str(script.parent))
    assert program() == "iact"
    monkeypatch.setattr(sys, "argv", ["/lib/iact/__main__.py", "doctor"])
    assert shlex.split(program()) == [sys.executable, "-m", "iact"]


def test_the_command_tells_them_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iact.doctor.examine.examine", lambda _: [warning("runs", "what", "means", "run iact migrate")])
    monkeypatch.setattr(sys, "argv", [".venv/bin/iact", "doctor"])
    monkeypatch.setenv("PATH", "/nowhere")
    answer = CliRunner().invoke(build("doctor"), ["doctor", "--data-dir", str(tmp_path)])
    assert f"Do: run .venv/bin/iact migrate --data-dir {tmp_path}" in answer.stdout
