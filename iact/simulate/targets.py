"""Where a simulated IVR can be written to."""

from iact.simulate.folder import FolderTarget
from iact.simulate.mariadb import MariaDbTarget
from iact.simulate.tables import Target

__all__ = ["FolderTarget", "MariaDbTarget", "Target"]
