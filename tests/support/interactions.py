"""Counts what a person does on pages: one filled field or one click is one interaction.

`watch(context)` before the first page; `interactions(page)` lists what was done in this tab since. Only what
the browser itself calls a person's act is counted, so a script that fills or clicks counts nothing.
"""

from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Locator, Page

TOLD = "interactions"
"""Under which name a test's report carries what there was to do."""

WATCH = """(() => {
  const KEY = "test-interactions";
  const note = (kind, target) => {
    const all = JSON.parse(sessionStorage.getItem(KEY) || "[]");
    const words = target.name || target.id || target.textContent.trim().replace(/\\s+/g, " ").slice(0, 40);
    sessionStorage.setItem(KEY, JSON.stringify([...all, { kind, words }]));
  };
  const PICKED = "input[type=radio], input[type=checkbox], input[type=file], select";
  let typing = null;
  addEventListener("focusin", (event) => { if (event.target !== typing) typing = null; }, true);
  addEventListener("input", (event) => {
    const { target } = event;
    if (!event.isTrusted || target.matches(PICKED) || target === typing) return;
    typing = target;
    note("field", target);
  }, true);
  // A chosen file and a chosen answer come to the page as a change, however they were reached.
  const picked = (event) => { if (event.target.matches(PICKED)) note("choice", event.target); };
  addEventListener("change", picked, true);
  addEventListener("keydown", (event) => {
    if (event.isTrusted && event.key === "Enter" && event.target.matches("input[type=search], button, a")) {
      note("key", event.target);
    }
  }, true);
  addEventListener("click", (event) => {
    const target = event.target.closest("a[href], button, summary");
    // Enter in a field presses the form's button; that was counted.
    if (target && event.isTrusted && event.detail > 0) note("click", target);
  }, true);
})();"""


@dataclass(frozen=True)
class Interaction:
    """One thing a person did: field, choice, key or click, and where."""

    kind: str
    words: str


def watch(context: BrowserContext) -> None:
    """Count on every page that is opened from now on."""
    context.add_init_script(WATCH)


def forget(page: Page) -> None:
    """Begin anew: what was done before does not belong to the task."""
    page.evaluate("sessionStorage.removeItem('test-interactions')")


def interactions(page: Page) -> list[Interaction]:
    """List what was done in this tab, in order."""
    found: list[dict[str, str]] = page.evaluate(
        "JSON.parse(sessionStorage.getItem('test-interactions') || '[]')"
    )
    return [Interaction(**each) for each in found]


def type_into(field: Locator, text: str) -> None:
    """Fill a field as a person does: go there, type."""
    field.focus()
    field.press_sequentially(text)


def report(task: str, page: Page, seconds: float, item: pytest.Item) -> int:
    """Have the run tell how much there was to do and how long it took; return the number of interactions.

    Told with the test's own report, which reaches the screen from whatever process the test ran in.
    """
    done = interactions(page)
    lines = [f"{task}: {len(done)} interactions, {seconds:.0f} s by this robot"]
    lines += [f"  {number:>2} {each.kind:<6} {each.words}" for number, each in enumerate(done, 1)]
    item.user_properties.append((TOLD, "\n".join(lines)))
    return len(done)


def tell(terminal: pytest.TerminalReporter) -> None:
    """Print what the tests of a run reported, whether they passed or not."""
    reports = [each for kind in ("passed", "failed") for each in terminal.getreports(kind)]
    told = [text for each in reports for name, text in each.user_properties if name == TOLD]
    if told:
        terminal.section("what people had to do", sep="=")
        for text in told:
            terminal.write_line(text)
