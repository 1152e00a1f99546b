"""`iact reports` against a real service on a loopback port."""

import asyncio
import io
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import openpyxl
import pytest
import typer
import uvicorn
from typer.testing import CliRunner, Result

from iact.cli import build
from services.analytics.main import create_service
from shared.settings import DatabaseSettings
from tests.analytics.conftest import settings_for
from tests.analytics.facts import Warehouse
from tests.analytics.tables import legacy_calls

pytestmark = pytest.mark.integration


@pytest.fixture
async def data_dir(
    database_settings: DatabaseSettings, identity_keys: Path, tmp_path: Path, warehouse: Warehouse
) -> AsyncIterator[Path]:
    """The folder of a system of which only the analytics service runs."""
    await warehouse.add(legacy_calls("at menu\n2025-07-01T09:00 VACIO\n2025-07-02T09:00 Marque3"))
    app = create_service(settings_for(database_settings, identity_keys))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has a flag, no event
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    secrets = tmp_path / "secrets"
    shutil.copytree(identity_keys, secrets)
    (secrets / "db_password_owner").write_text("unused", encoding="utf-8")
    run = {
        "gateway_url": "http://127.0.0.1:1",
        "services": {"analytics": {"url": f"http://127.0.0.1:{port}"}},
        "pids": {"analytics": {"pid": 1, "started_at": ""}},
        "databases": {"postgres": {"host": "127.0.0.1", "port": 1, "name": "x", "user": "x"}},
        "secrets_dir": str(secrets),
        "sources_file": str(tmp_path / "sources.toml"),
    }
    (tmp_path / "run.json").write_text(json.dumps(run), encoding="utf-8")
    yield tmp_path
    server.should_exit = True
    await serving


async def iact(data_dir: Path, *arguments: str) -> Result:
    """The command in a thread of its own, as the service runs in this one."""
    application: typer.Typer = build("reports")
    return await asyncio.to_thread(
        CliRunner().invoke, application, ["reports", *arguments, "--data-dir", str(data_dir)]
    )


async def test_a_report_as_json_and_csv_on_the_screen(data_dir: Path) -> None:
    shown = await iact(data_dir, "abandonment", "--quarter", "2025-Q3")
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout)["rows"][-1] == ["total", None, None, 1, 2, 0.5, None, "critical"]
    table = await iact(data_dir, "abandonment", "--quarter", "2025-Q3", "--format", "csv")
    assert table.stdout.splitlines()[0].startswith("row,segment,menu")


async def test_a_workbook_goes_to_a_file(data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "book.xlsx"
    done = await iact(data_dir, "calls-by-day", "--quarter", "2025-Q3", "--format", "xlsx", "--output", str(file))
    assert done.exit_code == 0, done.output
    assert openpyxl.load_workbook(io.BytesIO(file.read_bytes())).sheetnames[1] == "Consulta"
    paper = tmp_path / "paper.pdf"
    done = await iact(data_dir, "calls-by-day", "--quarter", "2025-Q3", "--format", "pdf", "--output", str(paper))
    assert done.exit_code == 0, done.output
    assert paper.read_bytes().startswith(b"%PDF-1.7")
    for form in ("xlsx", "pdf"):
        assert (await iact(data_dir, "calls-by-day", "--quarter", "2025-Q3", "--format", form)).exit_code == 2


async def test_the_list_of_reports(data_dir: Path) -> None:
    assert "quarterly-summary" in (await iact(data_dir)).stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("abandonmnt", "--quarter", "2025-Q3"), "did you mean abandonment?"),
        (("abandonment", "--quarter", "tercero"), "write it like 2025-Q3"),
        (("abandonment", "--quarter", "2025-Q3", "--segment", "pueblo"), "did you mean puebla?"),
        (("abandonment", "--quarter", "2025-Q3", "--output", "/nowhere/x.json"), "cannot be written"),
    ],
)
async def test_what_goes_wrong_is_one_sentence(data_dir: Path, arguments: tuple[str, ...], sentence: str) -> None:
    failed = await iact(data_dir, *arguments)
    assert failed.exit_code == 1
    assert sentence in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1
