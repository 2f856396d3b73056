"""Putting script modules together."""

import subprocess
from pathlib import Path

import pytest

from web.assets import FOLDER, assets
from web.modules import bundle_modules

SOURCES = {
    "js/page.js": '/** Why. */\nimport { half as part, LIST } from "./tools/math.js";\n'
    'import * as words from "./words.js";\n'
    "export function mount(n) {\n  return words.say(part(n)) + LIST.length;\n}\n",
    "js/tools/math.js": 'import { TWO } from "../two.js";\n// How.\nexport const LIST = [1, 2];\n'
    "export async function later() {}\nexport function half(n) {\n  return n / TWO;\n}\n"
    "/** @type {number} */ (LIST[0]);\nexport class Box {}\n/* end */\n",
    "js/words.js": 'import { TWO } from "./two.js";\nexport const say = (n) => `${n} of ${TWO} `;\n',
    "js/two.js": "export const TWO = 2;\n",
    "js/alone.js": "export const ALONE = 1;\n",
}


def run(script: str, folder: Path) -> str:
    """Run a module with Node and return what it prints."""
    file = folder / "script.mjs"
    file.write_text(script, encoding="utf-8")
    return subprocess.run(["node", file], check=True, capture_output=True, text=True, timeout=30).stdout


def test_a_bundle_does_what_its_modules_do(tmp_path: Path) -> None:
    bundle = bundle_modules(SOURCES)["js/page.js"]
    assert "import" not in bundle
    assert bundle.count("const TWO=2") == 1
    assert run(bundle + "\nconsole.log(mount(9));", tmp_path) == "4.5 of 2 2\n"


def test_only_modules_that_nobody_imports_are_put_together() -> None:
    bundles = bundle_modules(SOURCES)
    for path in ("js/two.js", "js/words.js", "js/tools/math.js", "js/alone.js"):
        assert bundles[path] == SOURCES[path]


LATER = {
    "js/first.js": 'import { TWO } from "./two.js";\nimport { note } from "./log.js";\n'
    'export async function mount() {\n  note(TWO);\n  const { more } = await import("./second.js");\n'
    "  return more();\n}\n",
    "js/second.js": 'import { note, LOG } from "./log.js";\nimport { THREE } from "./three.js";\n'
    'export async function more() {\n  note(THREE);\n  const { most } = await import("./third.js");\n'
    "  most();\n  return LOG;\n}\n",
    "js/third.js": 'import { THREE } from "./three.js";\nimport { note } from "./log.js";\n'
    "export function most() {\n  note(THREE * 2);\n}\n",
    "js/two.js": "export const TWO = 2;\n",
    "js/three.js": "export const THREE = 3;\n",
    "js/log.js": "export const LOG = [];\nexport const note = (n) => LOG.push(n);\n",
}
"""A page, what it fetches later, and what that fetches later still: all write into one log."""


def test_what_is_fetched_later_takes_what_the_page_holds_already(tmp_path: Path) -> None:
    bundles = bundle_modules(LATER)
    entries = ("js/first.js", "js/second.js", "js/third.js")
    for text in ("const LOG=[]", "const THREE=3", "const TWO=2"):
        assert sum(bundles[path].count(text) for path in entries) == 1, text
    for path, text in bundles.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).with_suffix(".mjs").write_text(text.replace('.js"', '.mjs"'), encoding="utf-8")
    script = 'import { mount } from "./js/first.mjs";\nconsole.log(JSON.stringify(await mount()));'
    assert run(script, tmp_path) == "[2,3,6]\n"


TABLES = {
    "js/page.js": 'import { COLOURS, SIZES, KINDS } from "./tables.js";\n'
    "export const mount = () => [COLOURS.RED, Object.values(SIZES), KINDS.A];\n",
    "js/tables.js": "export const COLOURS = Object.freeze({\n  RED: 1,\n  BLUE: 2, // COLOURS.BLUE\n});\n"
    "export const SIZES = Object.freeze({\n  S: 3,\n  L: 4,\n});\n"
    "export const KINDS = Object.freeze({\n  A: 5,\n  B: 6,\n});\n"
    'export const IDLE = Object.freeze(["x"]);\n',
}


def test_entries_of_tables_that_nobody_names_are_left_out(tmp_path: Path) -> None:
    bundle = bundle_modules(TABLES)["js/page.js"]
    assert "BLUE" not in bundle
    assert "IDLE" not in bundle
    assert run(bundle + "\nconsole.log(JSON.stringify(mount()));", tmp_path) == "[1,[3,4],5]\n"


