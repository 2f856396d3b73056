"""Making what was sent harmless: decoded and drawn anew, in a process of its own with little to spend.

What comes out holds pixels only: no EXIF, no place, no profile, nothing appended, no script, no attachment.
OWASP ASVS 5.0 5.2.2, 14.2.8. Takes a third of a second and more: never call it inside a unit of work.
"""

import struct
import subprocess
import sys
from threading import BoundedSemaphore
from typing import Final

from telehealth.files import washing
from telehealth.files.rules import Picture, Washed, media_type_of
from telehealth.kit.errors import DomainError, InvalidError, Kind

AT_ONCE: Final = 2
"""Processes at a time: each may take up to `washing.MEMORY_BYTES`."""
WAIT_SECONDS: Final = 30
WALL_SECONDS: Final = 60
"""A busy machine is slow, which is no fault of the file; what it may cost is bounded in processor time."""

_gate: Final = BoundedSemaphore(AT_ONCE)
_REFUSALS: Final = {
    washing.Exit.TOO_MANY_PIXELS: ("image-too-large", {"megapixels": washing.MEGAPIXELS}),
    washing.Exit.TOO_MANY_PAGES: ("pdf-too-long", {"pages": washing.MAX_PAGES}),
    washing.Exit.LOCKED: ("pdf-locked", {}),
    washing.Exit.MOVING: ("image-moving", {}),
}


def wash(content: bytes) -> Washed:
    """Return what may be kept of a file.

    Raises `file-empty`, `file-too-large`, `file-type-refused`, `file-heic`, `image-too-large` (pixels),
    `image-moving`, `image-broken`, `pdf-broken`, `pdf-locked`, `pdf-too-long`, and `busy`.
    """
    media_type = media_type_of(content)
    pictures = _run(content, media_type)
    pages, views = pictures[: len(pictures) // 2], pictures[len(pictures) // 2 : -1]
    return Washed(tuple(pages), tuple(views), pictures[-1])


def wash_preview(content: bytes) -> Washed:
    """The same for a small picture sent ahead of its full size: it stands for the screen only."""
    washed = wash(content)
    return Washed((), washed.views[:1], washed.thumb)


def _run(content: bytes, media_type: str) -> list[Picture]:
    broken = InvalidError("pdf-broken" if media_type == "application/pdf" else "image-broken", field="file")
    command = [sys.executable, "-I", "-m", washing.__name__, media_type]
    if not _gate.acquire(timeout=WAIT_SECONDS):
        raise DomainError("busy", Kind.UNAVAILABLE)
    try:
        done = subprocess.run(  # noqa: S603  (our own interpreter, our own module)
            command, input=content, capture_output=True, timeout=WALL_SECONDS, check=False, env={}
        )
    except subprocess.TimeoutExpired:
        raise broken from None
    finally:
        _gate.release()
    if done.returncode in _REFUSALS:
        code, facts = _REFUSALS[washing.Exit(done.returncode)]
        raise InvalidError(code, field="file", **facts)
    if done.returncode != 0:
        raise broken
    try:
        pictures = _unpack(done.stdout)
    except (struct.error, ValueError):
        raise broken from None
    if len(pictures) < 3 or len(pictures) % 2 == 0:
        raise broken
    return pictures


def _unpack(packed: bytes) -> list[Picture]:
    """Read what the process wrote: for each picture width, height, whether PNG, size, and its bytes."""
    pictures, at = [], 0
    while at < len(packed):
        width, height, is_png, size = struct.unpack_from(washing.HEAD, packed, at)
        at += struct.calcsize(washing.HEAD)
        if size > len(packed) - at:
            raise ValueError("cut off")
        content = packed[at : at + size]
        pictures.append(Picture("image/png" if is_png else "image/jpeg", content, width, height))
        at += size
    return pictures
