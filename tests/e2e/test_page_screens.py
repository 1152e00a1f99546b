"""Demand, service and IVR in a real browser: their numbers are the simulator's, and nobody is shut out."""

import csv
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.access import violations
from tests.e2e.browser import (
    NARROW,
    WIDE,
    Watch,
    enter,
    open_context,
    scrolls_sideways,
    settle,
    tile,
    tile_number,
)
from tests.e2e.screens import NUMBERS, STEPS
from tests.e2e.system import PASSWORD, RunningSystem

pytestmark = pytest.mark.e2e

Truth = dict[str, Any]
LOOKS = (("es", "light", WIDE), ("en", "dark", WIDE), ("es", "dark", NARROW), ("en", "light", NARROW))


def visit(page: Page, system: RunningSystem, path: str, *, tiles: bool = True) -> None:
    page.goto(system.url + path)
    settle(page, tiles=tiles)


def whole(truth: Truth) -> str:
    """The address of everything that the simulator made."""
    return f"from={truth['first_day']}&to={truth['last_day']}"


def cells(page: Page, panel: str, first: str) -> list[str]:
    """The cells of the row of a block's table that begins with `first`."""
    rows = page.locator(f"[data-panel={panel}] tbody tr").all()
    found: list[list[str]] = [row.locator("th, td").all_inner_texts() for row in rows]
    return next(row for row in found if row[0].strip() == first)


def as_table(page: Page, panel: str) -> None:
    page.locator(f"[data-panel={panel}]").get_by_role("button", name="Ver como tabla").click()


def counted(text: str) -> int:
    return int(text.replace(",", ""))


@pytest.mark.requirement("RF-032")
def test_demand_counts_every_call_and_finds_the_busiest_hour(page: Page, system: RunningSystem) -> None:
    truth = system.manifest["legacy"]
    visit(page, system, f"/demanda?{whole(truth)}")
    assert tile_number(page, "calls") == truth["calls"]
    most = max(truth["by_hour"])
    expect(page.locator("[data-tile=peak_hour]")).to_contain_text(f"{most:,} en el periodo")
    as_table(page, "heat")
    rows = page.locator("[data-panel=heat] tbody tr").all()
    by_hour = [sum(counted(text) for text in row.locator("td").all_inner_texts()) for row in rows]
    assert by_hour == truth["by_hour"]


def test_the_days_of_demand_are_those_of_the_simulator(page: Page, system: RunningSystem) -> None:
    truth = system.manifest["legacy"]
    visit(page, system, f"/demanda?{whole(truth)}")
    as_table(page, "days")
    rows = page.locator("[data-panel=days] tbody tr").all()
    shown = [counted(row.locator("td").first.inner_text()) for row in rows]
    first = date.fromisoformat(truth["first_day"])
    days = [(first + timedelta(days=day)).isoformat() for day in range(len(rows))]
    assert days[-1] == truth["last_day"]
    assert shown == [truth["calls_by_day"][day] for day in days]


@pytest.mark.requirement("RF-054")
def test_a_holiday_is_named_and_not_taken_for_an_unusual_day(page: Page, system: RunningSystem) -> None:
    truth = system.manifest["legacy"]
    made = system.iact("token", "create", "--username", system.username)
    headers = {"authorization": f"Bearer {made.stdout.split()[-1]}"}
    address = f"{system.url}/api/v1/ivr/holidays/{truth['last_day']}"
    with httpx.Client(headers=headers, trust_env=False, timeout=30) as client:
        assert client.put(address, json={"name": "Fiesta"}).status_code in {200, 201}
        try:
            visit(page, system, f"/demanda?{whole(truth)}")
            expect(page.locator("[data-panel=days] figcaption")).to_contain_text("1 festivo, aparte.")
            as_table(page, "days")
            last = page.locator("[data-panel=days] tbody tr").last
            expect(last).to_contain_text("Festivo")
            assert counted(last.locator("td").first.inner_text()) == truth["calls_by_day"][truth["last_day"]]
        finally:
            assert client.delete(address).status_code == 204


def test_the_hours_of_a_day_add_up_to_it(page: Page, system: RunningSystem) -> None:
    truth = system.manifest["legacy"]
    visit(page, system, f"/demanda?{whole(truth)}")
    as_table(page, "hours")
    rows = page.locator("[data-panel=hours] tbody tr")
    hours = [counted(row.locator("td").first.inner_text()) for row in rows.all()]
    assert sum(hours) == truth["calls_by_day"][truth["last_day"]]
    page.get_by_role("button", name="Día anterior").click()
    settle(page)
    before = (date.fromisoformat(truth["last_day"]) - timedelta(days=1)).isoformat()
    hours = [counted(row.locator("td").first.inner_text()) for row in rows.all()]
    assert sum(hours) == truth["calls_by_day"][before]


