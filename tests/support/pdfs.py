"""PDF as tests read it: its words, its pages; and a press with patience, because machines are busy."""

from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2
from fastapi import FastAPI

from telehealth.papers.press import Press

A5 = (148, 210)
A4 = (210, 297)


def squeezed(text: str) -> str:
    """Return a text without white space and without the places where long words were broken."""
    return "".join(text.split()).replace("\u200b", "").replace("\ufffe", "")


def text_of(content: bytes) -> str:
    """Return all words of a PDF, one space between two."""
    return " ".join(" ".join(pages_of(content)).split())


def pages_of(content: bytes) -> list[str]:
    """Return the text of each page."""
    document = pypdfium2.PdfDocument(content)
    try:
        # What PDFium takes for a word's hyphen at the end of a line: here it is a code's or address's own.
        return [page.get_textpage().get_text_range().replace("\ufffe", "-") for page in document]
    finally:
        document.close()


def sizes_of(content: bytes) -> list[tuple[int, int]]:
    """Return the size of each page in millimetres."""
    document = pypdfium2.PdfDocument(content)
    try:
        return [tuple(round(side / 72 * 25.4) for side in page.get_size()) for page in document]  # type: ignore[misc]
    finally:
        document.close()


def metadata_of(content: bytes) -> dict[str, str]:
    """Return title, author and the like."""
    document = pypdfium2.PdfDocument(content)
    try:
        return dict(document.get_metadata_dict())
    finally:
        document.close()


def greys_of(content: bytes) -> tuple[int, int]:
    """Draw the first page and return its darkest and its lightest grey: (0, 255) is black on white."""
    document = pypdfium2.PdfDocument(content)
    try:
        extrema: tuple[int, int] = document[0].render(scale=1.0).to_pil().convert("L").getextrema()
        return extrema
    finally:
        document.close()


@contextmanager
def patient_press(app: FastAPI) -> Iterator[None]:
    """Let an application set papers with patience, and end its press."""
    app.state.press = Press(deadline=120)
    try:
        yield
    finally:
        app.state.press.stop()
