"""Small files: one idea each, read in one sitting. An exception stands here with its reason."""

from pathlib import Path

import pytest

from tests.upkeep import sources

PYTHON, FUNCTION, SCRIPT, TEMPLATE, STYLESHEET = 400, 50, 150, 120, 200

EXCEPTIONS: dict[str, str] = {}
"""File, or file::function -> why it may be longer."""

VENDORED = ("vendor", "versions")
"""Folders of files that are kept as they were published or generated."""


def own(*folders: str, suffix: str) -> list[Path]:
    return [
        path
        for path in sources.files(*folders, suffix=suffix)
        if str(path) not in EXCEPTIONS and not set(path.parts) & set(VENDORED)
    ]


@pytest.mark.parametrize(
    ("folders", "suffix", "ceiling"),
    [
        (("telehealth", "signaling", "web", "tests", "alembic"), ".py", PYTHON),
        (("web", "tests"), ".js", SCRIPT),
        (("web", "tests"), ".mjs", SCRIPT),
        (("web",), ".html", TEMPLATE),
        (("web",), ".txt", TEMPLATE),
        (("web",), ".css", STYLESHEET),
    ],
)
def test_no_file_outgrows_its_ceiling(folders: tuple[str, ...], suffix: str, ceiling: int) -> None:
    sizes = {str(p): sources.lines(p) for p in own(*folders, suffix=suffix) if "LICENSE" not in p.name}
    licences = {"OFL.txt"}
    assert {n: s for n, s in sizes.items() if s > ceiling and Path(n).name not in licences} == {}


def test_no_function_outgrows_its_ceiling() -> None:
    sizes = {
        f"{path}::{function.name}": (function.end_lineno or 0) - function.lineno + 1
        for path in own(*sources.PRODUCT, "tests", suffix=".py")
        for function in sources.functions(path)
    }
    assert {n: s for n, s in sizes.items() if s > FUNCTION and n not in EXCEPTIONS} == {}


def test_exceptions_are_still_needed() -> None:
    gone = [name for name in EXCEPTIONS if not (sources.ROOT / name.split("::")[0]).exists()]
    assert gone == []
