"""Settings of the service, beyond what every service has."""

from pathlib import Path
from typing import ClassVar

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    service: ClassVar[str] = "dora"

    iact_time_zone: str = "America/Mexico_City"  # days of a metric are wall-clock days somewhere
    # The files webhook_secret_github, _gitlab, _gitea, _forgejo, _jenkins, _cdevents, _alertmanager; a secret a line.
    iact_dora_webhook_secrets_dir: Path | None = None

    # Rules of evidence as JSON, read again when the file changes; the defaults, if left out.
    iact_dora_rules_file: Path | None = None
    # Folders, with commas between them, below which git repositories may be looked into; none, if left out.
    iact_dora_repository_roots: str = ""
    # What the last run of all tests left, with incident_logs.json beside it; nobody knows those figures, if left out.
    iact_dora_figures_dir: Path | None = None
    iact_data_dir: Path = Path(".iact")  # clones of those repositories lie in dora/ below it

    @property
    def repository_roots(self) -> tuple[Path, ...]:
        return tuple(Path(each.strip()) for each in self.iact_dora_repository_roots.split(",") if each.strip())

    @property
    def webhook_secrets_dir(self) -> Path:
        """Where the secrets of senders are: beside all other secrets unless said otherwise."""
        return self.iact_dora_webhook_secrets_dir or self.secrets_dir
