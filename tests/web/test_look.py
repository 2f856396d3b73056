"""The look: contrast, weight, browser floor, and styles that exist."""

import re
from pathlib import Path

import pytest

from web.assets import BUNDLES, FOLDER, assets, shapes_of, squeeze
from web.render import FOLDER as TEMPLATES

SHEETS = sorted(FOLDER.glob("css/**/*.css"))
SCRIPTS = sorted(p for p in FOLDER.glob("js/**/*.js"))
TOKENS = (FOLDER / "css/tokens.css").read_text("utf-8")
BEYOND_THE_FLOOR = re.compile(
    r":has\(|@layer|@container|@scope|@property|:is\(|:where\(|color-mix|oklch|\d(?:dvh|svh|lvh|cq[wi])\b"
    r"|accent-color|inset-inline|text-box|@starting-style|:user-invalid|content-visibility|subgrid|data:"
)
TOO_NEW_SCRIPT = re.compile(
    r"\?\?=|\|\|=|&&=|\.at\(|structuredClone|\.replaceAll\(|Object\.hasOwn|\.findLast|Array\.fromAsync"
    r"|static\s*\{|#[a-z]\w*\s*[=(;]|\.toSorted|crypto\.randomUUID|AbortSignal\.timeout|await\s+import\.meta"
)
"""What Chrome 87 or Safari 14.1 cannot parse or lacks."""
UNSAFE_SCRIPT = re.compile(
    r"\.(?:inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\(|\.style\b|className"
)


def tokens(block: str) -> dict[str, str]:
    """The tokens of a block, resolved down to colours."""
    raw = dict(re.findall(r"--([\w-]+):\s*([^;]+);", block))

    def resolve(value: str) -> str:
        reference = re.fullmatch(r"var\(--([\w-]+)\)", value)
        return resolve({**light_raw, **raw}[reference[1]]) if reference else value

    light_raw = dict(re.findall(r"--([\w-]+):\s*([^;]+);", TOKENS.split(".theme-call")[0]))
    return {name: resolve(value) for name, value in raw.items()}


LIGHT = tokens(TOKENS.split(".theme-call")[0])
CALL = {**LIGHT, **tokens(TOKENS.split(".theme-call")[1])}

TEXT_PAIRS = [
    ("ink", "surface"), ("ink", "page"), ("ink-soft", "surface"), ("ink-muted", "surface"),
    ("ink-muted", "page"), ("ink-muted", "neutral-soft"), ("ink-soft", "neutral-soft"),
    ("on-primary", "primary"),
    ("on-primary", "primary-hover"), ("on-primary", "primary-deep"), ("link", "surface"), ("link", "page"),
    ("link", "primary-faint"), ("primary", "primary-soft"), ("primary-hover", "primary-soft"),
    ("on-deep-muted", "primary-deep"), ("info", "info-soft"), ("ink", "info-soft"), ("ok", "ok-soft"),
    ("ok", "surface"), ("ok", "page"), ("error", "surface"), ("error", "page"), ("error", "error-soft"),
    ("on-error", "error"), ("on-error", "error-hover"), ("soon", "soon-soft"), ("soon", "surface"),
    ("urgent", "urgent-soft"), ("urgent", "surface"), ("on-urgent", "urgent"), ("on-urgent", "urgent-hover"),
]  # fmt: skip
EDGE_PAIRS = [("line-strong", "surface"), ("line-strong", "page"), ("focus", "surface"), ("focus", "page")]
CALL_PAIRS = [
    ("ink", "page"), ("ink", "surface"), ("ink-muted", "surface"), ("on-primary", "primary"),
    ("ok", "ok-soft"), ("ink", "primary-soft"), ("on-error", "error"), ("info", "info-soft"),
    ("soon", "soon-soft"), ("page", "ink"),
]  # fmt: skip


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_has_the_known_ratio() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)


@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_stands_out_from_its_ground(text: str, ground: str) -> None:
    assert contrast(LIGHT[text], LIGHT[ground]) >= 4.5


