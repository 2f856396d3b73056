"""The catalogues: the same keys in both languages, and words for every refusal."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from tests.upkeep import sources

LOCALES = Path("web/locales")
CODE = re.compile(r"[a-z]+(-[a-z0-9]+)*")
PLACEHOLDER = re.compile(r"\{(\w+)")
WHOLE = re.compile(r"""["'`]([a-z][\w-]*(?:\.[\w-]+)+)["'`]""")
BEGUN = re.compile(r"""["'`]([a-z][\w-]*\.[\w.-]*)(?:\$?\{|(?<=\.)["'`]|["'`]\s*~)""")
ENDED = re.compile(r"""\}(_[\w-]+)["'`]""")
CODE_BEGUN = re.compile(r'f"([a-z]+-)\{')


@cache
def catalogue(language: str) -> dict[str, str]:
    """Every text of a language by its full key."""
    texts: dict[str, str] = {}
    for path in sources.files("web", suffix=".toml"):
        if path.parent == LOCALES / language:
            texts.update(flat(tomllib.loads(sources.read(path))))
    return texts


def flat(table: dict[str, object], prefix: str = "") -> dict[str, str]:
    """Texts by dotted key; the forms of a plural, which Vietnamese does without, count as one text."""
    if set(table) <= {"one", "other"} and "other" in table:
        return {prefix.removesuffix("."): str(table["other"])}
    texts: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            texts.update(flat(value, f"{prefix}{key}."))
        else:
            texts[prefix + key] = str(value)
    return texts


def test_both_languages_have_the_same_keys() -> None:
    vi, en = catalogue("vi"), catalogue("en")
    assert {"only Vietnamese": sorted(vi.keys() - en), "only English": sorted(en.keys() - vi)} == {
        "only Vietnamese": [],
        "only English": [],
    }


def test_both_languages_take_the_same_values() -> None:
    vi, en = catalogue("vi"), catalogue("en")
    differ = {
        key
        for key in vi.keys() & en.keys()
        if set(PLACEHOLDER.findall(vi[key])) != set(PLACEHOLDER.findall(en[key]))
    }
    assert differ == set()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_refusal_has_words(language: str) -> None:
    codes = {key.removeprefix("errors.") for key in catalogue(language) if key.startswith("errors.")}
    assert {code: at for code, at in refusals().items() if code not in codes} == {}


def test_no_text_is_left_over() -> None:
    """Each key stands in the code: whole, as its table, by its beginning, or with more behind a whole one."""
    code = "\n".join(
        sources.read(path)
        for suffix in (".py", ".html", ".js")
        for path in sources.files("telehealth", "web", suffix=suffix)
        if "vendor" not in path.parts
    )
    whole, begun, ended = (set(found.findall(code)) for found in (WHOLE, BEGUN, ENDED))
    codes, codes_begun = refusals(), tuple(CODE_BEGUN.findall(code))

    def is_said(key: str) -> bool:
        table, _, name = key.rpartition(".")
        if table == "errors":
            return name in codes or f'"{name}"' in code or name.startswith(codes_begun)
        return (
            key in whole
            or table in whole
            or any(key.startswith(each) for each in begun)
            or any(key.removesuffix(each) in whole for each in ended)
        )

    assert [key for key in catalogue("vi") if not is_said(key)] == []


def test_no_text_is_empty() -> None:
    assert [k for lang in ("vi", "en") for k, text in catalogue(lang).items() if not text.strip()] == []


@cache
def refusals() -> dict[str, str]:
    """Every DomainError code in the domain and the pages, and one place that uses it."""
    paths = sources.files("telehealth", "web", suffix=".py")
    names = error_classes(paths)
    found: dict[str, str] = {}
    for path in paths:
        for name, call in sources.calls(path):
            if name.rpartition(".")[2] in names or (name == "super().__init__" and call.args):
                note(found, path, call.args[:1])
        for class_ in (n for n in ast.walk(sources.tree(path)) if isinstance(n, ast.ClassDef)):
            if class_.name in names:
                note(found, path, defaults(class_))
    return found


def test_tone_marks_of_open_syllables_are_spelt_one_way() -> None:
    """Khóa, hủy, sức khỏe; not khoá, huỷ, sức khoẻ: both are seen, one program uses one."""
    other_way = re.compile(r"\b\w*?(?<![qQ])(?:o[àáảãạ]|o[èéẻẽẹ]|u[ỳýỷỹỵ])\b")
    found = {key: other_way.findall(text) for key, text in catalogue("vi").items()}
    assert {key: words for key, words in found.items() if words} == {}


def note(found: dict[str, str], path: Path, nodes: list[ast.expr]) -> None:
    for node in nodes:
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and CODE.fullmatch(str(node.value)):  # type: ignore[attr-defined]
            found.setdefault(str(node.value), f"{path}:{node.lineno}")  # type: ignore[attr-defined]


def defaults(class_: ast.ClassDef) -> list[ast.expr]:
    """The codes a DomainError subclass falls back on."""
    inits = [n for n in class_.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
    return [default for init in inits for default in init.args.defaults]


def error_classes(paths: list[Path]) -> set[str]:
    """DomainError and every class that derives from it, in any file."""
    parents = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for path in paths
        for node in ast.walk(sources.tree(path))
        if isinstance(node, ast.ClassDef)
    }
    names = {"DomainError"}
    while new := {name for name, bases in parents.items() if bases & names} - names:
        names |= new
    return names
