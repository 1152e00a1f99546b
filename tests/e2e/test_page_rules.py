"""Alert rules in a real browser: one that fires on the sample calls, from its form to the tray and out of the world."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.access import violations
from tests.e2e.browser import NARROW, WAIT_MS, WIDE, Watch, enter, open_context, scrolls_sideways
from tests.e2e.screens import RULES
from tests.e2e.system import PASSWORD, RunningSystem
from tests.e2e.test_page_office import wait_until

pytestmark = pytest.mark.e2e

LOOKS = (("es", "light", WIDE), ("en", "dark", NARROW))
WINDOW_DAYS = 30
EVALUATED_MS = 90_000  # a rule is looked at every ten seconds, the page looks every fifteen, the machine may be busy
ZONE = ZoneInfo("America/Mexico_City")


def opened(page: Page, system: RunningSystem, path: str) -> None:
    page.goto(system.url + path)
    expect(page.locator("[data-panel]").first).to_be_visible(timeout=WAIT_MS)
    expect(page.locator("[data-panel][aria-busy=true]")).to_have_count(0, timeout=WAIT_MS)


def new_rule(page: Page, system: RunningSystem, name: str) -> Locator:
    """The form of a rule about the calls of the last days."""
    opened(page, system, "/avisos")
    page.get_by_role("button", name="Nueva regla").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Nombre").fill(name)
    dialog.get_by_label("Métrica").select_option("calls")
    dialog.get_by_label("Cuando", exact=True).select_option("gte")
    dialog.get_by_label("Unidad, Ventana").select_option("d")
    dialog.get_by_label("Ventana", exact=True).fill(str(WINDOW_DAYS))
    return dialog


def row_of(page: Page, table: str, name: str) -> Locator:
    return page.get_by_role("table", name=table).locator("tbody tr", has_text=name)


def calls_between(system: RunningSystem, since: datetime, until: datetime) -> tuple[int, int]:
    """Calls of the days that lie wholly in a window, and of all that touch it."""
    first, last = since.astimezone(ZONE).date(), until.astimezone(ZONE).date()
    days = system.manifest["legacy"]["by_day_segment"]
    inside = sum(day[2] for day in days if first.isoformat() < day[0] < last.isoformat())
    return inside, sum(day[2] for day in days if first.isoformat() <= day[0] <= last.isoformat())


def alert_of(page: Page, system: RunningSystem, name: str) -> dict[str, Any]:
    items = page.request.get(f"{system.url}/api/v1/analytics/alerts").json()["items"]
    (found,) = [alert for alert in items if alert["rule_name"] == name]
    alert: dict[str, Any] = found
    return alert


@pytest.mark.requirement("RF-037", "RF-045")
def test_a_rule_fires_is_taken_care_of_changed_and_forgotten(page: Page, system: RunningSystem) -> None:
    name = "Muchas llamadas"
    dialog = new_rule(page, system, name)
    dialog.get_by_label("Límite", exact=True).fill("1")
    dialog.get_by_role("button", name="Crítica").click()
    preview = "Llamadas en el IVR: 1 o más, en una ventana de 30 días hasta el último dato."
    expect(dialog.locator("[data-preview]")).to_contain_text(preview)
    dialog.get_by_role("button", name="Guardar").click()
    expect(dialog).to_have_count(0)
    row = row_of(page, "Reglas", name)
    expect(row).to_contain_text(preview)
    expect(row.get_by_role("link", name="Alerta abierta")).to_be_visible(timeout=EVALUATED_MS)
    measured_what_the_simulator_made(page, system, name)
    seen_in_the_tray_and_taken(page, system, name)
    changed_so_that_it_ends(page, system, name)
    paused_resumed_and_deleted(page, name)


def measured_what_the_simulator_made(page: Page, system: RunningSystem, name: str) -> None:
    alert = alert_of(page, system, name)
    since, until = (datetime.fromisoformat(alert[end]) for end in ("since", "until"))
    assert until - since == timedelta(days=WINDOW_DAYS)
    least, most = calls_between(system, since, until)
    assert 0 < least <= alert["value"] <= most
    expect(row_of(page, "Reglas", name)).to_contain_text(f"Valor {int(alert['value']):,}")


def seen_in_the_tray_and_taken(page: Page, system: RunningSystem, name: str) -> None:
    page.locator("[data-tray]").click()
    tray = page.get_by_role("dialog")
    expect(tray.locator("[data-alert]", has_text=name)).to_be_visible()
    tray.get_by_role("link", name="Reglas").click()
    expect(tray).to_have_count(0)
    page.get_by_role("navigation", name="Partes de los avisos").get_by_role("link", name="Alertas").click()
    alert = row_of(page, "Alertas", name)
    alert.get_by_role("button", name=f"Atender {name}").click()
    page.get_by_role("dialog").get_by_label("Nota").fill("Es la campaña de otoño")
    page.get_by_role("dialog").get_by_role("button", name="Atender").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(alert).to_contain_text(system.username)
    expect(alert).to_contain_text("Es la campaña de otoño")
    assert violations(page) == []


def changed_so_that_it_ends(page: Page, system: RunningSystem, name: str) -> None:
    opened(page, system, "/avisos")
    row = row_of(page, "Reglas", name)
    row.get_by_role("button", name=f"Cambiar {name}").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Ventana", exact=True)).to_have_value(str(WINDOW_DAYS))
    dialog.get_by_label("Límite", exact=True).fill("1000000000")
    dialog.get_by_role("button", name="Guardar").click()
    expect(row).to_contain_text("Llamadas en el IVR: 1,000,000,000 o más")
    expect(row.get_by_role("link", name="Alerta abierta")).to_have_count(0, timeout=EVALUATED_MS)


def paused_resumed_and_deleted(page: Page, name: str) -> None:
    row = row_of(page, "Reglas", name)
    row.get_by_role("button", name=f"Pausar {name}").click()
    expect(row).to_contain_text("En pausa")
    row.get_by_role("button", name=f"Reanudar {name}").click()
    expect(row).to_contain_text("Activa")
    row.get_by_role("button", name=f"Borrar {name}").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancelar").click()
    expect(row).to_have_count(1)
    row.get_by_role("button", name=f"Borrar {name}").click()
    page.get_by_role("dialog").get_by_role("button", name="Borrar").click()
    expect(row).to_have_count(0)


@pytest.mark.requirement("RF-045")
def test_a_refusal_stands_beside_its_field(browser: Browser, system: RunningSystem) -> None:
    # Not watched: the browser itself writes every refused request into its console.
    context = open_context(browser)
    page = context.new_page()
    enter(page, system.url, system.username, PASSWORD, "es")
    dialog = new_rule(page, system, "Fuera de medida")
    limit = dialog.get_by_label("Límite", exact=True)
    limit.fill("9e99")
    dialog.get_by_role("button", name="Guardar").click()
    expect(limit).to_be_focused()
    expect(limit).to_have_attribute("aria-invalid", "true")
    described = limit.get_attribute("aria-describedby") or ""
    expect(page.locator(f"[id='{described.split()[0]}']")).to_contain_text("1000000000000")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(row_of(page, "Reglas", "Fuera de medida")).to_have_count(0)
    context.close()


@pytest.mark.requirement("RF-045")
def test_the_palette_leads_there_and_the_keyboard_is_enough(page: Page, system: RunningSystem) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Buscar pantallas y acciones").fill("avis")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Avisos")).to_be_visible()
    new = page.get_by_role("button", name="Nueva regla")
    new.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Nombre")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(f"{system.url}/avisos")


@pytest.fixture(scope="module")
def kept_rule(system: RunningSystem) -> Iterator[str]:
    """The id of a rule that fires: its row, its form and its alert are states of the screen too."""
    made = system.iact("token", "create", "--username", system.username)
    headers = {"authorization": f"Bearer {made.stdout.split()[-1]}"}
    measured = {"kind": "threshold", "source_kind": "legacy", "metric": "calls", "window_minutes": 43_200}
    rule = {"name": "Siempre", "severity": "warning", "definition": {**measured, "comparison": "gte", "value": 1}}
    address = f"{system.url}/api/v1/analytics"
    with httpx.Client(headers=headers, trust_env=False, timeout=30) as client:
        answer = client.post(f"{address}/alert-rules", json=rule)
        assert answer.status_code == 201, answer.text
        wait_until(lambda: "Siempre" in client.get(f"{address}/alerts").text)
        yield str(answer.json()["id"])
        assert client.delete(f"{address}/alert-rules/{answer.json()['id']}").status_code == 204


@pytest.mark.parametrize(("language", "scheme", "size"), LOOKS)
def test_nobody_is_shut_out(
    browser: Browser,
    system: RunningSystem,
    watch: Watch,
    kept_rule: str,
    language: str,
    scheme: str,
    size: tuple[int, int],
) -> None:
    context = open_context(browser, size=size, scheme=scheme)
    page = context.new_page()
    watch.of(page)
    enter(page, system.url, system.username, PASSWORD, language)
    found = []
    for path in (*RULES.values(), f"/avisos?edit={kept_rule}"):
        opened(page, system, path)
        if "edit" in path:
            page.get_by_role("dialog").locator("[data-preview]").wait_for()
        found += [f"{path}: {each}" for each in violations(page)]
        if scrolls_sideways(page):
            found.append(f"{path} scrolls sideways at {size[0]} px")
    asked_before = {
        "/avisos": "^(Borrar|Delete) Siempre",
        "/avisos?part=alerts": "^(Atender |Take care of it: )Siempre",
    }
    for path, button in asked_before.items():
        opened(page, system, path)
        page.get_by_role("button", name=re.compile(button)).first.click()
        page.get_by_role("dialog").wait_for()
        found += [f"{button}: {each}" for each in violations(page)]
    context.close()
    assert found == []
