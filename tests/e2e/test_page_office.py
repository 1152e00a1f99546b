"""What a person keeps in the page, in a real browser: files made in the background, reports on a calendar,
and the tray of alerts."""

import csv
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.access import violations
from tests.e2e.browser import NARROW, WAIT_MS, WIDE, Watch, enter, open_context, scrolls_sideways
from tests.e2e.screens import OFFICE
from tests.e2e.system import PASSWORD, RunningSystem

pytestmark = pytest.mark.e2e

LOOKS = (("es", "light", WIDE), ("en", "dark", NARROW))
QUARTER = ("2025-07", "2025-08", "2025-09")


def opened(page: Page, system: RunningSystem, path: str) -> None:
    page.goto(system.url + path)
    expect(page.locator("[data-panel]").first).to_be_visible(timeout=WAIT_MS)
    expect(page.locator("[data-panel][aria-busy=true]")).to_have_count(0, timeout=WAIT_MS)


def wait_until(true: Callable[[], bool], limit_s: float = 120) -> None:
    """Alerts are looked at whenever data arrives, by a service of its own pace."""
    end = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end, f"not within {limit_s} s"
        time.sleep(1)


def test_a_file_made_in_the_background_holds_every_call_of_the_quarter(
    page: Page, system: RunningSystem, tmp_path: Path
) -> None:
    opened(page, system, "/informes?tab=ivr&period=last_quarter&report=abandonment")
    page.get_by_role("button", name="Exportar").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Nombre").fill("Abandono del verano")
    dialog.get_by_role("button", name="CSV").click()
    dialog.get_by_role("button", name="Hacer el archivo").click()
    expect(dialog.locator("[data-file-state=done]")).to_be_visible(timeout=60_000)
    dialog.get_by_role("link", name="Archivos").click()
    row = page.get_by_role("table", name="Archivos").locator("tbody tr", has_text="Abandono del verano")
    with page.expect_download() as download:
        row.get_by_role("link", name="Descargar CSV de Abandono del verano").click()
    saved = tmp_path / "file.csv"
    download.value.save_as(saved)
    rows = list(csv.reader(saved.read_text(encoding="utf-8-sig").splitlines()))
    days = [day for day in system.manifest["legacy"]["by_day_segment"] if day[0].startswith(QUARTER)]
    assert str(sum(day[2] for day in days)) in rows[-1]
    assert str(sum(day[3] for day in days)) in rows[-1]
    row.get_by_role("button", name="Borrar Abandono del verano").click()
    expect(row).to_have_count(0)


def test_the_list_of_calls_is_taken_away_whole(page: Page, system: RunningSystem, tmp_path: Path) -> None:
    opened(page, system, "/llamadas?tab=ivr&period=last_quarter")
    panel = page.locator("[data-panel=calls]")
    total = int(panel.locator("[data-total]").get_attribute("data-total") or "0")
    panel.get_by_role("button", name="Exportar todas las filas").click()
    dialog = page.get_by_role("dialog")
    assert not dialog.get_by_role("button", name="PDF").is_visible()
    dialog.get_by_label("Nombre").fill("Llamadas del verano")
    dialog.get_by_role("button", name="CSV").click()
    dialog.get_by_role("button", name="Hacer el archivo").click()
    expect(dialog.locator("[data-file-state=done]")).to_be_visible(timeout=120_000)
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Descargar CSV de Llamadas del verano").click()
    saved = tmp_path / "calls.csv"
    download.value.save_as(saved)
    with saved.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    days = [day for day in system.manifest["legacy"]["by_day_segment"] if day[0].startswith(QUARTER)]
    assert len(rows) == total == sum(day[2] for day in days)
    dialog.get_by_role("button", name="Borrar Llamadas del verano").click()


