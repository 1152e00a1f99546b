"""The data folder: made with a marker, checked for room, erased only when it carries the marker.

The marker also names folders elsewhere that belong to this one (a cluster below /var/lib/iact), so `erase` finds them.
Standard library only: it is looked at before anything is installed.
"""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from iact.errors import CommandFailed

MARKER = ".iact-data"
PRODUCT = "iact"
# Two empty clusters take 0.3 GB, the write-ahead log of a first load up to 1 GB.
DISK_FREE_BYTES_MIN = 1_500_000_000
DISK_FREE_BYTES_PER_ROW = 1_500  # a sample call in MariaDB, in PostgreSQL with its indexes, and in the log
# supervisord and our own command lines would have to quote these.
FORBIDDEN_CHARACTERS = frozenset("\n\r\"';#")
FORBIDDEN_FOLDERS = frozenset({Path("/"), Path.home(), Path("/tmp"), Path("/var"), Path("/var/lib"), Path("/home")})  # noqa: S108


@dataclass(frozen=True, slots=True)
class Layout:
    """Where what lies inside a data folder."""

    root: Path

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def supervisor(self) -> Path:
        return self.root / "supervisor"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def mariadb(self) -> Path:
        return self.root / "mariadb"

    @property
    def demo(self) -> Path:
        return self.root / "demo"

    @property
    def sources_file(self) -> Path:
        return self.root / "sources.toml"

    @property
    def manifest(self) -> Path:
        return self.root / "manifest.json"

    @property
    def events(self) -> Path:
        return self.logs / "events.log"


def check(root: Path) -> None:
    """Raise when this folder cannot become, or is not, a data folder of ours."""
    if FORBIDDEN_CHARACTERS.intersection(str(root)):
        raise CommandFailed(
            f"--data-dir {root!s} holds a quote, a semicolon, a hash or a line end; choose another path"
        )
    if root in FORBIDDEN_FOLDERS:
        raise CommandFailed(
            f"--data-dir {root} is a folder of the system; choose a new folder, such as {root / 'iact'}"
        )
    if root.exists() and not root.is_dir():
        raise CommandFailed(f"--data-dir {root} is a file; choose a folder")
    if root.is_dir() and not is_ours(root) and any(root.iterdir()):
        raise CommandFailed(
            f"--data-dir {root} is not empty and is no data folder of IACT; choose a new or empty folder"
        )


def is_ours(root: Path) -> bool:
    """Whether the folder carries our marker."""
    try:
        return bool(json.loads((root / MARKER).read_text(encoding="utf-8"))["product"] == PRODUCT)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def prepare(root: Path) -> Layout:
    """Make the folder with its marker and inner folders; what is there stays."""
    check(root)
    layout = Layout(root)
    try:
        root.mkdir(parents=True, exist_ok=True)
        # As root the database servers run as other users, who must pass through, and see nothing.
        root.chmod(0o711 if os.geteuid() == 0 else 0o700)
        if not is_ours(root):
            _write_marker(root, [])
        for folder in (layout.logs, layout.supervisor):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise CommandFailed(f"the data folder {root} cannot be made: {error.strerror}") from error
    return layout


def require_space(root: Path, rows: int) -> None:
    """Raise when the disk has no room for the databases and this many sample calls."""
    existing = next(folder for folder in (root, *root.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    wanted = DISK_FREE_BYTES_MIN + rows * DISK_FREE_BYTES_PER_ROW
    if free < wanted:
        raise CommandFailed(
            f"{existing} has {free / 1e9:.1f} GB free and {wanted / 1e9:.1f} GB are needed;"
            " free some or choose another disk with --data-dir DIR"
        )


def outside_folders(root: Path) -> list[Path]:
    """Folders elsewhere that belong to this data folder."""
    marker = json.loads((root / MARKER).read_text(encoding="utf-8"))
    return [Path(text) for text in marker.get("outside", [])]


def remember_outside(root: Path, folder: Path) -> None:
    """Note in the marker that `folder` belongs to this data folder, when it lies outside of it."""
    known = outside_folders(root)
    if not folder.is_relative_to(root) and folder not in known:
        _write_marker(root, [*known, folder])


def erase(root: Path) -> None:
    """Remove the folder and what belongs to it; raise when it does not carry the marker."""
    if root.is_symlink():
        raise CommandFailed(f"{root} is a link; name the folder itself")
    if not is_ours(root):
        raise CommandFailed(f"{root} is no data folder of IACT (no {MARKER} in it), so nothing was erased")
    try:
        for folder in outside_folders(root):
            shutil.rmtree(folder, ignore_errors=False) if folder.is_dir() else None
        # The marker goes last: an erase that was interrupted can be repeated.
        for entry in root.iterdir():
            if entry.name != MARKER:
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        (root / MARKER).unlink()
        root.rmdir()
    except OSError as error:
        raise CommandFailed(f"{error.filename} cannot be erased: {error.strerror}") from error


def _write_marker(root: Path, outside: list[Path]) -> None:
    content = {"product": PRODUCT, "format": 1, "outside": [str(folder) for folder in outside]}
    (root / MARKER).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
