"""The page where things are not as usual: on paper, and for hands that have no mouse."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as TooLate

from tests.e2e.access import violations
from tests.e2e.browser import NARROW, WAIT_MS, enter, open_context, scrolls_sideways, settle
from tests.e2e.screens import NUMBERS, OFFICE, RULES, TODAY, WORK
from tests.e2e.system import PASSWORD, RunningSystem

pytestmark = pytest.mark.e2e

PAPER = (718, 1_000)  # A4 within its margins, at 96 px an inch
# A wall hangs on a wall.
PRINTED = {name: path for name, path in {**TODAY, **NUMBERS}.items() if name != "kiosk"}
LONG = {"calls", "calls-queues", "reports"}  # more than a sheet of paper holds
# A list, or what opens over a screen, that shows less than it holds; and how tall the tallest of them is.
CUT = """
() => {
  const sheet = document.querySelector('[role=dialog]'); // what is behind it is not printed
  const all = sheet ? [sheet] : [...document.querySelectorAll('[data-panel] [role=group][tabindex]')];
  const cut = all.filter((each) =>
    each.scrollHeight > each.clientHeight + 1 || each.scrollWidth > each.clientWidth + 1);
  const size = (each) => `${each.scrollWidth}x${each.scrollHeight} in ${each.clientWidth}x${each.clientHeight}`;
  const name = (each) => each.closest('[data-panel]')?.dataset.panel ?? 'sheet';
  return { cut: cut.map((each) => `${name(each)} ${size(each)}`),
    tallest: Math.max(0, ...all.map((each) => each.scrollHeight)) };
}
"""
BEYOND = """all => all.filter((each) =>
  each.getBoundingClientRect().right > each.closest('[data-tile]').getBoundingClientRect().right).map((each) =>
  each.textContent)"""
DESK = (1366, 768)
WIDE_DESK = (1920, 1080)
WIDE_REPORT = "/informes?report=centres-by-segment&period=last_quarter"
# Of the tables that reach beyond what they scroll in: their names, whether that is shown, and whether it has a name and
# can be reached by the keyboard.
TABLES_CUT = """
() => [...document.querySelectorAll('table')].flatMap((table) => {
  let box = table.parentElement;
  while (box && getComputedStyle(box).overflowX === 'visible') box = box.parentElement;
  if (!box || box.scrollWidth <= box.clientWidth + 1) return [];
  const signs = ['::before', '::after'].map((side) => getComputedStyle(box.parentElement, side));
  const named = box.getAttribute('aria-label')
    || document.getElementById(box.getAttribute('aria-labelledby') ?? '')?.textContent;
  return [{ name: table.getAttribute('aria-label'), signs: signs.map(({ content, display, opacity }) =>
    content !== 'none' && display !== 'none' && opacity === '1'),
    reached: box.tabIndex === 0 && Boolean(box.role || box.getAttribute('role')) && Boolean(named) }];
})
"""
SIGNS_DISPLAYED = """all => all.flatMap((each) =>
  ['::before', '::after'].map((side) => getComputedStyle(each, side).display))"""
SHEET_OF_PAPER = re.compile(rb"/Type\s*/Page\b(?!s)")
TABS_MAX = 150  # what a first screen has at most to be reached

FOCUSED = """
() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  const ring = (node) => getComputedStyle(node).outlineStyle !== 'none' || getComputedStyle(node).boxShadow !== 'none';
  return {
    path: element.tagName + ' ' + (element.getAttribute('aria-label')
      || (element.labels?.[0] ?? element).textContent.trim()).slice(0, 40),
    shown: box.width > 0 && box.height > 0 && style.visibility === 'visible',
    ringed: ring(element) || (element.parentElement !== null && ring(element.parentElement)),
  };
}
"""


def test_paper_has_the_numbers_and_none_of_the_buttons(browser: Browser, system: RunningSystem) -> None:
    context = open_context(browser, size=PAPER, scheme="dark")
    page = context.new_page()
    enter(page, system.url, system.username, PASSWORD, "es")
    page.goto(f"{system.url}/?period=30d&segment=puebla")
    settle(page)
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator("header")).to_be_hidden()
    expect(page.locator("[data-panel=trend] button").first).to_be_hidden()
    expect(page.locator("[data-tile=calls] [data-value]")).to_be_visible()
    expect(page.get_by_role("combobox", name="Segmento")).to_be_visible()  # what the numbers are narrowed to
    # A dark screen is not a dark sheet.
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "light")
    assert not scrolls_sideways(page)
    cut = "[data-panel] [role=group][tabindex]"
    assert page.locator(cut).evaluate_all("all => all.every(each => each.scrollHeight <= each.clientHeight + 1)")
    assert page.pdf(format="A4").startswith(b"%PDF")
    context.close()


def test_nothing_is_cut_on_paper(browser: Browser, system: RunningSystem) -> None:
    """Nobody scrolls paper: not down a list, not sideways along its columns, not in what opens over a screen."""
    context = open_context(browser, size=PAPER)
    page = context.new_page()
    enter(page, system.url, system.username, PASSWORD, "es")
    cut: list[str] = []
    tall: set[str] = set()
    for screen, path in {**PRINTED, **WORK, **OFFICE, **RULES}.items():
        page.emulate_media(media="screen")
        page.goto(system.url + path)
        settle(page, tiles=False)
        page.emulate_media(media="print")
        found = page.evaluate(CUT)
        cut += [f"{screen}: {each}" for each in found["cut"]]
        if scrolls_sideways(page):
            cut.append(f"{screen}: wider than the sheet")
        if found["tallest"] > PAPER[1]:
            tall.add(screen)
    context.close()
    assert cut == []
    assert tall >= LONG  # otherwise nothing was there to be cut


def test_what_opens_over_a_screen_is_printed_whole_and_alone(browser: Browser, system: RunningSystem) -> None:
    context = open_context(browser, scheme="dark")
    page = context.new_page()
    enter(page, system.url, system.username, PASSWORD, "es")
    page.goto(system.url + WORK["person"])
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("row").nth(40)).to_be_attached()  # what this person may do
    height = sheet.evaluate("each => each.scrollHeight")
    page.emulate_media(media="print")
    expect(page.locator("[data-panel=people] td").first).not_to_be_in_viewport()
    expect(sheet.get_by_role("button")).to_have_count(0)
    pages = len(SHEET_OF_PAPER.findall(page.pdf(format="A4")))
    context.close()
    assert height > 2 * PAPER[1]
    assert 2 <= pages <= 1 + -(-height // PAPER[1])


@pytest.mark.requirement("RNF-008")
@pytest.mark.parametrize(("scheme", "language"), [("light", "es"), ("dark", "en")])
def test_axe_finds_nothing_on_paper(browser: Browser, system: RunningSystem, scheme: str, language: str) -> None:
    context = open_context(browser, size=PAPER, scheme=scheme)
    page = context.new_page()
    enter(page, system.url, system.username, PASSWORD, language)
    found: set[str] = set()
    for screen, path in {**PRINTED, **WORK, **OFFICE, **RULES}.items():
        page.emulate_media(media="screen")
        page.goto(system.url + path)
        settle(page, tiles=False)
        page.emulate_media(media="print")
        expect(page.locator("header")).to_be_hidden()
        expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "light")
        found |= {f"{screen}: {each}" for each in violations(page)}
    context.close()
    assert sorted(found) == []


@pytest.mark.parametrize("width", [1280, 1440, 1920])
def test_a_wall_shows_each_number_within_its_tile(browser: Browser, system: RunningSystem, width: int) -> None:
    """In English, whose durations are the longest."""
    context = open_context(browser, size=(width, 900), language="en-US")
    page = context.new_page()
    enter(page, system.url, system.username, PASSWORD, "en")
    for tab in ("ivr", "queues"):
        page.goto(f"{system.url}/?kiosk=1&tab={tab}")
        settle(page)
        numbers = page.locator("[data-tile] [data-value]")
        expect(numbers.filter(has_text="sec").first).to_be_visible()
        assert numbers.evaluate_all(BEYOND) == []
    context.close()


@pytest.mark.parametrize("screen", ["recall", "reports"])
def test_a_report_is_read_on_a_phone_without_scrolling_sideways(
    browser: Browser, system: RunningSystem, screen: str
) -> None:
    context = open_context(browser, size=NARROW)
    page = context.new_page()
    enter(page, system.url, system.username, PASSWORD, "es")
    page.goto(system.url + WORK[screen])
    settle(page, tiles=False)
    rows = page.locator("[data-panel] tbody tr")
    expect(rows.first).to_be_visible()
    assert page.locator("[data-panel] table").evaluate("each => each.scrollWidth <= each.parentElement.clientWidth")
    # A cell is named beside it, and the heads of the columns are still there for who hears the table.
    named = rows.first.locator("[data-label]")
    heads = page.locator("[data-panel] thead th")
    assert named.evaluate_all("all => all.map(each => each.dataset.label)") == heads.all_text_contents()
    context.close()


@pytest.mark.requirement("RNF-008")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_table_that_is_cut_shows_where_there_is_more_of_it(
    browser: Browser, system: RunningSystem, scheme: str
) -> None:
    context = open_context(browser, size=DESK, scheme=scheme)
    page = context.new_page()
    enter(page, system.url, system.username, PASSWORD, "es")
    page.goto(system.url + WIDE_REPORT)
    settle(page, tiles=False)
    shown = {"name": "Centros por segmento", "reached": True}
    to_the_right, to_the_left = {**shown, "signs": [False, True]}, {**shown, "signs": [True, False]}
    expect(page.locator("[data-more=right]")).to_have_count(1)
    assert page.evaluate(TABLES_CUT) == [to_the_right]
    page.emulate_media(forced_colors="active")
    assert page.evaluate(TABLES_CUT) == [to_the_right]
    page.emulate_media(forced_colors="none")
    box = page.get_by_role("group", name="Centros por segmento")
    box.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    # All of it but for what a browser rounds: columns have fractions of a pixel, the scroll has not.
    expect(page.get_by_role("columnheader").last).to_be_in_viewport(ratio=0.99)
    expect(page.locator("[data-more=left]")).to_have_count(1)
    assert page.evaluate(TABLES_CUT) == [to_the_left]
    # Where there is room for it nothing is shown, and nothing on paper, however many columns there are.
    page.set_viewport_size({"width": WIDE_DESK[0], "height": WIDE_DESK[1]})
    expect(page.locator("[data-more]")).to_have_count(0)
    assert page.evaluate(TABLES_CUT) == []
    page.set_viewport_size({"width": PAPER[0], "height": PAPER[1]})
    expect(page.locator("[data-more=right]")).to_have_count(1)
    page.emulate_media(media="print")
    assert page.locator("[data-more]").evaluate_all(SIGNS_DISPLAYED) == ["none", "none"]
    context.close()


def test_no_table_of_any_screen_is_cut_without_a_sign(browser: Browser, system: RunningSystem) -> None:
    context = open_context(browser, size=DESK)
    page = context.new_page()
    enter(page, system.url, system.username, PASSWORD, "es")
    found: dict[str, bool] = {}
    for width, height in (DESK, NARROW):
        page.set_viewport_size({"width": width, "height": height})
        for screen, path in {**TODAY, **NUMBERS, **WORK, **OFFICE, **RULES}.items():
            page.goto(system.url + path)
            settle(page, tiles=False)
            as_tables = page.locator("[data-panel] button[aria-pressed=false][aria-label='Ver como tabla']")
            as_tables.evaluate_all("all => all.forEach((each) => each.click())")
            with suppress(TooLate):  # a table is looked at when it has been laid out; what has no sign is told below
                page.wait_for_function(
                    f"() => ({TABLES_CUT})().every(({{ signs }}) => signs.some(Boolean))", timeout=WAIT_MS
                )
            for table in page.evaluate(TABLES_CUT):
                found[f"{screen} at {width}: {table['name']}"] = any(table["signs"]) and table["reached"]
    context.close()
    assert len(found) > 5  # otherwise no table was cut
    assert [name for name, shown in found.items() if not shown] == []


@pytest.mark.requirement("RNF-008")
def test_the_keyboard_alone_tours_the_first_screen_and_leaves_it(page: Page, system: RunningSystem) -> None:
    page.goto(f"{system.url}/?period=30d")
    settle(page)
    seen: list[str] = []
    for _ in range(TABS_MAX):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found is None or found["path"] in seen[:1]:  # the end, or around it to the beginning
            break
        assert found["shown"], found
        assert found["ringed"], found
        seen.append(found["path"])
    else:
        pytest.fail(f"the end was not reached: {seen[-5:]}")
    assert seen[0].startswith("A Saltar al contenido")
    for wanted in ("A Demanda", "BUTTON 7 días", "SELECT Segmento", "BUTTON Ver como tabla", "BUTTON Descargar CSV"):
        assert any(each.startswith(wanted) for each in seen), (wanted, seen)
    # From there to another screen and into a call without a mouse.
    page.get_by_role("link", name="Llamadas", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Llamadas")
    settle(page, tiles=False)
    page.locator("[data-call]").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("[data-call]").first).to_be_focused()
