"""`iact ingest`, both forms, against a real service and a real database."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import typer
import uvicorn
from typer.testing import CliRunner

from iact.commands import ingest as command
from iact.commands import reconcile as reconcile_command
from iact.commands import replay as replay_command
from iact.commands import rollups as rollups_command
from iact.errors import CommandFailed
from services.ivr.legacy_columns import ColumnInterpreter
from services.ivr.main import create_service
from services.ivr.settings import Settings
from shared.ports import free_port
from shared.settings import DatabaseSettings
from tests.ivr.conftest import legacy_row, write_csv

pytestmark = pytest.mark.integration


@pytest.fixture
def data_dir(tmp_path: Path, database_settings: DatabaseSettings, identity_keys: Path) -> Path:
    """A data folder whose run.json points at the test's database; its service's port is free until it is started."""
    (identity_keys / "db_password_owner").write_text(database_settings.password)
    folder = tmp_path / "data"
    folder.mkdir()
    write_csv(tmp_path / "tbl_historico_t3_2025.csv", [legacy_row(), legacy_row("2025-07-02")])
    (tmp_path / "sources.toml").write_text(
        f'[[source]]\nid = "legacy"\nkind = "legacy"\npaths = ["{tmp_path}/tbl_*.csv"]\n'
    )
    postgres = {
        "host": database_settings.host,
        "port": database_settings.port,
        "name": database_settings.name,
        "user": database_settings.user,
        "embedded": False,
    }
    run = {
        "gateway_url": "http://127.0.0.1:1",
        "services": {"ivr": {"url": f"http://127.0.0.1:{free_port()}", "pid": 1, "started_at": "x"}},
        "pids": {"ivr": {"pid": 1, "started_at": "x"}},
        "databases": {"postgres": postgres, "ivr": None},
        "data_dir": str(folder),
        "secrets_dir": str(identity_keys),
        "sources_file": str(tmp_path / "sources.toml"),
        "admin_username": "x",
        "admin_sign_in_url": None,
    }
    (folder / "run.json").write_text(json.dumps(run))
    return folder


@pytest.fixture
async def service(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    run = json.loads((data_dir / "run.json").read_text())
    postgres = run["databases"]["postgres"]
    for name in ("host", "port", "name", "user"):
        monkeypatch.setenv(f"DB_ANALYTICS_{name.upper()}", str(postgres[name]))
    monkeypatch.setenv("DB_ANALYTICS_PASSWORD", (Path(run["secrets_dir"]) / "db_password_owner").read_text())
    monkeypatch.setenv("IACT_SECRETS_DIR", run["secrets_dir"])
    monkeypatch.setenv("IACT_SOURCES_FILE", run["sources_file"])
    port = int(run["services"]["ivr"]["url"].rpartition(":")[2])
    server = uvicorn.Server(uvicorn.Config(create_service(Settings()), port=port, log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.02)
    yield
    server.should_exit = True
    await serving


def app() -> typer.Typer:
    application = typer.Typer()
    application.callback()(lambda: None)
    command.register(application)
    reconcile_command.register(application)
    replay_command.register(application)
    rollups_command.register(application)
    return application


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(app(), ["ingest", *arguments])


def reconcile(*arguments: str) -> Any:
    return CliRunner().invoke(app(), ["reconcile", *arguments])


async def test_a_configured_source_through_the_service(
    service: None, data_dir: Path, as_owner: asyncpg.Connection
) -> None:
    shown: list[dict[str, Any]] = []
    run = await command.through_service(data_dir, "legacy", {"force": False}, shown.append)
    assert (run["state"], run["published"]) == ("succeeded", 2)
    assert shown[-1] == run
    assert await as_owner.fetchval("SELECT requested_by FROM ivr.runs") == "iact"
    with pytest.raises(CommandFailed, match="No source is called 'nowhere'; declared are: legacy"):
        await command.through_service(data_dir, "nowhere", {}, shown.append)


def test_the_logs_of_a_pbx_as_they_are(data_dir: Path) -> None:
    folder = data_dir.parent
    (folder / "cdr.csv").write_text(
        "start,src,uniqueid,duration,disposition\n2025-07-01 09:00:00,5512345678,1751382000.1,60,ANSWERED\n"
    )
    (folder / "Master.csv").write_text(
        '"","1500","8000","local","""x"" <1500>","SIP/1500-00000000","","Dial","SIP/8000","2016-09-06 16:38:55",,'
        '"2016-09-06 16:38:56",0,0,"NO ANSWER","DOCUMENTATION","1473179935.0",""\n'
    )
    (folder / "cel.csv").write_text(
        "id,eventtype,eventtime,exten,context,appname,uniqueid,linkedid\n"
        "1,APP_START,2025-07-01 09:00:00,s,main,Background,1751382000.1,1751382000.1\n"
    )
    names = [str(folder / name) for name in ("cdr.csv", "Master.csv", "cel.csv")]
    done = invoke("--kind", "asterisk", "--json", "--data-dir", str(data_dir), *names)
    assert done.exit_code == 0, done.output
    run = json.loads(done.output.splitlines()[-1])
    assert (run["state"], run["published"], run["changed"]) == ("succeeded", 3, 0)
    assert {table["source_table"] for table in run["by_table"]} == {"cdr.csv", "Master.csv", "cel.csv"}


