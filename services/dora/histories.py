"""The commits of every repository in memory, read again where refs changed. Blocking: call it in a thread."""

import threading
from dataclasses import dataclass, replace
from pathlib import Path

from services.dora.delivery.git import read_history
from services.dora.delivery.model import History


@dataclass(frozen=True, slots=True)
class _Read:
    refs_sha256: str
    history: History


class Histories:
    """One per process. A history of 80 000 commits takes about 80 MiB."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[int, _Read] = {}
        self._lock = threading.Lock()

    def clone_of(self, repository_id: int) -> Path:
        return self.folder / str(repository_id)

    def get(self, repository_id: int, refs_sha256: str) -> History:
        """The history at these refs: only what is new since the last time is read. GitError when it cannot be."""
        with self._lock:  # two questions at once must not read the same log twice
            known = self._read.get(repository_id)
            if known is None or known.refs_sha256 != refs_sha256:
                known = _Read(refs_sha256, self._look(repository_id, known))
                self._read[repository_id] = known
            return known.history

    def forget(self, repository_id: int) -> None:
        with self._lock:
            self._read.pop(repository_id, None)

    def _look(self, repository_id: int, known: _Read | None) -> History:
        clone = self.clone_of(repository_id)
        if known is None:
            return read_history(clone)
        old = known.history
        tips = sorted({tag.sha for tag in old.tags} | set(old.pulls.values()) | _ends(old))
        new = read_history(clone, since=tips)
        return replace(new, commits={**old.commits, **new.commits}, sorted_shas=[])


def _ends(history: History) -> set[str]:
    """Commits that are nobody's parent: what lies below them is known."""
    inner = {parent for commit in history.commits.values() for parent in commit.parents}
    return set(history.commits) - inner
