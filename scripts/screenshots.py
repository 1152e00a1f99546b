"""Pictures of each state of the page into ui/screenshots/ (ignored by git), to be looked at by people.

python -m scripts.screenshots --data-dir .iact --username NAME   (the password is asked on standard input)
With --axe each state is looked at by axe, too, on the screen and on paper; what it finds is told, exit code 1.
With --readme the pictures of the READMEs are taken instead, into docs/images/.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, Route

from tests.e2e.access import violations
from tests.e2e.browser import NARROW, WIDE, Watch, enter, give_password, launched, open_context, settle
from tests.e2e.screens import ALL as VIEWS
from tests.e2e.screens import AUDIT

MENU = "header button[aria-haspopup=dialog]:not([data-opens]):not([data-tray])"
ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = {"es": "es-MX", "en": "en-US"}
SIZES = {"1440": WIDE, "390": NARROW}
SCHEMES = ("light", "dark")
# What opens over a screen: where, and what is pressed one after the other; a pattern is a button's name, in either
# language.
Pressed = str | re.Pattern[str]
OVER: dict[str, tuple[str, tuple[Pressed, ...]]] = {
    "help": ("/?period=30d", ("[data-tile=abandoned_rate] button",)),
    "range": ("/?period=30d", (re.compile("^(Rango|Range)"),)),
    "menu": ("/?period=30d", (MENU,)),
    "walls": ("/?period=30d", (MENU, re.compile("^(Pantallas de pared|Wall displays)$"))),
    "account": ("/?period=30d", (MENU, re.compile("^(Sesiones|Sessions)"))),
    "views": ("/?period=30d", ("header [data-opens=views]",)),
    "tray": ("/?period=30d", ("header [data-tray]",)),
    "call": ("/llamadas", ("[data-call]",)),
    "queue-call": ("/llamadas?tab=queues", ("[data-call]",)),
    "export": ("/servicio?tab=ivr&period=30d", ("[data-panel=segments] button[data-opens=export]",)),
    "schedule": ("/informes?period=last_quarter", (re.compile("^(Programar|Schedule)$"),)),
    "new-person": ("/sistema?part=people", ("[data-opens=person]",)),
}
README = {"today": ("/", "light"), "ivr": ("/ivr?period=last_quarter", "dark")}


@dataclass(frozen=True)
class Shot:
    language: str
    size: str
    scheme: str
    folder: Path
    axe: bool = False
    found: list[str] = field(default_factory=list)  # by axe

    def save(self, page: Page, name: str, *, full: bool = True) -> None:
        title = f"{name}-{self.language}-{self.size}-{self.scheme}"
        page.screenshot(path=self.folder / f"{title}.png", full_page=full)
        if not self.axe:
            return
        for media in ("screen", "print"):
            page.emulate_media(media=media)
            page.wait_for_timeout(100)
            self.found.extend(f"{title} ({media}): {each}" for each in violations(page))
        page.emulate_media(media="screen")


def main() -> int:
    arguments = parse()
    run = json.loads((arguments.data_dir / "run.json").read_text(encoding="utf-8"))
    password = sys.stdin.readline().rstrip("\n")
    arguments.out.mkdir(parents=True, exist_ok=True)
    watch = Watch(run["gateway_url"])
    found: list[str] = []
    with launched() as browser:
        if arguments.readme:
            for language in LANGUAGES:
                introduce(browser, language, watch, arguments.username, password)
            return told(watch)
        for language, size, scheme in product(arguments.languages, arguments.sizes, arguments.schemes):
            shot = Shot(language, size, scheme, arguments.out, arguments.axe)
            take(browser, shot, watch, arguments.username, password, set(arguments.only or {*EVERYTHING} - {*AUDIT}))
            sys.stderr.write(f"{language} {size} {scheme}: taken, axe found {len(shot.found)}\n")
            found += shot.found
    return told(watch, found)


def told(watch: Watch, found: Sequence[str] = ()) -> int:
    """The exit code; what the page must not do is told, and what axe found."""
    wrong = [*watch.complaints, *watch.strangers, *found]
    for each in wrong:
        sys.stderr.write(f"{each}\n")
    return 1 if wrong else 0


def introduce(browser: Browser, language: str, watch: Watch, username: str, password: str) -> None:
    """What a stranger sees first, in one language."""
    folder = ROOT / "docs" / "images"
    folder.mkdir(exist_ok=True)
    for name, (path, scheme) in README.items():
        context = open_context(browser, size=WIDE, language=LANGUAGES[language], scheme=scheme)
        page = context.new_page()
        watch.of(page)
        enter(page, watch.origin, username, password, language)
        page.goto(watch.origin + path)
        settle(page)
        page.wait_for_timeout(500)
        page.screenshot(path=folder / f"{name}-{language}.png")
        context.close()


def take(browser: Browser, shot: Shot, watch: Watch, username: str, password: str, wanted: set[str]) -> None:
    """One person's round through the page in one language, size and scheme."""
    context = open_context(browser, size=SIZES[shot.size], language=LANGUAGES[shot.language], scheme=shot.scheme)
    page = context.new_page()
    watch.of(page)
    page.goto(f"{watch.origin}/sign-in")
    page.locator("input[name=username]").wait_for()
    page.wait_for_timeout(300)
    shot.save(page, "sign-in")
    # A click, so that the choice outranks what the account remembers.
    page.locator(f"button[lang={shot.language}]").click()
    give_password(page, username, password)
    page.locator("header nav").wait_for()
    page.locator(f"button[lang={shot.language}]").click()
    for name, path in VIEWS.items():
        if name in wanted:
            visit(page, watch.origin + path)
            # What opens over a screen is as tall as the window: below it the screen behind would go on.
            shot.save(page, name, full=page.get_by_role("dialog").count() == 0)
    for name, (path, pressed) in OVER.items():
        if name in wanted:
            visit(page, watch.origin + path)
            for each in pressed:
                target = page.locator(each) if isinstance(each, str) else page.get_by_role("button", name=each)
                target.first.click()
                page.wait_for_timeout(500)
            shot.save(page, name, full=False)
    for name, make in STATES.items():
        if name in wanted:
            make(page, watch.origin)
            page.wait_for_timeout(500)
            shot.save(page, name, full=name in TALL)
            # The browser itself reports the failure that is pictured.
            watch.complaints[:] = [each for each in watch.complaints if "status of 503" not in each]
    context.close()


