"""`iact simulate` as a person or a script meets it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from iact.cli import build
from shared.testing.mariadb import MariaDbSchema


def iact(*arguments: str) -> Result:
    return CliRunner().invoke(build("simulate"), ["simulate", *arguments])


@pytest.mark.unit
def test_both_kinds_into_one_folder(tmp_path: Path) -> None:
    for kind in ("legacy", "asterisk"):
        done = iact("--kind", kind, "--rows", "500", "--seed", "3", "--to-dir", str(tmp_path))
        assert done.exit_code == 0, done.output
        assert f"The truth is in {tmp_path / 'manifest.json'}." in done.stdout
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["legacy"]["calls"] == manifest["asterisk"]["rows"] == 500
    assert manifest["legacy"]["seed"] == 3


@pytest.mark.unit
def test_options_reach_the_simulator(tmp_path: Path) -> None:
    truth = tmp_path / "elsewhere" / "truth.json"
    options = ["--rows", "300", "--from", "2024-11-15", "--quarters", "1", "--zone", "Europe/Madrid", "--gzip"]
    done = iact("--kind", "legacy", *options, "--to-dir", str(tmp_path), "--manifest", str(truth), "--json")
    answer = json.loads(done.stdout)
    assert answer["tables"] == {"tbl_historico_t4_2024": 300}
    assert answer["manifest"] == str(truth)
    assert answer["rows_per_s"] > 0
    manifest = json.loads(truth.read_text())["legacy"]
    assert (manifest["zone"], manifest["first_day"], manifest["last_day"]) == (
        "Europe/Madrid", "2024-11-15", "2024-12-31",
    )  # fmt: skip
    assert (tmp_path / "tbl_historico_t4_2024.csv.gz").exists()


@pytest.mark.unit
def test_days_and_cel_of_asterisk(tmp_path: Path) -> None:
    options = ["--rows", "900", "--days", "3", "--no-cel"]
    done = iact("--kind", "asterisk", *options, "--to-dir", str(tmp_path), "--json")
    assert set(json.loads(done.stdout)["tables"]) == {"queue_log", "cdr"}
    by_day = json.loads((tmp_path / "manifest.json").read_text())["asterisk"]["by_day"]
    assert 3 <= len(by_day) <= 4


@pytest.mark.unit
@pytest.mark.parametrize(
    "arguments",
    [
        ["--kind", "legacy"],
        ["--kind", "legacy", "--to-dir", "x", "--to-dsn", "mysql://a:b@h/x"],
        ["--kind", "legacy", "--to-dsn", "mysql://a:b@h/x", "--gzip"],
        ["--kind", "else", "--to-dir", "x"],
        ["--kind", "legacy", "--to-dir", "x", "--rows", "-5"],
        ["--kind", "legacy", "--to-dir", "x", "--from", "July"],
        ["--to-dir", "x"],
    ],
)
def test_wrong_usage_is_exit_2(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert iact(*arguments).exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.unit
def test_a_failure_is_one_sentence_and_exit_1(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("theirs")
    done = iact("--kind", "legacy", "--rows", "10", "--to-dir", str(tmp_path))
    assert done.exit_code == 1
    assert done.stderr == f"iact: {tmp_path}/manifest.json is not JSON; move it away or name another manifest.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


@pytest.mark.integration
def test_to_a_database_in_a_process_of_its_own(mariadb: MariaDbSchema, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "iact", "simulate", "--kind", "legacy", "--rows", "2000"]
    done = subprocess.run(
        [*command, "--to-dsn", mariadb.dsn_admin], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert mariadb.admin_password not in done.stdout + done.stderr
    manifest = json.loads((tmp_path / "manifest.json").read_text())["legacy"]
    with mariadb.connect() as connection, connection.cursor() as cursor:
        for table, number in manifest["tables"].items():
            cursor.execute(f"SELECT COUNT(*) FROM {table}")
            assert cursor.fetchone() == (number,)


@pytest.mark.integration
def test_a_wrong_password_is_never_printed(mariadb: MariaDbSchema, tmp_path: Path) -> None:
    dsn = mariadb.dsn_admin.replace(mariadb.admin_password, "hunter2")
    command = [sys.executable, "-m", "iact", "simulate", "--kind", "legacy", "--rows", "10", "--to-dsn", dsn]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("iact: MariaDB at ")
    assert len(done.stderr.splitlines()) == 1
    assert "hunter2" not in done.stdout + done.stderr
    assert not (tmp_path / "manifest.json").exists()


@pytest.mark.integration
def test_the_library_needs_no_command_line() -> None:
    modules = "iact.simulate.legacy, iact.simulate.asterisk, iact.simulate.targets"
    code = f"import sys, {modules}; print('typer' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
