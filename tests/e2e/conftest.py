import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from shared.ports import free_port
from tests.e2e.browser import Watch, enter, launched, open_context, watching
from tests.e2e.system import PASSWORD, RunningSystem, run_iact

ROWS = 30_000  # two quarters in seconds, and still every kind of dirt
USERNAME = "e2e.tester"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """More time than others; scripts/together.py keeps them in one worker, because one system serves them all."""
    for item in items:
        if "/e2e/" in str(item.path):
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="session")
def system() -> Iterator[RunningSystem]:
    """The whole system with sample calls, for tests that read: its numbers are those of the manifest."""
    with running_system() as system:
        yield system


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a file; each test opens a context of its own in it."""
    with launched() as browser:
        yield browser


@pytest.fixture
def watch(system: RunningSystem) -> Iterator[Watch]:
    """Whoever is watched must leave no complaint in the console and ask no stranger."""
    with watching(system.url) as watch:
        yield watch


@pytest.fixture
def page(browser: Browser, system: RunningSystem, watch: Watch) -> Iterator[Page]:
    """Signed in, in Spanish, on the first screen."""
    context = open_context(browser)
    page = context.new_page()
    watch.of(page)
    enter(page, system.url, system.username, PASSWORD, "es")
    yield page
    context.close()


@contextmanager
def running_system(settings: dict[str, str] | None = None) -> Iterator[RunningSystem]:
    """A system with sample calls, and an account made by `iact createsuperuser --password-stdin`; erased at the end."""
    data_dir = Path(tempfile.mkdtemp(prefix="iact-e2e-"))
    data_dir.chmod(0o755)
    home = data_dir / "data"
    try:
        options = ("--detach", "--port", str(port_range()), "--rows", str(ROWS))
        started = run_iact("demo", *options, data_dir=home, settings=settings)
        assert started.returncode == 0, started.stdout + started.stderr
        made = run_iact("createsuperuser", "--username", USERNAME, "--password-stdin", data_dir=home, stdin=PASSWORD)
        assert made.returncode == 0, made.stdout + made.stderr
        yield RunningSystem(home, USERNAME)
    finally:
        erased = run_iact("erase", "--yes", data_dir=home)
        shutil.rmtree(data_dir, ignore_errors=True)
    assert erased.returncode == 0, erased.stdout + erased.stderr


def port_range() -> int:
    """The first of ports of which five serve (N to N+4) and five measure (N+10 to N+14), all free a moment ago."""
    return free_port(beside=(*range(1, 5), *range(10, 15)))