async def test_rollups_are_listed_and_made_anew(service: None, data_dir: Path, as_owner: asyncpg.Connection) -> None:
    await command.through_service(data_dir, "legacy", {"force": False}, lambda _: None)
    options = ("--data-dir", str(data_dir))
    listed = await asyncio.to_thread(CliRunner().invoke, app(), ["rollups", "list", *options])
    assert listed.stdout == "legacy: complete\n", listed.output
    await as_owner.execute("DELETE FROM ivr.legacy_days")
    made = await asyncio.to_thread(CliRunner().invoke, app(), ["rollups", "rebuild", "legacy", *options])
    assert made.exit_code == 0, made.output
    assert made.stdout.endswith("legacy: complete\n")
    assert await as_owner.fetchval("SELECT sum(calls) FROM ivr.legacy_days_v1 WHERE grain = 1") == 2
    as_json = await asyncio.to_thread(CliRunner().invoke, app(), ["rollups", "list", "--json", *options])
    assert [state["phase"] for state in json.loads(as_json.stdout)] == ["complete"]
    unknown = await asyncio.to_thread(CliRunner().invoke, app(), ["rollups", "rebuild", "nowhere", *options])
    assert "No source is called 'nowhere'" in str(unknown.exception)


def test_files_as_they_are(data_dir: Path) -> None:
    file = data_dir.parent / "tbl_historico_t3_2025.csv"
    first = invoke("--kind", "legacy", "--data-dir", str(data_dir), str(file))
    assert first.exit_code == 0, first.output
    assert "files-legacy: read 2 = published 2 + unchanged 0" in first.stdout
    again = invoke("--kind", "legacy", "--json", "--data-dir", str(data_dir), str(file))
    run = json.loads(again.stdout)
    assert (run["state"], run["unchanged"], len(run["proof"])) == ("succeeded", 2, 2)


def test_a_damaged_file_fails_with_its_sentence(data_dir: Path) -> None:
    file = data_dir.parent / "half.csv"
    file.write_text("dFecha,dHoraInicio\n")
    result = invoke("--kind", "legacy", "--data-dir", str(data_dir), str(file))
    assert isinstance(result.exception, CommandFailed)
    assert "half.csv has no columns dHoraFin" in str(result.exception)


def test_binary_content_is_one_sentence_and_nothing_else(data_dir: Path) -> None:
    file = data_dir.parent / "picture.csv"
    file.write_bytes(b"\x00\x01\x02\r\x03\n\xff")
    result = invoke("--kind", "legacy", "--data-dir", str(data_dir), str(file))
    assert str(result.exception) == "picture.csv holds binary content, not CSV; nothing of it was published."
    assert (result.stdout, "read 0" in result.output) == ("", False)


def test_a_row_with_nul_is_kept_and_the_rest_published(data_dir: Path) -> None:
    file = write_csv(data_dir.parent / "bad.csv", [legacy_row(menu="A\x00NI", origin="5599887766"), legacy_row()])
    result = invoke("--kind", "legacy", "--data-dir", str(data_dir), str(file))
    assert result.exit_code == 0, result.output
    assert "read 2 = published 1 + unchanged 0 + held 0 + rejected 1 + duplicate 0" in result.stdout
    lone = write_csv(data_dir.parent / "lone.csv", [legacy_row(menu="A\x00NI", origin="5599887766")])
    result = invoke("--kind", "legacy", "--data-dir", str(data_dir), str(lone))
    assert str(result.exception) == "no row of lone.csv could be used: 1 are kept as rejects, with their reasons"
    assert "5599887766" not in result.output + (data_dir / command.LOG_FILE).read_text()