def visit(page: Page, address: str) -> None:
    page.goto(address)
    settle(page, tiles=False)
    page.wait_for_timeout(400)


def palette(page: Page, origin: str) -> None:
    visit(page, f"{origin}/")
    page.keyboard.press("Control+k")


def tables(page: Page, origin: str) -> None:
    visit(page, f"{origin}/?period=30d")
    for panel in ("trend", "heat"):
        page.locator(f"[data-panel={panel}] button[aria-pressed=false]").last.click()
    page.mouse.move(0, 0)
    page.evaluate("window.scrollTo(0, 0)")


def waiting(page: Page, origin: str) -> None:
    """The server takes its time: what stands there until the numbers come."""
    page.route("**/api/v1/analytics/query", never)
    page.goto(f"{origin}/?period=last_quarter")
    page.locator("[data-panel]").first.wait_for()
    page.wait_for_timeout(1_000)


def never(_route: Route) -> None:
    """No answer, ever."""


def failing(page: Page, origin: str) -> None:
    """One question of the screen fails, the others do not."""
    page.unroute("**/api/v1/analytics/query")
    page.route("**/api/v1/analytics/query", refuse_menus)
    visit(page, f"{origin}/?period=30d")
    page.unroute("**/api/v1/analytics/query")


def refuse_menus(route: Route) -> None:
    if '"menu"' in (route.request.post_data or ""):
        problem = {"status": 503, "title": "Unavailable", "detail": "The database does not answer."}
        route.fulfill(status=503, json=problem, headers={"Retry-After": "5", "X-Request-Id": "0a1b2c3d"})
    else:
        route.continue_()


def no_screen(page: Page, origin: str) -> None:
    page.goto(f"{origin}/no-hay")
    page.locator("main").wait_for()


def refused(page: Page, origin: str) -> None:
    page.goto(f"{origin}/sistema?part=audit")
    page.locator("main").wait_for()


def ended(page: Page, origin: str) -> None:
    """The session is gone while somebody works."""
    visit(page, f"{origin}/?period=30d")
    page.context.clear_cookies()
    page.locator("header nav a[href^='/demanda']").click()
    page.get_by_role("dialog").wait_for()


STATES: dict[str, Callable[[Page, str], None]] = {
    "palette": palette,
    "tables": tables,
    "waiting": waiting,
    "failing": failing,
    "no-screen": no_screen,
    "refused": refused,
    "ended": ended,
}
TALL = {"tables", "waiting", "failing"}  # the others stand in the window
# Whoever gives permissions does not see the audit: it is pictured for an auditor, by name.
EVERYTHING = [*VIEWS, *OVER, *STATES]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=Path(".iact"))
    parser.add_argument("--username", required=True)
    parser.add_argument("--out", type=Path, default=ROOT / "ui" / "screenshots")
    parser.add_argument("--axe", action="store_true", help="have axe look at each state, on the screen and on paper")
    parser.add_argument("--readme", action="store_true", help="the pictures of the READMEs, into docs/images")
    parser.add_argument("--languages", nargs="*", choices=list(LANGUAGES), default=list(LANGUAGES))
    parser.add_argument("--sizes", nargs="*", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--schemes", nargs="*", choices=SCHEMES, default=SCHEMES)
    parser.add_argument("--only", nargs="*", choices=EVERYTHING, help="some of the pictures")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
