"""What a check reports and what it reads: findings, and the files of the repository as a list."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Only used outside a git checkout (an unpacked archive), where .gitignore cannot be asked.
FOLDERS_NOT_OURS = frozenset(
    {
        ".git",
        ".venv",
        ".iact",
        "node_modules",
        "dist",
        "build",
        "__pycache__",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".hypothesis",
        ".import_linter_cache",
    }
)
FILE_BYTES_MAX = 4_000_000  # a lock file has 300 kB; what is larger is data, not source


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One breach: where it is, which restriction it breaks and what to do instead."""

    path: str
    line: int
    rule: str
    problem: str
    way_out: str

    def sentence(self) -> str:
        """The line that a person reads, place first so that editors and terminals can jump to it."""
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: [{self.rule}] {self.problem} {self.way_out}"


@dataclass(frozen=True, slots=True)
class Source:
    """One text file of the repository; `path` is relative to the root, with slashes."""

    path: str
    text: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        return Path(self.path).suffix

    def line_of(self, offset: int) -> int:
        """The line, counted from 1, in which this character stands."""
        return self.text.count("\n", 0, offset) + 1


def sources(root: Path) -> Iterator[Source]:
    """Every text file that git would commit; without git, every file outside the folders of tools."""
    for path in sorted(_paths(root)):
        file = root / path
        if file.is_symlink() or not file.is_file() or file.stat().st_size > FILE_BYTES_MAX:
            continue
        data = file.read_bytes()
        if b"\0" not in data:
            yield Source(path, data.decode("utf-8", errors="replace"))


def _paths(root: Path) -> list[str]:
    if (root / ".git").exists():
        command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listing = subprocess.run(command, capture_output=True, check=False)
        if listing.returncode == 0:
            return [path for path in listing.stdout.decode("utf-8", errors="surrogateescape").split("\0") if path]
    return [
        file.relative_to(root).as_posix()
        for file in root.rglob("*")
        if not FOLDERS_NOT_OURS.intersection(file.relative_to(root).parts[:-1])
    ]
