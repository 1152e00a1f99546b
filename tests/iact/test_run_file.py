import json
import os
import threading
from pathlib import Path

import pytest

from iact import run_file
from iact.errors import CommandFailed, SystemNotRunning
from iact.process_table import identify
from iact.secret_files import generate
from iact.system import System
from iact.watch import with_process

pytestmark = pytest.mark.unit


def example(root: Path) -> run_file.Run:
    """What a start writes."""
    me = identify(os.getpid())
    assert me is not None
    urls = {"gateway": "http://127.0.0.1:8100", "ivr": "http://127.0.0.1:8102"}
    return {
        "gateway_url": urls["gateway"],
        "services": {name: {"url": url, **me.as_json()} for name, url in urls.items()},
        "pids": {"ivr": me.as_json(), "supervisor": me.as_json()},
        "databases": {
            "postgres": {"host": "127.0.0.1", "port": 5, "name": "iact_analytics", "user": "o", "embedded": True},
            "ivr": None,
        },
        "data_dir": str(root),
        "secrets_dir": str(root / "secrets"),
        "sources_file": str(root / "sources.toml"),
        "admin_username": "admin",
        "admin_sign_in_url": "http://127.0.0.1:8100/sign-in#code=XXXX",
    }


def test_no_file_is_an_empty_run(tmp_path: Path) -> None:
    assert run_file.read(tmp_path) == {}


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    run_file.update(tmp_path, lambda _: {"gateway_url": "x"})
    assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o600


def test_a_change_that_says_none_leaves_the_file_alone(tmp_path: Path) -> None:
    run_file.update(tmp_path, lambda _: {"a": 1})
    before = (tmp_path / "run.json").stat().st_ino
    assert run_file.update(tmp_path, lambda _: None) == {"a": 1}
    assert (tmp_path / "run.json").stat().st_ino == before


def test_changes_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    def add(name: str) -> None:
        for _ in range(20):
            run_file.update(tmp_path, lambda run: {**run, name: run.get(name, 0) + 1})

    threads = [threading.Thread(target=add, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert run_file.read(tmp_path) == dict.fromkeys("abcd", 20)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(CommandFailed, match="cannot be read"):
        run_file.read(tmp_path)


def test_a_restart_renews_the_process_and_its_service(tmp_path: Path) -> None:
    me = identify(os.getppid())
    assert me is not None
    run = with_process(example(tmp_path), "ivr", me)
    assert run is not None
    assert run["pids"]["ivr"] == me.as_json()
    assert run["services"]["ivr"] == {"url": "http://127.0.0.1:8102", **me.as_json()}


def test_a_process_that_the_run_does_not_list_changes_nothing(tmp_path: Path) -> None:
    me = identify(os.getpid())
    assert me is not None
    assert with_process(example(tmp_path), "mariadb", me) is None


def test_a_system_is_found_through_its_folder(tmp_path: Path) -> None:
    generate(tmp_path / "secrets")
    run_file.update(tmp_path, lambda _: example(tmp_path))
    system = System.load(tmp_path)
    assert system.gateway_url == "http://127.0.0.1:8100"
    assert system.service_urls["ivr"] == "http://127.0.0.1:8102"
    assert system.service_database("ivr").role == "iact_ivr"
    assert system.operator_headers("ivr", ["PIP-005"]).keys() == {"X-IACT-Identity"}
    password = (tmp_path / "secrets" / "db_password_owner").read_text().strip()
    assert password not in json.dumps(system.environment())
    assert password not in repr(system)


@pytest.mark.parametrize("change", [{}, {"pids": {}}])
def test_a_stopped_system_is_not_running(tmp_path: Path, change: dict[str, object]) -> None:
    if change:
        run_file.update(tmp_path, lambda _: example(tmp_path) | change)
    with pytest.raises(SystemNotRunning, match=r"nothing runs from .*start it with"):
        System.load(tmp_path)
