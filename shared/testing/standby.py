"""A streaming standby of a test's own PostgreSQL."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from shared.embedded_postgres import EmbeddedPostgres, account, stop
from shared.ports import free_port


@dataclass
class Standby:
    """A copy that follows; `kill` and `start` as often as a test likes."""

    server: EmbeddedPostgres
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        # What a test writes must be seen soon, and a question may hold back what is played for as long as it lasts.
        self.process = self.server.start(self.log, hot_standby_feedback="on", wal_receiver_status_interval="1s")

    def kill(self) -> None:
        """Kill -9, as a machine that loses its power."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            # Its children notice within moments; the next start clears up behind them.
            self.process = None

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process)
            self.process = None


@contextmanager
def standby_of(primary: EmbeddedPostgres, password: str, folder: Path, port: int | None = None) -> Iterator[Standby]:
    """A standby of a running server, made by pg_basebackup in `folder` and started; removed at the end."""
    server = replace(primary, cluster=folder / "standby", port=port or free_port())
    options, who = server.process_options(), account()
    server.cluster.mkdir(mode=0o700)
    if who.uid is not None and who.gid is not None:
        os.chown(server.cluster, who.uid, who.gid)
    copying = subprocess.run(
        [
            *(str(server.install / "bin/pg_basebackup"), "--pgdata", str(server.cluster), "--checkpoint", "fast"),
            *("--write-recovery-conf", "--wal-method", "stream", "--no-sync"),
            *("--host", "127.0.0.1", "--port", str(primary.port), "--username", primary.user),
        ],
        **{**options, "env": {**options["env"], "PGPASSWORD": password}},
        capture_output=True,
        text=True,
        check=False,
    )
    assert copying.returncode == 0, copying.stderr
    made = Standby(server, folder / "standby.log")
    made.start()
    try:
        yield made
    finally:
        made.stop()
        server.release()
        shutil.rmtree(server.cluster, ignore_errors=True)
