"""The order in which the services' migrations run: what others refer to comes first."""

from pathlib import Path

from shared.migrate import MigrationSet

ROOT = Path(__file__).resolve().parent.parent

SETS = (
    MigrationSet("shared", ROOT / "shared" / "migrations"),
    *(MigrationSet(name, ROOT / "services" / name / "migrations") for name in ("sessions", "ivr", "analytics", "dora")),
)
