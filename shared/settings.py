"""Settings that every service has, read from the environment (or `.env`) once and frozen.

No secret has a default: passwords and keys are files in `IACT_SECRETS_DIR`, and a missing one is a start-up
error with a sentence.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PORT_MAX = 65_535


class MissingSetting(Exception):  # noqa: N818 - reads as what it is
    """A setting or a secret file is missing."""


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """One PostgreSQL login. `role` is taken on after connecting, so that grants hold for a developer's owner too."""

    host: str
    port: int
    name: str
    user: str
    password: str = field(repr=False)
    role: str | None = None

    def connect_arguments(self) -> dict[str, Any]:
        """Keyword arguments for asyncpg.connect and asyncpg.create_pool."""
        server_settings = {"timezone": "UTC", "jit": "off"}
        if self.role is not None:
            server_settings["role"] = self.role
        return {
            "host": self.host,
            "port": self.port,
            "database": self.name,
            "user": self.user,
            "password": self.password,
            "server_settings": server_settings,
        }

    def as_role(self, role: str) -> Self:
        """The same login acting with the grants of `role`."""
        return replace(self, role=role)


class ServiceSettings(BaseSettings):
    """What every service needs. Subclasses add their own and set `service`."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    service: ClassVar[str] = "service"
    asks_replicas: ClassVar[bool] = False  # whether the service has questions that a standby may answer

    db_analytics_host: str = "127.0.0.1"
    db_analytics_port: int = 15432
    db_analytics_name: str = "iact_analytics"
    db_analytics_user: str = "iact_owner"
    db_analytics_password: SecretStr | None = None
    # Standbys of that server, `host:port,host:port`: analytics reads there, sessions while the primary is away.
    iact_replicas: str = ""
    # How far behind a standby may be and still be asked; beyond it the primary is.
    iact_replica_lag_max_s: float = Field(default=5.0, ge=0.5, le=3600)

    # Where an OpenTelemetry collector takes traces by HTTP, such as http://127.0.0.1:4318; nothing is sent without it.
    iact_otlp_endpoint: str = Field(default="", pattern=r"^(https?://[^/\s]+)?$")

    iact_secrets_dir: Path = Path(".iact/secrets")
    iact_metrics_port: int | None = None
    iact_log_format: Literal["json", "console"] = "json"
    iact_pool_connections_max: int = 8  # four times the cores of the smallest supported machine

    @field_validator("iact_replicas")
    @classmethod
    def _hosts_and_ports(cls, value: str) -> str:
        for part in filter(None, (each.strip() for each in value.split(","))):
            host, _, port = part.rpartition(":")
            if not host or not port.isdecimal() or not 0 < int(port) <= PORT_MAX:
                raise ValueError(f"IACT_REPLICAS is host:port,host:port (such as db2:5432), not {part!r}")
        return value

    @property
    def secrets_dir(self) -> Path:
        return self.iact_secrets_dir

    def database(self) -> DatabaseSettings:
        """The login of this service: its own role where its password file exists, else the owner acting as the role.

        Raises MissingSetting when neither a password file nor DB_ANALYTICS_PASSWORD is there.
        """
        role = f"iact_{self.service}"
        password_file = self.secrets_dir / f"db_password_{role}"
        if password_file.is_file():
            return self._login(role, password_file.read_text(encoding="utf-8").strip())
        if self.db_analytics_password is None:
            raise MissingSetting(
                f"no password for PostgreSQL: write {password_file} or set DB_ANALYTICS_PASSWORD (see .env.example)"
            )
        owner = self._login(self.db_analytics_user, self.db_analytics_password.get_secret_value())
        return owner.as_role(role)

    def replicas(self) -> tuple[DatabaseSettings, ...]:
        """The logins of this service to the standbys: those of the primary, who they are copies of."""
        parts = [each.strip().rpartition(":") for each in self.iact_replicas.split(",") if each.strip()]
        return tuple(replace(self.database(), host=host.strip("[]"), port=int(port)) for host, _, port in parts)

    def _login(self, user: str, password: str) -> DatabaseSettings:
        return DatabaseSettings(
            host=self.db_analytics_host,
            port=self.db_analytics_port,
            name=self.db_analytics_name,
            user=user,
            password=password,
        )


def read_secret(path: Path) -> str:
    """The text of a secret file without its line end; MissingSetting with the path and the way out otherwise."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise MissingSetting(f"cannot read the secret file {path}: {error.strerror}; `iact up` makes it") from error
