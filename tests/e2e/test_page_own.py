"""What a person keeps of the page itself, in a real browser: views under a name, shared with others, the sessions
they have open and the tokens that act for them."""

import re
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.access import violations
from tests.e2e.browser import (
    NARROW,
    WAIT_MS,
    WIDE,
    Watch,
    enter,
    open_context,
    scrolls_sideways,
    settle,
    sign_in,
    tile_number,
    watching,
)
from tests.e2e.conftest import running_system
from tests.e2e.system import PASSWORD, RunningSystem
from tests.e2e.test_page_office import wait_until

pytestmark = pytest.mark.e2e

OTHER_PASSWORD = "siete barcos de papel en el patio"
LOOKS = (("es", "light", WIDE), ("en", "dark", NARROW))
QUARTER = ("2025-07", "2025-08", "2025-09")


@pytest.fixture(scope="module")
def system() -> Iterator[RunningSystem]:
    """A system where a person may be signed in at more than one place, which is not so by itself."""
    with running_system({"IACT_SESSIONS_PER_USER": "5"}) as system:
        yield system


@pytest.fixture
def watch(system: RunningSystem) -> Iterator[Watch]:
    with watching(system.url) as watch:
        yield watch


def views_sheet(page: Page) -> Locator:
    page.get_by_role("button", name=re.compile("^Vistas")).click()
    sheet = page.get_by_role("dialog", name="Vistas")
    expect(sheet.get_by_role("heading", name=re.compile("^Suyas"))).to_be_visible(timeout=WAIT_MS)
    return sheet


def account_sheet(page: Page, name: str = "Sesiones y tokens") -> Locator:
    page.get_by_role("button", name=re.compile("cuenta de")).click()
    page.get_by_role("button", name=name).click()
    sheet = page.get_by_role("dialog", name=name)
    expect(sheet.locator("[data-session=current]")).to_have_count(1, timeout=WAIT_MS)
    return sheet


def calls_of_the_quarter(system: RunningSystem, segment: str) -> int:
    days = system.manifest["legacy"]["by_day_segment"]
    return sum(calls for day, of, calls, *_ in days if of == segment and day.startswith(QUARTER))


@pytest.mark.requirement("RF-043")
def test_a_saved_view_brings_its_screen_back(page: Page, system: RunningSystem) -> None:
    page.goto(f"{system.url}/?tab=ivr&period=last_quarter&segment=puebla")
    settle(page)
    calls = calls_of_the_quarter(system, "puebla")
    assert tile_number(page, "calls") == calls
    sheet = views_sheet(page)
    sheet.get_by_label("Nombre de la vista nueva").fill("Verano en Puebla")
    sheet.get_by_role("button", name="Guardar", exact=True).click()
    expect(sheet).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/\?v=\d+$"))
    address = page.url

    page.get_by_role("button", name="7 días").click()
    expect(page).to_have_url(f"{address}&period=7d")
    expect(page.get_by_role("button", name="Vistas; Verano en Puebla, con cambios")).to_be_visible()
    page.goto(f"{system.url}/servicio")
    views_sheet(page).get_by_role("link", name="Verano en Puebla").click()
    expect(page).to_have_url(address)
    settle(page)
    assert tile_number(page, "calls") == calls
    expect(page.get_by_role("combobox", name="Segmento")).to_have_value("puebla")
    # And so does the address alone, in a page that knows nothing yet.
    page.reload()
    settle(page)
    assert tile_number(page, "calls") == calls
    forget(page, "Verano en Puebla")
    expect(page).to_have_url(re.compile("period=last_quarter.*segment=puebla|segment=puebla.*period=last_quarter"))


def forget(page: Page, name: str) -> None:
    sheet = views_sheet(page)
    sheet.get_by_role("button", name=f"Cambiar {name}").click()
    sheet.get_by_role("button", name=f"Borrar {name}").click()
    sheet.get_by_role("button", name="Borrar la vista").click()
    expect(sheet.locator(f'[data-own-view="{name}"]')).to_have_count(0)
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


def test_the_page_begins_with_the_view_that_was_chosen(page: Page, system: RunningSystem) -> None:
    page.goto(f"{system.url}/demanda?tab=ivr&period=last_quarter")
    settle(page)
    sheet = views_sheet(page)
    sheet.get_by_label("Nombre de la vista nueva").fill("El verano")
    sheet.get_by_label("Empezar el día con ella").check()
    with page.expect_response(re.compile("/preferences$")):
        sheet.get_by_role("button", name="Guardar", exact=True).click()
    expect(page).to_have_url(re.compile(r"/demanda\?v=\d+$"))
    page.goto(system.url)
    expect(page).to_have_url(re.compile(r"/demanda\?v=\d+$"))
    page.get_by_role("link", name="Hoy").click()
    expect(page.get_by_role("heading", level=1, name="Hoy")).to_be_visible()
    with page.expect_response(re.compile("/preferences$")):
        forget(page, "El verano")
    page.goto(system.url)
    expect(page.get_by_role("heading", level=1, name="Hoy")).to_be_visible(timeout=WAIT_MS)


def new_person(client: httpx.Client, system: RunningSystem, username: str, *, segment: str) -> None:
    made = client.post("/api/v1/users", json={"username": username, "segment": segment})
    assert made.status_code == 201, made.text
    given = client.post(f"/api/v1/users/{made.json()['user']['id']}/groups", json={"groups": ["AGR-002"]})
    assert given.status_code in (200, 201), given.text
    with closing(system.anonymous()) as stranger:
        code = made.json()["sign_in_code"]["code"]
        chosen = stranger.post("/api/v1/sessions/redeem", json={"code": code, "new_password": OTHER_PASSWORD})
        assert chosen.status_code == 201, chosen.text


