"""A headless browser on the page, and the few things that a person does there."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

# A browser that asks nobody but us: no updates, no background traffic.
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT_MS = 60_000  # two shared cores are slow when other tests run; what comes is not waited for any longer
WIDE = (1440, 900)
NARROW = (390, 844)


def executable() -> str | None:
    """Where Chromium is; None when there is none."""
    return os.environ.get("IACT_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def launched() -> Iterator[Browser]:
    path = executable()
    expect.set_options(timeout=WAIT_MS)  # five seconds otherwise
    if path is None:
        raise RuntimeError("no Chromium here; install the package chromium or name one in IACT_TEST_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watch:
    """What a page must not do: complain in its console, or ask another origin."""

    origin: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def of(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        # A 401 that the page knows how to answer is still logged by the browser itself.
        if message.type in ("error", "warning") and "status of 401" not in message.text:
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self.strangers.append(request.url)


@contextmanager
def watching(origin: str) -> Iterator[Watch]:
    """No test leaves a complaint in the console or a request to somebody else."""
    watch = Watch(origin)
    yield watch
    assert watch.complaints == []
    assert watch.strangers == []


def open_context(
    browser: Browser, *, size: tuple[int, int] = WIDE, language: str = "es-MX", scheme: str = "light"
) -> BrowserContext:
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale=language,
        color_scheme="dark" if scheme == "dark" else "light",
        timezone_id="America/Mexico_City",
        reduced_motion="reduce",
    )
    context.set_default_timeout(WAIT_MS)
    return context


def sign_in(page: Page, url: str, username: str, password: str) -> None:
    page.goto(f"{url}/sign-in")
    give_password(page, username, password)
    wait_for_overview(page)


def give_password(page: Page, username: str, password: str) -> None:
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(password)
    page.locator("button[type=submit]").click()


def enter(page: Page, url: str, username: str, password: str, language: str) -> None:
    """Signs in, and has the page speak a language."""
    sign_in(page, url, username, password)
    page.locator(f"button[lang={language}]").click()
    expect(page.locator("html")).to_have_attribute("lang", {"es": "es-MX", "en": "en-US"}[language])
    # What was chosen by hand is kept before anything else is opened.
    page.wait_for_load_state("networkidle")


def wait_for_overview(page: Page) -> None:
    """Every tile has its number and every block its content."""
    expect(page.locator("[data-tile]").first).to_be_visible(timeout=WAIT_MS)
    settle(page)


def settle(page: Page, *, tiles: bool = True) -> None:
    """What is on screen has come; some screens have no tiles."""
    first = page.locator("[data-tile] [data-value]" if tiles else "[data-panel]").first
    expect(first).to_be_visible(timeout=WAIT_MS)
    expect(page.locator("[data-panel][aria-busy=true]")).to_have_count(0, timeout=WAIT_MS)
    expect(page.locator("[data-renewing]")).to_have_count(0, timeout=WAIT_MS)


def tile(page: Page, name: str) -> str:
    """The number of a tile as it is written."""
    return page.locator(f"[data-tile={name}] [data-value]").inner_text()


def tile_number(page: Page, name: str) -> int:
    """The whole number of a tile, whatever the locale's separators."""
    return int("".join(character for character in tile(page, name) if character.isdigit()))


def scrolls_sideways(page: Page) -> bool:
    wider: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return wider
