"""The sizes a sheet is printed in: the one on the page, the other, and the same as PDF."""

from dataclasses import dataclass
from typing import Final

from telehealth.papers.press import Size
from web.i18n import t

Link = tuple[str, str]

A5_FIRST: Final[tuple[Size, ...]] = ("a5", "a4")
A4_FIRST: Final[tuple[Size, ...]] = ("a4", "a5")
"""The usual size of a paper first."""


@dataclass(frozen=True)
class Sizing:
    """The size a sheet is shown in, where it is shown in the others, and its files."""

    size: Size
    others: tuple[Link, ...]
    pdfs: tuple[Link, ...]


def sizing(here: str, sizes: tuple[Size, ...], chosen: Size | None, pdf: str = "") -> Sizing:
    """Return how a sheet is shown: in the chosen size, else the usual one; without `pdf` it has no files."""
    size = chosen if chosen in sizes else sizes[0]
    return Sizing(
        size=size,
        others=tuple((t(f"papers.{each}"), f"{here}?size={each}") for each in sizes if each != size),
        pdfs=pdf_links(pdf, sizes) if pdf else (),
    )


def pdf_links(pdf: str, sizes: tuple[Size, ...]) -> tuple[Link, ...]:
    """Return the file of a paper in each size, the usual one first."""
    return tuple((t(f"papers.pdf_{each}"), f"{pdf}?size={each}") for each in sizes)
