"""The test run's MariaDB: installed from the system's binaries into a temporary folder, loopback only."""

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pymysql

from shared.ports import free_port

START_TIMEOUT_S = 120.0  # seconds, and as many times more as others want the same two cores
STOP_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class MariaDbSchema:
    """One schema and two logins: the administrator writes, the reader may only SELECT."""

    host: str
    port: int
    name: str
    admin_user: str
    admin_password: str = field(repr=False)
    reader_user: str
    reader_password: str = field(repr=False)

    @property
    def dsn_admin(self) -> str:
        return f"mysql://{self.admin_user}:{self.admin_password}@{self.host}:{self.port}/{self.name}"

    @property
    def dsn_reader(self) -> str:
        return f"mysql://{self.reader_user}:{self.reader_password}@{self.host}:{self.port}/{self.name}"

    def connect(self) -> "pymysql.connections.Connection":
        """An administrator's connection with autocommit, for setting up rows."""
        return pymysql.connect(
            host=self.host,
            port=self.port,
            user=self.admin_user,
            password=self.admin_password,
            database=self.name,
            autocommit=True,
            local_infile=True,
        )


@dataclass
class MariaDbServer:
    """A running mariadbd, our direct child."""

    folder: Path
    port: int
    root_password: str = field(repr=False)
    process: "subprocess.Popen[bytes]"

    @classmethod
    def start(cls, folder: Path) -> Self:
        data = folder / "data"
        data.mkdir()
        as_user = _server_user(folder)
        common = ["--no-defaults", f"--datadir={data}", *as_user]
        subprocess.run(
            ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True,
            capture_output=True,
            # The run's own temporary folder may be closed to the server's user.
            env={**os.environ, "TMPDIR": str(folder)},
        )
        port = free_port()
        process = _started(_command(folder, port, common))
        server = cls(folder, port, secrets.token_hex(8), process)
        server._wait()
        with server._connect("") as connection, connection.cursor() as cursor:
            cursor.execute("ALTER USER root@localhost IDENTIFIED BY %s", (server.root_password,))
            cursor.execute("CREATE OR REPLACE USER root@'127.0.0.1' IDENTIFIED BY %s", (server.root_password,))
            cursor.execute("GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION")
        return server

    def restart(self) -> None:
        """Start again on the same data and port, after a kill."""
        self.process.wait()
        common = ["--no-defaults", f"--datadir={self.folder / 'data'}", *_server_user(self.folder)]
        self.process = _started(_command(self.folder, self.port, common))
        self._wait()

    def stop(self) -> None:
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=STOP_TIMEOUT_S)
            return
        self.process.kill()
        self.process.wait()

    def create_schema(self) -> MariaDbSchema:
        name = f"t_{secrets.token_hex(6)}"
        password = secrets.token_hex(8)
        with self._connect(self.root_password) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
            for user, grant in ((f"{name}_a", "ALL PRIVILEGES"), (f"{name}_r", "SELECT")):
                cursor.execute(f"CREATE USER {user}@'%%' IDENTIFIED BY %s", (password,))
                cursor.execute(f"GRANT {grant} ON {name}.* TO {user}@'%'")
        return MariaDbSchema(
            host="127.0.0.1",
            port=self.port,
            name=name,
            admin_user=f"{name}_a",
            admin_password=password,
            reader_user=f"{name}_r",
            reader_password=password,
        )

    def drop_schema(self, schema: MariaDbSchema) -> None:
        with self._connect(self.root_password) as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {schema.name}")
            cursor.execute(f"DROP USER IF EXISTS {schema.admin_user}@'%', {schema.reader_user}@'%'")

    def _connect(self, password: str) -> "pymysql.connections.Connection":
        socket = str(self.folder / "socket")
        return pymysql.connect(unix_socket=socket, user="root", password=password, autocommit=True)

    def _wait(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                pymysql.connect(host="127.0.0.1", port=self.port, user="nobody", password="x").close()
            except pymysql.err.OperationalError as error:
                # 2003: not listening yet; anything else is the server's own answer.
                if error.args[0] != 2003:  # noqa: PLR2004 - the client's code for "can't connect"
                    return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"mariadbd did not start; see {self.folder / 'error.log'}")
            time.sleep(0.02)


def _started(command: list[str]) -> "subprocess.Popen[bytes]":
    # In a session of its own, as a server is: Ctrl-C reaches who started it, which stops it in order.
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def _command(folder: Path, port: int, common: list[str]) -> list[str]:
    program = shutil.which("mariadbd") or "mariadbd"
    return [
        program,
        *common,
        f"--socket={folder / 'socket'}",
        f"--tmpdir={folder}",
        f"--pid-file={folder / 'pid'}",
        f"--port={port}",
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        "--skip-log-bin",
        "--performance-schema=OFF",
        "--innodb-flush-log-at-trx-commit=2",
        "--innodb-buffer-pool-size=128M",
        f"--log-error={folder / 'error.log'}",
        "--character-set-server=utf8mb4",
        "--max-allowed-packet=64M",
        "--local-infile=ON",
    ]


def _server_user(folder: Path) -> list[str]:
    """As root the server runs as `mysql`, or as `nobody` where only its programs are installed; it owns the folder."""
    if os.geteuid() != 0:
        return []
    known = {each.pw_name for each in pwd.getpwall()}
    entry = pwd.getpwnam("mysql" if "mysql" in known else "nobody")
    for path in (folder, folder / "data"):
        os.chown(path, entry.pw_uid, entry.pw_gid)
    return [f"--user={entry.pw_name}"]
