"""Settings of the analytics service, read from the environment once and frozen."""

from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field, model_validator

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of the analytics service. The abandonment bands are the customer's own rule and may be changed."""

    service: ClassVar[str] = "analytics"
    asks_replicas: ClassVar[bool] = True

    iact_zone_default: str = "America/Mexico_City"
    # Files of exports. On several machines this is a folder that all of them see.
    iact_exports_dir: Path | None = None
    iact_abandonment_optimal_below: float = Field(default=0.20, ge=0, le=1)
    iact_abandonment_critical_above: float = Field(default=0.30, ge=0, le=1)

    @model_validator(mode="after")
    def _bands_in_order(self) -> Self:
        if self.iact_abandonment_optimal_below > self.iact_abandonment_critical_above:
            raise ValueError("IACT_ABANDONMENT_OPTIMAL_BELOW lies above IACT_ABANDONMENT_CRITICAL_ABOVE")
        return self

    @property
    def exports_dir(self) -> Path:
        """Where exports are kept: beside the secrets unless it is set."""
        return (self.iact_exports_dir or self.iact_secrets_dir.parent / "exports").absolute()
