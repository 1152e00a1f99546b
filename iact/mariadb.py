"""The sample source: a MariaDB of our own from the binaries that the system has, or none.

Ingestion logs in as `iact_reader`, who holds SELECT and nothing else, as a customer's read-only account would.
"""

import functools
import os
import pwd
import re
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from iact.data_dir import Layout, remember_outside
from iact.errors import CommandFailed
from iact.run_file import write_private
from iact.supervision import Program, base_environment
from shared.embedded_postgres import FALLBACK_ROOT, reachable
from shared.ports import LOOPBACK
from shared.settings import read_secret

SCHEMA = "ivr_data"
READER, LOADER = "iact_reader", "iact_loader"
READER_PASSWORD, LOADER_PASSWORD, ROOT_PASSWORD = "ivr_reader_password", "ivr_loader_password", "ivr_root_password"
SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/bin")  # a normal user's PATH lacks sbin
USERS = ("mysql", "nobody")  # mariadbd refuses root; the package makes `mysql`
PROBE_TIMEOUT_S = 0.2
INSTALL_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Binaries:
    """An installed MariaDB."""

    server: Path
    install_db: Path
    version: str


@functools.cache
def find() -> Binaries | None:
    """The MariaDB of this machine, or None."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_FOLDERS])
    server = shutil.which("mariadbd", path=path)
    install_db = shutil.which("mariadb-install-db", path=path)
    if server is None or install_db is None:
        return None
    said = subprocess.run([server, "--no-defaults", "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"Ver (\d+\.\d+\.\d+)", said)
    return Binaries(Path(server), Path(install_db), version[1] if version else "?")


def account() -> pwd.struct_passwd | None:
    """The operating-system user that runs the server when we are root; None means ourselves."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in USERS if name in known)


@dataclass(frozen=True, slots=True)
class SampleSource:
    """The server of one data folder."""

    binaries: Binaries
    folder: Path
    port: int
    secrets_dir: Path

    @property
    def exists(self) -> bool:
        return (self.folder / "data" / "mysql").is_dir()

    def create(self) -> None:
        """Make the system tables; the folder belongs to the server's user."""
        staging = self.folder / "new"
        shutil.rmtree(staging, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        staging.mkdir(mode=0o700)
        self._give(self.folder)
        self._give(staging)
        # Its temporary tables stay in our folder: the common one is everybody's.
        command = [str(self.binaries.install_db), "--no-defaults", f"--datadir={staging}", f"--tmpdir={self.folder}"]
        command += ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
        who = account()
        command += [f"--user={who.pw_name}"] if who else []
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=INSTALL_TIMEOUT_S, cwd="/")
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip().splitlines()
            reasons = [line for line in said if "[ERROR]" in line] or said
            raise CommandFailed(f"mariadb-install-db failed: {' / '.join(reasons[:3])}")
        staging.rename(self.folder / "data")

    def program(self) -> Program:
        """The server as a supervised process; accounts and passwords are set before it listens."""
        accounts = self.folder / "accounts.sql"
        write_private(accounts, self._accounts())
        self._give(accounts)
        argv = [
            str(self.binaries.server),
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            "--socket=mariadb.sock",  # below datadir: an absolute path may be too long
            f"--pid-file={self.folder / 'data' / 'mariadbd.pid'}",
            f"--port={self.port}",
            f"--bind-address={LOOPBACK}",
            f"--init-file={accounts}",
            "--skip-name-resolve",
            "--skip-log-bin",
            "--performance-schema=OFF",
            "--innodb-flush-log-at-trx-commit=2",  # sample data: a second may be lost with the machine
            "--innodb-buffer-pool-size=128M",
            "--character-set-server=utf8mb4",
            "--max-allowed-packet=64M",
            "--tmpdir=" + str(self.folder / "data"),
        ]
        who = account()
        return Program(
            name="mariadb",
            argv=argv,
            environment={**base_environment(), "HOME": str(self.folder)},
            directory=Path("/"),
            user=who.pw_name if who else None,
            folder=(self.folder / "data").resolve(),
            priority=20,
        )

    def accepts(self) -> bool:
        """Whether the server greets."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=PROBE_TIMEOUT_S) as probe:
                return bool(probe.recv(1))
        except OSError:
            return False

    def loader_dsn(self) -> str:
        """The account that may write the sample tables."""
        password = read_secret(self.secrets_dir / LOADER_PASSWORD)
        return f"mysql://{LOADER}:{password}@{LOOPBACK}:{self.port}/{SCHEMA}"

    def _accounts(self) -> str:
        # An init file runs one statement a line, before the first connection is accepted.
        lines = [
            f"CREATE DATABASE IF NOT EXISTS {SCHEMA} CHARACTER SET utf8mb4;",
            "DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost');",
            "FLUSH PRIVILEGES;",
            f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{self._password(ROOT_PASSWORD)}';",
        ]
        for user, grant, name in ((READER, "SELECT", READER_PASSWORD), (LOADER, "ALL", LOADER_PASSWORD)):
            account_name = f"'{user}'@'{LOOPBACK}'"
            password = self._password(name)
            lines += [
                f"CREATE USER IF NOT EXISTS {account_name} IDENTIFIED BY '{password}';",
                f"ALTER USER {account_name} IDENTIFIED BY '{password}';",
                f"GRANT {grant} ON {SCHEMA}.* TO {account_name};",
            ]
        return "\n".join(lines) + "\n"

    def _password(self, name: str) -> str:
        return read_secret(self.secrets_dir / name)

    def _give(self, path: Path) -> None:
        who = account()
        if who is not None:
            os.chown(path, who.pw_uid, who.pw_gid)


def place(layout: Layout) -> Path:
    """Where the server's folder lies: in the data folder, or below /var/lib/iact where its user cannot reach that."""
    who = account()
    if reachable(layout.mariadb / "x", who.pw_uid if who else None):
        return layout.mariadb
    folder = FALLBACK_ROOT / "mariadb" / str(layout.root.resolve()).strip("/").replace("/", "-")
    folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    remember_outside(layout.root, folder)
    return folder
