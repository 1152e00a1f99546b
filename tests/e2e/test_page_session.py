"""Coming in, being thrown out while working, coming back, and what a lesser account is not shown."""

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import Watch, enter, give_password, open_context, settle, tile, wait_for_overview
from tests.e2e.system import PASSWORD, RunningSystem

pytestmark = pytest.mark.e2e

OTHER_PASSWORD = "siete barcos de papel en el patio"


@pytest.fixture
def page(browser: Browser, watch: Watch) -> Iterator[Page]:
    context = open_context(browser)
    page = context.new_page()
    watch.of(page)
    yield page
    context.close()


def new_person(system: RunningSystem, username: str, *groups: str) -> str:
    """An account with these groups; returns its one-time code."""
    with closing(system.sign_in()) as client:
        made = client.post("/api/v1/users", json={"username": username})
        assert made.status_code == 201, made.text
        given = client.post(f"/api/v1/users/{made.json()['user']['id']}/groups", json={"groups": list(groups)})
        assert given.status_code in (200, 201), given.text
        code: str = made.json()["sign_in_code"]["code"]
    return code


def choose_password(page: Page, password: str) -> None:
    page.locator("input[name=new-password]").fill(password)
    page.locator("input[name=new-password-again]").fill(password)
    page.locator("button[type=submit]").click()


def test_a_one_time_link_lets_a_new_person_in(page: Page, system: RunningSystem) -> None:
    code = new_person(system, "page.viewer", "AGR-001")
    page.goto(f"{system.url}/sign-in#code={code}")
    expect(page.get_by_role("heading", name="Elija su contraseña")).to_be_visible()
    assert code not in page.url
    choose_password(page, OTHER_PASSWORD)
    wait_for_overview(page)
    # A basic operator reads, and is offered nothing more.
    expect(page.get_by_role("combobox", name="Segmento")).to_have_count(0)
    expect(page.get_by_role("button", name="Descargar CSV")).to_have_count(0)
    expect(page.get_by_text("Última carga")).to_have_count(0)


@pytest.mark.requirement("RF-033")
def test_the_language_of_the_door_is_that_of_whoever_has_chosen_none(
    browser: Browser, system: RunningSystem, watch: Watch
) -> None:
    code = new_person(system, "page.undecided", "AGR-001")
    with closing(open_context(browser)) as spanish:
        page = spanish.new_page()
        watch.of(page)
        page.goto(f"{system.url}/sign-in")
        page.get_by_role("button", name="English").click()
        expect(page.locator("html")).to_have_attribute("lang", "en-US")
        # As on another day: the browser remembers the language, the page that it was chosen by hand does not.
        page.goto("about:blank")
        page.goto(f"{system.url}/sign-in#code={code}")
        choose_password(page, OTHER_PASSWORD)
        wait_for_overview(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Today")
        expect(page.locator("html")).to_have_attribute("lang", "en-US")
    # Nothing of it stands in the account, until its person chooses one inside; that one goes with them.
    for heading, choice in (("Hoy", "English"), ("Today", "Español"), ("Hoy", None)):
        language = "en-US" if choice is None else "es-MX"
        with closing(open_context(browser, language=language)) as another:
            page = another.new_page()
            watch.of(page)
            page.goto(f"{system.url}/sign-in")
            give_password(page, "page.undecided", OTHER_PASSWORD)
            wait_for_overview(page)
            expect(page.get_by_role("heading", level=1)).to_have_text(heading)
            if choice is not None:
                with page.expect_response(re.compile("/users/me/preferences")) as kept:
                    page.get_by_role("button", name=choice).click()
                assert kept.value.status == 200


def test_a_spent_link_says_so_calmly(page: Page, system: RunningSystem, watch: Watch) -> None:
    page.goto(f"{system.url}/sign-in#code=AAAA-BBBB-CCCC-DDDD-EEEE-FFFF")
    choose_password(page, OTHER_PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("ya se usó o caducó")
    watch.complaints.clear()  # the browser itself reports the refusal that this test is about


def test_an_account_without_reports_is_told_what_is_missing(page: Page, system: RunningSystem) -> None:
    code = new_person(system, "page.auditor", "AGR-006")
    page.goto(f"{system.url}/sign-in#code={code}")
    choose_password(page, OTHER_PASSWORD)
    expect(page.get_by_text("Su cuenta no incluye esta pantalla")).to_be_visible()
    expect(page.get_by_text("RPT-001")).to_be_visible()
    expect(page.get_by_role("link", name="Hoy")).to_have_count(0)


def test_a_wrong_name_and_a_wrong_password_are_the_same(page: Page, system: RunningSystem) -> None:
    page.goto(f"{system.url}/sign-in")
    said = []
    for username in (system.username, "nobody.at.all"):
        page.locator("input[name=username]").fill(username)
        page.locator("input[name=password]").fill("not the password at all")
        with page.expect_response(re.compile("/api/v1/sessions$")):
            page.locator("button[type=submit]").click()
        expect(page.get_by_role("alert")).to_contain_text("no son correctos")
        said.append(page.get_by_role("alert").inner_text())
    assert said[0] == said[1]


def test_a_session_that_ends_in_the_middle_loses_nothing(page: Page, system: RunningSystem) -> None:
    enter(page, system.url, system.username, PASSWORD, "es")
    page.goto(f"{system.url}/?period=7d&segment=puebla")
    settle(page)
    before = tile(page, "calls")
    with closing(system.sign_in()):  # one session a person: the browser's is superseded
        # Whoever asks first notices it, this press or the tray that looks by itself; the press counts in either case.
        page.get_by_role("button", name="Este trimestre", include_hidden=True).dispatch_event("click")
        dialog = page.get_by_role("dialog", name="Su sesión terminó")
        expect(dialog).to_be_visible()
        assert tile(page, "calls") == before  # what was on screen still is
    dialog.locator("input[name=password]").fill(PASSWORD)
    dialog.get_by_role("button", name="Continuar").click()
    expect(dialog).to_have_count(0)
    settle(page)
    # What was asked for when the session ended is answered now, with the filter that was set.
    expect(page).to_have_url(re.compile("period=quarter.*segment=puebla"))
    assert tile(page, "calls") != before


def test_signing_out_closes_the_door(page: Page, system: RunningSystem) -> None:
    enter(page, system.url, system.username, PASSWORD, "es")
    page.get_by_role("button", name=re.compile("cuenta de")).click()
    page.get_by_role("button", name="Salir").click()
    expect(page.locator("input[name=password]")).to_be_visible()
    page.goto(f"{system.url}/?period=7d")
    expect(page.locator("input[name=password]")).to_be_visible()
    sign_in_here(page, system)
    # And coming in again leads where one was going.
    expect(page).to_have_url(re.compile("period=7d"))


def sign_in_here(page: Page, system: RunningSystem) -> None:
    page.locator("input[name=username]").fill(system.username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    wait_for_overview(page)
