"""Settings of the sessions service; the values and their reasons are the decisions of the domain."""

from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """What an operator may tune about sign-in. The floors are those of OWASP and of domain.md."""

    service: ClassVar[str] = "sessions"
    asks_replicas: ClassVar[bool] = True

    iact_argon2_memory_mib: int = Field(default=46, ge=19)
    iact_argon2_iterations: int = Field(default=2, ge=2)
    iact_argon2_workers: int = Field(default=2, ge=1, le=8)

    iact_session_idle_s: int = Field(default=900, ge=1, le=86_400)
    iact_session_absolute_s: int = Field(default=43_200, ge=1, le=86_400)
    iact_sessions_per_user: int = Field(default=1, ge=1, le=50)

    iact_recovery_code_s: int = Field(default=900, ge=60, le=3_600)
    iact_first_sign_in_code_s: int = Field(default=86_400, ge=60, le=604_800)

    # How long a proven password opens what needs one afresh: ASVS speaks of 5 to 15 minutes.
    iact_reauthentication_s: int = Field(default=600, ge=1, le=3_600)

    iact_run_file: Path | None = None
    iact_data_dir: Path = Path(".iact")
    iact_audit_anchors_file: Path | None = None

    @property
    def session_idle(self) -> timedelta:
        return timedelta(seconds=self.iact_session_idle_s)

    @property
    def session_absolute(self) -> timedelta:
        return timedelta(seconds=self.iact_session_absolute_s)

    @property
    def recovery_code_life(self) -> timedelta:
        return timedelta(seconds=self.iact_recovery_code_s)

    @property
    def first_sign_in_code_life(self) -> timedelta:
        return timedelta(seconds=self.iact_first_sign_in_code_s)

    @property
    def reauthentication(self) -> timedelta:
        return timedelta(seconds=self.iact_reauthentication_s)

    @property
    def anchors_file(self) -> Path:
        """Where the audit trail is anchored: never in the database's own folder."""
        return self.iact_audit_anchors_file or self.iact_data_dir / "audit" / "anchors.jsonl"
