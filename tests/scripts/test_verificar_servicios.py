"""scripts/verificar_servicios.sh against a real PostgreSQL, a real MariaDB and services on loopback."""

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from typing_extensions import override

from shared.ports import free_port
from shared.settings import DatabaseSettings
from shared.testing.mariadb import MariaDbSchema

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "verificar_servicios.sh"
OWN_TOOLS = (
    *("bash", "env", "sed", "awk", "tr", "grep", "paste", "sort"),
    *("df", "date", "dirname", "cat", "mktemp", "rm", "timeout"),
)


def verify(*options: object, path: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DB_", "IACT_"))}
    environment |= {"PATH": path} if path else {}
    return subprocess.run(
        [str(SCRIPT), *map(str, options)],
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )


def checks(done: subprocess.CompletedProcess[str]) -> dict[str, tuple[str, str]]:
    """State and detail of each check of a --json answer."""
    return {check["name"]: (check["state"], check["detail"]) for check in json.loads(done.stdout)["checks"]}


def without(*parts: str) -> list[str]:
    return [word for part in parts for word in ("--skip", part)]


@pytest.fixture
def clients() -> None:
    for name in ("psql", "mariadb", "curl"):
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")


@pytest.fixture
def postgres(database_settings: DatabaseSettings, clients: None) -> tuple[list[object], dict[str, str]]:
    """Options and variables that lead to the test's own database."""
    known = database_settings
    options = ["--postgres-port", known.port, "--postgres-db", known.name, f"--postgres-user={known.user}"]
    return options, {"DB_ANALYTICS_PASSWORD": known.password}


def mariadb_options(schema: MariaDbSchema, user: str) -> list[object]:
    return ["--mariadb-port", schema.port, "--mariadb-db", schema.name, "--mariadb-user", user]


@contextmanager
def answering(port: int, name: str, status: int = 200) -> Iterator[None]:
    """A service on loopback that answers /health/ready as ours do."""

    class Handler(BaseHTTPRequestHandler):
        body: ClassVar[bytes] = json.dumps({"status": "ok", "service": name, "checks": {}}).encode()

        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health/ready" else 404)
            self.end_headers()
            self.wfile.write(self.body)

        @override
        def log_message(self, *_: Any) -> None:
            """Nothing: the test's output is the script's."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.requirement("RF-036")
def test_postgres_is_found_with_its_schemas(postgres: tuple[list[object], dict[str, str]]) -> None:
    options, variables = postgres
    done = verify(*options, *without("mariadb", "services", "disk"), "--json", **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    found = checks(done)
    assert found["postgres"] == ("ok", found["postgres"][1])
    assert "version 16, all schemas there" in found["postgres"][1]
    assert found["clock-postgres"][0] == "ok"


def test_wrong_password_fails_and_is_nowhere_to_be_read(postgres: tuple[list[object], dict[str, str]]) -> None:
    options, _ = postgres
    done = verify(*options, *without("mariadb", "services"), DB_ANALYTICS_PASSWORD="geheim-4711")
    assert done.returncode == 1
    assert "[FAIL] postgres: " in done.stdout
    assert "password authentication failed" in done.stdout
    assert "[OK] disk: " in done.stdout  # one failure does not keep the others from being looked at
    assert "geheim" not in done.stdout + done.stderr


@pytest.mark.requirement("RNF-013")
def test_passwords_are_never_arguments(
    postgres: tuple[list[object], dict[str, str]], mariadb: MariaDbSchema, tmp_path: Path
) -> None:
    """Stand-ins note what they are called with and how their files are protected, then call the real clients."""
    options, variables = postgres
    notes = tmp_path / "notes"
    for name in ("psql", "mariadb", "mysql", "curl"):
        wrapper = tmp_path / "bin" / name
        wrapper.parent.mkdir(exist_ok=True)
        wrapper.write_text(
            f'#!/usr/bin/env bash\n{{ echo "$0 $*"; env; stat -c "mode %a" "${{PGPASSFILE:-/dev/null}}"; }} >>{notes}\n'
            f'exec {shutil.which(name)} "$@"\n'
        )
        wrapper.chmod(0o755)
    secret = "geheim:x\\y\"z' # 1"
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            f"SET PASSWORD = PASSWORD('{secret.replace(chr(92), chr(92) * 2).replace(chr(39), chr(39) * 2)}')"
        )
    file = tmp_path / "password"
    file.write_text(secret + "\n")
    done = verify(
        *options,
        *mariadb_options(mariadb, mariadb.admin_user),
        "--mariadb-password-file",
        file,
        *without("services", "disk"),
        path=f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        **variables,
    )
    assert "[OK] mariadb: " in done.stdout, done.stdout
    assert "[OK] postgres: " in done.stdout, done.stdout
    told = notes.read_text()
    arguments = [line for line in told.splitlines() if line.startswith(str(tmp_path))]
    assert len(arguments) >= 4
    assert not [line for line in arguments if "geheim" in line or variables["DB_ANALYTICS_PASSWORD"] in line]
    assert "mode 600" in told
    assert "geheim" not in done.stdout + done.stderr


@pytest.mark.requirement("RF-036")
def test_reader_is_proven_to_be_one(mariadb: MariaDbSchema, clients: None) -> None:
    options = mariadb_options(mariadb, mariadb.reader_user)
    done = verify(*options, *without("postgres", "services", "disk"), "--json", DB_IVR_PASSWORD=mariadb.reader_password)
    assert done.returncode == 0, done.stdout + done.stderr
    found = checks(done)
    assert (found["mariadb"][0], found["mariadb-read-only"][0]) == ("ok", "ok")
    assert found["clock-mariadb"][0] == "ok"


@pytest.mark.requirement("RF-036")
def test_login_that_may_write_fails(mariadb: MariaDbSchema, clients: None) -> None:
    options = mariadb_options(mariadb, mariadb.admin_user)
    done = verify(*options, *without("postgres", "services", "disk"), DB_IVR_PASSWORD=mariadb.admin_password)
    assert done.returncode == 1
    assert "[FAIL] mariadb-read-only: " in done.stdout
    assert "ALL PRIVILEGES" in done.stdout
    assert "IDENTIFIED" not in done.stdout


@pytest.mark.parametrize("nested", [False, True], ids=["role", "role-of-a-role"])
def test_role_that_may_write_counts_although_it_is_switched_off(
    mariadb_server: Any, mariadb: MariaDbSchema, clients: None, nested: bool
) -> None:
    role, inner = f"{mariadb.name}_w", f"{mariadb.name}_x"
    with mariadb_server._connect(mariadb_server.root_password) as connection, connection.cursor() as cursor:
        for name in (role, inner):
            cursor.execute(f"CREATE ROLE {name}")
        cursor.execute(f"GRANT UPDATE, DELETE ON {mariadb.name}.* TO {inner if nested else role}")
        if nested:
            cursor.execute(f"GRANT {inner} TO {role}")
        cursor.execute(f"GRANT {role} TO {mariadb.reader_user}@'%'")
    try:
        options = mariadb_options(mariadb, mariadb.reader_user)
        done = verify(*options, *without("postgres", "services", "disk"), DB_IVR_PASSWORD=mariadb.reader_password)
    finally:
        with mariadb_server._connect(mariadb_server.root_password) as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP ROLE {role}, {inner}")
    assert done.returncode == 1
    assert "may do more than read: DELETE, UPDATE" in done.stdout


def test_databases_that_do_not_answer_fail(clients: None) -> None:
    done = verify(
        "--postgres-port", free_port(), "--mariadb-port", free_port(), *without("services", "disk", "clock"), "--json"
    )
    assert done.returncode == 1
    found = checks(done)
    assert (found["postgres"][0], found["mariadb"][0]) == ("failed", "failed")
    assert json.loads(done.stdout)["ok"] is False


@pytest.mark.requirement("RF-036")
def test_services_are_told_apart(clients: None) -> None:
    first = free_port(beside=range(1, 5))
    with (
        answering(first, "gateway"),
        answering(first + 1, "sessions", status=503),
        answering(first + 2, "something-else"),
        answering(first + 3, "analytics"),
    ):
        done = verify("--port", first, *without("postgres", "mariadb", "disk", "clock"), "--json")
    assert done.returncode == 1
    assert {name: state for name, (state, _) in checks(done).items()} == {
        "gateway": "ok",
        "sessions": "failed",
        "ivr": "failed",
        "analytics": "ok",
        "dora": "failed",
    }
    assert "another program" in checks(done)["ivr"][1]
    assert "not ready" in checks(done)["sessions"][1]
    assert "does not answer" in checks(done)["dora"][1]


@pytest.mark.requirement("RF-036")
def test_disk_is_measured(tmp_path: Path) -> None:
    others = without("postgres", "mariadb", "services", "clock")
    assert "[OK] disk: " in verify("--data-dir", tmp_path, "--disk-free-min=0", *others).stdout
    full = verify("--data-dir", tmp_path, "--disk-free-min", 99, *others)
    assert (full.returncode, "less than 99 %" in full.stdout) == (1, True)
    nowhere = verify("--data-dir", tmp_path / "no", *others)
    assert (nowhere.returncode, "cannot be looked at" in nowhere.stdout) == (1, True)


def path_without_clients(tmp_path: Path) -> str:
    """A PATH with everything the script uses itself and none of the clients."""
    folder = tmp_path / "few"
    folder.mkdir()
    for name in OWN_TOOLS:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    return str(folder)


def test_missing_client_is_code_3_and_named(tmp_path: Path) -> None:
    done = verify(path=path_without_clients(tmp_path))
    assert (done.returncode, done.stdout) == (3, "")
    assert "psql" in done.stderr
    assert "mariadb" in done.stderr
    assert "curl" in done.stderr


def test_dry_run_asks_nothing_and_needs_no_client(tmp_path: Path) -> None:
    done = verify(
        "--dry-run", "--postgres-host", "db.invalid", path=path_without_clients(tmp_path), DB_IVR_PASSWORD="geheim"
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        *(f"[DRY-RUN] {part}" for part in ("postgres", "mariadb", "services", "disk", "clock")),
        "[ATENCION] clients",
    ]
    assert "db.invalid" in lines[0]
    assert "****" in lines[1]
    assert "geheim" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--postgres-host"], "--postgres-host needs a value"),
        (["--postgres-host="], "--postgres-host needs a value"),
        (["--postgres-socket=x"], 'unknown option "--postgres-socket"'),
        (["--postgres-port", "many"], "needs a port"),
        (["--mariadb-port=70000"], "needs a port"),
        (["--port", "65534"], "leaves no room"),
        (["--disk-free-min", "100"], "needs 0 to 99"),
        (["--skip", "everything"], "--skip knows"),
        (["--mariadb-password-file", "/no/such/file"], "cannot read the password file"),
        (["surplus"], 'unknown option "surplus"'),
    ],
)
def test_wrong_usage_is_code_2_with_the_way_out(options: list[str], says: str) -> None:
    done = verify(*options)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "--help" in done.stderr


@pytest.mark.parametrize("options", [["--mariadb-password=geheim"], ["--postgres-password", "geheim"]])
def test_password_as_an_argument_is_refused_and_not_repeated(options: list[str]) -> None:
    done = verify(*options)
    assert done.returncode == 2
    assert "-file" in done.stderr
    assert "geheim" not in done.stdout + done.stderr