def test_entries_of_tables_are_written_out_where_they_are_named(tmp_path: Path) -> None:
    named = {
        "js/page.js": 'import { half, KINDS, NAMES } from "./tables.js";\n'
        "export const mount = () => ({ [NAMES.A]: half(KINDS.TWO) });\n",
        "js/tables.js": 'export const NAMES = Object.freeze({\n  A: "a.b",\n  B: "b", // NAMES.B\n});\n'
        "export const KINDS = Object.freeze({\n  TWO: 2,\n});\n"
        "export const half = (n) => n / KINDS.TWO;\n",
    }
    bundle = bundle_modules(named)["js/page.js"]
    assert "freeze" not in bundle
    assert "KINDS" not in bundle
    assert run(bundle + "\nconsole.log(JSON.stringify(mount()));", tmp_path) == '{"a.b":1}\n'


def test_a_table_with_what_is_no_plain_value_keeps_what_is_named(tmp_path: Path) -> None:
    computed = {
        "js/page.js": 'import { SUMS } from "./sums.js";\nexport const mount = () => SUMS.FOUR;\n',
        "js/sums.js": "export const SUMS = Object.freeze({\n  FOUR: 2 + 2,\n  FIVE: 5,\n});\n",
    }
    bundle = bundle_modules(computed)["js/page.js"]
    assert "FIVE" not in bundle
    assert run(bundle + "\nconsole.log(mount());", tmp_path) == "4\n"


def test_a_table_taken_under_another_name_stays_whole() -> None:
    renamed = {**TABLES, "js/other.js": 'import { COLOURS as shades } from "./tables.js";\nshades.BLUE;\n'}
    assert "BLUE" in bundle_modules(renamed)["js/page.js"]


def test_a_text_over_several_lines_is_refused() -> None:
    sources = {
        "a.js": 'import { b } from "./b.js";\nconst text = `one\n  two`;\n',
        "b.js": "export const b = 1;\n",
    }
    with pytest.raises(ValueError, match="not understood"):
        bundle_modules(sources)


def test_space_goes_where_nothing_is_quoted(tmp_path: Path) -> None:
    page = (
        'import { TWO } from "./two.js";\n'
        'const list = [ "a , b", `c , ${ TWO } : d`, "e ; /f", \'g , h\' ];\n'
        'const parts = "x , y".split(/ , /).length;\n'
        'export const said = () => `${list.join("|")} ${ parts } ${ 5 - -TWO ? 1 : 2 }`;\n'
    )
    bundle = bundle_modules({"js/page.js": page, "js/two.js": "export const TWO = 2;\n"})["js/page.js"]
    assert run(bundle + "\nconsole.log(said());", tmp_path) == "a , b|c , 2 : d|e ; /f|g , h 2 1\n"


def test_what_two_pages_fetch_later_is_whole_in_itself() -> None:
    other = {"js/other.js": 'import { note } from "./log.js";\nnote(1);\nimport("./second.js");\n'}
    second = bundle_modules({**LATER, **other})["js/second.js"]
    assert "const LOG=[]" in second
    assert "from" not in second


def test_a_circle_is_refused() -> None:
    circle = {
        "a.js": 'import { b } from "./b.js";\n',
        "b.js": 'import { c } from "./c.js";\nexport const b = 1;\n',
        "c.js": 'import { b } from "./b.js";\nexport const c = 1;\n',
    }
    with pytest.raises(ValueError, match="import each other"):
        bundle_modules(circle)


def test_a_missing_module_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a\.js imports gone\.js"):
        bundle_modules({"a.js": 'import { b } from "./gone.js";\n'})


@pytest.mark.parametrize(
    "form",
    [
        "export default 1;",
        "export { a };",
        'export * from "./b.js";',
        'import b from "./b.js";',
        'import "./b.js";',
        "await start();",
        "export let a = 1;",
    ],
)
def test_a_form_that_is_not_understood_is_refused(form: str) -> None:
    sources = {"a.js": f'import {{ b }} from "./b.js";\n{form}\n', "b.js": "export const b = 1;\n"}
    with pytest.raises(ValueError, match="not understood"):
        bundle_modules(sources)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("js/**/*.js")), ids=lambda p: p.name)
def test_every_module_as_served_can_be_parsed(path: Path, tmp_path: Path) -> None:
    served = assets().get(path.relative_to(FOLDER).as_posix()).content
    file = tmp_path / "served.mjs"
    file.write_bytes(served)
    subprocess.run(["node", "--check", file], check=True, timeout=30)
