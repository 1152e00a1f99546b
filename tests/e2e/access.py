"""What axe finds on a page as it stands."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.system import ROOT

AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FIND = """async (rules) => {
  const found = await axe.run(document, { runOnly: { type: 'tag', values: rules } });
  return found.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`
    + ` ${node.any.concat(node.all).map((check) => check.message).join(' ').slice(0, 200)}`));
}"""


def violations(page: Page) -> Any:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed; run npm ci in ui/")
    # Through the debugger: the page's own policy would rightly refuse a foreign script.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(FIND, RULES)
