"""Upkeep of templates: they print what their Page holds, in both languages, and nothing unsafe."""

import ast
import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import meta, nodes

from tests.web.printing import PAGES, example_of, html_of
from web import i18n
from web.pages import Page
from web.render import CONTEXT, FOLDER, GLOBALS, environment

TEMPLATES = sorted(p.relative_to(FOLDER).as_posix() for p in FOLDER.rglob("*.html"))
SHARED = ("layouts/", "components/")
WEB = FOLDER.parent
UNSAFE = re.compile(r"\|\s*safe\b|Markup\(|autoescape\s+false|\|\s*mark_?safe")
MACRO = re.compile(r"{% macro (\w+)\(")
CALLED = re.compile(r"(?<!macro )\b(\w+)\(")
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


def parsed(template: str) -> nodes.Template:
    return environment().parse((FOLDER / template).read_text("utf-8"))


def parts_of(template: str) -> set[str]:
    """The template and every template of its area that it includes."""
    found = {template}
    for name in meta.find_referenced_templates(parsed(template)):
        if name is not None and not name.startswith(SHARED) and name not in found:
            found |= parts_of(name)
    return found


@pytest.mark.parametrize("template", sorted(PAGES))
def test_a_template_prints_the_fields_of_its_page_and_nothing_else(template: str) -> None:
    parts = [parsed(part) for part in parts_of(template)]
    used = set().union(*(meta.find_undeclared_variables(part) for part in parts))
    if len(parts) > 1:  # what an included part uses may be set by the template around it
        used -= {name.name for part in parts for name in part.find_all(nodes.Name) if name.ctx == "store"}
    fields = {field.name for field in dataclasses.fields(PAGES[template])}
    assert used - set(GLOBALS) - {"range"} - set(CONTEXT) <= fields
    assert fields - {"chrome"} <= used, "fields nobody prints"


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("template", sorted(PAGES))
def test_every_page_prints_its_example(template: str, language: str) -> None:
    page = example_of(template, language=language)
    assert f'<html lang="{language}">' in html_of(page, language=language)


@pytest.mark.parametrize("template", sorted(PAGES))
def test_every_fragment_prints_the_element_it_replaces(template: str) -> None:
    page = example_of(template)
    for element_id, block in page.fragments.items():
        fragment = html_of(page, block=block)
        assert f'id="{element_id}"' in fragment
        assert fragment.strip() in html_of(page)


def test_every_template_belongs_to_a_page() -> None:
    reached = set().union(*(parts_of(template) for template in PAGES)) if PAGES else set()
    assert [t for t in TEMPLATES if not t.startswith(SHARED) and t not in reached] == []


def test_every_component_is_printed_by_a_page() -> None:
    """What the pattern page alone shows is left over."""
    texts = {t: (FOLDER / t).read_text("utf-8") for t in TEMPLATES if not t.startswith("patterns/")}
    made = {name for t, text in texts.items() if t.startswith("components/") for name in MACRO.findall(text)}
    assert made - {name for text in texts.values() for name in CALLED.findall(text)} == set()


@pytest.mark.parametrize("path", sorted([*FOLDER.rglob("*.*"), *WEB.rglob("*.py")]), ids=lambda p: p.name)
def test_text_is_always_escaped(path: Path) -> None:
    assert UNSAFE.findall(path.read_text("utf-8")) == []


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_script_or_style_stands_in_a_page(template: str) -> None:
    assert INLINE.findall((FOLDER / template).read_text("utf-8")) == []


@pytest.mark.parametrize("template", sorted(PAGES))
def test_every_input_has_a_label(template: str) -> None:
    page = example_of(template)
    reader = Labels()
    reader.feed(html_of(page))
    assert reader.unlabelled() == []
    assert reader.repeated == set()


def test_every_text_a_template_or_module_names_exists() -> None:
    missing = {
        key
        for path in [*FOLDER.rglob("*.html"), *WEB.rglob("*.py")]
        for key in texts_named_in(path)
        if not i18n.has_text(key, "vi") or not i18n.has_text(key, "en")
    }
    assert missing == set()


def texts_named_in(path: Path) -> set[str]:
    """Keys given to `t` as plain strings."""
    text = path.read_text("utf-8")
    if path.suffix == ".html":
        calls = environment().parse(text).find_all(nodes.Call)
        named = [c.args[0] for c in calls if isinstance(c.node, nodes.Name) and c.node.name == "t" and c.args]
        return {each.value for each in named if isinstance(each, nodes.Const)}
    return {
        node.args[0].value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "t"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def test_two_pages_never_share_a_template() -> None:
    with pytest.raises(ValueError, match=r"error\.html"):
        type("Impostor", (Page,), {"template": "errors/error.html", "__module__": __name__})


class Labels(HTMLParser):
    """Collects inputs, labels and ids of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.ids: set[str] = set()
        self.repeated: set[str] = set()
        self._inputs: list[tuple[str, str]] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what matters; an input inside a label is labelled by it."""
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            (self.repeated if values["id"] in self.ids else self.ids).add(values["id"])
        if tag == "label":
            self._depth += 1
            self.targets.add(values.get("for", ""))
        is_input = tag in ("select", "textarea") or (tag == "input" and values.get("type") != "hidden")
        if is_input and not self._depth and not values.get("aria-label"):
            self._inputs.append((values.get("id", ""), self.get_starttag_text() or ""))

    def handle_endtag(self, tag: str) -> None:
        """Leave a label."""
        if tag == "label":
            self._depth -= 1

    def unlabelled(self) -> list[str]:
        """Return the inputs nothing names."""
        return [text for id_, text in self._inputs if id_ not in self.targets]
