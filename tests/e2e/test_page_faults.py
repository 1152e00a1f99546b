"""The page while the server is slow, fails, or cannot be reached: what is shown, and that nothing is lost."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.browser import Watch, settle, tile, tile_number
from tests.e2e.system import RunningSystem

pytestmark = pytest.mark.e2e

QUERY = "**/api/v1/analytics/query"
SLOW_MS = 3_000
REQUEST_ID = "0a1b2c3d4e5f"

Fault = Callable[[Route], None]


def unavailable(route: Route) -> None:
    problem = {"status": 503, "title": "Unavailable", "detail": "The database does not answer."}
    headers = {"Retry-After": "5", "X-Request-Id": REQUEST_ID, "Content-Type": "application/problem+json"}
    route.fulfill(status=503, json=problem, headers=headers)


def broken(route: Route) -> None:
    problem = {"status": 500, "title": "Internal error", "request_id": REQUEST_ID}
    route.fulfill(status=500, json=problem, headers={"Content-Type": "application/problem+json"})


def nonsense(route: Route) -> None:
    """Not even a problem: what a proxy says that has lost its server."""
    route.fulfill(status=502, body="<h1>Bad gateway</h1>", headers={"Content-Type": "text/html"})


def cut(route: Route) -> None:
    route.abort("connectionreset")


FAULTS = {
    "unavailable": (unavailable, "El servicio no está disponible por ahora.", True),
    "broken": (broken, "El servidor no pudo contestar.", True),
    "nonsense": (nonsense, "El servidor no pudo contestar.", False),
    "cut": (cut, "No hay conexión con el servidor.", False),
}


def of_menus(fault: Fault) -> Fault:
    """The fault for the question of one block; the others are answered."""

    def handle(route: Route) -> None:
        if '"menu"' in (route.request.post_data or ""):
            fault(route)
        else:
            route.continue_()

    return handle


def hold(page: Page) -> list[Route]:
    """Questions that the server does not answer until they are let go on."""
    held: list[Route] = []

    def handle(route: Route) -> None:
        held.append(route)

    page.route(QUERY, handle)
    return held


def let_go_on(page: Page, held: list[Route]) -> None:
    for route in held:
        route.continue_()
    page.unroute(QUERY)


def test_a_slow_answer_is_waited_for_and_then_shown(page: Page, system: RunningSystem, watch: Watch) -> None:
    held = hold(page)
    page.goto(f"{system.url}/?period=last_quarter&segment=puebla")
    busy = page.locator("[data-panel][aria-busy=true]")
    expect(busy.first).to_be_visible()
    page.wait_for_timeout(SLOW_MS)
    # Not an empty block nor a number that is not known: the shape of what is to come, and the bar to change it by.
    expect(page.locator("[data-panel=menus][aria-busy=true]")).to_be_visible()
    expect(page.locator("[data-tile=calls]")).to_be_visible()
    expect(page.locator("[data-value]")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("combobox", name="Segmento")).to_be_enabled()
    let_go_on(page, held)
    settle(page)
    rows = system.manifest["legacy"]["by_day_segment"]
    quarter = ("2025-07", "2025-08", "2025-09")
    assert tile_number(page, "calls") == sum(
        row[2] for row in rows if row[1] == "puebla" and row[0].startswith(quarter)
    )


def test_numbers_stay_while_newer_ones_are_slow(page: Page, system: RunningSystem) -> None:
    page.goto(f"{system.url}/?period=30d")
    settle(page)
    before = tile(page, "calls")
    held = hold(page)
    page.get_by_role("button", name="7 días").click()
    expect(page.locator("[data-tile=calls][data-renewing]")).to_be_visible()
    page.wait_for_timeout(SLOW_MS)
    assert tile(page, "calls") == before
    expect(page.locator("[data-panel=trend][data-renewing]")).to_be_visible()
    let_go_on(page, held)
    settle(page)
    assert tile(page, "calls") != before


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_block_that_fails_says_so_and_is_asked_again(
    page: Page, system: RunningSystem, watch: Watch, name: str
) -> None:
    fault, sentence, quoted = FAULTS[name]
    page.goto(f"{system.url}/?period=30d&segment=puebla")
    settle(page)
    page.route(QUERY, of_menus(fault))
    page.get_by_role("button", name="7 días").click()
    menus = page.locator("[data-panel=menus]")
    expect(menus.get_by_role("alert")).to_contain_text(sentence)
    settle(page)
    if quoted:
        # Beside what is announced: the number is another one each time that it is asked again.
        expect(menus).to_contain_text(REQUEST_ID)
    # The others have their numbers, and what was asked for is still what is asked for.
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(page.locator("[data-tile=calls] [data-value]")).to_be_visible()
    expect(page).to_have_url(re.compile("period=7d"))
    expect(page.get_by_role("combobox", name="Segmento")).to_have_value("puebla")
    # Another failure is no end either.
    menus.get_by_role("button", name="Reintentar").click()
    expect(menus.get_by_role("alert")).to_contain_text(sentence)
    page.unroute(QUERY)
    menus.get_by_role("button", name="Reintentar").click()
    settle(page)
    expect(menus.get_by_role("alert")).to_have_count(0)
    expect(menus.locator("tbody tr").first).to_be_visible()
    watch.complaints.clear()  # the browser itself reports the failures that this test is about


@pytest.mark.parametrize("name", ["unavailable", "cut"])
def test_a_page_that_finds_no_server_waits_for_it(page: Page, system: RunningSystem, watch: Watch, name: str) -> None:
    fault, sentence, _quoted = FAULTS[name]
    page.route("**/api/**", fault)
    page.goto(f"{system.url}/?period=7d")
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    # Whoever is in is not sent to the door, and what they wanted to see is not forgotten.
    expect(page.locator("input[name=password]")).to_have_count(0)
    page.unroute("**/api/**")
    page.get_by_role("button", name="Reintentar").click()
    settle(page)
    expect(page).to_have_url(re.compile("period=7d"))
    watch.complaints.clear()


@pytest.mark.parametrize("name", list(FAULTS))
def test_what_was_typed_is_there_when_saving_fails(page: Page, system: RunningSystem, watch: Watch, name: str) -> None:
    fault, _sentence, _quoted = FAULTS[name]
    page.goto(f"{system.url}/?period=7d")
    settle(page)
    page.get_by_role("button", name=re.compile("^Vistas")).click()
    sheet = page.get_by_role("dialog", name="Vistas")
    field = sheet.get_by_label("Nombre de la vista nueva")
    field.fill(f"Semana {name}")
    views = "**/api/v1/analytics/views"
    page.route(views, lambda route: fault(route) if route.request.method == "POST" else route.continue_())
    sheet.get_by_role("button", name="Guardar", exact=True).click()
    expect(sheet.get_by_role("alert").first).to_be_visible()
    expect(field).to_have_value(f"Semana {name}")
    page.unroute(views)
    sheet.get_by_role("button", name="Guardar", exact=True).click()
    expect(sheet).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/\?v=\d+$"))
    watch.complaints.clear()
