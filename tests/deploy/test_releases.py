"""deploy/*.sh without starting anything: which release the link names, and what is refused before it changes.

The whole way, with processes under load, is `python -m tests.deploy.upgrade_drill`.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import asyncpg
import pytest

from shared.settings import DatabaseSettings
from shared.testing.plugin import ROOT

pytestmark = pytest.mark.integration

PARTS = ("deploy", "docs", "gateway", "iact", "scripts", "services", "shared", "ui/dist")
FILES = ("pyproject.toml", "requirements.txt", "README.md")


def run(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DB_", "IACT_"))}
    command = [str(ROOT / "deploy" / script), *map(str, arguments)]
    return subprocess.run(command, env=clean, capture_output=True, text=True, check=False, timeout=300)


def release(folder: Path, text: str) -> Path:
    """The least that is a release: every part is there, and one says which it is."""
    for part in PARTS:
        (folder / part).mkdir(parents=True)
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    for name in ("shared", "services/sessions", "services/ivr", "services/analytics", "services/dora"):
        (folder / name / "migrations").mkdir(parents=True)
        (folder / name / "migrations" / "0001_first.sql").touch()
    (folder / "ui" / "dist" / "index.html").write_text(text, encoding="utf-8")
    return folder


def install(prefix: Path, source: Path) -> subprocess.CompletedProcess[str]:
    return run("install.sh", "--no-start", "--source", source, "--prefix", prefix, "--venv", ROOT / ".venv")


def page(prefix: Path) -> str:
    return (prefix / "ui" / "dist" / "index.html").read_text(encoding="utf-8")


@pytest.mark.requirement("RF-052")
def test_an_installation_is_repeated_unharmed_and_not_an_upgrade(tmp_path: Path) -> None:
    prefix = tmp_path / "opt" / "iact"
    one, two = release(tmp_path / "one", "one"), release(tmp_path / "two", "two")
    first = install(prefix, one)
    assert (first.returncode, first.stderr) == (0, "")
    assert prefix.is_symlink()
    assert (prefix / ".venv").resolve() == (ROOT / ".venv").resolve()
    again = install(prefix, one)
    assert again.returncode == 0
    assert "is there" in again.stdout
    other = install(prefix, two)
    assert other.returncode == 1
    assert "deploy/upgrade.sh puts another release in its place" in other.stderr
    assert page(prefix) == "one"


def test_what_an_interrupted_copy_left_is_made_anew(tmp_path: Path) -> None:
    prefix, source = tmp_path / "iact", release(tmp_path / "one", "one")
    assert install(prefix, source).returncode == 0
    (prefix.resolve() / ".complete").unlink()
    (prefix / "ui" / "dist" / "index.html").unlink()
    assert install(prefix, source).returncode == 0
    assert page(prefix) == "one"


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("ui/dist/index.html", "the page of .* is not built; do that first: npm"),
        ("pyproject.toml", "no release of IACT"),
    ],
)
def test_what_is_no_release_is_told(tmp_path: Path, missing: str, sentence: str) -> None:
    source = release(tmp_path / "one", "one")
    (source / missing).unlink()
    done = install(tmp_path / "iact", source)
    assert done.returncode == 1
    assert re.search(sentence, done.stderr)
    assert not (tmp_path / "iact").exists()


@pytest.mark.parametrize("script", ["upgrade.sh", "rollback.sh"])
def test_without_an_installation_there_is_nothing_to_replace(tmp_path: Path, script: str) -> None:
    done = run(script, "--prefix", tmp_path / "iact")
    assert done.returncode == 1
    assert "is no link to a release" in done.stderr


def test_without_an_upgrade_there_is_no_way_back(tmp_path: Path) -> None:
    assert install(tmp_path / "iact", release(tmp_path / "one", "one")).returncode == 0
    done = run("rollback.sh", "--prefix", tmp_path / "iact")
    assert done.returncode == 1
    assert "no upgrade was made here" in done.stderr


@pytest.mark.requirement("RF-052")
async def test_the_way_back_is_shut_once_something_was_taken_away(
    database_settings: DatabaseSettings, conn: asyncpg.Connection, tmp_path: Path
) -> None:
    prefix, etc = tmp_path / "iact", tmp_path / "etc"
    (etc / "secrets").mkdir(parents=True)
    (etc / "secrets" / "db_password_owner").write_text(database_settings.password, encoding="utf-8")
    named = {"HOST": "host", "PORT": "port", "NAME": "name", "USER": "user"}
    lines = [f"DB_ANALYTICS_{name}={getattr(database_settings, field)}\n" for name, field in named.items()]
    (etc / "iact.env").write_text("".join(lines), encoding="utf-8")
    assert install(prefix, release(tmp_path / "one", "one")).returncode == 0
    old, new = prefix.resolve(), ROOT
    prefix.unlink()
    prefix.symlink_to(new)
    (tmp_path / "iact.previous").symlink_to(old)
    await conn.execute(
        "INSERT INTO public.iact_migrations (migration_set, file, sha256) VALUES ('ivr', '0099_calls_contract.sql', '')"
    )
    done = run("rollback.sh", "--prefix", prefix, "--etc", etc)
    assert done.returncode == 1
    assert "ivr/0099_calls_contract.sql took away what it uses" in done.stderr
    assert prefix.resolve() == new, "the link stays"
