"""What must not stand in the files, and what must."""

import ast
import re
from pathlib import Path

from tests.upkeep import sources

UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|H" r"ACK)\b")
SKIPPED = re.compile(
    r"pytest\.mark\.(skip|skipif|xfail)\b|pytest\.(skip|importorskip|xfail)\(|unittest\.skip"
    r"|\b(test|it|describe)\.(skip|only|todo)\("
)
SOMEBODYS_MACHINE = re.compile(
    r"(?<![\w.])/(work|root|home/[a-z]\w*|Users/[A-Za-z]\w*|tmp/[a-z]\w*)/|--(extra-)?index-url|--find-links"
)
TEXT = {".py", ".js", ".mjs", ".css", ".html", ".toml", ".md", ".json", ".yaml", ".yml", ".lock", ".conf"}
TEXT |= {".service", ".txt", ".cfg", ".ini", ".mako", ""}

SELF = Path("tests/upkeep/test_words.py")

MAY_SKIP = Path("tests/support/laboratory/gate.py")
"""Where a run that was told so does without the link laboratory, which needs root."""


def lines_with(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:80]}"
        for path in paths
        for number, line in enumerate(sources.read(path).splitlines(), 1)
        if pattern.search(line)
    ]


def texts() -> list[Path]:
    return [p for p in sources.tracked() if p.suffix in TEXT and "vendor" not in p.parts and p != SELF]


def test_nothing_is_left_unfinished() -> None:
    assert lines_with(UNFINISHED, texts()) == []


def test_no_test_is_skipped() -> None:
    tests = [p for p in texts() if p.parts[0] == "tests" and p != MAY_SKIP]
    assert lines_with(SKIPPED, tests) == []


def test_no_file_knows_somebodys_machine() -> None:
    assert lines_with(SOMEBODYS_MACHINE, texts()) == []


def test_lock_files_name_no_registry() -> None:
    locks = [Path("requirements.lock"), Path("requirements-test.lock")]
    assert lines_with(re.compile(r"https?://|file:"), locks) == []


def test_every_public_function_and_class_says_what_it_is_for() -> None:
    found = [
        f"{path}:{node.lineno} {name}"
        for path in sources.files(*sources.PRODUCT, suffix=".py")
        for name, node in public(sources.tree(path))
        if not ast.get_docstring(node)
    ]
    assert found == []


def test_every_module_says_what_it_is_for() -> None:
    modules = sources.files(*sources.PRODUCT, "tests", suffix=".py")
    assert [
        str(p) for p in modules if sources.read(p).strip() and not ast.get_docstring(sources.tree(p))
    ] == []


def public(
    parent: ast.Module | ast.ClassDef, prefix: str = ""
) -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    """The public functions and classes of a module, and the public methods of those classes."""
    found: list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]] = []
    for node in parent.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if node.name.startswith("_") or is_declaration(node):
            continue
        found.append((prefix + node.name, node))
        if isinstance(node, ast.ClassDef):
            found += public(node, f"{prefix}{node.name}.")
    return found


def is_declaration(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Tell a Protocol's attribute, written as a function without a body: its class speaks for it."""
    return [ast.unparse(statement) for statement in node.body] == ["..."]
