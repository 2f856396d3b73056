"""QR codes as a scanner sees them: the dark modules of a drawing, beside those a code must have."""

import re

import pypdfium2
import segno

Modules = list[list[bool]]

QUIET = 4
"""Modules of white around a code (ISO/IEC 18004)."""
MILLIMETRES = 24
"""How wide a code is on our papers, the white around it included (`typ/house.typ`)."""
DOTS = 6
"""Pixels of a module where a page is drawn to be read."""

_PICTURE = re.compile(
    r'<svg (?:class="[^"]*" )?viewBox="0 0 (\d+) (\d+)" role="img" aria-label="[^"]+"[^>]*><path d="([^"]*)"'
)
_SQUARE = re.compile(r"M(\d+) (\d+)h1v1h-1z")


def wanted(address: str) -> Modules:
    """Return the modules of the code that leads to an address, without the white around it."""
    return [[bool(dark) for dark in row] for row in segno.make(address, error="m", micro=False).matrix]


def drawn_in_html(page: str) -> Modules:
    """Return the modules of the one code of a page; there is white all around it."""
    ((width, height, path),) = _PICTURE.findall(page)
    assert width == height
    assert _SQUARE.sub("", path) == "", "nothing but squares"
    dark = {(int(x), int(y)) for x, y in _SQUARE.findall(path)}
    inner = range(QUIET, int(width) - QUIET)
    assert all(x in inner and y in inner for x, y in dark)
    return [[(x, y) in dark for x in inner] for y in inner]


def drawn_in_pdf(content: bytes, size: int) -> list[Modules]:
    """Return all that looks like a code of so many modules on the pages of a PDF, as these are drawn."""
    module_points = MILLIMETRES / 25.4 * 72 / (size + 2 * QUIET)
    document = pypdfium2.PdfDocument(content)
    try:
        found = []
        for page in document:
            image = page.render(scale=DOTS / module_points, no_smoothpath=True).to_pil().convert("L")
            pixels = image.point(lambda grey: 255 if grey > 127 else 0).tobytes()
            found += _codes(pixels, image.width, size)
        return found
    finally:
        document.close()


def _codes(pixels: bytes, width: int, size: int) -> list[Modules]:
    """Find codes by the upper left of their three marks: an edge of seven modules, then what surrounds it."""
    side = 7 * DOTS
    edges = re.compile(b"\xff\x00{%d,%d}\xff" % (side - 2, side + 2))
    found, seen = [], set()
    for edge in edges.finditer(pixels):
        y, x = divmod(edge.start() + 1, width)
        modules = _read(pixels, width, x, y, size)
        if modules and _is_marked(modules) and (x // DOTS, y // side) not in seen:
            seen.add((x // DOTS, y // side))
            found.append(modules)
    return found


def _read(pixels: bytes, width: int, left: int, top: int, size: int) -> Modules:
    centres = [at * DOTS + DOTS // 2 for at in range(size)]
    if left + centres[-1] >= width or (top + centres[-1]) * width >= len(pixels):
        return []
    return [[pixels[(top + y) * width + left + x] == 0 for x in centres] for y in centres]


def _is_marked(modules: Modules) -> bool:
    """Tell whether the marks of three corners are there, as a scanner looks for them."""
    mark = [[max(abs(x - 3), abs(y - 3)) != 2 for x in range(7)] for y in range(7)]
    corners = ((0, 0), (0, len(modules) - 7), (len(modules) - 7, 0))
    return all([row[x : x + 7] for row in modules[y : y + 7]] == mark for y, x in corners)
