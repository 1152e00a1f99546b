"""Calls, plan, reports and system in a real browser: their main numbers are the simulator's, and nobody is shut out."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.access import violations
from tests.e2e.browser import (
    NARROW,
    WAIT_MS,
    WIDE,
    Watch,
    open_context,
    scrolls_sideways,
    sign_in,
)
from tests.e2e.screens import WORK
from tests.e2e.system import PASSWORD, RunningSystem

pytestmark = pytest.mark.e2e

# What opens over a screen, and what opens it, in whatever language.
OVER = {
    "story of a call": ("/llamadas", "[data-call]"),
    "story of a queue call": ("/llamadas?tab=queues", "[data-call]"),
    "export": ("/llamadas", "[data-opens=export]"),
    "new person": ("/sistema?part=people", "[data-opens=person]"),
}


@pytest.fixture(scope="module")
def rolled_back(system: RunningSystem) -> None:
    """Version 2.0 went out five days ago, and 1.0 again an hour later: a failure by the grade of a rollback."""
    began = datetime.now(UTC) - timedelta(days=5)
    for hour, version in enumerate(("1.0", "2.0", "1.0")):
        at = (began + timedelta(hours=hour)).isoformat(timespec="seconds")
        done = system.iact("dora", "deployed", "evidence", "--version", version, "--at", at)
        assert done.returncode == 0, done.stderr


def opened(page: Page, system: RunningSystem, path: str) -> None:
    page.goto(system.url + path)
    quiet(page)


def quiet(page: Page) -> None:
    """Every block has its content."""
    expect(page.locator("[data-panel]").first).to_be_visible(timeout=WAIT_MS)
    expect(page.locator("[data-panel][aria-busy=true]")).to_have_count(0, timeout=WAIT_MS)


def total(page: Page) -> int:
    found = page.locator("[data-total]")
    expect(found).to_be_visible(timeout=WAIT_MS)
    return int(found.get_attribute("data-total") or "")


def whole(system: RunningSystem, **more: str) -> str:
    truth = system.manifest["legacy"]
    asked = {"from": truth["first_day"], "to": truth["last_day"], **more}
    return "?" + "&".join(f"{name}={value}" for name, value in asked.items())


def test_the_list_counts_every_call_and_narrows_to_those_behind_a_number(page: Page, system: RunningSystem) -> None:
    truth = system.manifest["legacy"]
    opened(page, system, "/llamadas" + whole(system))
    assert total(page) == truth["calls"]
    opened(page, system, "/llamadas" + whole(system, metric="abandoned", segment="puebla"))
    assert total(page) == sum(row[3] for row in truth["by_day_segment"] if row[1] == "puebla")


def test_pages_follow_one_another_and_back_undoes_them(page: Page, system: RunningSystem) -> None:
    opened(page, system, "/llamadas" + whole(system))
    calls = page.locator("[data-call]")
    expect(calls).to_have_count(50)
    first = calls.first.get_attribute("data-call")
    before = total(page)
    page.get_by_role("button", name="Siguientes").click()
    expect(page).to_have_url(re.compile("cursor="))
    expect(page.locator(f"[data-call='{first}']")).to_have_count(0)
    assert total(page) == before
    page.go_back()
    expect(calls.first).to_have_attribute("data-call", first or "")


def test_queue_calls_by_exit_are_those_of_the_manifest(page: Page, system: RunningSystem) -> None:
    truth = system.manifest["asterisk"]
    period = f"?tab=queues&from={truth['first_day']}&to={truth['last_day']}"
    opened(page, system, "/llamadas" + period)
    assert total(page) == truth["calls"]
    page.get_by_label("Salida").select_option("abandoned")
    expect(page).to_have_url(re.compile("exit=abandoned"))
    expect(page.locator(f"[data-total='{truth['exits']['abandoned']}']")).to_be_visible(timeout=WAIT_MS)


def test_a_call_tells_its_story_by_the_keyboard_alone(page: Page, system: RunningSystem) -> None:
    truth = system.manifest["asterisk"]
    period = f"&from={truth['first_day']}&to={truth['last_day']}"
    opened(page, system, f"/llamadas?tab=queues&exit=answered{period}")
    call = page.locator("[data-call]").first
    call.focus()
    page.keyboard.press("Enter")
    story = page.get_by_role("dialog")
    expect(story.locator("[data-moment=entered]")).to_have_count(1, timeout=WAIT_MS)
    expect(story.locator("[data-moment=leg]").first).to_contain_text("cdr")
    expect(story).to_contain_text("Identificador en el PBX")
    page.keyboard.press("Escape")
    expect(story).to_have_count(0)
    expect(page).not_to_have_url(re.compile("call="))


def test_the_plan_has_a_band_its_back_test_and_people(page: Page, system: RunningSystem) -> None:
    after = date.fromisoformat(system.manifest["legacy"]["last_day"]) + timedelta(days=1)
    opened(page, system, f"/plan?start={after}&aht=240&patience=90")
    expect(page.locator("[data-figure=folds] dd")).to_have_text(re.compile(r"^[1-9]"))
    peak = page.locator("[data-plan=peak] [data-value]")
    expect(peak).to_have_text(re.compile(r"^[1-9]"), timeout=WAIT_MS)
    hours = page.locator("[data-plan=hours] [data-value]")
    before = hours.inner_text()
    field = page.get_by_label("Tiempo por llamada")
    field.fill("480")
    field.press("Enter")
    expect(page).to_have_url(re.compile("aht=480"))
    expect(hours).not_to_have_text(before, timeout=WAIT_MS)


def test_every_report_is_a_table_and_a_file(page: Page, system: RunningSystem) -> None:
    truth = system.manifest["legacy"]
    seen = 0
    for tab in ("ivr", "queues"):
        opened(page, system, f"/informes?tab={tab}&period=last_quarter")
        links = page.get_by_role("navigation", name="Informes").get_by_role("link")
        expect(links.first).to_be_visible(timeout=WAIT_MS)
        for index in range(links.count()):
            links.nth(index).click()
            expect(links.nth(index)).to_have_attribute("aria-current", "page")
            quiet(page)
            expect(page.locator("[data-panel=report] [role=alert]")).to_have_count(0)
            seen += 1
    assert seen == 14
    opened(page, system, "/informes?tab=ivr&period=last_quarter&report=abandonment")
    months = ("2025-07", "2025-08", "2025-09")
    rows: list[Any] = [row for row in truth["by_day_segment"] if row[0].startswith(months)]
    last = page.locator("[data-panel=report] tbody tr").last
    expect(last).to_contain_text(f"{sum(row[3] for row in rows):,}")
    expect(last).to_contain_text(f"{sum(row[2] for row in rows):,}")
    for name in ("CSV", "XLSX", "PDF"):
        with page.expect_download() as download:
            page.get_by_role("link", name=f"Descargar {name}").click()
        assert download.value.failure() is None
        assert download.value.suggested_filename.endswith(name.lower())


def test_runs_add_up_and_a_new_one_shows_its_end(page: Page, system: RunningSystem) -> None:
    opened(page, system, "/sistema?run=1")
    proof = page.get_by_role("dialog")
    expect(proof).to_contain_text("Cuadra", timeout=WAIT_MS)
    expect(proof.get_by_role("table", name="Filas por tabla").locator("tbody tr")).to_have_count(
        len(system.manifest["legacy"]["tables"])
    )
    page.keyboard.press("Escape")
    runs = page.locator("[data-run]")
    before = runs.count()
    page.get_by_role("button", name="Leer ahora queues").click()
    expect(runs).to_have_count(before + 1, timeout=WAIT_MS)
    newest = page.get_by_role("table", name="Lecturas").locator("tbody tr").first
    expect(newest).to_contain_text("Completa", timeout=60_000)


@pytest.mark.requirement("RF-048")
@pytest.mark.usefixtures("rolled_back")
def test_what_stands_behind_a_delivery_number_has_its_grade_and_a_file(page: Page, system: RunningSystem) -> None:
    opened(page, system, "/sistema?part=delivery")
    doubts = page.get_by_role("table", name="Qué tan seguros son estos números")
    expect(doubts.locator("tbody tr")).not_to_have_count(0)
    # No folder of figures is set: nobody knows, and the page says so.
    expect(page.get_by_role("table", name="Metas de calidad").get_by_text("Sin dato")).to_have_count(4)
    button = page.get_by_role("button", name="Lo que hay detrás: Cambios que fallan")
    button.click()
    story = page.get_by_role("dialog")
    failed = story.get_by_role("table", name="Uno por uno").locator("tbody tr").filter(has_text="evidence 2.0")
    expect(failed).to_contain_text("Vuelta atrás", timeout=WAIT_MS)
    expect(page).to_have_url(re.compile("evidence=change_fail_rate"))
    with page.expect_download() as download:
        story.get_by_role("link", name="Descargar CSV").click()
    assert download.value.failure() is None
    assert re.fullmatch(r"dora-change-fail-rate-\d{8}-\d{8}\.csv", download.value.suggested_filename)
    page.keyboard.press("Escape")
    expect(story).to_have_count(0)
    expect(page).not_to_have_url(re.compile("evidence="))
    expect(button).to_be_focused()


def test_source_and_warehouse_are_equal(page: Page, system: RunningSystem) -> None:
    opened(page, system, "/sistema?part=reconcile&source=queues")
    page.get_by_role("button", name="Conciliar").click()
    expect(page.locator("[data-reconciliation=equal]")).to_be_visible(timeout=60_000)


@pytest.mark.requirement("RNF-008")
@pytest.mark.usefixtures("rolled_back")
def test_axe_finds_nothing_on_the_screens_of_work(browser: Browser, system: RunningSystem, watch: Watch) -> None:
    found: list[str] = []
    for scheme, language, size in (("light", "es-MX", WIDE), ("dark", "en-US", WIDE), ("dark", "es-MX", NARROW)):
        context = open_context(browser, size=size, language=language, scheme=scheme)
        page = context.new_page()
        watch.of(page)
        page.goto(f"{system.url}/sign-in")
        page.locator(f"button[lang={language[:2]}]").click()
        sign_in(page, system.url, system.username, PASSWORD)
        for name, path in WORK.items():
            opened(page, system, path)
            if any(each in path for each in ("run=", "person=", "evidence=")):
                page.get_by_role("dialog").get_by_role("table").first.wait_for()
            found += [f"{name} {scheme} {language}: {each}" for each in violations(page)]
            if scrolls_sideways(page):
                found.append(f"{name} scrolls sideways at {size[0]} px")
        for name, (path, opener) in OVER.items():
            opened(page, system, path)
            page.locator(opener).first.click()
            page.get_by_role("dialog").locator("h2").first.wait_for()
            page.wait_for_load_state("networkidle")
            found += [f"{name} {scheme} {language}: {each}" for each in violations(page)]
        context.close()
    assert sorted(found) == []


def test_what_a_person_may_not_do_is_refused_with_a_sentence(page: Page, system: RunningSystem) -> None:
    page.goto(f"{system.url}/sistema?part=audit")
    expect(page.get_by_text("Su cuenta no incluye esta pantalla")).to_be_visible()
    expect(page.get_by_role("link", name="Auditoría")).to_have_count(0)
