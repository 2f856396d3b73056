"""The summary of what is to be mended names each field as the page names it.

A summary stands before the fields and cannot know their labels: it leaves a mark for each, and once the
whole page is printed the labels are there to be read.
"""

import re
from typing import Final

MARK: Final = re.compile(r"<!--field:(f-[\w-]+)-->([^<]*)")
"""What `ui.error_summary` leaves: the id of a field, and the error said of it."""

_ASIDE: Final = re.compile(
    r'<(span|small) class="(?:field__optional|unit|muted|choice__hint)[^"]*">.*?</\1>', re.S
)
_TAG: Final = re.compile(r"<[^>]*>")


def name_fields(html: str) -> str:
    """Return a page whose error summary says of which field each error is; any other page as it is."""
    if "<!--field:" not in html:
        return html
    return MARK.sub(lambda found: _named(html, found[1], found[2]), html)


def _named(html: str, field_id: str, error: str) -> str:
    label = _label(html, field_id)
    if not label or label.casefold() in error.casefold():
        return error
    return f"{label}{' ' if label[-1] in '?:.!' else ': '}{error}"


def _label(html: str, field_id: str) -> str:
    """Return the words that label a field: its own label, else the legend it stands under, else none."""
    own = re.search(rf'<label\b[^>]*\bfor="{field_id}"[^>]*>(.*?)</label>', html, re.S)
    if own is not None:
        return _words(own[1])
    field = re.search(rf'<[a-z]+\b[^>]*\bid="{field_id}"[^>]*>', html)
    if field is None:
        return ""
    before = html[: field.end()]
    group = before.rfind("<fieldset")
    if group > before.rfind("</fieldset>"):
        legend = re.search(r"<legend\b[^>]*>(.*?)</legend>", html[group:], re.S)
        return _words(legend[1]) if legend else ""
    said = re.search(r'\baria-label="([^"]*)"', field[0])
    return said[1].strip() if said else ""


def _words(inner: str) -> str:
    return " ".join(_TAG.sub(" ", _ASIDE.sub("", inner)).split())
