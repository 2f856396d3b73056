"""Text as paper can show it: what no vendored font draws, or must not be drawn, is spelled out by its number.

Nothing is dropped: `🩺` becomes `[U+1FA7A]`. PDF/UA refuses text without glyphs, and marks that turn
the direction of what follows could make a paper say something else than the record.
"""

import struct
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

FONTS: Final = Path(__file__).parent / "fonts"
FALLBACK: Final = FONTS / "dejavu-sans.ttf"
"""Draws whatever the house's font does not; it has all of the house's letters too."""

_JOINERS: Final = frozenset("\u200c\u200d")
_LINES: Final = frozenset("\n\t")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})


def drawable(text: str) -> str:
    """Return the text with every character that cannot be drawn spelled out."""
    return "".join(each if _is_drawn(each) else f"[U+{ord(each):04X}]" for each in text)


def drawable_all(value: object) -> object:
    """Return a JSON value with all its text drawable."""
    if isinstance(value, str):
        return drawable(value)
    if isinstance(value, dict):
        return {key: drawable_all(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [drawable_all(each) for each in value]
    return value


def _is_drawn(character: str) -> bool:
    if character in _LINES or character in _JOINERS:
        return True
    return unicodedata.category(character) not in _UNSEEN and ord(character) in covered()


@cache
def covered() -> frozenset[int]:
    """Return the code points the fallback font draws, from its character map of format 12.

    OpenType specification, table cmap; https://learn.microsoft.com/typography/opentype/spec/cmap
    """
    data = FALLBACK.read_bytes()
    start = _table(data, b"cmap")
    (count,) = struct.unpack_from(">H", data, start + 2)
    for index in range(count):
        (offset,) = struct.unpack_from(">I", data, start + 4 + 8 * index + 4)
        if struct.unpack_from(">H", data, start + offset) == (12,):
            return _groups(data, start + offset)
    raise ValueError("the fallback font has no character map of format 12")


def _table(data: bytes, tag: bytes) -> int:
    (count,) = struct.unpack_from(">H", data, 4)
    for index in range(count):
        name, _, offset, _ = struct.unpack_from(">4sIII", data, 12 + 16 * index)
        if name == tag:
            return int(offset)
    raise ValueError(f"the font has no table {tag!r}")


def _groups(data: bytes, at: int) -> frozenset[int]:
    (count,) = struct.unpack_from(">I", data, at + 12)
    found: set[int] = set()
    for index in range(count):
        first, last, _ = struct.unpack_from(">III", data, at + 16 + 12 * index)
        found.update(range(first, last + 1))
    return frozenset(found)
