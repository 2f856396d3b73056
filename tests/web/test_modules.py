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
    assert bundle.count("const TWO = 2") == 1
    assert run(bundle + "\nconsole.log(mount(9));", tmp_path) == "4.5 of 2 2\n"


def test_only_modules_that_nobody_imports_are_put_together() -> None:
    bundles = bundle_modules(SOURCES)
    for path in ("js/two.js", "js/words.js", "js/tools/math.js", "js/alone.js"):
        assert bundles[path] == SOURCES[path]


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
