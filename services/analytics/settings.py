"""Settings of the analytics service, read from the environment once and frozen."""

from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field, model_validator

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of the analytics service. The bands and the target that the page measures by are the customer's own."""

    service: ClassVar[str] = "analytics"
    asks_replicas: ClassVar[bool] = True

    iact_zone_default: str = "America/Mexico_City"
    # Files of exports. On several machines this is a folder that all of them see.
    iact_exports_dir: Path | None = None
    iact_abandonment_optimal_below: float = Field(default=0.20, ge=0, le=1)
    iact_abandonment_critical_above: float = Field(default=0.30, ge=0, le=1)
    # Of variant B: the share that is to be answered within so many seconds, and the share that is far from it.
    iact_service_level_target: float = Field(default=0.80, gt=0, le=1)
    iact_service_level_critical_below: float = Field(default=0.70, ge=0, le=1)
    iact_service_level_threshold_s: float = Field(default=20.0, gt=0, le=86_400)

    @model_validator(mode="after")
    def _bands_in_order(self) -> Self:
        if self.iact_abandonment_optimal_below > self.iact_abandonment_critical_above:
            raise ValueError("IACT_ABANDONMENT_OPTIMAL_BELOW lies above IACT_ABANDONMENT_CRITICAL_ABOVE")
        if self.iact_service_level_critical_below > self.iact_service_level_target:
            raise ValueError("IACT_SERVICE_LEVEL_CRITICAL_BELOW lies above IACT_SERVICE_LEVEL_TARGET")
        return self

    @property
    def exports_dir(self) -> Path:
        """Where exports are kept: beside the secrets unless it is set."""
        return (self.iact_exports_dir or self.iact_secrets_dir.parent / "exports").absolute()
