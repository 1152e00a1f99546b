"""`iact dora` against the real service on a loopback port, found through a run.json as `iact up` writes it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from iact.commands import dora
from iact.errors import CommandFailed
from iact.system import System
from shared.settings import DatabaseSettings

pytestmark = pytest.mark.integration


@dataclass
class Terminal:
    app: typer.Typer

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(self.app, ["dora", *words])


@pytest.fixture
def dora_url(database_settings: DatabaseSettings, identity_keys: Path) -> Iterator[str]:
    """The service as its developer starts it, alone: `uvicorn services.dora.main:app` and settings by name."""
    settings = {
        "DB_ANALYTICS_HOST": database_settings.host,
        "DB_ANALYTICS_PORT": str(database_settings.port),
        "DB_ANALYTICS_NAME": database_settings.name,
        "DB_ANALYTICS_USER": database_settings.user,
        "DB_ANALYTICS_PASSWORD": database_settings.password,
        "IACT_SECRETS_DIR": str(identity_keys),
    }
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [sys.executable, "-m", "uvicorn", "services.dora.main:app", "--fd", str(listener.fileno())]
        # The socket listens before the process runs, so a first request waits instead of failing.
        service = subprocess.Popen(
            command, env={**os.environ, **settings}, pass_fds=[listener.fileno()], stdout=subprocess.DEVNULL
        )
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        service.terminate()
        service.wait(timeout=120)


@pytest.fixture
def terminal(
    dora_url: str, identity_keys: Path, database_settings: DatabaseSettings, monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    system = System(
        data_dir=identity_keys,
        gateway_url="http://127.0.0.1:1",
        service_urls={"dora": dora_url},
        secrets_dir=identity_keys,
        sources_file=identity_keys / "sources.toml",
        owner=database_settings,
    )
    monkeypatch.setattr(System, "load", lambda _: system)
    app = typer.Typer()
    app.callback()(lambda: None)
    dora.register(app)
    return Terminal(app)


def test_report_list_and_measure(terminal: Terminal) -> None:
    reported = terminal.run("deployed", "gateway", "--version", "2.4.0", "--idempotency-key", "k", "--json")
    assert reported.exit_code == 0, reported.output
    assert json.loads(reported.stdout)["version"] == "2.4.0"
    assert terminal.run("deployed", "gateway", "--version", "2.4.0", "--idempotency-key", "k").exit_code == 0

    listed = terminal.run("deployments", "--service", "gateway")
    assert listed.stdout.count("\n") == 1
    assert "success      gateway 2.4.0 to production" in listed.stdout

    measured = terminal.run("metrics", "--service", "gateway")
    assert "deployment_frequency             0.0333 a day (1 deployments on 1 days)" in measured.stdout
    assert "change_lead_time                 unknown: This metric needs the commits" in measured.stdout
    answer = json.loads(terminal.run("metrics", "--json", "--benchmark", "2024").stdout)
    assert answer["metrics"]["deployment_frequency"]["benchmark"]["year"] == 2024


def test_refusal_is_the_sentence_of_the_service(terminal: Terminal) -> None:
    refused = terminal.run("deployed", "gateway")
    assert isinstance(refused.exception, CommandFailed)
    assert "commit_sha or version is needed" in str(refused.exception)
    assert terminal.run("deployed", "gateway", "--status", "fine").exit_code == 2


def test_silent_service_is_named(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = System.load(Path())
    loaded.service_urls["dora"] = "http://127.0.0.1:1"
    monkeypatch.setattr(System, "load", lambda _: loaded)
    failed = terminal.run("metrics")
    assert isinstance(failed.exception, CommandFailed)
    assert "dora service at http://127.0.0.1:1 does not answer" in str(failed.exception)
