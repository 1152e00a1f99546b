"""What a visit leaves for the next one: its numbers at once, confirmed by the server, and nothing for anybody else."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, Response, Route, expect

from tests.e2e.browser import WAIT_MS, settle, tile
from tests.e2e.system import RunningSystem

pytestmark = pytest.mark.e2e

QUERY = "**/api/v1/analytics/query"
STEADY_MS = 1_000  # all answers of a screen are kept together, 200 ms after the last of them
FRESHNESS = "**/api/v1/ivr/freshness"
KEPT = """
() => new Promise((resolve, reject) => {
  const opening = indexedDB.open('iact', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('kept');
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const asked = opening.result.transaction('kept').objectStore('kept').getAll();
    asked.onsuccess = () => {
      const found = asked.result;
      opening.result.close();
      resolve({ records: found.length, text: found.map(({ data }) => new TextDecoder().decode(data)).join('') });
    };
  };
})
"""


def kept(page: Page, records: int) -> str:
    """What lies in the browser, once it is so many records."""
    until = time.monotonic() + WAIT_MS / 1_000
    while time.monotonic() < until:
        found: Any = page.evaluate(KEPT)
        if found["records"] == records:
            return str(found["text"])
        page.wait_for_timeout(100)
    raise AssertionError(f"not {records} records within {WAIT_MS} ms")


def visited(page: Page, system: RunningSystem) -> str:
    """A first visit whose screen has been kept; its number of calls."""
    settle(page)
    before = kept(page, 1)  # of the screen that signing in led to, which has another address
    page.goto(f"{system.url}/?period=30d")
    settle(page)
    text, last = kept(page, 1), ""
    until = time.monotonic() + WAIT_MS / 1_000
    while (text == before or text != last) and time.monotonic() < until:
        page.wait_for_timeout(STEADY_MS)
        text, last = kept(page, 1), text
    assert text not in {before, ""}
    assert text == last
    assert len(text) > 1_000
    assert "calls" not in text
    return tile(page, "calls")


def test_the_next_visit_is_confirmed_instead_of_computed(page: Page, system: RunningSystem) -> None:
    calls = visited(page, system)
    again = page.context.new_page()
    statuses: list[int] = []

    def note(response: Response) -> None:
        if response.url.endswith("/analytics/query"):
            statuses.append(response.status)

    again.on("response", note)
    again.goto(f"{system.url}/?period=30d")
    settle(again)
    assert tile(again, "calls") == calls
    assert statuses
    assert set(statuses) == {304}
    expect(again.locator("[data-freshness]")).not_to_have_attribute("data-freshness", "unconfirmed")
    again.close()


def test_what_the_server_has_not_confirmed_is_told_apart(page: Page, system: RunningSystem) -> None:
    calls = visited(page, system)
    held: list[Route] = []
    released: list[bool] = []

    def hold(route: Route) -> None:
        if released:
            route.continue_()
        else:
            held.append(route)

    for asked in (QUERY, FRESHNESS):
        page.route(asked, hold)
    page.reload()
    expect(page.locator("[data-tile=calls] [data-value]")).to_have_text(calls)
    expect(page.locator("[data-freshness=unconfirmed]")).to_contain_text("Comprobando")
    released.append(True)  # first, or what is asked meanwhile is held for ever
    for route in held:
        route.continue_()
    expect(page.locator("[data-freshness=unconfirmed]")).to_have_count(0, timeout=WAIT_MS)
    settle(page)
    assert tile(page, "calls") == calls


def test_nothing_is_left_by_whoever_leaves(page: Page, system: RunningSystem) -> None:
    visited(page, system)
    page.get_by_role("button", name=re.compile("cuenta de")).click()
    page.get_by_role("button", name="Salir").click()
    expect(page.locator("input[name=password]")).to_be_visible()
    assert kept(page, 0) == ""
