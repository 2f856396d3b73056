"""Nothing on a page speaks in the browser's language: the server says mistakes, our own button files."""

from html.parser import HTMLParser

import pytest

from tests.web.printing import PAGES, example_of, html_of

SPEAKING = {"required", "pattern", "minlength", "min", "max", "step"}
"""Attributes at which a browser refuses to send, in words of its own."""

TYPES = {"date", "time", "datetime-local", "month", "week", "number", "email", "url", "range", "color"}


class Fields(HTMLParser):
    """Collects what a browser would speak about, and files without a button of ours."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.files: set[str | None] = set()
        self.labelled: set[str | None] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "label" and "pick__button" in (given.get("class") or ""):
            self.labelled.add(given.get("for"))
        if tag not in ("input", "select", "textarea"):
            return
        self.found += sorted(SPEAKING & set(given))
        if given.get("type") in TYPES:
            self.found.append(f"type={given['type']}")
        if given.get("type") == "file" and "visually-hidden" not in (given.get("class") or ""):
            self.files.add(given.get("id"))


@pytest.mark.parametrize("template", sorted(PAGES))
def test_no_field_makes_the_browser_speak(template: str) -> None:
    fields = Fields(html_of(example_of(template)))
    assert fields.found == []
    assert fields.files <= fields.labelled
