"""Repositories as text tables with exact dates."""

import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.dora.tables import table


def at(text: str) -> int:
    """`02T10:00` of March 2026, UTC, in seconds since 1970; a month may stand before it: `01-02T10:00`."""
    whole = text if "-" in text else f"03-{text}"
    return int(datetime.fromisoformat(f"2026-{whole}:00+00:00").timestamp())


def build(folder: Path, commits: str, *, messages: dict[str, str] | None = None, refs: str = "") -> dict[str, str]:
    """Make a repository; the shas by name.

    `commits`: name, author (time), parents (names joined by +), optionally commit (time). A message may hold {name},
    the sha of an earlier commit. `refs`: ref, target, optionally tagger (time).
    """
    git(folder, "init", "--quiet", "--bare", str(folder))
    shas: dict[str, str] = {}
    for cells in table(commits):
        name = cells["name"]
        parents = [word for parent in cells.get("parents", "").split("+") if parent for word in ("-p", shas[parent])]
        dates = {
            "GIT_AUTHOR_DATE": f"{at(cells['author'])} +0000",
            "GIT_COMMITTER_DATE": f"{at(cells.get('commit', cells['author']))} +0000",
        }
        message = (messages or {}).get(name, name).format(**shas)
        tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
        shas[name] = git(folder, "commit-tree", tree, *parents, "-m", message, extra=dates).strip()
    git(folder, "update-ref", "refs/heads/main", list(shas.values())[-1])
    git(folder, "symbolic-ref", "HEAD", "refs/heads/main")
    for cells in table(refs) if refs else []:
        _ref(folder, cells, shas)
    return shas


def _ref(folder: Path, cells: dict[str, str], shas: dict[str, str]) -> None:
    target = shas[cells["target"]]
    if "tagger" not in cells:
        git(folder, "update-ref", cells["ref"], target)
        return
    dates = {"GIT_COMMITTER_DATE": f"{at(cells['tagger'])} +0000"}
    git(folder, "tag", "-a", "-m", "release", cells["ref"].removeprefix("refs/tags/"), target, extra=dates)


def git(folder: Path, *words: str, extra: dict[str, str] | None = None) -> str:
    folder.mkdir(exist_ok=True, parents=True)
    name = {"NAME": "Eva", "EMAIL": "eva@example.org"}
    people = {f"GIT_{role}_{field}": value for role in ("AUTHOR", "COMMITTER") for field, value in name.items()}
    command: Sequence[str] = ["git", "-C", str(folder), *words]
    environment = {
        "PATH": "/usr/bin:/bin:/usr/local/bin",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        **people,
    }
    made = subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment | (extra or {}), input=""
    )
    return made.stdout


NOW = datetime(2026, 4, 30, tzinfo=UTC).timestamp()