def test_what_breaks_goes_to_the_log_without_local_variables(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object, rows: list[bytes]) -> None:
        assert b"5599887766" in rows[0]
        raise RuntimeError("boom")

    monkeypatch.setattr(ColumnInterpreter, "take", broken)
    file = write_csv(data_dir.parent / "whole.csv", [legacy_row(origin="5599887766")])
    result = invoke("--kind", "legacy", "--data-dir", str(data_dir), str(file))
    assert "Something broke on our side; the log has run_id" in str(result.exception)
    assert "Traceback" not in result.output
    log = (data_dir / command.LOG_FILE).read_text()
    assert "RuntimeError: boom" in log
    assert "5599887766" not in log


def test_a_failed_run_shows_no_sum_that_is_none() -> None:
    parts = {"published": 5, "unchanged": 0, "held": 0, "rejected": 0, "duplicate": 0}
    whole = command.sentence({"source": "a", "read": 5, **parts})
    assert whole == "a: read 5 = published 5 + unchanged 0 + held 0 + rejected 0 + duplicate 0"
    failed = command.sentence({"source": "a", "read": 9, **parts})
    assert failed == "a: read 9, of which published 5, unchanged 0, held 0, rejected 0, duplicate 0"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--kind", "legacy", "/nowhere.csv"], "there is no file /nowhere.csv"),
        (["--kind", "legacy", "--zone", "Mars/Olympus", "{file}"], "'Mars/Olympus' is no time zone"),
        (["legacy"], "the ingestion service does not answer"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(data_dir: Path, arguments: list[str], sentence: str) -> None:
    file = str(data_dir.parent / "tbl_historico_t3_2025.csv")
    result = invoke("--data-dir", str(data_dir), *[each.format(file=file) for each in arguments])
    assert isinstance(result.exception, CommandFailed)
    assert sentence in str(result.exception)


def test_nothing_runs_and_wrong_usage(tmp_path: Path) -> None:
    result = invoke("--data-dir", str(tmp_path), "legacy")
    assert "nothing runs from" in str(result.exception)
    for arguments in (["--kind", "cisco", "x"], ["a", "b"], ["legacy", "--from", "yesterday"]):
        assert invoke(*arguments).exit_code == 2


async def test_reconcile_exits_with_1_and_a_table_when_the_sides_differ(
    service: None, data_dir: Path, as_owner: asyncpg.Connection
) -> None:
    await command.through_service(data_dir, "legacy", {"force": False}, lambda _: None)
    where = ("legacy", "--data-dir", str(data_dir))
    equal = await asyncio.to_thread(reconcile, *where)
    assert (equal.exit_code, equal.stdout) == (
        0,
        "legacy: equal in all 4 parts; 2 rows in the source, 2 in the warehouse\n",
    )
    await as_owner.execute("DELETE FROM ivr.legacy_calls WHERE started_at < '2025-07-02'")
    differ = await asyncio.to_thread(reconcile, *where, "--deep")
    assert differ.exit_code == 1
    for words in ("2025-07-01", "nacional_A", "missing", "legacy: 2 of 4 parts differ; 2 rows in the source, 1 in the"):
        assert words in differ.stdout
    later = await asyncio.to_thread(reconcile, *where, "--from", "2025-07-02", "--json")
    assert (later.exit_code, json.loads(later.stdout)["state"]) == (0, "equal")
    (data_dir.parent / "tbl_historico_t3_2025.csv").write_text("dFecha\n")
    failed = await asyncio.to_thread(reconcile, *where)
    assert "has no columns dHoraInicio" in str(failed.exception)


async def test_replay_reads_rejected_rows_again_and_says_so(service: None, data_dir: Path) -> None:
    file = data_dir.parent / "tbl_historico_t3_2025.csv"
    write_csv(file, [legacy_row(), legacy_row("2025-07-02", start=None, end=None)])
    where = ("--data-dir", str(data_dir))
    await command.through_service(data_dir, "legacy", {"force": False}, lambda _: None)
    write_csv(file, [legacy_row(), legacy_row("2025-07-02")])
    done = await asyncio.to_thread(CliRunner().invoke, app(), ["replay", "legacy", "--run", "1", *where])
    assert done.exit_code == 0, done.output
    assert "1 rejects of tbl_historico_t3_2025, read again in run 2" in done.stdout
    assert "legacy: read 1 = published 1 + unchanged 0 + held 0 + rejected 0 + duplicate 0" in done.stdout
    nothing = await asyncio.to_thread(CliRunner().invoke, app(), ["replay", "legacy", *where])
    assert "nothing to read again" in str(nothing.exception)


def test_reconcile_with_a_wrong_day_is_wrong_usage() -> None:
    assert reconcile("legacy", "--from", "yesterday").exit_code == 2