def test_service_levels_stand_side_by_side_and_are_true(page: Page, system: RunningSystem) -> None:
    truth = system.manifest["asterisk"]
    visit(page, system, "/servicio")
    assert tile_number(page, "offered") == truth["calls"]
    waits = {exit_: within(truth, exit_, 20) for exit_ in ("answered", "abandoned")}
    answered, abandoned = truth["exits"]["answered"], truth["exits"]["abandoned"]
    short = within(truth, "abandoned", 5)
    expected = {
        "A": waits["answered"] / answered,
        "B": waits["answered"] / (answered + abandoned),
        "C": waits["answered"] / (truth["calls"] - short),
        "D": (waits["answered"] + waits["abandoned"]) / (answered + abandoned),
    }
    shown = {name: page.locator(f"[data-variant={name}]").inner_text() for name in expected}
    assert shown == {name: f"{share * 100:.1f}%" for name, share in expected.items()}


def within(truth: Truth, exit_: str, seconds: int) -> int:
    """How many left the queue by this exit within so many seconds."""
    return sum(calls for wait, calls in truth["wait_s_histogram"][exit_].items() if int(wait) <= seconds)


@pytest.mark.requirement("RF-032")
def test_the_waits_of_service_hold_every_call(page: Page, system: RunningSystem) -> None:
    truth = system.manifest["asterisk"]
    visit(page, system, "/servicio")
    as_table(page, "spread")
    rows = [row.locator("td").all_inner_texts() for row in page.locator("[data-panel=spread] tbody tr").all()]
    assert sum(counted(row[0]) for row in rows) == truth["calls"]
    assert sum(counted(row[2]) for row in rows) == truth["exits"]["abandoned"]


def test_service_tells_segments_apart(page: Page, system: RunningSystem) -> None:
    truth = system.manifest["legacy"]
    visit(page, system, f"/servicio?tab=ivr&{whole(truth)}")
    puebla = truth["by_segment"]["puebla"]
    row = cells(page, "segments", "Puebla")
    assert [counted(row[1]), counted(row[2])] == [puebla["calls"], puebla["abandoned"]]


def test_the_ivr_loses_no_call_between_menu_and_centre(page: Page, system: RunningSystem) -> None:
    truth = system.manifest["legacy"]
    visit(page, system, f"/ivr?{whole(truth)}")
    assert tile_number(page, "calls") == truth["calls"]
    assert tile_number(page, "menu_errors") == truth["menu_errors"]
    assert tile(page, "transferred") == f"{truth['transferred'] / truth['calls'] * 100:.1f}%"
    assert counted(cells(page, "menus", "cliente_colgo")[1]) == truth["by_menu"]["cliente_colgo"]
    centre = max((name for name in truth["by_centre"] if name.isdigit()), key=lambda name: truth["by_centre"][name])
    assert counted(cells(page, "centres", centre)[1]) == truth["by_centre"][centre]
    expect(page.locator("[data-panel=flow] figcaption")).to_contain_text(f"{truth['calls']:,} llamadas")


@pytest.mark.requirement("RF-066")
def test_two_quarters_are_compared(page: Page, system: RunningSystem) -> None:
    truth = system.manifest["legacy"]
    visit(page, system, "/ivr?from=2025-10-01&to=2025-12-31&compare=previous_period")
    expect(page.locator("[data-panel=menus] thead")).to_contain_text("Cambio")
    menu = "cliente_colgo"
    row = cells(page, "menus", menu)
    assert counted(row[1]) < truth["by_menu"][menu]
    assert re.match(r"[+-]?\d+\.\d pp", row[4])
    page.get_by_label("Frente a").select_option("none")
    settle(page)
    expect(page.locator("[data-panel=menus] thead")).not_to_contain_text("Cambio")


def test_a_chart_is_saved_as_a_picture(page: Page, system: RunningSystem, tmp_path: Path) -> None:
    visit(page, system, "/ivr")
    with page.expect_download() as saved:
        page.locator("[data-panel=flow]").get_by_role("button", name="Descargar imagen PNG").click()
    file = tmp_path / saved.value.suggested_filename
    saved.value.save_as(file)
    assert file.suffix == ".png"
    assert file.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert file.stat().st_size > 10_000  # an empty canvas is a tenth of that


def test_the_palette_goes_everywhere_by_keyboard(page: Page) -> None:
    for typed, heading in (("demanda", "Demanda"), ("servicio", "Servicio"), ("ivr", "IVR")):
        page.keyboard.press("Control+k")
        page.get_by_role("combobox", name="Buscar pantallas y acciones").fill(f"ir {typed}")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        settle(page)


@pytest.mark.requirement("RF-053")
def test_the_steps_of_the_switch_are_those_of_the_simulator(page: Page, system: RunningSystem) -> None:
    truth = system.manifest["asterisk"]
    visit(page, system, f"{STEPS}&{whole(truth)}", tiles=False)
    rows = page.locator("[data-panel=loss] tbody tr")
    shown = {row.locator("th").inner_text(): counted(row.locator("td").first.inner_text()) for row in rows.all()}
    assert shown == truth["steps"]["by_menu"]
    as_table(page, "steps")
    first = page.locator("[data-panel=steps] tbody tr").first
    expect(first).to_contain_text("Entrada")


