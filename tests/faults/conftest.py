"""One pair of servers for all fault tests of a process; they may be killed and come back."""

from collections.abc import Iterator

import pytest

from tests.faults.harness import Servers
from tests.ivr.conftest import as_owner, database, ingest, keys

__all__ = ["as_owner", "database", "ingest", "keys", "servers"]


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with Servers.running() as running:
        yield running
