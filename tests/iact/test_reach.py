"""Commands of timers find the database by the environment of a unit: no run.json, no password in a variable."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from iact import backups
from iact.cli import build
from iact.errors import CommandFailed, SystemNotRunning
from iact.reach import reach
from iact.run_file import write_private
from shared.settings import DatabaseSettings


@pytest.fixture
def unit(tmp_path: Path, database_settings: DatabaseSettings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of credentials and the variables that a unit has; the data folder."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    write_private(credentials / "db_password_owner", database_settings.password)
    write_private(credentials / "caller_key", "key of the callers")
    credentials.chmod(0o500)
    for name in ("host", "port", "name", "user"):
        monkeypatch.setenv(f"DB_ANALYTICS_{name.upper()}", str(getattr(database_settings, name)))
    monkeypatch.setenv("IACT_SECRETS_DIR", str(credentials))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


@pytest.mark.integration
def test_the_months_to_come_are_made_by_a_timer(unit: Path) -> None:
    command = ["partitions", "make", "--data-dir", str(unit), "--ahead", "5"]
    first, second = (CliRunner().invoke(build("partitions"), command) for _ in range(2))
    assert first.exit_code == 0, first.output
    assert first.stdout.endswith("partitions made\n")
    assert second.stdout == "nothing to do, the months are made\n"


@pytest.mark.integration
def test_secrets_are_copied_from_where_they_lie(unit: Path, database_settings: DatabaseSettings) -> None:
    found = reach(unit)
    assert found.owner == database_settings
    backups.copy_files(found.data_dir, unit.parent / "copy", found.elsewhere)
    assert (unit.parent / "copy" / "secrets" / "caller_key").read_text() == "key of the callers"
    assert (unit.parent / "copy" / "secrets").stat().st_mode & 0o777 == 0o700


@pytest.mark.integration
def test_without_the_password_file_it_is_told(unit: Path) -> None:
    (unit.parent / "credentials").chmod(0o700)
    (unit.parent / "credentials" / "db_password_owner").unlink()
    with pytest.raises(CommandFailed, match="write db_password_owner in IACT_SECRETS_DIR"):
        reach(unit)


@pytest.mark.unit
def test_with_neither_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemNotRunning):
        reach(tmp_path)
