"""The page for everybody: axe finds nothing on any screen, in either language and either scheme."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.access import violations
from tests.e2e.browser import NARROW, WIDE, open_context, settle, sign_in
from tests.e2e.system import PASSWORD, RunningSystem

pytestmark = pytest.mark.e2e

RULES = {"rules": "/avisos", "new rule": "/avisos?edit=new", "alerts": "/avisos?part=alerts"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["es-MX", "en-US"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.requirement("RNF-008")
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
    page.get_by_role("button", name=re.compile("^(Rango|Range)")).click()
    page.get_by_role("table").first.wait_for()
    found["range"] = violations(page)
    page.keyboard.press("Escape")
    page.locator("[data-panel=hours]").get_by_role("button", pressed=False).last.click()
    found["table"] = violations(page)
    page.goto(f"{system.url}/?tab=queues")
    settle(page)
    found["queues"] = violations(page)
    for screen, path in RULES.items():
        page.goto(system.url + path)
        expect(page.locator("[data-panel]").first).to_be_visible()
        expect(page.locator("[data-panel][aria-busy=true]")).to_have_count(0)
        if "edit" in path:
            page.get_by_role("dialog").locator("[data-preview]").wait_for()
        found[screen] = violations(page)
    context.close()
    assert sorted({f"{screen}: {each}" for screen, all_ in found.items() for each in all_}) == []
