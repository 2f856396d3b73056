"""The files of the project, as git sees them, and their parsed code."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("telehealth", "signaling", "web")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that is committed or about to be, relative to the project."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return tuple(sorted(Path(name) for name in set(names) if name and (ROOT / name).is_file()))


def files(*folders: str, suffix: str) -> list[Path]:
    """The tracked files with a suffix, in these top folders only if any is named."""
    return [p for p in tracked() if p.suffix == suffix and (not folders or p.parts[0] in folders)]


def read(path: Path) -> str:
    """The text of a tracked file."""
    return (ROOT / path).read_text(encoding="utf-8")


def lines(path: Path) -> int:
    """How many lines a tracked file has."""
    return len(read(path).splitlines())


@cache
def tree(path: Path) -> ast.Module:
    """The parsed code of a tracked Python file."""
    return ast.parse(read(path), filename=str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file, nested ones included."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a file with the dotted name it calls, as written."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node
