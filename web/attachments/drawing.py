"""A picture as it is looked at: turned, with its arrows, as one SVG for screens and printers. Pure.

The picture stays as it came; turn and arrows are laid over it. Arrows are kept in ten-thousandths of its
width and height as it came, so they turn with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SCALE: Final = 10_000
STROKE: Final = 90
"""How many strokes are as long as the longer edge: an arrow is seen on a phone and hides little."""


@dataclass(frozen=True)
class ArrowView:
    """An arrow in the picture's own pixels."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True)
class Drawing:
    """One page: where its pixels are, the box they are shown in, and what is drawn over them."""

    page: int
    href: str
    label: str
    width: int
    height: int
    view_box: str
    transform: str
    stroke: int
    arrows: tuple[ArrowView, ...]


def drawing(
    page: int, href: str, label: str, size: tuple[int, int], turn: int, arrows: Sequence[Sequence[int]]
) -> Drawing:
    """Return a page of `size` pixels turned clockwise by `turn` degrees, with the arrows that are on it."""
    width, height = size
    shown = (height, width) if turn in (90, 270) else (width, height)
    shift = {0: "", 90: f"translate({height} 0) ", 180: f"translate({width} {height}) "}
    shift[270] = f"translate(0 {width}) "
    return Drawing(
        page=page,
        href=href,
        label=label,
        width=width,
        height=height,
        view_box=f"0 0 {shown[0]} {shown[1]}",
        transform=f"{shift[turn]}rotate({turn})",
        stroke=max(2, max(size) // STROKE),
        arrows=tuple(_arrow(ends, size) for on, *ends in arrows if on == page),
    )


def _arrow(ends: Sequence[int], size: tuple[int, int]) -> ArrowView:
    width, height = size
    x1, y1, x2, y2 = ends
    return ArrowView(
        round(x1 * width / SCALE),
        round(y1 * height / SCALE),
        round(x2 * width / SCALE),
        round(y2 * height / SCALE),
    )
