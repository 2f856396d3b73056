"""Script modules put together: one file for each module a page asks for, so that a weak link waits once.

Sources stay plain ES modules that browsers and Node run as they are. Only the forms named here are
understood; anything else is refused when the program starts, not in somebody's browser.
"""

import posixpath
import re
from collections.abc import Mapping
from typing import Final

_IMPORT: Final = re.compile(
    r'^import\s+(\{[^}]*\}|\*\s+as\s+\w+)\s+from\s+"(\.[^"]+)";[ \t]*\n?', re.MULTILINE
)
_EXPORT: Final = re.compile(
    r"^export\s+(?=(?:async\s+)?function\*?\s+(\w+)|class\s+(\w+)|const\s+(\w+))", re.MULTILINE
)
_LEFT: Final = re.compile(r"^(?:import(?!\s*[(.])|export|await)\b.*", re.MULTILINE)
_COMMENT: Final = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/[ \t]*|//[^\n]*)\n", re.MULTILINE | re.DOTALL)


def bundle_modules(sources: Mapping[str, str]) -> dict[str, str]:
    """Return every module by path, those that nobody imports together with all they import.

    Raises ValueError for a form of import or export that is not understood, for a missing module and
    for modules that import each other in a circle.
    """
    needed = {path: _imports(path, text) for path, text in sources.items()}
    imported = {target for targets in needed.values() for target in targets}
    for path, targets in needed.items():
        for target in targets:
            if target not in sources:
                raise ValueError(f"{path} imports {target}, which does not exist")
    return {
        path: _bundle(path, sources, needed) if needed[path] and path not in imported else text
        for path, text in sources.items()
    }


def _imports(path: str, text: str) -> list[str]:
    return [_resolve(path, reference) for _, reference in _IMPORT.findall(text)]


def _resolve(path: str, reference: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), reference))


def _bundle(entry: str, sources: Mapping[str, str], needed: Mapping[str, list[str]]) -> str:
    parts = [_wrapped(path, sources[path]) for path in _in_order(entry, needed)]
    return "\n".join([*parts, _body(entry, sources[entry], keep_exports=True)])


def _in_order(entry: str, needed: Mapping[str, list[str]]) -> list[str]:
    """Return what the entry needs, each after all that it needs itself."""
    order: list[str] = []

    def visit(path: str, above: tuple[str, ...]) -> None:
        if path in above:
            raise ValueError(f"modules import each other: {' > '.join((*above, path))}")
        for target in needed[path]:
            visit(target, (*above, path))
        if path not in order and path != entry:
            order.append(path)

    visit(entry, ())
    return order


def _wrapped(path: str, text: str) -> str:
    names = ", ".join(next(filter(None, found)) for found in _EXPORT.findall(text))
    body = _body(path, text, keep_exports=False)
    return f"const {_name(path)} = (() => {{\n{body}return {{ {names} }};\n}})();"


def _body(path: str, text: str, *, keep_exports: bool) -> str:
    def taken(found: re.Match[str]) -> str:
        source = _name(_resolve(path, found[2]))
        if found[1].startswith("*"):
            return f"const {found[1].split()[-1]} = {source};\n"
        names = re.sub(r"\s+as\s+", ": ", found[1])
        return f"const {names} = {source};\n"

    text = _IMPORT.sub(taken, _COMMENT.sub("", text))
    bare = _EXPORT.sub("", text)
    if strange := _LEFT.search(bare):
        raise ValueError(f"{path}: not understood when modules are put together: {strange[0]}")
    return text if keep_exports else bare


def _name(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path.removesuffix(".js"))
