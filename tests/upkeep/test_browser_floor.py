"""What the oldest browsers we promise (Chrome and WebView 87, Safari 14.1) cannot read or do.

A style sheet loses the whole rule at a selector it cannot read; a module with syntax it cannot read
does not run at all. Properties that are merely ignored are no harm, so they are not listed. Versions:
https://caniuse.com and the compatibility tables of https://developer.mozilla.org, read November 2026.
"""

import re
from pathlib import Path

import pytest

from tests.upkeep import sources

STYLES = {
    r":has\(": "Chrome 105",
    r":(is|where)\(": "Chrome 88",
    r"@layer\b": "Chrome 99",
    r"@container\b": "Chrome 105",
    r"@scope\b": "Chrome 118",
    r"@media[^{]*[<>]=?": "Chrome 104: range syntax; write min-width",
    r"(?m)^\s+&": "Chrome 112: nesting",
    r"\bcolor-mix\(|\boklch\(|\blight-dark\(": "Chrome 111",
}
SCRIPTS = {
    r"\.at\(": "Chrome 92",
    r"\.findLast(Index)?\(": "Chrome 97",
    r"\.to(Sorted|Reversed|Spliced)\(": "Chrome 110",
    r"\bObject\.hasOwn\(": "Chrome 93",
    r"\bObject\.groupBy\(": "Chrome 117",
    r"\bstructuredClone\(": "Chrome 98",
    r"\bcrypto\.randomUUID\(": "Chrome 92",
    r"\bPromise\.withResolvers\(": "Chrome 119",
    r"\bAbortSignal\.(timeout|any)\(": "Chrome 103",
    r"\bArray\.fromAsync\(": "Chrome 121",
    r"(?m)^await\s": "Chrome 89: await outside a function",
    r"\bstatic\s*\{": "Chrome 94",
    r"(?m)^\s+(static\s+)?#\w+\s*\(": "Safari 15: private methods",
    r"\(\?<[=!]": "Safari 16.4: look-behind",
    r"\bimport\s+.*\bwith\s*\{": "Chrome 123",
    r"#\w+\s+in\s": "Chrome 91",
    r"\bnavigator\.userAgentData\.": "Chrome 90",
}
COMMENTS = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)


def own(suffix: str) -> list[Path]:
    paths = sources.files("web", suffix=suffix)
    return [path for path in paths if "static" in path.parts and "vendor" not in path.parts]


@pytest.mark.parametrize(("pattern", "since"), STYLES.items())
def test_style_sheets_are_read_by_the_oldest_browser(pattern: str, since: str) -> None:
    assert found(pattern, own(".css")) == [], since


@pytest.mark.parametrize(("pattern", "since"), SCRIPTS.items())
def test_scripts_run_in_the_oldest_browser(pattern: str, since: str) -> None:
    assert found(pattern, own(".js")) == [], since


def found(pattern: str, paths: list[Path]) -> list[str]:
    return [
        f"{path}: {match.group().strip()}"
        for path in paths
        for match in re.finditer(pattern, COMMENTS.sub("", sources.read(path)))
    ]