def test_the_question_of_a_block_is_taken_away_and_kept_among_the_files(
    page: Page, system: RunningSystem, tmp_path: Path
) -> None:
    opened(page, system, "/servicio?tab=ivr&period=last_quarter")
    page.locator("[data-panel=segments]").get_by_role("button", name="Exportar todas las filas").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="XLSX")).to_be_visible()
    dialog.get_by_label("Nombre").fill("Segmentos del verano")
    dialog.get_by_role("button", name="Hacer el archivo").click()
    expect(dialog.locator("[data-file-state=done]")).to_be_visible(timeout=60_000)
    dialog.get_by_role("link", name="Archivos").click()
    row = page.get_by_role("table", name="Archivos").locator("tbody tr", has_text="Segmentos del verano")
    with page.expect_download() as download:
        row.get_by_role("link", name="Descargar CSV de Segmentos del verano").click()
    saved = tmp_path / "segments.csv"
    download.value.save_as(saved)
    with saved.open(encoding="utf-8-sig", newline="") as file:
        found = {line["segment"]: (int(line["calls"]), int(line["abandoned"])) for line in csv.DictReader(file)}
    days = [day for day in system.manifest["legacy"]["by_day_segment"] if day[0].startswith(QUARTER)]
    names = {day[1] for day in days}
    truth = {name: [day for day in days if day[1] == name] for name in names}
    assert found == {name: (sum(day[2] for day in of), sum(day[3] for day in of)) for name, of in truth.items()}
    row.get_by_role("button", name="Borrar Segmentos del verano").click()
    expect(row).to_have_count(0)


@pytest.mark.requirement("RF-044")
def test_a_schedule_is_paused_resumed_and_forgotten(page: Page, system: RunningSystem) -> None:
    opened(page, system, "/informes?tab=ivr&period=last_quarter&report=abandonment")
    page.get_by_role("button", name="Programar").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Nombre").fill("Lunes temprano")
    dialog.get_by_label("Cada cuánto").select_option("month")
    dialog.get_by_label("Día del mes").select_option("3")
    dialog.get_by_role("button", name="Programar").click()
    expect(dialog.get_by_role("status")).to_contain_text("La próxima vez")
    dialog.get_by_role("link", name="Programados").click()
    row = page.get_by_role("table", name="Programados").locator("tbody tr", has_text="Lunes temprano")
    expect(row).to_contain_text("Cada mes · día 3 · 07:30")
    row.get_by_role("button", name="Pausar Lunes temprano").click()
    expect(row).to_contain_text("En pausa")
    row.get_by_role("button", name="Reanudar Lunes temprano").click()
    expect(row).to_contain_text("Activo")
    row.get_by_role("button", name="Borrar Lunes temprano").click()
    expect(row).to_have_count(0)


def test_the_tray_shows_an_alert_until_somebody_takes_it(page: Page, system: RunningSystem) -> None:
    rule = {"kind": "threshold", "source_kind": "legacy", "metric": "calls", "window_minutes": 43_200}
    body = {"name": "Demasiadas", "severity": "critical", "definition": {**rule, "comparison": "gte", "value": 1}}
    with closing(system.sign_in()) as client:
        made = client.post("/api/v1/analytics/alert-rules", json=body)
        assert made.status_code == 201, made.text
        wait_until(lambda: "Demasiadas" in client.get("/api/v1/analytics/alerts").text)
    # The client's session took the place of the page's: the person comes in again.
    enter(page, system.url, system.username, PASSWORD, "es")
    tray = page.locator("[data-tray]")
    expect(tray).not_to_have_attribute("data-tray", "0")
    tray.click()
    dialog = page.get_by_role("dialog")
    alert = dialog.locator("[data-alert]", has_text="Demasiadas")
    alert.get_by_role("button", name="Atender Demasiadas").click()
    expect(alert).to_contain_text(f"La atiende {system.username}")
    dialog.get_by_role("button", name="Mensajes").click()
    dialog.get_by_role("button", name="Marcar todos como leídos").click()
    expect(tray).to_have_attribute("data-tray", "0")
    assert violations(page) == []


@pytest.mark.parametrize(("language", "scheme", "size"), LOOKS)
def test_nobody_is_shut_out(
    browser: Browser, system: RunningSystem, watch: Watch, language: str, scheme: str, size: tuple[int, int]
) -> None:
    context = open_context(browser, size=size, scheme=scheme)
    page = context.new_page()
    watch.of(page)
    enter(page, system.url, system.username, PASSWORD, language)
    found = []
    for path in OFFICE.values():
        opened(page, system, path)
        found += [f"{path}: {each}" for each in violations(page)]
        if scrolls_sideways(page):
            found.append(f"{path} scrolls sideways at {size[0]} px")
    context.close()
    assert found == []
