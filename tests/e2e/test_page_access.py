"""The page for everybody: axe finds nothing on any screen, in either language and either scheme."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.browser import NARROW, WIDE, launched, open_context, settle, sign_in
from tests.e2e.system import PASSWORD, ROOT, RunningSystem

pytestmark = pytest.mark.e2e

AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FIND = """async (rules) => {
  const found = await axe.run(document, { runOnly: { type: 'tag', values: rules } });
  return found.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`
    + ` ${node.any.concat(node.all).map((check) => check.message).join(' ').slice(0, 200)}`));
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


def violations(page: Page) -> Any:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed; run npm ci in ui/")
    # Through the debugger: the page's own policy would rightly refuse a foreign script.
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    return page.evaluate(FIND, RULES)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["es-MX", "en-US"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing(
    browser: Browser, system: RunningSystem, scheme: str, language: str, size: tuple[int, int]
) -> None:
    context = open_context(browser, size=size, language=language, scheme=scheme)
    page = context.new_page()
    page.goto(f"{system.url}/sign-in")
    page.locator("input[name=username]").wait_for()
    page.locator(f"button[lang={language[:2]}]").click()
    found = {"sign-in": violations(page)}
    sign_in(page, system.url, system.username, PASSWORD)
    found["overview"] = violations(page)
    page.locator("[data-tile=duration] button").click()
    page.get_by_role("dialog").wait_for()
    found["help"] = violations(page)
    page.keyboard.press("Escape")
    page.locator("[data-panel=heat]").get_by_role("button", pressed=False).last.click()
    found["table"] = violations(page)
    page.goto(f"{system.url}/?tab=queues")
    settle(page)
    found["queues"] = violations(page)
    context.close()
    assert sorted({f"{screen}: {each}" for screen, all_ in found.items() for each in all_}) == []
