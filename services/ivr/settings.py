"""Settings of the ingestion service."""

from pathlib import Path
from typing import ClassVar

from pydantic import SecretStr

from services.ivr.config import (
    DEFAULT_ZONE,
    MARIADB_PORT,
    MariaDbLogin,
    Source,
    check_zone,
    default_schedule,
    read_sources,
)
from shared.settings import MissingSetting, ServiceSettings


class Settings(ServiceSettings):
    """`IACT_SOURCES_FILE` declares sources; without it `DB_IVR_*` declares `legacy`; without both there is none."""

    service: ClassVar[str] = "ivr"

    iact_sources_file: Path | None = None
    iact_loads_give_way: bool = True
    db_ivr_host: str | None = None
    db_ivr_port: int = MARIADB_PORT
    db_ivr_name: str = "ivr_data"
    db_ivr_user: str = "iact_reader"
    db_ivr_password: SecretStr | None = None
    db_ivr_zone: str = DEFAULT_ZONE
    db_ivr_allow_privileged: bool = False

    def sources(self) -> list[Source]:
        """The declared sources. MissingSetting (or ConfigError) with one sentence when they cannot be read."""
        if self.iact_sources_file is not None:
            return read_sources(self.iact_sources_file)
        if self.db_ivr_host is None:
            return []
        if self.db_ivr_password is None:
            raise MissingSetting("DB_IVR_HOST is set but DB_IVR_PASSWORD is not")
        login = MariaDbLogin(
            host=self.db_ivr_host,
            port=self.db_ivr_port,
            name=self.db_ivr_name,
            user=self.db_ivr_user,
            password=self.db_ivr_password.get_secret_value(),
        )
        return [
            Source(
                id="legacy",
                kind="legacy",
                zone=check_zone(self.db_ivr_zone, "DB_IVR_ZONE"),
                login=login,
                allow_privileged=self.db_ivr_allow_privileged,
                schedule=default_schedule("legacy"),
            )
        ]
