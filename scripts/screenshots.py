"""Pictures of each state of the page into ui/screenshots/ (ignored by git), to be looked at by people.

python -m scripts.screenshots --data-dir .iact --username NAME   (the password is asked on standard input)
With --readme the pictures of the READMEs are taken instead, into docs/images/.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.e2e.browser import NARROW, WIDE, Watch, enter, launched, open_context, settle, sign_in

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = {"es": "es-MX", "en": "en-US"}
SIZES = {"1440": WIDE, "390": NARROW}
SCHEMES = ("light", "dark")
VIEWS = {
    "overview": "/?period=30d",
    "now": "/",
    "quarter": "/?period=quarter",
    "today": "/?period=today",
    "queues": "/?tab=queues",
    "empty": "/?from=2019-01-01&to=2019-01-31",
    "kiosk": "/?kiosk=1",
    "demand": "/demanda",
    "demand-queues": "/demanda?tab=queues",
    "service": "/servicio",
    "service-ivr": "/servicio?tab=ivr",
    "ivr": "/ivr",
    "ivr-steps": "/ivr?tab=queues",
    "ivr-empty": "/ivr?from=2019-01-01&to=2019-01-31",
    "calls": "/llamadas",
    "calls-queues": "/llamadas?tab=queues",
    "recall": "/llamadas?tab=queues&list=recall",
    "plan": "/plan?aht=240&patience=90",
    "reports": "/informes?period=last_quarter",
    "files": "/informes?part=files",
    "schedules": "/informes?part=schedules",
    "sources": "/sistema",
    "run": "/sistema?run=1",
    "rejects": "/sistema?part=rejects",
    "reconcile": "/sistema?part=reconcile",
    "quality": "/sistema?part=quality",
    "people": "/sistema?part=people",
    "person": "/sistema?part=people&person=1",
    "sessions": "/sistema?part=sessions",
    "groups": "/sistema?part=groups",
    "delivery": "/sistema?part=delivery",
    "evidence": "/sistema?part=delivery&evidence=change_fail_rate",
    "rules": "/avisos",
    "rule-new": "/avisos?edit=new",
    "alerts": "/avisos?part=alerts",
}

# What opens over any screen, and the button in the head that opens it.
OPENERS = {"views": "header [data-opens=views]", "tray": "header [data-tray]"}
README = {"today": ("/", "light"), "ivr": ("/ivr?period=last_quarter", "dark")}


@dataclass(frozen=True)
class Shot:
    language: str
    size: str
    scheme: str
    folder: Path

    def save(self, page: Page, name: str, *, full: bool = True) -> None:
        page.screenshot(path=self.folder / f"{name}-{self.language}-{self.size}-{self.scheme}.png", full_page=full)


def main() -> int:
    arguments = parse()
    run = json.loads((arguments.data_dir / "run.json").read_text(encoding="utf-8"))
    password = sys.stdin.readline().rstrip("\n")
    arguments.out.mkdir(parents=True, exist_ok=True)
    watch = Watch(run["gateway_url"])
    with launched() as browser:
        if arguments.readme:
            for language in LANGUAGES:
                introduce(browser, language, watch, arguments.username, password)
            return told(watch)
        for language, size, scheme in product(arguments.languages, arguments.sizes, arguments.schemes):
            shot = Shot(language, size, scheme, arguments.out)
            take(browser, shot, watch, arguments.username, password, set(arguments.only or VIEWS))
    return told(watch)


def told(watch: Watch) -> int:
    """The exit code; what the page must not do is told."""
    for complaint in watch.complaints + watch.strangers:
        sys.stderr.write(f"{complaint}\n")
    return 1 if watch.complaints or watch.strangers else 0


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


def take(browser: Browser, shot: Shot, watch: Watch, username: str, password: str, views: set[str]) -> None:
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
    sign_in(page, watch.origin, username, password)
    page.locator(f"button[lang={shot.language}]").click()
    for name, path in VIEWS.items():
        if name not in views:
            continue
        page.goto(watch.origin + path)
        settle(page, tiles=False)
        page.wait_for_timeout(500)
        shot.save(page, name)
    if "overview" in views:
        details(page, shot, watch.origin)
    context.close()


def details(page: Page, shot: Shot, origin: str) -> None:
    """What opens over the overview."""
    page.goto(f"{origin}/?period=30d")
    settle(page)
    page.locator("[data-tile=abandoned_rate] button").first.click()
    page.wait_for_timeout(400)
    shot.save(page, "help", full=False)
    page.keyboard.press("Escape")
    page.locator("header button[aria-haspopup=dialog]").click()
    page.wait_for_timeout(300)
    shot.save(page, "menu", full=False)
    page.keyboard.press("Escape")
    page.goto(f"{origin}/llamadas?tab=queues")
    settle(page, tiles=False)
    page.locator("[data-call]").first.click()
    page.wait_for_timeout(600)
    shot.save(page, "call", full=False)
    page.goto(f"{origin}/servicio?tab=ivr&period=30d")
    settle(page)
    page.locator("[data-panel=segments] button[data-opens=export]").click()
    page.wait_for_timeout(600)
    shot.save(page, "export", full=False)
    page.keyboard.press("Escape")
    for name, opener in OPENERS.items():
        page.locator(opener).click()
        page.wait_for_timeout(600)
        shot.save(page, name, full=False)
        page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.wait_for_timeout(300)
    shot.save(page, "palette", full=False)
    page.goto(f"{origin}/?period=30d")
    settle(page)
    for panel in ("trend", "heat"):
        page.locator(f"[data-panel={panel}] button[aria-pressed=false]").last.click()
    page.mouse.move(0, 0)
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(300)
    shot.save(page, "tables")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=Path(".iact"))
    parser.add_argument("--username", required=True)
    parser.add_argument("--out", type=Path, default=ROOT / "ui" / "screenshots")
    parser.add_argument("--readme", action="store_true", help="the pictures of the READMEs, into docs/images")
    parser.add_argument("--languages", nargs="*", choices=list(LANGUAGES), default=list(LANGUAGES))
    parser.add_argument("--sizes", nargs="*", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--schemes", nargs="*", choices=SCHEMES, default=SCHEMES)
    parser.add_argument("--only", nargs="*", choices=list(VIEWS), help="some of the views")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
