"""Which tests of a parallel run stay in one worker: a pytest plugin (`pytest -n 2 -p scripts.together`).

The tests of a file stay together, because what a file sets up once (a system, a database with calls) would else be set
up by every worker; so do all end-to-end tests, which share one system. The longest come first, so that no worker waits
at the end for another's last file. pytest-xdist's own `loadgroup` does nothing under pytest 9.2 and does not say so
(pytest-dev/pytest-xdist issue 1386: it writes the group into a name that is no longer read).
"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped] # xdist ships no types

SYSTEM = "tests/e2e"
# Folders by the time that one of their files takes, longest first; the rest is quick and fills the gaps at the end.
SLOW_FIRST = (SYSTEM, "tests/faults", "tests/ivr", "tests/analytics", "tests/iact", "tests/gateway", "tests/sessions")


class FilesTogether(LoadScopeScheduling):  # type: ignore[misc] # xdist ships no types
    """Gives whole files to workers, the end-to-end tests as if they were one file."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return SYSTEM if file.startswith(f"{SYSTEM}/") else file


def turn(file: str) -> int:
    """The place of a file in the order of work; 0 comes first."""
    folder = next((each for each in SLOW_FIRST if file.startswith(each)), None)
    return len(SLOW_FIRST) if folder is None else SLOW_FIRST.index(folder)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every worker collects in the order of work; within a folder files keep the order they were shuffled into."""
    items.sort(key=lambda item: turn(item.nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesTogether:
    """The scheduler of a parallel run."""
    config.option.loadscopereorder = False  # it would put files with many tests first, however quick they are
    return FilesTogether(config, log)