@pytest.mark.parametrize(("text", "ground"), CALL_PAIRS)
def test_text_stands_out_in_a_call(text: str, ground: str) -> None:
    assert contrast(CALL[text], CALL[ground]) >= 4.5


@pytest.mark.parametrize(("edge", "ground"), EDGE_PAIRS)
def test_edges_and_focus_can_be_seen(edge: str, ground: str) -> None:
    assert contrast(LIGHT[edge], LIGHT[ground]) >= 3
    assert contrast(CALL[edge], CALL[ground]) >= 3


def test_lines_leave_room_for_vietnamese_marks() -> None:
    assert float(LIGHT["lh"]) >= 1.5


@pytest.mark.parametrize("sheet", [p for p in SHEETS if p.name != "tokens.css"], ids=lambda p: p.stem)
def test_colours_come_from_the_tokens(sheet: Path) -> None:
    text = sheet.read_text("utf-8")
    assert "--p-" not in text
    paper = {"sheet.css", "phone.css"}
    found = re.findall(r"#[0-9a-fA-F]{3,8}\b", re.sub(r"url\([^)]*\)", "", text))
    assert sheet.name in paper or set(found) <= {"#f1f5f2"}, "the name on a video is always on dark"
    assert set(re.findall(r"var\(--([\w-]+)", text)) - set(LIGHT) <= {"gap", "mark", "shape"}


@pytest.mark.parametrize("path", SHEETS, ids=lambda p: p.stem)
def test_styles_stay_on_the_browser_floor(path: Path) -> None:
    assert BEYOND_THE_FLOOR.findall(path.read_text("utf-8")) == []
    assert re.findall(r"(?m)^\s+&", path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)
def test_scripts_stay_on_the_browser_floor(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert TOO_NEW_SCRIPT.findall(text) == []
    assert UNSAFE_SCRIPT.findall(text) == []


def test_every_sheet_is_in_a_bundle() -> None:
    bundled = {f"css/{part}.css" for parts in BUNDLES.values() for part in parts}
    assert {p.relative_to(FOLDER).as_posix() for p in SHEETS} == bundled


def test_every_icon_that_is_named_is_in_the_sprite_and_every_other_is_gone() -> None:
    sprite = set(re.findall(r'id="i-([a-z0-9-]+)"', (FOLDER / "icons/sprite.svg").read_text("utf-8")))
    pages = "".join(path.read_text("utf-8") for path in TEMPLATES.rglob("*.html"))
    assert set(re.findall(r'(?:ui\.icon\(|\bicon=)"([a-z0-9-]+)"', pages)) <= sprite
    views = "".join(path.read_text("utf-8") for path in TEMPLATES.parent.rglob("*.py"))
    assert {name for name in sprite if f'"{name}"' not in pages + views} == set()


def test_icons_are_drawn_of_paths_alone() -> None:
    sprite = (FOLDER / "icons/sprite.svg").read_text("utf-8")
    for name, inside in re.findall(r'<symbol id="i-([a-z0-9-]+)"[^>]*>(.*?)</symbol>', sprite):
        assert inside == "".join(f'<path d="{path}"/>' for path in shapes_of(name)), name


@pytest.mark.parametrize(
    ("path", "kilobytes"),
    [("css/app.css", 10), ("css/patient.css", 7), ("icons/sprite.svg", 5), ("js/patient.js", 2.3)],
)
def test_files_stay_light(path: str, kilobytes: float) -> None:
    assert assets().get(path).wire_bytes <= kilobytes * 1024


def test_all_styles_together_stay_within_the_budget() -> None:
    served = ("css/app.css", "css/call.css", "css/print.css")
    assert sum(assets().get(path).wire_bytes for path in served) <= 12 * 1024


def test_squeezing_keeps_what_matters() -> None:
    sheet = "/* why */\na > b ,\n c:hover { color : red ; margin: calc(1px + 2px); }\n"
    sheet += "@media (min-width: 1px) { a { b: 0.5rem 10.5px -0.2rem; } }"
    assert squeeze(sheet) == (
        "a>b,c:hover{color :red;margin:calc(1px + 2px)}@media (min-width:1px){a{b:.5rem 10.5px -.2rem}}\n"
    )
