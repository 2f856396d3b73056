"""Accessibility: axe-core run in a page; every violation fails the test with where it is.

axe-core 4 is vendored beside this file (vendor/axe.min.js, MPL-2.0), so no page fetches anything.
"""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).with_name("vendor") / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_LOOK = """async ([within, tags]) => {
  const only = { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] };
  return (await axe.run(within, only)).violations;
}"""
"""Violations only: to tell all that is well takes three times as long as to look at it."""


def check_accessibility(page: Page, *, within: str = "html") -> None:
    """Fail unless axe-core finds nothing to complain of in the page (or the part `within` selects)."""
    # evaluate() runs outside the page's content security policy, which refuses foreign scripts.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8") + "\n;undefined")
    violations = page.evaluate(_LOOK, [within, RULES])
    found = "\n".join(_describe(violation) for violation in violations)
    assert not found, f"{page.url} is not accessible:\n{found}"


def _describe(violation: dict[str, Any]) -> str:
    places = "\n".join(f"    {node['html'][:160]}" for node in violation["nodes"][:5])
    return f"  {violation['id']} ({violation['impact']}): {violation['help']}\n{places}"