@pytest.mark.requirement("RF-053")
def test_the_steps_are_saved_as_csv_with_every_way(page: Page, system: RunningSystem, tmp_path: Path) -> None:
    truth = system.manifest["asterisk"]
    visit(page, system, f"{STEPS}&{whole(truth)}", tiles=False)
    with page.expect_download() as saved:
        page.locator("[data-panel=steps]").get_by_role("button", name="Descargar CSV").click()
    file = tmp_path / saved.value.suggested_filename
    saved.value.save_as(file)
    assert file.name.startswith(f"iact-{truth['first_day']}-{truth['last_day']}")
    with file.open(encoding="utf-8-sig", newline="") as lines:
        ways = list(csv.DictReader(lines))
    assert list(ways[0]) == ["from", "to", "back", "passes", "callers", "share"]
    out: dict[str, int] = {}
    for way in ways:
        name = way["from"].removeprefix("menu:")
        out[name] = out.get(name, 0) + int(way["passes"])
    assert {name: out[name] for name in truth["steps"]["by_menu"]} == truth["steps"]["by_menu"]


def test_the_bar_goes_along_from_screen_to_screen(page: Page, system: RunningSystem) -> None:
    visit(page, system, "/?segment=puebla&period=last_quarter")
    calls = tile(page, "calls")
    page.get_by_role("link", name="Demanda").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Demanda")
    settle(page)
    assert tile(page, "calls") == calls
    expect(page).to_have_url(re.compile(r"/demanda\?period=last_quarter&segment=puebla"))


@pytest.mark.requirement("RF-050")
def test_a_wall_shows_the_queues_of_the_last_day(page: Page, system: RunningSystem) -> None:
    visit(page, system, "/?kiosk=1&tab=queues")
    assert tile_number(page, "offered") == system.manifest["asterisk"]["calls"]
    expect(page.locator("[data-kiosk-strip]")).to_contain_text("Sin datos nuevos desde")
    assert page.locator("header, button:visible, a:visible").count() == 0


@pytest.mark.parametrize(("language", "scheme", "size"), LOOKS)
def test_nobody_is_shut_out(
    browser: Browser, system: RunningSystem, watch: Watch, language: str, scheme: str, size: tuple[int, int]
) -> None:
    context = open_context(browser, size=size, scheme=scheme)
    page = context.new_page()
    watch.of(page)
    enter(page, system.url, system.username, PASSWORD, language)
    found = []
    for path in NUMBERS.values():
        visit(page, system, path, tiles=path != STEPS)
        assert not scrolls_sideways(page), path
        found += [f"{path}: {each}" for each in violations(page)]
    found += opened_over(page, system)
    context.close()
    assert found == []


def opened_over(page: Page, system: RunningSystem) -> list[str]:
    """What axe finds in what opens over a screen."""
    visit(page, system, "/demanda")
    page.locator("[data-tile] button").first.click()
    expect(page.locator("[data-tile] button").first).to_have_attribute("aria-expanded", "true")
    page.locator("[role=dialog] dl").first.wait_for()
    found = [f"help: {each}" for each in violations(page)]
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name=re.compile("^(Buscar|Search)")).fill("i")
    found += [f"palette: {each}" for each in violations(page)]
    page.keyboard.press("Escape")
    page.locator("header button[aria-haspopup=dialog]").click()
    page.get_by_role("button", name=re.compile("pared$|^Wall")).click()
    page.get_by_role("dialog").get_by_role("textbox").first.wait_for()
    return found + [f"walls: {each}" for each in violations(page)]


@pytest.mark.requirement("RF-050")
def test_a_wall_reads_by_a_link_until_it_is_taken_back(
    page: Page, browser: Browser, system: RunningSystem, watch: Watch
) -> None:
    visit(page, system, "/?tab=queues")
    page.locator("header button[aria-haspopup=dialog]").click()
    page.get_by_role("button", name="Pantallas de pared").click()
    page.get_by_label("Nombre").fill("sala")
    page.get_by_role("button", name="Crear enlace").click()
    link = page.get_by_label("Enlace para sala").input_value()
    context = open_context(browser)
    wall = context.new_page()
    watch.of(wall)
    wall.goto(link)
    settle(wall)
    assert tile_number(wall, "offered") == system.manifest["asterisk"]["calls"]
    assert "display=" not in wall.url
    wall.reload()
    settle(wall)
    page.get_by_role("button", name="Retirar sala").click()
    expect(page.get_by_role("button", name="Retirar sala")).to_have_count(0)
    wall.reload()
    expect(wall.get_by_text("El permiso de esta pantalla terminó o fue retirado.")).to_be_visible()
    context.close()
