"""Finds a running system through its data folder: `System.load(Path(".iact"))`.

`run.json` in that folder says where everything listens; the secrets lie beside it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from iact import run_file
from iact.errors import CommandFailed, SystemNotRunning
from shared.identity import HEADER, Identity, Signer
from shared.settings import DatabaseSettings, read_secret

__all__ = ["DATA_DIR_DEFAULT", "CommandFailed", "System", "SystemNotRunning"]

DATA_DIR_DEFAULT = Path(".iact")


@dataclass(frozen=True, slots=True)
class System:
    """A running system: where its parts listen and how to log in to its database."""

    data_dir: Path
    gateway_url: str
    service_urls: dict[str, str]
    secrets_dir: Path
    sources_file: Path
    owner: DatabaseSettings

    @classmethod
    def load(cls, data_dir: Path) -> Self:
        """Read `run.json`; say how to start when nothing runs from this folder."""
        data_dir = data_dir.absolute()
        run = run_file.read(data_dir)
        if not run.get("pids"):
            raise SystemNotRunning(
                f"nothing runs from {data_dir}; start it with ./scripts/start.sh --data-dir {data_dir}"
            )
        secrets_dir = Path(run["secrets_dir"])
        postgres = run["databases"]["postgres"]
        return cls(
            data_dir=data_dir,
            gateway_url=run["gateway_url"],
            service_urls={name: service["url"] for name, service in run["services"].items()},
            secrets_dir=secrets_dir,
            sources_file=Path(run["sources_file"]),
            owner=DatabaseSettings(
                host=postgres["host"],
                port=postgres["port"],
                name=postgres["name"],
                user=postgres["user"],
                password=read_secret(secrets_dir / "db_password_owner"),
            ),
        )

    def service_database(self, service: str) -> DatabaseSettings:
        """The login of one service, with its grants and no more."""
        return self.owner.as_role(f"iact_{service}")

    def operator_headers(self, service: str, functions: Collection[str]) -> dict[str, str]:
        """Headers of a call by the person at this machine, signed with the local key."""
        identity = Identity(kind="operator", username="iact", functions=frozenset(functions))
        return {HEADER: Signer.load(self.secrets_dir).sign(identity, service)}

    def environment(self) -> dict[str, str]:
        """Variables with which a service or a child process finds this system; no password in it."""
        return {
            "IACT_DATA_DIR": str(self.data_dir),
            "IACT_RUN_FILE": str(self.data_dir / "run.json"),
            "IACT_SECRETS_DIR": str(self.secrets_dir),
            "IACT_SOURCES_FILE": str(self.sources_file),
            "DB_ANALYTICS_HOST": self.owner.host,
            "DB_ANALYTICS_PORT": str(self.owner.port),
            "DB_ANALYTICS_NAME": self.owner.name,
            "DB_ANALYTICS_USER": self.owner.user,
            **{f"IACT_{name.upper()}_URL": url for name, url in self.service_urls.items()},
        }
