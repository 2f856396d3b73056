"""The headings of every page, however empty it is: one h1, and no level left out on the way down."""

import dataclasses
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from jinja2 import UndefinedError

from tests.web.printing import PAGES, example_of, html_of
from web.pages import Page


class Headings(HTMLParser):
    """Collects the levels of a page's headings in their order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a heading."""
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.levels.append(int(tag[1]))


def emptied(page: Page) -> Iterator[tuple[str, Page]]:
    """Yield the page without any of its lists, then without one of them at a time."""
    lists = [field.name for field in dataclasses.fields(page) if isinstance(getattr(page, field.name), tuple)]
    yield "of everything", dataclasses.replace(page, **dict.fromkeys(lists, ()))
    for name in lists:
        yield f"of {name}", dataclasses.replace(page, **{name: ()})


@pytest.mark.parametrize("template", sorted(PAGES))
def test_an_empty_page_leaves_out_no_level_of_heading(template: str) -> None:
    example = example_of(template)
    for what, page in [("of nothing", example), *emptied(example)]:
        try:
            levels = Headings(html_of(page)).levels
        except UndefinedError:  # a list that is never empty, as the columns of a table
            continue
        skipped = [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1]
        assert not skipped, f"{template}, empty {what}: {levels}"


def test_the_headings_are_found() -> None:
    assert Headings("<h1>a</h1><h2>b</h2><hr><h3>c</h3>").levels == [1, 2, 3]
