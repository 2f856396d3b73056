"""Which files are taken, told by their first bytes and never by their name; how an upload goes forward."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from telehealth.kit.errors import ConflictError, InvalidError

PICTURE_MEGABYTES: Final = 15
PDF_MEGABYTES: Final = 20
PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
WEBP: Final = "image/webp"
TYPES: Final = (JPEG, PNG, WEBP, PDF)

CHUNK_BYTES: Final = 256 * 1024
"""The most one request may carry: 7 s at 300 kbit/s, so that a link that drops every 20 s still gets on."""
MAX_OPEN: Final = 24
"""Unfinished uploads one actor may have at a time."""
LIFETIME: Final = timedelta(hours=24)
"""An upload nobody added to for so long is taken away."""

_MEGABYTE: Final = 1024 * 1024
_SIGNATURES: Final = ((b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG), (b"%PDF-", PDF))
_HEIC_BRANDS: Final = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, washed: its pixels, and how wide and high they are."""

    media_type: str
    content: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Washed:
    """What is kept of a file: each page in full and for the screen, and a small one of the first.

    Only `service.wash` makes one. A photo has one page; a PDF is kept as pictures of its pages.
    """

    pages: tuple[Picture, ...]
    views: tuple[Picture, ...]
    thumb: Picture


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an upload is: bytes received of bytes announced."""

    received: int
    length: int

    @property
    def is_complete(self) -> bool:
        """Whether everything announced has come."""
        return self.received == self.length

    def after(self, at: int, size: int) -> "Progress":
        """Return the progress once a chunk that begins at byte `at` is kept.

        Only the chunk that goes on where the last one ended is taken: one that was lost, came twice or out of
        order is answered with where to go on, and changes nothing (as PATCH of tus 1.0,
        https://tus.io/protocols/resumable-upload). Raises `upload-offset`, `upload-chunk`, `upload-too-long`.
        """
        if at != self.received:
            raise ConflictError("upload-offset", offset=self.received)
        if not 0 < size <= CHUNK_BYTES:
            raise InvalidError("upload-chunk", kilobytes=CHUNK_BYTES // 1024)
        if at + size > self.length:
            raise InvalidError("upload-too-long")
        return Progress(at + size, self.length)


def media_type_of(content: bytes) -> str:
    """Return the media type of a file.

    Raises `file-empty`, `file-type-refused`, `file-heic` for what only phones of one maker show, and
    `file-too-large`.
    """
    if not content:
        raise InvalidError("file-empty", field="file")
    media_type = _told_by_signature(content)
    accept_size(media_type, len(content))
    return media_type


def accept_size(media_type: str, size: int) -> None:
    """Raise `file-type-refused`, `file-empty` or `file-too-large` for what is announced."""
    if media_type not in TYPES:
        raise InvalidError("file-type-refused", field="file")
    if size < 1:
        raise InvalidError("file-empty", field="file")
    megabytes = PDF_MEGABYTES if media_type == PDF else PICTURE_MEGABYTES
    if size > megabytes * _MEGABYTE:
        raise InvalidError("file-too-large", field="file", megabytes=megabytes)


def _told_by_signature(content: bytes) -> str:
    for signature, media_type in _SIGNATURES:
        if content.startswith(signature):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        raise InvalidError("file-heic", field="file")
    raise InvalidError("file-type-refused", field="file")
