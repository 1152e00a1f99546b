"""The PostgreSQL of a data folder, as a supervised program."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from iact.data_dir import Layout, remember_outside
from iact.errors import CommandFailed
from iact.supervision import Program
from shared.embedded_postgres import FALLBACK_ROOT, EmbeddedPostgres, PostgresError, account, place
from shared.settings import DatabaseSettings, read_secret

OWNER, DATABASE = "iact_owner", "iact_analytics"
# Sized for the smallest supported machine (2 cores, 4 GB); a real server has its own configuration.
SETTINGS = {
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    # A backup that follows the log no more must not fill the disk: beyond this it needs a new copy.
    "max_slot_wal_keep_size": "4GB",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}


@dataclass(frozen=True, slots=True)
class Embedded:
    """The server of one data folder."""

    server: EmbeddedPostgres
    owner: DatabaseSettings

    def create(self) -> None:
        """Initdb beside the final place: an interrupted one is never taken for a cluster."""
        scratch = self.server.cluster.with_name(f"{self.server.cluster.name}.new")
        try:
            shutil.rmtree(scratch, ignore_errors=True)
            replace(self.server, cluster=scratch).create(self.owner.password)
        except (PostgresError, OSError) as error:
            shutil.rmtree(scratch, ignore_errors=True)
            raise CommandFailed(f"the embedded PostgreSQL cannot be made: {error}") from error
        scratch.rename(self.server.cluster)

    def program(self) -> Program:
        return Program(
            name="postgres",
            argv=self.server.command(**SETTINGS),
            environment=self.server.process_options()["env"],
            directory=Path("/"),
            user=account().user,
            folder=self.server.cluster.resolve(),
            stop_signal="INT",  # fast shutdown: does not wait for clients to leave
            priority=10,
        )


def embedded(layout: Layout, port: int, say: Callable[[str], None]) -> Embedded:
    """The server of this folder, which need not exist yet; says aloud when its files lie elsewhere."""
    try:
        install, cluster = place(layout.postgres)
    except (PostgresError, OSError) as error:
        raise CommandFailed(f"the embedded PostgreSQL cannot be used: {error}") from error
    if cluster != layout.postgres:
        remember_outside(layout.root, cluster)
        say(f"The user {account().user} cannot reach {layout.root}: PostgreSQL keeps its files in {cluster}")
    if install.is_relative_to(FALLBACK_ROOT):
        say(f"The user {account().user} cannot reach this Python environment: PostgreSQL's programs are in {install}")
    password = read_secret(layout.secrets / "db_password_owner")
    owner = DatabaseSettings(host="127.0.0.1", port=port, name=DATABASE, user=OWNER, password=password)
    return Embedded(EmbeddedPostgres(install, cluster, port, OWNER), owner)
