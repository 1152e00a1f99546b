"""The database and the files of an installation: one that runs from a data folder, or one of systemd units.

Units have no `run.json`; what they have is in the environment, and their secrets lie in IACT_SECRETS_DIR.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from iact.startup import external_owner
from iact.system import System
from shared.settings import DatabaseSettings

# What a copy keeps → the variable that says where it lies when that is not the data folder.
VARIABLES = {"secrets": "IACT_SECRETS_DIR", "sources.toml": "IACT_SOURCES_FILE"}


@dataclass(frozen=True, slots=True)
class Reached:
    """The owner's login, the data folder, and what of it lies elsewhere."""

    owner: DatabaseSettings
    data_dir: Path
    elsewhere: Mapping[str, Path] = field(default_factory=dict)


def reach(data_dir: Path) -> Reached:
    """The database that DB_ANALYTICS_* name, else that of the running system. CommandFailed when there is neither."""
    owner = external_owner()
    if owner is None:
        system = System.load(data_dir)
        return Reached(system.owner, system.data_dir)
    elsewhere = {name: Path(os.environ[variable]) for name, variable in VARIABLES.items() if os.environ.get(variable)}
    return Reached(owner, data_dir.absolute(), elsewhere)
