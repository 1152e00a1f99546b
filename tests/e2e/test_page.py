"""The page in a real browser, against the real system: what it shows equals what the simulator knows to be true."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import (
    NARROW,
    WAIT_MS,
    Watch,
    open_context,
    scrolls_sideways,
    settle,
    sign_in,
    tile,
    tile_number,
    wait_for_overview,
)
from tests.e2e.system import PASSWORD, RunningSystem

pytestmark = pytest.mark.e2e

Truth = dict[str, Any]


@pytest.fixture
def truth(system: RunningSystem) -> Truth:
    legacy: Truth = system.manifest["legacy"]
    return legacy


def days_of(truth: Truth, first: date, last: date) -> list[list[Any]]:
    return [row for row in truth["by_day_segment"] if first.isoformat() <= row[0] <= last.isoformat()]


def written(rate: float) -> str:
    """A share as es-MX writes it."""
    return f"{rate * 100:.1f}%"


@pytest.mark.requirement("RF-032")
def test_the_tiles_of_the_last_thirty_days_are_true(page: Page, system: RunningSystem, truth: Truth) -> None:
    page.goto(f"{system.url}/?period=30d")
    settle(page)
    last = date.fromisoformat(truth["last_day"])
    rows = days_of(truth, last - timedelta(days=29), last)
    calls, abandoned = sum(row[2] for row in rows), sum(row[3] for row in rows)
    assert tile_number(page, "calls") == calls
    assert tile(page, "abandoned_rate") == written(abandoned / calls)
    band = "Crítico" if abandoned / calls > 0.3 else "Aceptable"
    expect(page.locator("[data-tile=abandoned_rate]")).to_contain_text(band)


@pytest.mark.requirement("RF-064")
def test_today_is_the_last_day_and_names_what_needs_hands(page: Page, system: RunningSystem, truth: Truth) -> None:
    last = date.fromisoformat(truth["last_day"])
    rows = {row[1]: row for row in days_of(truth, last, last)}
    assert tile_number(page, "calls") == sum(row[2] for row in rows.values())
    off = sum(row[3] / row[2] > 0.3 for row in rows.values())
    now = page.get_by_role("region", name="Cómo vamos")
    shown = now.locator("[data-fact=off]").inner_text()
    assert shown.endswith(f" de {len(rows)}")
    assert int(shown.split()[0]) <= len(rows)
    lost = page.locator("[data-panel=segments] tbody tr", has_text="Puebla")
    expect(lost).to_contain_text(written(rows["puebla"][3] / rows["puebla"][2]))
    if "En todo el periodo" in now.inner_text():
        assert int(shown.split()[0]) == off
    page.locator("[data-panel=segments]").get_by_role("link", name="Puebla", exact=True).click()
    expect(page).to_have_url(re.compile("/servicio.*segment=puebla"))
    # The address is the new one while its screen is still on its way.
    expect(page.get_by_role("heading", level=1)).to_have_text("Servicio")
    settle(page)
    assert tile_number(page, "calls") == rows["puebla"][2]


@pytest.mark.requirement("RF-032")
def test_the_tiles_of_a_quarter_are_true(page: Page, system: RunningSystem, truth: Truth) -> None:
    page.goto(f"{system.url}/?period=last_quarter")
    settle(page)
    rows = days_of(truth, date(2025, 7, 1), date(2025, 9, 30))
    assert tile_number(page, "calls") == sum(row[2] for row in rows)
    assert tile_number(page, "unique_callers") == truth["unique_callers"]["by_quarter"]["2025-Q3"]


def test_choosing_a_segment_narrows_every_number(page: Page, system: RunningSystem, truth: Truth) -> None:
    page.goto(f"{system.url}/?from={truth['first_day']}&to={truth['last_day']}")
    settle(page)
    assert tile_number(page, "calls") == truth["calls"]
    of_all = tile(page, "calls")
    page.get_by_role("combobox", name="Segmento").select_option("puebla")
    expect(page).to_have_url(re.compile("segment=puebla"))
    # The address is new before the screen is.
    expect(page.locator("[data-tile=calls] [data-value]")).not_to_have_text(of_all)
    settle(page)
    assert tile_number(page, "calls") == truth["calls_by_segment"]["puebla"]
    assert tile_number(page, "unique_callers") == truth["unique_callers"]["by_segment"]["puebla"]


def test_another_zone_moves_the_days(page: Page, system: RunningSystem, truth: Truth) -> None:
    zone, day = "Europe/Madrid", "2025-10-26"  # 25 hours long there
    page.goto(f"{system.url}/?from={day}&to={day}&zone={zone}&every=hour")
    settle(page)
    there = truth["in_zones"][zone]["by_day_segment"]
    assert tile_number(page, "calls") == sum(row[2] for row in there if row[0] == day)
    page.locator("[data-panel=trend]").get_by_role("button", name="Ver como tabla").click()
    expect(page.locator("[data-panel=trend] tbody tr")).to_have_count(25)


def test_the_period_changes_by_a_click_and_back_undoes_it(page: Page) -> None:
    before = tile(page, "calls")
    page.get_by_role("button", name="7 días").click()
    expect(page).to_have_url(re.compile("period=7d"))
    # The address is there before what it asks for is drawn.
    calls = page.locator("[data-tile=calls] [data-value]")
    expect(calls).not_to_have_text(before, timeout=WAIT_MS)
    page.go_back()
    expect(calls).to_have_text(before, timeout=WAIT_MS)


@pytest.mark.requirement("RF-033")
def test_the_language_changes_and_is_remembered_by_the_account(
    page: Page, browser: Browser, system: RunningSystem, watch: Watch
) -> None:
    with page.expect_response(re.compile("/users/me/preferences")) as kept:
        page.get_by_role("button", name="English").click()
    assert kept.value.status == 200
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    expect(page.locator("html")).to_have_attribute("lang", "en-US")
    other = open_context(browser, language="es-MX")
    elsewhere = other.new_page()
    watch.of(elsewhere)
    sign_in(elsewhere, system.url, system.username, PASSWORD)
    expect(elsewhere.get_by_role("heading", level=1)).to_have_text("Today")
    with elsewhere.expect_response(re.compile("/users/me/preferences")):
        elsewhere.get_by_role("button", name="Español").click()
    other.close()


def test_the_queues_have_their_own_tab_and_numbers(page: Page, system: RunningSystem) -> None:
    truth = system.manifest["asterisk"]
    page.get_by_role("button", name="Colas", exact=True).click()
    settle(page)
    assert tile_number(page, "offered") == truth["calls"]
    assert tile_number(page, "answered") == truth["exits"]["answered"]
    assert tile_number(page, "abandoned") == truth["exits"]["abandoned"]
    queue, *_ = truth["by_queue"]
    row = page.locator("[data-panel=queues] tbody tr", has_text=queue)
    expect(row).to_contain_text(f"{truth['by_queue'][queue]['answered']:,}")


def test_a_number_says_what_it_is(page: Page) -> None:
    page.get_by_role("button", name="Qué es: Abandono").click()
    expect(page.get_by_role("dialog")).to_contain_text("abandonadas / llamadas")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_block_is_saved_as_csv(page: Page, system: RunningSystem, tmp_path: Path) -> None:
    page.goto(f"{system.url}/?period=30d")
    settle(page)
    with page.expect_download() as saved:
        page.locator("[data-panel=trend]").get_by_role("button", name="Descargar CSV").click()
    file = tmp_path / saved.value.suggested_filename
    saved.value.save_as(file)
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("time,calls,abandoned")
    assert len(lines) == 31


@pytest.mark.requirement("RNF-008")
@pytest.mark.parametrize("path", ["/", "/?tab=queues", "/?from=2019-01-01&to=2019-01-31"])
def test_a_phone_never_scrolls_sideways(browser: Browser, system: RunningSystem, watch: Watch, path: str) -> None:
    context = open_context(browser, size=NARROW)
    page = context.new_page()
    watch.of(page)
    page.goto(f"{system.url}/sign-in")
    assert not scrolls_sideways(page)
    sign_in(page, system.url, system.username, PASSWORD)
    page.goto(system.url + path)
    settle(page)
    assert not scrolls_sideways(page)
    context.close()


@pytest.mark.requirement("RNF-008")
def test_the_screen_of_a_phone_is_seen_among_the_others(browser: Browser, system: RunningSystem) -> None:
    context = open_context(browser, size=NARROW)
    page = context.new_page()
    sign_in(page, system.url, system.username, PASSWORD)
    current = page.get_by_role("navigation", name="Pantallas").locator("[aria-current=page]")
    for path in ("/sistema", "/"):
        page.goto(system.url + path)
        expect(current).to_be_in_viewport(ratio=0.95)
    page.get_by_role("navigation", name="Pantallas").get_by_role("link", name="Llamadas").click()
    expect(current).to_have_text("Llamadas")
    expect(current).to_be_in_viewport(ratio=0.95)
    context.close()


@pytest.mark.requirement("RNF-008")
def test_the_keyboard_reaches_the_content_first(page: Page) -> None:
    page.reload()
    wait_for_overview(page)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Saltar al contenido")
    page.keyboard.press("Enter")
    expect(page.locator("main:focus")).to_have_count(1)