def test_whoever_receives_a_view_sees_it_with_their_own_segment(
    browser: Browser, page: Page, system: RunningSystem, watch: Watch
) -> None:
    with closing(system.sign_in()) as client:
        new_person(client, system, "puebla.lead", segment="puebla")
    page.goto(f"{system.url}/?tab=ivr&period=last_quarter")
    settle(page)
    everybody = tile_number(page, "calls")
    sheet = views_sheet(page)
    sheet.get_by_label("Nombre de la vista nueva").fill("Para todos")
    sheet.get_by_role("button", name="Guardar", exact=True).click()
    expect(sheet).to_have_count(0)
    sheet = views_sheet(page)
    sheet.get_by_role("button", name="Cambiar Para todos").click()
    sheet.get_by_label("Usuario").fill("puebla.lead")
    sheet.get_by_role("button", name="Compartir", exact=True).click()
    expect(sheet.get_by_role("button", name="Retirar puebla.lead")).to_be_visible()

    context = open_context(browser)
    receiver = context.new_page()
    watch.of(receiver)
    sign_in(receiver, system.url, "puebla.lead", OTHER_PASSWORD)
    theirs = views_sheet(receiver)
    theirs.get_by_role("link", name="Para todos").click()
    expect(receiver).to_have_url(re.compile(r"\?v=\d+$"))
    settle(receiver)
    assert tile_number(receiver, "calls") == calls_of_the_quarter(system, "puebla") < everybody
    context.close()
    page.keyboard.press("Escape")
    forget(page, "Para todos")


def test_a_session_elsewhere_is_ended_from_here(page: Page, system: RunningSystem) -> None:
    with closing(system.sign_in()) as lost, closing(system.sign_in()) as also:
        assert lost.get("/api/v1/sessions/current").status_code == 200
        sheet = account_sheet(page)
        others = sheet.locator("[data-session=other]")
        expect(others).not_to_have_count(0)
        before = others.count()
        others.first.get_by_role("button", name=re.compile("^Cerrar la sesión de python-httpx")).click()
        expect(others).to_have_count(before - 1)
        # The newest stands first.
        wait_until(lambda: also.get("/api/v1/sessions/current").status_code == 401)
        assert lost.get("/api/v1/sessions/current").status_code == 200
        sheet.get_by_role("button", name="Cerrar todas las demás").click()
        expect(sheet.get_by_text("No hay ninguna otra sesión abierta.")).to_be_visible()
        wait_until(lambda: lost.get("/api/v1/sessions/current").status_code == 401)
    page.reload()
    settle(page)  # and this one goes on


def test_a_token_is_told_once_reads_and_is_taken_back(page: Page, system: RunningSystem) -> None:
    sheet = account_sheet(page)
    sheet.get_by_role("button", name="Tokens").click()
    sheet.get_by_role("button", name="Crear un token").click()
    sheet.get_by_label("Para qué es").fill("Hoja de cálculo")
    sheet.get_by_role("button", name="Crear", exact=True).click()
    token = sheet.get_by_label("Token de Hoja de cálculo; no se vuelve a mostrar").input_value()
    with closing(system.anonymous()) as program:
        program.headers["Authorization"] = f"Bearer {token}"
        assert program.get("/api/v1/ivr/freshness").status_code == 200
        assert program.get("/api/v1/users").status_code == 403
        item = sheet.locator('[data-token="Hoja de cálculo"]')
        item.get_by_role("button", name="Retirar Hoja de cálculo").click()
        expect(item).to_have_count(0)
        wait_until(lambda: program.get("/api/v1/ivr/freshness").status_code == 401)
    page.keyboard.press("Escape")
    again = account_sheet(page)
    again.get_by_role("button", name="Tokens").click()
    expect(again.get_by_text("No tiene tokens")).to_be_visible()
    assert token not in page.content()


@pytest.mark.parametrize(("language", "scheme", "size"), LOOKS)
def test_nobody_is_shut_out(
    browser: Browser, system: RunningSystem, watch: Watch, language: str, scheme: str, size: tuple[int, int]
) -> None:
    context = open_context(browser, size=size, scheme=scheme)
    page = context.new_page()
    watch.of(page)
    enter(page, system.url, system.username, PASSWORD, language)
    name = f"{language} {scheme}"
    words = {"es": ("Nombre de la vista nueva", "Guardar", "Cambiar"), "en": ("Name of the new view", "Save", "Change")}
    field, save, change = words[language]
    page.locator("header button:has(svg)").and_(page.get_by_role("button", name=re.compile("^(Vistas|Views)"))).click()
    page.get_by_label(field).fill(name)
    page.get_by_role("dialog").get_by_role("button", name=save, exact=True).click()
    expect(page).to_have_url(re.compile(r"v=\d+"))
    found = [f"bar: {each}" for each in violations(page)]
    page.get_by_role("button", name=re.compile("^(Vistas|Views)")).click()
    page.get_by_role("button", name=f"{change} {name}").click()
    expect(page.locator("[data-own-view] form").first).to_be_visible()
    found += [f"views: {each}" for each in violations(page)]
    found += ["scrolls sideways"] * scrolls_sideways(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("cuenta de|account of")).click()
    page.get_by_role("button", name=re.compile("^(Sesiones|Sessions)")).click()
    expect(page.locator("[data-session=current]")).to_be_visible()
    found += [f"sessions: {each}" for each in violations(page)]
    page.get_by_role("dialog").get_by_role("button", name="Tokens").click()
    page.get_by_role("button", name=re.compile("^(Crear un token|Create a token)")).click()
    found += [f"tokens: {each}" for each in violations(page)]
    context.close()
    assert found == []
