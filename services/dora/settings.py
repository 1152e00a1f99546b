"""Settings of the service, beyond what every service has."""

from typing import ClassVar

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    service: ClassVar[str] = "dora"

    iact_time_zone: str = "America/Mexico_City"  # days of a metric are wall-clock days somewhere
