"""A class in a page is a style the page loads; scripts find parts by data-part, never by class."""

import re

import pytest

from tests.web.printing import PAGES, example_of, html_of
from tests.web.test_weight import ADDRESS, at

CLASSES = re.compile(r'\sclass="([^"]*)"')
STYLED = re.compile(r"\.(-?[a-zA-Z_][\w-]*)")
MEANT = {"only-wide", "only-narrow", "no-print"}


@pytest.mark.parametrize("template", sorted(PAGES))
def test_every_class_of_a_page_has_a_style_the_page_loads(template: str) -> None:
    html = html_of(example_of(template))
    sheets = [at(address) for address in ADDRESS.findall(html) if address.endswith(".css")]
    styled = {name for sheet in sheets for name in STYLED.findall(sheet.content.decode())} | MEANT
    styled |= {name.split("__")[0] for name in styled}
    used = {name for names in CLASSES.findall(html) for name in names.split()}
    assert used - styled == set()
