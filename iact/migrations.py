"""The order in which the services' migrations run: what others refer to comes first."""

from pathlib import Path

from shared.migrate import MigrationSet

ROOT = Path(__file__).resolve().parent.parent

SERVICES = ("sessions", "ivr", "analytics", "dora")


def sets_of(release: Path) -> tuple[MigrationSet, ...]:
    """The migrations that a release in this folder has."""
    services = (MigrationSet(name, release / "services" / name / "migrations") for name in SERVICES)
    return MigrationSet("shared", release / "shared" / "migrations"), *services


SETS = sets_of(ROOT)
