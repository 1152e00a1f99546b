import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from iact.cli import Group, build, command_modules
from iact.errors import CommandFailed
from iact.options import DATA_DIR_DEFAULT

pytestmark = pytest.mark.unit

COMMANDS = ("up", "demo", "down", "status", "erase", "migrate")


def failing() -> typer.Typer:
    app = typer.Typer(cls=Group)
    app.callback()(lambda: None)

    @app.command()
    def fail() -> None:
        raise CommandFailed("the thing is not there; make it with `iact thing`")

    return app


def test_an_expected_failure_is_one_sentence_and_exit_code_1() -> None:
    result = CliRunner().invoke(failing(), ["fail"])
    assert result.exit_code == 1
    assert result.stderr == "iact: the thing is not there; make it with `iact thing`\n"
    assert result.stdout == ""


def test_every_command_is_listed() -> None:
    result = CliRunner().invoke(build(""), ["--help"])
    assert result.exit_code == 0
    for command in COMMANDS:
        assert command in result.stdout


@pytest.mark.parametrize("arguments", [["nonsense"], ["status", "--nonsense"], ["demo", "--rows", "none"]])
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(build(arguments[0]), arguments).exit_code == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_only_the_named_module_is_loaded(command: str) -> None:
    assert command_modules(command) == [command]


def test_a_word_that_names_no_module_loads_all() -> None:
    assert set(COMMANDS) <= set(command_modules("--help"))


def test_status_does_not_wait_for_numpy(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['iact', 'status', '--data-dir', sys.argv[1]];"
        "from iact.cli import app\n"
        "try: app()\n"
        "except SystemExit as end: sys.exit(9 if 'numpy' in sys.modules else end.code)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, f"Nothing runs from {tmp_path}.\n")


def test_commands_agree_on_the_default_folder() -> None:
    assert Path(".iact") == DATA_DIR_DEFAULT


def test_stopping_nothing_is_no_failure(tmp_path: Path) -> None:
    result = CliRunner().invoke(build("down"), ["down", "--data-dir", str(tmp_path)])
    assert result.exit_code == 0
    assert "Nothing was running" in result.stdout


def test_erasing_a_strangers_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").touch()
    result = CliRunner().invoke(build("erase"), ["erase", "--yes", "--data-dir", str(tmp_path)])
    assert result.exit_code == 1
    assert (tmp_path / "thesis.odt").exists()
