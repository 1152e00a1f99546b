import json
import re
from pathlib import Path

import pytest
from anyio import to_thread
from typer.testing import CliRunner

from iact.account import ensure_administrator
from iact.cli import build
from iact.system import System
from shared.settings import DatabaseSettings
from tests.sessions.conftest import PASSWORD, Service

pytestmark = pytest.mark.integration


@pytest.fixture
def data_dir(tmp_path: Path, database_settings: DatabaseSettings) -> Path:
    """A data folder as the process manager leaves it, around the test's database."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "db_password_owner").write_text(database_settings.password)
    run = {
        "gateway_url": "http://127.0.0.1:8000",
        "services": {},
        "pids": {"gateway": {"pid": 1, "started_at": "2026-01-01T00:00:00Z"}},
        "databases": {
            "postgres": {
                "host": database_settings.host,
                "port": database_settings.port,
                "name": database_settings.name,
                "user": database_settings.user,
                "embedded": True,
            },
            "ivr": None,
        },
        "data_dir": str(tmp_path),
        "secrets_dir": str(secrets),
        "sources_file": str(tmp_path / "sources.toml"),
        "admin_username": "admin",
        "admin_sign_in_url": None,
    }
    (tmp_path / "run.json").write_text(json.dumps(run))
    return tmp_path


def iact(*words: str, data_dir: Path, stdin: str = "") -> tuple[int, str, str]:
    result = CliRunner().invoke(build(words[0]), [*words, "--data-dir", str(data_dir)], input=stdin)
    return result.exit_code, result.stdout, result.stderr


async def run(*words: str, data_dir: Path, stdin: str = "") -> tuple[int, str, str]:
    """The command in a thread: it has an event loop of its own."""
    return await to_thread.run_sync(lambda: iact(*words, data_dir=data_dir, stdin=stdin))


async def test_an_account_with_a_password_is_ready(service: Service, data_dir: Path) -> None:
    code, out, err = await run(
        "createsuperuser", "--username", "ana.admin", "--password-stdin", data_dir=data_dir, stdin=f"{PASSWORD}\n"
    )
    assert (code, err) == (0, "")
    assert PASSWORD not in out
    answer = await service.visitor().sign_in("ana.admin")
    assert answer.status_code == 201
    assert answer.json()["must_change_password"] is False


async def test_without_a_password_a_link_is_printed(service: Service, data_dir: Path) -> None:
    code, out, _ = await run("createsuperuser", "--username", "ana.admin", data_dir=data_dir)
    assert code == 0
    found = re.search(r"http://127\.0\.0\.1:8000/sign-in#code=(\S+)", out)
    assert found is not None
    answer = await service.visitor().call("POST", "/sessions/redeem", {"code": found[1], "new_password": PASSWORD})
    assert answer.status_code == 201


async def test_the_next_start_tells_the_administrators_newest_link(data_dir: Path) -> None:
    def told() -> str | None:
        link: str | None = json.loads((data_dir / "run.json").read_text())["admin_sign_in_url"]
        return link

    await run("createsuperuser", "--username", "ana.admin", data_dir=data_dir)
    assert told() is None, "another account's link is nobody else's"
    for _ in range(2):
        _, out, _ = await run("createsuperuser", "--username", "admin", data_dir=data_dir)
        assert told() == out.split()[-1]
        system = await to_thread.run_sync(System.load, data_dir)
        assert (await ensure_administrator(system))["admin_sign_in_url"] == out.split()[-1]
    words = ("createsuperuser", "--username", "admin", "--password-stdin")
    assert (await run(*words, data_dir=data_dir, stdin=f"{PASSWORD}\n"))[0] == 0
    assert told() is None


async def test_a_link_that_opens_nothing_any_more_is_not_told_again(service: Service, data_dir: Path) -> None:
    file = data_dir / "run.json"
    await run("createsuperuser", "--username", "admin", data_dir=data_dir)
    before = json.loads(file.read_text())
    await run("createsuperuser", "--username", "admin", data_dir=data_dir)
    file.write_text(json.dumps(before))  # as if the newer one had been issued elsewhere
    system = await to_thread.run_sync(System.load, data_dir)
    told = (await ensure_administrator(system))["admin_sign_in_url"]
    assert told not in (None, before["admin_sign_in_url"])
    body = {"code": told.partition("#code=")[2], "new_password": PASSWORD}
    assert (await service.visitor().call("POST", "/sessions/redeem", body)).status_code == 201
    file.write_text(json.dumps(before))
    assert (await ensure_administrator(system))["admin_sign_in_url"] is None, "opened: the password is the way in"


async def test_the_auditor_is_another_account(service: Service, data_dir: Path) -> None:
    words = ("createsuperuser", "--username", "eva.auditor", "--auditor", "--password-stdin", "--json")
    code, out, _ = await run(*words, data_dir=data_dir, stdin=PASSWORD)
    assert code == 0
    assert json.loads(out)["sign_in_url"] is None
    functions = (await service.visitor().sign_in("eva.auditor")).json()["functions"]
    assert {function[:3] for function in functions} == {"AUD"}


@pytest.mark.parametrize(
    ("username", "password", "said"),
    [
        ("ana.admin", "corta", "at least 12"),
        ("ana.admin", "passwordpassword", "first that an attacker tries"),
        ("a b", PASSWORD, "3 to 64 letters"),
    ],
)
async def test_a_refusal_is_one_sentence(data_dir: Path, username: str, password: str, said: str) -> None:
    words = ("createsuperuser", "--username", username, "--password-stdin")
    code, out, err = await run(*words, data_dir=data_dir, stdin=password)
    assert (code, out) == (1, "")
    assert said in err
    assert len(err.strip().splitlines()) == 1


async def test_a_name_that_is_taken_is_refused(data_dir: Path) -> None:
    words = ("createsuperuser", "--username", "ana.admin", "--password-stdin")
    assert (await run(*words, data_dir=data_dir, stdin=PASSWORD))[0] == 0
    code, _, err = await run(*words, data_dir=data_dir, stdin=PASSWORD)
    assert code == 1
    assert "taken" in err


async def test_a_token_is_printed_once(service: Service, data_dir: Path) -> None:
    await service.administrator()
    code, out, _ = await run("token", "create", "--username", "ana.admin", "--functions", "rpt-001", data_dir=data_dir)
    assert code == 0
    visitor = service.visitor()
    visitor.bearer = out.strip()
    assert (await visitor.introspect())["identity"]["functions"] == ["RPT-001"]
    code, _, err = await run("token", "create", "--username", "nobody.here", data_dir=data_dir)
    assert code == 1
    assert "Nobody has the user name" in err


async def test_where_nothing_runs_the_way_out_is_said(tmp_path: Path) -> None:
    code, _, err = await run("createsuperuser", "--username", "ana.admin", data_dir=tmp_path)
    assert code == 1
    assert "start" in err
