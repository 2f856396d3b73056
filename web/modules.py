"""Script modules put together: one file for each module a page asks for, so that a weak link waits once.

Sources stay plain ES modules that browsers and Node run as they are. Only the forms named here are
understood; anything else is refused when the program starts, not in somebody's browser.

What a module imports later (`import("./live.js")`) is a file of its own; it takes from the file that asked
for it whatever that one holds already, so nothing is sent or kept twice.
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
_TABLE: Final = re.compile(
    r"^export const (\w+) = Object\.freeze\([\[{].*?[\]}]\);\n", re.MULTILINE | re.DOTALL
)
_ENTRY: Final = re.compile(r"^  (\w+): [^\n]*,(?:[ \t]*//[^\n]*)?\n", re.MULTILINE)
_VALUE: Final = re.compile(r'^  (\w+): ("[^"\\\n]*"|\d+),', re.MULTILINE)
_MARGIN: Final = re.compile(r"^[ \t]+|[ \t]+// .*$", re.MULTILINE)
_SPACE: Final = re.compile(r" ?([{}();,=:?&|<>]) ?")
_QUOTED: Final = re.compile(r'("(?:[^"\\]|\\.)*")')
_DELICATE: Final = re.compile(r"[/`']")
_LEFT: Final = re.compile(r"^(?:import(?!\s*[(.])|export|await)\b.*", re.MULTILINE)
_LATER: Final = re.compile(r'(?<![{<\w])import\("(\.[^"]+)"\)')
_COMMENT: Final = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/[ \t]*|//[^\n]*)\n", re.MULTILINE | re.DOTALL)


def bundle_modules(sources: Mapping[str, str]) -> dict[str, str]:
    """Return every module by path, those that nobody imports together with all they import.

    Raises ValueError for a form of import or export that is not understood, for a missing module and
    for modules that import each other in a circle.
    """
    whole = sources
    needed = {path: _imports(path, text) for path, text in sources.items()}
    imported = {target for targets in needed.values() for target in targets}
    for path, targets in needed.items():
        for target in targets:
            if target not in sources:
                raise ValueError(f"{path} imports {target}, which does not exist")
    sources = _lean(whole)
    needed = {path: _imports(path, text) for path, text in sources.items()}
    orders = {path: _in_order(path, needed) for path in sources if path not in imported}
    holders = _holders(orders, sources)
    lent = {
        (holders[path][each], each)
        for path, order in orders.items()
        for each in order
        if holders[path][each] != path
    }
    bundles = {
        path: _bundle(path, sources, order, holders[path], sorted(m for h, m in lent if h == path))
        for path, order in orders.items()
        if order
    }
    return {**whole, **bundles}


def _lean(sources: Mapping[str, str]) -> dict[str, str]:
    """Return the modules with named entries of frozen tables written out, and tables without the others.

    A table of which anything but `TABLE.ENTRY` is made stays whole, and so does all of a renamed import.
    """
    lean = dict(sources)
    for path, text in sources.items():
        users = [other for other, said in sources.items() if path in _imports(other, said)]
        taken = [
            n for u in users for n, reference in _IMPORT.findall(sources[u]) if _resolve(u, reference) == path
        ]
        if not taken or any("*" in names or " as " in names for names in taken):
            continue
        said = "\n".join(
            _COMMENT.sub("", each) for each in (_TABLE.sub("", text), *(sources[u] for u in users))
        )
        said = _IMPORT.sub("", said)
        for table in _TABLE.finditer(text):
            named = set(re.findall(rf"\b{table[1]}\b(?:\.(\w+))?", said))
            values = dict(_VALUE.findall(table[0]))
            lean[path] = lean[path].replace(table[0], _thinned(table[0], named, values))
            if named and named <= values.keys():
                for each in (path, *users):
                    lean[each] = _written_out(lean[each], table[1], values)
    return lean


def _thinned(table: str, named: set[str], values: Mapping[str, str]) -> str:
    """Return a table with the entries somebody names: none where all of them are written out."""
    if named <= values.keys():
        return ""
    return table if "" in named else _ENTRY.sub(lambda entry: entry[0] if entry[1] in named else "", table)


def _written_out(text: str, table: str, values: Mapping[str, str]) -> str:
    """Return a module with the values of a table in place of its entries' names, and without its import."""

    def without(found: re.Match[str]) -> str:
        names = [name for each in found[1].strip("{}").split(",") if (name := each.strip()) and name != table]
        return found[0].replace(found[1], f"{{ {', '.join(names)} }}") if names else ""

    bare = _IMPORT.sub(lambda found: found[0] if found[1].startswith("*") else without(found), text)
    return re.sub(rf"(?<![.\w]){table}\.(\w+)", lambda found: values[found[1]], bare)


def _holders(orders: Mapping[str, list[str]], sources: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return for every bundle where each module it needs is found: in itself, or in one before it."""
    askers: dict[str, set[str]] = {path: set() for path in orders}
    for path, order in orders.items():
        for module in (*order, path):
            for target in _later(module, sources[module]):
                askers.get(target, set()).add(path)

    def found(path: str, below: tuple[str, ...] = ()) -> dict[str, str]:
        before = askers[path] - {path, *below}
        above = found(next(iter(before)), (*below, path)) if len(askers[path]) == len(before) == 1 else {}
        return {**dict.fromkeys(orders[path], path), **above}

    return {path: found(path) for path in orders}


def _imports(path: str, text: str) -> list[str]:
    return [_resolve(path, reference) for _, reference in _IMPORT.findall(text)]


def _later(path: str, text: str) -> list[str]:
    return [_resolve(path, reference) for reference in _LATER.findall(_COMMENT.sub("", text))]


def _resolve(path: str, reference: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), reference))


def _bundle(
    entry: str, sources: Mapping[str, str], order: list[str], holders: Mapping[str, str], lent: list[str]
) -> str:
    own = [_wrapped(path, sources[path]) for path in order if holders[path] == entry]
    taken: dict[str, list[str]] = {}
    for path in order:
        taken.setdefault(holders[path], []).append(_name(path))
    imports = [
        f'import {{ {", ".join(names)} }} from "{_reference(entry, holder)}";'
        for holder, names in taken.items()
        if holder != entry
    ]
    exports = [f"export {{ {', '.join(map(_name, lent))} }};\n"] if lent else []
    return "\n".join([*imports, *own, _body(entry, sources[entry], keep_exports=True), *exports])


def _reference(path: str, target: str) -> str:
    way = posixpath.relpath(target, posixpath.dirname(path))
    return way if way.startswith(".") else f"./{way}"


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
    if open_text := next((line for line in text.splitlines() if line.count("`") % 2), ""):
        raise ValueError(f"{path}: not understood when modules are put together: {open_text}")
    bare = _EXPORT.sub("", text)
    if strange := _LEFT.search(bare):
        raise ValueError(f"{path}: not understood when modules are put together: {strange[0]}")
    return _squeezed(_MARGIN.sub("", text if keep_exports else bare))


def _squeezed(text: str) -> str:
    """Return a script without needless space outside of quoted texts; lines that may hold a regex stay."""

    def squeeze(line: str) -> str:
        parts = _QUOTED.split(line)  # every second one is a quoted text
        return "".join(_SPACE.sub(r"\1", part) if n % 2 == 0 else part for n, part in enumerate(parts))

    lines = (line if _DELICATE.search(line) else squeeze(line) for line in text.split("\n") if line)
    return "".join(f"{line}\n" for line in lines)


def _name(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path.removesuffix(".js").removeprefix("js/"))
