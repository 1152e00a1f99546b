"""Settings of the service, beyond what every service has."""

from pathlib import Path
from typing import ClassVar

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    service: ClassVar[str] = "dora"

    iact_time_zone: str = "America/Mexico_City"  # days of a metric are wall-clock days somewhere
    # The files webhook_secret_github, _gitlab, _gitea, _forgejo, _jenkins, _cdevents, _alertmanager; a secret a line.
    iact_dora_webhook_secrets_dir: Path | None = None

    @property
    def webhook_secrets_dir(self) -> Path:
        """Where the secrets of senders are: beside all other secrets unless said otherwise."""
        return self.iact_dora_webhook_secrets_dir or self.secrets_dir
