"""`iact rekey` on a running system: what it says, how it ends, and that it goes on after a failure."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import typer
from typer.testing import CliRunner

from iact.cli import Group
from iact.commands import rekey as command
from services.ivr.keys import KEY_FILE, NEXT_KEY_FILE
from tests.ivr.test_command import data_dir, invoke

__all__ = ["data_dir"]

pytestmark = pytest.mark.integration


@pytest.fixture
def own_secrets(data_dir: Path, tmp_path: Path) -> Path:
    """Secrets of this test alone: the run's others keep theirs."""
    run = json.loads((data_dir / "run.json").read_text())
    copied = Path(shutil.copytree(run["secrets_dir"], tmp_path / "secrets"))
    (data_dir / "run.json").write_text(json.dumps({**run, "secrets_dir": str(copied)}))
    return copied


def rekey(data_dir: Path, *arguments: str) -> Any:
    application = typer.Typer(cls=Group)
    application.callback()(lambda: None)
    command.register(application)
    return CliRunner().invoke(application, ["rekey", "--data-dir", str(data_dir), *arguments])


def test_every_declared_source_is_read_again(
    data_dir: Path, own_secrets: Path, database_settings: Any, tmp_path: Path
) -> None:
    before = (own_secrets / KEY_FILE).read_text()
    done = rekey(data_dir)
    assert done.exit_code == 0, done.output
    assert "the new key is in place; read again: legacy" in done.output
    assert (own_secrets / KEY_FILE).read_text() != before
    assert (own_secrets / KEY_FILE).stat().st_mode & 0o077 == 0
    again = rekey(data_dir, "--json")
    assert json.loads(again.stdout)["renewed"] == ["legacy"]


def test_a_source_that_is_gone_is_named_with_the_way_out(data_dir: Path, own_secrets: Path, tmp_path: Path) -> None:
    assert rekey(data_dir).exit_code == 0
    before = (own_secrets / KEY_FILE).read_text()
    (tmp_path / "tbl_historico_t3_2025.csv").unlink()
    failed = rekey(data_dir)
    assert failed.exit_code == 1
    assert "legacy: No file matches" in failed.output
    assert "--leave SOURCE gives up a source that is gone" in failed.output
    assert (own_secrets / KEY_FILE).read_text() == before
    assert (own_secrets / NEXT_KEY_FILE).exists()
    wrong = rekey(data_dir, "--leave", "nowhere")
    assert "--leave nowhere: no source is called so; declared are: legacy" in wrong.output
    assert rekey(data_dir, "--leave", "legacy").exit_code == 0
    assert (own_secrets / KEY_FILE).read_text() != before


async def test_files_by_hand_are_refused_while_a_key_is_renewed(
    data_dir: Path, own_secrets: Path, as_owner: asyncpg.Connection, tmp_path: Path
) -> None:
    await as_owner.execute(
        "INSERT INTO ivr.caller_keys (fingerprint, state) VALUES ('a', 'current'), ('b', 'renewing')"
    )
    arguments = ("--kind", "legacy", "--data-dir", str(data_dir), str(tmp_path / "tbl_historico_t3_2025.csv"))
    done = await asyncio.to_thread(invoke, *arguments)
    assert done.exit_code == 1
    assert "The caller key is being renewed" in str(done.exception)
