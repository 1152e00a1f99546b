"""How long a person waits for the page, by headless Chromium against a whole system with the sample's calls.

`python -m tests.benchmarks.page [--rounds N] [--json -]`; with `--running FOLDER --username NAME` a system that is up
already (the password is asked on standard input). A screen is there when its numbers and every block of it are; the
page itself looks once a frame and keeps the moment, so no time of the test's own is in it. The first screen is opened
in a fresh profile, on disk as a person's is, and once more in the same one; then screens are changed by their links,
each having been seen before. A drawing of 2 000 points in three lines is timed from its data to its last line. Beside
every figure stands its ratio to the same browser opening a bare answer of the same gateway, in the same round.
"""

import argparse
import json
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tests.e2e.browser import ARGUMENTS, WAIT_MS, WIDE, enter, executable, launched, open_context
from tests.e2e.conftest import running_system
from tests.e2e.system import PASSWORD, RunningSystem

ROUNDS = 7
QUIET_MS = 700  # a block that comes later than this after the others would have been seen as missing by a person
FIGURES = {  # what issue and budget name, in ms
    "first screen, fresh profile": 1_500,
    "first screen, again": 500,
    "another screen": 200,
    "drawing of 2 000 points in 3 lines": 100,
}
# From the click (or from the beginning of the document) to the last moment at which something was still missing.
LOOK = """
(() => {
  const state = { from: 0, heading: null, at: null, since: null };
  window.__waited = state;
  document.addEventListener('click', () => {
    Object.assign(state, { from: performance.now(), heading: document.querySelector('h1')?.textContent ?? null,
                           at: null, since: null });
  }, true);
  const whole = () => {
    const heading = document.querySelector('h1')?.textContent ?? null;
    return heading !== null && heading !== state.heading
      && document.querySelector('[data-panel], [data-tile] [data-value]') !== null
      && document.querySelector('[data-panel][aria-busy=true], [data-renewing]') === null;
  };
  const look = () => {
    if (!whole()) state.at = null;
    else if (state.at === null) state.at = performance.now();
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""
# Asked through the debugger: the page's own policy forbids playwright's wait_for_function to look for itself.
WAIT = """
async ([quiet, longest]) => {
  for (const began = performance.now(); performance.now() - began < longest; ) {
    const { from, at } = window.__waited;
    if (at !== null && performance.now() - at > quiet) return at - from;
    await new Promise((done) => setTimeout(done, 20));
  }
  return null;
}
"""
DRAW = """
async (engine) => {
  const { init } = await import(engine);
  const box = document.createElement('div');
  box.style.cssText = 'position:fixed;inset:0;width:1200px;height:400px';
  document.body.append(box);
  const chart = init(box, null, { renderer: 'canvas' });
  const line = (n) => Array.from({ length: 2000 }, (_, i) => 100 * n + 50 * Math.sin(i / 40 + n) + (i * 7919 % 31));
  const option = {
    animation: false,
    grid: { left: 4, right: 8, top: 12, bottom: 4 },
    tooltip: { trigger: 'axis' },
    xAxis: { type: 'category', data: Array.from({ length: 2000 }, (_, i) => `${i}`) },
    yAxis: { type: 'value' },
    series: [1, 2, 3].map((n) => ({ type: 'line', showSymbol: false, data: line(n) })),
  };
  const took = [];
  for (let round = 0; round < 5; round += 1) {
    chart.clear();
    await new Promise(requestAnimationFrame);
    const began = performance.now();
    chart.setOption(option, { notMerge: true });
    chart.getZr().flush();
    took.push(performance.now() - began);
  }
  chart.dispose();
  box.remove();
  return took;
}
"""


def waited(page: Page) -> float:
    """Milliseconds until the screen was whole, and stayed so."""
    found: float | None = page.evaluate(WAIT, [QUIET_MS, WAIT_MS])
    if found is None:
        raise RuntimeError(f"{page.url} was not whole within {WAIT_MS} ms")
    return found


def bare(page: Page, url: str) -> float:
    """Milliseconds in which the browser opens an answer of some bytes."""
    page.goto(f"{url}/health/live")
    found: float = page.evaluate("performance.getEntriesByType('navigation')[0].duration")
    return found


@contextmanager
def profile(browser: Browser, state: Any) -> Iterator[BrowserContext]:
    """A profile on disk that knows nothing but who is signed in; what Chromium keeps for the next visit is kept."""
    with TemporaryDirectory(prefix="iact-profile-") as folder:
        context = browser.browser_type.launch_persistent_context(
            folder,
            executable_path=executable(),
            args=list(ARGUMENTS),
            viewport={"width": WIDE[0], "height": WIDE[1]},
            locale="es-MX",
            timezone_id="America/Mexico_City",
            reduced_motion="reduce",
        )
        context.set_default_timeout(WAIT_MS)
        context.add_cookies(state)
        context.add_init_script(LOOK)
        try:
            yield context
        finally:
            context.close()


def first_screen(browser: Browser, state: Any, url: str) -> dict[str, float]:
    with profile(browser, state) as context:
        page = context.new_page()
        found = {"bare": bare(page, url)}
        page.goto(url)
        found["first screen, fresh profile"] = waited(page)
        page.close()
        page = context.new_page()
        page.goto(url)
        found["first screen, again"] = waited(page)
        return found


def bar(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Pantallas").get_by_role("link")


def screens(page: Page) -> dict[str, float]:
    """Every screen of the bar, reached by its link; the first one, where the page is, at the end."""
    names = bar(page).all_inner_texts()
    return {name: change(page, name) for name in [*names[1:], names[0]]}


def change(page: Page, name: str) -> float:
    page.get_by_role("navigation", name="Pantallas").get_by_role("link", name=name, exact=True).click()
    return waited(page)


def drawing(page: Page) -> float:
    engine = page.evaluate(
        "performance.getEntriesByType('resource').map((e) => e.name).find((n) => /\\/engine-[^/]*\\.js$/.test(n))"
    )
    if engine is None:
        raise RuntimeError("no screen has fetched the drawing library")
    took: list[float] = page.evaluate(DRAW, engine)
    return statistics.median(took)


def measure(system: RunningSystem, password: str, rounds: int, say: Callable[[str], None]) -> dict[str, list[float]]:
    """Every figure of every round, in milliseconds."""
    found: dict[str, list[float]] = {}
    with launched() as browser:
        context = open_context(browser)
        page = context.new_page()
        enter(page, system.url, system.username, password, "es")
        state = context.cookies()
        with profile(browser, state) as seen:
            warm = seen.new_page()
            warm.goto(system.url)
            waited(warm)
            screens(warm)
            for number in range(rounds):
                say(f"round {number + 1} of {rounds}")
                took = first_screen(browser, state, system.url)
                changes = screens(warm)
                took |= {f"to {name}": value for name, value in changes.items()}
                took["another screen"] = statistics.median(changes.values())
                took["drawing of 2 000 points in 3 lines"] = drawing(warm)
                for name, value in took.items():
                    found.setdefault(name, []).append(value)
        context.close()
    return found


def table(found: dict[str, list[float]]) -> str:
    lines = [f"{'':38}{'median ms':>10}{'greatest':>10}{'of bare':>9}{'asked ms':>10}"]
    base = statistics.median(found["bare"])
    for name, took in found.items():
        middle = statistics.median(took)
        asked = FIGURES.get(name, "")
        lines.append(f"{name:38}{middle:10.0f}{max(took):10.0f}{middle / base:9.1f}{asked!s:>10}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.page", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often everything is done")
    parser.add_argument("--running", type=Path, metavar="FOLDER", help="data folder of a system that is up")
    parser.add_argument("--username", help="with --running: who signs in")
    parser.add_argument("--json", metavar="FILE", help="every figure, too; - for standard output")
    given = parser.parse_args()

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    if given.running:
        found = measure(
            RunningSystem(given.running, given.username), sys.stdin.readline().rstrip("\n"), given.rounds, say
        )
    else:
        say("starting a system with sample calls")
        with running_system() as system:
            found = measure(system, PASSWORD, given.rounds, say)
    print(table(found))
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    if given.json:
        text = json.dumps(found, indent=2)
        if given.json == "-":
            print(text)
        else:
            Path(given.json).write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
