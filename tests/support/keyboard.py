"""A person who has a keyboard and no mouse: who walks by Tab, and must see where they are."""

from playwright.sync_api import Locator, Page

MOST = 120
"""Stops after which something counts as out of reach."""

_HAS_FOCUS = "each => each === document.activeElement"
_SHOWS_FOCUS = """() => {
  const each = document.activeElement, box = each.getBoundingClientRect(), style = getComputedStyle(each);
  const isMarked = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)
    || style.boxShadow !== "none";
  const isInView = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
    && box.right > 0 && box.left < innerWidth;
  return each === document.body || (isMarked && isInView) ? "" : each.outerHTML.slice(0, 200);
}"""


def go_to(page: Page, target: Locator) -> None:
    """Press Tab until something has the focus; fail where it is out of reach, or a stop on the way unseen."""
    target.wait_for(state="visible")
    for _ in range(MOST):
        page.keyboard.press("Tab")
        assert page.evaluate(_SHOWS_FOCUS) == "", "the focus cannot be seen"
        if target.evaluate(_HAS_FOCUS):
            return
    raise AssertionError(f"no way by Tab to {target}")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Walk to something and press a key there."""
    go_to(page, target)
    page.keyboard.press(key)
